//! Finding and replacing: by plain text, by regular expression, or by a function that follows the matcher protocol
//! (`{match, start, end, groups, next}`).

use std::rc::Rc;

use tidegate_json::{Str, Value};

use super::string::text;
use super::{Function, FunctionKind};
use crate::error::{Result, fail};
use crate::evaluate::Evaluator;
use crate::item::Item;

/// One match.
struct Found {
    text: Str,
    /// In bytes.
    start: usize,
    end: usize,
    /// In characters.
    index: usize,
    groups: Vec<Item>,
}

impl Found {
    fn item(&self) -> Item {
        let members = [
            ("match", text(self.text.clone())),
            ("start", Item::from(self.index)),
            ("end", Item::from(self.index + self.text.chars().count())),
            ("groups", Item::list(self.groups.clone())),
        ];
        Item::record(members.into_iter().collect())
    }
}

/// The first `most` matches of `pattern` in `given`.
fn matches(ev: &mut Evaluator<'_>, given: &Str, pattern: &Rc<Function>, most: usize) -> Result<Vec<Found>> {
    let FunctionKind::Matcher(regex) = &pattern.kind else {
        return protocol_matches(ev, given, pattern, most);
    };
    ev.burn_text(given.len())?;
    let mut found = Vec::new();
    let (mut counted_bytes, mut counted_chars) = (0, 0);
    let mut from = 0;
    while found.len() < most
        && let Some(captures) = regex.captures_at(given, from)
    {
        ev.burn(1)?;
        let whole = captures.get(0).expect("group 0 is the whole match");
        if whole.is_empty() {
            return fail("D1004", "a regular expression matches the empty string");
        }
        counted_chars += given[counted_bytes..whole.start()].chars().count();
        counted_bytes = whole.start();
        from = whole.end();
        let group = |group: Option<regex::Match<'_>>| group.map_or(text(""), |group| text(group.as_str()));
        found.push(Found {
            text: whole.as_str().into(),
            start: whole.start(),
            end: whole.end(),
            index: counted_chars,
            groups: captures.iter().skip(1).map(group).collect(),
        });
        ev.check_length(found.len())?;
    }
    Ok(found)
}

fn protocol_matches(
    ev: &mut Evaluator<'_>,
    given: &Str,
    pattern: &Rc<Function>,
    most: usize,
) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut answer = ev.apply(pattern, vec![text(given.clone())], &Item::Nothing)?;
    while !answer.is_nothing() && found.len() < most {
        ev.burn(1)?;
        ev.burn_text(given.len())?;
        let (one, next) = protocol_match(given, &answer)?;
        found.push(one);
        answer = match next {
            Item::Function(next) => ev.apply(&next, Vec::new(), &Item::Nothing)?,
            _ => Item::Nothing,
        };
    }
    Ok(found)
}

fn protocol_match(given: &Str, answer: &Item) -> Result<(Found, Item)> {
    let wrong = || fail("T1010", "a matcher function must return {match, start, end, groups, next}");
    let Some(members) = answer.members() else { return wrong() };
    let position = |name| members.get(name).as_number().and_then(|number| number.as_usize());
    let (Some(start), Some(end)) = (position("start"), position("end")) else { return wrong() };
    let Some(matched) = members.get("match").as_str().cloned() else { return wrong() };
    let byte = |index: usize| given.char_indices().nth(index).map_or(given.len(), |(at, _)| at);
    let groups = members.get("groups").into_items();
    let (start_bytes, end_bytes) = (byte(start), byte(end.max(start)));
    let found = Found { text: matched, start: start_bytes, end: end_bytes, index: start, groups };
    Ok((found, members.get("next")))
}

/// A limit: `None` if absent, an error if negative.
fn limit(item: &Item, code: &'static str, function: &str) -> Result<usize> {
    match item.as_number().map(|number| number.as_f64()) {
        None => Ok(usize::MAX),
        Some(limit) if limit < 0.0 => {
            fail(code, format!("the limit of function `{function}` must not be negative"))
        }
        Some(limit) => Ok(limit as usize),
    }
}

pub(super) fn contains(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(given) = args[0].as_str() else { return Ok(Item::Nothing) };
    ev.burn_text(given.len())?;
    Ok(match &args[1] {
        Item::Function(pattern) => (!matches(ev, given, pattern, 1)?.is_empty()).into(),
        Item::Json(Value::String(part)) => given.contains(part.as_str()).into(),
        _ => Item::Nothing,
    })
}

