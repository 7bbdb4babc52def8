//! Activities: work that somebody outside asks for. An activity is a function that nobody here runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate_languages::asl::token;
use tidegate_model::entry::Document;
use tidegate_model::function::{External, Runtime};
use tidegate_model::{FunctionName, FunctionSpec, Input, Invocation, Text, Timestamp};

use super::machine::Tag;
use super::machines::{now, with_next};
use super::{name, tags};
use crate::App;
use crate::aws::arn::{ActivityArn, Place};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page};
use crate::aws::shelf::Shelf;

/// Activities by ARN.
const ACTIVITIES: Shelf = Shelf("asl.activities");

/// How long a worker that asks for a task waits for one.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the door keeps of an activity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Activity {
    name: String,
    created: Timestamp,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

pub(super) async fn find(app: &App, arn: &str) -> Result<Option<Activity>, Fault> {
    ACTIVITIES.get(app, arn).await
}

pub(super) async fn put(app: &App, arn: &str, activity: &Activity) -> Result<(), Fault> {
    ACTIVITIES.put(app, arn, activity).await
}

async fn get(app: &App, arn: &str) -> Result<Activity, Fault> {
    find(app, arn)
        .await?
        .ok_or_else(|| Fault::new("ActivityDoesNotExist", format!("Activity Does Not Exist: '{arn}'")))
}

/// The function that tasks of an activity ask for.
fn function(activity: &str) -> FunctionName {
    name::of(&format!("activity:{activity}"))
}

#[derive(Deserialize)]
struct Create {
    name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// Creates an activity; one that is there stays as it is.
pub(super) async fn create(call: Call) -> Answer {
    let request: Create = call.members()?;
    let activity_name = required(request.name, "name")?;
    name::check(&activity_name)?;
    tags::check(&request.tags)?;
    let arn = ActivityArn { place: Place::of(&call.caller), name: activity_name.clone() }.to_string();
    let app = &call.app;
    let _change = app.aws.change().await;
    let activity = match find(app, &arn).await? {
        Some(known) => known,
        None => {
            let spec = Document(FunctionSpec::new(Runtime::External(External {})));
            app.command(Input::RegisterFunction { name: function(&activity_name), spec }).await?;
            let activity = Activity { name: activity_name, created: now(), tags: request.tags };
            put(app, &arn, &activity).await?;
            activity
        }
    };
    Ok(json!({"activityArn": arn, "creationDate": seconds(activity.created)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    activity_arn: Option<String>,
    worker_name: Option<String>,
}

/// An activity.
pub(super) async fn describe(call: Call) -> Answer {
    let Which { activity_arn, .. } = call.members()?;
    let arn = ActivityArn::parse(&required(activity_arn, "activityArn")?)?.to_string();
    let activity = get(&call.app, &arn).await?;
    Ok(json!({"activityArn": arn, "name": activity.name, "creationDate": seconds(activity.created)}))
}

/// Deletes an activity. Tasks that wait for a worker go on waiting.
pub(super) async fn delete(call: Call) -> Answer {
    let Which { activity_arn, .. } = call.members()?;
    let arn = ActivityArn::parse(&required(activity_arn, "activityArn")?)?;
    let app = &call.app;
    let _change = app.aws.change().await;
    if find(app, &arn.to_string()).await?.is_some() {
        ACTIVITIES.forget(app, &arn.to_string()).await?;
        // Another door may have taken it away already.
        app.node.submit(Input::RemoveFunction { name: function(&arn.name) }).await?;
    }
    Ok(json!({}))
}

/// Activities by name.
pub(super) async fn list(call: Call) -> Answer {
    let page: Page = call.members()?;
    let place = Place::of(&call.caller);
    let activities: Vec<Activity> = ACTIVITIES.all(&call.app, place.prefix("states", "activity")).await?;
    let (activities, next) = page::cut(activities, |activity| activity.name.clone(), &page)?;
    let items: Vec<Value> = activities
        .iter()
        .map(|activity| {
            let arn = ActivityArn { place: place.clone(), name: activity.name.clone() };
            json!({
                "activityArn": arn.to_string(),
                "name": activity.name,
                "creationDate": seconds(activity.created),
            })
        })
        .collect();
    Ok(with_next(json!({"activities": items}), next))
}

/// Gives a task of an activity to who asks, as soon as there is one; after a minute, nothing.
pub(super) async fn get_task(call: Call) -> Answer {
    let Which { activity_arn, worker_name } = call.members()?;
    let arn = ActivityArn::parse(&required(activity_arn, "activityArn")?)?;
    get(&call.app, &arn.to_string()).await?;
    let app = &call.app;
    let task = app.unless_stopping(task(app, &function(&arn.name), worker_name.map(Text::from))).await??;
    Ok(match task {
        Some(task) => json!({"taskToken": token::encode(task.task), "input": task.input.to_text()}),
        None => json!({"taskToken": null}),
    })
}

/// Waits for a task. Who asked may go away while nothing was taken, and then takes nothing.
async fn task(app: &App, function: &FunctionName, by: Option<Text>) -> Result<Option<Invocation>, Fault> {
    let mut offers = app.node.runtimes().watch_external();
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        offers.mark_unchanged();
        let (node, function, by) = (app.node.clone(), function.clone(), by.clone());
        // A task that is being taken is taken to the end, or nobody else would get it.
        let taking = tokio::spawn(async move { node.take_task(&function, by, Duration::ZERO).await });
        let taken = taking.await.map_err(|error| Fault::internal(error.to_string()))??;
        if taken.is_some() || tokio::time::timeout_at(end, offers.changed()).await.is_err() {
            return Ok(taken);
        }
    }
}
