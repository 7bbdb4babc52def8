//! The text of a predicate.

use regex::{Regex, RegexBuilder};
use tidegate_json::Value;

use super::super::PathError;
use super::super::filter::{Filter, Operand, Operator};
use super::cursor::Cursor;
use super::{Inside, quoted, steps};

/// Parentheses and negations that may be open at once.
const DEPTH_MAX: usize = 50;

/// A regular expression may compile to this many bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Longer operators come before those that they begin with.
const OPERATORS: [(&str, Operator); 17] = [
    ("===", Operator::Same),
    ("!==", Operator::NotSame),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("contains", Operator::Contains),
    ("subsetof", Operator::SubsetOf),
    ("anyof", Operator::AnyOf),
    ("noneof", Operator::NoneOf),
    ("all", Operator::AllIn),
    ("size", Operator::Size),
    ("empty", Operator::Empty),
];

/// `?(…)`, and as many more after commas, all of which must hold.
pub(super) fn filters(input: &mut Cursor<'_>) -> Result<Filter, PathError> {
    let mut all = Vec::new();
    loop {
        input.expect("?", "`?(` is missing")?;
        input.skip_blanks();
        all.push(alternatives(input)?);
        input.skip_blanks();
        if !input.take(",") {
            break;
        }
        input.skip_blanks();
    }
    Ok(joined(all, Filter::All))
}

fn alternatives(input: &mut Cursor<'_>) -> Result<Filter, PathError> {
    separated(input, "||", |input| separated(input, "&&", term, Filter::All), Filter::Any)
}

fn separated(
    input: &mut Cursor<'_>,
    separator: &str,
    part: impl Fn(&mut Cursor<'_>) -> Result<Filter, PathError>,
    join: fn(Vec<Filter>) -> Filter,
) -> Result<Filter, PathError> {
    let mut parts = vec![part(input)?];
    loop {
        input.skip_blanks();
        if !input.take(separator) {
            return Ok(joined(parts, join));
        }
        parts.push(part(input)?);
    }
}

fn joined(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

fn term(input: &mut Cursor<'_>) -> Result<Filter, PathError> {
    input.skip_blanks();
    if input.depth == DEPTH_MAX {
        return Err(input.error(format!("a filter nests at most {DEPTH_MAX} deep")));
    }
    input.depth += 1;
    let term = match input.peek() {
        Some('(') => parenthesised(input),
        Some('!') => {
            input.advance();
            term(input).map(|inner| Filter::Not(Box::new(inner)))
        }
        _ => comparison(input),
    };
    input.depth -= 1;
    term
}

fn parenthesised(input: &mut Cursor<'_>) -> Result<Filter, PathError> {
    input.advance();
    let inner = alternatives(input)?;
    input.skip_blanks();
    input.expect(")", "`)` is missing")?;
    Ok(inner)
}

fn comparison(input: &mut Cursor<'_>) -> Result<Filter, PathError> {
    let left = operand(input)?;
    input.skip_blanks();
    if input.take("=~") {
        input.skip_blanks();
        return Ok(Filter::Matches(left, Box::new(pattern(input)?)));
    }
    let Some(operator) = operator(input) else {
        return Ok(Filter::Exists(left));
    };
    input.skip_blanks();
    Ok(Filter::Compare(left, operator, operand(input)?))
}

fn operator(input: &mut Cursor<'_>) -> Option<Operator> {
    let word = input.rest();
    let letters = word.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(word.len());
    let is_next = |written: &str| match letters {
        0 => word.starts_with(written),
        _ => word[..letters].eq_ignore_ascii_case(written),
    };
    let (written, operator) = OPERATORS.iter().find(|(written, _)| is_next(written))?;
    input.take(&word[..written.len()]);
    Some(*operator)
}

fn operand(input: &mut Cursor<'_>) -> Result<Operand, PathError> {
    match input.peek() {
        Some('@') => {
            input.advance();
            Ok(Operand::Element(steps(input, Inside::Filter)?.0))
        }
        Some('$') => {
            input.advance();
            Ok(Operand::Document(steps(input, Inside::Filter)?.0))
        }
        Some('\'' | '"') => Ok(Operand::Literal(quoted(input)?.into())),
        Some('[') => list(input).map(Operand::Literal),
        _ => scalar(input).map(Operand::Literal),
    }
}

fn list(input: &mut Cursor<'_>) -> Result<Value, PathError> {
    input.advance();
    let mut elements = Vec::new();
    loop {
        input.skip_blanks();
        match input.peek() {
            Some(']') => break,
            Some('\'' | '"') => elements.push(quoted(input)?.into()),
            _ => elements.push(scalar(input)?),
        }
        input.skip_blanks();
        if !input.take(",") {
            break;
        }
    }
    input.expect("]", "`]` is missing")?;
    Ok(elements.into())
}

/// A number, `true`, `false`, `null`, or a text without quotes: a bare word, which AWS takes for one.
fn scalar(input: &mut Cursor<'_>) -> Result<Value, PathError> {
    let start = input.at();
    let word = input
        .take_while(|character| character.is_alphanumeric() || matches!(character, '-' | '+' | '.' | '_'));
    match Value::parse(word) {
        Ok(value) => Ok(value),
        Err(_) if word.starts_with(char::is_alphabetic) => Ok(word.into()),
        Err(_) => Err(PathError {
            message: "a path, a text in quotes, a number, `true`, `false` or `null` is missing".into(),
            at: start,
        }),
    }
}

/// `/pattern/flags`. It must match the whole text, as in Java.
fn pattern(input: &mut Cursor<'_>) -> Result<Regex, PathError> {
    let start = input.at();
    input.expect("/", "a pattern is written `/…/`")?;
    let mut text = String::new();
    loop {
        let Some(character) = input.peek() else {
            return Err(PathError { message: "the pattern is never closed".into(), at: start });
        };
        input.advance();
        match character {
            '/' => break,
            '\\' if input.peek() == Some('/') => {}
            '\\' => {
                text.push('\\');
                text.extend(input.peek());
                input.advance();
            }
            _ => text.push(character),
        }
    }
    let flags = input.take_while(|character| character.is_ascii_alphabetic());
    let mut builder = RegexBuilder::new(&format!("^(?:{text})$"));
    builder.size_limit(PATTERN_BYTES_MAX);
    for flag in flags.chars() {
        match flag {
            'i' => builder.case_insensitive(true),
            'm' => builder.multi_line(true),
            's' => builder.dot_matches_new_line(true),
            'x' => builder.ignore_whitespace(true),
            'u' | 'U' | 'd' => &mut builder,
            _ => return Err(PathError { message: format!("there is no flag `{flag}`").into(), at: start }),
        };
    }
    builder.build().map_err(|cause| PathError { message: cause.to_string().into(), at: start })
}
