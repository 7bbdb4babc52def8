//! S3 in a directory: its directories are buckets, and the files below them objects.
//!
//! Owns what an action does to the files. What is kept of an object is its content: type, tag and times are those of
//! the file, and metadata that a caller gives is not kept. Invariant: no key leads out of the directory, by `..` or by
//! a symbolic link, and an object is replaced as a whole or not at all.

mod listing;
mod objects;
mod place;

use std::io;
use std::path::PathBuf;

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Text};

use super::call::Call;
use super::failure;
use super::protocol::ServiceError;
use place::Bucket;

/// The actions that a directory has.
const ACTIONS: [&str; 10] = [
    "copyObject",
    "createBucket",
    "deleteBucket",
    "deleteObject",
    "getObject",
    "headBucket",
    "headObject",
    "listBuckets",
    "listObjectsV2",
    "putObject",
];

/// What S3 answers where it cannot do as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

/// The directory, and how much of an object a result may hold.
#[derive(Clone, Debug)]
struct Store {
    root: PathBuf,
    result_max_bytes: usize,
}

/// What went wrong: S3's answer, or a limit of this process.
#[derive(Debug)]
enum Problem {
    Refused(Refusal),
    TooLarge { size_bytes: u64 },
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Carries out the call with the checked parameters `input`, away from the threads that serve sockets.
pub(super) async fn perform(
    root: PathBuf,
    result_max_bytes: usize,
    call: &Call,
    input: Value,
) -> Result<Value, Failure> {
    if !ACTIONS.contains(&&*call.action) {
        let message = format!(
            "S3 in a directory has no action `{}`, only {}; an S3 server has all: `--aws-endpoint s3=URL`",
            call.action,
            ACTIONS.join(", ")
        );
        return Err(Failure::new(errors::NOT_STARTED, Text::from(message)));
    }
    let store = Store { root, result_max_bytes };
    let action = call.action.clone();
    let done = tokio::task::spawn_blocking(move || store.perform(&action, &input)).await;
    // It only fails to be joined where the async runtime stops, and then nobody hears of it.
    let done = done.map_err(|error| Failure::new(errors::TASK_FAILED, Text::from(error.to_string())))?;
    done.map_err(|problem| match problem {
        Problem::Refused(Refusal { status, code, message }) => {
            let error = ServiceError { code: code.to_owned(), message, request_id: None };
            failure::of_service(call, status, &error, None)
        }
        Problem::TooLarge { size_bytes } => {
            let message = format!(
                "the object has {size_bytes} bytes, and a result at most {result_max_bytes}, the limit \
                 `output_max_bytes`; ask for a part of it with `Range`"
            );
            Failure::new(errors::LIMIT, Text::from(message))
        }
    })
}

impl Store {
    fn perform(&self, action: &str, input: &Value) -> Result<Value, Problem> {
        match action {
            "createBucket" => Ok(self.create_bucket(input)?),
            "deleteBucket" => Ok(self.delete_bucket(input)?),
            "headBucket" => Ok(self.bucket(input).map(|_| empty())?),
            "listBuckets" => Ok(self.list_buckets()?),
            "listObjectsV2" => Ok(listing::page(&self.bucket(input)?, input)?),
            "getObject" => objects::get(&self.bucket(input)?, input, self.result_max_bytes),
            "headObject" => Ok(objects::head(&self.bucket(input)?, input)?),
            "putObject" => Ok(objects::put(&self.bucket(input)?, input)?),
            "copyObject" => Ok(self.copy(input)?),
            _ => Ok(objects::delete(&self.bucket(input)?, input)?),
        }
    }

    /// The bucket that the parameters name.
    fn bucket(&self, input: &Value) -> Result<Bucket, Refusal> {
        Bucket::open(&self.root, required(input, "Bucket")?)
    }

