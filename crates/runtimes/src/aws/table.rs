//! What is known of each service: protocol, hosts, operations and shapes.
//!
//! Owns the table that `scripts/aws_services.py` makes from botocore's service models. Nothing of it is read before a
//! call needs it: a service is inflated and parsed at its first call, and kept.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::sync::{Arc, LazyLock, OnceLock};

use flate2::read::ZlibDecoder;
use parking_lot::Mutex;
use serde::Deserialize;

static TABLE: &[u8] = include_bytes!("table/services.bin");

/// A service of AWS.
#[derive(Debug, Deserialize)]
pub(super) struct Service {
    #[serde(rename = "p")]
    pub(super) protocol: Protocol,
    /// What the AWS SDK for Java 2 calls it, and so what its errors begin with: `DynamoDb`.
    #[serde(rename = "j")]
    pub(super) java_name: String,
    #[serde(rename = "v")]
    pub(super) api_version: String,
    #[serde(rename = "e")]
    endpoint_prefix: String,
    /// What requests are signed for, where it is not the endpoint prefix.
    #[serde(rename = "s")]
    signing_name: Option<String>,
    /// What `X-Amz-Target` begins with.
    #[serde(rename = "t", default)]
    pub(super) target_prefix: String,
    #[serde(rename = "x")]
    pub(super) xml_namespace: Option<String>,
    #[serde(rename = "a")]
    address: Address,
    #[serde(rename = "o")]
    operations: HashMap<String, Operation>,
    #[serde(rename = "c")]
    errors: Errors,
    #[serde(rename = "l")]
    shapes: Vec<Shape>,
}

/// Where a service is, if not at `{prefix}.{region}.amazonaws.com`.
#[derive(Debug, Deserialize)]
struct Address {
    #[serde(rename = "h")]
    host: Option<String>,
    /// The region that requests are signed for, where there is one host for all.
    #[serde(rename = "r")]
    region: Option<String>,
}

/// How a service wants to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Protocol {
    #[serde(rename = "json1.0")]
    Json10,
    #[serde(rename = "json1.1")]
    Json11,
    #[serde(rename = "rest-json")]
    RestJson,
    #[serde(rename = "rest-xml")]
    RestXml,
    #[serde(rename = "query")]
    Query,
    #[serde(rename = "ec2")]
    Ec2,
}

/// An operation of a service.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    #[serde(rename = "m", default = "post")]
    pub(super) method: String,
    /// The path, with places for members: `/{Bucket}/{Key+}?acl`.
    #[serde(rename = "u", default = "root")]
    pub(super) uri: String,
    #[serde(rename = "i")]
    pub(super) input: Option<ShapeId>,
    #[serde(rename = "o")]
    pub(super) output: Option<ShapeId>,
    /// Name of the root element of an XML request.
    #[serde(rename = "n")]
    pub(super) root_element: Option<String>,
    #[serde(rename = "x")]
    pub(super) root_namespace: Option<String>,
    /// The element that an answer of the query protocol is wrapped in.
    #[serde(rename = "w")]
    pub(super) result_wrapper: Option<String>,
    /// What the host of AWS begins with for this operation, with places for members.
    #[serde(rename = "h")]
    pub(super) host_prefix: Option<String>,
    #[serde(rename = "a", default)]
    pub(super) is_anonymous: bool,
    /// The body is sent with its CRC-32.
    #[serde(rename = "c", default)]
    pub(super) has_checksum: bool,
}

