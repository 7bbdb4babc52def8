//! The Python package that the binary brings, and where its files are while Python reads them.
//!
//! Invariant: a directory of that name has all files of the package, as they are in this binary.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use crate::problem::{Problem, Result};

/// The files of the package, by their paths in it.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/python_package.rs"));

/// A directory to put on Python's path for `import tidegate`. Its files are written where they are not there.
pub(crate) fn directory() -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    let name = format!("python-{}-{:016x}", env!("CARGO_PKG_VERSION"), hasher.finish());
    let place = cache()?.join("tidegate");
    let directory = place.join(name);
    if !directory.is_dir() {
        write(&place, &directory).map_err(|error| {
            Problem::io(format!("cannot write the Python package to `{}`", directory.display()), &error)
                .help("set XDG_CACHE_HOME to a directory that can be written")
        })?;
    }
    Ok(directory)
}

/// Where users keep what can be made again.
fn cache() -> Result<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache"))).ok_or_else(|| {
        Problem::invalid("there is no place for the Python package: neither XDG_CACHE_HOME nor HOME is set")
            .help("set XDG_CACHE_HOME to a directory of your own")
    })
}

/// Writes the package beside its place and moves it there whole; who comes second finds it there.
fn write(place: &Path, directory: &Path) -> io::Result<()> {
    let draft = place.join(format!("draft-{}", process::id()));
    let _ = fs::remove_dir_all(&draft);
    for (name, content) in FILES {
        let file = draft.join(name);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, content)?;
    }
    let moved = fs::rename(&draft, directory);
    if moved.is_err() && directory.is_dir() {
        return fs::remove_dir_all(&draft);
    }
    moved
}
