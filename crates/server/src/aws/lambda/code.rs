//! Where the code of functions goes: `NAME/DIGEST/`, unpacked and never changed afterwards.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tidegate_model::Digest;

use super::archive::{self, File};
use crate::aws::draw;
use crate::aws::fault::Fault;

/// The directory with the code of all functions.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    root: Arc<Root>,
}

#[derive(Debug)]
enum Root {
    Kept(PathBuf),
    /// It goes with the server.
    Temporary(PathBuf),
}

impl Drop for Root {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            // There may be none: no function came in an archive.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

impl Code {
    /// Code in `directory`, or in one of its own among the temporary ones.
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        let root = match directory {
            Some(path) => Root::Kept(std::path::absolute(&path).unwrap_or(path)),
            None => Root::Temporary(std::env::temp_dir().join(format!("tidegate-code-{}", draw::uuid()))),
        };
        Self { root: Arc::new(root) }
    }

    fn root(&self) -> &Path {
        match &*self.root {
            Root::Kept(path) | Root::Temporary(path) => path,
        }
    }

    /// Unpacks an archive with the code of a function, and gives its directory.
    pub(super) async fn unpack(&self, function: &str, archive: Vec<u8>) -> Result<Unpacked, Fault> {
        let place = self.root().join(function);
        let unpacking = tokio::task::spawn_blocking(move || unpack(&place, &archive));
        unpacking.await.map_err(|error| Fault::internal(error.to_string()))?
    }

    /// Removes all code of a function.
    pub(super) async fn remove(&self, function: &str) {
        let place = self.root().join(function);
        // What is left lies around, and nothing refers to it.
        let _ = tokio::fs::remove_dir_all(place).await;
    }
}

/// Code that was unpacked.
#[derive(Clone, Debug)]
pub(super) struct Unpacked {
    pub(super) directory: PathBuf,
    /// Of the archive.
    pub(super) digest: Digest,
    pub(super) size_bytes: u64,
}

fn unpack(place: &Path, archive: &[u8]) -> Result<Unpacked, Fault> {
    let files = archive::files(archive).map_err(|error| {
        let message = format!(
            "Could not unzip uploaded file. Please check your file, then try to upload again. ({error})"
        );
        Fault::new("InvalidParameterValueException", message)
    })?;
    let digest = Digest::of(archive);
    let directory = place.join(digest.to_string());
    if !directory.exists() {
        // What is seen is whole: the directory gets its name when everything is in it.
        let new = place.join(format!(".new-{}", draw::uuid()));
        let written = write(&new, &files).and_then(|()| std::fs::rename(&new, &directory));
        if let Err(error) = written {
            let _ = std::fs::remove_dir_all(&new);
            if !directory.exists() {
                return Err(Fault::internal(format!("the code cannot be written: {error}")));
            }
        }
    }
    Ok(Unpacked { directory, digest, size_bytes: archive.len() as u64 })
}

fn write(directory: &Path, files: &[File]) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    for file in files {
        let path = directory.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, &file.content)?;
        let mode = if file.is_executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::archive;
    use super::*;

    #[test]
    fn code_is_unpacked_once_and_whole() {
        let place = tempfile::tempdir().unwrap();
        let packed = archive(&[("lib/a.py", "a = 1", 0o100_644), ("bootstrap", "#!/bin/sh", 0o100_755)]);
        let first = unpack(place.path(), &packed).unwrap();
        assert_eq!(std::fs::read_to_string(first.directory.join("lib/a.py")).unwrap(), "a = 1");
        let mode = std::fs::metadata(first.directory.join("bootstrap")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        assert_eq!(unpack(place.path(), &packed).unwrap().directory, first.directory);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
