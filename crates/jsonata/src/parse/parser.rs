//! Tokens to the shape of an expression, by operator precedence (Pratt's method).
//!
//! Invariant: no tree returned is higher than was asked for.

use std::sync::Arc;

use tidegate_json::{Number, Str, Value};

use super::ast::{Ast, AstKind, Operator, Pairs, SortTerm};
use super::lexer::{Expect, Lexer, Token, TokenKind};
use crate::error::{Details, SyntaxError};
use crate::signature::Signature;

type Parsed<T> = Result<T, SyntaxError>;

/// Reads one whole expression that nests at most `nesting_max` deep.
pub(crate) fn parse(source: &str, nesting_max: u32) -> Parsed<Ast> {
    let mut lexer = Lexer::new(source);
    let token = lexer.next(Expect::Operand)?;
    let mut parser = Parser { lexer, token, depth: 0, nesting_max };
    let ast = parser.expression(0)?;
    match &parser.token.kind {
        TokenKind::End => Ok(ast),
        other => {
            let error =
                parser.error_here("S0201", format!("syntax error: {} is not expected here", other.text()));
            Err(error.about(Details::token(other.value())))
        }
    }
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The next token, not yet taken.
    token: Token,
    depth: u32,
    nesting_max: u32,
}

/// How tightly a symbol binds what stands to its left; 0 ends an expression.
fn binding_power(kind: &TokenKind) -> u8 {
    let TokenKind::Symbol(symbol) = kind else { return 0 };
    match *symbol {
        "[" | "(" | "@" | "#" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" => 60,
        "+" | "-" | "&" => 50,
        "=" | "!=" | "<" | "<=" | ">" | ">=" | "^" | "~>" | "in" | "?:" | "??" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}

fn binary_operator(symbol: &str) -> Option<Operator> {
    Some(match symbol {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "&" => Operator::Concatenate,
        "in" => Operator::In,
        "and" => Operator::And,
        "or" => Operator::Or,
        _ => return None,
    })
}

impl Parser<'_> {
    fn error_here(&self, code: &'static str, message: impl Into<String>) -> SyntaxError {
        self.lexer.error(code, self.token.position, message)
    }

    fn too_deep(&self, position: usize) -> SyntaxError {
        let message = format!("the expression nests deeper than {} levels", self.nesting_max);
        self.lexer.error("U1001", position, message)
    }

    /// Takes the next token; `expect` says how to read the one after it.
    fn take(&mut self, expect: Expect) -> Parsed<Token> {
        let next = self.lexer.next(expect)?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn take_symbol(&mut self, symbol: &str, expect: Expect) -> Parsed<Token> {
        if self.token.kind.is(symbol) {
            return self.take(expect);
        }
        Err(match &self.token.kind {
            TokenKind::End => self
                .error_here("S0203", format!("expected `{symbol}` before the end of the expression"))
                .about(Details::value(symbol)),
            other => self
                .error_here("S0202", format!("expected `{symbol}`, got {}", other.text()))
                .about(Details::value(symbol).of(other.value())),
        })
    }

    fn take_if(&mut self, symbol: &str, expect: Expect) -> Parsed<bool> {
        let found = self.token.kind.is(symbol);
        if found {
            self.take(expect)?;
        }
        Ok(found)
    }

    fn node(&self, kind: AstKind, position: usize) -> Parsed<Ast> {
        let height = 1 + children_height(&kind);
        if height > self.nesting_max {
            return Err(self.too_deep(position));
        }
        Ok(Ast { kind, position, keep_array: false, height })
    }

    fn boxed(&mut self, power: u8) -> Parsed<Box<Ast>> {
        self.expression(power).map(Box::new)
    }

    fn expression(&mut self, power: u8) -> Parsed<Ast> {
        if self.depth >= self.nesting_max {
            return Err(self.too_deep(self.token.position));
        }
        self.depth += 1;
        let mut left = self.operand()?;
        while power < binding_power(&self.token.kind) {
            left = self.continued(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Parsed<Ast> {
        let position = self.token.position;
        let kind = match &self.token.kind {
            TokenKind::Name(name) => AstKind::Name(name.clone()),
            TokenKind::Variable(name) => AstKind::Variable(name.clone()),
            TokenKind::String(text) => AstKind::String(text.clone()),
            TokenKind::Constant(value) => AstKind::Constant(value.clone()),
            TokenKind::Regex(regex) => AstKind::Regex(Arc::clone(regex)),
            TokenKind::Symbol(word @ ("and" | "or" | "in")) => AstKind::Name(Str::from(*word)),
            TokenKind::Symbol("*") => AstKind::Wildcard,
            TokenKind::Symbol("**") => AstKind::Descendants,
            TokenKind::Symbol("%") => AstKind::Parent,
            TokenKind::Symbol(symbol) => return self.prefixed(symbol, position),
            TokenKind::End => return Err(self.error_here("S0207", "unexpected end of the expression")),
        };
        self.take(Expect::Operator)?;
        self.node(kind, position)
    }

    fn prefixed(&mut self, symbol: &'static str, position: usize) -> Parsed<Ast> {
        if !matches!(symbol, "-" | "(" | "[" | "{" | "|") {
            let error = self.error_here("S0211", format!("`{symbol}` cannot be used as a unary operator"));
            return Err(error.about(Details::token(symbol)));
        }
        self.take(Expect::Operand)?;
        let kind = match symbol {
            "-" => negated(self.expression(70)?),
            "(" => AstKind::Block(self.block()?),
            "[" => AstKind::Array(self.array()?),
            "{" => AstKind::Object(self.pairs()?),
            _ => self.transform()?,
        };
        self.node(kind, position)
    }

    fn block(&mut self) -> Parsed<Vec<Ast>> {
        let mut expressions = Vec::new();
        while !self.token.kind.is(")") {
            expressions.push(self.expression(0)?);
            if !self.take_if(";", Expect::Operand)? {
                break;
            }
        }
        self.take_symbol(")", Expect::Operator)?;
        Ok(expressions)
    }

    fn array(&mut self) -> Parsed<Vec<Ast>> {
        let mut elements = Vec::new();
        while !self.token.kind.is("]") {
            let mut element = self.expression(0)?;
            if self.token.kind.is("..") {
                let position = self.take(Expect::Operand)?.position;
                let end = self.boxed(0)?;
                element = self.node(AstKind::Binary(Operator::Range, Box::new(element), end), position)?;
            }
            elements.push(element);
            if !self.take_if(",", Expect::Operand)? {
                break;
            }
            if self.token.kind.is("]") {
                let error = self.error_here("S0211", "`]` cannot be used as a unary operator");
                return Err(error.about(Details::token("]")));
            }
        }
        self.take_symbol("]", Expect::Operator)?;
        Ok(elements)
    }

    fn pairs(&mut self) -> Parsed<Pairs> {
        let mut pairs = Vec::new();
        if !self.token.kind.is("}") {
            loop {
                let key = self.expression(0)?;
                self.take_symbol(":", Expect::Operand)?;
                pairs.push((key, self.expression(0)?));
                if !self.take_if(",", Expect::Operand)? {
                    break;
                }
            }
        }
        self.take_symbol("}", Expect::Operator)?;
        Ok(pairs)
    }

    fn transform(&mut self) -> Parsed<AstKind> {
        let pattern = self.boxed(0)?;
        self.take_symbol("|", Expect::Operand)?;
        let update = self.boxed(0)?;
        let delete = if self.take_if(",", Expect::Operand)? { Some(self.boxed(0)?) } else { None };
        self.take_symbol("|", Expect::Operator)?;
        Ok(AstKind::Transform(pattern, update, delete))
    }

    /// An operator and what follows it, after `left`.
    fn continued(&mut self, left: Ast) -> Parsed<Ast> {
        let power = binding_power(&self.token.kind);
        let TokenKind::Symbol(symbol) = self.token.kind else { return Ok(left) };
        let position = self.take(Expect::Operand)?.position;
        if let Some(operator) = binary_operator(symbol) {
            let right = self.boxed(power)?;
            return self.node(AstKind::Binary(operator, Box::new(left), right), position);
        }
        if symbol == "[" {
            return self.predicate(left, position);
        }
        if symbol == "(" {
            return self.called(left);
        }
        let place = left.position;
        let left = Box::new(left);
        let kind = match symbol {
            "." => AstKind::Dot(left, self.boxed(power)?),
            "{" => AstKind::Group(left, self.pairs()?),
            "^" => AstKind::Sort(left, self.sort_terms()?),
            "@" => AstKind::Focus(left, self.variable_name(symbol)?),
            "#" => AstKind::Index(left, self.variable_name(symbol)?),
            "?" => self.condition(left)?,
            "?:" => AstKind::Default(left, self.boxed(0)?),
            "??" => AstKind::Coalesce(left, self.boxed(0)?),
            "~>" => AstKind::Apply(left, self.boxed(power)?),
            _ => match left.kind {
                AstKind::Variable(name) => AstKind::Bind(name, self.boxed(power - 1)?),
                _ => {
                    return Err(self.lexer.error("S0212", place, "the left side of `:=` must be a variable"));
                }
            },
        };
        self.node(kind, position)
    }

    fn predicate(&mut self, mut left: Ast, position: usize) -> Parsed<Ast> {
        if self.take_if("]", Expect::Operator)? {
            let mut step = &mut left;
            while let AstKind::Predicate(inner, _) = &mut step.kind {
                step = inner;
            }
            step.keep_array = true;
            return Ok(left);
        }
        let condition = self.boxed(0)?;
        self.take_symbol("]", Expect::Operator)?;
        self.node(AstKind::Predicate(Box::new(left), condition), position)
    }

    fn sort_terms(&mut self) -> Parsed<Vec<SortTerm>> {
        self.take_symbol("(", Expect::Operand)?;
        let mut terms = Vec::new();
        loop {
            let descending = self.take_if(">", Expect::Operand)?;
            if !descending {
                self.take_if("<", Expect::Operand)?;
            }
            terms.push(SortTerm { descending, by: self.expression(0)? });
            if !self.take_if(",", Expect::Operand)? {
                break;
            }
        }
        self.take_symbol(")", Expect::Operator)?;
        Ok(terms)
    }

    fn variable_name(&mut self, symbol: &str) -> Parsed<Str> {
        let TokenKind::Variable(name) = self.token.kind.clone() else {
            let error = self.error_here("S0214", format!("the right side of `{symbol}` must be a variable"));
            return Err(error.about(Details::token(symbol)));
        };
        self.take(Expect::Operator)?;
        Ok(name)
    }

    fn condition(&mut self, test: Box<Ast>) -> Parsed<AstKind> {
        let then = self.boxed(0)?;
        let otherwise = if self.take_if(":", Expect::Operand)? { Some(self.boxed(0)?) } else { None };
        Ok(AstKind::Condition(test, then, otherwise))
    }

    /// A call of `left`, or the definition of a function when `left` is that word.
    fn called(&mut self, left: Ast) -> Parsed<Ast> {
        let arguments = self.arguments()?;
        let position = left.position;
        let is_definition = matches!(&left.kind, AstKind::Name(name) if *name == "function" || *name == "λ");
        let kind = if is_definition {
            self.take_symbol(")", Expect::Operator)?;
            self.definition(arguments)?
        } else {
            self.take_symbol(")", Expect::Operator)?;
            AstKind::Call(Box::new(left), arguments)
        };
        self.node(kind, position)
    }

    fn arguments(&mut self) -> Parsed<Vec<Ast>> {
        let mut arguments = Vec::new();
        if self.token.kind.is(")") {
            return Ok(arguments);
        }
        loop {
            if self.token.kind.is("?") {
                let position = self.take(Expect::Operator)?.position;
                arguments.push(self.node(AstKind::Placeholder, position)?);
            } else {
                arguments.push(self.expression(0)?);
            }
            if !self.take_if(",", Expect::Operand)? {
                return Ok(arguments);
            }
        }
    }

    fn definition(&mut self, parameters: Vec<Ast>) -> Parsed<AstKind> {
        let name = |parameter: Ast| match parameter.kind {
            AstKind::Variable(name) => Ok(name),
            _ => Err(self.lexer.error("S0208", parameter.position, "a parameter must be a variable name")),
        };
        let parameters = parameters.into_iter().map(name).collect::<Parsed<Vec<_>>>()?;
        let signature = if self.token.kind.is("<") { Some(Arc::new(self.signature()?)) } else { None };
        self.take_symbol("{", Expect::Operand)?;
        let body = self.boxed(0)?;
        self.take_symbol("}", Expect::Operator)?;
        Ok(AstKind::Lambda(parameters, signature, body))
    }

    /// The text between the outer `<` and `>`, which is not made of tokens.
    fn signature(&mut self) -> Parsed<Signature> {
        let start = self.token.position;
        self.lexer.rewind(start + 1);
        let (mut text, mut depth) = (String::from("<"), 1);
        while depth > 0 {
            let c = self.lexer.take_char();
            let c = c.ok_or_else(|| self.lexer.error("S0203", start, "the signature has no closing `>`"))?;
            depth += i32::from(c == '<') - i32::from(c == '>');
            text.push(c);
        }
        self.token = self.lexer.next(Expect::Operator)?;
        Signature::parse(&text).map_err(|(code, message)| self.lexer.error(code, start, message))
    }
}

/// A negated literal is a literal, so that `[-1]` is an index.
fn negated(operand: Ast) -> AstKind {
    if let AstKind::Constant(Value::Number(number)) = &operand.kind {
        let negated = match number.as_i64().and_then(i64::checked_neg) {
            Some(integer) => Some(Number::from_i64(integer)),
            None => Number::from_f64(-number.as_f64()),
        };
        if let Some(negated) = negated {
            return AstKind::Constant(Value::Number(negated));
        }
    }
    AstKind::Negate(Box::new(operand))
}

fn children_height(kind: &AstKind) -> u32 {
    let all = |parts: &[Ast]| parts.iter().map(|part| part.height).max().unwrap_or(0);
    let pairs =
        |pairs: &Pairs| pairs.iter().map(|(key, value)| key.height.max(value.height)).max().unwrap_or(0);
    match kind {
        AstKind::String(_)
        | AstKind::Constant(_)
        | AstKind::Regex(_)
        | AstKind::Name(_)
        | AstKind::Variable(_)
        | AstKind::Wildcard
        | AstKind::Descendants
        | AstKind::Parent
        | AstKind::Placeholder => 0,
        AstKind::Negate(inner)
        | AstKind::Focus(inner, _)
        | AstKind::Index(inner, _)
        | AstKind::Bind(_, inner)
        | AstKind::Lambda(_, _, inner) => inner.height,
        AstKind::Binary(_, left, right)
        | AstKind::Dot(left, right)
        | AstKind::Predicate(left, right)
        | AstKind::Apply(left, right)
        | AstKind::Default(left, right)
        | AstKind::Coalesce(left, right) => left.height.max(right.height),
        AstKind::Group(inner, members) => inner.height.max(pairs(members)),
        AstKind::Object(members) => pairs(members),
        AstKind::Sort(inner, terms) => terms.iter().map(|term| term.by.height).fold(inner.height, u32::max),
        AstKind::Array(parts) | AstKind::Block(parts) => all(parts),
        AstKind::Call(procedure, arguments) => procedure.height.max(all(arguments)),
        AstKind::Condition(a, b, c) | AstKind::Transform(a, b, c) => {
            a.height.max(b.height).max(c.as_ref().map_or(0, |c| c.height))
        }
    }
}
