//! Where a call goes.
//!
//! What is said of the service itself goes first, then what is said of all, then this process: its own server for Step
//! Functions and Lambda, its own events for messages. Otherwise the call fails.

use std::path::PathBuf;
use std::sync::OnceLock;

use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};
use tokio::sync::watch;

use super::call::Call;
use super::credentials::Identity;
use super::settings::{AwsEndpoint, AwsSettings};
use super::sign::Credentials;
use super::web::connections::Connections;
use super::{bus, failure};
use crate::Settings;

/// What the calls of a process share.
pub(crate) struct Services {
    pub(super) settings: AwsSettings,
    functions_region: String,
    identity: OnceLock<Identity>,
    pub(super) connections: OnceLock<Result<Connections, Text>>,
    /// Where this process serves, once it does.
    own_address: watch::Sender<Option<String>>,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Remote(Endpoint),
    Directory(PathBuf),
    /// It becomes an event of this Tidegate.
    Here,
}

/// A service behind a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `http://localhost:8000`: without a slash at the end.
    pub(super) url: String,
    /// Whether it is AWS itself, where operations may have hosts of their own.
    pub(super) is_aws: bool,
    /// What requests are signed for.
    pub(super) region: String,
    pub(super) credentials: Credentials,
}

impl Services {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.aws.clone(),
            functions_region: settings.region.clone(),
            identity: OnceLock::new(),
            connections: OnceLock::new(),
            own_address: watch::Sender::new(None),
        }
    }

    /// This process serves at `url`.
    pub(crate) fn serves_at(&self, url: &str) {
        self.own_address.send_replace(Some(url.trim_end_matches('/').to_owned()));
    }

    /// Where `call` goes.
    pub(super) async fn place(&self, call: &Call) -> Result<Place, Failure> {
        let name = call.service_name.as_str();
        match self.endpoint_of(name) {
            Some(AwsEndpoint::Aws) => self.at_aws(call).map(Place::Remote),
            Some(AwsEndpoint::Url(url)) => Ok(Place::Remote(self.at_url(url.clone()))),
            Some(AwsEndpoint::Directory(root)) => Ok(Place::Directory(root.clone())),
            None if bus::takes(call) => Ok(Place::Here),
            None if self.settings.serves && matches!(name, "sfn" | "lambda") => {
                let mut address = self.own_address.subscribe();
                // Ends with an error only when the host is gone, and then nobody waits here.
                let told = address.wait_for(Option::is_some).await.ok();
                let url = told.and_then(|url| url.clone()).ok_or_else(|| failure::no_endpoint(name))?;
                Ok(Place::Remote(self.at_url(url)))
            }
            None => Err(failure::no_endpoint(name)),
        }
    }

    /// What an operator says about the service.
    pub(super) fn endpoint_of(&self, service: &str) -> Option<&AwsEndpoint> {
        self.settings.endpoints.get(service).or(self.settings.default_endpoint.as_ref())
    }

    fn identity(&self) -> &Identity {
        self.identity.get_or_init(Identity::of_process)
    }

    fn at_url(&self, url: String) -> Endpoint {
        let of_environment = is_of_environment().then(|| self.identity().credentials.clone()).flatten();
        Endpoint {
            url,
            is_aws: false,
            region: self.settings.region.clone().unwrap_or_else(|| self.functions_region.clone()),
            credentials: of_environment.unwrap_or_else(Credentials::made_up),
        }
    }

    fn at_aws(&self, call: &Call) -> Result<Endpoint, Failure> {
        let (region, credentials) = self.at_amazon()?;
        Ok(Endpoint {
            url: format!("https://{}", call.service.host(&region)),
            is_aws: true,
            region: call.service.signing_region(&region).to_owned(),
            credentials,
        })
    }

    /// The region and the credentials of calls to AWS itself.
    pub(super) fn at_amazon(&self) -> Result<(String, Credentials), Failure> {
        let identity = self.identity();
        let region = self.settings.region.clone().or_else(|| identity.region.clone());
        let region = region.unwrap_or_else(|| self.functions_region.clone());
        let credentials = identity.credentials.clone().ok_or_else(|| no_credentials(&identity.profile))?;
        Ok((region, credentials))
    }
}

/// Whether the credentials were given to this process on purpose, and are not merely in the user's home.
fn is_of_environment() -> bool {
    std::env::var_os("AWS_ACCESS_KEY_ID").is_some()
}

fn no_credentials(profile: &str) -> Failure {
    let message = format!(
        "no credentials for AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them into the profile \
         `{profile}` of ~/.aws/credentials (AWS_PROFILE names another)"
    );
    Failure::new(errors::NOT_STARTED, Text::from(message))
}
