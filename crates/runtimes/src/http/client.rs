//! The HTTP client: pooled connections, and what goes wrong with them by name.
//!
//! `https` URLs need the feature of that name; without it they fail with a message that says so.

use std::error::Error as _;
use std::io;

use bytes::Bytes;
use http::response::Parts;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};

use crate::Settings;
use crate::settings::duration;

/// The endpoint's machine answered that nothing listens there.
const CONNECTION_REFUSED: &str = "Http.ConnectionRefused";
/// The endpoint's name has no address.
const UNKNOWN_HOST: &str = "Http.UnknownHost";
/// No connection within [`Settings::connect_timeout`].
const CONNECT_TIMEOUT: &str = "Http.ConnectTimeout";
/// The connection could not be made, or broke off, for another reason.
const CONNECTION_FAILED: &str = "Http.ConnectionFailed";

#[cfg(feature = "https")]
type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "https"))]
type Connector = HttpConnector;

/// A client whose connections are shared by all functions.
pub(crate) struct Client {
    /// Or why no endpoint can be called.
    pool: Result<legacy::Client<Connector, Full<Bytes>>, Failure>,
    answer_max_bytes: usize,
}

impl Client {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(duration(settings.connect_timeout)));
        http.set_nodelay(true);
        let pool = connector(http).map(|connector| {
            legacy::Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)
        });
        Self { pool, answer_max_bytes: settings.output_max_bytes }
    }

    /// Sends `request` and reads the answer whole, up to [`Settings::output_max_bytes`].
    pub(crate) async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(Parts, Bytes), Failure> {
        let pool = self.pool.as_ref().map_err(Clone::clone)?;
        let uri = request.uri().clone();
        let answer = pool.request(request).await.map_err(|error| failure(&uri, &error))?;
        let (head, body) = answer.into_parts();
        let max_bytes = self.answer_max_bytes;
        let body = Limited::new(body, max_bytes).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                let message =
                    format!("the answer is longer than {max_bytes} bytes, the limit `output_max_bytes`");
                Failure::new(errors::LIMIT, Text::from(message))
            } else {
                let message = format!("the answer of {uri} broke off: {error}");
                Failure::new(CONNECTION_FAILED, Text::from(message))
            }
        })?;
        Ok((head, body.to_bytes()))
    }
}

#[cfg(feature = "https")]
fn connector(mut http: HttpConnector) -> Result<Connector, Failure> {
    http.enforce_http(false);
    let builder = hyper_rustls::HttpsConnectorBuilder::new().with_native_roots().map_err(|error| {
        let message =
            format!("no certificates of authorities to trust: {error}; set SSL_CERT_FILE to a bundle");
        Failure::new(errors::NOT_STARTED, Text::from(message))
    })?;
    Ok(builder.https_or_http().enable_http1().wrap_connector(http))
}

#[cfg(not(feature = "https"))]
fn connector(http: HttpConnector) -> Result<Connector, Failure> {
    Ok(http)
}

#[cfg(feature = "https")]
pub(crate) fn check_scheme(_: &Uri) -> Result<(), Failure> {
    Ok(())
}

#[cfg(not(feature = "https"))]
pub(crate) fn check_scheme(uri: &Uri) -> Result<(), Failure> {
    if uri.scheme_str() == Some("https") {
        let message = format!(
            "`{uri}` needs TLS, which this build leaves out: build Tidegate with the feature `https`, or put a \
             local proxy in front of the endpoint"
        );
        return Err(Failure::new(errors::NOT_STARTED, Text::from(message)));
    }
    Ok(())
}

/// What went wrong before an answer came.
fn failure(uri: &Uri, error: &legacy::Error) -> Failure {
    let causes: Vec<&(dyn std::error::Error + 'static)> =
        std::iter::successors(error.source(), |&cause| cause.source()).collect();
    let kind = causes.iter().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    let is_dns = causes.iter().any(|cause| cause.to_string().starts_with("dns error"));
    let reason = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
    let (name, what) = if is_dns {
        (UNKNOWN_HOST, "the host of {url} has no address")
    } else if kind == Some(io::ErrorKind::ConnectionRefused) {
        (CONNECTION_REFUSED, "nothing listens at {url}")
    } else if kind == Some(io::ErrorKind::TimedOut) && error.is_connect() {
        (CONNECT_TIMEOUT, "no connection to {url} in time")
    } else if error.is_connect() {
        (CONNECTION_FAILED, "no connection to {url}")
    } else {
        (CONNECTION_FAILED, "the connection to {url} broke off before an answer came")
    };
    Failure::new(name, Text::from(format!("{}: {reason}", what.replace("{url}", &uri.to_string()))))
}
