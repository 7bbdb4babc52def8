//! An action on behalf of a state: the state, compiled from the action's parameters, and what is done for it.

use std::fmt;

use tidegate_engine::action::{Action, Plan, Started};
use tidegate_model::Failure;

/// What is done for a state: which state, and how the firing goes on.
pub(super) type Deed<S> = fn(&S, &mut Plan<'_, '_>) -> Result<(), Failure>;

/// What a state starts.
pub(super) type Starts<S> = fn(&S) -> Vec<Started<'_>>;

struct Act<S> {
    state: S,
    deed: Deed<S>,
    starts: Starts<S>,
}

/// The action that does `deed` for `state`.
pub(super) fn act<S: fmt::Debug + Send + Sync + 'static>(state: S, deed: Deed<S>) -> Box<dyn Action> {
    act_starting(state, deed, |_| Vec::new())
}

/// The same where the deed is to start what `starts` says.
pub(super) fn act_starting<S: fmt::Debug + Send + Sync + 'static>(
    state: S,
    deed: Deed<S>,
    starts: Starts<S>,
) -> Box<dyn Action> {
    Box::new(Act { state, deed, starts })
}

impl<S: fmt::Debug> fmt::Debug for Act<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.fmt(f)
    }
}

impl<S: fmt::Debug + Send + Sync> Action for Act<S> {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        (self.deed)(&self.state, plan)
    }

    // Any state can be the one at which its machine fails.
    fn ends_scope(&self) -> bool {
        true
    }

    fn starts(&self) -> Vec<Started<'_>> {
        (self.starts)(&self.state)
    }
}
