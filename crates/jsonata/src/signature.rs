//! Function signatures such as `<s-n?:s>`: which arguments a function takes.
//!
//! Each parameter is a set of types, a count, and whether the context stands in when it is absent. Checking may wrap
//! a lone value into an array where one is expected.

use crate::error::{Details, EvalError, Result, fail_about};
use crate::item::Item;

/// The parameters of a function. The type of the result is accepted and not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parameter {
    /// Accepted type letters; `m` (missing) included where allowed.
    types: String,
    count: Count,
    /// Written as `a`: a lone value is wrapped.
    is_array: bool,
    /// The letter of the elements, from `a<n>`.
    element: Option<char>,
    or_context: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    One,
    Optional,
    Many,
}

type Mistake = (&'static str, String);

impl Signature {
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, Mistake> {
        let inside: Vec<char> = text.trim_start_matches('<').chars().collect();
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut at = 0;
        while at < inside.len() {
            match inside[at] {
                ':' | '>' => break,
                '(' => {
                    let end = closing(&inside, at, '(', ')');
                    let choice: String = inside[at + 1..end].iter().collect();
                    if choice.contains('<') {
                        let message = format!("a choice may not contain a parameterised type: ({choice})");
                        return Err(("S0402", message));
                    }
                    parameters.push(Parameter::of(format!("{choice}m")));
                    at = end;
                }
                '<' => {
                    let end = closing(&inside, at, '<', '>');
                    parametrise(parameters.last_mut(), &inside[at + 1..end])?;
                    at = end;
                }
                modifier @ ('?' | '+' | '-') => modify(parameters.last_mut(), modifier),
                letter => parameters.extend(Parameter::letter(letter)),
            }
            at += 1;
        }
        Ok(Self { parameters })
    }

    /// How many parameters there are.
    pub(crate) fn len(&self) -> usize {
        self.parameters.len()
    }

    /// The arguments as the function gets them.
    pub(crate) fn check(&self, name: &str, arguments: Vec<Item>, context: &Item) -> Result<Vec<Item>> {
        let letters: Vec<char> = arguments.iter().map(letter_of).collect();
        let mut counts = vec![0; self.parameters.len()];
        if !assign(&self.parameters, &letters, &mut counts) {
            return Err(self.mismatch(name, &letters));
        }
        let mut checked = Vec::with_capacity(self.parameters.len().max(arguments.len()));
        let mut given = arguments.into_iter();
        for (parameter, count) in self.parameters.iter().zip(counts) {
            match count {
                0 if parameter.or_context => checked.push(parameter.context(name, checked.len(), context)?),
                // As in the reference implementation, an argument that was skipped still takes its place.
                0 => checked.push(given.next().unwrap_or_default()),
                _ => {}
            }
            for argument in given.by_ref().take(count) {
                checked.push(parameter.present(name, checked.len(), argument)?);
            }
        }
        Ok(checked)
    }

    /// Names the first argument after which nothing fits.
    fn mismatch(&self, name: &str, letters: &[char]) -> Box<EvalError> {
        let fits = |length: usize| {
            (0..=self.parameters.len()).any(|some| {
                let parameters = &self.parameters[..some];
                assign(parameters, &letters[..length], &mut vec![0; some])
            })
        };
        let index = (1..=letters.len()).find(|length| !fits(*length)).unwrap_or(letters.len() + 1);
        let message = format!("argument {index} of function `{name}` does not match its signature");
        let details = Box::new(Details::default().argument(index));
        Box::new(EvalError { details, ..EvalError::new("T0410", message) })
    }
}

impl Parameter {
    fn of(types: String) -> Self {
        Self { types, count: Count::One, is_array: false, element: None, or_context: false }
    }

    fn letter(letter: char) -> Option<Self> {
        match letter {
            's' | 'n' | 'b' | 'l' | 'o' => Some(Self::of(format!("{letter}m"))),
            'a' => Some(Self { is_array: true, ..Self::of("asnblfom".to_owned()) }),
            'f' => Some(Self::of("f".to_owned())),
            'j' => Some(Self::of("asnblom".to_owned())),
            'x' => Some(Self::of("asnblfom".to_owned())),
            _ => None,
        }
    }

    fn context(&self, name: &str, index: usize, context: &Item) -> Result<Item> {
        let context = context.unwrapped();
        if self.types.contains(letter_of(&context)) {
            return Ok(context);
        }
        let message =
            format!("the context value is not compatible with argument {} of function `{name}`", index + 1);
        fail_about("T0411", Details::item(&context).argument(index + 1), message)
    }

    fn present(&self, name: &str, index: usize, argument: Item) -> Result<Item> {
        if !self.is_array || matches!(argument, Item::Nothing) {
            return Ok(argument);
        }
        let given = letter_of(&argument);
        if let Some(element) = self.element {
            let fits = match argument.elements() {
                Some(elements) => elements.iter().all(|item| letter_of(&item) == element),
                None => given == element,
            };
            if !fits {
                let message =
                    format!("argument {} of function `{name}` must be an array of `{element}`", index + 1);
                return fail_about("T0412", Details::value(plural(element)).argument(index + 1), message);
            }
        }
        Ok(if given == 'a' { argument } else { Item::list(vec![argument]) })
    }
}

/// The elements of type `letter`, by name.
fn plural(letter: char) -> &'static str {
    match letter {
        'a' => "arrays",
        'b' => "booleans",
        'f' => "functions",
        'n' => "numbers",
        'o' => "objects",
        _ => "strings",
    }
}

