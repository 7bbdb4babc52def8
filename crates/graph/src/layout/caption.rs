//! What is written on a node, and how much room that takes.
//!
//! Text is measured by the widths of Helvetica's letters, and as much wider as the widest of the usual fonts is, so that
//! it fits in whichever of them it is shown. What is too long is broken at words, and what is longer still is cut: the
//! whole of it is for the tooltip.

use super::Size;
use crate::graph::{Kind, Node};

/// Size of the letters of a name.
pub const NAME_PX: f64 = 14.0;

/// Size of all other letters.
pub const SMALL_PX: f64 = 11.0;

/// From one line of a name to the next.
pub const NAME_LINE: f64 = 18.0;

/// From one line of anything else to the next.
pub const SMALL_LINE: f64 = 15.0;

/// Room above and below the words.
pub const PADDING: f64 = 8.0;

/// Room on the left of the words, which the icon stands in.
pub const ICON: f64 = 36.0;

/// Room on the right of the words.
const RIGHT: f64 = 14.0;

/// Longest line of a name.
const NAME_WIDTH_MAX: f64 = 220.0;

/// Longest line of anything else.
const SMALL_WIDTH_MAX: f64 = 260.0;

/// Longest label of an edge.
const LABEL_WIDTH_MAX: f64 = 190.0;

/// Lines of a name, and of a label.
const LINES_MAX: usize = 3;

/// How much wider than Helvetica's the letters of a text may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn factor(self) -> f64 {
        match self {
            Self::Regular => 1.17,
            Self::Bold => 1.3,
        }
    }
}

/// Letters of a size and a weight.
#[derive(Clone, Copy)]
struct Letters {
    px: f64,
    weight: Weight,
}

const NAME: Letters = Letters { px: NAME_PX, weight: Weight::Bold };

const SMALL: Letters = Letters { px: SMALL_PX, weight: Weight::Regular };

/// The words on a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caption {
    /// What it is, with its badges; nothing on a mark.
    pub above: Option<String>,
    /// Its name.
    pub name: Vec<String>,
    /// What it calls or waits for.
    pub below: Option<String>,
    /// How far a run has come with it, where there is more to say than a colour does.
    pub progress: Option<String>,
    /// The size of all that with the room around it.
    pub size: Size,
}

impl Caption {
    /// What is written on `node`, which has groups inside of it or not.
    #[must_use]
    pub fn of(node: &Node, has_groups: bool) -> Self {
        if node.kind.is_mark() {
            let width = NAME.width(&node.label) + 32.0;
            return Self {
                name: vec![node.label.clone()],
                size: Size { width, height: 32.0 },
                ..Self::default()
            };
        }
        let badges = node.badges.iter().map(String::as_str);
        let above: Vec<&str> = std::iter::once(node.kind.word()).chain(badges).collect();
        let above = cut(&above.join(" \u{b7} "), SMALL_WIDTH_MAX, SMALL);
        let name = broken(&node.label, NAME_WIDTH_MAX, NAME);
        let below = node.detail.as_deref().map(|detail| cut(detail, SMALL_WIDTH_MAX, SMALL));
        let progress = node.progress.and_then(|progress| progress.summary());
        let progress = progress.map(|progress| cut(&progress, SMALL_WIDTH_MAX, SMALL));
        let small = [Some(&above), below.as_ref(), progress.as_ref()];
        let small_width = small.into_iter().flatten().map(|line| SMALL.width(line));
        let widest = name.iter().map(|line| NAME.width(line)).chain(small_width).fold(0.0, f64::max);
        let small_lines =
            1.0 + f64::from(u8::from(below.is_some())) + f64::from(u8::from(progress.is_some()));
        let points = match node.kind {
            Kind::Choice if !has_groups => 2.0 * POINT,
            Kind::Event => POINT,
            _ => 0.0,
        };
        let size = Size {
            width: (widest + ICON + RIGHT + points).max(120.0).ceil(),
            height: (2.0 * PADDING + name.len() as f64 * NAME_LINE + small_lines * SMALL_LINE).ceil(),
        };
        Self { above: Some(above), name, below, progress, size }
    }
}

