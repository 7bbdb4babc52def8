//! Processes, each the leader of a group of its own.
//!
//! Owns their start and their end. Invariant: no member of a group outlives its [`Process`] value, and,
//! thanks to the [guardian], none outlives this program.

pub(crate) mod environment;
pub(crate) mod guardian;
pub(crate) mod launch;
pub(crate) mod limits;
mod members;

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Signal, kill_process_group};
use tokio::process::Child;
use tokio::time::Instant;

use guardian::{Group, Guardian};
pub(crate) use launch::Launch;

/// Exit code 255 as wait(2) encodes it.
const UNKNOWN_STATUS: i32 = 255 << 8;

/// When to look again whether a group that was told to end has ended, then twice as late each time. Only its
/// leader can be waited for.
const GROUP_POLL: Duration = Duration::from_millis(5);

/// A running process and its group.
pub(crate) struct Process {
    child: Child,
    group: Group,
    guardian: Arc<Guardian>,
}

impl Process {
    fn new(child: Child, group: Group, guardian: Arc<Guardian>) -> Self {
        Self { child, group, guardian }
    }

    /// Process id of the leader, which is that of the group.
    pub(crate) fn id(&self) -> u32 {
        self.group.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits until the leader has ended. Can be called again, and given up on, at any time.
    pub(crate) async fn wait(&mut self) -> ExitStatus {
        // Fails only if somebody else has waited for our child. It has ended then, but nobody can say how, so it
        // must not pass for a success.
        self.child.wait().await.unwrap_or_else(|_| ExitStatus::from_raw(UNKNOWN_STATUS))
    }

    /// Asks the whole group to end, gives it `grace`, and then kills what is left.
    pub(crate) async fn stop(mut self, grace: Duration) {
        let deadline = Instant::now() + grace;
        let _ = kill_process_group(self.group, Signal::TERM);
        let in_time = tokio::time::timeout_at(deadline, self.wait()).await.is_ok();
        let mut pause = GROUP_POLL;
        while in_time && Instant::now() + pause < deadline && self.has_members().await {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        let _ = kill_process_group(self.group, Signal::KILL);
        self.wait().await;
    }

    async fn has_members(&self) -> bool {
        let group = self.group;
        tokio::task::spawn_blocking(move || members::any_runs(group)).await.unwrap_or(true)
    }
}

impl Drop for Process {
    /// Ends what the leader left behind. The group's number cannot have been given to others yet, even when
    /// the leader was waited for just before: the kernel hands numbers out in turn.
    fn drop(&mut self) {
        let _ = kill_process_group(self.group, Signal::KILL);
        self.guardian.dismiss(self.group);
    }
}
