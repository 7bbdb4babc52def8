//! Reading a mock configuration: its form, the names in it, and the numbers of calls.

use std::collections::BTreeMap;

use tidegate_json::Value;

use super::{Config, Mocked, TestCase, listed};
use crate::asl::mock::response::Numbers;
use crate::diagnostic::{Reports, quoted};
use crate::nearest::nearest;
use crate::source::{Member, Node, Source};

/// A file being read.
pub(super) struct Reading<'r, 's> {
    pub(super) reports: &'r mut Reports<'s>,
    pub(super) source: &'s Source,
}

impl Reading<'_, '_> {
    /// The configuration that the document is, as far as it is sound.
    pub(super) fn config(&mut self, root: &Node) -> Config {
        let mut config = Config { file: self.source.name.to_string(), machines: BTreeMap::new() };
        let Some(members) = self.members(root, "a mock configuration") else { return config };
        self.known(members, &["StateMachines", "MockedResponses"], "a mock configuration");
        let responses = match root.get("MockedResponses") {
            Some(node) => self.responses(node),
            None => BTreeMap::new(),
        };
        let Some(machines) = root.get("StateMachines") else {
            self.reports
                .error("mocks::missing_member", root.span, "a mock configuration has the member `StateMachines`")
                .with_help("as in {\"StateMachines\": {\"order\": {\"TestCases\": {\"paid\": {\"Pay\": \"Paid\"}}}}}");
            return config;
        };
        for machine in self.members(machines, "`StateMachines`").unwrap_or_default() {
            let cases = self.machine(machine, &responses);
            config.machines.insert(machine.key.to_string(), cases);
        }
        config
    }

    fn machine(
        &mut self,
        machine: &Member,
        responses: &BTreeMap<String, Value>,
    ) -> BTreeMap<String, TestCase> {
        let mut cases = BTreeMap::new();
        let Some(members) = self.members(&machine.value, "a state machine") else { return cases };
        self.known(members, &["TestCases"], "a state machine");
        let Some(stated) = machine.value.get("TestCases") else {
            self.reports.error(
                "mocks::missing_member",
                machine.key_span,
                format!("the state machine {} has no `TestCases`", quoted(&machine.key)),
            );
            return cases;
        };
        for case in self.members(stated, "`TestCases`").unwrap_or_default() {
            let case_of = self.test_case(case, responses);
            cases.insert(case.key.to_string(), case_of);
        }
        cases
    }

