//! The page that a browser gets: what this is, and where to look.

use axum::response::Html;
use http::header::{self, HeaderName};

/// What the page may load and do: nothing but its own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub(crate) async fn page() -> ([(HeaderName, &'static str); 1], Html<&'static str>) {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("home.html")))
}
