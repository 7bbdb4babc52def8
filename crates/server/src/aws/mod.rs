//! The AWS doors: clients of AWS Step Functions and AWS Lambda work here as they are.
//!
//! A door keeps its own records (state machines, activities, functions, roles) in the journal, on shelves; everything
//! else it says is read from the node. Whoever signs is believed: no signature is checked.
//!
//! In reading order:
//! - `caller`: the account and the region that a request is for; `fault`: what goes wrong, in AWS's shapes
//! - `call`: a request by operation name (AWS JSON 1.0), and `page`: lists, page by page
//! - `arn`: names of things; `shelf`: records of the door; `draw`: what has to be unlike everything else
//! - [`states`]: AWS Step Functions
//! - [`lambda`]: AWS Lambda
//! - [`query`]: what clients ask of AWS STS and AWS IAM on the way

pub(crate) mod arn;
pub(crate) mod call;
pub(crate) mod caller;
pub(crate) mod draw;
pub(crate) mod fault;
pub(crate) mod lambda;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod shelf;
pub(crate) mod states;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{Mutex, MutexGuard};

use crate::problem::Kind;
use crate::{App, Problem, request};

/// What the doors share, beside the node.
#[derive(Clone)]
pub(crate) struct Doors {
    /// Code of functions that came in archives.
    pub(crate) code: lambda::Code,
    /// Parts of long histories, for the next page.
    pub(crate) histories: states::Recent,
    /// Held while a record is read, changed and written.
    changing: Arc<Mutex<()>>,
}

impl Doors {
    /// Doors that unpack code into `code`, or into a directory of their own.
    pub(crate) fn new(code: Option<PathBuf>) -> Self {
        Self { code: lambda::Code::new(code), histories: states::Recent::default(), changing: Arc::default() }
    }

    /// Nobody else changes a record while this is held.
    pub(crate) async fn change(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }
}

/// Routes of the doors that have paths of their own.
pub(crate) fn routes() -> Router<App> {
    lambda::routes()
}

/// `POST /`: operations by name, in either of AWS's ways to state it.
pub(crate) async fn operations(State(app): State<App>, request: Request) -> Response {
    if request.headers().contains_key(call::TARGET) {
        return call::answer(app, request).await;
    }
    if request::media_type(request.headers()) == "application/x-www-form-urlencoded" {
        return query::answer(app, request).await;
    }
    let help = "an AWS client states an operation in `X-Amz-Target` or sends a form with an `Action`";
    Problem::new(Kind::MalformedRequest, "a POST to `/` has to name an operation").help(help).into_response()
}
