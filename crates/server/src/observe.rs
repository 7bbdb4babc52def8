//! What is told of each request, and what becomes of those that no handler answers.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::{Method, Uri, header};

use crate::Problem;
use crate::aws::fault::OwnShape;
use crate::problem::{Kind, MEDIA_TYPE, Told};

/// Logs the request and its answer; a handler that panics has answered with a problem.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let answer = answer.unwrap_or_else(|_| {
        Problem::new(Kind::Internal, "the request met a fault of Tidegate; its log says more").into_response()
    });
    let answer = as_problem(answer, &method, &path);
    let status = answer.status().as_u16();
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let detail = answer.extensions().get::<Told>().map(|told| told.0.as_str());
    if status >= 500 {
        tracing::error!(%method, path, status, took_us, detail, "request failed");
    } else {
        tracing::debug!(%method, path, status, took_us, detail, "request");
    }
    answer
}

/// Has what the framework refuses by itself look like what handlers refuse.
fn as_problem(answer: Response, method: &Method, path: &str) -> Response {
    let is_problem = answer.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == MEDIA_TYPE);
    let is_shaped = is_problem || answer.extensions().get::<OwnShape>().is_some();
    if is_shaped || !answer.status().is_client_error() && !answer.status().is_server_error() {
        return answer;
    }
    match answer.status().as_u16() {
        405 => {
            let allowed = answer.headers().get(header::ALLOW).cloned();
            let methods = allowed.as_ref().and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned();
            let detail = format!("`{path}` does not take {method}; it takes {methods}");
            Problem::new(Kind::MethodNotAllowed, detail).allow(allowed).into_response()
        }
        400..500 => Problem::new(Kind::MalformedRequest, "the request cannot be read").into_response(),
        _ => Problem::new(Kind::Internal, "the request met a fault of Tidegate").into_response(),
    }
}

pub(crate) async fn not_found(uri: Uri) -> Problem {
    let problem = Problem::new(Kind::NotFound, format!("there is nothing at `{}`", uri.path()));
    problem.help("`/openapi.json` lists what there is")
}

/// The framework adds the header `Allow`, from which [`observe`] tells the methods.
pub(crate) async fn method_not_allowed() -> http::StatusCode {
    http::StatusCode::METHOD_NOT_ALLOWED
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_answers_with_a_problem() {
        async fn faulty() -> &'static str {
            panic!("a fault")
        }
        let router: Router = Router::new().route("/", get(faulty)).layer(axum::middleware::from_fn(observe));
        let answer = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    }
}
