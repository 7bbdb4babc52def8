//! Starting a process: finding its program, its directory and its environment, and saying what is missing.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process_group};
use tidegate_model::function::CommandLine;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};

use super::environment::Environment;
use super::limits::Limits;
use super::{Guardian, Process};

/// What to start, and how.
pub(crate) struct Launch {
    /// The program and its arguments.
    pub(crate) argv: Vec<OsString>,
    pub(crate) directory: PathBuf,
    pub(crate) environment: Environment,
    pub(crate) limits: Limits,
    pub(crate) stdin: Stdio,
    pub(crate) stdout: Stdio,
    pub(crate) stderr: Stdio,
}

/// Our ends of a process's pipes, those that were asked for.
pub(crate) struct Pipes {
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<ChildStdout>,
    pub(crate) stderr: Option<ChildStderr>,
}

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the directory `{}` does not exist", directory.display())]
    NoDirectory { directory: PathBuf },
    #[error("the command is empty: give a program and its arguments, or a line for the shell")]
    NoProgram,
    #[error("the program `{}` was not found{}", program.display(), hint(program))]
    NotFound { program: PathBuf },
    #[error("the program `{}` is not executable: try `chmod +x`", program.display())]
    NotExecutable { program: PathBuf },
    #[error("the program `{}` could not be started: {cause}", program.display())]
    Refused { program: PathBuf, cause: io::Error },
}

/// Where a program was looked for, or how to get one that we need ourselves.
fn hint(program: &Path) -> &'static str {
    match program.to_str() {
        Some("python3") => " on the search path: install python3, or set TIDEGATE_PYTHON to the interpreter",
        Some("node") => " on the search path: install nodejs, or set TIDEGATE_NODE to the executable",
        Some(name) if !name.contains('/') => {
            " on the search path (PATH): install it, or give its path; one that starts with `./` is relative \
             to the function's directory"
        }
        _ => ": check the path; a relative one starts from the function's directory",
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::new(errors::NOT_STARTED, Text::from(error.to_string()))
    }
}

/// The argument vector of a command line.
pub(crate) fn argv(line: &CommandLine) -> Vec<OsString> {
    match line {
        CommandLine::Shell(line) => ["/bin/sh", "-c", line].map(OsString::from).to_vec(),
        CommandLine::Program(argv) => argv.iter().map(OsString::from).collect(),
    }
}

/// The directory that a function runs in: its own, relative to that of its workflow file.
pub(crate) fn directory(base: Option<&str>, own: Option<&str>) -> PathBuf {
    let base = Path::new(base.filter(|base| !base.is_empty()).unwrap_or("."));
    base.join(own.unwrap_or(""))
}

impl Launch {
    /// Starts the process, under the eyes of `guardian`.
    ///
    /// # Errors
    /// [`StartError`] says what is missing.
    pub(crate) async fn start(self, guardian: Arc<Guardian>) -> Result<(Process, Pipes), StartError> {
        let program = self.argv.first().map(PathBuf::from).ok_or(StartError::NoProgram)?;
        // Starting blocks until the new process has read its program from disk.
        let started = tokio::task::spawn_blocking(move || self.start_blocking(guardian)).await;
        started.unwrap_or_else(|gone| Err(StartError::Refused { program, cause: io::Error::other(gone) }))
    }

    fn start_blocking(self, guardian: Arc<Guardian>) -> Result<(Process, Pipes), StartError> {
        // Relative programs are relative to the function's directory, so both need to be absolute.
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|_| StartError::NoDirectory { directory: path.to_owned() })
        };
        let directory = absolute(&self.directory)?;
        if !directory.is_dir() {
            return Err(StartError::NoDirectory { directory });
        }
        let mut argv = self.argv;
        let named = argv.first().map(PathBuf::from).ok_or(StartError::NoProgram)?;
        let program = find(&named, &directory, self.environment.get("PATH"))?;
        argv[0] = program.clone().into_os_string();
        let argv = self.limits.enforce(argv);

        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).current_dir(&directory).process_group(0);
        command.env_clear().envs(self.environment.into_variables());
        command.stdin(self.stdin).stdout(self.stdout).stderr(self.stderr);
        let refused = |cause| StartError::Refused { program: program.clone(), cause };
        let mut child = command.spawn().map_err(refused)?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let group = id.expect("a child that was not waited for has an id");
        if let Err(cause) = guardian.watch(group) {
            let _ = kill_process_group(group, Signal::KILL);
            return Err(refused(cause));
        }
        let pipes =
            Pipes { stdin: child.stdin.take(), stdout: child.stdout.take(), stderr: child.stderr.take() };
        Ok((Process::new(child, group, guardian), pipes))
    }
}

/// Finds a program as a shell does: a name with a slash is a path, any other is looked for on the search
/// path.
fn find(named: &Path, directory: &Path, search: Option<&OsStr>) -> Result<PathBuf, StartError> {
    if named.as_os_str().as_encoded_bytes().contains(&b'/') {
        let program = directory.join(named);
        return match program.metadata() {
            Ok(file) if file.is_dir() || file.permissions().mode() & 0o111 == 0 => {
                Err(StartError::NotExecutable { program })
            }
            Ok(_) => Ok(program),
            Err(_) => Err(StartError::NotFound { program }),
        };
    }
    let search = search.unwrap_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"));
    let is_program = |path: &PathBuf| {
        path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let candidates = std::env::split_paths(search).map(|place| directory.join(place).join(named));
    candidates.into_iter().find(is_program).ok_or_else(|| StartError::NotFound { program: named.to_owned() })
}
