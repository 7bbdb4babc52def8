//! What a state does about an error: tries again, goes on elsewhere, or lets its scope fail.

use tidegate_engine::action::Command;
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::Text;

use super::expression::Fault;
use super::flow::{OwnFlow, Placement, Product};
use super::machine::{Language, StateParams};
use super::recovery::{Catcher, ErrorNames, Retrier, first_for};
use super::turn::{Error, Next, Turn};

/// `Retry` and `Catch` of a state.
#[derive(Debug)]
pub(crate) struct Rescue {
    kind: Text,
    language: Language,
    retriers: Vec<Retrier>,
    catchers: Vec<Catch>,
}

#[derive(Debug)]
struct Catch {
    errors: ErrorNames,
    next: Next,
    result_path: Placement,
    own: OwnFlow,
}

/// What became of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rescued {
    /// The state is tried again, after a while.
    Retried,
    /// The machine goes on elsewhere.
    Caught,
    /// The scope has failed.
    Not,
}

/// What history has to say of the failure of a state, where it is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told<'e> {
    /// Nothing that has not been said.
    Nothing,
    /// This event.
    Failed(&'e str),
    /// This event, where nothing catches it.
    Uncaught(&'e str),
}

/// The name of the timer after which the state `name` is tried again.
pub(crate) fn retry_timer(name: &str) -> String {
    format!("retry:{name}")
}

impl Rescue {
    /// Those of `state`.
    ///
    /// # Errors
    /// Where one is not of its form.
    pub(crate) fn of(state: &StateParams) -> Result<Self, MalformedParams> {
        let rules = |field: &str| -> Vec<Value> {
            state.field(field).and_then(Value::as_array).map(|rules| rules.to_vec()).unwrap_or_default()
        };
        let retriers = rules("Retry");
        let retriers = retriers.iter().map(|rule| {
            Retrier::parse(rule)
                .map_err(|errors| malformed("Retry", errors.first().map(|error| &*error.message)))
        });
        let retriers = retriers.collect::<Result<_, _>>()?;
        let mut catchers = Vec::new();
        for (index, rule) in rules("Catch").iter().enumerate() {
            let catcher = Catcher::parse(rule)
                .map_err(|errors| malformed("Catch", errors.first().map(|error| &*error.message)))?;
            catchers.push(Catch {
                next: state.target(&catcher.next)?,
                errors: catcher.errors,
                result_path: Placement::of(catcher.result_path.as_ref())?,
                own: OwnFlow::of(rule, state.language, &format!("Catch[{index}]"))?,
            });
        }
        Ok(Self { kind: state.kind.clone(), language: state.language, retriers, catchers })
    }

    /// The state is entered: it has not been tried again.
    pub(crate) fn begin(&self, turn: &mut Turn<'_, '_, '_>) {
        turn.count_retries(self.retriers.len());
    }

    /// Deals with `error`; `told` is what history has to say of it where it is not tried again.
    pub(crate) fn handle(&self, turn: &mut Turn<'_, '_, '_>, error: Error, told: Told<'_>) -> Rescued {
        if let Some((index, retrier)) = first_for(&error.error, &self.retriers, |retrier| &retrier.errors) {
            turn.show("retryIndex", &Value::from(index));
            let retries = turn.active.by_retrier.get(index).copied().unwrap_or_default();
            if retrier.allows(retries) {
                let delay = retrier.delay(retries, turn.draws());
                turn.show("retryBackoffIntervalSeconds", &Value::from(delay.0 / 1000));
                if let Some(retries) = turn.active.by_retrier.get_mut(index) {
                    *retries += 1;
                }
                turn.active.retries = turn.active.retries.map(|retries| retries + 1);
                let name = Text::from(retry_timer(&turn.active.name));
                turn.command(Command::SetTimer { name, due: turn.at().after(delay), data: Value::Null });
                turn.wait();
                return Rescued::Retried;
            }
        }
        let caught = first_for(&error.error, &self.catchers, |catch| &catch.errors);
        match told {
            Told::Failed(event) => turn.note(event, super::history::Details::new()),
            Told::Uncaught(event) if caught.is_none() => turn.note(event, super::history::Details::new()),
            Told::Uncaught(_) | Told::Nothing => {}
        }
        let Some((index, catch)) = caught else {
            turn.fail(error, Some(&self.kind));
            return Rescued::Not;
        };
        turn.show("catchIndex", &Value::from(index));
        match self.product(turn, catch, &error) {
            Ok(Product { output, assigned }) => {
                turn.leave(&self.kind, &catch.next, output, assigned);
                Rescued::Caught
            }
            Err(fault) => {
                self.evaluation_failed(turn, &fault);
                let error = turn.error_of(&fault);
                turn.fail(error, Some(&self.kind));
                Rescued::Not
            }
        }
    }

    /// Deals with an evaluation that failed.
    pub(crate) fn fault(&self, turn: &mut Turn<'_, '_, '_>, fault: &Fault, told: Told<'_>) -> Rescued {
        self.evaluation_failed(turn, fault);
        let error = turn.error_of(fault);
        // History tells of a state's own failure only where the machine could have done something about it.
        let told = if error.error == "States.Runtime" { Told::Nothing } else { told };
        self.handle(turn, error, told)
    }

    fn evaluation_failed(&self, turn: &mut Turn<'_, '_, '_>, fault: &Fault) {
        if fault.error == "States.QueryEvaluationError" {
            turn.note_evaluation_failed(fault);
        }
    }

    fn product(&self, turn: &Turn<'_, '_, '_>, catch: &Catch, error: &Error) -> Result<Product, Fault> {
        let output = Value::object([
            ("Error", Value::from(error.error.as_str())),
            ("Cause", Value::from(error.cause.as_str())),
        ]);
        let assign = catch.own.assign.as_ref();
        let assigned =
            assign.map(|assign| assign.evaluate(turn, &output, None, Some(&output))).transpose()?;
        let output = match (self.language, &catch.own.output) {
            (Language::JsonPath, _) => catch.result_path.place(&turn.active.input, output)?,
            (Language::Jsonata, None) => output,
            (Language::Jsonata, Some(template)) => {
                let states = turn.states(None, Some(&output));
                turn.look(&output, |around| template.evaluate(around, &states))?
            }
        };
        Ok(Product { output, assigned })
    }
}

fn malformed(field: &'static str, message: Option<&str>) -> MalformedParams {
    MalformedParams::at(field, message.unwrap_or_default())
}
