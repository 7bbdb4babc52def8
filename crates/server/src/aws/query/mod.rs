//! The query protocol of AWS: an operation and its members in a form, answers in XML.
//!
//! What tools ask on their way to the other doors: who they are (AWS STS), and roles for state machines and functions to
//! run as (AWS IAM). Roles are kept and told, and permit nothing: nothing here asks for permissions.
//!
//! - `form`: reading forms; `xml`: writing answers
//! - `sts`, `iam`: the operations; `role`: what is kept of a role

pub(crate) mod form;
mod iam;
mod role;
mod sts;
mod xml;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};

use self::form::Form;
use self::xml::Xml;
use super::caller::Caller;
use super::draw;
use super::fault::{Fault, marked};
use crate::problem::Told;
use crate::{App, request};

/// Largest form, in bytes.
const FORM_BYTES_MAX: usize = 1 << 20;

/// What an operation answers: the content of its result, and the namespace that it is in.
struct Answer {
    namespace: &'static str,
    result: Xml,
}

pub(crate) async fn answer(app: App, request: Request) -> Response {
    let (operation, answer) = carry_out(app, request).await;
    match answer {
        Ok(Answer { namespace, result }) => {
            let text = format!(
                "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{result}</{operation}Result>{}</{operation}Response>",
                metadata()
            );
            sent(StatusCode::OK, text)
        }
        Err(fault) => refused(fault),
    }
}

async fn carry_out(app: App, request: Request) -> (String, Result<Answer, Fault>) {
    let caller = Caller::of(request.headers());
    let body = match request::body(request, FORM_BYTES_MAX).await {
        Ok(body) => body,
        Err(problem) => return (String::new(), Err(problem.into())),
    };
    let form = Form::read(&String::from_utf8_lossy(&body));
    let operation = form.text("Action").to_owned();
    let answer = match sts::carry_out(&operation, &caller) {
        Some(result) => Ok(Answer { namespace: sts::NAMESPACE, result }),
        None => {
            let result = iam::carry_out(&app, &caller, &operation, &form).await;
            result.map(|result| Answer { namespace: iam::NAMESPACE, result })
        }
    };
    (operation, answer)
}

fn metadata() -> Xml {
    Xml::element("ResponseMetadata", &Xml::text("RequestId", draw::uuid()))
}

fn refused(fault: Fault) -> Response {
    let kind = if fault.status.is_server_error() { "Receiver" } else { "Sender" };
    let error = Xml::text("Type", kind)
        .and(&Xml::text("Code", fault.code))
        .and(&Xml::text("Message", &fault.message));
    let error = Xml::element("Error", &error).and(&Xml::text("RequestId", draw::uuid()));
    let mut response =
        sent(fault.status, format!("<ErrorResponse xmlns=\"{}\">{error}</ErrorResponse>", iam::NAMESPACE));
    response.extensions_mut().insert(Told(fault.message));
    response
}

fn sent(status: StatusCode, text: String) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    marked(response)
}
