//! Evaluating the arguments of a call, and then the call.

use tidegate_json::Value;

use super::{Argument, Call, Function, array, encoding, format, json, math, text};
use crate::asl::expression::Surroundings;
use crate::asl::expression::path::NoResult;

/// What AWS says went wrong in a call.
#[derive(Debug)]
pub(super) struct Failure(pub(super) String);

pub(super) type Result<T> = std::result::Result<T, Failure>;

/// The failure of a function that cannot take its arguments.
pub(super) fn invalid(function: Function) -> Failure {
    Failure(format!("Invalid arguments in {function}"))
}

pub(super) fn value(call: &Call, around: &Surroundings<'_>) -> Result<Value> {
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for (at, argument) in call.arguments.iter().enumerate() {
        // The template of a format keeps its escapes: an escaped brace is no place for an argument.
        let keeps_escapes = call.function == Function::Format && at == 0;
        arguments.push(argument_value(argument, keeps_escapes, around)?);
    }
    if !call.function.takes().contains(&arguments.len()) {
        return Err(invalid(call.function));
    }
    dispatch(call.function, arguments, around)
}

fn argument_value(argument: &Argument, keeps_escapes: bool, around: &Surroundings<'_>) -> Result<Value> {
    match argument {
        Argument::Literal(value) => Ok(value.clone()),
        Argument::Quoted(text) if keeps_escapes => Ok(text.as_ref().into()),
        Argument::Quoted(text) => Ok(unescaped(text).into()),
        Argument::Call(call) => value(call, around),
        Argument::Path(path) => path.evaluate(around).map_err(|why| match why {
            NoResult::Inapplicable(sentence) => Failure(sentence.into()),
            NoResult::Absent(_) | NoResult::Beyond(_) => Failure(format!(
                "The JsonPath argument for the field '{}' could not be found in the input '{}'",
                path.source_in_document(),
                around.input
            )),
        }),
    }
}

/// The text without the backslashes before escaped characters.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    out
}

fn dispatch(function: Function, mut arguments: Vec<Value>, around: &Surroundings<'_>) -> Result<Value> {
    // The count was checked, so an argument that is not there is one that may be left out.
    let mut next = || if arguments.is_empty() { Value::Null } else { arguments.remove(0) };
    match function {
        Function::Format => format::format(&arguments),
        Function::StringToJson => json::string_to_json(&next()),
        Function::JsonToString => Ok(next().to_text().into()),
        Function::Array => Ok(arguments.into()),
        Function::ArrayPartition => array::partition(&next(), &next()),
        Function::ArrayContains => array::contains(&next(), &next()),
        Function::ArrayRange => array::range(&next(), &next(), &next()),
        Function::ArrayGetItem => array::get_item(&next(), &next()),
        Function::ArrayLength => array::length(&next()),
        Function::ArrayUnique => array::unique(&next()),
        Function::Base64Encode => encoding::base64_encode(&next()),
        Function::Base64Decode => encoding::base64_decode(&next()),
        Function::Hash => encoding::hash(&next(), &next()),
        Function::JsonMerge => json::merge(&next(), &next(), &next()),
        Function::MathRandom => math::random(&arguments, around),
        Function::MathAdd => math::add(&next(), &next()),
        Function::StringSplit => text::split(&next(), &next()),
        Function::Uuid => Ok(text::uuid(around)),
    }
}
