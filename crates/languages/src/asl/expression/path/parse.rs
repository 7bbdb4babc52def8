//! Text to path.
//!
//! Parsing is a single pass; only parentheses of filters nest, and their depth is limited, so that no text makes it
//! slow or deep.

mod cursor;
mod filter;

use tidegate_json::Str;
use tidegate_model::Text;

use super::function::Function;
use super::step::{Root, Slice, Step};
use super::{Path, PathError};
use cursor::Cursor;

/// Steps that a path may have, those of its filters included. Evaluation recurses once for each; JSON that we read
/// nests less deep.
const STEPS_MAX: usize = 300;

pub(super) fn path(text: &str) -> Result<Path, PathError> {
    let mut input = Cursor::new(text);
    let root = root(&mut input)?;
    let (steps, function) = steps(&mut input, Inside::Path)?;
    if !input.is_at_end() {
        return Err(input.error(format!("unexpected {}", input.rest_shown())));
    }
    Ok(Path { source: text.into(), root, steps, function })
}

fn root(input: &mut Cursor<'_>) -> Result<Root, PathError> {
    if !input.take("$") {
        return Err(input.error("a path starts with `$`"));
    }
    if input.take("$") {
        return Ok(Root::Context);
    }
    let name = input.take_while(is_variable_character);
    if name.is_empty() {
        return Ok(Root::Input);
    }
    match name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_') {
        true => Ok(Root::Variable(name.into())),
        false => Err(PathError { message: Text::const_new("a variable's name starts with a letter"), at: 1 }),
    }
}

fn is_variable_character(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where steps stand, and so what may follow them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// A path of its own, which may end with a function.
    Path,
    /// An operand of a filter, which ends before blanks and operators.
    Filter,
}

/// Steps up to the end of the path.
fn steps(input: &mut Cursor<'_>, inside: Inside) -> Result<(Vec<Step>, Option<Function>), PathError> {
    let mut steps = Vec::new();
    while matches!(input.peek(), Some('.' | '[')) {
        input.steps += 1;
        if input.steps > STEPS_MAX {
            return Err(input.error(format!("a path has at most {STEPS_MAX} steps")));
        }
        if input.take("..") {
            steps.push(Step::Descent);
        } else {
            input.take(".");
        }
        // `$.[0]` is a path too.
        if input.peek() == Some('[') {
            steps.push(bracketed(input)?);
            continue;
        }
        if input.take("*") {
            steps.push(Step::Wildcard);
            continue;
        }
        let start = input.at();
        let name = dotted_name(input, inside)?;
        if inside == Inside::Path && input.take("()") {
            let unknown =
                || PathError { message: format!("there is no function `{name}()`").into(), at: start };
            return Ok((steps, Some(Function::named(&name).ok_or_else(unknown)?)));
        }
        steps.push(Step::Name(name));
    }
    Ok((steps, None))
}

/// A member's name after a dot. A backslash makes the next character part of the name.
fn dotted_name(input: &mut Cursor<'_>, inside: Inside) -> Result<Str, PathError> {
    let mut name = String::new();
    while let Some(character) = input.peek() {
        match character {
            '\\' => {
                input.advance();
                let Some(escaped) = input.peek() else {
                    return Err(input.error("a path does not end with `\\`"));
                };
                name.push(escaped);
            }
            '.' | '[' | '(' => break,
            _ if inside == Inside::Filter && ends_operand(character) => break,
            ')' | ']' | '\'' | '"' | '?' | '*' | ',' | '@' => {
                return Err(input.error(format!("`{character}` is written `['…']` in a name")));
            }
            _ if character.is_whitespace() => {
                return Err(input.error("a name with blanks is written `['…']`"));
            }
            _ => name.push(character),
        }
        input.advance();
    }
    match name.is_empty() {
        true => Err(input.error("a name, `*` or `[` follows a dot")),
        false => Ok(name.into()),
    }
}

fn ends_operand(character: char) -> bool {
    character.is_whitespace() || matches!(character, '=' | '!' | '<' | '>' | '&' | '|' | ')' | ']' | ',')
}

/// `[…]`.
fn bracketed(input: &mut Cursor<'_>) -> Result<Step, PathError> {
    input.take("[");
    input.skip_blanks();
    let step = match input.peek() {
        Some('\'' | '"') => names(input)?,
        Some('*') => {
            input.advance();
            Step::Wildcard
        }
        Some('?') => Step::Filter(Box::new(filter::filters(input)?)),
        Some('0'..='9' | '-' | ':') => positions(input)?,
        _ => return Err(input.error("`[` is followed by a name in quotes, an index, `*` or `?(`")),
    };
    input.skip_blanks();
    input.expect("]", "`]` is missing")?;
    Ok(step)
}

fn names(input: &mut Cursor<'_>) -> Result<Step, PathError> {
    let mut names = vec![quoted(input)?];
    loop {
        input.skip_blanks();
        if !input.take(",") {
            break;
        }
        input.skip_blanks();
        names.push(quoted(input)?);
    }
    Ok(if names.len() == 1 { Step::Name(names.remove(0)) } else { Step::Names(names) })
}

/// A name in quotes. A backslash is an ordinary character, as AWS has it, unless a quote of that kind follows.
fn quoted(input: &mut Cursor<'_>) -> Result<Str, PathError> {
    let start = input.at();
    let Some(quote @ ('\'' | '"')) = input.peek() else {
        return Err(input.error("a name in quotes is missing"));
    };
    input.advance();
    let mut name = String::new();
    while let Some(character) = input.peek() {
        input.advance();
        match character {
            _ if character == quote => return Ok(name.into()),
            '\\' if input.peek() == Some(quote) => {
                name.push(quote);
                input.advance();
            }
            _ => name.push(character),
        }
    }
    Err(PathError { message: Text::const_new("the quote is never closed"), at: start })
}

/// `n`, `a,b`, `from:to`, `from:to:by`.
fn positions(input: &mut Cursor<'_>) -> Result<Step, PathError> {
    let first = integer(input)?;
    input.skip_blanks();
    if input.peek() == Some(':') {
        return slice(input, first);
    }
    let Some(first) = first else {
        return Err(input.error("an index is missing"));
    };
    let mut indexes = vec![first];
    while input.take(",") {
        input.skip_blanks();
        let Some(index) = integer(input)? else {
            return Err(input.error("an index is missing"));
        };
        indexes.push(index);
        input.skip_blanks();
    }
    Ok(if indexes.len() == 1 { Step::Index(first) } else { Step::Indexes(indexes) })
}

fn slice(input: &mut Cursor<'_>, from: Option<i64>) -> Result<Step, PathError> {
    input.take(":");
    input.skip_blanks();
    let to = integer(input)?;
    input.skip_blanks();
    let mut by = 1;
    if input.take(":") {
        input.skip_blanks();
        let start = input.at();
        if let Some(written) = integer(input)? {
            let fits = u32::try_from(written).ok().filter(|by| *by > 0);
            by =
                fits.ok_or(PathError { message: Text::const_new("a slice steps by 1 or more"), at: start })?;
        }
    }
    Ok(Step::Slice(Slice { from, to, by }))
}

fn integer(input: &mut Cursor<'_>) -> Result<Option<i64>, PathError> {
    let start = input.at();
    let mut written = String::new();
    if input.take("-") {
        written.push('-');
    }
    written.push_str(input.take_while(|character| character.is_ascii_digit()));
    if written.is_empty() {
        return Ok(None);
    }
    let malformed = |_| PathError { message: Text::const_new("an index is a whole number"), at: start };
    written.parse().map(Some).map_err(malformed)
}