    fn create_bucket(&self, input: &Value) -> Result<Value, Refusal> {
        let name = required(input, "Bucket")?;
        place::check_bucket_name(name)?;
        std::fs::create_dir_all(&self.root).map_err(|error| refused_by_disk(&error))?;
        match std::fs::create_dir(self.root.join(name)) {
            Ok(()) => Ok(Value::object([("Location", format!("/{name}"))])),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Refusal {
                status: 409,
                code: "BucketAlreadyOwnedByYou",
                message: "Your previous request to create the named bucket succeeded and you already own it."
                    .to_owned(),
            }),
            Err(error) => Err(refused_by_disk(&error)),
        }
    }

    fn delete_bucket(&self, input: &Value) -> Result<Value, Refusal> {
        let bucket = self.bucket(input)?;
        if listing::has_objects(&bucket)? {
            return Err(Refusal {
                status: 409,
                code: "BucketNotEmpty",
                message: "The bucket you tried to delete is not empty".to_owned(),
            });
        }
        std::fs::remove_dir_all(bucket.path()).map_err(|error| refused_by_disk(&error))?;
        Ok(empty())
    }

    fn list_buckets(&self) -> Result<Value, Refusal> {
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Value::object([("Buckets", Value::from(Vec::new()))]));
            }
            Err(error) => return Err(refused_by_disk(&error)),
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| Bucket::open(&self.root, name).is_ok())
            .collect();
        names.sort();
        let buckets = names.iter().filter_map(|name| {
            let created = objects::modified(&self.root.join(name).metadata().ok()?);
            Some(Value::object([("Name", Value::from(name)), ("CreationDate", created)]))
        });
        Ok(Value::object([("Buckets", Value::array(buckets))]))
    }

    fn copy(&self, input: &Value) -> Result<Value, Refusal> {
        let source = required(input, "CopySource")?;
        let source = source.split_once("?versionId=").map_or(source, |(source, _)| source);
        let source = super::encoding::decoded(source.strip_prefix('/').unwrap_or(source));
        let (bucket, key) = source.split_once('/').ok_or_else(|| Refusal {
            status: 400,
            code: "InvalidArgument",
            message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey".to_owned(),
        })?;
        objects::copy(&Bucket::open(&self.root, bucket)?, key, &self.bucket(input)?, input)
    }
}

/// The text that an action cannot be without.
fn required<'a>(input: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let given = input.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    given.ok_or_else(|| Refusal {
        status: 400,
        code: "InvalidRequest",
        message: format!("The parameter {name} is missing"),
    })
}

fn no_such_key() -> Refusal {
    Refusal { status: 404, code: "NoSuchKey", message: "The specified key does not exist.".to_owned() }
}

fn refused_by_disk(error: &io::Error) -> Refusal {
    Refusal { status: 500, code: "InternalError", message: format!("The disk refused: {error}") }
}

