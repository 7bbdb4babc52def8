//! How tests write expressions: as the condition itself puts them in words, with letters for patterns.
//! `sequence(a, any 2(b, c, d))`, `not(b between a and c)`, `absence(b within 10ms after a)`.

use std::fmt;

use tidegate_json::Value;

/// An expression, apart from the condition's own tree, so that mistakes of that one show.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Leaf(usize),
    All(Vec<Expr>),
    Any(usize, Vec<Expr>),
    Sequence(Vec<Expr>),
    Not { absent: Box<Expr>, start: Box<Expr>, end: Box<Expr> },
    Absence { absent: Box<Expr>, after: Box<Expr>, within_ms: i64 },
}

impl Expr {
    pub(super) fn parse(text: &str) -> Self {
        let mut reader = Reader(text);
        let expr = reader.expr();
        assert!(reader.0.trim().is_empty(), "`{}` is left over of `{text}`", reader.0);
        expr
    }

    /// The expression as a workflow would have it.
    pub(super) fn params(&self) -> Value {
        let list = |parts: &[Self]| Value::array(parts.iter().map(Self::params));
        match self {
            Self::Leaf(pattern) => Value::object([("event", *pattern)]),
            Self::All(parts) => Value::object([("all", list(parts))]),
            Self::Any(n, parts) => {
                Value::object([("any", Value::object([("n", Value::from(*n)), ("of", list(parts))]))])
            }
            Self::Sequence(parts) => Value::object([("sequence", list(parts))]),
            Self::Not { absent, start, end } => {
                Value::object([("not", absent.params()), ("start", start.params()), ("end", end.params())])
            }
            Self::Absence { absent, after, within_ms } => Value::object([
                ("absence", absent.params()),
                ("after", after.params()),
                ("within", Value::from(*within_ms)),
            ]),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |parts: &[Self]| parts.iter().map(Self::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Leaf(pattern) => write!(f, "{}", letter(*pattern)),
            Self::All(parts) => write!(f, "all({})", list(parts)),
            Self::Any(n, parts) => write!(f, "any {n}({})", list(parts)),
            Self::Sequence(parts) => write!(f, "sequence({})", list(parts)),
            Self::Not { absent, start, end } => write!(f, "not({absent} between {start} and {end})"),
            Self::Absence { absent, after, within_ms } => {
                write!(f, "absence({absent} within {within_ms}ms after {after})")
            }
        }
    }
}

pub(super) fn letter(pattern: usize) -> char {
    char::from(b'a' + u8::try_from(pattern).unwrap())
}

pub(super) fn pattern(letter: char) -> usize {
    assert!(letter.is_ascii_lowercase(), "`{letter}` is no pattern");
    letter as usize - 'a' as usize
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) {
        assert!(self.takes(token), "expected `{token}` at `{}`", self.0);
    }

    fn number(&mut self) -> usize {
        let text = self.0.trim_start();
        let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        self.0 = &text[end..];
        text[..end].parse().unwrap()
    }

    fn boxed(&mut self) -> Box<Expr> {
        Box::new(self.expr())
    }

    fn expr(&mut self) -> Expr {
        if self.takes("all(") {
            return Expr::All(self.list());
        }
        if self.takes("any ") {
            let n = self.number();
            self.expect("(");
            return Expr::Any(n, self.list());
        }
        if self.takes("sequence(") {
            return Expr::Sequence(self.list());
        }
        if self.takes("not(") {
            let absent = self.boxed();
            self.expect("between");
            let start = self.boxed();
            self.expect("and");
            let end = self.boxed();
            self.expect(")");
            return Expr::Not { absent, start, end };
        }
        if self.takes("absence(") {
            let absent = self.boxed();
            self.expect("within");
            let within_ms = i64::try_from(self.number()).unwrap();
            self.expect("ms after");
            let after = self.boxed();
            self.expect(")");
            return Expr::Absence { absent, after, within_ms };
        }
        let leaf = self.0.trim_start().chars().next().unwrap();
        self.expect(&leaf.to_string());
        Expr::Leaf(pattern(leaf))
    }

    fn list(&mut self) -> Vec<Expr> {
        let mut parts = vec![self.expr()];
        while self.takes(",") {
            parts.push(self.expr());
        }
        self.expect(")");
        parts
    }
}
