//! The real binary as a process, and plain HTTP to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use tidegate_json::Value;

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one on the data in `place`, and waits until it serves.
    pub(crate) fn start(place: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(["dev", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data"])
            .arg(place.join("data"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut ready = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut ready).expect("stdout is text");
        let address =
            ready.trim().strip_prefix("ready http://").unwrap_or_else(|| panic!("not ready: {ready:?}"));
        Self { address: address.to_owned(), child }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// Kills it (SIGKILL) after `life`, from a thread of its own.
    pub(crate) fn kill_after(mut self, life: Duration) -> JoinHandle<()> {
        std::thread::spawn(move || {
            std::thread::park_timeout(life);
            self.child.kill().expect("it was alive");
            self.child.wait().expect("it ends");
        })
    }

    /// Asks it to end (SIGTERM), and checks that it does so in order.
    pub(crate) fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is alive");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// Its document, where it tells of success.
    pub(crate) fn expect_success(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.body);
        Value::parse(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request; `None` where the server died before it had answered in full.
pub(crate) fn request(
    address: &str,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let whole = length.is_some_and(|length| body.len() == length);
    whole.then(|| Answer { status, body: body.to_owned() })
}
