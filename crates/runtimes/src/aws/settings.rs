//! What an operator says about services: where they are, in which region, and what connections hold.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bus;
use super::call::{service_of, table_name};
use super::table::Service;

/// Where the services are that functions of the runtime `aws` call. By default nowhere: nothing is sent to AWS unless
/// an operator says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AwsSettings {
    /// Where services are that are not at the default endpoint, by their names in `aws-sdk:` resources.
    pub endpoints: BTreeMap<String, AwsEndpoint>,
    /// Where all other services are.
    pub default_endpoint: Option<AwsEndpoint>,
    /// The region of calls. Default: for AWS itself what the variables `AWS_REGION` and `AWS_DEFAULT_REGION` or the
    /// profile say; otherwise the region of the functions.
    pub region: Option<String>,
    /// A file with the connections that HTTP tasks may use.
    pub connections: Option<PathBuf>,
    /// Whether this process serves the protocols of Step Functions and Lambda itself: calls of the two then go there,
    /// as soon as [`Runtimes::serves_at`](crate::Runtimes::serves_at) has told where that is.
    pub serves: bool,
}

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AwsEndpoint {
    /// At AWS.
    Aws,
    /// At this URL, which speaks the service's protocol.
    Url(String),
    /// In this directory: S3 only. Directories in it are the buckets.
    Directory(PathBuf),
}

/// An endpoint and for which service it is: `dynamodb=http://localhost:8000`, or for all: `aws`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsEndpointOption {
    /// The service, by its name in `aws-sdk:` resources; `None` for all others.
    pub service: Option<String>,
    /// Where it is.
    pub endpoint: AwsEndpoint,
}

/// An endpoint that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedEndpoint {
    /// AWS has no such service.
    #[error(
        "AWS has no service `{0}`; names are those of `aws-sdk:` resources, as `dynamodb` or `cloudwatchlogs`"
    )]
    UnknownService(String),
    /// A directory for something else than S3.
    #[error("`{0}` is a directory, and only S3 can be in one: write s3={0}, or a URL, or the word aws")]
    Directory(String),
    /// Something else.
    #[error("`{0}` is no endpoint; write one as http://localhost:5000, s3=./buckets, or the word aws")]
    Malformed(String),
}

impl FromStr for AwsEndpointOption {
    type Err = MalformedEndpoint;

    fn from_str(text: &str) -> Result<Self, MalformedEndpoint> {
        let malformed = || MalformedEndpoint::Malformed(text.to_owned());
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let (service, place) = match text.split_once('=') {
            Some((service, place)) if is_name(service) => (Some(service), place),
            Some(_) | None => (None, text),
        };
        let service = service.map(service_name).transpose()?;
        let endpoint = match place {
            "" => return Err(malformed()),
            "aws" => AwsEndpoint::Aws,
            url if url.contains("://") => {
                let uri: http::Uri = url.parse().map_err(|_| malformed())?;
                let is_http = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
                if !is_http {
                    return Err(malformed());
                }
                AwsEndpoint::Url(url.trim_end_matches('/').to_owned())
            }
            directory if service.as_deref() == Some("s3") => AwsEndpoint::Directory(directory.into()),
            directory => return Err(MalformedEndpoint::Directory(directory.to_owned())),
        };
        Ok(Self { service, endpoint })
    }
}

fn service_name(asked: &str) -> Result<String, MalformedEndpoint> {
    let name = table_name(asked);
    match Service::names().any(|known| known == name) {
        true => Ok(name.to_owned()),
        false => Err(MalformedEndpoint::UnknownService(asked.to_owned())),
    }
}

impl AwsSettings {
    /// Whether calls of the function `name`, an integration as `dynamodb:putItem` or `aws-sdk:s3:getObject`, have somewhere to
    /// go: an endpoint, this process's own events, or any URL.
    #[must_use]
    pub fn reaches(&self, name: &str) -> bool {
        let Some((service, action)) = name.rsplit_once(':') else { return false };
        let service = service_of(service.strip_prefix("aws-sdk:").unwrap_or(service), action);
        let is_placed = self.default_endpoint.is_some() || self.endpoints.contains_key(service);
        let is_own = self.serves && matches!(service, "sfn" | "lambda");
        is_placed || is_own || service == "http" || bus::takes_action(service, action)
    }

    /// Adds an endpoint; a later one for the same service replaces an earlier one.
    pub fn add(&mut self, option: AwsEndpointOption) {
        match option.service {
            Some(service) => drop(self.endpoints.insert(service, option.endpoint)),
            None => self.default_endpoint = Some(option.endpoint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match text.parse::<AwsEndpointOption>() {
            Ok(option) => format!("{:?} {:?}", option.service.as_deref().unwrap_or("*"), option.endpoint),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_endpoint_is_a_url_the_word_aws_or_a_directory_of_s3() {
        check("http://localhost:5000/", r#""*" Url("http://localhost:5000")"#);
        check("dynamodb=http://localhost:8000", r#""dynamodb" Url("http://localhost:8000")"#);
        check("events=aws", r#""eventbridge" Aws"#);
        check("s3=./buckets", r#""s3" Directory("./buckets")"#);
        check(
            "./buckets",
            "`./buckets` is a directory, and only S3 can be in one: write s3=./buckets, or a URL, or the word aws",
        );
        check(
            "dynamo=aws",
            "AWS has no service `dynamo`; names are those of `aws-sdk:` resources, as `dynamodb` or `cloudwatchlogs`",
        );
        check(
            "sqs=",
            "`sqs=` is no endpoint; write one as http://localhost:5000, s3=./buckets, or the word aws",
        );
        check(
            "ftp://x",
            "`ftp://x` is no endpoint; write one as http://localhost:5000, s3=./buckets, or the word aws",
        );
    }
}
