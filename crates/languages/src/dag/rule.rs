//! Trigger rules: whether a task runs, given how those before it have ended. Names and meanings are those of Apache Airflow
//! ("Trigger Rules").

use tidegate_json::Value;

/// How a task has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// It ran, and did what it is for.
    Success,
    /// It ran, and failed for good.
    Failed,
    /// It did not run because nobody wanted it to.
    Skipped,
    /// It did not run because something before it had failed.
    UpstreamFailed,
}

/// When a task runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TriggerRule {
    /// All before it have succeeded.
    #[default]
    AllSuccess,
    /// All before it have failed.
    AllFailed,
    /// All before it have ended, however.
    AllDone,
    /// All before it have ended, none was skipped, and one has succeeded.
    AllDoneMinOneSuccess,
    /// All before it have ended, and one of those that set something up has succeeded, where there is one.
    AllDoneSetupSuccess,
    /// All before it were skipped.
    AllSkipped,
    /// One has succeeded; the others are not waited for.
    OneSuccess,
    /// One has failed; the others are not waited for.
    OneFailed,
    /// One has succeeded or failed; the others are not waited for.
    OneDone,
    /// All before it have ended and none has failed.
    NoneFailed,
    /// The same, and one has succeeded.
    NoneFailedMinOneSuccess,
    /// All before it have ended and none was skipped.
    NoneSkipped,
    /// At once.
    Always,
}

/// What becomes of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It runs.
    Run,
    /// It ends without having run.
    End(State),
    /// That depends on those that have not ended.
    Wait,
}

/// How many of those before a task have ended, by how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) success: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    pub(crate) upstream_failed: u64,
}

const RULES: [(&str, TriggerRule); 13] = [
    ("all_success", TriggerRule::AllSuccess),
    ("all_failed", TriggerRule::AllFailed),
    ("all_done", TriggerRule::AllDone),
    ("all_done_min_one_success", TriggerRule::AllDoneMinOneSuccess),
    ("all_done_setup_success", TriggerRule::AllDoneSetupSuccess),
    ("all_skipped", TriggerRule::AllSkipped),
    ("one_success", TriggerRule::OneSuccess),
    ("one_failed", TriggerRule::OneFailed),
    ("one_done", TriggerRule::OneDone),
    ("none_failed", TriggerRule::NoneFailed),
    ("none_failed_min_one_success", TriggerRule::NoneFailedMinOneSuccess),
    ("none_skipped", TriggerRule::NoneSkipped),
    ("always", TriggerRule::Always),
];

const STATES: [(&str, State); 4] = [
    ("success", State::Success),
    ("failed", State::Failed),
    ("skipped", State::Skipped),
    ("upstream_failed", State::UpstreamFailed),
];

impl Ends {
    /// One that has ended so.
    pub(crate) fn of(state: State) -> Self {
        let mut ends = Self::default();
        ends.count(state);
        ends
    }

    /// The counts that a document has under the names of the states.
    pub(crate) fn read(counts: Option<&Value>) -> Self {
        let number = |state: State| {
            counts.and_then(|counts| counts.get(state.name())).and_then(Value::as_u64).unwrap_or(0)
        };
        Self {
            success: number(State::Success),
            failed: number(State::Failed),
            skipped: number(State::Skipped),
            upstream_failed: number(State::UpstreamFailed),
        }
    }

    pub(crate) fn count(&mut self, state: State) {
        match state {
            State::Success => self.success += 1,
            State::Failed => self.failed += 1,
            State::Skipped => self.skipped += 1,
            State::UpstreamFailed => self.upstream_failed += 1,
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            success: self.success + other.success,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            upstream_failed: self.upstream_failed + other.upstream_failed,
        }
    }

    pub(crate) fn named(self) -> impl Iterator<Item = (State, u64)> {
        let Self { success, failed, skipped, upstream_failed } = self;
        STATES.iter().map(|(_, state)| *state).zip([success, failed, skipped, upstream_failed])
    }

    pub(crate) fn to_value(self) -> Value {
        Value::object(
            self.named().filter(|(_, count)| *count > 0).map(|(state, count)| (state.name(), count)),
        )
    }

    pub(crate) fn failures(self) -> u64 {
        self.failed + self.upstream_failed
    }

    /// What all together are: failed where one has; well where one is, and none has failed.
    pub(crate) fn overall(self) -> State {
        match self {
            Self { failed: 1.., .. } => State::Failed,
            Self { upstream_failed: 1.., .. } => State::UpstreamFailed,
            Self { success: 1.., .. } => State::Success,
            Self { .. } => State::Skipped,
        }
    }
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        STATES.iter().find(|(_, state)| *state == self).map_or("", |(name, _)| name)
    }

    /// The state that the data of an end tells of.
    pub(crate) fn of(data: &Value) -> Option<Self> {
        let name = data.get("state")?.as_str()?;
        STATES.iter().find(|(known, _)| *known == name).map(|(_, state)| *state)
    }
}

