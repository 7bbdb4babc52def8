//! `join`: waits until every branch of a fan-out has ended.
//!
//! The number of branches may be given, computed, or come to be known after the first have ended: until then
//! the join counts and does not fire. A `quorum` makes fewer suffice. With a `timeout`, counted from when the
//! trigger starts to listen (and again from each restart), it gives up, or fires with what it has. With a `key`
//! each branch counts once however often its end is told. It fires once, unless it is to `repeat`.
//!
//! Context: `count`; `size`, where it was computed or somebody set it; `results`, where it collects; `keys`,
//! where it has a key; `closed`, once it has fired and does not repeat; `timed_out`, where it fired for that.

use tidegate_json::{Map, Value};
use tidegate_model::{Failure, Span, Text, outcome::errors};

use crate::condition::{Condition, Evaluation, TimerRequest, Verdict};
use crate::registry::{MalformedParams, params};
use crate::scene::Expr;
use crate::template::Template;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(default)]
    size: Value,
    #[serde(default)]
    quorum: Value,
    #[serde(default)]
    timeout: Option<Span>,
    #[serde(default)]
    on_timeout: OnTimeout,
    #[serde(default)]
    collect: Value,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    repeat: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnTimeout {
    #[default]
    Fail,
    Fire,
}

#[derive(Debug)]
struct Join {
    size: Option<Template>,
    quorum: Option<Template>,
    timeout: Option<Span>,
    on_timeout: OnTimeout,
    collect: Collect,
    key: Option<Expr>,
    repeat: bool,
}

/// What a join keeps of each event.
#[derive(Debug)]
enum Collect {
    Nothing,
    Data,
    Expression(Expr),
}

const TIMER: &str = "timeout";

pub(crate) fn make(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    let Params { size, quorum, timeout, on_timeout, collect, key, repeat } = params(value)?;
    let collect = match &collect {
        Value::Null | Value::Bool(false) => Collect::Nothing,
        Value::Bool(true) => Collect::Data,
        Value::String(text) => Collect::Expression(expression("collect", text)?),
        other => {
            let message = format!("expected true, false or an expression, found {}", other.type_name());
            return Err(MalformedParams::at("collect", message));
        }
    };
    let key = key.map(|text| expression("key", &text)).transpose()?;
    let size = amount("size", &size)?;
    let quorum = amount("quorum", &quorum)?;
    Ok(Box::new(Join { size, quorum, timeout, on_timeout, collect, key, repeat }))
}

fn expression(key: &str, text: &str) -> Result<Expr, MalformedParams> {
    Expr::parse(text).map_err(|message| MalformedParams::at(key, message))
}

fn amount(key: &str, value: &Value) -> Result<Option<Template>, MalformedParams> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) if number.as_u64().is_some_and(|number| number <= u64::from(u32::MAX)) => {
            Ok(Some(Template::Constant(value.clone())))
        }
        Value::String(_) => match Template::parse(value) {
            Ok(Template::Constant(_)) => Err(MalformedParams::at(key, "expected a number, found text")
                .with_help("an expression is written `{% vars.n %}`")),
            Ok(template) => Ok(Some(template)),
            Err(malformed) => Err(MalformedParams::template(key, malformed)),
        },
        other => {
            let message = format!("expected a whole number or an expression, found {other}");
            Err(MalformedParams::at(key, message))
        }
    }
}

impl Join {
    /// How many are needed; `None` while that is not known.
    fn want(&self, now: &mut Evaluation<'_, '_>) -> Result<Option<u64>, Failure> {
        if let Some(quorum) = &self.quorum {
            return whole(quorum.evaluate(now.scene, now.context, &[])?, "quorum");
        }
        if let Some(size) = now.context.get("size") {
            return whole(Some(size.clone()), "size");
        }
        let Some(template) = &self.size else { return Ok(None) };
        if let Template::Constant(size) = template {
            return Ok(size.as_u64());
        }
        let size = whole(template.evaluate(now.scene, now.context, &[])?, "size")?;
        if let Some(size) = size {
            now.put("size", size);
        }
        Ok(size)
    }

    /// What is kept of the event, if anything is.
    fn result(&self, now: &Evaluation<'_, '_>) -> Result<Option<Value>, Failure> {
        Ok(match &self.collect {
            Collect::Nothing => None,
            Collect::Data => Some(now.scene.event_data()?),
            Collect::Expression(expr) => {
                Some(now.scene.evaluate(expr, now.context, &[])?.unwrap_or_default())
            }
        })
    }

    /// By which the event counts once, where it has such a key.
    fn key(&self, now: &Evaluation<'_, '_>) -> Result<Option<String>, Failure> {
        let Some(key) = &self.key else { return Ok(None) };
        let key = now.scene.evaluate(key, now.context, &[])?.unwrap_or_default();
        Ok(Some(key.as_str().map_or_else(|| key.to_text(), str::to_owned)))
    }