    fn test_case(&mut self, case: &Member, responses: &BTreeMap<String, Value>) -> TestCase {
        let mut read = TestCase { file: self.source.name.to_string(), states: BTreeMap::new() };
        for state in self.members(&case.value, "a test case").unwrap_or_default() {
            let Some(name) = state.value.as_str() else {
                let message = format!("the state {} is mocked by the name of a response", quoted(&state.key));
                self.reports
                    .error("mocks::not_a_name", state.value.span, message)
                    .with_help("name a member of `MockedResponses`");
                continue;
            };
            let Some(responses) = responses.get(name) else {
                let help = match nearest(name, responses.keys().map(String::as_str)) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("there are {}", listed(responses.keys())),
                };
                let message = format!("`MockedResponses` has no {}", quoted(name));
                self.reports.error("mocks::unknown_response", state.value.span, message).with_help(help);
                continue;
            };
            let mocked = Mocked { responses: responses.clone(), place: self.source.place(state.key_span) };
            read.states.insert(state.key.to_string(), mocked);
        }
        read
    }

    /// All responses by name. Those in which something is wrong are there as well, so that nobody misses their names.
    fn responses(&mut self, node: &Node) -> BTreeMap<String, Value> {
        let members = self.members(node, "`MockedResponses`").unwrap_or_default();
        for response in members {
            self.response(response);
        }
        members.iter().map(|response| (response.key.to_string(), response.value.to_value())).collect()
    }

    fn response(&mut self, response: &Member) {
        let Some(members) = self.members(&response.value, "a mocked response") else { return };
        let mut stated: Vec<(Numbers, &Member)> = Vec::new();
        for member in members {
            match Numbers::parse(&member.key) {
                Some(numbers) => stated.push((numbers, member)),
                None => {
                    let message =
                        format!("{} is no number of a call, and no range of them", quoted(&member.key));
                    self.reports
                        .error("mocks::bad_range", member.key_span, message)
                        .with_help("calls are numbered from 0: \"0\", or \"1-3\" for several");
                }
            }
            self.answer(&member.value);
        }
        if members.is_empty() {
            let message = format!("the response {} answers no call", quoted(&response.key));
            self.reports
                .warning("mocks::empty_response", response.key_span, message)
                .with_help("a state that has it fails when it is entered; add \"0\": {\"Return\": …}");
        }
        self.sequence(&mut stated);
    }

    /// Whether the numbers follow one another from 0.
    fn sequence(&mut self, stated: &mut [(Numbers, &Member)]) {
        stated.sort_by_key(|(numbers, _)| *numbers);
        let mut next = Some(0);
        for (numbers, member) in stated {
            let Some(expected) = next else { return };
            let range = quoted(&member.key);
            if numbers.first < expected {
                let message =
                    format!("{range} overlaps the numbers before it, which go up to {}", expected - 1);
                self.reports.error("mocks::overlapping_range", member.key_span, message);
            } else if numbers.first > expected {
                let missing = match numbers.first - 1 {
                    last if last == expected => format!("call {expected} has"),
                    last => format!("calls {expected} to {last} have"),
                };
                self.reports
                    .error(
                        "mocks::missing_number",
                        member.key_span,
                        format!("{missing} no response before {range}"),
                    )
                    .with_help("calls are numbered from 0, without a gap");
            }
            next = numbers.last.max(expected.saturating_sub(1)).checked_add(1);
        }
    }

    /// What is one call's answer.
    fn answer(&mut self, node: &Node) {
        let Some(members) = self.members(node, "the response to a call") else { return };
        self.known(members, &["Return", "Throw"], "the response to a call");
        match (node.get("Return"), node.get("Throw")) {
            (Some(_), Some(thrown)) => {
                self.reports.error(
                    "mocks::two_answers",
                    thrown.span,
                    "a call has either a `Return` or a `Throw`, not both",
                );
            }
            (None, None) => {
                self.reports
                    .error(
                        "mocks::no_answer",
                        node.span,
                        "the response to a call has neither `Return` nor `Throw`",
                    )
                    .with_help("{\"Return\": RESULT}, or {\"Throw\": {\"Error\": NAME, \"Cause\": TEXT}}");
            }
            (Some(_), None) => {}
            (None, Some(thrown)) => self.thrown(thrown),
        }
    }

    fn thrown(&mut self, node: &Node) {
        let Some(members) = self.members(node, "`Throw`") else { return };
        self.known(members, &["Error", "Cause"], "`Throw`");
        if node.get("Error").is_none() {
            self.reports.error(
                "mocks::missing_member",
                node.span,
                "`Throw` has no `Error`, the error's name",
            );
        }
        for field in ["Error", "Cause"] {
            let wrong = node.get(field).filter(|value| value.as_str().is_none());
            if let Some(value) = wrong {
                self.reports.error("mocks::not_text", value.span, format!("`{field}` is text"));
            }
        }
    }

    /// The members of `node`; where it is no object, that is reported.
    fn members<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Member]> {
        let members = node.as_mapping();
        if members.is_none() {
            self.reports.error("mocks::not_an_object", node.span, format!("{what} is an object"));
        }
        members
    }

    /// Reports members of other names than these.
    fn known(&mut self, members: &[Member], known: &[&str], what: &str) {
        for member in members.iter().filter(|member| !known.contains(&member.key.as_str())) {
            let help = match nearest(&member.key, known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("it has {}", listed(known.iter())),
            };
            let message = format!("{what} has no member {}", quoted(&member.key));
            self.reports.error("mocks::unknown_member", member.key_span, message).with_help(help);
        }
    }
}
