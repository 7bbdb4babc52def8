//! Why: from an id to a tree of reasons, told from state and history.

use tidegate_engine::why::{Reason, why_ended, why_trigger};
use tidegate_model::{Offset, RunId, TaskId, Timestamp};
use tidegate_runtimes::Position;

use super::step::{FactView, StepView};
use super::{HistoryQuery, QueryError, not_found};
use crate::handle::Handle;

/// How far down a failed run's failed children are followed.
const DEPTH_MAX: usize = 8;

/// Events of a trigger that are told.
const EVENTS_TOLD: usize = 5;

impl Handle {
    /// Why a run (`r12`), a task (`r12.t3`), a trigger (`r12/name`) or an event (its number) is as it is.
    ///
    /// # Errors
    /// [`QueryError::Malformed`] where the id is none, [`QueryError::NotFound`] where there is no such thing.
    pub async fn why(&self, id: &str) -> Result<Reason, QueryError> {
        if let Ok(run) = id.parse::<RunId>() {
            return self.why_run(run, 0).await;
        }
        if let Ok(task) = id.parse::<TaskId>() {
            return self.why_task(task).await;
        }
        if let Ok(offset) = id.parse::<u64>() {
            return self.why_event(Offset(offset)).await;
        }
        if let Some((run, trigger)) = id.split_once('/')
            && let Ok(run) = run.parse::<RunId>()
        {
            return self.why_trigger(run, trigger).await;
        }
        Err(QueryError::Malformed { text: id.to_owned() })
    }

    async fn why_run(&self, run: RunId, depth: usize) -> Result<Reason, QueryError> {
        if let Some(mut reason) = self.ask(move |partition| partition.why_run(run)).await? {
            self.add_positions(run, &mut reason).await?;
            return Ok(reason);
        }
        let found = self.archived(run).await?;
        let mut reason = why_ended(&found.state).ok_or(QueryError::Damaged("run"))?;
        let steps = self.whole_history(run).await?;
        let mut facts = Vec::new();
        for step in &steps {
            facts.extend(step.facts.iter().map(|fact| (step.at, fact)));
        }
        for (at, fact) in facts {
            match fact.kind() {
                "task_ended" if fact.field("error").is_some_and(|error| !error.is_null()) => {
                    reason.because.push(Reason::new(told_task_end(at, fact)));
                }
                "run_started" if fact.run() != Some(run) && depth < DEPTH_MAX => {
                    let Some(child) = fact.run() else { continue };
                    let child = match Box::pin(self.why_run(child, depth + 1)).await {
                        Err(gone @ QueryError::Gone { .. }) => {
                            reason.because.push(Reason::new(gone.to_string()));
                            continue;
                        }
                        told => told?,
                    };
                    if child.text.contains(" failed ") {
                        reason.because.push(child);
                    }
                }
                "disposed" if fact.text("disposition") == "failed" => {
                    let text =
                        format!("{at}: trigger `{}` failed: {}", fact.text("trigger"), fact.text("message"));
                    reason.because.push(Reason::new(text));
                }
                _ => {}
            }
        }
        Ok(reason)
    }

    /// Where the outstanding attempts stand with their functions.
    async fn add_positions(&self, run: RunId, reason: &mut Reason) -> Result<(), QueryError> {
        let tasks =
            self.ask(move |partition| partition.run(run).map(|run| run.tasks)).await?.unwrap_or_default();
        for task in tasks {
            let named = format!("({})", task.id);
            let Some(place) = reason.because.iter_mut().find(|because| because.text.contains(&named)) else {
                continue;
            };
            if let Some(position) = self.told_position(task.id) {
                place.because.push(Reason::new(position));
            }
        }
        Ok(())
    }

    fn told_position(&self, task: TaskId) -> Option<String> {
        Some(match self.runtimes().position(task)? {
            Position::Queued { ahead, cap, for_ms } => {
                let since = tidegate_model::Span(for_ms);
                let cap =
                    cap.map(|cap| format!(", and its function runs {cap} at a time")).unwrap_or_default();
                format!("it has waited for a slot for {since}: {ahead} are ahead of it{cap}")
            }
            Position::Running { for_ms, .. } => {
                format!("it has been running for {}", tidegate_model::Span(for_ms))
            }
        })
    }

