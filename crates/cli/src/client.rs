//! A client of Tidegate's HTTP API: one request, one answer, and problems in words.
//!
//! Speaks HTTP/1.1 without TLS and opens a connection for each request: commands are short.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tidegate_json::Value;
use tokio::net::TcpStream;

use crate::event_stream::EventStream;
use crate::problem::{Exit, Problem, Result};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Which server a command talks to.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServerArguments {
    /// The server to talk to
    #[arg(long, value_name = "URL", env = "TIDEGATE_SERVER", default_value = SERVER_DEFAULT)]
    pub(crate) server: String,
}

/// Where `tidegate dev` listens unless told otherwise.
pub(crate) const SERVER_DEFAULT: &str = "http://127.0.0.1:8433";

/// A server, by its address.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// As the person gave it, without a slash at the end.
    url: String,
    /// Host and port, as a `Host` header names them.
    authority: String,
    /// Host and port to connect to.
    address: String,
}

/// A request to be.
#[derive(Debug)]
pub(crate) struct Request {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Request {
    /// A request for `path`, which starts with a slash and may have a query.
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Bytes::new() }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends `text` of the given media type.
    pub(crate) fn body(self, media_type: &str, text: impl Into<String>) -> Self {
        let mut request = self.header("content-type", media_type);
        request.body = Bytes::from(text.into());
        request
    }

    /// Sends a JSON document.
    pub(crate) fn json(self, document: &Value) -> Self {
        self.body("application/json", document.to_text())
    }
}

impl Client {
    /// A client of the server that was chosen.
    pub(crate) fn new(arguments: &ServerArguments) -> Result<Self> {
        let url = arguments.server.trim_end_matches('/');
        let malformed = || {
            Problem::invalid(format!("`{url}` is not the address of a server"))
                .help(format!("give it as --server {SERVER_DEFAULT}, or in TIDEGATE_SERVER"))
        };
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        if uri.scheme_str() == Some("https") {
            let help =
                "reach it through a tunnel or a proxy on this machine, and give that one's http:// address";
            return Err(Problem::invalid(format!("`{url}`: this client speaks no TLS")).help(help));
        }
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(malformed)?;
        if !matches!(uri.path(), "" | "/") {
            return Err(malformed());
        }
        let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
        Ok(Self { url: url.to_owned(), authority: authority.to_string(), address })
    }

    /// Whether the server is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(host, _)| host);
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// The document at `path`.
    pub(crate) async fn get(&self, path: impl Into<String>) -> Result<Value> {
        self.send(Request::new(Method::GET, path)).await
    }

    /// Sends `request` and takes the whole answer: `null` where the server has nothing to say.
    ///
    /// # Errors
    /// No server there, or what it says is wrong, with the exit code that goes with its status.
    pub(crate) async fn send(&self, request: Request) -> Result<Value> {
        let body = self.text(request).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        Value::parse_slice(&body).map_err(|error| {
            Problem::failed(format!("the answer of {} is not JSON", self.url)).note(error.to_string()).help(
                "is it a Tidegate server? another program may listen there; `--server` names the right one",
            )
        })
    }

    /// Sends `request` and takes the whole answer, of whatever media type.
    pub(crate) async fn text(&self, request: Request) -> Result<Bytes> {
        let response = self.open(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| self.broke(&error))?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(refused(status, &body)) }
    }

    /// The events that the server sends from now on.
    pub(crate) async fn stream(&self, path: impl Into<String>) -> Result<EventStream> {
        let request = Request::new(Method::GET, path).header("accept", "text/event-stream");
        let response = self.open(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(EventStream::new(response.into_body()));
        }
        let body = response.into_body().collect().await.map_err(|error| self.broke(&error))?.to_bytes();
        Err(refused(status, &body))
    }

    async fn open(&self, request: Request) -> Result<http::Response<Incoming>> {
        let stream = self.connect().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broke(&error))?;
        // Ends with the connection; what goes wrong there is told by the request.
        tokio::spawn(connection);
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(request.path)
            .header("host", &self.authority)
            .header("user-agent", concat!("tidegate/", env!("CARGO_PKG_VERSION")));
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let request = builder
            .body(Full::new(request.body))
            .map_err(|error| Problem::invalid("the request cannot be sent").because(&error))?;
        sender.send_request(request).await.map_err(|error| self.broke(&error))
    }

    async fn connect(&self) -> Result<TcpStream> {
        let help = "start one with `tidegate dev`, or name another with --server or TIDEGATE_SERVER";
        match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.address)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Err(Problem::failed(format!("no server at {}", self.url)).help(help))
            }
            Ok(Err(error)) => {
                Err(Problem::failed(format!("cannot reach {}", self.url)).because(&error).help(help))
            }
            Err(_) => Err(Problem::new(Exit::TimedOut, format!("{} does not answer", self.url)).help(help)),
        }
    }

    fn broke(&self, error: &(dyn std::error::Error + 'static)) -> Problem {
        Problem::failed(format!("{} did not answer to the end", self.url))
            .because(error)
            .help("did the server stop? its log says why; whatever it had acknowledged is kept")
    }
}

