//! Base64 (of UTF-8) and percent encoding as JavaScript's `encodeURI` family does it.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::string::{of_text, text};
use crate::error::{Result, fail};
use crate::evaluate::Evaluator;
use crate::item::Item;

/// Letters, digits and marks that `encodeURIComponent` leaves alone.
const COMPONENT: &str = "-_.!~*'()";
/// `encodeURI` also leaves what separates the parts of a URL.
const WHOLE: &str = "-_.!~*'();/?:@&=+$,#";
/// `decodeURI` leaves the escapes of these alone.
const RESERVED: &str = ";/?:@&=+$,#";

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn base64_encode(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| Ok(text(STANDARD.encode(given))))
}

pub(super) fn base64_decode(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| match LENIENT.decode(given) {
        Ok(bytes) => Ok(text(String::from_utf8_lossy(&bytes).into_owned())),
        Err(cause) => {
            fail("D3137", format!("the argument of function `base64decode` is not base64: {cause}"))
        }
    })
}

pub(super) fn encode_url(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| Ok(encoded(given, WHOLE)))
}

pub(super) fn encode_url_component(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| Ok(encoded(given, COMPONENT)))
}

pub(super) fn decode_url(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| decoded("decodeUrl", given, RESERVED))
}

pub(super) fn decode_url_component(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    of_text(ev, args, |given| decoded("decodeUrlComponent", given, ""))
}

fn encoded(given: &str, kept: &str) -> Item {
    let mut out = String::with_capacity(given.len());
    for byte in given.bytes() {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    text(out)
}

fn decoded(function: &str, given: &str, kept: &str) -> Result<Item> {
    let mut bytes = Vec::with_capacity(given.len());
    let mut rest = given.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            return malformed(function, given);
        };
        if kept.as_bytes().contains(&byte) {
            bytes.extend_from_slice(&rest[..3]);
        } else {
            bytes.push(byte);
        }
        rest = &after[2..];
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => Ok(text(decoded)),
        Err(_) => malformed(function, given),
    }
}

fn malformed(function: &str, given: &str) -> Result<Item> {
    fail("D3140", format!("Malformed URL passed to ${function}(): \"{given}\""))
}
