//! Listings: the objects of a bucket in the order of their keys' bytes, a page at a time.
//!
//! Symbolic links to files are listed where they stay inside; those to directories are not followed, so that a listing
//! has an end.

use std::fs::File;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tidegate_json::{Number, Value};

use super::objects::{modified, quoted, tag};
use super::place::{Bucket, UNFINISHED};
use super::{Refusal, refused_by_disk};

/// Keys of one page, unless a request wants fewer. Source: S3 API Reference, "ListObjectsV2".
const PAGE_MAX: usize = 1000;

/// What a request wants to see.
struct Query<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    /// Keys after this one.
    after: String,
    /// Whether `after` is a common prefix of an earlier page: what it begins has been shown.
    is_after_prefix: bool,
    max: usize,
}

/// What a page shows, in order.
enum Item {
    Object { key: String, entry: Value },
    Prefix(String),
}

/// `listObjectsV2`.
pub(super) fn page(bucket: &Bucket, input: &Value) -> Result<Value, Refusal> {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let max = input.get("MaxKeys").and_then(Value::as_usize).unwrap_or(PAGE_MAX).min(PAGE_MAX);
    let (after, is_after_prefix) = match text("ContinuationToken") {
        "" => (text("StartAfter").to_owned(), false),
        token => parse_token(token)?,
    };
    let query = Query { prefix: text("Prefix"), delimiter: text("Delimiter"), after, is_after_prefix, max };
    let mut walk = Walk { bucket, query: &query, items: Vec::new(), is_truncated: false };
    if max > 0 {
        walk.directory(bucket.path(), "").map_err(|error| refused_by_disk(&error))?;
    }
    let mut result = Value::object([
        ("IsTruncated", Value::from(walk.is_truncated)),
        ("KeyCount", count(walk.items.len())),
        ("MaxKeys", count(max)),
        ("Name", Value::from(&bucket.name)),
        ("Prefix", Value::from(query.prefix)),
    ]);
    for name in ["Delimiter", "StartAfter", "ContinuationToken"] {
        if !text(name).is_empty() {
            result.set(name, text(name));
        }
    }
    if walk.is_truncated
        && let Some(last) = walk.items.last()
    {
        result.set("NextContinuationToken", token_after(last));
    }
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    for item in walk.items {
        match item {
            Item::Object { entry, .. } => contents.push(entry),
            Item::Prefix(prefix) => prefixes.push(Value::object([("Prefix", prefix)])),
        }
    }
    if !contents.is_empty() {
        result.set("Contents", contents);
    }
    if !prefixes.is_empty() {
        result.set("CommonPrefixes", prefixes);
    }
    Ok(result)
}

/// Whether there is any object.
pub(super) fn has_objects(bucket: &Bucket) -> Result<bool, Refusal> {
    let query = Query { prefix: "", delimiter: "", after: String::new(), is_after_prefix: false, max: 1 };
    let mut walk = Walk { bucket, query: &query, items: Vec::new(), is_truncated: false };
    walk.directory(bucket.path(), "").map_err(|error| refused_by_disk(&error))?;
    Ok(!walk.items.is_empty())
}

struct Walk<'a> {
    bucket: &'a Bucket,
    query: &'a Query<'a>,
    items: Vec<Item>,
    is_truncated: bool,
}

impl Walk<'_> {
    /// Visits what is below `path`, whose keys begin with `base`.
    fn directory(&mut self, path: &Path, base: &str) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            // A name that is no UTF-8 is no key.
            let Ok(mut name) = entry.file_name().into_string() else { continue };
            if name.starts_with(UNFINISHED) {
                continue;
            }
            if kind.is_dir() {
                // With the slash, directories stand among files as their keys do.
                name.push('/');
            }
            names.push(name);
        }
        names.sort();
        for name in names {
            if self.is_truncated {
                return Ok(());
            }
            let key = format!("{base}{name}");
            match name.strip_suffix('/') {
                Some(directory) if self.wants_below(&key) => self.directory(&path.join(directory), &key)?,
                Some(_) => {}
                None => self.file(&path.join(&name), key)?,
            }
        }
        Ok(())
    }

    /// Whether a key that begins with `start` can be on the page.
    fn wants_below(&self, start: &str) -> bool {
        let query = self.query;
        let may_match = start.starts_with(query.prefix) || query.prefix.starts_with(start);
        let is_before = start < query.after.as_str() && !query.after.starts_with(start);
        let is_shown = match self.items.last() {
            Some(Item::Prefix(prefix)) => start.starts_with(prefix.as_str()),
            Some(Item::Object { .. }) | None => {
                query.is_after_prefix && start.starts_with(query.after.as_str())
            }
        };
        may_match && !is_before && !is_shown
    }

    fn file(&mut self, path: &Path, key: String) -> io::Result<()> {
        let query = self.query;
        if !key.starts_with(query.prefix) || key <= query.after || !self.wants_below(&key) {
            return Ok(());
        }
        let metadata = match path.metadata() {
            Ok(metadata) if metadata.is_file() && self.bucket.holds(path) => metadata,
            // Gone since, or a link that leads nowhere or out.
            Ok(_) | Err(_) => return Ok(()),
        };
        if self.items.len() == query.max {
            self.is_truncated = true;
            return Ok(());
        }
        let rest = &key[query.prefix.len()..];
        let cut = rest.find(query.delimiter).filter(|_| !query.delimiter.is_empty());
        if let Some(cut) = cut {
            let end = query.prefix.len() + cut + query.delimiter.len();
            self.items.push(Item::Prefix(key[..end].to_owned()));
            return Ok(());
        }
        let tag = tag(&mut File::open(path)?)?;
        let entry = Value::object([
            ("ETag", Value::from(quoted(&tag))),
            ("Key", Value::from(&key)),
            ("LastModified", modified(&metadata)),
            ("Size", Value::Number(Number::from_u64(metadata.len()))),
            ("StorageClass", Value::from("STANDARD")),
        ]);
        self.items.push(Item::Object { key, entry });
        Ok(())
    }
}

fn count(number: usize) -> Value {
    Value::Number(Number::from_u64(number as u64))
}

/// Where the next page begins: after an object, or after all that a common prefix stands for.
fn token_after(item: &Item) -> String {
    let text = match item {
        Item::Object { key, .. } => format!("o{key}"),
        Item::Prefix(prefix) => format!("p{prefix}"),
    };
    URL_SAFE_NO_PAD.encode(text)
}

fn parse_token(token: &str) -> Result<(String, bool), Refusal> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parsed = text.and_then(|text| match text.split_at_checked(1)? {
        ("o", key) => Some((key.to_owned(), false)),
        ("p", prefix) => Some((prefix.to_owned(), true)),
        _ => None,
    });
    parsed.ok_or_else(|| Refusal {
        status: 400,
        code: "InvalidArgument",
        message: "The continuation token provided is incorrect".to_owned(),
    })
}
