//! Ends of tasks that are told from outside, by token.

use serde::Deserialize;
use serde_json::json;
use tidegate_json::RawJson;
use tidegate_languages::asl::token;
use tidegate_model::{Failure, Input, Outcome, TaskId, Text};
use tidegate_node::QueryError;

use crate::App;
use crate::aws::call::{Answer, Call, required};
use crate::aws::fault::Fault;

/// Attempts are told apart by task: each has a token of its own.
const ATTEMPT: u32 = 1;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    task_token: Option<String>,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

/// A task succeeded.
pub(super) async fn succeed(call: Call) -> Answer {
    let told: Told = call.members()?;
    let output = required(told.output, "output")?;
    let task = open(&call.app, told.task_token).await?;
    let output = RawJson::parse(&output)
        .map_err(|error| Fault::new("InvalidOutput", format!("Invalid Output: '{}'", error.message)))?;
    end(&call.app, task, Outcome::succeeded(output)).await
}

/// A task failed.
pub(super) async fn fail(call: Call) -> Answer {
    let told: Told = call.members()?;
    let task = open(&call.app, told.task_token).await?;
    let (error, cause) = (told.error.unwrap_or_default(), told.cause.unwrap_or_default());
    let failure = Failure::new(Text::from(error), Text::from(cause));
    end(&call.app, task, Outcome::Failed(failure)).await
}

/// A task is alive.
pub(super) async fn heartbeat(call: Call) -> Answer {
    let told: Told = call.members()?;
    let task = open(&call.app, told.task_token).await?;
    call.app.command(Input::TaskHeartbeat { task, attempt: ATTEMPT }).await.map_err(|_| timed_out())?;
    Ok(json!({}))
}

async fn end(app: &App, task: TaskId, outcome: Outcome) -> Answer {
    app.command(Input::TaskEnded { task, attempt: ATTEMPT, outcome }).await?;
    Ok(json!({}))
}

/// The task of a token that waits for its end.
async fn open(app: &App, token: Option<String>) -> Result<TaskId, Fault> {
    let task = token::decode(&required(token, "taskToken")?)
        .ok_or_else(|| Fault::new("InvalidToken", "Invalid Token: 'Invalid token'"))?;
    let live = app.node.ask(move |partition| {
        let run = partition.run(task.run)?;
        Some(run.tasks.iter().any(|open| open.id == task))
    });
    match live.await? {
        Some(true) => Ok(task),
        Some(false) => Err(timed_out()),
        None => match app.node.run(task.run).await {
            Ok(_) => Err(timed_out()),
            Err(QueryError::NotFound { .. }) => Err(Fault::new(
                "TaskDoesNotExist",
                "Task Does Not Exist: 'The task of this token is not known'",
            )),
            Err(other) => Err(other.into()),
        },
    }
}

fn timed_out() -> Fault {
    Fault::new("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
}
