//! Folders of configuration: policies, contexts, certificates.
//!
//! These functions block; call them at the start or in a blocking task.

use std::fs::{self, File as OpenFile};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

/// The most files of a folder.
pub const FILES_MAX: usize = 1_000;
/// The largest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most bytes of all files of a folder.
pub const FOLDER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What tells a changed folder from an unchanged one: names, sizes and times of its files. Equal: nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(Vec<(String, u64, Option<SystemTime>)>);

/// Why a folder was not read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The folder or a file in it.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// Its path.
        path: String,
        /// The cause.
        #[source]
        cause: io::Error,
    },
    /// A limit.
    #[error("`{path}` has {problem}")]
    TooMuch {
        /// Its path.
        path: String,
        /// What there is too much of.
        problem: &'static str,
    },
}

/// Reads the files of a folder whose names end in `.extension`, by name. Folders in it are left alone; links are followed.
pub fn read_folder(folder: &Path, extension: &str) -> Result<Vec<File>, FilesError> {
    let mut files = Vec::new();
    let mut total = 0;
    for (name, _, _) in entries(folder, extension)? {
        let path = folder.join(&name);
        let bytes = read_file(&path)?;
        total += bytes.len() as u64;
        if total > FOLDER_BYTES_MAX {
            return Err(too_much(folder, "more bytes than are read"));
        }
        files.push(File { name, bytes });
    }
    Ok(files)
}

/// The state of the files that [`read_folder`] would read, without reading them.
pub fn fingerprint(folder: &Path, extension: &str) -> Result<Fingerprint, FilesError> {
    entries(folder, extension).map(Fingerprint)
}

/// Reads one file of at most [`FILE_BYTES_MAX`] bytes.
pub fn read_file(path: &Path) -> Result<Vec<u8>, FilesError> {
    let unreadable = |cause| unreadable(path, cause);
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("not a file")));
    }
    let mut bytes = Vec::new();
    let file = OpenFile::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(too_much(path, "more bytes than are read"));
    }
    Ok(bytes)
}

/// Name, size and time of last change of each file, by name.
fn entries(
    folder: &Path,
    extension: &str,
) -> Result<Vec<(String, u64, Option<SystemTime>)>, FilesError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|cause| unreadable(folder, cause))? {
        let path = entry.map_err(|cause| unreadable(folder, cause))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.extension().is_none_or(|found| found != extension) {
            continue;
        }
        let metadata = fs::metadata(&path).map_err(|cause| unreadable(&path, cause))?;
        if !metadata.is_file() {
            continue;
        }
        if found.len() == FILES_MAX {
            return Err(too_much(folder, "more files than are read"));
        }
        found.push((name.to_owned(), metadata.len(), metadata.modified().ok()));
    }
    found.sort();
    Ok(found)
}

fn unreadable(path: &Path, cause: io::Error) -> FilesError {
    FilesError::Unreadable { path: path.display().to_string(), cause }
}

fn too_much(path: &Path, problem: &'static str) -> FilesError {
    FilesError::TooMuch { path: path.display().to_string(), problem }
}
