//! Where a bucket and an object are on the disk.

use std::path::{Path, PathBuf};

use super::Refusal;

/// What the names of files begin with that are being written. No key may have such a segment.
pub(super) const UNFINISHED: &str = ".tidegate-";

/// A bucket that is there.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) name: String,
    /// Without symbolic links.
    path: PathBuf,
    /// The directory of all buckets, without symbolic links.
    root: PathBuf,
}

impl Bucket {
    pub(super) fn open(root: &Path, name: &str) -> Result<Self, Refusal> {
        check_bucket_name(name)?;
        let found = || {
            let root = root.canonicalize().ok()?;
            let path = root.join(name).canonicalize().ok()?;
            (path.is_dir() && path.starts_with(&root)).then(|| Self { name: name.to_owned(), path, root })
        };
        found().ok_or_else(|| Refusal {
            status: 404,
            code: "NoSuchBucket",
            message: "The specified bucket does not exist".to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the object `key`, there or not. Nothing on the way to it, nor it itself, leads out.
    pub(super) fn object(&self, key: &str) -> Result<PathBuf, Refusal> {
        check_key(key)?;
        let path = self.path.join(key);
        // What is not there yet cannot lead anywhere.
        let there = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
        let is_inside = there.is_some_and(|there| self.holds(there));
        if is_inside { Ok(path) } else { Err(malformed(key, "leads out of the directory of the buckets")) }
    }

    /// Whether `path`, which is there, is within the directory of the buckets once its links are followed.
    pub(super) fn holds(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| path.starts_with(&self.root))
    }
}

/// S3's rules are narrower; a directory that is there already may be called as people call directories.
pub(super) fn check_bucket_name(name: &str) -> Result<(), Refusal> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !name.is_empty() && name.len() <= 63 && name.bytes().all(is_inner) && !name.starts_with('.') {
        return Ok(());
    }
    Err(Refusal {
        status: 400,
        code: "InvalidBucketName",
        message: format!("The specified bucket is not valid: `{name}`"),
    })
}

fn check_key(key: &str) -> Result<(), Refusal> {
    if key.len() > 1024 {
        return Err(Refusal {
            status: 400,
            code: "KeyTooLongError",
            message: "Your key is too long".to_owned(),
        });
    }
    for segment in key.split('/') {
        match segment {
            "" => return Err(malformed(key, "has an empty segment, which no file can have")),
            "." | ".." => return Err(malformed(key, "has a relative segment")),
            _ if segment.contains('\0') => return Err(malformed(key, "has a NUL")),
            _ if segment.starts_with(UNFINISHED) => {
                return Err(malformed(key, "has the name of a file that is being written"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn malformed(key: &str, problem: &str) -> Refusal {
    Refusal { status: 400, code: "InvalidArgument", message: format!("The key {key:?} {problem}") }
}
