//! Lists, page by page. A token says where the next page begins, and means nothing to anybody else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fault::Fault;

/// Things on a page where the client does not say.
const SIZE_DEFAULT: usize = 100;

/// Most things on a page.
const SIZE_MAX: i64 = 1000;

/// Which page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Page {
    /// How many things it has at most. 0 is as good as nothing.
    pub(crate) fn size(&self) -> Result<usize, Fault> {
        match self.max_results {
            None | Some(0) => Ok(SIZE_DEFAULT),
            Some(size) if size > SIZE_MAX => Err(Fault::constraint(
                &size.to_string(),
                "maxResults",
                "Member must have value less than or equal to 1000",
            )),
            Some(size) => usize::try_from(size).map_err(|_| {
                Fault::constraint(
                    &size.to_string(),
                    "maxResults",
                    "Member must have value greater than or equal to 0",
                )
            }),
        }
    }

    /// Where it begins; `None` for the first one.
    pub(crate) fn start<T: DeserializeOwned>(&self, token_chars_max: usize) -> Result<Option<T>, Fault> {
        let Some(token) = &self.next_token else { return Ok(None) };
        if token.chars().count() > token_chars_max {
            let constraint = format!("Member must have length less than or equal to {token_chars_max}");
            return Err(Fault::constraint(token, "nextToken", &constraint));
        }
        let decoded = URL_SAFE_NO_PAD.decode(token).ok();
        let start = decoded.and_then(|text| serde_json::from_slice(&text).ok());
        start.map(Some).ok_or_else(|| Fault::new("InvalidToken", "Invalid Token: 'Invalid token'"))
    }
}

/// The token of a page that begins at `start`.
pub(crate) fn token<T: Serialize>(start: &T) -> String {
    let text = serde_json::to_vec(start).expect("what a token says has only string keys");
    URL_SAFE_NO_PAD.encode(text)
}

/// Longest token of most lists, in characters.
pub(crate) const TOKEN_CHARS_MAX: usize = 1024;

/// The things after `start` that fit on the page, and where the next one begins. The things come in the order of their
/// keys.
pub(crate) fn cut<T>(
    things: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    page: &Page,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let (size, start) = (page.size()?, page.start::<String>(TOKEN_CHARS_MAX)?);
    let after = |thing: &T| start.as_deref().is_none_or(|start| key(thing).as_str() > start);
    let mut rest = things.into_iter().filter(after);
    let things: Vec<T> = rest.by_ref().take(size).collect();
    let next = rest.next().and(things.last()).map(|last| token(&key(last)));
    Ok((things, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(max_results: Option<i64>, next_token: Option<String>) -> Page {
        Page { max_results, next_token }
    }

    #[test]
    fn pages_follow_one_another_and_end() {
        let things: Vec<String> = (0..7).map(|n| format!("thing-{n}")).collect();
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let (some, token) = cut(things.clone(), String::clone, &page(Some(3), next)).unwrap();
            assert!(some.len() <= 3);
            seen.extend(some);
            next = token;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, things);
    }

    #[test]
    fn sizes_and_tokens_are_checked() {
        assert_eq!(page(None, None).size().unwrap(), 100);
        assert_eq!(page(Some(0), None).size().unwrap(), 100);
        let fault = page(Some(1001), None).size().unwrap_err();
        assert_eq!(
            fault.message,
            "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: \
             Member must have value less than or equal to 1000"
        );
        let wrong = page(None, Some("no token".to_owned())).start::<String>(1024).unwrap_err();
        assert_eq!(wrong, Fault::new("InvalidToken", "Invalid Token: 'Invalid token'"));
        let long = page(None, Some("x".repeat(1025))).start::<String>(1024).unwrap_err();
        assert_eq!(long.code, "ValidationException");
    }
}
