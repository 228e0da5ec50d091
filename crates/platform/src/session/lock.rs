//! Keeps other processes away from a database in a file, wherever the sessions are: what was read from it is remembered.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::SessionError;

/// Read and write for the owner only, as the database.
const FILE_MODE: u32 = 0o600;

/// Takes the lock of a database file, beside it under its name with `.lock`. The system gives it back when the process ends,
/// however it ends; the file stays.
pub(super) fn exclusive(database: &Path) -> Result<File, SessionError> {
    // Two names of one file have one lock.
    let database = database.canonicalize().map_err(|error| unusable(database, &error))?;
    let mut path = database.into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(FILE_MODE);
    let file = options.open(&path).map_err(|error| unusable(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SessionError(
            format!(
                "another process uses this SQLite database (it holds `{}`): stop it, or let nodes share PostgreSQL",
                path.display()
            )
            .into(),
        )),
        Err(TryLockError::Error(error)) => Err(unusable(&path, &error)),
    }
}

fn unusable(path: &Path, error: &io::Error) -> SessionError {
    SessionError(format!("`{}` cannot be locked: {}", path.display(), error.kind()).into())
}
