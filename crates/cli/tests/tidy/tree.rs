//! The workspace on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The packages of the workspace, as cargo describes them.
pub(crate) fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    metadata["packages"].as_array().expect("packages are an array").clone()
}

/// The directory of the workspace.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).expect("the crate is two levels down").to_owned()
}

/// How a path is shown: from the root of the workspace.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", shown(path)))
}

/// The files below `directory` that end in one of `extensions`, sorted; not those of builds, nor hidden ones.
pub(crate) fn files(directory: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(directory) else { return found };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory lists").path()).collect();
    paths.sort();
    for path in paths {
        let name = last_part(&path);
        if name.starts_with('.') || path.is_symlink() {
            continue;
        }
        let built = name == "target" || name == "node_modules" || name == "__pycache__";
        if path.is_dir() && !built {
            found.extend(files(&path, extensions));
        } else if extensions
            .iter()
            .any(|extension| path.extension().is_some_and(|actual| actual == *extension))
        {
            found.push(path);
        }
    }
    found
}

pub(crate) fn last_part(path: &Path) -> String {
    path.file_name().expect("a crate has a directory").to_string_lossy().into_owned()
}
