//! An interceptor ready to meet firings.

use tidegate_model::interceptor::{Interceptor, Moment, Target, Verdict};

use crate::action::Action;
use crate::compile::CompiledTrigger;
use crate::registry::{MalformedParams, Registry};
use crate::scene::Expr;
use crate::template::Template;

/// An interceptor with its expressions and actions compiled.
#[derive(Debug)]
pub(crate) struct CompiledInterceptor {
    pub(crate) spec: Interceptor,
    pub(crate) guard: Option<Expr>,
    pub(crate) verdict: CompiledVerdict,
}

/// What it does with a firing it meets.
#[derive(Debug)]
pub(crate) enum CompiledVerdict {
    Hold,
    Skip,
    Act(Vec<Box<dyn Action>>),
    Change(Template),
    Pass,
}

impl CompiledInterceptor {
    pub(crate) fn compile(spec: Interceptor, registry: &Registry) -> Result<Self, MalformedParams> {
        let guard = spec.guard.as_deref().map(Expr::parse).transpose();
        let guard = guard.map_err(|message| MalformedParams::at("if", message))?;
        let verdict = match &spec.verdict {
            Verdict::Hold => CompiledVerdict::Hold,
            Verdict::Skip => CompiledVerdict::Skip,
            Verdict::Pass => CompiledVerdict::Pass,
            Verdict::Act(actions) => CompiledVerdict::Act(
                actions
                    .iter()
                    .map(|action| registry.action(&action.name, &action.params))
                    .collect::<Result<_, _>>()?,
            ),
            Verdict::Change(data) => CompiledVerdict::Change(
                Template::parse(data)
                    .map_err(|malformed| MalformedParams::template("do/change", malformed))?,
            ),
        };
        let is_too_late = spec.moment == Moment::After
            && !matches!(verdict, CompiledVerdict::Act(_) | CompiledVerdict::Pass);
        if is_too_late {
            return Err(MalformedParams::at("do", "after a firing there is nothing to hold, skip or change")
                .with_help("use `moment: before`, or `act` or `pass`"));
        }
        Ok(Self { spec, guard, verdict })
    }

    /// Whether it meets firings of `trigger` at `moment`; the guard is not looked at.
    pub(crate) fn meets(&self, trigger: &CompiledTrigger, moment: Moment) -> bool {
        self.spec.moment == moment
            && match &self.spec.target {
                Target::Trigger(name) => trigger.spec.name == *name,
                Target::Condition(name) => trigger.spec.condition.name == *name,
                Target::Action(name) => trigger.spec.actions.iter().any(|action| action.name == *name),
            }
    }
}
