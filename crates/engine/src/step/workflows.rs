//! Workflows and functions: applied, replaced, taken away.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{
    Data, Fact, Failure, FunctionName, FunctionSpec, Labels, Outcome, Program, RunId, Text, WorkflowName,
};

use super::runs::NewRun;
use super::{Step, not_found};
use crate::compile::{Compiled, compile};
use crate::output::{Refusal, Reply};
use crate::partition::{Version, Workflow};

impl Step<'_> {
    /// A workflow gets a version. A standing one starts to listen, and the version before it stops.
    pub(super) fn apply_workflow(&mut self, program: Program) -> Reply {
        let digest = program.digest();
        let name = program.name.clone();
        let known = self.partition.workflows.get(&name);
        if let Some(workflow) = known.filter(|workflow| workflow.current == Some(digest)) {
            return Reply::Applied { program: digest, unchanged: true, standing: workflow.standing };
        }
        let schedule = program.schedule.clone();
        let compiled = match self.compiled(program) {
            Ok(compiled) => compiled,
            Err(refusal) => return Reply::Refused(refusal),
        };
        let schedule = match self.compiled_schedule(&name, schedule) {
            Ok(schedule) => schedule,
            Err(refusal) => return Reply::Refused(refusal),
        };
        let had_schedule = self.has_schedule(&name);
        let replaced = self.take_version(&name, &compiled);
        if let Some(run) = replaced {
            self.supersede(run, "a newer version of the workflow took over");
        }
        let standing =
            if compiled.program.standing { self.stand(&name, compiled, &Value::Null) } else { None };
        self.apply_schedule(&name, had_schedule, schedule);
        Reply::Applied { program: digest, unchanged: false, standing }
    }

    /// Makes `compiled` the current version of `name`; what stood until then no longer belongs to it.
    pub(super) fn take_version(&mut self, name: &WorkflowName, compiled: &Arc<Compiled>) -> Option<RunId> {
        let digest = compiled.digest;
        self.partition.add_program(Arc::clone(compiled));
        self.partition.dirty.programs.insert(digest);
        self.partition.dirty.workflows.insert(name.clone());
        self.fact(Fact::Applied { workflow: name.clone(), program: digest });
        let at = self.at;
        let empty = Workflow { current: None, versions: Vec::new(), standing: None };
        let workflow = self.partition.workflows.entry(name.clone()).or_insert(empty);
        workflow.current = Some(digest);
        workflow.versions.retain(|version| version.program != digest);
        workflow.versions.push(Version { program: digest, applied_at: at });
        workflow.standing.take()
    }

    /// A workflow gets a version beside its current one.
    pub(super) fn add_version(&mut self, program: Program) -> Reply {
        let (digest, name) = (program.digest(), program.name.clone());
        let known = self.partition.workflows.get(&name).filter(|workflow| workflow.current.is_some());
        let Some(known) = known else { return Reply::Refused(not_found("workflow", name.as_str())) };
        if program.standing {
            let message = "a version of a standing workflow is its current one, or nobody listens with it";
            return Reply::Refused(Refusal::Invalid(message.to_owned()));
        }
        if known.versions.iter().any(|version| version.program == digest) {
            return Reply::Applied { program: digest, unchanged: true, standing: None };
        }
        let compiled = match self.compiled(program) {
            Ok(compiled) => compiled,
            Err(refusal) => return Reply::Refused(refusal),
        };
        self.partition.add_program(compiled);
        self.partition.dirty.programs.insert(digest);
        self.partition.dirty.workflows.insert(name.clone());
        let version = Version { program: digest, applied_at: self.at };
        if let Some(workflow) = self.partition.workflows.get_mut(&name) {
            workflow.versions.push(version);
        }
        Reply::Applied { program: digest, unchanged: false, standing: None }
    }

    /// The program as the engine has it, or will.
    pub(super) fn compiled(&self, program: Program) -> Result<Arc<Compiled>, Refusal> {
        if let Some(state) = self.partition.programs.get(&program.digest()) {
            return Ok(Arc::clone(&state.compiled));
        }
        compile(program, &self.partition.registry).map(Arc::new).map_err(|errors| {
            let message: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Refusal::Invalid(message.join("; "))
        })
    }

    pub(super) fn stand(
        &mut self,
        name: &WorkflowName,
        program: Arc<Compiled>,
        input: &Value,
    ) -> Option<RunId> {
        let input = Data::json(input);
        let workflow = name.clone();
        let new = NewRun {
            workflow,
            program,
            input,
            labels: Labels::NONE,
            key: None,
            parent: None,
            rerun_of: None,
        };
        let run = self.start_run(new).ok();
        if let Some(workflow) = self.partition.workflows.get_mut(name) {
            workflow.standing = run;
        }
        run
    }

    pub(super) fn supersede(&mut self, run: RunId, reason: &str) {
        let failure = Failure::new(errors::SUPERSEDED, Text::new(reason));
        self.with_run(run, |step, run| step.end_run(run, Outcome::Failed(failure)));
    }

    /// A workflow is taken away: no run starts any more; those that are under way go on.
    pub(super) fn remove_workflow(&mut self, name: &WorkflowName) -> Reply {
        let had_schedule = self.has_schedule(name);
        let known = self.partition.workflows.get_mut(name).filter(|workflow| workflow.current.is_some());
        let Some(workflow) = known else { return Reply::Refused(not_found("workflow", name.as_str())) };
        workflow.current = None;
        let standing = workflow.standing.take();
        self.partition.dirty.workflows.insert(name.clone());
        if let Some(run) = standing {
            self.supersede(run, "the workflow was removed");
        }
        self.apply_schedule(name, had_schedule, None);
        Reply::Done
    }

    /// A function is registered for all. Attempts that are under way go on with what it was.
    pub(super) fn register_function(&mut self, name: FunctionName, spec: FunctionSpec) -> Reply {
        self.partition.dirty.functions.insert(name.clone());
        self.partition.functions.insert(name, Arc::new(spec));
        Reply::Done
    }

    /// A function registered for all is taken away.
    pub(super) fn remove_function(&mut self, name: &FunctionName) -> Reply {
        if self.partition.functions.remove(name).is_none() {
            return Reply::Refused(not_found("function", name.as_str()));
        }
        self.partition.dirty.functions.insert(name.clone());
        Reply::Done
    }
}
