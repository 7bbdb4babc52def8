//! Functions: calls, closures, partial application, chaining.
//!
//! A call in tail position does not nest: the function that made it returns first, and the loop in
//! [`Evaluator::apply`] goes on with what it left.

use std::rc::Rc;
use std::sync::Arc;

use tidegate_json::{Str, Value};

use super::{Evaluator, FrameId};
use crate::error::{Details, EvalError, Result, fail, fail_about};
use crate::functions::{Closure, Function, FunctionKind};
use crate::item::Item;
use crate::node::{Lambda, Node, NodeKind};

/// A call that a function leaves to whoever called it.
#[derive(Debug)]
pub(super) struct TailCall {
    function: Item,
    arguments: Vec<Item>,
    context: Item,
}

impl Evaluator<'_> {
    pub(super) fn call(
        &mut self,
        procedure: &Node,
        arguments: &[Node],
        tail: bool,
        input: &Item,
        frame: FrameId,
        first: Option<Item>,
    ) -> Result<Item> {
        let function = self.eval(procedure, input, frame)?;
        let mut given = Vec::with_capacity(arguments.len() + usize::from(first.is_some()));
        given.extend(first);
        for argument in arguments {
            given.push(self.eval(argument, input, frame)?);
        }
        let Item::Function(callable) = &function else {
            return self.not_callable(procedure, "invoke", ["T1005", "T1006"], frame);
        };
        if tail && matches!(callable.kind, FunctionKind::Closure(_)) {
            self.tail = Some(TailCall { function, arguments: given, context: input.clone() });
            return Ok(Item::Nothing);
        }
        self.caller = frame;
        self.apply(callable, given, input).map_err(|error| called(procedure, error))
    }

    /// Suggests the `$` if the name without it would be a function.
    fn not_callable(
        &mut self,
        procedure: &Node,
        verb: &str,
        codes: [&'static str; 2],
        frame: FrameId,
    ) -> Result<Item> {
        if let NodeKind::Path { steps, .. } = &procedure.kind
            && let NodeKind::Name(name) = &steps[0].kind
            && !self.variable(name, &Item::Nothing, frame).is_nothing()
        {
            let message = format!("attempted to {verb} a non-function; did you mean `${name}`?");
            return fail_about(codes[0], Details::token(name.as_str()), message);
        }
        let name = match &procedure.kind {
            NodeKind::Variable(name) => format!(" `${name}`"),
            _ => String::new(),
        };
        fail(codes[1], format!("attempted to {verb} a non-function{name}"))
    }

    pub(super) fn closure(&mut self, lambda: &Arc<Lambda>, input: &Item, frame: FrameId) -> Item {
        self.capture(frame);
        let closure = Closure { lambda: Arc::clone(lambda), input: input.clone(), frame };
        Function::item(FunctionKind::Closure(closure), input.extent().depth)
    }

    /// Calls `function`; `context` stands in for an argument that its signature lets be absent.
    pub(crate) fn apply(
        &mut self,
        function: &Rc<Function>,
        arguments: Vec<Item>,
        context: &Item,
    ) -> Result<Item> {
        let mut function = Rc::clone(function);
        let (mut arguments, mut context) = (arguments, context.clone());
        loop {
            let result = self.apply_once(&function, arguments, &context)?;
            let Some(next) = self.tail.take() else { return Ok(result) };
            let Item::Function(called) = next.function else {
                return fail("T1006", "attempted to invoke a non-function");
            };
            (function, arguments, context) = (called, next.arguments, next.context);
            self.burn(1)?;
        }
    }

    fn apply_once(&mut self, function: &Rc<Function>, arguments: Vec<Item>, context: &Item) -> Result<Item> {
        match &function.kind {
            FunctionKind::Closure(closure) => self.apply_closure(closure, arguments, context),
            FunctionKind::Builtin(builtin) => {
                let arguments = builtin.signature.check(builtin.name, arguments, context)?;
                self.enter_builtin()?;
                let result = (builtin.run)(self, context, &arguments)?;
                self.leave_builtin();
                Ok(result)
            }
            FunctionKind::Host(host) => {
                let arguments = match &host.signature {
                    Some(signature) => signature.check(&host.name, arguments, context)?,
                    None => arguments,
                };
                self.apply_host(host, &arguments)
            }
            FunctionKind::Partial { function, arguments: bound } => {
                let mut given = arguments.into_iter();
                let filled =
                    bound.iter().map(|bound| bound.clone().or_else(|| given.next()).unwrap_or_default());
                let filled: Vec<Item> = filled.collect();
                self.nested_apply(function, filled, context)
            }
            FunctionKind::Composed(first, then) => {
                let between = self.nested_apply(first, arguments, context)?;
                self.nested_apply(then, vec![between], context)
            }
            FunctionKind::Matcher(regex) => self.apply_matcher(regex, &arguments),
            FunctionKind::NextMatch { regex, text, from } => self.match_from(regex, text, *from),
            FunctionKind::Transform { transform, frame } => {
                let argument = arguments.into_iter().next().unwrap_or_default();
                if !argument.is_nothing() && argument.members().is_none() && !argument.is_array() {
                    return fail("T0410", "argument 1 of a transform must be an object or an array");
                }
                self.transform(transform, &argument, *frame)
            }
        }
    }

    fn nested_apply(
        &mut self,
        function: &Rc<Function>,
        arguments: Vec<Item>,
        context: &Item,
    ) -> Result<Item> {
        self.enter()?;
        let result = self.apply(function, arguments, context)?;
        self.leave();
        Ok(result)
    }

    fn apply_closure(&mut self, closure: &Closure, arguments: Vec<Item>, context: &Item) -> Result<Item> {
        let lambda = &closure.lambda;
        let arguments = match &lambda.signature {
            Some(signature) => signature.check("lambda", arguments, context)?,
            None => arguments,
        };
        let scope = self.open(closure.frame);
        let mut arguments = arguments.into_iter();
        for parameter in &lambda.parameters {
            self.bind(scope, parameter, arguments.next().unwrap_or_default());
        }
        let result = self.eval(&lambda.body, &closure.input, scope)?;
        self.close(scope);
        Ok(result)
    }

    /// `$f(?, 2)`: a function of the arguments left open.
    pub(super) fn partial(
        &mut self,
        procedure: &Node,
        arguments: &[Option<Node>],
        input: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        let mut bound = Vec::with_capacity(arguments.len());
        for argument in arguments {
            bound.push(match argument {
                Some(argument) => Some(self.eval(argument, input, frame)?),
                None => None,
            });
        }
        match self.eval(procedure, input, frame)? {
            Item::Function(function) => {
                let inside = bound.iter().flatten().map(|item| item.extent().depth).max().unwrap_or(0);
                let depth = function.depth.max(inside);
                Ok(Function::item(FunctionKind::Partial { function, arguments: bound }, depth))
            }
            _ => self.not_callable(procedure, "partially apply", ["T1007", "T1008"], frame),
        }
    }

    /// `a ~> f(b)` is `f(a, b)`; `a ~> f` is `f(a)`; between two functions it chains them.
    pub(super) fn apply_operator(
        &mut self,
        left: &Node,
        right: &Node,
        input: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        let first = self.eval(left, input, frame)?;
        if let NodeKind::Call { procedure, arguments, .. } = &right.kind {
            self.enter()?;
            let mut result = self.call(procedure, arguments, false, input, frame, Some(first))?;
            self.leave();
            result = self.filter_all(&right.predicates, result, frame)?;
            return match &right.group {
                Some(group) => self.group(group, result, frame),
                None => Ok(result),
            };
        }
        let Item::Function(function) = self.eval(right, input, frame)? else {
            return fail("T2006", "the right side of `~>` must be a function");
        };
        if let Item::Function(first) = first {
            let depth = first.depth.max(function.depth);
            return Ok(Function::item(FunctionKind::Composed(first, function), depth));
        }
        self.apply(&function, vec![first], &Item::Nothing)
    }

    /// Calls a function with as many of `arguments` as it takes.
    pub(crate) fn apply_up_to(&mut self, function: &Rc<Function>, arguments: Vec<Item>) -> Result<Item> {
        let mut arguments = arguments;
        arguments.truncate(function.arity().max(1));
        self.apply(function, arguments, &Item::Nothing)
    }

    fn apply_matcher(&mut self, regex: &Arc<regex::Regex>, arguments: &[Item]) -> Result<Item> {
        let Some(text) = arguments.first().and_then(Item::as_str) else { return Ok(Item::Nothing) };
        let from = arguments.get(1).and_then(Item::as_number).and_then(|from| from.as_usize()).unwrap_or(0);
        let from = text.char_indices().nth(from).map_or(text.len(), |(at, _)| at);
        self.match_from(regex, text, from)
    }

    /// The match object that JSONata's functions expect of a matcher.
    fn match_from(&mut self, regex: &Arc<regex::Regex>, text: &Str, from: usize) -> Result<Item> {
        self.burn_text(text.len())?;
        self.burn(1)?;
        let Some(found) = regex.captures_at(text, from) else { return Ok(Item::Nothing) };
        let whole = found.get(0).expect("group 0 is the whole match");
        if whole.is_empty() {
            return fail_about(
                "D1004",
                Details::value(whole.as_str()),
                "a regular expression matches the empty string",
            );
        }
        let groups =
            found.iter().skip(1).map(|group| group.map_or(Item::from(""), |group| group.as_str().into()));
        let chars_before = |at: usize| text[..at].chars().count();
        let next =
            FunctionKind::NextMatch { regex: Arc::clone(regex), text: text.clone(), from: whole.end() };
        let members = [
            ("match", Item::from(whole.as_str())),
            ("start", Item::from(chars_before(whole.start()))),
            ("end", Item::from(chars_before(whole.end()))),
            ("groups", Item::list(groups.collect())),
            ("next", Function::item(next, 0)),
        ];
        Ok(Item::record(members.into_iter().collect()))
    }

    fn apply_host(&mut self, host: &crate::functions::HostFunction, arguments: &[Item]) -> Result<Item> {
        for argument in arguments {
            self.check_extent(argument)?;
        }
        let values: Vec<Option<Value>> = arguments.iter().map(Item::to_value).collect();
        let mut call = crate::functions::Call::new(&values, self.env, &mut self.random, &mut self.fuel);
        match (host.run)(&mut call) {
            Ok(value) => Ok(value.into()),
            Err(error) => Err(Box::new(error)),
        }
    }
}

/// Names the function in a mistake that names nothing yet.
fn called(procedure: &Node, mut error: Box<EvalError>) -> Box<EvalError> {
    if let NodeKind::Variable(name) = &procedure.kind {
        error.details.token.get_or_insert_with(|| name.as_str().to_owned());
    }
    error
}