fn post() -> String {
    "POST".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

/// Place of a shape in its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct ShapeId(u32);

/// What a value looks like on the wire.
#[derive(Debug, Deserialize)]
#[serde(from = "Stored")]
pub(super) enum Shape {
    Scalar(Scalar),
    Structure(Structure),
    List(List),
    Map(Map),
}

/// A value without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    Integer,
    Float,
    Boolean,
    Blob,
    /// Any JSON.
    Document,
    /// A point in time, in this form or else in the one that protocol and place prescribe.
    Timestamp(Option<TimestampFormat>),
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimestampFormat {
    /// Seconds since 1970.
    Unix,
    /// RFC 3339 in UTC.
    Iso,
    /// As in the header `Date` (RFC 9110, section 5.6.7).
    Http,
}

/// A shape as the table has it.
#[derive(Deserialize)]
enum Stored {
    #[serde(rename = "s")]
    String,
    #[serde(rename = "i")]
    Integer,
    #[serde(rename = "f")]
    Float,
    #[serde(rename = "o")]
    Boolean,
    #[serde(rename = "b")]
    Blob,
    #[serde(rename = "d")]
    Document,
    #[serde(rename = "t")]
    Timestamp,
    #[serde(rename = "tu")]
    UnixTimestamp,
    #[serde(rename = "ti")]
    IsoTimestamp,
    #[serde(rename = "th")]
    HttpTimestamp,
    #[serde(rename = "S")]
    Structure(Structure),
    #[serde(rename = "L")]
    List(List),
    #[serde(rename = "M")]
    Map(Map),
}

impl From<Stored> for Shape {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::String => Self::Scalar(Scalar::String),
            Stored::Integer => Self::Scalar(Scalar::Integer),
            Stored::Float => Self::Scalar(Scalar::Float),
            Stored::Boolean => Self::Scalar(Scalar::Boolean),
            Stored::Blob => Self::Scalar(Scalar::Blob),
            Stored::Document => Self::Scalar(Scalar::Document),
            Stored::Timestamp => Self::Scalar(Scalar::Timestamp(None)),
            Stored::UnixTimestamp => Self::Scalar(Scalar::Timestamp(Some(TimestampFormat::Unix))),
            Stored::IsoTimestamp => Self::Scalar(Scalar::Timestamp(Some(TimestampFormat::Iso))),
            Stored::HttpTimestamp => Self::Scalar(Scalar::Timestamp(Some(TimestampFormat::Http))),
            Stored::Structure(structure) => Self::Structure(structure),
            Stored::List(list) => Self::List(list),
            Stored::Map(map) => Self::Map(map),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Structure {
    #[serde(rename = "m")]
    pub(super) members: BTreeMap<String, Member>,
    /// The member that is the body.
    #[serde(rename = "p")]
    pub(super) payload: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Member {
    #[serde(rename = "s")]
    pub(super) shape: ShapeId,
    /// Its name on the wire, where that differs.
    #[serde(rename = "n")]
    wire_name: Option<String>,
    /// Its name in the EC2 protocol's requests, where that differs.
    #[serde(rename = "q")]
    pub(super) query_name: Option<String>,
    #[serde(rename = "l", default)]
    pub(super) location: Location,
    #[serde(rename = "r", default)]
    pub(super) is_stream: bool,
    #[serde(rename = "a", default)]
    pub(super) is_attribute: bool,
    /// The SDK makes it up where it is not given.
    #[serde(rename = "i", default)]
    pub(super) is_idempotency_token: bool,
    /// It is text that holds JSON.
    #[serde(rename = "j", default)]
    pub(super) is_json_text: bool,
    /// Namespace and prefix.
    #[serde(rename = "x")]
    pub(super) xml_namespace: Option<(String, String)>,
}

/// Where in a request or an answer a member is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Location {
    #[default]
    Body,
    #[serde(rename = "u")]
    Uri,
    #[serde(rename = "q")]
    Query,
    #[serde(rename = "h")]
    Header,
    /// All headers that begin with the member's name.
    #[serde(rename = "H")]
    Headers,
    #[serde(rename = "s")]
    Status,
}

#[derive(Debug, Deserialize)]
pub(super) struct List {
    #[serde(rename = "s")]
    pub(super) element: ShapeId,
    #[serde(rename = "n")]
    pub(super) element_name: Option<String>,
    #[serde(rename = "f", default)]
    pub(super) is_flat: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Map {
    #[serde(rename = "s")]
    pub(super) value: ShapeId,
    #[serde(rename = "k")]
    pub(super) key_name: Option<String>,
    #[serde(rename = "v")]
    pub(super) value_name: Option<String>,
    #[serde(rename = "f", default)]
    pub(super) is_flat: bool,
}

/// The errors that a service's model knows.
#[derive(Debug, Deserialize)]
struct Errors {
    /// Codes that are the names of their exceptions.
    same: Vec<String>,
    /// Names of exceptions by code.
    other: HashMap<String, String>,
}

impl Service {
    /// The service `name`, as `aws-sdk:` resources name it: `dynamodb`, `cloudwatchlogs`.
    pub(super) fn named(name: &str) -> Option<Arc<Self>> {
        static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Service>>>> = LazyLock::new(Mutex::default);
        if let Some(service) = KNOWN.lock().get(name) {
            return Some(Arc::clone(service));
        }
        let stream = index().get(name)?;
        let mut text = String::new();
        ZlibDecoder::new(*stream).read_to_string(&mut text).expect("the table is part of the program");
        let service = serde_json::from_str(&text).expect("the table is part of the program");
        let service = Arc::new(service);
        KNOWN.lock().insert(name.to_owned(), Arc::clone(&service));
        Some(service)
    }

    /// The names of all services, sorted.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        index().keys().copied()
    }

    /// The operation that the camelCase name `action` means, and its name in the service's own words.
    pub(super) fn operation(&self, action: &str) -> Option<(&str, &Operation)> {
        let name = pascal(action);
        self.operations.get_key_value(&*name).map(|(name, operation)| (name.as_str(), operation))
    }

    /// The actions that there are, in camelCase, sorted.
    pub(super) fn actions(&self) -> Vec<String> {
        let mut actions: Vec<String> = self.operations.keys().map(|name| camel(name)).collect();
        actions.sort();
        actions
    }

    pub(super) fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    /// The members of an input or output.
    pub(super) fn structure(&self, id: Option<ShapeId>) -> Option<&Structure> {
        match self.shape(id?) {
            Shape::Structure(structure) => Some(structure),
            Shape::Scalar(_) | Shape::List(_) | Shape::Map(_) => None,
        }
    }

    /// The host of this service at AWS in `region`.
    pub(super) fn host(&self, region: &str) -> String {
        match &self.address.host {
            Some(host) => host.replace("{region}", region),
            None => format!("{}.{region}.amazonaws.com", self.endpoint_prefix),
        }
    }

    /// What requests are signed for.
    pub(super) fn signing_name(&self) -> &str {
        self.signing_name.as_deref().unwrap_or(&self.endpoint_prefix)
    }

    /// The region that requests at AWS are signed for, where the caller's is `region`.
    pub(super) fn signing_region<'a>(&'a self, region: &'a str) -> &'a str {
        self.address.region.as_deref().unwrap_or(region)
    }

    /// What the SDK calls the exception of the error `code`, if the service's model knows it.
    pub(super) fn exception(&self, code: &str) -> Option<&str> {
        if let Some(name) = self.errors.other.get(code) {
            return Some(name);
        }
        self.errors.same.iter().find(|same| *same == code).map(String::as_str)
    }
}

impl Member {
    /// Its name on the wire; `name` is the member's own.
    pub(super) fn wire_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.wire_name.as_deref().unwrap_or(name)
    }
}

/// What parameters and results call a member: its name with a capital. A member `equals` is `EqualsValue`, as the word
/// is taken in Java.
pub(super) fn pascal(name: &str) -> String {
    if name.eq_ignore_ascii_case("equals") {
        return "EqualsValue".to_owned();
    }
    capitalised(name)
}

/// The name with its first letter in upper case.
pub(super) fn capitalised(name: &str) -> String {
    with_first(name, char::to_ascii_uppercase)
}

fn camel(name: &str) -> String {
    with_first(name, char::to_ascii_lowercase)
}

fn with_first(name: &str, change: impl Fn(&char) -> char) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| change(&first)).into_iter().chain(chars).collect()
}

