//! Functions that are actions of services: AWS, what speaks its protocols, and URLs.
//!
//! Owns the way of a call: what is asked, whether its parameters are right, where it goes, and what comes of it.
//! Invariant: nothing is sent anywhere that an operator has not named; a service without an endpoint fails at once.
//!
//! In reading order:
//! - [`settings`]: where services are
//! - `call`, `table`: what is asked, and what is known of each service
//! - `parameters`, `optimised`: parameters checked and put right, results put right
//! - `protocol`, `encoding`: requests and answers; `sign`, `credentials`: who asks
//! - `endpoint`, `remote`: where it goes, and a service at a URL
//! - `bus`: messages that become events here; `buckets`: S3 in a directory
//! - `web`: HTTP tasks and API Gateway
//! - `failure`, `derived`: names of errors, ids that are the same for all attempts

mod buckets;
mod bus;
mod call;
mod credentials;
mod derived;
mod encoding;
mod endpoint;
mod failure;
mod optimised;
mod parameters;
mod protocol;
mod remote;
pub(crate) mod settings;
mod sign;
mod table;
mod web;

use http::{HeaderMap, HeaderValue, StatusCode};
use tidegate_model::function::AwsAction;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Invocation, Outcome, Text};

use crate::host::Host;
use call::Call;
use endpoint::Place;
pub(crate) use endpoint::Services;
pub use web::connections::check_connections;

/// Carries out the action. Dropping the future ends the request.
pub(crate) async fn run(host: &Host, action: &AwsAction, invocation: &Invocation) -> Outcome {
    let result = match (&*action.service, &*action.action) {
        ("http", "invoke") => web::task::invoke(host, invocation).await,
        ("apigateway", "invoke") => web::gateway::invoke(host, invocation).await,
        (_, _) => call_service(host, action, invocation).await,
    };
    match result {
        Ok(data) => Outcome::succeeded(data),
        Err(failure) => Outcome::Failed(failure),
    }
}

async fn call_service(host: &Host, action: &AwsAction, invocation: &Invocation) -> Result<Data, Failure> {
    let call = Call::of(action, invocation)?;
    let input = optimised::parameters(&call, &invocation.input);
    let input = parameters::checked(&call, &input, &invocation.idempotency_key)?;
    let result = match host.services.place(&call).await? {
        Place::Remote(endpoint) => remote::send(host, &call, &endpoint, &input).await?,
        Place::Directory(root) => {
            buckets::perform(root, host.settings.output_max_bytes, &call, input).await?
        }
        Place::Here => {
            let delivery = bus::delivery(&call, &input, invocation)
                .map_err(|problem| failure::invalid(&call.shown(), &problem))?;
            host.publish(delivery.events).await.map_err(|problem| not_published(&problem))?;
            optimised::result(&call, delivery.result, StatusCode::OK, &headers_of(invocation))?
        }
    };
    Ok(Data::json(&result))
}

fn not_published(problem: &Text) -> Failure {
    Failure::new(errors::TASK_FAILED, Text::from(format!("the event was not recorded: {problem}")))
}

/// The headers of an answer that is made here.
fn headers_of(invocation: &Invocation) -> HeaderMap {
    let id = derived::uuid(&["request", &invocation.idempotency_key, &invocation.attempt.to_string()]);
    let id = HeaderValue::from_str(&id).expect("a UUID makes a header value");
    HeaderMap::from_iter([(http::HeaderName::from_static("x-amzn-requestid"), id)])
}