/// How far the sides of a Choice and the ends of an event reach out.
pub const POINT: f64 = 12.0;

/// The label of an edge as it is written, in lines.
#[must_use]
pub fn label(text: &str) -> Vec<String> {
    broken(text, LABEL_WIDTH_MAX, SMALL)
}

/// Room for the label of an edge.
#[must_use]
pub fn label_size(text: &str) -> Size {
    let lines = label(text);
    let width = lines.iter().map(|line| SMALL.width(line)).fold(0.0, f64::max);
    Size { width: (width + 8.0).ceil(), height: lines.len() as f64 * SMALL_LINE }
}

/// `text` in a few lines.
fn broken(text: &str, width_max: f64, letters: Letters) -> Vec<String> {
    let mut lines = vec![String::new()];
    // Within a word a line ends only where the word is too long for one.
    let fits = |word: &&str| letters.width(word.trim_end()) <= width_max;
    let words = text.split_inclusive(' ');
    let parts = words.flat_map(|word| if fits(&word) { vec![word] } else { parts(word) });
    for part in parts {
        let line = lines.last_mut().expect("there is a line from the start");
        let longer = format!("{line}{part}");
        if line.is_empty() || letters.width(longer.trim_end()) <= width_max {
            *line = longer;
        } else {
            lines.push(part.to_owned());
        }
    }
    let more = lines.len() > LINES_MAX;
    lines.truncate(LINES_MAX);
    if more && let Some(last) = lines.last_mut() {
        last.push('\u{2026}');
    }
    lines.iter().map(|line| cut(line.trim(), width_max, letters)).collect()
}

/// The parts of a long word between which a line may end: after a hyphen or the like, and before a capital.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if at > start && (begins || "-_/.:".contains(before)) {
            parts.push(&text[start..at]);
            start = at;
        }
        before = c;
    }
    parts.push(&text[start..]);
    parts
}

/// `text` cut to a width, with an ellipsis where something is missing.
fn cut(text: &str, width_max: f64, letters: Letters) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if letters.width(&text) <= width_max {
        return text;
    }
    let mut kept = String::new();
    let mut used = letters.width("\u{2026}");
    for c in text.chars() {
        used += letters.advance(c);
        if used > width_max {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('\u{2026}');
    kept
}

impl Letters {
    fn width(self, text: &str) -> f64 {
        text.chars().map(|c| self.advance(c)).sum()
    }

    fn advance(self, c: char) -> f64 {
        helvetica(c) * self.px * self.weight.factor()
    }
}

/// Width of one of Helvetica's letters where letters are one pixel high.
fn helvetica(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' => 0.222,
        ' ' | '!' | ',' | '.' | '/' | ':' | ';' | 'I' | '[' | ']' | '\\' | 'f' | 't' | '|' => 0.278,
        'r' | '(' | ')' | '-' | '`' | '{' | '}' => 0.333,
        '"' | '*' | '\u{b7}' => 0.39,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 0.5,
        'A' | 'B' | 'E' | 'K' | 'P' | 'S' | 'V' | 'X' | 'Y' | '&' => 0.667,
        'F' | 'T' | 'L' | 'Z' => 0.611,
        'w' | 'C' | 'D' | 'H' | 'N' | 'R' | 'U' => 0.722,
        'G' | 'O' | 'Q' => 0.778,
        'm' | 'M' | '%' => 0.86,
        'W' | '@' | '\u{2026}' => 1.0,
        '=' | '<' | '>' | '+' | '~' | '\u{2264}' | '\u{2265}' | '\u{d7}' | '$' => 0.584,
        c if is_wide(c) => 1.0,
        _ => 0.556,
    }
}

/// Whether a character takes the room of two: those of East Asia, and pictures.
#[must_use]
pub fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}