/// The compressed form of each service.
fn index() -> &'static BTreeMap<&'static str, &'static [u8]> {
    static INDEX: OnceLock<BTreeMap<&'static str, &'static [u8]>> = OnceLock::new();
    INDEX.get_or_init(|| read_index().expect("the table is part of the program"))
}

fn read_index() -> Option<BTreeMap<&'static str, &'static [u8]>> {
    let (length, rest) = TABLE.split_first_chunk::<4>()?;
    let (index, streams) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let line = |line: &'static str| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let offset: usize = words.next()?.parse().ok()?;
        let length: usize = words.next()?.parse().ok()?;
        Some((name, streams.get(offset..offset + length)?))
    };
    std::str::from_utf8(index).ok()?.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_can_be_read() {
        let mut operations = 0;
        for name in Service::names() {
            operations += Service::named(name).unwrap().operations.len();
        }
        assert!(operations > 15_000, "{operations}");
    }

    #[test]
    fn names_are_those_of_the_sdk_for_java() {
        for (name, java_name) in [
            ("dynamodb", "DynamoDb"),
            ("s3", "S3"),
            ("sqs", "Sqs"),
            ("sfn", "Sfn"),
            ("cloudwatchlogs", "CloudWatchLogs"),
            ("elasticloadbalancingv2", "ElasticLoadBalancingV2"),
            ("secretsmanager", "SecretsManager"),
            ("sesv2", "SesV2"),
            ("databasemigration", "DatabaseMigration"),
        ] {
            assert_eq!(Service::named(name).unwrap().java_name, java_name);
        }
    }

    #[test]
    fn services_are_where_aws_has_them() {
        let host = |name: &str| Service::named(name).unwrap().host("eu-west-3");
        assert_eq!(host("dynamodb"), "dynamodb.eu-west-3.amazonaws.com");
        assert_eq!(host("ecr"), "api.ecr.eu-west-3.amazonaws.com");
        assert_eq!(host("iam"), "iam.amazonaws.com");
        assert_eq!(Service::named("iam").unwrap().signing_region("eu-west-3"), "us-east-1");
        assert_eq!(Service::named("ecr").unwrap().signing_name(), "ecr");
    }

    #[test]
    fn operations_and_exceptions_are_found_by_the_names_that_workflows_use() {
        let s3 = Service::named("s3").unwrap();
        let (name, operation) = s3.operation("getObject").unwrap();
        assert_eq!(
            (name, operation.method.as_str(), operation.uri.as_str()),
            ("GetObject", "GET", "/{Bucket}/{Key+}")
        );
        assert!(s3.operation("getobject").is_none());
        assert_eq!(s3.exception("NoSuchKey"), Some("NoSuchKeyException"));
        assert_eq!(s3.exception("SlowDown"), None);
    }
}
