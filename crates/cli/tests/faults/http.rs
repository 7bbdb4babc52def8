//! Plain HTTP to a server, for what the client of the command line does not say: status and problem.

use std::io::{Read, Write};
use std::net::TcpStream;

use tidegate_json::Value;

use crate::place::Server;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) body: String,
}

impl Answer {
    /// The document of the answer.
    pub(crate) fn document(&self) -> Value {
        Value::parse(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub(crate) fn get(server: &Server, path: &str) -> Answer {
    request(server, "GET", path, "application/json", "")
}

/// One request on a connection of its own.
pub(crate) fn request(server: &Server, method: &str, path: &str, media_type: &str, body: &str) -> Answer {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: {media_type}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    };
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        media_type: header("content-type").unwrap_or_default().to_owned(),
        body: body.to_owned(),
    }
}

/// A sample of the page of metrics.
pub(crate) fn metric(server: &Server, name: &str) -> u64 {
    let page = get(server, "/metrics").body;
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no metric {name}:\n{page}")).parse().unwrap()
}

/// Asks for a metric until it is `wanted`.
pub(crate) fn wait_for_metric(server: &Server, name: &str, wanted: impl Fn(u64) -> bool) {
    // Each look is a request that the server answers between two batches, so this neither spins nor sleeps.
    let looks = std::iter::repeat_with(|| metric(server, name));
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let found = looks.take_while(|_| std::time::Instant::now() < limit).any(wanted);
    assert!(found, "{name} never was what it should become; it is {}", metric(server, name));
}