fn modify(parameter: Option<&mut Parameter>, modifier: char) {
    let Some(parameter) = parameter else { return };
    match modifier {
        '?' => parameter.count = Count::Optional,
        '+' => parameter.count = Count::Many,
        _ => {
            parameter.count = Count::Optional;
            parameter.or_context = true;
        }
    }
}

fn parametrise(parameter: Option<&mut Parameter>, inside: &[char]) -> std::result::Result<(), Mistake> {
    match parameter {
        Some(parameter) if parameter.is_array => {
            // `a<x>` and `a<(..)>` say nothing that one letter could.
            parameter.element = inside.first().copied().filter(|letter| "snblaof".contains(*letter));
            Ok(())
        }
        Some(parameter) if parameter.types == "f" => Ok(()),
        _ => Err(("S0401", "only functions and arrays take type parameters".to_owned())),
    }
}

fn closing(inside: &[char], open_at: usize, open: char, close: char) -> usize {
    let mut depth = 0;
    for (at, c) in inside.iter().enumerate().skip(open_at) {
        depth += i32::from(*c == open) - i32::from(*c == close);
        if depth == 0 {
            return at;
        }
    }
    inside.len().saturating_sub(1).max(open_at + 1).min(inside.len())
}

/// Gives each parameter a number of consecutive arguments, as many as possible from the left.
fn assign(parameters: &[Parameter], letters: &[char], counts: &mut [usize]) -> bool {
    let Some((first, rest)) = parameters.split_first() else { return letters.is_empty() };
    let fitting = letters.iter().take_while(|letter| first.types.contains(**letter)).count();
    let (least, most) = match first.count {
        Count::One => (1, 1),
        Count::Optional => (0, 1),
        Count::Many => (1, usize::MAX),
    };
    (least..=fitting.min(most)).rev().any(|count| {
        counts[0] = count;
        assign(rest, &letters[count..], &mut counts[1..])
    })
}

/// The type letter of an argument.
pub(crate) fn letter_of(item: &Item) -> char {
    use tidegate_json::Value;
    match item {
        Item::Nothing => 'm',
        Item::Json(Value::Null) => 'l',
        Item::Json(Value::Bool(_)) => 'b',
        Item::Json(Value::Number(_)) => 'n',
        Item::Json(Value::String(_)) => 's',
        Item::Json(Value::Array(_)) | Item::List(_) | Item::Tuples(_) => 'a',
        Item::Json(Value::Object(_)) | Item::Record(_) => 'o',
        Item::Function(_) => 'f',
    }
}
