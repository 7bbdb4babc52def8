//! Single objects: read, written, copied, removed.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use tidegate_json::Value;

use super::place::{Bucket, UNFINISHED};
use super::{Problem, Refusal, empty, no_such_key, refused_by_disk, required};
use crate::aws::derived::hex;
use crate::aws::protocol::bytes_of;
use crate::aws::protocol::timestamp::{Shown, shown_time};

/// `getObject`.
pub(super) fn get(bucket: &Bucket, input: &Value, max_bytes: usize) -> Result<Value, Problem> {
    let key = required(input, "Key")?;
    let (mut file, metadata) = open(bucket, key)?;
    let size = metadata.len();
    let range = match input.get("Range").and_then(Value::as_str) {
        Some(range) => Some(parse_range(range, size).ok_or_else(|| Refusal {
            status: 416,
            code: "InvalidRange",
            message: "The requested range is not satisfiable".to_owned(),
        })?),
        None => None,
    };
    let (start, length) = range.map_or((0, size), |(start, end)| (start, end - start + 1));
    if length > max_bytes as u64 {
        return Err(Problem::TooLarge { size_bytes: length });
    }
    let tag = tag(&mut file).map_err(|error| refused_by_disk(&error))?;
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.take(length).read_to_end(&mut content))
        .map_err(|error| refused_by_disk(&error))?;
    let mut result = described(key, &metadata, &tag, content.len() as u64);
    if let Some((start, end)) = range {
        result.set("ContentRange", format!("bytes {start}-{end}/{size}"));
    }
    result.set("Body", String::from_utf8_lossy(&content).into_owned());
    Ok(result)
}

/// `headObject`.
pub(super) fn head(bucket: &Bucket, input: &Value) -> Result<Value, Refusal> {
    let key = required(input, "Key")?;
    let (mut file, metadata) = open(bucket, key)?;
    let tag = tag(&mut file).map_err(|error| refused_by_disk(&error))?;
    Ok(described(key, &metadata, &tag, metadata.len()))
}

/// `putObject`.
pub(super) fn put(bucket: &Bucket, input: &Value) -> Result<Value, Refusal> {
    let content = input.get("Body").filter(|body| !body.is_null()).map(bytes_of).unwrap_or_default();
    write(bucket, required(input, "Key")?, &mut &content[..], input)?;
    let checksum = STANDARD.encode(crc32fast::hash(&content).to_be_bytes());
    Ok(Value::object([
        ("ETag", quoted(&hex(&Md5::digest(&content)))),
        ("ChecksumCRC32", checksum),
        ("ChecksumType", "FULL_OBJECT".to_owned()),
    ]))
}

/// `copyObject`.
pub(super) fn copy(from: &Bucket, key: &str, to: &Bucket, input: &Value) -> Result<Value, Refusal> {
    let (mut file, _) = open(from, key)?;
    let tag = tag(&mut file).map_err(|error| refused_by_disk(&error))?;
    file.rewind().map_err(|error| refused_by_disk(&error))?;
    let target = required(input, "Key")?;
    write(to, target, &mut file, input)?;
    let (_, metadata) = open(to, target)?;
    let result = Value::object([("ETag", Value::from(quoted(&tag))), ("LastModified", modified(&metadata))]);
    Ok(Value::object([("CopyObjectResult", result)]))
}

