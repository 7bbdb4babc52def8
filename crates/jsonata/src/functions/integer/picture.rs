//! What an integer picture such as `#,##0;o` asks for.

use crate::error::{Details, Result, fail, fail_about};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Decimal,
    Letters,
    Roman,
    Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Upper,
    Lower,
    Title,
}

/// An integer picture, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct IntegerPicture {
    pub(crate) style: Style,
    pub(crate) case: Case,
    pub(crate) ordinal: bool,
    pub(crate) digits_min: usize,
    /// Places of `#`.
    pub(crate) digits_optional: usize,
    /// The zero of the script whose digits are used.
    zero: char,
    grouping: Grouping,
}

#[derive(Clone, Debug)]
pub(crate) enum Grouping {
    None,
    /// The same separator after every so many digits.
    Regular(usize, char),
    /// Separators at these distances from the right.
    At(Vec<(usize, char)>),
}

/// Zeros of the decimal digits of Unicode's scripts.
const ZEROS: [u32; 37] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
    0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

/// The zero of the script that `c` is a digit of.
fn zero_of(c: char) -> Option<char> {
    let code = u32::from(c);
    ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)).and_then(|zero| char::from_u32(*zero))
}

impl IntegerPicture {
    pub(crate) fn parse(picture: &str) -> Result<Self> {
        let (primary, modifier) = picture.rsplit_once(';').unwrap_or((picture, ""));
        let (style, case) = match primary {
            "A" => (Style::Letters, Case::Upper),
            "a" => (Style::Letters, Case::Lower),
            "I" => (Style::Roman, Case::Upper),
            "i" => (Style::Roman, Case::Lower),
            "W" => (Style::Words, Case::Upper),
            "w" => (Style::Words, Case::Lower),
            "Ww" => (Style::Words, Case::Title),
            _ => (Style::Decimal, Case::Lower),
        };
        let mut parsed = Self {
            style,
            case,
            ordinal: modifier.starts_with('o'),
            digits_min: 0,
            digits_optional: 0,
            zero: '0',
            grouping: Grouping::None,
        };
        if style == Style::Decimal {
            parsed.read_digits(primary)?;
        }
        Ok(parsed)
    }

    fn read_digits(&mut self, primary: &str) -> Result<()> {
        let mut zero = None;
        let mut separators = Vec::new();
        for c in primary.chars().rev() {
            let places = self.digits_min + self.digits_optional;
            match zero_of(c) {
                Some(found) if zero.is_some_and(|zero| zero != found) => {
                    return fail("D3131", "the digits of a picture must all be of one script");
                }
                Some(found) => {
                    zero = Some(found);
                    self.digits_min += 1;
                }
                None if c == '#' => self.digits_optional += 1,
                None => separators.push((places, c)),
            }
        }
        let Some(zero) = zero else {
            let message = format!("numbering by the sequence {primary:?} is not supported");
            return fail_about("D3130", Details::value(primary.to_string()), message);
        };
        self.zero = zero;
        self.grouping = match regular_repeat(&separators) {
            Some(every) => Grouping::Regular(every, separators[0].1),
            None if separators.is_empty() => Grouping::None,
            None => Grouping::At(separators),
        };
        Ok(())
    }

    /// The separator, if any, to the right of the digit that has `places` digits to its right.
    pub(crate) fn separator_at(&self, places: usize) -> Option<char> {
        match &self.grouping {
            Grouping::None => None,
            Grouping::Regular(every, separator) => {
                (places > 0 && places.is_multiple_of(*every)).then_some(*separator)
            }
            Grouping::At(separators) => {
                separators.iter().find(|(at, _)| *at == places && places > 0).map(|(_, c)| *c)
            }
        }
    }

    pub(crate) fn is_grouped_regularly(&self) -> bool {
        matches!(self.grouping, Grouping::Regular(..))
    }

    pub(crate) fn separator(&self) -> Option<char> {
        match &self.grouping {
            Grouping::None => None,
            Grouping::Regular(_, separator) => Some(*separator),
            Grouping::At(separators) => separators.first().map(|(_, c)| *c),
        }
    }

    pub(crate) fn is_separator(&self, c: char) -> bool {
        match &self.grouping {
            Grouping::None => false,
            Grouping::Regular(_, separator) => c == *separator,
            Grouping::At(separators) => separators.iter().any(|(_, separator)| c == *separator),
        }
    }

    /// The separators, escaped for use inside a class of a regular expression.
    pub(crate) fn separators_class(&self) -> String {
        match &self.grouping {
            Grouping::None => String::new(),
            Grouping::Regular(_, separator) => regex::escape(&separator.to_string()),
            Grouping::At(separators) => {
                separators.iter().map(|(_, c)| regex::escape(&c.to_string())).collect()
            }
        }
    }

    /// An ASCII digit in the picture's script.
    pub(crate) fn digit(&self, ascii: char) -> char {
        match ascii.to_digit(10) {
            Some(worth) => char::from_u32(u32::from(self.zero) + worth).unwrap_or(ascii),
            None => ascii,
        }
    }

    /// A digit of the picture's script in ASCII.
    pub(crate) fn plain_digit(&self, c: char) -> char {
        match u32::from(c).checked_sub(u32::from(self.zero)) {
            Some(worth @ 0..10) => char::from_digit(worth, 10).unwrap_or(c),
            _ => c,
        }
    }
}

/// The distance at which one separator repeats without a gap.
fn regular_repeat(separators: &[(usize, char)]) -> Option<usize> {
    let (_, separator) = separators.first()?;
    let every = separators.iter().fold(0, |divisor, (at, _)| greatest_common_divisor(divisor, *at));
    let regular = every > 0
        && separators.iter().all(|(_, c)| c == separator)
        && (1..=separators.len()).all(|n| separators.iter().any(|(at, _)| *at == n * every));
    regular.then_some(every)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