/// Does `work` on a runtime of this thread: a command that waits for a server has nothing else to do.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::io("cannot start the async runtime", &error))?
        .block_on(work)
}

/// A path segment or query value: `text` with every byte outside of the unreserved ones (RFC 3986, section
/// 2.3) percent-encoded.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The things on a page of a list.
pub(crate) fn items(page: &Value) -> Vec<Value> {
    page.get("items").and_then(Value::as_array).map(|items| items.to_vec()).unwrap_or_default()
}

/// A query from the parameters that are there, with its question mark.
pub(crate) fn query(parameters: &[(&str, Option<String>)]) -> String {
    let mut out = String::new();
    for (name, value) in parameters {
        if let Some(value) = value {
            let _ = write!(out, "{}{name}={}", if out.is_empty() { '?' } else { '&' }, encoded(value));
        }
    }
    out
}

/// The problem that an answer states (RFC 9457), or as much as can be told from its status.
fn refused(status: StatusCode, body: &[u8]) -> Problem {
    let exit = match status.as_u16() {
        401 | 403 => Exit::Denied,
        404 | 410 => Exit::NotFound,
        408 | 504 => Exit::TimedOut,
        400..500 if status != StatusCode::TOO_MANY_REQUESTS => Exit::Invalid,
        _ => Exit::Failed,
    };
    let document = Value::parse_slice(body).unwrap_or_default();
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let message = match (text("title"), text("detail")) {
        (_, Some(detail)) => detail.to_owned(),
        (Some(title), None) => title.to_owned(),
        (None, None) => format!("the server answered {status}"),
    };
    let mut problem = Problem::new(exit, message);
    let errors = document.get("errors").and_then(Value::as_array);
    for error in errors.into_iter().flat_map(|errors| errors.iter()) {
        problem = problem.note(located(error));
    }
    if let (None, Some(place)) = (errors, place(&document)) {
        problem = problem.note(place);
    }
    match text("help") {
        Some(help) => problem.help(help),
        None if matches!(status.as_u16(), 429 | 503) => {
            problem.help("nothing was taken; try again in a moment")
        }
        None if status == StatusCode::PAYLOAD_TOO_LARGE => {
            problem.help("nothing was taken; put it where functions can reach it, and send a reference")
        }
        None => problem,
    }
}

/// One mistake of a problem: where, what, and the way out.
fn located(error: &Value) -> String {
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    let mut line = place(error).map(|place| format!("{place}: ")).unwrap_or_default();
    line.push_str(text("message").or(text("detail")).or(text("title")).unwrap_or("not valid"));
    if let Some(help) = text("help") {
        let _ = write!(line, "\n{help}");
    }
    line
}

fn place(error: &Value) -> Option<String> {
    let number = |key: &str| error.get(key).and_then(Value::as_u64);
    match (number("line"), number("column"), error.get("pointer").and_then(Value::as_str)) {
        (Some(line), Some(column), _) => Some(format!("line {line}, column {column}")),
        (Some(line), None, _) => Some(format!("line {line}")),
        (None, _, Some(pointer)) => {
            Some(format!("at {}", if pointer.is_empty() { "the top" } else { pointer }))
        }
        (None, _, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_for_paths() {
        assert_eq!(encoded("r12/trigger a"), "r12%2Ftrigger%20a");
        assert_eq!(query(&[("a", None), ("b", Some("x&y".into())), ("c", Some("1".into()))]), "?b=x%26y&c=1");
        assert_eq!(query(&[("a", None)]), "");
    }

    #[test]
    fn addresses_of_servers_are_checked() {
        let client = |server: &str| Client::new(&ServerArguments { server: server.to_owned() });
        assert_eq!(client("http://localhost").unwrap().address, "localhost:80");
        assert_eq!(client("http://[::1]:8433/").unwrap().address, "[::1]:8433");
        for (server, is_local) in [
            ("http://localhost", true),
            ("http://[::1]:8433", true),
            ("http://127.0.0.1:1", true),
            ("http://example.org:8433", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(client(server).unwrap().is_local(), is_local, "{server}");
        }
        for bad in ["", "localhost:8433", "https://example.org", "http://", "http://a/b", "ftp://a"] {
            assert!(client(bad).is_err(), "{bad}");
        }
    }
}
