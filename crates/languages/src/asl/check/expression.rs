//! JSONata expressions: that they can be read, and that they read nothing that is not there.

use tidegate_jsonata::Expression;

use super::finding::Checking;
use super::problem::BadExpression;
use super::spot::Spot;
use super::state::State;
use crate::asl::expression::jsonata::{JsonataExpr, expression_in};
use crate::source::Content;

/// What expressions see of the work of a state, besides its input and the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Nothing: before the work, or where there is none.
    Input,
    /// `$states.result`.
    Result,
    /// `$states.errorOutput`.
    Error,
}

impl Moment {
    fn has(self, field: &str) -> bool {
        match field {
            "input" | "context" => true,
            "result" => self == Self::Result,
            "errorOutput" => self == Self::Error,
            _ => false,
        }
    }
}

/// Reports what is wrong with the expressions in `spot`.
pub(super) fn check(spot: &Spot<'_>, moment: Moment, state: &State<'_>, to: &mut Checking<'_>) {
    match &spot.node.content {
        Content::Null | Content::Bool(_) | Content::Number(_) => {}
        Content::Sequence(_) => spot.items().for_each(|item| check(&item, moment, state, to)),
        Content::Mapping(_) => spot.fields().for_each(|(_, field)| check(&field, moment, state, to)),
        Content::String(text, _) => match expression_in(text) {
            Some(expression) => one(spot, text, expression, moment, state, to),
            None if text.starts_with("{%") => to.add_at(BadExpression::Unclosed, spot),
            None => {}
        },
    }
}

/// The `expression` that the `text` of `spot` holds.
fn one(
    spot: &Spot<'_>,
    text: &str,
    expression: &str,
    moment: Moment,
    state: &State<'_>,
    to: &mut Checking<'_>,
) {
    let parsed = match Expression::parse(expression) {
        Ok(parsed) => parsed,
        Err(error) => {
            let refusals = JsonataExpr::parse(expression, "").err();
            let aws =
                refusals.and_then(|mut all| all.pop()).map_or_else(|| error.message.clone(), |it| it.message);
            let start = text.find(expression).unwrap_or_default();
            let inner = expression.char_indices().nth(error.position).map_or(expression.len(), |(at, _)| at);
            let span = to.place_within(spot, start + inner);
            to.add(BadExpression::Syntax { message: error.message, code: error.code, aws }, span, &spot.at);
            return;
        }
    };
    let roots = parsed.references().roots;
    for root in &roots {
        to.add_at(BadExpression::TopLevel { root: root.to_string() }, spot);
    }
    if !roots.is_empty() {
        return;
    }
    let Ok(read) = JsonataExpr::parse(expression, "").map(|parsed| parsed.references()) else { return };
    for field in read.states.iter().filter(|field| !moment.has(field)) {
        to.add_at(BadExpression::NoStatesField { field: field.to_string() }, spot);
    }
    for name in &read.variables {
        state.scope.read(name, spot, to);
    }
}