    async fn why_task(&self, task: TaskId) -> Result<Reason, QueryError> {
        let steps = self.whole_history(task.run).await?;
        let own = |fact: &&FactView| fact.text("task") == task.to_string();
        let mut reason: Option<Reason> = None;
        for (at, fact) in
            steps.iter().flat_map(|step| step.facts.iter().filter(own).map(move |fact| (step.at, fact)))
        {
            let reason = reason.get_or_insert_with(|| {
                let (subject, function) = (fact.text("subject"), fact.text("function"));
                match function {
                    "" if fact.kind().starts_with("cache_") => {
                        Reason::new(format!("task {task} is `{subject}`"))
                    }
                    "" => Reason::new(format!("task {task} was never asked for")),
                    _ => Reason::new(format!("task {task} runs function `{function}` as `{subject}`")),
                }
            });
            let attempt = fact.field("attempt").map(ToString::to_string).unwrap_or_default();
            let text = match fact.kind() {
                "task_scheduled" => format!("{at}: attempt {attempt} was asked for"),
                "task_queued" => format!("{at}: attempt {attempt} waits for {}", told_claim(fact)),
                "task_granted" => format!("{at}: it has its slots"),
                "task_ended" => told_task_end(at, fact),
                "cache_hit" => {
                    format!(
                        "{at}: it ended at once with the result that was kept of run {}",
                        fact.text("from")
                    )
                }
                "cache_missed" => format!("{at}: no result was kept for it: {}", fact.text("reason")),
                "task_end_ignored" => format!("{at}: an end of attempt {attempt} came late, and was ignored"),
                _ => continue,
            };
            reason.because.push(Reason::new(text));
        }
        let mut reason = reason.ok_or_else(|| not_found("task", task.to_string()))?;
        let live = self.ask(move |partition| partition.run(task.run)).await?;
        if let Some(wait) =
            live.and_then(|run| run.waiting_for.into_iter().find(|w| w.id == Some(task.to_string())))
        {
            let until = wait.until.map(|until| format!(", until {until}")).unwrap_or_default();
            let mut waits =
                Reason::new(format!("it waits for {}, since {}{until}", wait.for_what, wait.since));
            waits.because.extend(self.told_position(task).map(Reason::new));
            reason.because.push(waits);
        }
        Ok(reason)
    }

    async fn why_trigger(&self, run: RunId, name: &str) -> Result<Reason, QueryError> {
        let triggers = self.run_triggers(run).await?;
        let view = triggers.iter().find(|trigger| trigger.name.as_str() == name);
        let view = view.ok_or_else(|| not_found("trigger", format!("{run}/{name}")))?;
        let mut reason = why_trigger(view);
        let steps = self.whole_history(run).await?;
        let met = steps.iter().flat_map(|step| step.facts.iter().map(move |fact| (step, fact)));
        let met = met.filter(|(_, fact)| fact.kind() == "disposed" && fact.text("trigger") == name);
        let met: Vec<String> = met.map(|(step, fact)| told_disposition(step, fact)).collect();
        let facts = steps.iter().flat_map(|step| &step.facts);
        reason.because.extend(facts.filter(|fact| fact.text("subject") == name).filter_map(told_kept));
        let skipped = met.len().saturating_sub(EVENTS_TOLD);
        if skipped > 0 {
            reason.because.push(Reason::new(format!("it met {skipped} events before these:")));
        }
        reason.because.extend(met.into_iter().skip(skipped).map(Reason::new));
        Ok(reason)
    }

    async fn why_event(&self, offset: Offset) -> Result<Reason, QueryError> {
        let view = self.event(offset).await?;
        let kind =
            view.event.get("type").and_then(tidegate_json::Value::as_str).unwrap_or_default().to_owned();
        let mut reason = Reason::new(format!("event {offset} of type `{kind}`: {}", view.disposition));
        if view.disposition == "dead letter" {
            let text = "no enabled trigger listens to it; it is delivered as soon as one does";
            reason.because.push(Reason::new(text));
        }
        for fact in &view.facts {
            let text = match fact.kind() {
                "duplicate" => format!("it had arrived before, as event {}", field(fact, "first")),
                "disposed" => {
                    let run = field(fact, "run");
                    format!("at trigger `{}` of run {run}: {}", fact.text("trigger"), told_verdict(fact))
                }
                "run_started" => format!("run {} of `{}` started", field(fact, "run"), fact.text("workflow")),
                "task_scheduled" => {
                    format!(
                        "task {} of function `{}` was asked for",
                        fact.text("task"),
                        fact.text("function")
                    )
                }
                "task_queued" => {
                    format!("task {} waits for {}", fact.text("task"), told_claim(fact))
                }
                "run_ended" => format!("run {} ended", field(fact, "run")),
                _ => continue,
            };
            reason.because.push(Reason::new(text));
        }
        Ok(reason)
    }

