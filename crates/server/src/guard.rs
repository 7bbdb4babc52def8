//! Which requests are let in at all.
//!
//! Tidegate asks for no password on the machine it runs on, but a browser there carries the requests of any web
//! page. Two checks keep pages out: the host that is asked for must be this one (a page may point a name of its own
//! at this machine), and what changes anything must not come from a page of another origin.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, header};

use crate::problem::Kind;
use crate::{App, Problem};

pub(crate) async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    match check(&app.settings.hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(hosts: &[String], request: &Request) -> Result<(), Problem> {
    // HTTP/2 has it in the URI.
    let stated = text(request.headers(), header::HOST);
    let authority = request.uri().authority().map(http::uri::Authority::as_str).or(stated);
    if let Some(authority) = authority
        && !is_own(hosts, host(authority))
    {
        let help = "address it as localhost or by its IP address, or start it with the name among its hosts";
        return Err(Problem::new(Kind::WrongHost, format!("this server is not `{authority}`")).help(help));
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(origin) = text(request.headers(), header::ORIGIN).filter(|_| !is_safe) else { return Ok(()) };
    let from = origin.split_once("://").map(|(_, authority)| authority);
    if from.is_some() && from == authority {
        return Ok(());
    }
    Err(Problem::new(Kind::NotAllowed, format!("a page of `{origin}` may not change anything here")))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    // What is not ASCII is no host and no origin: it stands for itself and matches nothing.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// The host of an authority: without a port, and without the brackets of an IPv6 address.
fn host(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

/// What clients of AWS put before the name of the host for some operations.
const AWS_PREFIX: &str = "sync-";

/// An address cannot be pointed elsewhere by who owns a name; `localhost` is nobody's. Neither are these with the prefix
/// of AWS, and one of our own with it belongs to whom ours does.
fn is_own(hosts: &[String], host: &str) -> bool {
    let host = host.strip_prefix(AWS_PREFIX).unwrap_or(host);
    host.parse::<std::net::IpAddr>().is_ok()
        || host.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(method: &str, host: &str, origin: Option<&str>) -> bool {
        let mut request = Request::builder().method(method).uri("/").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        check(&["tide.example".to_owned()], &request.body(axum::body::Body::empty()).unwrap()).is_ok()
    }

    #[test]
    fn only_names_of_this_server_are_answered() {
        for own in [
            "localhost",
            "sync-localhost:8433",
            "sync-127.0.0.1",
            "LocalHost:8433",
            "127.0.0.1:1",
            "[::1]:8433",
            "10.0.0.7",
            "tide.example:80",
        ] {
            assert!(admits("GET", own, None), "{own}");
        }
        for other in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", "[", "1.2.3"]
        {
            assert!(!admits("GET", other, None), "{other}");
        }
    }

    #[test]
    fn pages_of_other_origins_change_nothing() {
        assert!(admits("POST", "localhost:8433", None));
        assert!(admits("POST", "localhost:8433", Some("http://localhost:8433")));
        assert!(admits("GET", "localhost:8433", Some("https://evil.example")));
        for origin in ["https://evil.example", "null", "http://localhost:9000", ""] {
            assert!(!admits("POST", "localhost:8433", Some(origin)), "{origin}");
            assert!(!admits("DELETE", "localhost:8433", Some(origin)), "{origin}");
        }
    }
}
