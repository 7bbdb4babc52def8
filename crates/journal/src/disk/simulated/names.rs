//! The directories of the simulated disk: which name means which file, as seen and as durable.
//!
//! A directory is durable as soon as it is made; the names of files in it are durable when it is synced.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::{FileId, Random};

#[derive(Debug, Default)]
pub(super) struct Names {
    dirs: BTreeSet<PathBuf>,
    seen: BTreeMap<PathBuf, FileId>,
    durable: BTreeMap<PathBuf, FileId>,
    /// Changes that are seen and not durable, oldest first, with the directory whose sync makes them so.
    pending: Vec<(PathBuf, Change)>,
}

#[derive(Debug)]
enum Change {
    Insert { path: PathBuf, file: FileId },
    Move { from: PathBuf, to: PathBuf, file: FileId },
    Remove { path: PathBuf, file: FileId },
}

impl Names {
    pub(super) fn create_dir_all(&mut self, dir: &Path) -> io::Result<()> {
        for ancestor in dir.ancestors() {
            if self.seen.contains_key(ancestor) {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            self.dirs.insert(ancestor.to_owned());
        }
        Ok(())
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<FileId> {
        self.seen.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn create(&mut self, path: &Path, file: FileId) -> io::Result<()> {
        let dir = self.dir_of(path)?;
        if self.seen.contains_key(path) || self.dirs.contains(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.seen.insert(path.to_owned(), file);
        self.pending.push((dir, Change::Insert { path: path.to_owned(), file }));
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let file = self.find(from)?;
        let (old_dir, new_dir) = (self.dir_of(from)?, self.dir_of(to)?);
        self.seen.remove(from);
        self.seen.insert(to.to_owned(), file);
        let (from, to) = (from.to_owned(), to.to_owned());
        if old_dir == new_dir {
            self.pending.push((new_dir, Change::Move { from, to, file }));
        } else {
            self.pending.push((new_dir, Change::Insert { path: to, file }));
            self.pending.push((old_dir, Change::Remove { path: from, file }));
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        let file = self.find(path)?;
        let dir = self.dir_of(path)?;
        self.seen.remove(path);
        self.pending.push((dir, Change::Remove { path: path.to_owned(), file }));
        Ok(())
    }

    pub(super) fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.check_dir(dir)?;
        let below = |path: &&PathBuf| path.starts_with(dir);
        let files = self.seen.range(dir.to_owned()..).map(|(path, _)| path).take_while(below);
        let dirs = self.dirs.range(dir.to_owned()..).take_while(below);
        let names: BTreeSet<String> = files
            .chain(dirs)
            .filter(|path| path.parent() == Some(dir))
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        Ok(names.into_iter().collect())
    }

    pub(super) fn sync(&mut self, dir: &Path) -> io::Result<()> {
        self.check_dir(dir)?;
        let (synced, pending) = std::mem::take(&mut self.pending).into_iter().partition(|(of, _)| of == dir);
        self.pending = pending;
        for (_, change) in synced {
            self.make_durable(change);
        }
        Ok(())
    }

    pub(super) fn crash(&mut self, random: &mut Random) {
        for (_, change) in std::mem::take(&mut self.pending) {
            if random.coin() {
                self.make_durable(change);
            }
        }
        self.seen = self.durable.clone();
    }

    /// Whether any name, seen or durable or on its way, leads to `file`.
    pub(super) fn mentions(&self, file: FileId) -> bool {
        let pending = self.pending.iter().any(|(_, change)| match change {
            Change::Insert { file: of, .. } | Change::Move { file: of, .. } => *of == file,
            Change::Remove { .. } => false,
        });
        pending || self.seen.values().chain(self.durable.values()).any(|of| *of == file)
    }

    fn make_durable(&mut self, change: Change) {
        match change {
            Change::Insert { path, file } => {
                self.durable.insert(path, file);
            }
            Change::Move { from, to, file } => {
                self.forget(&from, file);
                self.durable.insert(to, file);
            }
            Change::Remove { path, file } => self.forget(&path, file),
        }
    }

    fn forget(&mut self, path: &Path, file: FileId) {
        if self.durable.get(path) == Some(&file) {
            self.durable.remove(path);
        }
    }

    fn dir_of(&self, path: &Path) -> io::Result<PathBuf> {
        let dir = path.parent().unwrap_or(Path::new(""));
        self.check_dir(dir)?;
        Ok(dir.to_owned())
    }

    fn check_dir(&self, dir: &Path) -> io::Result<()> {
        if self.dirs.contains(dir) {
            return Ok(());
        }
        let is_file = self.seen.contains_key(dir);
        Err(if is_file { io::ErrorKind::NotADirectory } else { io::ErrorKind::NotFound }.into())
    }
}