    /// Notes the key; whether it is in already.
    fn is_repeat(&self, now: &mut Evaluation<'_, '_>, key: String) -> Result<bool, Failure> {
        if now.context.get("keys").is_none() {
            now.put("keys", Map::default());
        }
        let keys = now.context.as_object_mut().and_then(|context| context.get_mut("keys"));
        let keys = keys.and_then(Value::as_object_mut);
        let keys = keys.ok_or_else(|| invalid("context key `keys` is not an object"))?;
        Ok(keys.insert(key, Value::Bool(true)).is_some())
    }

    fn note(&self, now: &mut Evaluation<'_, '_>, result: Value) {
        let results = now.context.as_object_mut().and_then(|context| context.get_mut("results"));
        match results.and_then(Value::as_array_mut) {
            Some(results) => results.push(result),
            None => now.put("results", vec![result]),
        }
    }

    fn decide(&self, now: &mut Evaluation<'_, '_>, have: u64) -> Result<Verdict, Failure> {
        let want = self.want(now)?;
        if want.is_none_or(|want| have < want) {
            let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            return Ok(Verdict::Counted { have: small(have), want: want.map_or(0, small) });
        }
        self.close(now);
        Ok(Verdict::Fire)
    }

    /// Ends this round. What was collected stays for the actions; the next round starts by clearing it.
    fn close(&self, now: &mut Evaluation<'_, '_>) {
        now.put("closed", true);
        if self.timeout.is_some() {
            now.timers.push(TimerRequest::Cancel { key: Text::const_new(TIMER) });
        }
    }

    fn restart(&self, now: &mut Evaluation<'_, '_>) {
        for key in ["count", "size", "results", "keys", "closed", "timed_out"] {
            now.remove(key);
        }
        self.start_timeout(now);
    }

    fn start_timeout(&self, now: &mut Evaluation<'_, '_>) {
        if let Some(timeout) = self.timeout {
            let due = now.scene.at.after(timeout);
            now.timers.push(TimerRequest::Set { key: Text::const_new(TIMER), due });
        }
    }
}

fn whole(value: Option<Value>, what: &str) -> Result<Option<u64>, Failure> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) => Ok(Some(number)),
            None => Err(invalid(&format!("the join's {what} is {value}, expected a whole number"))),
        },
    }
}

fn invalid(message: &str) -> Failure {
    Failure::new(errors::INVALID_VALUE, message)
}

fn is_closed(context: &Value) -> bool {
    context.get("closed").and_then(Value::as_bool) == Some(true)
}

impl Condition for Join {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        if is_closed(now.context) {
            if !self.repeat {
                return Ok(Verdict::Filtered { part: Text::const_new("the join has ended") });
            }
            self.restart(now);
        }
        // Whatever can fail comes first: an event that fails leaves no key and no result.
        let (key, result) = (self.key(now)?, self.result(now)?);
        if let Some(key) = key
            && self.is_repeat(now, key)?
        {
            return Ok(Verdict::Filtered { part: Text::const_new("the join has counted this key") });
        }
        if let Some(result) = result {
            self.note(now, result);
        }
        let have = now.number("count") + 1;
        now.put("count", have);
        self.decide(now, have)
    }

    fn begins(&self) -> bool {
        self.timeout.is_some()
    }

    fn begin(&self, now: &mut Evaluation<'_, '_>) -> Verdict {
        if !is_closed(now.context) {
            self.start_timeout(now);
        }
        Verdict::Wait
    }

    fn timer(&self, now: &mut Evaluation<'_, '_>, _: &str) -> Result<Verdict, Failure> {
        if is_closed(now.context) {
            return Ok(Verdict::Wait);
        }
        now.put("timed_out", true);
        match self.on_timeout {
            OnTimeout::Fire => {
                self.close(now);
                Ok(Verdict::Fire)
            }
            OnTimeout::Fail if self.repeat => {
                self.restart(now);
                Ok(Verdict::TimedOut)
            }
            OnTimeout::Fail => {
                self.close(now);
                Ok(Verdict::TimedOut)
            }
        }
    }

    fn reconsiders(&self) -> bool {
        !matches!(self.size, Some(Template::Constant(_)))
    }

    fn reconsider(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        if is_closed(now.context) {
            return Ok(Verdict::Wait);
        }
        let have = now.number("count");
        Ok(match self.decide(now, have)? {
            Verdict::Fire => Verdict::Fire,
            _ => Verdict::Wait,
        })
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        if is_closed(context) && !self.repeat {
            return None;
        }
        let have = context.get("count").and_then(Value::as_u64).unwrap_or(0);
        let fixed = |template: &Option<Template>| match template {
            Some(Template::Constant(value)) => value.as_u64(),
            _ => None,
        };
        let want = fixed(&self.quorum)
            .or_else(|| context.get("size").and_then(Value::as_u64))
            .or_else(|| fixed(&self.size));
        Some(Text::from(match want {
            Some(want) => format!("{} more of {want} events", want.saturating_sub(have)),
            None => format!("the number of events to join; {have} are in"),
        }))
    }
}
