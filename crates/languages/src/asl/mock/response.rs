//! The responses of one state, by the number of the call that each is for.
//!
//! Calls are numbered from 0 over the whole execution: retries, passes of a loop and items of a Map state all count.
//! Source: Step Functions developer guide, "Configuration file for mocked service integrations".

use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::Text;

use super::RESPONSES;

/// What a mocked call comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Response {
    /// It gives this.
    Return(Value),
    /// It fails.
    Throw {
        /// Name of the error.
        error: Text,
        /// Its cause; empty where there is none.
        cause: Text,
    },
}

/// Numbers of calls, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Numbers {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// The responses of a state, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Responses(Vec<(Numbers, Response)>);

impl Numbers {
    /// Those that `text` names: `3`, or `1-2`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| is_plain)
        };
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(text)?, number(text)?),
        };
        (first <= last).then_some(Self { first, last })
    }
}

impl Response {
    /// The response that `value`, `{"Return": …}` or `{"Throw": …}`, is.
    fn of(value: &Value) -> Option<Self> {
        if let Some(result) = value.get("Return") {
            return Some(Self::Return(result.clone()));
        }
        let thrown = value.get("Throw")?;
        let text = |name: &str| Text::from(thrown.get(name).and_then(Value::as_str).unwrap_or_default());
        Some(Self::Throw { error: text("Error"), cause: text("Cause") })
    }
}

impl Responses {
    /// Those that the parameters of an action have; `None` where the state is not mocked.
    ///
    /// # Errors
    /// Where they are not what the compiler writes.
    pub(crate) fn of(params: &Value) -> Result<Option<Self>, MalformedParams> {
        let Some(stated) = params.get(RESPONSES) else { return Ok(None) };
        let malformed = || MalformedParams::at(RESPONSES, "expected responses by number");
        let members = stated.as_object().ok_or_else(malformed)?;
        let response =
            |(numbers, response): (_, &Value)| Some((Numbers::parse(numbers)?, Response::of(response)?));
        let responses = members.iter().map(|(numbers, value)| response((numbers.as_str(), value)));
        let mut responses = responses.collect::<Option<Vec<_>>>().ok_or_else(malformed)?;
        responses.sort_by_key(|(numbers, _)| *numbers);
        Ok(Some(Self(responses)))
    }

    /// The response to call `number`.
    pub(crate) fn to(&self, number: u64) -> Option<&Response> {
        let found = self.0.iter().find(|(numbers, _)| (numbers.first..=numbers.last).contains(&number));
        found.map(|(_, response)| response)
    }

    /// How many calls there are responses for.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|(numbers, _)| numbers.last - numbers.first + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_or_a_range() {
        let parsed = |text| Numbers::parse(text).map(|Numbers { first, last }| (first, last));
        assert_eq!(parsed("0"), Some((0, 0)));
        assert_eq!(parsed("1-2"), Some((1, 2)));
        for wrong in ["", "-", "1-", "-1", "2-1", "a", "+1", "1-2-3", " 1"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