    async fn whole_history(&self, run: RunId) -> Result<Vec<StepView>, QueryError> {
        let mut steps = Vec::new();
        let mut after = None;
        loop {
            let page = self.history(HistoryQuery { run, after, limit: 10_000 }).await?;
            steps.extend(page.steps);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(steps),
            }
        }
    }
}

/// The slots that a task waited for when it came to wait.
fn told_claim(fact: &FactView) -> String {
    let number = |name: &str| field(fact, name);
    let slots = if number("wants") == "1" { "slot" } else { "slots" };
    let whose = if number("of_run") == "true" { "the run's pool" } else { "pool" };
    format!(
        "{} {slots} of {whose} `{}`, of which {} of {} are taken; {} others wait",
        number("wants"),
        fact.text("pool"),
        number("used"),
        number("slots"),
        number("queued")
    )
}

fn told_task_end(at: Timestamp, fact: &FactView) -> String {
    let (task, attempt) = (fact.text("task"), field(fact, "attempt"));
    match (fact.text("error"), fact.text("retry_at")) {
        ("", _) => format!("{at}: attempt {attempt} of task {task} succeeded"),
        (error, "") if attempt == "0" => {
            format!("{at}: task {task} failed with {error}, before an attempt of it")
        }
        (error, "") => {
            format!("{at}: attempt {attempt} of task {task} failed with {error}, and no other follows")
        }
        (error, retry_at) => {
            format!(
                "{at}: attempt {attempt} of task {task} failed with {error}; the next follows at {retry_at}"
            )
        }
    }
}

/// That what an event tells of was taken over from another run: then its data says from which, as `kept`.
fn told_kept(fact: &FactView) -> Option<Reason> {
    if fact.kind() == "cache_missed" {
        return Some(Reason::new(format!(
            "no result was kept for it{}: {}",
            told_index(fact),
            fact.text("reason")
        )));
    }
    let data = fact.field("data").filter(|_| fact.kind() == "raised")?;
    let text = |name: &str| data.get(name).and_then(serde_json::Value::as_str);
    let Some(kept) = text("kept") else {
        return text("cached")
            .map(|from| Reason::new(format!("its result is that of run {from}, which was kept")));
    };
    let state = data.get("state").and_then(serde_json::Value::as_str);
    let state = state.map(|state| format!(": it had ended as {state}")).unwrap_or_default();
    Some(Reason::new(format!("kept from run {kept}{state}")))
}

/// Which item of a map a fact is about.
fn told_index(fact: &FactView) -> String {
    fact.field("index")
        .and_then(serde_json::Value::as_u64)
        .map(|index| format!(" [{index}]"))
        .unwrap_or_default()
}

fn told_disposition(step: &StepView, fact: &FactView) -> String {
    format!("{}: entry {}, event {}: {}", step.at, step.offset, field(fact, "event"), told_verdict(fact))
}

fn told_verdict(fact: &FactView) -> String {
    match fact.text("disposition") {
        "counted" => match (field(fact, "have"), field(fact, "want")) {
            (have, want) if want == "0" => format!("counted, {have} so far"),
            (have, want) => format!("counted, {have} of {want}"),
        },
        "filtered" => format!("filtered: {}", fact.text("part")),
        "intercepted" => format!("intercepted by `{}`", fact.text("by")),
        "failed" => format!("failed: {}", fact.text("message")),
        "parked" => "the trigger is disabled".to_owned(),
        word => word.to_owned(),
    }
}

fn field(fact: &FactView, name: &str) -> String {
    match fact.field(name) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}
