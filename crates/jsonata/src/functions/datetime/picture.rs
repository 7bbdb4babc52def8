//! A date picture such as `[D1o] [MNn] [Y0001]`: literal text and markers.

use super::super::integer::picture::IntegerPicture;
use crate::error::{Details, Result, fail, fail_about};

/// The picture of ISO 8601, used where none is given.
pub(super) const ISO: &str = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

/// A date picture, taken apart.
#[derive(Debug)]
pub(super) struct DatePicture {
    pub(super) parts: Vec<Part>,
}

#[derive(Debug)]
pub(super) enum Part {
    Literal(String),
    Marker(Marker),
}

/// One component of an instant and how it is shown.
#[derive(Debug)]
pub(super) struct Marker {
    /// The component's letter: `Y` for the year, and so on.
    pub(super) component: char,
    pub(super) form: Form,
    /// Characters at most, for names.
    pub(super) width_max: Option<usize>,
    /// The second presentation modifier is `t`: zero offset is `Z`.
    pub(super) zulu: bool,
    /// Digits of a year that are shown.
    pub(super) year_digits: Option<u32>,
    /// Another number follows at once, so that only a fixed width tells them apart.
    pub(super) exact_width: bool,
}

#[derive(Debug)]
pub(super) enum Form {
    Name(NameCase),
    Number(IntegerPicture),
    /// Calendar and era: a fixed text.
    Fixed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameCase {
    Upper,
    Lower,
    Title,
}

impl DatePicture {
    pub(super) fn parse(picture: &str) -> Result<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut literal = String::new();
        let mut rest = picture;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '[' if rest.starts_with('[') => {
                    literal.push('[');
                    rest = &rest[1..];
                }
                ']' => {
                    literal.push(']');
                    rest = rest.strip_prefix(']').unwrap_or(rest);
                }
                '[' => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    let Some((inside, after)) = rest.split_once(']') else {
                        return fail("D3135", format!("no closing bracket in the date picture {picture:?}"));
                    };
                    rest = after;
                    let inside: String = inside.chars().filter(|c| !c.is_whitespace()).collect();
                    let marker = Marker::parse(&inside)?;
                    fix_width_before(&mut parts, &marker);
                    parts.push(Part::Marker(marker));
                }
                _ => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        for part in &parts {
            if let Part::Marker(marker) = part {
                marker.check_name()?;
            }
        }
        Ok(Self { parts })
    }
}

/// A number directly before another one is read at its exact width.
fn fix_width_before(parts: &mut [Part], marker: &Marker) {
    if let (Some(Part::Marker(before)), Form::Number(_)) = (parts.last_mut(), &marker.form) {
        before.exact_width = matches!(before.form, Form::Number(_));
    }
}

/// The presentation of a component that names none.
fn default_presentation(component: char) -> Option<&'static str> {
    Some(match component {
        'Y' | 'M' | 'D' | 'd' | 'W' | 'w' | 'X' | 'x' | 'H' | 'h' | 'f' => "1",
        'F' | 'P' | 'C' | 'E' => "n",
        'm' | 's' => "01",
        'Z' | 'z' => "01:01",
        _ => return None,
    })
}

impl Marker {
    fn parse(inside: &str) -> Result<Self> {
        let component = inside.chars().next().unwrap_or('\0');
        let Some(default) = default_presentation(component) else {
            let message = format!("unknown component {component:?} in a date picture");
            return fail_about("D3132", Details::value(component.to_string()), message);
        };
        let rest = &inside[component.len_utf8()..];
        let (presentation, width) = rest.rsplit_once(',').unwrap_or((rest, ""));
        let (width_min, width_max) = widths(width);
        let (first, second) = match presentation.char_indices().last() {
            Some((at, modifier @ ('a' | 't' | 'c' | 'o'))) if at > 0 => (&presentation[..at], Some(modifier)),
            _ => (presentation, None),
        };
        let first = if first.is_empty() { default } else { first };
        let mut marker = Self {
            component,
            form: Form::Fixed,
            width_max,
            zulu: second == Some('t'),
            year_digits: None,
            exact_width: false,
        };
        marker.form = match first.as_bytes() {
            _ if matches!(component, 'C' | 'E') => Form::Fixed,
            [b'N', b'n', ..] => Form::Name(NameCase::Title),
            [b'N', ..] => Form::Name(NameCase::Upper),
            [b'n', ..] => Form::Name(NameCase::Lower),
            _ if component == 'P' => Form::Name(NameCase::Lower),
            _ => marker.number(first, second == Some('o'), width_min)?,
        };
        Ok(marker)
    }

    fn number(&mut self, presentation: &str, ordinal: bool, width_min: Option<usize>) -> Result<Form> {
        let mut picture = IntegerPicture::parse(presentation)?;
        picture.ordinal |= ordinal;
        picture.digits_min = picture.digits_min.max(width_min.unwrap_or(0));
        if self.component == 'Y' {
            let places = picture.digits_min + picture.digits_optional;
            self.year_digits = match self.width_max {
                Some(most) => {
                    picture.digits_min = most;
                    u32::try_from(most).ok()
                }
                None if places >= 2 => u32::try_from(places).ok(),
                None => None,
            };
        }
        Ok(Form::Number(picture))
    }

    fn check_name(&self) -> Result<()> {
        let has_names = matches!(self.component, 'M' | 'x' | 'F' | 'P');
        if matches!(self.form, Form::Name(_)) && !has_names {
            let message = format!("the component {:?} of a date picture has no names", self.component);
            return fail_about("D3133", Details::value(self.component.to_string()), message);
        }
        Ok(())
    }
}

/// `min-max`, either `*` for any.
fn widths(width: &str) -> (Option<usize>, Option<usize>) {
    // Wider fields than any text of interest would only cost memory.
    let read = |text: &str| text.parse().ok().filter(|width| *width <= 1000);
    match width.split_once('-') {
        Some((least, most)) => (read(least), read(most)),
        None => (read(width), None),
    }
}
