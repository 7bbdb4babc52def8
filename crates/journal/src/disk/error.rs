//! A failed disk operation in words: what was attempted, on which path, and the way out.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was being done when the disk refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Making a directory.
    CreateDir,
    /// Making a file.
    Create,
    /// Opening a file that exists.
    Open,
    /// Reading bytes, or a length.
    Read,
    /// Writing bytes.
    Write,
    /// Setting space aside.
    Reserve,
    /// Cutting a file.
    Truncate,
    /// Making written bytes, or names in a directory, durable.
    Sync,
    /// Renaming a file.
    Rename,
    /// Removing a file.
    Remove,
    /// Reading a directory.
    List,
    /// Taking the lock.
    Lock,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateDir => "create the directory",
            Self::Create => "create",
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::Reserve => "reserve space for",
            Self::Truncate => "truncate",
            Self::Sync => "sync",
            Self::Rename => "rename",
            Self::Remove => "remove",
            Self::List => "list",
            Self::Lock => "lock",
        })
    }
}

/// A disk operation that failed. Cheap to clone, so that a poisoned log can give the same error again and again.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {action} {}: {}", path.display(), way_out(cause))]
pub struct DiskError {
    /// What was attempted.
    pub action: Action,
    /// On which file or directory.
    pub path: PathBuf,
    /// What the operating system said.
    #[source]
    pub cause: Arc<io::Error>,
}

impl DiskError {
    /// Adds to `cause` what was attempted, and where.
    pub fn new(action: Action, path: &Path, cause: io::Error) -> Self {
        Self { action, path: path.to_owned(), cause: Arc::new(cause) }
    }

    /// For `map_err`: a closure that adds `action` and `path`.
    pub(crate) fn at(action: Action, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::new(action, path, cause)
    }

    /// Whether the cause is that there is no room left.
    #[must_use]
    pub fn is_full(&self) -> bool {
        super::is_full(&self.cause)
    }
}

fn way_out(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::PermissionDenied => {
            "permission denied; give this user read and write access, or choose another data directory"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "the file system is read-only; mount it for writing, or choose another data directory"
        }
        io::ErrorKind::StorageFull => "no space is left on the device; free some, nothing was half-written",
        io::ErrorKind::QuotaExceeded => {
            "the disk quota is used up; free some space, nothing was half-written"
        }
        io::ErrorKind::FileTooLarge => {
            "the file would exceed the limit on file size; raise the limit (ulimit -f)"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "something else has that name; move it away, or choose another data directory"
        }
        io::ErrorKind::NotFound => "it does not exist; check the path of the data directory",
        _ => "the disk reported an error; look at the system log before restarting",
    }
}
