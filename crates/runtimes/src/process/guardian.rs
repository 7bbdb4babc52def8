//! The guardian: a tiny shell process that outlives this program just long enough to kill what it left
//! behind.
//!
//! It is told of each process group that starts and ends through a pipe, and kills all live ones when the
//! pipe closes, which happens however this program ends, also by SIGKILL. This reaches whole groups, does not
//! depend on which thread started a process (as a parent-death signal does), and needs no code between fork
//! and exec.

use std::collections::HashSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process_group};

/// A process group, by the process id of its leader.
pub(crate) type Group = Pid;

/// Live groups are variables `live_<group>`, so a change costs the same however many there are.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r change group; do
  case $change in
    +) eval "live_$group=1" ;;
    -) unset "live_$group" ;;
  esac
done
set | while IFS='=' read -r name value; do
  case $name in
    live_*) kill -s KILL -- "-${name#live_}" ;;
  esac
done
"#;

/// The live process groups, and the process that ends them if this program cannot.
#[derive(Default)]
pub(crate) struct Guardian {
    watch: Mutex<Watch>,
}

#[derive(Default)]
struct Watch {
    groups: HashSet<Group>,
    process: Option<(Child, ChildStdin)>,
    /// The groups are being killed: whatever starts from here on is killed as well.
    is_over: bool,
}

impl Guardian {
    /// Watches over `group`, starting the guardian process if there is none.
    ///
    /// # Errors
    /// When there is none and it cannot be started: then nothing may start, as nothing would end it.
    pub(crate) fn watch(&self, group: Group) -> io::Result<()> {
        let mut watch = self.watch.lock();
        if watch.is_over {
            return Err(io::Error::other("the runtimes are shutting down"));
        }
        watch.groups.insert(group);
        if watch.tell('+', group).is_ok() {
            return Ok(());
        }
        let started = watch.start_guardian();
        if started.is_err() {
            watch.groups.remove(&group);
        }
        started
    }

    /// Forgets `group`: it has ended.
    pub(crate) fn dismiss(&self, group: Group) {
        let mut watch = self.watch.lock();
        watch.groups.remove(&group);
        // If the guardian has died, the next start of a process brings a new one.
        let _ = watch.tell('-', group);
    }

    /// Kills all groups at once and lets none start any more.
    pub(crate) fn kill_all(&self) {
        let mut watch = self.watch.lock();
        watch.is_over = true;
        for &group in &watch.groups {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Watch {
    fn tell(&mut self, change: char, group: Group) -> io::Result<()> {
        let (_, pipe) = self.process.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        pipe.write_all(format!("{change} {}\n", group.as_raw_nonzero()).as_bytes())
    }

    fn start_guardian(&mut self) -> io::Result<()> {
        let mut shell = Command::new("/bin/sh");
        // A group of its own: a Ctrl-C in the terminal must not reach it before it has done its work.
        shell.args(["-c", SCRIPT, "tidegate-guardian"]).current_dir("/").env_clear().process_group(0);
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let pipe = child.stdin.take().expect("stdin was asked to be a pipe");
        if let Some((mut dead, _)) = self.process.replace((child, pipe)) {
            dead.wait()?;
        }
        let groups: Vec<Group> = self.groups.iter().copied().collect();
        groups.into_iter().try_for_each(|group| self.tell('+', group))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((mut child, pipe)) = self.process.take() {
            drop(pipe);
            let _ = child.wait();
        }
    }
}