fn empty() -> Value {
    Value::object([] as [(&str, Value); 0])
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::call::tests::call;
    use super::*;

    struct Bench(TempDir);

    impl Bench {
        fn new() -> Self {
            let bench = Self(TempDir::new().unwrap());
            bench.act("createBucket", r#"{"Bucket":"box"}"#).unwrap();
            bench
        }

        fn act(&self, action: &str, input: &str) -> Result<Value, Failure> {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let call = call(&format!("aws-sdk:s3:{action}"));
            let input = Value::parse(input).unwrap();
            runtime.block_on(perform(self.0.path().to_owned(), 1000, &call, input))
        }

        fn put(&self, keys: &[&str]) {
            for key in keys {
                let input = Value::object([("Bucket", "box"), ("Key", key), ("Body", "x")]);
                self.act("putObject", &input.to_text()).unwrap();
            }
        }

        fn check(&self, action: &str, input: &str, expected: &str) {
            let shown = match self.act(action, input) {
                Ok(value) => value.to_text(),
                Err(failure) => failure.to_string(),
            };
            assert_eq!(shown, expected, "{action} {input}");
        }

        fn list(&self, more: &str) -> String {
            let page = self.act("listObjectsV2", &format!(r#"{{"Bucket":"box"{more}}}"#)).unwrap();
            let names = |list: &str, key: &str| {
                let list = page.get(list).and_then(Value::as_array).map_or(&[][..], |list| &list[..]);
                list.iter().map(|it| it.get(key).unwrap().as_str().unwrap().to_owned()).collect::<Vec<_>>()
            };
            let token = page.get("NextContinuationToken").and_then(Value::as_str).unwrap_or("-");
            format!("{:?} {:?} {token}", names("Contents", "Key"), names("CommonPrefixes", "Prefix"))
        }
    }

    #[test]
    fn an_object_comes_back_as_it_was_put() {
        let bench = Bench::new();
        bench.check(
            "putObject",
            r#"{"Bucket":"box","Key":"a/b.json","Body":{"Dict":"Value"}}"#,
            r#"{"ETag":"\"49e31cee5aec8faf3345893addb14346\"","ChecksumCRC32":"hnEfWw==","ChecksumType":"FULL_OBJECT"}"#,
        );
        let mut got = bench.act("getObject", r#"{"Bucket":"box","Key":"a/b.json"}"#).unwrap();
        assert!(got.get("LastModified").unwrap().as_str().unwrap().ends_with('Z'));
        got.set("LastModified", "then");
        let expected = r#"{"AcceptRanges":"bytes","ContentLength":16,"ContentType":"application/json","ETag":
            "\"49e31cee5aec8faf3345893addb14346\"","LastModified":"then","Metadata":{},"Body":"{\"Dict\":\"Value\"}"}"#;
        assert_eq!(got, Value::parse(expected).unwrap());
        let part =
            bench.act("getObject", r#"{"Bucket":"box","Key":"a/b.json","Range":"bytes=2-5"}"#).unwrap();
        assert_eq!(part.get("Body"), Some(&Value::from("Dict")));
        assert_eq!(part.get("ContentRange"), Some(&Value::from("bytes 2-5/16")));
        bench.check("copyObject", r#"{"Bucket":"box","Key":"c","CopySource":"/box/a%2Fb.json"}"#, &{
            let copy = bench.act("copyObject", r#"{"Bucket":"box","Key":"c","CopySource":"box/a/b.json"}"#);
            copy.unwrap().to_text()
        });
        bench.check("deleteObject", r#"{"Bucket":"box","Key":"a/b.json"}"#, "{}");
        bench.check("deleteObject", r#"{"Bucket":"box","Key":"a/b.json"}"#, "{}");
        assert_eq!(bench.list(""), r#"["c"] [] -"#);
    }

    #[test]
    fn what_is_not_there_or_not_allowed_is_told_in_s3s_words() {
        let bench = Bench::new();
        let about = |status: u16| format!("(Service: S3, Status Code: {status}, Request ID: null)");
        bench.check(
            "getObject",
            r#"{"Bucket":"box","Key":"none"}"#,
            &format!("S3.NoSuchKeyException: The specified key does not exist. {}", about(404)),
        );
        bench.check(
            "getObject",
            r#"{"Bucket":"nobox","Key":"none"}"#,
            &format!("S3.NoSuchBucketException: The specified bucket does not exist {}", about(404)),
        );
        bench.put(&["a"]);
        bench.check(
            "getObject",
            r#"{"Bucket":"box","Key":"a","Range":"bytes=9-"}"#,
            &format!("S3.S3Exception: The requested range is not satisfiable {}", about(416)),
        );
        bench.check(
            "deleteBucket",
            r#"{"Bucket":"box"}"#,
            &format!("S3.S3Exception: The bucket you tried to delete is not empty {}", about(409)),
        );
        bench.check(
            "putObject",
            r#"{"Bucket":"box","Key":"a","Body":"y","IfNoneMatch":"*"}"#,
            &format!(
                "S3.S3Exception: At least one of the pre-conditions you specified did not hold {}",
                about(412)
            ),
        );
        let failure = bench.act("putBucketTagging", "{}").unwrap_err();
        assert!(failure.message.contains("`putBucketTagging`, only copyObject, "), "{failure}");
        let big = "x".repeat(1001);
        bench.act("putObject", &format!(r#"{{"Bucket":"box","Key":"big","Body":"{big}"}}"#)).unwrap();
        let failure = bench.act("getObject", r#"{"Bucket":"box","Key":"big"}"#).unwrap_err();
        assert_eq!(&*failure.error, errors::LIMIT);
    }

    #[test]
    fn no_key_leads_out_of_the_directory() {
        let bench = Bench::new();
        let outside = TempDir::new().unwrap();
        std::fs::write(outside.path().join("secret"), "s").unwrap();
        let link = |name: &str, to: &std::path::Path| {
            std::os::unix::fs::symlink(to, bench.0.path().join("box").join(name)).unwrap();
        };
        link("out", outside.path());
        link("file", &outside.path().join("secret"));
        std::os::unix::fs::symlink(outside.path(), bench.0.path().join("outbox")).unwrap();
        for (bucket, key) in [
            ("box", "../box/a"),
            ("box", "a/../../x"),
            ("box", "/etc/passwd"),
            ("box", "a//b"),
            ("box", "a/"),
            ("box", "./a"),
            ("box", "a\\u0000b"),
            ("box", "out/secret"),
            ("box", "file"),
            ("box", "out/new/deep"),
            ("..", "a"),
            (".", "a"),
            ("outbox", "secret"),
            ("box/a", "b"),
        ] {
            for action in ["getObject", "putObject", "deleteObject"] {
                let input = format!(r#"{{"Bucket":"{bucket}","Key":"{key}","Body":"b"}}"#);
                let outcome = bench.act(action, &input);
                assert!(outcome.is_err(), "{action} {input}: {outcome:?}");
            }
        }
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
        assert_eq!(bench.list(""), "[] [] -");
    }

    #[test]
    fn objects_are_listed_in_the_order_of_their_bytes() {
        let bench = Bench::new();
        bench.put(&["b", "a/c", "a.txt", "a/b/x", "ü", "Z", "a0", "logs/1", "logs/2"]);
        assert_eq!(
            bench.list(""),
            r#"["Z", "a.txt", "a/b/x", "a/c", "a0", "b", "logs/1", "logs/2", "ü"] [] -"#
        );
        assert_eq!(bench.list(r#","Prefix":"a/""#), r#"["a/b/x", "a/c"] [] -"#);
        assert_eq!(bench.list(r#","Prefix":"lo""#), r#"["logs/1", "logs/2"] [] -"#);
        assert_eq!(bench.list(r#","StartAfter":"a0""#), r#"["b", "logs/1", "logs/2", "ü"] [] -"#);
        assert_eq!(bench.list(r#","Delimiter":"/""#), r#"["Z", "a.txt", "a0", "b", "ü"] ["a/", "logs/"] -"#);
        assert_eq!(bench.list(r#","Delimiter":"/","Prefix":"a/""#), r#"["a/c"] ["a/b/"] -"#);
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_repeat() {
        let bench = Bench::new();
        bench.put(&["a", "b/1", "b/2", "c", "d/1", "e"]);
        let mut token = String::new();
        let mut seen = Vec::new();
        loop {
            let page = bench
                .act("listObjectsV2", &format!(r#"{{"Bucket":"box","Delimiter":"/","MaxKeys":2{token}}}"#))
                .unwrap();
            seen.push(page.get("KeyCount").and_then(Value::as_u64).unwrap());
            let Some(next) = page.get("NextContinuationToken").and_then(Value::as_str) else { break };
            token = format!(r#","ContinuationToken":"{next}""#);
        }
        // a b/ | c d/ | e
        assert_eq!(seen, [2, 2, 1]);
        bench.check("listBuckets", "{}", &bench.act("listBuckets", "{}").unwrap().to_text());
    }
}
