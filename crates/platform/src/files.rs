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

/// How deep folders in a folder are read.
pub const FOLDER_DEPTH_MAX: usize = 8;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name in the folder; below folders in it, the path with `/` between the parts.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What tells a changed folder from an unchanged one: names, sizes and times of its files. Equal: nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(Vec<Entry>);

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

/// Reads the files of a folder and of the folders in it whose names end in one of the extensions, by path. What begins with a dot is left
/// alone, links are followed.
pub fn read_tree(folder: &Path, extensions: &[&str]) -> Result<Vec<File>, FilesError> {
    let mut files = Vec::new();
    let mut total = 0;
    for (name, _, _) in tree(folder, extensions)? {
        let bytes = read_file(&folder.join(&name))?;
        total += bytes.len() as u64;
        if total > FOLDER_BYTES_MAX {
            return Err(too_much(folder, "more bytes than are read"));
        }
        files.push(File { name, bytes });
    }
    Ok(files)
}

/// The state of the files that [`read_tree`] would read, or of a single file, without reading them.
pub fn fingerprint_tree(place: &Path, extensions: &[&str]) -> Result<Fingerprint, FilesError> {
    let metadata = fs::metadata(place).map_err(|cause| unreadable(place, cause))?;
    if metadata.is_dir() {
        return tree(place, extensions).map(Fingerprint);
    }
    Ok(Fingerprint(vec![(String::new(), metadata.len(), metadata.modified().ok())]))
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

/// Path, size and time of last change of a file.
type Entry = (String, u64, Option<SystemTime>);

/// The files of a folder and of the folders in it, by path.
fn tree(folder: &Path, extensions: &[&str]) -> Result<Vec<Entry>, FilesError> {
    let mut found = Vec::new();
    add_tree(folder, "", extensions, &mut found)?;
    found.sort();
    Ok(found)
}

fn add_tree(
    folder: &Path,
    prefix: &str,
    extensions: &[&str],
    found: &mut Vec<Entry>,
) -> Result<(), FilesError> {
    // A link to a folder above would be followed for ever.
    if prefix.matches('/').count() > FOLDER_DEPTH_MAX {
        return Err(too_much(folder, "more folders in folders than are read"));
    }
    for entry in fs::read_dir(folder).map_err(|cause| unreadable(folder, cause))? {
        let path = entry.map_err(|cause| unreadable(folder, cause))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.starts_with('.') {
            continue;
        }
        let metadata = fs::metadata(&path).map_err(|cause| unreadable(&path, cause))?;
        if metadata.is_dir() {
            add_tree(&path, &format!("{prefix}{name}/"), extensions, found)?;
        } else if metadata.is_file()
            && path.extension().is_some_and(|found| extensions.iter().any(|it| found == *it))
        {
            if found.len() == FILES_MAX {
                return Err(too_much(folder, "more files than are read"));
            }
            found.push((format!("{prefix}{name}"), metadata.len(), metadata.modified().ok()));
        }
    }
    Ok(())
}

/// Name, size and time of last change of each file, by name.
fn entries(folder: &Path, extension: &str) -> Result<Vec<Entry>, FilesError> {
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn folder(name: &str, files: &[&str]) -> Folder {
        let folder =
            std::env::temp_dir().join(format!("pecan-files-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        Folder(folder)
    }

    #[test]
    fn a_tree_is_read_by_path_without_what_is_hidden() {
        let files =
            ["b.rego", "a/x/deep.json", "a/y.rego", "a/z.txt", ".git/x.rego", "a/.data/x.rego"];
        let folder = folder("tree", &files);
        let names = |found: Vec<File>| found.into_iter().map(|file| file.name).collect::<Vec<_>>();
        let found = read_tree(&folder.0, &["rego", "json"]).unwrap();
        assert!(found.iter().all(|file| file.name.as_bytes() == file.bytes));
        assert_eq!(names(found), ["a/x/deep.json", "a/y.rego", "b.rego"]);
        let before = fingerprint_tree(&folder.0, &["rego", "json"]).unwrap();
        fs::write(folder.0.join("a/z.txt"), "changed").unwrap();
        assert_eq!(before, fingerprint_tree(&folder.0, &["rego", "json"]).unwrap());
        fs::write(folder.0.join("a/y.rego"), "changed").unwrap();
        assert_ne!(before, fingerprint_tree(&folder.0, &["rego", "json"]).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_above_is_not_followed_for_ever() {
        let folder = folder("link", &["a/x.rego"]);
        std::os::unix::fs::symlink(&folder.0, folder.0.join("a/up")).unwrap();
        let error = read_tree(&folder.0, &["rego"]).unwrap_err();
        assert!(matches!(error, FilesError::TooMuch { .. }), "{error}");
    }
}
