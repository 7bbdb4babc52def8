//! The binary form of a task's policy.
//!
//! Policies without claims are written as they were before there were claims: their first byte says whether there is a
//! retry rule. Another value of that byte is a form of its own.

use serde::{Deserialize, Serialize};
use tidegate_model::{Retry, Span};

use super::Claim;
use crate::action::TaskPolicy;
use crate::cache::Caching;

/// A policy as it is written. Variants are only ever appended.
#[derive(Serialize, Deserialize)]
pub(crate) enum StoredPolicy {
    /// Without a retry rule and claims: timeout and heartbeat.
    Plain(Option<Span>, Option<Span>),
    /// With a retry rule and no claims: timeout and heartbeat.
    Retried(Retry, Option<Span>, Option<Span>),
    /// With claims, or a priority.
    Claiming {
        retry: Option<Retry>,
        timeout: Option<Span>,
        heartbeat: Option<Span>,
        claims: Vec<Claim>,
        priority: i32,
    },
    /// With results that are kept.
    Cached {
        retry: Option<Retry>,
        timeout: Option<Span>,
        heartbeat: Option<Span>,
        claims: Vec<Claim>,
        priority: i32,
        cache: Caching,
    },
}

impl From<StoredPolicy> for TaskPolicy {
    fn from(stored: StoredPolicy) -> Self {
        match stored {
            StoredPolicy::Plain(timeout, heartbeat) => Self { timeout, heartbeat, ..Self::default() },
            StoredPolicy::Retried(retry, timeout, heartbeat) => {
                Self { retry: Some(retry), timeout, heartbeat, ..Self::default() }
            }
            StoredPolicy::Claiming { retry, timeout, heartbeat, claims, priority } => {
                Self { retry, timeout, heartbeat, claims, priority, cache: None }
            }
            StoredPolicy::Cached { retry, timeout, heartbeat, claims, priority, cache } => {
                Self { retry, timeout, heartbeat, claims, priority, cache: Some(cache) }
            }
        }
    }
}

impl From<TaskPolicy> for StoredPolicy {
    fn from(policy: TaskPolicy) -> Self {
        let TaskPolicy { retry, timeout, heartbeat, claims, priority, cache } = policy;
        if let Some(cache) = cache {
            return Self::Cached { retry, timeout, heartbeat, claims, priority, cache };
        }
        match retry {
            retry if !claims.is_empty() || priority != 0 => {
                Self::Claiming { retry, timeout, heartbeat, claims, priority }
            }
            None => Self::Plain(timeout, heartbeat),
            Some(retry) => Self::Retried(retry, timeout, heartbeat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pools::PoolScope;

    /// The policy as it was before there were claims.
    #[derive(Serialize)]
    struct Before {
        retry: Option<Retry>,
        timeout: Option<Span>,
        heartbeat: Option<Span>,
    }

    #[test]
    fn what_was_written_before_there_were_claims_is_read_and_written_alike() {
        let retry = Retry { max_attempts: 3, ..Retry::default() };
        for (retry, timeout) in
            [(None, None), (None, Some(Span(5))), (Some(retry.clone()), None), (Some(retry), Some(Span(7)))]
        {
            let before = Before { retry: retry.clone(), timeout, heartbeat: Some(Span(9)) };
            let before = postcard::to_allocvec(&before).unwrap();
            let policy: TaskPolicy = postcard::from_bytes(&before).unwrap();
            assert_eq!(
                policy,
                TaskPolicy { retry, timeout, heartbeat: Some(Span(9)), ..TaskPolicy::default() }
            );
            assert_eq!(postcard::to_allocvec(&policy).unwrap(), before);
        }
    }

    #[test]
    fn claims_have_a_form_that_stays() {
        let claim = |pool: &str, slots, of| Claim { pool: pool.into(), slots, of };
        let claims = vec![claim("db", 2, PoolScope::Server), claim("own", 1, PoolScope::Run { slots: 4 })];
        let policy = TaskPolicy { claims, priority: -1, timeout: Some(Span(3)), ..TaskPolicy::default() };
        let bytes = postcard::to_allocvec(&policy).unwrap();
        let golden = [2, 0, 1, 3, 0, 2, 2, b'd', b'b', 2, 0, 3, b'o', b'w', b'n', 1, 1, 4, 1];
        assert_eq!(bytes, golden);
        assert_eq!(postcard::from_bytes::<TaskPolicy>(&golden).unwrap(), policy);
    }
}
