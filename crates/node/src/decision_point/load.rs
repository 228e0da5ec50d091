//! Reads the folder or bundle of access policies.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use pecan_platform::files::{self, FilesError, Fingerprint};
use pecan_rego::{PolicySet, SourceFile, Sources};

use super::capability::{Capabilities, StatementError, read_capabilities};

/// The files of a folder that are read, by the ends of their names; YAML only to say that it is not read.
const EXTENSIONS: [&str; 4] = ["rego", "json", "yaml", "yml"];

/// Why access policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder, the bundle or a file in it cannot be read.
    #[error("access policies: {}", explain(.0))]
    Unreadable(FilesError),
    /// What was read cannot be used: which file, where in it, and why.
    #[error("access policies in `{}`: {cause}", path.display())]
    Unusable {
        /// The folder or bundle.
        path: PathBuf,
        /// The cause.
        cause: pecan_rego::LoadError,
    },
    /// A capability statement among them cannot be used.
    #[error("access policies in `{}`: {cause}", path.display())]
    Statement {
        /// The folder or bundle.
        path: PathBuf,
        /// The cause.
        cause: StatementError,
    },
}

impl LoadError {
    /// Whether there is nothing at the place yet.
    pub(super) fn is_missing(&self, place: &Path) -> bool {
        let Self::Unreadable(FilesError::Unreadable { path, cause }) = self else { return false };
        cause.kind() == io::ErrorKind::NotFound && place == Path::new(path)
    }
}

/// The error of reading with its cause, which the log would else not show.
fn explain(error: &FilesError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// What the folder or bundle looks like now; `None` if that cannot be told.
pub(super) fn fingerprint(place: &Path) -> Option<Fingerprint> {
    files::fingerprint_tree(place, &EXTENSIONS).ok()
}

/// Policies that can be asked, and the capability statements among them.
pub(super) fn read(place: &Path) -> Result<(PolicySet, Capabilities), LoadError> {
    let unusable = |cause| LoadError::Unusable { path: place.to_owned(), cause };
    let sources = read_sources(place)?;
    let set = PolicySet::compile(&sources).map_err(unusable)?;
    let capabilities = read_capabilities(&set)
        .map_err(|cause| LoadError::Statement { path: place.to_owned(), cause })?;
    Ok((set, capabilities))
}

/// Reads a folder or bundle of policies, without compiling: for checks and tests.
pub fn read_sources(place: &Path) -> Result<Sources, LoadError> {
    let unusable = |cause| LoadError::Unusable { path: place.to_owned(), cause };
    if !place.is_dir() {
        let bytes = files::read_file(place).map_err(LoadError::Unreadable)?;
        return Sources::from_bundle(&bytes).map_err(unusable);
    }
    let found = files::read_tree(place, &EXTENSIONS).map_err(LoadError::Unreadable)?;
    let found = found.into_iter().map(|file| SourceFile { path: file.name, bytes: file.bytes });
    Sources::from_folder(found.collect()).map_err(unusable)
}