pub(super) fn find_all(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(given), Item::Function(pattern)) = (args[0].as_str(), &args[1]) else {
        return Ok(Item::Nothing);
    };
    let most = limit(&args[2], "D3040", "match")?;
    let describe = |found: Found| {
        let members = [
            ("match", text(found.text)),
            ("index", Item::from(found.index)),
            ("groups", Item::list(found.groups)),
        ];
        Item::record(members.into_iter().collect())
    };
    Ok(Item::sequence(matches(ev, given, pattern, most)?.into_iter().map(describe).collect()))
}

pub(super) fn split(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(given) = args[0].as_str() else { return Ok(Item::Nothing) };
    let most = limit(&args[2], "D3020", "split")?;
    ev.burn_text(given.len())?;
    let parts: Vec<Item> = match &args[1] {
        Item::Function(pattern) => {
            let mut parts = Vec::new();
            let mut from = 0;
            for found in matches(ev, given, pattern, most)? {
                parts.push(text(given.get(from..found.start).unwrap_or_default()));
                from = found.end;
            }
            parts.push(text(&given[from..]));
            parts
        }
        Item::Json(Value::String(separator)) if separator.is_empty() => {
            ev.burn(given.len() as u64 / 2)?;
            given.chars().take(most).map(|c| text(c.encode_utf8(&mut [0; 4]) as &str)).collect()
        }
        Item::Json(Value::String(separator)) => {
            given.split(separator.as_str()).take(most).map(text).collect()
        }
        _ => return Ok(Item::Nothing),
    };
    ev.burn(parts.len() as u64 / 2)?;
    ev.check_length(parts.len())?;
    Ok(Item::list(parts.into_iter().take(most).collect()))
}

pub(super) fn replace(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(given) = args[0].as_str() else { return Ok(Item::Nothing) };
    let most = limit(&args[3], "D3011", "replace")?;
    let found = match &args[1] {
        Item::Json(Value::String(part)) if part.is_empty() => {
            return fail("D3010", "the second argument of function `replace` must not be empty");
        }
        Item::Json(Value::String(part)) => plain_matches(ev, given, part, most)?,
        Item::Function(pattern) => matches(ev, given, pattern, most)?,
        _ => return Ok(Item::Nothing),
    };
    let is_plain = args[1].as_str().is_some();
    let mut replaced = String::new();
    let mut from = 0;
    for found in found {
        replaced.push_str(given.get(from..found.start).unwrap_or_default());
        from = found.end;
        match (&args[2], is_plain) {
            (Item::Json(Value::String(replacement)), true) => replaced.push_str(replacement),
            (Item::Json(Value::String(replacement)), false) => substitute(replacement, &found, &mut replaced),
            (Item::Function(function), _) => {
                match ev.apply(function, vec![found.item()], &Item::Nothing)?.as_str() {
                    Some(replacement) => replaced.push_str(replacement),
                    None => return fail("D3012", "a match can only be replaced by a string"),
                }
            }
            _ => return Ok(Item::Nothing),
        }
        ev.burn(1)?;
        if replaced.len() > ev.env.limits.text_bytes {
            ev.burn_text(replaced.len())?;
        }
    }
    replaced.push_str(&given[from..]);
    ev.burn_text(replaced.len())?;
    Ok(text(replaced))
}

fn plain_matches(ev: &mut Evaluator<'_>, given: &Str, part: &Str, most: usize) -> Result<Vec<Found>> {
    ev.burn_text(given.len())?;
    let mut found = Vec::new();
    for (start, _) in given.match_indices(part.as_str()).take(most) {
        ev.burn(1)?;
        found.push(Found {
            text: part.clone(),
            start,
            end: start + part.len(),
            index: 0,
            groups: Vec::new(),
        });
    }
    Ok(found)
}

/// `$0` is the match, `$1` and on its groups, `$$` a dollar sign. As many digits count as can name a group.
fn substitute(replacement: &str, found: &Found, out: &mut String) {
    let group_digits = found.groups.len().max(1).ilog10() as usize + 1;
    let mut rest = replacement;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix('0') {
            out.push_str(&found.text);
            rest = after;
            continue;
        }
        let digits = rest.bytes().take(group_digits).take_while(u8::is_ascii_digit).count();
        let names = |digits: usize| rest[..digits].parse::<usize>().ok();
        let digits = match names(digits) {
            None => {
                out.push('$');
                continue;
            }
            Some(index) if digits > 1 && index > found.groups.len() => digits - 1,
            Some(_) => digits,
        };
        if let Some(group) = names(digits).and_then(|index| found.groups.get(index.wrapping_sub(1))) {
            out.push_str(group.as_str().map_or("", |group| group));
        }
        rest = &rest[digits..];
    }
    out.push_str(rest);
}
