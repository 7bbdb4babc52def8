//! Interruption: somebody pressed Ctrl-C (SIGINT), or whoever runs this process wants it to end (SIGTERM).

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::problem::{Problem, Result};

/// Listens for both signals from the moment it is made.
#[derive(Debug)]
pub(crate) struct Interruption {
    interrupt: Signal,
    terminate: Signal,
}

impl Interruption {
    /// Starts to listen; on the current async runtime.
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(|error| Problem::io("cannot listen for signals", &error));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for the next of them.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
