//! What files a function is made of, as a digest: so that a result of what they were is not taken for one of what they are.
//!
//! Of a command these are the files that its words name; of a handler, its module, or all that is in it where it is a package.
//! What is not there, or no file, counts for nothing: the function itself tells of it when it runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tidegate_model::function::{CommandLine, Handler};
use tidegate_model::{Digest, FunctionSpec, Runtime};

use crate::process::launch;

/// Files that one function is made of at most; above that it is not looked at.
const FILES_MAX: usize = 10_000;

/// The digest of the files that `spec` is made of, in a workflow of the directory `base`; `None` where there are none.
#[must_use]
pub fn digest(spec: &FunctionSpec, base: &str) -> Option<Digest> {
    let own = match &spec.runtime {
        Runtime::Command(command) => command.directory.as_deref(),
        Runtime::Python(handler) | Runtime::Node(handler) => handler.directory.as_deref(),
        Runtime::Provided(provided) => provided.directory.as_deref(),
        Runtime::Builtin(_) | Runtime::Http(_) | Runtime::External(_) | Runtime::Aws(_) => return None,
    };
    let directory = launch::directory(Some(base), own);
    let mut files = BTreeSet::new();
    match &spec.runtime {
        Runtime::Command(command) => named(&directory, &command.command, &mut files),
        Runtime::Provided(provided) => named(&directory, &provided.bootstrap, &mut files),
        Runtime::Python(handler) => modules(&directory, handler, &["py"], &mut files),
        Runtime::Node(handler) => modules(&directory, handler, &["js", "mjs", "cjs"], &mut files),
        Runtime::Builtin(_) | Runtime::Http(_) | Runtime::External(_) | Runtime::Aws(_) => {}
    }
    let mut content = Vec::new();
    for file in &files {
        let Ok(bytes) = std::fs::read(file) else { continue };
        let name = file.strip_prefix(&directory).unwrap_or(file);
        content.extend_from_slice(name.as_os_str().as_encoded_bytes());
        content.push(0);
        content.extend_from_slice(&Digest::of(&bytes).0);
    }
    (!content.is_empty()).then(|| Digest::of(&content))
}

/// The files that words of a command name.
fn named(directory: &Path, command: &CommandLine, files: &mut BTreeSet<PathBuf>) {
    let is_between = |c: char| c.is_whitespace() || "'\"`;|&<>()=$".contains(c);
    let words: Vec<&str> = match command {
        CommandLine::Shell(line) => line.split(is_between).collect(),
        CommandLine::Program(words) => words.iter().map(String::as_str).collect(),
    };
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        let path = directory.join(word);
        // What is elsewhere on the machine is not the workflow's.
        if path.starts_with(directory) && path.is_file() {
            files.insert(path);
        }
    }
}

/// The file of a handler's module, or the files of the package that it is in.
fn modules(directory: &Path, handler: &Handler, endings: &[&str], files: &mut BTreeSet<PathBuf>) {
    let Some((module, _)) = handler.handler.rsplit_once('.') else { return };
    let module = module.replace('.', "/");
    let first = module.split('/').next().unwrap_or_default();
    for ending in endings {
        let file = directory.join(format!("{module}.{ending}"));
        if file.is_file() {
            files.insert(file);
        }
    }
    if !first.is_empty() {
        within(&directory.join(first), endings, files);
    }
}

fn within(directory: &Path, endings: &[&str], files: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if files.len() >= FILES_MAX {
            return;
        }
        let (path, kind) = (entry.path(), entry.file_type());
        let ending = path.extension().and_then(|ending| ending.to_str());
        match kind {
            Ok(kind) if kind.is_dir() => within(&path, endings, files),
            Ok(kind) if kind.is_file() && ending.is_some_and(|ending| endings.contains(&ending)) => {
                files.insert(path);
            }
            Ok(_) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tidegate_model::function::Command;

    use super::*;

    #[test]
    fn the_files_that_a_command_names_are_looked_at() {
        let place = tempfile::tempdir().unwrap();
        let base = place.path().to_str().unwrap();
        let spec = |line: &str| {
            FunctionSpec::new(Runtime::Command(Command {
                command: CommandLine::Shell(line.to_owned()),
                directory: None,
                takes_overrides: false,
            }))
        };
        let made = spec("python3 'count words.py' | sh ./sum.sh >out");
        assert_eq!(digest(&made, base), None, "there is no such file");
        std::fs::write(place.path().join("sum.sh"), "jq add").unwrap();
        let first = digest(&made, base);
        assert!(first.is_some());
        std::fs::write(place.path().join("sum.sh"), "jq length").unwrap();
        assert_ne!(digest(&made, base), first);
        assert_eq!(digest(&spec("cat /etc/passwd"), base), None);
    }

    #[test]
    fn a_handler_is_its_module_or_its_package() {
        let place = tempfile::tempdir().unwrap();
        let base = place.path().to_str().unwrap();
        let spec = |handler: &str| {
            FunctionSpec::new(Runtime::Python(Handler { handler: handler.to_owned(), directory: None }))
        };
        std::fs::create_dir(place.path().join("words")).unwrap();
        std::fs::write(place.path().join("words/count.py"), "1").unwrap();
        let (module, package) = (digest(&spec("words.count.main"), base), digest(&spec("words.main"), base));
        assert!(module.is_some() && package.is_some());
        std::fs::write(place.path().join("words/other.py"), "2").unwrap();
        assert_ne!(digest(&spec("words.count.main"), base), module, "it may import what is beside it");
        assert_eq!(digest(&spec("lost.main"), base), None);
    }
}
