//! AWS Signature Version 4: what proves to a service who calls.
//!
//! Source: AWS General Reference, "Create a signed AWS API request". The path of a request to S3 is signed as it is;
//! for every other service it is encoded a second time.

use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::derived::hex;
use super::encoding;
use super::protocol::Request;

/// Who calls.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// What a signature is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) at: Timestamp,
}

/// Adds the headers `host`, `x-amz-date` and `authorization`, and what else the signature wants, to `request`.
pub(super) fn sign(request: &mut Request, host: &str, scope: Scope<'_>, credentials: &Credentials) {
    let digest = hex(&Sha256::digest(&request.body));
    let at = scope.at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &at[..8];
    request.headers.push(("host".to_owned(), host.to_owned()));
    request.headers.push(("x-amz-date".to_owned(), at.clone()));
    if scope.service.starts_with("s3") {
        request.headers.push(("x-amz-content-sha256".to_owned(), digest.clone()));
    }
    if let Some(token) = &credentials.session_token {
        request.headers.push(("x-amz-security-token".to_owned(), token.clone()));
    }
    let (canonical, signed) = canonical(request, scope.service, &digest);
    let place = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = format!("AWS4-HMAC-SHA256\n{at}\n{place}\n{}", hex(&Sha256::digest(canonical)));
    let seed = format!("AWS4{}", credentials.secret_access_key);
    let key = [day, scope.region, scope.service, "aws4_request"]
        .iter()
        .fold(seed.into_bytes(), |key, part| hmac(&key, part.as_bytes()));
    let signature = hex(&hmac(&key, to_sign.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{place}, SignedHeaders={signed}, Signature={signature}",
        credentials.access_key_id
    );
    request.headers.push(("authorization".to_owned(), authorization));
}

/// The canonical request, and the names of the headers in it.
fn canonical(request: &Request, service: &str, digest: &str) -> (String, String) {
    let path = if service.starts_with("s3") {
        request.path.clone()
    } else {
        encoding::encoded_path(&normal(&request.path))
    };
    let mut query: Vec<(String, String)> = request
        .query
        .iter()
        .map(|(name, value)| (encoding::encoded(name), encoding::encoded(value)))
        .collect();
    query.sort();
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| {
            let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
            (name.to_lowercase(), words.join(" "))
        })
        .collect();
    // By name only: several values of one name stay in their order.
    headers.sort_by(|(a, _), (b, _)| a.cmp(b));
    headers.dedup_by(|(name, value), (earlier, values)| {
        let is_same = name == earlier;
        if is_same {
            values.push(',');
            values.push_str(value);
        }
        is_same
    });
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let signed = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let text = format!("{}\n{path}\n{}\n{lines}\n{signed}\n{digest}", request.method, query.join("&"));
    (text, signed)
}

/// A path without empty and relative segments (RFC 3986, section 5.2.4), as every service but S3 signs it.
fn normal(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The credentials and the scope of AWS's own test suite for Signature Version 4.
    fn check(mut request: Request, expected: &str) {
        let credentials = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let at = "2015-08-30T12:36:00Z".parse().unwrap();
        let scope = Scope { service: "service", region: "us-east-1", at };
        sign(&mut request, "example.amazonaws.com", scope, &credentials);
        let (_, authorization) = request.headers.last().unwrap();
        let (_, signature) = authorization.split_once("Signature=").unwrap();
        assert_eq!(signature, expected, "{authorization}");
    }

    fn get(path: &str, query: &[(&str, &str)], headers: &[(&str, &str)]) -> Request {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect::<Vec<_>>()
        };
        Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: owned(query),
            headers: owned(headers),
            body: Vec::new(),
        }
    }

    #[test]
    fn signatures_are_those_of_awss_test_suite() {
        // get-vanilla
        check(get("/", &[], &[]), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        // get-vanilla-query-order-key-case
        check(
            get("/", &[("Param2", "value2"), ("Param1", "value1")], &[]),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        );
        // get-header-value-trim
        check(
            get("/", &[], &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")]),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        );
        // get-slash-pointless-dot, get-relative-relative
        check(
            get("/./example", &[], &[]),
            "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
        );
        check(
            get("/example1/example2/../..", &[], &[]),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        );
        // post-x-www-form-urlencoded
        let mut post = get("/", &[], &[("content-type", "application/x-www-form-urlencoded")]);
        post.method = "POST".to_owned();
        post.body = b"Param1=value1".to_vec();
        check(post, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
    }

    #[test]
    fn s3_signs_its_path_as_it_is_and_its_body() {
        // From the examples of the S3 API Reference, "Signature calculations for the authorization header: GET object".
        let credentials = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let at = "2013-05-24T00:00:00Z".parse().unwrap();
        let mut request = get("/test.txt", &[], &[("range", "bytes=0-9")]);
        let scope = Scope { service: "s3", region: "us-east-1", at };
        sign(&mut request, "examplebucket.s3.amazonaws.com", scope, &credentials);
        let (_, authorization) = request.headers.last().unwrap();
        assert!(
            authorization.ends_with("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            "{authorization}"
        );
    }
}
