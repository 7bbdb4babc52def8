//! Limits that the kernel keeps for a process: its address space and its CPU time.
//!
//! They are set by a shell that then becomes the program, as `ulimit` needs no code between fork and exec.

use std::ffi::OsString;

use tidegate_model::FunctionLimits;

/// Limits of one process. `None` does not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) memory_mib: Option<u64>,
    pub(crate) cpu_seconds: Option<u64>,
}

impl From<&FunctionLimits> for Limits {
    fn from(limits: &FunctionLimits) -> Self {
        Self { memory_mib: limits.memory_mib, cpu_seconds: limits.cpu_seconds }
    }
}

impl Limits {
    /// `argv` so that it runs within the limits.
    pub(crate) fn enforce(self, argv: Vec<OsString>) -> Vec<OsString> {
        let mut script = String::new();
        if let Some(mib) = self.memory_mib {
            script.push_str(&format!("ulimit -v {} && ", mib.saturating_mul(1024)));
        }
        if let Some(seconds) = self.cpu_seconds {
            // The soft limit first, as it sends SIGXCPU, which tells the reason; the hard one kills those who
            // ignore it.
            script.push_str(&format!(
                "ulimit -S -t {seconds} && ulimit -H -t {} && ",
                seconds.saturating_add(1)
            ));
        }
        if script.is_empty() {
            return argv;
        }
        script.push_str("exec \"$@\"");
        let shell = ["/bin/sh", "-c", &script, "tidegate-limits"].map(OsString::from);
        shell.into_iter().chain(argv).collect()
    }
}
