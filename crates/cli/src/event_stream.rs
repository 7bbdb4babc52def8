//! Server-sent events, as the WHATWG HTML standard defines them (section 9.2.6, interpreting an event stream).

use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Events from a server, one after another.
#[derive(Debug)]
pub(crate) struct EventStream {
    body: Incoming,
    parser: Parser,
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    /// Its type; empty where the server names none.
    pub(crate) kind: String,
    /// What it carries.
    pub(crate) data: String,
}

impl EventStream {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body, parser: Parser::default() }
    }

    /// The next event; `None` once the server has closed the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<ServerEvent>, hyper::Error> {
        loop {
            if let Some(event) = self.parser.next() {
                return Ok(Some(event));
            }
            match self.body.frame().await {
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.parser.bytes.extend_from_slice(&data);
                    }
                }
                None => return Ok(None),
            }
        }
    }
}

/// Cuts bytes into lines, and lines into events.
#[derive(Debug, Default)]
struct Parser {
    bytes: Vec<u8>,
    event: ServerEvent,
    has_data: bool,
}

impl Parser {
    /// The next event that is complete.
    fn next(&mut self) -> Option<ServerEvent> {
        while let Some(end) = self.bytes.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if !line.is_empty() {
                self.take(line);
                continue;
            }
            let event = std::mem::take(&mut self.event);
            if std::mem::take(&mut self.has_data) {
                return Some(event);
            }
        }
        None
    }

    fn take(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.kind),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // Comments (no field name) keep the connection alive; `id` and `retry` are for clients that reconnect.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_wherever_the_bytes_are_cut() {
        let text = ": hello\n\nid: 3\nevent: step\ndata: {\"a\":\ndata: 1}\n\ndata\r\n\r\nevent: no data\n\ndata: cut";
        let expected = [("step", "{\"a\":\n1}"), ("", "")]
            .map(|(kind, data)| ServerEvent { kind: kind.to_owned(), data: data.to_owned() });
        for cut in 0..text.len() {
            let mut parser = Parser::default();
            let mut events = Vec::new();
            for part in [&text[..cut], &text[cut..]] {
                parser.bytes.extend_from_slice(part.as_bytes());
                events.extend(std::iter::from_fn(|| parser.next()));
            }
            assert_eq!(events, expected, "cut at {cut}");
        }
    }
}