/// `deleteObject`: one that is not there is gone as well.
pub(super) fn delete(bucket: &Bucket, input: &Value) -> Result<Value, Refusal> {
    let path = bucket.object(required(input, "Key")?)?;
    if !path.is_file() {
        return Ok(empty());
    }
    std::fs::remove_file(&path).map_err(|error| refused_by_disk(&error))?;
    // S3 has no directories, so those that held only this object go with it.
    for parent in path.ancestors().skip(1).take_while(|parent| *parent != bucket.path()) {
        if std::fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(empty())
}

fn open(bucket: &Bucket, key: &str) -> Result<(File, Metadata), Refusal> {
    let path = bucket.object(key)?;
    let opened = File::open(&path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
    match opened {
        Ok((file, metadata)) if metadata.is_file() => Ok((file, metadata)),
        Ok(_) => Err(no_such_key()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(no_such_key())
        }
        Err(error) => Err(refused_by_disk(&error)),
    }
}

/// Replaces an object as a whole: a new file is written beside it, synced, and takes its place.
fn write(bucket: &Bucket, key: &str, content: &mut dyn io::Read, input: &Value) -> Result<(), Refusal> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let path = bucket.object(key)?;
    let is_new_only = input.get("IfNoneMatch").and_then(Value::as_str) == Some("*");
    if path.is_dir() {
        return Err(in_the_way(key));
    }
    let parent = path.parent().unwrap_or(bucket.path());
    std::fs::create_dir_all(parent).map_err(|error| match error.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => in_the_way(key),
        _ => refused_by_disk(&error),
    })?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let unfinished = parent.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
    let written = File::create_new(&unfinished).and_then(|mut file| {
        io::copy(content, &mut file)?;
        file.flush()?;
        file.sync_all()?;
        if is_new_only { std::fs::hard_link(&unfinished, &path) } else { std::fs::rename(&unfinished, &path) }
    });
    if written.is_err() || is_new_only {
        // Where it cannot be removed it is out of the way: no listing shows it.
        let _ = std::fs::remove_file(&unfinished);
    }
    match written {
        Ok(()) => sync(parent).map_err(|error| refused_by_disk(&error)),
        Err(error) if is_new_only && error.kind() == io::ErrorKind::AlreadyExists => Err(Refusal {
            status: 412,
            code: "PreconditionFailed",
            message: "At least one of the pre-conditions you specified did not hold".to_owned(),
        }),
        Err(error) => Err(refused_by_disk(&error)),
    }
}

/// Makes the new name in `directory` durable.
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn in_the_way(key: &str) -> Refusal {
    Refusal {
        status: 400,
        code: "InvalidArgument",
        message: format!("The key {key:?} is, or goes through, what is another object in a directory"),
    }
}

fn described(key: &str, metadata: &Metadata, tag: &str, length: u64) -> Value {
    Value::object([
        ("AcceptRanges", Value::from("bytes")),
        ("ContentLength", Value::Number(tidegate_json::Number::from_u64(length))),
        ("ContentType", Value::from(media_type(key))),
        ("ETag", Value::from(quoted(tag))),
        ("LastModified", modified(metadata)),
        ("Metadata", empty()),
    ])
}

/// When the file was last written, to the second.
pub(super) fn modified(metadata: &Metadata) -> Value {
    let time = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let time = time.and_then(|time| Timestamp::from_second(time.as_second()).ok());
    shown_time(time.unwrap_or(Timestamp::UNIX_EPOCH), Shown::Iso)
}

/// MD5 of the content, in hexadecimal.
pub(super) fn tag(file: &mut File) -> io::Result<String> {
    let mut hash = Md5::new();
    let mut buffer = vec![0; 64 << 10];
    file.rewind()?;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// An entity tag as HTTP has it.
pub(super) fn quoted(tag: &str) -> String {
    format!("\"{tag}\"")
}

/// The first and the last byte that a `Range` header asks for (RFC 9110, section 14.1.2), of `size`.
fn parse_range(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    let (start, end) = if first.is_empty() {
        let length: u64 = last.parse().ok().filter(|length| *length > 0)?;
        (size.saturating_sub(length), size.checked_sub(1)?)
    } else {
        let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
        (first.parse().ok()?, last.min(size.checked_sub(1)?))
    };
    (start <= end).then_some((start, end))
}

/// The media type that a key's extension stands for.
fn media_type(key: &str) -> &'static str {
    let extension = key.rsplit_once('.').map_or("", |(_, extension)| extension).to_lowercase();
    match extension.as_str() {
        "json" => "application/json",
        "jsonl" | "ndjson" => "application/x-ndjson",
        "csv" => "text/csv",
        "txt" | "log" => "text/plain",
        "html" | "htm" => "text/html",
        "md" => "text/markdown",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "gz" => "application/gzip",
        "zip" => "application/zip",
        "parquet" => "application/vnd.apache.parquet",
        _ => "binary/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_http() {
        for (range, expected) in [
            ("bytes=0-4", Some((0, 4))),
            ("bytes=5-", Some((5, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-30", Some((0, 9))),
            ("bytes=8-80", Some((8, 9))),
            ("bytes=10-", None),
            ("bytes=-0", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(parse_range(range, 10), expected, "{range}");
        }
        assert_eq!(parse_range("bytes=0-", 0), None);
    }
}
