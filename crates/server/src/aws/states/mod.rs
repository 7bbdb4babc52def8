//! AWS Step Functions (API version 2016-11-23).
//!
//! - `machine`: what the door keeps of a state machine, `registry`: finding one; `compiler`: its definition
//! - `machines`, `versions`, `aliases`, `tags`: operations on them
//! - `execution`: a run as an execution; `start`, `executions`, `redrive`: operations on them; `history`, `event`: their events
//! - `map_runs`: the runs of distributed maps
//! - `activities`, `tasks`: work that is done outside
//! - `test_state`: one state by itself; `mock_check`: what it is given; `test_call`: what it asks for
//! - `name`: which names AWS takes

mod activities;
mod aliases;
mod compiler;
mod event;
mod execution;
mod executions;
mod history;
mod machine;
mod machines;
mod map_runs;
mod mock_check;
mod name;
mod redrive;
mod registry;
mod start;
mod tags;
mod tasks;
mod test_call;
mod test_state;
mod versions;

use super::call::{Answer, Call};
use super::fault::Fault;

pub(crate) use history::Recent;
pub(crate) use machines::now;

pub(crate) async fn carry_out(operation: &str, call: Call) -> Answer {
    match operation {
        "CreateStateMachine" => machines::create(call).await,
        "UpdateStateMachine" => machines::update(call).await,
        "DescribeStateMachine" => machines::describe(call).await,
        "DeleteStateMachine" => machines::delete(call).await,
        "ListStateMachines" => machines::list(call).await,
        "ValidateStateMachineDefinition" => machines::validate(&call),
        "PublishStateMachineVersion" => versions::publish(call).await,
        "ListStateMachineVersions" => versions::list(call).await,
        "DeleteStateMachineVersion" => versions::delete(call).await,
        "CreateStateMachineAlias" => aliases::create(call).await,
        "UpdateStateMachineAlias" => aliases::update(call).await,
        "DescribeStateMachineAlias" => aliases::describe(call).await,
        "DeleteStateMachineAlias" => aliases::delete(call).await,
        "ListStateMachineAliases" => aliases::list(call).await,
        "StartExecution" => start::start(call).await,
        "StartSyncExecution" => start::start_sync(call).await,
        "DescribeExecution" => executions::describe(call).await,
        "DescribeStateMachineForExecution" => executions::describe_machine(call).await,
        "ListExecutions" => executions::list(call).await,
        "StopExecution" => executions::stop(call).await,
        "RedriveExecution" => redrive::redrive(call).await,
        "GetExecutionHistory" => history::get(call).await,
        "DescribeMapRun" => map_runs::describe(call).await,
        "ListMapRuns" => map_runs::list(call).await,
        "UpdateMapRun" => map_runs::update(call).await,
        "CreateActivity" => activities::create(call).await,
        "DescribeActivity" => activities::describe(call).await,
        "DeleteActivity" => activities::delete(call).await,
        "ListActivities" => activities::list(call).await,
        "GetActivityTask" => activities::get_task(call).await,
        "SendTaskSuccess" => tasks::succeed(call).await,
        "SendTaskFailure" => tasks::fail(call).await,
        "SendTaskHeartbeat" => tasks::heartbeat(call).await,
        "TestState" => test_state::test(call).await,
        "TagResource" => tags::add(call).await,
        "UntagResource" => tags::remove(call).await,
        "ListTagsForResource" => tags::list(call).await,
        other => Err(Fault::new(
            "UnknownOperationException",
            format!("AWS Step Functions has no operation `{other}`"),
        )),
    }
}