impl TriggerRule {
    /// The rule of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        RULES.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        RULES.iter().find(|(_, rule)| *rule == self).map_or("", |(name, _)| name)
    }

    /// The names of all rules.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        RULES.iter().map(|(name, _)| *name)
    }

    /// What becomes of a task of which those before it have ended so; `is_over` where that is all of them. `setups` are those
    /// that it tears down. Once this is not [`Decision::Wait`], further ends change nothing.
    pub(crate) fn decide(self, ends: Ends, is_over: bool, setups: Ends) -> Decision {
        let Ends { success, failed, skipped, .. } = ends;
        let failures = ends.failures();
        // What the task is, where the rule can never come true.
        let blocked = if failures > 0 { State::UpstreamFailed } else { State::Skipped };
        let over = |runs: bool, otherwise: State| match (is_over, runs) {
            (false, _) => Decision::Wait,
            (true, true) => Decision::Run,
            (true, false) => Decision::End(otherwise),
        };
        let unless = |blocks: bool, state: State| match (blocks, is_over) {
            (true, _) => Decision::End(state),
            (false, true) => Decision::Run,
            (false, false) => Decision::Wait,
        };
        let at_once = |runs: bool, otherwise: State| match (runs, is_over) {
            (true, _) => Decision::Run,
            (false, true) => Decision::End(otherwise),
            (false, false) => Decision::Wait,
        };
        match self {
            Self::Always => Decision::Run,
            Self::AllSuccess => unless(failures + skipped > 0, blocked),
            Self::AllFailed => unless(success + skipped > 0, State::Skipped),
            Self::AllDone => over(true, State::Skipped),
            // To Airflow, who was skipped is not done.
            Self::AllDoneMinOneSuccess if skipped > 0 => Decision::End(State::Skipped),
            Self::AllDoneMinOneSuccess => over(success > 0, State::UpstreamFailed),
            Self::AllDoneSetupSuccess if setups == Ends::default() => over(true, State::Skipped),
            Self::AllDoneSetupSuccess => match setups.overall() {
                State::Skipped => over(false, State::Skipped),
                _ => over(setups.success > 0, State::UpstreamFailed),
            },
            Self::AllSkipped => unless(success + failures > 0, State::Skipped),
            Self::OneSuccess => at_once(success > 0, blocked),
            Self::OneFailed => at_once(failures > 0, State::Skipped),
            Self::OneDone => at_once(success + failed > 0, State::Skipped),
            Self::NoneFailed => unless(failures > 0, State::UpstreamFailed),
            Self::NoneFailedMinOneSuccess => match unless(failures > 0, State::UpstreamFailed) {
                Decision::Run if success == 0 => Decision::End(State::Skipped),
                decision => decision,
            },
            Self::NoneSkipped => unless(skipped > 0, State::Skipped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(rule: &str, ends: &str, total: u64) -> Decision {
        let mut counted = Ends::default();
        for end in ends.chars() {
            match end {
                's' => counted.success += 1,
                'f' => counted.failed += 1,
                'k' => counted.skipped += 1,
                'u' => counted.upstream_failed += 1,
                other => panic!("{other}"),
            }
        }
        let is_over = ends.len() as u64 == total;
        TriggerRule::parse(rule).unwrap().decide(counted, is_over, Ends::default())
    }

    #[test]
    fn rules_decide_as_soon_as_they_can() {
        use Decision::{End, Run, Wait};
        use State::{Skipped, UpstreamFailed};
        for (rule, ends, total, expected) in [
            ("all_success", "s", 2, Wait),
            ("all_success", "ss", 2, Run),
            ("all_success", "f", 2, End(UpstreamFailed)),
            ("all_success", "u", 2, End(UpstreamFailed)),
            ("all_success", "k", 2, End(Skipped)),
            ("all_failed", "ff", 2, Run),
            ("all_failed", "fu", 2, Run),
            ("all_failed", "s", 2, End(Skipped)),
            ("all_done", "fk", 3, Wait),
            ("all_done", "fks", 3, Run),
            ("all_done_min_one_success", "fs", 2, Run),
            ("all_done_min_one_success", "kk", 2, End(Skipped)),
            ("all_done_min_one_success", "sk", 3, End(Skipped)),
            ("all_done_min_one_success", "ff", 2, End(UpstreamFailed)),
            ("all_skipped", "kk", 2, Run),
            ("all_skipped", "s", 2, End(Skipped)),
            ("one_success", "s", 9, Run),
            ("one_success", "ff", 2, End(UpstreamFailed)),
            ("one_success", "kk", 2, End(Skipped)),
            ("one_failed", "sf", 9, Run),
            ("one_failed", "ss", 2, End(Skipped)),
            ("one_done", "ku", 2, End(Skipped)),
            ("one_done", "f", 2, Run),
            ("none_failed", "sk", 2, Run),
            ("none_failed", "f", 2, End(UpstreamFailed)),
            ("none_failed_min_one_success", "sk", 2, Run),
            ("none_failed_min_one_success", "kk", 2, End(Skipped)),
            ("none_skipped", "sf", 2, Run),
            ("none_skipped", "k", 2, End(Skipped)),
            ("always", "", 2, Run),
        ] {
            assert_eq!(decide(rule, ends, total), expected, "{rule} {ends} of {total}");
        }
    }

    /// Every order of ends gives one decision, and it comes when all have ended at the latest.
    #[test]
    fn every_rule_decides_once_all_have_ended_and_never_otherwise_later() {
        const ENDS: [char; 4] = ['s', 'f', 'k', 'u'];
        for rule in TriggerRule::names() {
            for code in 0..4_usize.pow(4) {
                let all: String = (0..4).map(|place| ENDS[code / 4_usize.pow(place) % 4]).collect();
                let decisions: Vec<Decision> = (0..=4).map(|count| decide(rule, &all[..count], 4)).collect();
                assert_ne!(decisions[4], Decision::Wait, "{rule} {all}");
                let first = decisions.iter().position(|decision| *decision != Decision::Wait).unwrap();
                // A task that runs has run, whatever ends later; one that is blocked stays so.
                if decisions[first] != Decision::Run {
                    let kept = decisions[first..].iter().all(|decision| matches!(decision, Decision::End(_)));
                    assert!(kept, "{rule} {all}: {decisions:?}");
                }
            }
        }
    }
}
