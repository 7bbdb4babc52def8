//! Who asks: the account and the region that a request is for.
//!
//! Both come from the credential scope of the signature (AWS Signature Version 4). The signature itself is not checked.

use http::{HeaderMap, header};

/// The account of a caller whose access key does not name one.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The region of a caller who states none.
pub(crate) const REGION: &str = "us-east-1";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Twelve digits.
    pub(crate) account: String,
    pub(crate) region: String,
}

impl Caller {
    /// The caller of a request with these headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let stated = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let scope = stated.and_then(scope).unwrap_or_default();
        let mut parts = scope.split('/');
        let (key, region) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        // An access key that looks like an account is meant as one.
        let names_account = key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
        let is_region =
            !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        Self {
            account: if names_account { key } else { ACCOUNT }.to_owned(),
            region: if is_region { region } else { REGION }.to_owned(),
        }
    }

    /// Whether this is where things are that came in by another door.
    pub(crate) fn is_default(&self) -> bool {
        self.account == ACCOUNT && self.region == REGION
    }
}

/// `Credential=KEY/DATE/REGION/SERVICE/aws4_request` of a signature.
fn scope(authorization: &str) -> Option<&str> {
    let rest = authorization.strip_prefix("AWS4-")?;
    let (_, scope) = rest.split_once("Credential=")?;
    scope.split([',', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(authorization: Option<&str>) -> (String, String) {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        let Caller { account, region } = Caller::of(&headers);
        (account, region)
    }

    #[test]
    fn account_and_region_come_from_the_credential_scope() {
        let signed = |key: &str, region: &str| {
            let scope = format!("{key}/20260102/{region}/states/aws4_request");
            let (account, region) = caller(Some(&format!(
                "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"
            )));
            format!("{account} {region}")
        };
        assert_eq!(signed("AKIDEXAMPLE", "eu-west-1"), "000000000000 eu-west-1");
        assert_eq!(signed("111111111111", "us-east-1"), "111111111111 us-east-1");
        assert_eq!(signed("111111111111", "a:b"), "111111111111 us-east-1");
    }

    #[test]
    fn who_does_not_sign_is_the_default_caller() {
        for nobody in [None, Some("Bearer x"), Some("AWS4-HMAC-SHA256 Credential=")] {
            assert_eq!(caller(nobody), (ACCOUNT.to_owned(), REGION.to_owned()));
        }
    }
}
