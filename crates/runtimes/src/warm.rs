//! Warm functions: processes that take one call after another over the AWS Lambda Runtime API.
//!
//! Owns when an instance starts and what happens when none can. A function scales from zero and back: see
//! [`fleet`] for the choice, `instance` for the life of one process, `api` for the protocol, `bootstrap` for
//! the programs that load Python and JavaScript handlers.

mod api;
mod bootstrap;
pub(crate) mod fleet;
mod instance;
mod log_pipe;
mod reply;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_model::{Failure, Outcome};

use crate::function::Function;
use crate::host::Host;
use crate::settings::duration;
use fleet::{Demand, Scale};
use instance::Instance;

/// Sees to it that a call that has just been queued is taken.
pub(crate) fn attend(host: &Arc<Host>, function: &Arc<Function>) {
    // The one that has become idle last is the one to go on: the others may reach their idle limit and end.
    function.wake.notify_last();
    scale(host, function);
}

/// Starts the instances that are missing now, and has somebody look again where that cannot be said yet.
fn scale(host: &Arc<Host>, function: &Arc<Function>) {
    if host.is_closing() {
        return;
    }
    while let Some(action) = next_action(host, function) {
        match action {
            Action::Start(id) => host.spawn(live(Arc::clone(host), Arc::clone(function), id)),
            Action::LookAfter(pause) => {
                return host.spawn(look_again(Arc::clone(host), Arc::clone(function), pause));
            }
        }
    }
}

enum Action {
    Start(u32),
    LookAfter(Duration),
}

fn next_action(host: &Host, function: &Function) -> Option<Action> {
    let mut state = function.state();
    let demand = Demand {
        waiting: state.waiting(),
        oldest: state.oldest_asked(),
        cap: function.cap,
        patience: duration(host.settings.scale_up_after),
    };
    match state.fleet.scale(&demand, Instant::now()) {
        Scale::Enough => None,
        Scale::Start(id) => Some(Action::Start(id)),
        Scale::Look(pause) => state.fleet.claim_watch().then_some(Action::LookAfter(pause)),
    }
}

async fn look_again(host: Arc<Host>, function: Arc<Function>, pause: Duration) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = host.closing() => {}
    }
    function.state().fleet.end_watch();
    scale(&host, &function);
}

/// The life of one instance, from start to end.
async fn live(host: Arc<Host>, function: Arc<Function>, id: u32) {
    host.changed();
    match Instance::start(Arc::clone(&host), Arc::clone(&function), id).await {
        Ok(instance) => {
            function.state().fleet.is_ready(id, Instant::now());
            host.changed();
            scale(&host, &function);
            instance.serve().await;
            function.state().fleet.lose(id);
        }
        Err(failure) => {
            if function.state().fleet.fail_start(id, Instant::now()) {
                fail_waiting(&host, &function, &failure);
            }
        }
    }
    host.changed();
    // A call may have been queued for this instance in its last moment.
    scale(&host, &function);
}

/// No instance can start: the waiting calls fail for that reason instead of waiting for ever. A later call
/// tries again.
fn fail_waiting(host: &Host, function: &Function, failure: &Failure) {
    for turn in function.take_all() {
        host.end(function, &turn, Some(Outcome::Failed(failure.clone())));
    }
}
