//! The only code that writes files.
//!
//! A folder is ours if it is empty or holds a manifest of ours; no other file is ever replaced or
//! removed. A result is replaced as a whole: every new file is written in full beside its place,
//! then the old ones are moved aside and the new ones moved in, the manifest last; whatever fails,
//! the old result is moved back.

use super::manifest::{self, Owner};
use super::{OutputFile, RenderError, Streamed};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;

/// Begins the names of our temporary folders.
const STAGING: &str = ".sim-";

/// A folder that results may be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFolder {
    path: PathBuf,
}

/// Why results cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something else has the folder's name.
    #[error("{} is not a folder; name another output folder", .0.display())]
    NotAFolder(PathBuf),
    /// The folder holds files that are not ours.
    #[error(
        "{} holds files but no {} of this program; \
         name an empty or new folder, so that nothing of yours is replaced",
        .0.display(),
        manifest::NAME
    )]
    Foreign(PathBuf),
    /// A file that is not ours has the name of one that is to be written.
    #[error(
        "{} was not written by this program; move it away or name another folder",
        .0.display()
    )]
    ForeignFile(PathBuf),
    /// A file that is made as it is written cannot be made.
    #[error("{0}; earlier results are as they were")]
    NotMade(RenderError),
    /// The disk or the permissions say no.
    #[error("could not {doing} {}: {source}; {kept}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
        /// What became of earlier results.
        kept: &'static str,
    },
}

