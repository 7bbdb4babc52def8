//! A place to run the binary in: an empty directory, with an environment that says nothing about Tidegate.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use expect_test::Expect;

/// An empty directory, gone at the end of the test.
pub(crate) struct Place {
    directory: tempfile::TempDir,
}

/// What a command left behind.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A command that runs.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    pub(crate) stderr: BufReader<ChildStderr>,
}

/// A server that has said that it is ready.
pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) url: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        let inherited = std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "TMPDIR");
        command.args(arguments).current_dir(self.directory.path()).env_clear().envs(inherited);
        command
    }

    /// Runs `tidegate` to its end.
    pub(crate) fn tidegate(&self, arguments: &[&str]) -> Ended {
        self.tidegate_with_stdin(arguments, "")
    }

    pub(crate) fn tidegate_with_stdin(&self, arguments: &[&str], stdin: &str) -> Ended {
        let piped = || Stdio::piped();
        let mut child =
            self.command(arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        // A command that does not read its input has closed it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: self.steady(&String::from_utf8(output.stdout).unwrap()),
            stderr: self.steady(&String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// Starts `tidegate` and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running { child, stdout, stderr }
    }

    /// Starts `tidegate dev` on a free port and waits until it serves.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        let mut all = vec!["dev", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        let mut running = self.start(&all);
        let mut line = String::new();
        running.stdout.read_line(&mut line).unwrap();
        match line.strip_prefix("ready ") {
            Some(url) => Server { running, url: url.trim_end().to_owned() },
            None => {
                let mut log = String::new();
                std::io::Read::read_to_string(&mut running.stderr, &mut log).unwrap();
                panic!("no ready line, but {line:?}; stderr:\n{log}")
            }
        }
    }

    /// `text` with what differs from run to run replaced: this directory, lengths of time, points in time.
    pub(crate) fn steady(&self, text: &str) -> String {
        let canonical = self.directory.path().canonicalize().unwrap();
        let text = text.replace(&*canonical.to_string_lossy(), "DIR");
        let text = text.replace(&*self.directory.path().to_string_lossy(), "DIR");
        text.lines()
            .map(|line| line.split(' ').map(steady_word).collect::<Vec<_>>().join(" ") + "\n")
            .collect()
    }
}

/// A word, or what stands for it where it is a measured time.
fn steady_word(word: &str) -> String {
    let end = word.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '"').len();
    let (core, tail) = word.split_at(end);
    let digits = core.trim_end_matches("ms").trim_end_matches('s');
    let is_span = digits.len() < core.len()
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_point = core.len() == 24 && core.ends_with('Z') && core.starts_with("20");
    match (is_span, is_point) {
        (true, _) => format!("SPAN{tail}"),
        (_, true) => format!("TIME{tail}"),
        (false, false) => word.to_owned(),
    }
}

impl Ended {
    /// Compares everything that a command leaves behind.
    #[expect(clippy::needless_pass_by_value, reason = "the macro makes a value")]
    pub(crate) fn check(&self, expected: Expect) {
        let mut shown =
            format!("exit {}\n", self.code.map_or("by signal".to_owned(), |code| code.to_string()));
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            for line in text.lines() {
                let _ = writeln!(shown, "{}", format!("{name}: {line}").trim_end());
            }
        }
        expected.assert_eq(&shown);
    }

    /// The stdout of a command that has to succeed.
    #[track_caller]
    pub(crate) fn stdout(&self) -> &str {
        assert_eq!(self.code, Some(0), "stderr:\n{}", self.stderr);
        self.stdout.trim_end()
    }
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads stderr up to the line that starts with `start`.
    #[track_caller]
    pub(crate) fn wait_for_line(&mut self, start: &str) {
        let mut seen = String::new();
        loop {
            let from = seen.len();
            let read = self.stderr.read_line(&mut seen).unwrap();
            assert!(read > 0, "stderr ended without a line that starts with {start:?}:\n{seen}");
            if seen[from..].starts_with(start) {
                return;
            }
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(mut self, signal: rustix::process::Signal) -> Ended {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
        self.wait()
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        std::io::Read::read_to_string(&mut self.stdout, &mut stdout).unwrap();
        std::io::Read::read_to_string(&mut self.stderr, &mut stderr).unwrap();
        let code = self.child.wait().unwrap().code();
        Ended { code, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Has usually ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Ends the server as whoever supervises it would.
    pub(crate) fn stop(self) -> Ended {
        self.running.end(rustix::process::Signal::TERM)
    }
}

/// A command of the client against `server`.
pub(crate) fn client(place: &Place, server: &Server, arguments: &[&str]) -> Ended {
    let mut command = arguments.to_vec();
    command.extend(["--server", &server.url]);
    place.tidegate(&command)
}

/// Makes a pipe that has a name; whatever was there is gone.
pub(crate) fn make_pipe(path: &Path) {
    // There may have been none.
    let _ = std::fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
