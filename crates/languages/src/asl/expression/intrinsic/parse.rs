//! Text to call.

use tidegate_json::Value;
use tidegate_model::Text;

use super::function::ARGUMENTS_MAX;
use super::{Argument, Call, Function, Intrinsic, IntrinsicError, NESTING_MAX};
use crate::asl::expression::path::Path;
use crate::nearest;

/// Characters that a backslash may stand before in a quoted text.
const ESCAPABLE: [char; 4] = ['\'', '{', '}', '\\'];

pub(super) fn intrinsic(text: &str) -> Result<Intrinsic, IntrinsicError> {
    let mut input = Input { text, at: 0 };
    input.skip_blanks();
    let call = call(&mut input, 1)?;
    input.skip_blanks();
    match input.rest().is_empty() {
        true => Ok(Intrinsic { source: text.into(), call }),
        false => Err(input.error("a call ends with its closing parenthesis")),
    }
}

fn call(input: &mut Input<'_>, depth: usize) -> Result<Call, IntrinsicError> {
    if depth > NESTING_MAX {
        return Err(input.error(format!("intrinsic functions nest at most {NESTING_MAX} deep")));
    }
    let function = function(input)?;
    input.skip_blanks();
    if !input.take('(') {
        return Err(input.error(format!("`(` follows `{function}`")));
    }
    let mut arguments = Vec::new();
    input.skip_blanks();
    if input.take(')') {
        return Ok(Call { function, arguments });
    }
    loop {
        if arguments.len() == ARGUMENTS_MAX {
            return Err(input.error(format!("a call has at most {ARGUMENTS_MAX} arguments")));
        }
        input.skip_blanks();
        arguments.push(argument(input, depth)?);
        input.skip_blanks();
        if input.take(')') {
            return Ok(Call { function, arguments });
        }
        if !input.take(',') {
            return Err(input.error("`,` or `)` follows an argument"));
        }
    }
}

fn function(input: &mut Input<'_>) -> Result<Function, IntrinsicError> {
    let start = input.at;
    let is_name = |character: char| character.is_alphanumeric() || matches!(character, '.' | '_');
    let name = input.take_while(is_name);
    let Some(short) = name.strip_prefix("States.") else {
        return Err(IntrinsicError {
            message: Text::const_new("a function is named `States.…`"), at: start
        });
    };
    Function::named(short).ok_or_else(|| IntrinsicError { message: unknown(short), at: start })
}

fn unknown(short: &str) -> Text {
    let names = Function::ALL.iter().map(|function| function.short_name());
    match nearest::nearest(short, names) {
        Some(meant) => {
            format!("there is no function `States.{short}`; did you mean `States.{meant}`?").into()
        }
        None => format!("there is no function `States.{short}`").into(),
    }
}

fn argument(input: &mut Input<'_>, depth: usize) -> Result<Argument, IntrinsicError> {
    match input.peek() {
        Some('\'') => quoted(input).map(Argument::Quoted),
        Some('$') => path(input).map(Argument::Path),
        Some('S') => call(input, depth + 1).map(|call| Argument::Call(Box::new(call))),
        _ => literal(input).map(Argument::Literal),
    }
}

/// What stands between quotes, escapes and all.
fn quoted<'a>(input: &mut Input<'a>) -> Result<Box<str>, IntrinsicError> {
    let start = input.at;
    input.take('\'');
    let first = input.at;
    while let Some(character) = input.next() {
        match character {
            '\'' => return Ok(input.text[first..input.at - 1].into()),
            '\\' => match input.next() {
                Some(escaped) if ESCAPABLE.contains(&escaped) => {}
                _ => return Err(input.error("a backslash stands before `'`, `{`, `}` or `\\`")),
            },
            _ => {}
        }
    }
    Err(IntrinsicError { message: Text::const_new("the quote is never closed"), at: start })
}

/// A path reaches to the `,` or `)` that belongs to the call: not one in brackets, parentheses or quotes of its own.
fn path(input: &mut Input<'_>) -> Result<Path, IntrinsicError> {
    let start = input.at;
    let (mut open, mut quote) = (0_usize, None);
    while let Some(character) = input.peek() {
        match (quote, character) {
            (Some(closing), _) if character == closing => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '[' | '(') => open += 1,
            (None, ',' | ')') if open == 0 => break,
            (None, ']' | ')') => open = open.saturating_sub(1),
            (None, _) => {}
        }
        input.next();
    }
    let text = input.text[start..input.at].trim_end();
    Path::parse(text).map_err(|error| IntrinsicError { message: error.message, at: start + error.at })
}

/// A number, `true`, `false` or `null`.
fn literal(input: &mut Input<'_>) -> Result<Value, IntrinsicError> {
    let start = input.at;
    let word = input.take_while(|character| !character.is_whitespace() && !matches!(character, ',' | ')'));
    let plain = !word.is_empty() && !word.contains(['"', '[', '{']);
    Value::parse(word).ok().filter(|_| plain).ok_or_else(|| IntrinsicError {
        message: Text::const_new(
            "an argument is a path, a text in single quotes, a number, `true`, `false`, `null` or another call",
        ),
        at: start,
    })
}

/// A place in the text.
struct Input<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Input<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, expected: char) -> bool {
        let follows = self.peek() == Some(expected);
        if follows {
            self.next();
        }
        follows
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn error(&self, message: impl Into<Text>) -> IntrinsicError {
        IntrinsicError { message: message.into(), at: self.at }
    }
}
