//! The table of JSONata's own functions: name, signature, arity, implementation.

use std::sync::LazyLock;

use super::{
    Builtin, Run, array, control, datetime, encoding, format_number, higher_order, integer, matching, number,
    object, string,
};
use crate::signature::Signature;

pub(super) static TABLE: LazyLock<Vec<Builtin>> = LazyLock::new(|| {
    let rows: &[(&'static str, &str, usize, Run)] = &[
        // Text.
        ("string", "<x-b?:s>", 1, string::string),
        ("length", "<s-:n>", 1, string::length),
        ("substring", "<s-nn?:s>", 3, string::substring),
        ("substringBefore", "<s-s:s>", 2, string::substring_before),
        ("substringAfter", "<s-s:s>", 2, string::substring_after),
        ("lowercase", "<s-:s>", 1, string::lowercase),
        ("uppercase", "<s-:s>", 1, string::uppercase),
        ("trim", "<s-:s>", 1, string::trim),
        ("pad", "<s-ns?:s>", 3, string::pad),
        ("join", "<a<s>s?:s>", 2, string::join),
        ("contains", "<s-(sf):b>", 2, matching::contains),
        ("match", "<s-f<s:o>n?:a<o>>", 3, matching::find_all),
        ("replace", "<s-(sf)(sf)n?:s>", 4, matching::replace),
        ("split", "<s-(sf)n?:a<s>>", 3, matching::split),
        ("base64encode", "<s-:s>", 1, encoding::base64_encode),
        ("base64decode", "<s-:s>", 1, encoding::base64_decode),
        ("encodeUrl", "<s-:s>", 1, encoding::encode_url),
        ("encodeUrlComponent", "<s-:s>", 1, encoding::encode_url_component),
        ("decodeUrl", "<s-:s>", 1, encoding::decode_url),
        ("decodeUrlComponent", "<s-:s>", 1, encoding::decode_url_component),
        // Numbers.
        ("number", "<(nsb)-:n>", 1, number::number),
        ("abs", "<n-:n>", 1, number::abs),
        ("floor", "<n-:n>", 1, number::floor),
        ("ceil", "<n-:n>", 1, number::ceil),
        ("round", "<n-n?:n>", 2, number::round),
        ("power", "<n-n:n>", 2, number::power),
        ("sqrt", "<n-:n>", 1, number::sqrt),
        ("random", "<:n>", 0, number::random),
        ("formatBase", "<n-n?:s>", 2, number::format_base),
        ("formatNumber", "<n-so?:s>", 3, format_number::format_number),
        ("formatInteger", "<n-s:s>", 2, integer::format_integer),
        ("parseInteger", "<s-s:n>", 2, integer::parse_integer),
        ("sum", "<a<n>:n>", 1, number::sum),
        ("max", "<a<n>:n>", 1, number::max),
        ("min", "<a<n>:n>", 1, number::min),
        ("average", "<a<n>:n>", 1, number::average),
        // Truth and kind.
        ("boolean", "<x-:b>", 1, control::boolean),
        ("not", "<x-:b>", 1, control::not),
        ("exists", "<x:b>", 1, control::exists),
        ("type", "<x:s>", 1, control::type_name),
        // Arrays.
        ("count", "<a:n>", 1, array::count),
        ("append", "<xx:a>", 2, array::append),
        ("sort", "<af?:a>", 2, array::sort),
        ("reverse", "<a:a>", 1, array::reverse),
        ("shuffle", "<a:a>", 1, array::shuffle),
        ("distinct", "<x:x>", 1, array::distinct),
        ("zip", "<a+>", 1, array::zip),
        // Objects.
        ("keys", "<x-:a<s>>", 1, object::keys),
        ("lookup", "<x-s:x>", 2, object::lookup),
        ("spread", "<x-:a<o>>", 1, object::spread),
        ("merge", "<a<o>:o>", 1, object::merge),
        ("sift", "<o-f?:o>", 2, object::sift),
        ("each", "<o-f:a>", 2, object::each),
        ("clone", "<(oa)-:o>", 1, object::clone),
        // Functions of functions.
        ("map", "<af>", 2, higher_order::map),
        ("filter", "<af>", 2, higher_order::filter),
        ("single", "<af?>", 2, higher_order::single),
        ("reduce", "<afj?:j>", 3, higher_order::reduce),
        // Control.
        ("error", "<s?:x>", 1, control::error),
        ("assert", "<bs?:x>", 2, control::assert),
        ("eval", "<sx?:x>", 2, control::eval),
        // Time.
        ("now", "<s?s?:s>", 2, datetime::now),
        ("millis", "<:n>", 0, datetime::millis),
        ("fromMillis", "<n-s?s?:s>", 3, datetime::from_millis),
        ("toMillis", "<s-s?:n>", 2, datetime::to_millis),
    ];
    let builtin = |(name, signature, arity, run): &(&'static str, &str, usize, Run)| Builtin {
        name,
        signature: Signature::parse(signature).expect("the signatures of this table are well formed"),
        arity: *arity,
        run: *run,
    };
    rows.iter().map(builtin).collect()
});
