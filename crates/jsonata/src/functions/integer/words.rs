//! Integers in English words, as in `Two Thousand, One Hundred and First`.

const FEW: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const ORDINALS: [&str; 20] = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
];
const DECADES: [&str; 8] = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];
const MAGNITUDES: [(&str, f64); 4] =
    [("Trillion", 1e12), ("Billion", 1e9), ("Million", 1e6), ("Thousand", 1e3)];

/// `size` in words of title case.
pub(super) fn to_words(size: f64, ordinal: bool) -> String {
    let mut out = String::new();
    write(size, false, ordinal, &mut out);
    out
}

fn write(size: f64, continues: bool, ordinal: bool, out: &mut String) {
    if let Some((name, worth)) = MAGNITUDES.iter().find(|(_, worth)| size >= *worth) {
        out.push_str(if continues { ", " } else { "" });
        let count = (size / worth).floor();
        write(count, false, false, out);
        out.push(' ');
        out.push_str(name);
        return write_rest(size - count * worth, ordinal, out);
    }
    let small = size as usize;
    if small >= 100 {
        out.push_str(if continues { ", " } else { "" });
        out.push_str(FEW[small / 100]);
        out.push_str(" Hundred");
        return write_rest((small % 100) as f64, ordinal, out);
    }
    out.push_str(if continues { " and " } else { "" });
    if small < 20 {
        return out.push_str(if ordinal { ORDINALS[small] } else { FEW[small] });
    }
    let decade = DECADES[small / 10 - 2];
    match (small % 10, ordinal) {
        (0, true) => out.push_str(&ordinal_decade(decade)),
        (0, false) => out.push_str(decade),
        (rest, _) => {
            out.push_str(decade);
            out.push('-');
            write(rest as f64, false, ordinal, out);
        }
    }
}

fn write_rest(rest: f64, ordinal: bool, out: &mut String) {
    if rest > 0.0 {
        write(rest, true, ordinal, out);
    } else if ordinal {
        out.push_str("th");
    }
}

fn ordinal_decade(decade: &str) -> String {
    format!("{}ieth", decade.trim_end_matches('y'))
}

/// The integer that `given` says, cardinal or ordinal, in any case.
pub(super) fn from_words(given: &str) -> Option<f64> {
    let lower = given.to_lowercase();
    let words = lower.split([' ', ',', '-', '\t', '\n']).filter(|word| !word.is_empty() && *word != "and");
    // Finished magnitudes, and the one being read.
    let (mut segments, mut read) = (vec![0.0], false);
    for word in words {
        let worth = word_worth(word)?;
        let top = segments.pop().unwrap_or(0.0);
        read = true;
        if worth >= 100.0 {
            segments.push(top * worth);
        } else if top >= 1000.0 {
            segments.extend([top, worth]);
        } else {
            segments.push(top + worth);
        }
    }
    read.then(|| segments.iter().sum())
}

fn word_worth(word: &str) -> Option<f64> {
    let place = |names: &[&str]| names.iter().position(|name| name.eq_ignore_ascii_case(word));
    if let Some(small) = place(&FEW).or_else(|| place(&ORDINALS)) {
        return Some(small as f64);
    }
    let is =
        |name: &str, ordinal: &str| name.eq_ignore_ascii_case(word) || ordinal.eq_ignore_ascii_case(word);
    if let Some(decade) = DECADES.iter().position(|decade| is(decade, &ordinal_decade(decade))) {
        return Some((decade as f64 + 2.0) * 10.0);
    }
    if is("hundred", "hundredth") {
        return Some(100.0);
    }
    MAGNITUDES.iter().find(|(name, _)| is(name, &format!("{name}th"))).map(|(_, worth)| *worth)
}

/// A regular expression for any run of number words.
pub(super) fn pattern() -> String {
    let mut words: Vec<String> =
        FEW.iter().chain(&ORDINALS).chain(&DECADES).map(ToString::to_string).collect();
    words.extend(DECADES.iter().map(|decade| ordinal_decade(decade)));
    words.extend(MAGNITUDES.iter().flat_map(|(name, _)| [format!("{name}th"), (*name).to_owned()]));
    words.extend(["Hundredth", "Hundred", "and", "[-, ]"].map(str::to_owned));
    // Longer words first: alternation takes the first that matches.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    format!("(?:{})+", words.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_as_the_number_they_were_made_of() {
        for size in [0.0, 7.0, 12.0, 20.0, 99.0, 100.0, 101.0, 555.0, 1000.0, 2001.0, 730_019.0, 1e9, 3e15] {
            for ordinal in [false, true] {
                let words = to_words(size, ordinal);
                assert_eq!(from_words(&words), Some(size), "{words}");
            }
        }
        assert_eq!(to_words(2121.0, true), "Two Thousand, One Hundred and Twenty-First");
        assert_eq!(to_words(30.0, true), "Thirtieth");
        assert_eq!(from_words("one fish"), None);
    }
}
