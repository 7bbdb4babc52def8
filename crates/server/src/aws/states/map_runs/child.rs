//! An item of a distributed Map state as an execution of its own.

use serde_json::{Value, json};

use super::super::execution::{self, Execution};
use super::Scopes;
use super::count::{self, Child, MapRun};
use crate::App;
use crate::aws::arn::ExecutionArn;
use crate::aws::call::seconds;
use crate::aws::fault::Fault;

/// Characters of the id of a map run.
const ID_CHARS: usize = 36;

/// What the ARN of an item's execution says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChildName {
    /// The state machine.
    pub(super) machine: String,
    /// The label of the Map state.
    label: String,
    /// The id of the map run.
    pub(super) map_run: String,
    /// Which item, from 0.
    index: u64,
}

impl ChildName {
    /// What `arn` says, where it is that of an item's execution.
    pub(crate) fn parse(arn: &ExecutionArn) -> Option<Self> {
        let (machine, label) = arn.machine.split_once('/')?;
        let (map_run, index) = arn.name.split_at_checked(ID_CHARS)?;
        Some(Self {
            machine: machine.to_owned(),
            label: label.to_owned(),
            map_run: map_run.to_owned(),
            index: index.strip_prefix('-')?.parse().ok()?,
        })
    }

    /// The ARN of the map run, of an execution at the same place.
    fn map_run_arn(&self, of: &ExecutionArn) -> String {
        format!("{}{}/{}:{}", of.place.prefix("states", "mapRun"), self.machine, self.label, self.map_run)
    }
}

/// An item in the list of a map run's executions.
pub(super) fn item(run: &MapRun, index: u64, child: &Child) -> Option<Value> {
    let (path, id) = run.arn.rsplit_once(':')?;
    let name = format!("{id}-{index}");
    let mut item = json!({
        "executionArn": format!("{}:{name}", path.replacen(":mapRun:", ":execution:", 1)),
        "stateMachineArn": path.replacen(":mapRun:", ":stateMachine:", 1),
        "name": name,
        "status": child.status,
        "startDate": seconds(child.started),
        "mapRunArn": run.arn,
        "itemCount": 1,
        "redriveCount": child.redriven,
    });
    if let Some(ended) = child.ended {
        item["stopDate"] = seconds(ended);
    }
    Some(item)
}

/// An item's execution in full.
pub(crate) async fn describe(app: &App, found: &Execution, name: &ChildName) -> Result<Value, Fault> {
    let run = map_run(app, found, name).await?;
    let child = run.children.get(&name.index).ok_or_else(|| missing(found))?;
    let mut answer = item(&run, name.index, child).ok_or_else(|| missing(found))?;
    answer["input"] = json!(child.input.to_text());
    answer["inputDetails"] = execution::whole();
    if let Some(output) = &child.output {
        answer["output"] = json!(output.to_text());
        answer["outputDetails"] = execution::whole();
    }
    for (name, text) in [("error", &child.error), ("cause", &child.cause)] {
        if let Some(text) = text {
            answer[name] = json!(text);
        }
    }
    answer["redriveStatus"] = json!(if child.status == "FAILED" || child.status == "ABORTED" {
        "REDRIVABLE_BY_MAP_RUN"
    } else {
        "NOT_REDRIVABLE"
    });
    Ok(answer)
}

/// The scopes whose notes are the history of an item's execution.
pub(crate) async fn scopes_of(app: &App, found: &Execution, name: &ChildName) -> Result<Scopes, Fault> {
    let run = map_run(app, found, name).await?;
    let child = run.children.get(&name.index).ok_or_else(|| missing(found))?;
    Ok(child.scopes.clone())
}

async fn map_run(app: &App, found: &Execution, name: &ChildName) -> Result<MapRun, Fault> {
    let arn = name.map_run_arn(&found.arn);
    let runs = count::of_execution(app, &found.runs).await?;
    runs.into_iter().find(|run| run.arn == arn).ok_or_else(|| missing(found))
}

fn missing(found: &Execution) -> Fault {
    Fault::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{}'", found.arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_item_leads_to_its_map_run() {
        let text = "arn:aws:states:us-east-1:000000000000:execution:pay/Each:00000000-0001-8000-8000-000000000001-12";
        let arn = ExecutionArn::parse(text).unwrap();
        let name = ChildName::parse(&arn).unwrap();
        assert_eq!((name.machine.as_str(), name.index), ("pay", 12));
        assert_eq!(
            name.map_run_arn(&arn),
            "arn:aws:states:us-east-1:000000000000:mapRun:pay/Each:00000000-0001-8000-8000-000000000001"
        );
        let plain = ExecutionArn::parse("arn:aws:states:us-east-1:000000000000:execution:pay:one").unwrap();
        assert_eq!(ChildName::parse(&plain), None);
    }
}
