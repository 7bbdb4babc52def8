//! From tokens to a tree: Python's precedence, for the part of its grammar that is safe.

use tidegate_json::{Str, Value};

use super::error::{ExpressionError, Fault, Kind, Result, fail};
use super::functions::Function;
use super::limits::{DEPTH_MAX, TEXT_BYTES_MAX};
use super::methods::Method;
use super::token::{Token, What, tokens};
use super::tree::{Arguments, Binary, Clause, Comparison, Element, Form, Node, Tree, is_outputs};
use crate::nearest::nearest;

/// Words of Python that are no names.
const WORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Parses `text`.
pub(super) fn parse(text: &str) -> std::result::Result<Tree, ExpressionError> {
    let read = || {
        if text.len() > TEXT_BYTES_MAX {
            let message =
                format!("the expression is {} bytes long; the limit is {TEXT_BYTES_MAX}", text.len());
            return fail(Kind::Limit, 0, message);
        }
        let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0, names: Vec::new() };
        let root = parser.expression()?;
        match &parser.peek().what {
            What::End => Ok(root),
            What::Sign("=") => Err(parser.unexpected("nothing more").with_help("equality is `==`")),
            _ => Err(parser.unexpected("an operator or the end")),
        }
    };
    match read() {
        Ok(root) => Ok(Tree { root, text: Str::from(text) }),
        Err(fault) => Err(fault.within(text)),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: u32,
    /// The names that the comprehensions around give.
    names: Vec<Str>,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.peek().what, What::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().what, What::Name(found) if found == word)
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is_there = self.is_sign(sign);
        self.next += usize::from(is_there);
        is_there
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(word);
        self.next += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        match self.takes_sign(sign) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`{sign}`"))),
        }
    }

    fn unexpected(&self, expected: &str) -> Box<Fault> {
        let token = self.peek();
        let found = match &token.what {
            What::Name(name) => format!("`{name}`"),
            What::Integer(_) | What::Float(_) => "a number".to_owned(),
            What::Text(_) => "a text".to_owned(),
            What::Sign(sign) => format!("`{sign}`"),
            What::End => "the end".to_owned(),
        };
        Fault::boxed(Kind::Syntax, token.at, format!("expected {expected}, found {found}"))
    }

    /// A node, unless it nests too deep.
    fn node(form: Form, at: usize) -> Result<Node> {
        let node = Node { form, at, depth: 1 };
        let depth = node.children().iter().map(|child| child.depth).max().unwrap_or(0) + 1;
        match depth > DEPTH_MAX {
            true => fail(Kind::Limit, at, format!("the expression nests deeper than {DEPTH_MAX}")),
            false => Ok(Node { depth, ..node }),
        }
    }

    /// Goes one level down, where there may be one more.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH_MAX {
            return fail(
                Kind::Limit,
                self.peek().at,
                format!("the expression nests deeper than {DEPTH_MAX}"),
            );
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// `THEN if CONDITION else ELSE`, or what binds tighter.
    fn expression(&mut self) -> Result<Node> {
        self.nested(|parser| {
            if parser.is_word("lambda") {
                return fail(Kind::Syntax, parser.peek().at, "functions cannot be made here");
            }
            let then = parser.either()?;
            let at = parser.peek().at;
            if !parser.takes_word("if") {
                return Ok(then);
            }
            let condition = parser.either()?;
            if !parser.takes_word("else") {
                return Err(parser.unexpected("`else`"));
            }
            let otherwise = parser.expression()?;
            Self::node(Form::If(Box::new([condition, then, otherwise])), at)
        })
    }

    fn either(&mut self) -> Result<Node> {
        self.joined("or", Self::both, Form::Or)
    }

    fn both(&mut self) -> Result<Node> {
        self.joined("and", Self::negated, Form::And)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Node>,
        form: fn(Vec<Node>) -> Form,
    ) -> Result<Node> {
        let first = part(self)?;
        let at = self.peek().at;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.takes_word(word) {
            parts.push(part(self)?);
        }
        Self::node(form(parts), at)
    }

    fn negated(&mut self) -> Result<Node> {
        let at = self.peek().at;
        if !self.takes_word("not") {
            return self.comparison();
        }
        let of = self.nested(Self::negated)?;
        Self::node(Form::Not(Box::new(of)), at)
    }

    fn comparison(&mut self) -> Result<Node> {
        let first = self.sum()?;
        let at = self.peek().at;
        let mut others = Vec::new();
        while let Some(comparison) = self.takes_comparison() {
            others.push((comparison, self.sum()?));
        }
        if others.is_empty() {
            return Ok(first);
        }
        Self::node(Form::Compare(Box::new(first), others), at)
    }

    fn takes_comparison(&mut self) -> Option<Comparison> {
        const SIGNS: [(&str, Comparison); 6] = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<", Comparison::Less),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            (">=", Comparison::GreaterOrEqual),
        ];
        if let Some((_, comparison)) = SIGNS.iter().find(|(sign, _)| self.is_sign(sign)) {
            self.next += 1;
            return Some(*comparison);
        }
        if self.takes_word("in") {
            return Some(Comparison::In);
        }
        if self.takes_word("is") {
            return Some(if self.takes_word("not") { Comparison::IsNot } else { Comparison::Is });
        }
        let after = self.tokens.get(self.next + 1).map(|token| &token.what);
        if self.is_word("not") && matches!(after, Some(What::Name(word)) if word == "in") {
            self.next += 2;
            return Some(Comparison::NotIn);
        }
        None
    }

    fn sum(&mut self) -> Result<Node> {
        self.binary(&[("+", Binary::Add), ("-", Binary::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Node> {
        let signs = [
            ("*", Binary::Multiply),
            ("//", Binary::FloorDivide),
            ("/", Binary::Divide),
            ("%", Binary::Remainder),
        ];
        self.binary(&signs, Self::signed)
    }

    fn binary(&mut self, signs: &[(&str, Binary)], part: fn(&mut Self) -> Result<Node>) -> Result<Node> {
        let mut left = part(self)?;
        while let Some((_, operator)) = signs.iter().find(|(sign, _)| self.is_sign(sign)) {
            let at = self.take().at;
            let right = part(self)?;
            left = Self::node(Form::Binary(*operator, Box::new(left), Box::new(right)), at)?;
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node> {
        let at = self.peek().at;
        let form: fn(Box<Node>) -> Form = if self.takes_sign("-") {
            Form::Negative
        } else if self.takes_sign("+") {
            Form::Positive
        } else {
            return self.power();
        };
        let of = self.nested(Self::signed)?;
        Self::node(form(Box::new(of)), at)
    }

    fn power(&mut self) -> Result<Node> {
        let base = self.postfix()?;
        let at = self.peek().at;
        if !self.takes_sign("**") {
            return Ok(base);
        }
        let exponent = self.nested(Self::signed)?;
        Self::node(Form::Binary(Binary::Power, Box::new(base), Box::new(exponent)), at)
    }

    fn postfix(&mut self) -> Result<Node> {
        let mut node = self.atom()?;
        loop {
            let at = self.peek().at;
            if self.takes_sign("[") {
                node = self.subscript(node, at)?;
            } else if self.takes_sign(".") {
                node = self.method(node)?;
            } else if self.is_sign("(") {
                return Err(Fault::boxed(Kind::Syntax, at, "only functions by their name can be called"));
            } else {
                return Ok(node);
            }
        }
    }

    /// What stands behind `[`.
    fn subscript(&mut self, of: Node, at: usize) -> Result<Node> {
        let mut bounds = [None, None, None];
        let mut place = 0;
        loop {
            if self.takes_sign("]") {
                break;
            }
            if self.takes_sign(":") {
                place += 1;
                if place > 2 {
                    return fail(Kind::Syntax, at, "a slice has at most three parts");
                }
                continue;
            }
            if bounds[place].is_some() {
                return Err(self.unexpected("`]`"));
            }
            bounds[place] = Some(self.expression()?);
        }
        match (place, bounds) {
            (0, [Some(key), None, None]) => Self::node(Form::Subscript(Box::new(of), Box::new(key)), at),
            (0, _) => fail(Kind::Syntax, at, "between `[` and `]` there is nothing"),
            (_, bounds) => Self::node(Form::Slice(Box::new(of), Box::new(bounds)), at),
        }
    }

    /// What stands behind `.`.
    fn method(&mut self, of: Node) -> Result<Node> {
        let Token { what, at } = self.take();
        let What::Name(name) = what else {
            self.next -= 1;
            return Err(self.unexpected("the name of a method"));
        };
        let Some(method) = Method::parse(&name).filter(|_| self.is_sign("(")) else {
            let message = format!("there is no `.{name}` here");
            return Err(Fault::boxed(Kind::Name, at, message).with_help(
                "members are read as `…['name']`; for the methods that there are, see docs/sweep.md",
            ));
        };
        let arguments = self.arguments()?;
        match arguments.named.first() {
            Some((_, argument)) => fail(Kind::Syntax, argument.at, "methods take no named arguments here"),
            None => Self::node(Form::Method(Box::new(of), method, arguments.plain), at),
        }
    }

    /// What stands between parentheses behind a name.
    fn arguments(&mut self) -> Result<Arguments> {
        self.expect("(")?;
        let mut arguments = Arguments::default();
        while !self.takes_sign(")") {
            let after = self.tokens.get(self.next + 1).map(|token| &token.what);
            if let (What::Name(name), Some(What::Sign("="))) = (&self.peek().what, after) {
                let name = Str::from(name.as_str());
                self.next += 2;
                let value = self.expression()?;
                arguments.named.push((name, value));
            } else {
                let value = self.comprehended(None)?;
                arguments.plain.push(value);
            }
            if !self.is_sign(")") && !self.takes_sign(",") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(arguments)
    }

    fn atom(&mut self) -> Result<Node> {
        let Token { what, at } = self.take();
        match what {
            What::Integer(integer) => Self::node(Form::Constant(Value::from(integer)), at),
            What::Float(float) => Self::node(Form::Constant(Value::from(float)), at),
            What::Text(mut text) => {
                while let What::Text(more) = &self.peek().what {
                    text.push_str(more);
                    self.next += 1;
                }
                Self::node(Form::Constant(Value::from(text)), at)
            }
            What::Name(name) => self.named(&name, at),
            What::Sign("(") => self.parenthesised(at),
            What::Sign("[") => self.list(at),
            What::Sign("{") => self.dictionary(at),
            What::Sign(_) | What::End => {
                self.next -= 1;
                Err(self.unexpected("a value"))
            }
        }
    }

    fn named(&mut self, name: &str, at: usize) -> Result<Node> {
        let form = match name {
            "True" => Form::Constant(Value::Bool(true)),
            "False" => Form::Constant(Value::Bool(false)),
            "None" => Form::Constant(Value::Null),
            _ if is_outputs(name) => Form::Outputs,
            _ if self.names.iter().any(|known| known == name) => Form::Name(Str::from(name)),
            _ if WORDS.contains(&name) => {
                self.next -= 1;
                return Err(self.unexpected("a value"));
            }
            _ => return self.call(name, at),
        };
        Self::node(form, at)
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Node> {
        let is_called = self.is_sign("(");
        let function = Function::parse(name).filter(|_| is_called);
        if let Some(function) = function {
            let arguments = self.nested(Self::arguments)?;
            return Self::node(Form::Call(function, arguments), at);
        }
        let (kind, known): (_, Vec<&str>) = match is_called {
            true => ("function", Function::names().collect()),
            false => ("value", vec![super::OUTPUTS, "True", "False", "None"]),
        };
        let alike = |known: &&str| name.chars().next().is_some_and(|first| known.starts_with(first));
        let near = nearest(name, known.iter().copied().filter(alike));
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let fault = Fault::boxed(Kind::Name, at, format!("there is no {kind} `{name}` here{near}"));
        Err(fault.with_help(match is_called {
            true => "for the functions that there are, see docs/sweep.md",
            false => "an expression sees `predecessor_outputs`; text is written in quotes",
        }))
    }

    /// A value, a tuple or a comprehension between parentheses.
    fn parenthesised(&mut self, at: usize) -> Result<Node> {
        if self.takes_sign(")") {
            return Self::node(Form::List(Vec::new()), at);
        }
        let first = self.comprehended(None)?;
        if self.takes_sign(")") {
            return Ok(first);
        }
        let items = self.items(vec![first], ")")?;
        Self::node(Form::List(items), at)
    }

    fn list(&mut self, at: usize) -> Result<Node> {
        if self.takes_sign("]") {
            return Self::node(Form::List(Vec::new()), at);
        }
        let first = self.comprehended(Some(at))?;
        if let Form::Comprehension(..) = &first.form
            && first.at == at
            && self.takes_sign("]")
        {
            return Ok(first);
        }
        let items = self.items(vec![first], "]")?;
        Self::node(Form::List(items), at)
    }

    /// The rest of a list up to `end`.
    fn items(&mut self, mut items: Vec<Node>, end: &str) -> Result<Vec<Node>> {
        while !self.takes_sign(end) {
            if !self.takes_sign(",") {
                return Err(self.unexpected(&format!("`,` or `{end}`")));
            }
            if !self.is_sign(end) {
                items.push(self.expression()?);
            }
        }
        Ok(items)
    }

    fn dictionary(&mut self, at: usize) -> Result<Node> {
        let mut members = Vec::new();
        while !self.takes_sign("}") {
            // The names of a comprehension are given behind its element.
            let start = self.next;
            let names = self.names_ahead();
            let given = names.len();
            self.names.extend(names);
            let key = self.expression()?;
            self.expect(":")?;
            let value = self.expression()?;
            self.names.truncate(self.names.len() - given);
            if self.is_word("for") {
                if !members.is_empty() {
                    return Err(self.unexpected("`,` or `}`"));
                }
                debug_assert!(self.next > start);
                let clauses = self.clauses()?;
                self.expect("}")?;
                return Self::node(Form::Comprehension(Box::new(Element::Member(key, value)), clauses), at);
            }
            members.push((key, value));
            if !self.is_sign("}") && !self.takes_sign(",") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        Self::node(Form::Dictionary(members), at)
    }

    /// An expression, or a comprehension, which is placed at `at`.
    fn comprehended(&mut self, at: Option<usize>) -> Result<Node> {
        let names = self.names_ahead();
        let given = names.len();
        self.names.extend(names);
        let item = self.expression()?;
        self.names.truncate(self.names.len() - given);
        let here = self.peek().at;
        if !self.is_word("for") {
            return Ok(item);
        }
        let clauses = self.clauses()?;
        Self::node(Form::Comprehension(Box::new(Element::Item(item)), clauses), at.unwrap_or(here))
    }

    /// The names that the `for`s of this bracket give: what stands before them may use them.
    fn names_ahead(&self) -> Vec<Str> {
        let mut names = Vec::new();
        let mut depth = 0_usize;
        let mut takes = false;
        for token in self.tokens.iter().skip(self.next) {
            match &token.what {
                What::Sign("(" | "[" | "{") => depth += 1,
                What::Sign(")" | "]" | "}") if depth == 0 => break,
                What::Sign(")" | "]" | "}") => depth -= 1,
                What::Name(word) if depth == 0 && word == "for" => takes = true,
                What::Name(word) if depth == 0 && word == "in" => takes = false,
                What::Name(name) if takes => names.push(Str::from(name.as_str())),
                What::End => break,
                _ => {}
            }
        }
        names
    }

    fn clauses(&mut self) -> Result<Vec<Clause>> {
        let before = self.names.len();
        let mut clauses = Vec::new();
        while self.takes_word("for") {
            let names = self.targets()?;
            if !self.takes_word("in") {
                return Err(self.unexpected("`in`"));
            }
            let items = self.either()?;
            self.names.extend(names.iter().cloned());
            let mut conditions = Vec::new();
            while self.takes_word("if") {
                conditions.push(self.either()?);
            }
            clauses.push(Clause { names, items, conditions });
        }
        self.names.truncate(before);
        Ok(clauses)
    }

    /// `x`, `k, v` or `(k, v)`
    fn targets(&mut self) -> Result<Vec<Str>> {
        let is_wrapped = self.takes_sign("(");
        let mut names = Vec::new();
        loop {
            let Token { what, at } = self.take();
            match what {
                What::Name(name) if is_outputs(&name) || WORDS.contains(&name.as_str()) => {
                    return fail(Kind::Syntax, at, format!("`{name}` cannot be given another meaning"));
                }
                What::Name(name) => names.push(Str::from(name)),
                What::Integer(_) | What::Float(_) | What::Text(_) | What::Sign(_) | What::End => {
                    self.next -= 1;
                    return Err(self.unexpected("a name"));
                }
            }
            if !self.takes_sign(",") {
                break;
            }
        }
        if is_wrapped {
            self.expect(")")?;
        }
        Ok(names)
    }
}