impl OutputFolder {
    /// Makes `path` ready for results: creates it, checks that it is ours and that files can be
    /// written to it. To be called before a long run.
    ///
    /// # Errors
    /// [`WriteError`] if the folder is not ours or cannot be written to.
    pub fn prepare(path: &Path) -> Result<Self, WriteError> {
        if path.exists() && !path.is_dir() {
            return Err(WriteError::NotAFolder(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(failed("create", path))?;
        let folder = Self { path: path.to_owned() };
        if folder.manifest().is_none() && folder.holds_files()? {
            return Err(WriteError::Foreign(path.to_owned()));
        }
        folder.staging()?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `files` in place of the earlier result, if there is one.
    ///
    /// # Errors
    /// [`WriteError`] if a file cannot be written. The earlier result is then as it was.
    pub fn write(&self, files: &[OutputFile]) -> Result<(), WriteError> {
        self.write_streamed(&[], files)
    }

    /// The same of files of which some are made as they are written.
    ///
    /// # Errors
    /// [`WriteError`] if a file cannot be made or written. The earlier result is then as it was.
    pub fn write_streamed(
        &self,
        streamed: &[Streamed<'_>],
        files: &[OutputFile],
    ) -> Result<(), WriteError> {
        let names: Vec<&str> = streamed
            .iter()
            .map(|file| file.name.as_str())
            .chain(files.iter().map(|file| file.name.as_str()))
            .collect();
        let old: BTreeSet<String> = self.manifest().map(|old| own_names(&old)).unwrap_or_default();
        for name in &names {
            let place = self.path.join(name);
            if place.is_dir() || place.exists() && !old.contains(*name) {
                return Err(WriteError::ForeignFile(place));
            }
        }
        let staging = self.staging()?;
        let (fresh, aside) = (staging.path().join("new"), staging.path().join("old"));
        for file in streamed {
            let (place, shown) = (fresh.join(&file.name), self.path.join(&file.name));
            make_parent(&place)?;
            let mut to = fs::File::create(&place).map_err(failed("write", &shown))?;
            file.write(&mut to).map_err(|error| stopped(error, &shown))?;
        }
        for file in files {
            let place = fresh.join(&file.name);
            make_parent(&place)?;
            fs::write(&place, &file.bytes).map_err(failed("write", &self.path.join(&file.name)))?;
        }
        let mut swap = Swap { folder: &self.path, moved: Vec::new() };
        let swapped = swap.all(&old, &names, (&fresh, &aside));
        if swapped.is_err() {
            swap.undo();
        } else {
            self.remove_empty_folders(&old);
        }
        swapped
    }

    /// Whether the folder holds a manifest of ours.
    pub fn is_ours(&self) -> bool {
        self.manifest().is_some()
    }

    /// Writes one file beside the result, in whole or not at all, in place of what has its name. It is not
    /// part of the result: no manifest lists it, and [`write`](Self::write) leaves it alone.
    ///
    /// # Errors
    /// [`WriteError`] if it cannot be written.
    pub fn keep(&self, file: &OutputFile) -> Result<(), WriteError> {
        let place = self.path.join(&file.name);
        let staging = self.staging()?;
        let fresh = staging.path().join("kept");
        fs::write(&fresh, &file.bytes).map_err(failed("write", &place))?;
        make_parent(&place)?;
        fs::rename(&fresh, &place).map_err(failed("replace", &place))
    }

    /// What [`keep`](Self::keep) wrote under this name; `None` if nothing can be read there.
    pub fn kept(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.path.join(name)).ok()
    }

    /// The manifest of an earlier result of ours.
    fn manifest(&self) -> Option<Owner> {
        let bytes = fs::read(self.path.join(manifest::NAME)).ok()?;
        let manifest: Owner = serde_json::from_slice(&bytes).ok()?;
        (manifest.tool == manifest::TOOL).then_some(manifest)
    }

    /// Whether anything is in the folder but what an interrupted write of ours left.
    fn holds_files(&self) -> Result<bool, WriteError> {
        for entry in fs::read_dir(&self.path).map_err(failed("read", &self.path))? {
            let name = entry.map_err(failed("read", &self.path))?.file_name();
            if !name.to_string_lossy().starts_with(STAGING) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A temporary folder in this one, so that moving a file out of it is a rename.
    fn staging(&self) -> Result<TempDir, WriteError> {
        tempfile::Builder::new()
            .prefix(STAGING)
            .tempdir_in(&self.path)
            .map_err(failed("write to", &self.path))
    }

    /// Removes the sub-folders of an old result that nothing is left in.
    fn remove_empty_folders(&self, old: &BTreeSet<String>) {
        let parents = old.iter().filter_map(|name| Path::new(name).parent());
        for parent in parents.filter(|parent| *parent != Path::new("")).collect::<BTreeSet<_>>() {
            // Fails, and shall fail, where a file is left.
            let _ = fs::remove_dir(self.path.join(parent));
        }
    }
}

/// Moves of files, so that they can be undone.
struct Swap<'a> {
    folder: &'a Path,
    moved: Vec<(PathBuf, PathBuf)>,
}

impl Swap<'_> {
    fn all(
        &mut self,
        old: &BTreeSet<String>,
        names: &[&str],
        (fresh, aside): (&Path, &Path),
    ) -> Result<(), WriteError> {
        // The manifest stands for the whole: it is moved last, so the folder is ours at every
        // instant.
        let (manifest, others): (Vec<&str>, Vec<&str>) =
            names.iter().copied().partition(|name| *name == manifest::NAME);
        for name in old.iter().filter(|name| *name != manifest::NAME) {
            let place = self.folder.join(name);
            if place.is_file() {
                self.rename(place, aside.join(name))?;
            }
        }
        for name in others {
            self.rename(fresh.join(name), self.folder.join(name))?;
        }
        for name in manifest {
            let place = self.folder.join(name);
            if place.exists() {
                self.rename(place.clone(), aside.join(name))?;
            }
            self.rename(fresh.join(name), place)?;
        }
        Ok(())
    }

    fn rename(&mut self, from: PathBuf, to: PathBuf) -> Result<(), WriteError> {
        make_parent(&to)?;
        fs::rename(&from, &to).map_err(failed("replace", &to))?;
        self.moved.push((from, to));
        Ok(())
    }

    fn undo(self) {
        for (from, to) in self.moved.into_iter().rev() {
            // What cannot be moved back stays where it is; there is nobody left to tell.
            let _ = fs::rename(to, from);
        }
    }
}

/// The files that a manifest lists, itself included; names that lead out of the folder are not
/// ours.
fn own_names(manifest: &Owner) -> BTreeSet<String> {
    let inside = |name: &&String| {
        !name.is_empty()
            && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
    };
    let mut names: BTreeSet<String> = manifest.files.iter().filter(inside).cloned().collect();
    names.insert(manifest::NAME.to_owned());
    names
}

fn make_parent(place: &Path) -> Result<(), WriteError> {
    let parent = place.parent().unwrap_or(place);
    fs::create_dir_all(parent).map_err(failed("create", parent))
}

/// Why a file that is made as it is written was not.
fn stopped(error: RenderError, path: &Path) -> WriteError {
    if let RenderError::Csv(error) = &error
        && let ::csv::ErrorKind::Io(source) = error.kind()
    {
        return failed("write", path)(io::Error::new(source.kind(), source.to_string()));
    }
    WriteError::NotMade(error)
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| {
        let kept = match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "make room on the disk; earlier results are as they were"
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "name an output folder that you may write to; earlier results are as they were"
            }
            _ => "earlier results are as they were",
        };
        WriteError::Io { doing, path, source, kept }
    }
}
