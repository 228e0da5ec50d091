//! Private keys as files of a folder: contract/credentials.md 12.3.
//!
//! Keys are not encrypted; the modes of files and folder protect them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;
use pecan_jose::jwk::{PrivateKey, PublicKey};
use pecan_jose::signer::Signer as _;
use zeroize::Zeroizing;

use super::{KeyName, KeyVault, VaultError, generate_key};
use crate::BoxFuture;

/// The end of the name of a key file.
const SUFFIX: &str = "_private.pem";
/// The start of the name of a file that is still being written.
const UNFINISHED: &str = ".unfinished-";
/// The longest name of a key: a file name has at most 255 bytes.
const NAME_BYTES_MAX: usize = 255 - SUFFIX.len();
/// The largest key file that is read.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Keys that are kept in memory; more are read again from their files.
const KEYS_IN_MEMORY_MAX: u64 = 10_000;
/// The version of every key here.
const VERSION: &str = "1";

/// Keeps private keys in files. Cheap to clone.
#[derive(Clone)]
pub struct FileVault {
    folder: Arc<Path>,
    keys: Cache<String, Arc<PrivateKey>>,
}

impl FileVault {
    /// Opens the folder `crypto` of a data folder, and makes it if it is not there.
    pub fn open(data_folder: &Path) -> Result<Self, VaultError> {
        let folder = data_folder.join("crypto");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        warn_if_open(&folder, &fs::metadata(&folder).map_err(failed)?);
        remove_unfinished(&folder).map_err(failed)?;
        Ok(Self { folder: folder.into(), keys: Cache::new(KEYS_IN_MEMORY_MAX) })
    }

    async fn key(&self, name: &str) -> Result<Arc<PrivateKey>, VaultError> {
        if let Some(key) = self.keys.get(name) {
            return Ok(key);
        }
        let path = self.path(name).ok_or(VaultError::NotFound)?;
        let key = blocking(move || read(&path)).await?;
        self.keys.insert(name.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    /// The file of a key. None if the name could be anything but a file of the folder.
    fn path(&self, name: &str) -> Option<PathBuf> {
        is_good(name).then(|| self.folder.join(format!("{name}{SUFFIX}")))
    }
}

impl KeyVault for FileVault {
    fn create<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(KeyName, PublicKey), VaultError>> {
        Box::pin(async move {
            let path = self.path(name).ok_or_else(|| VaultError::BadName(name.to_owned()))?;
            let folder = Arc::clone(&self.folder);
            let key = Arc::new(generate_key()?);
            let pem = key.to_pem();
            let written = blocking(move || Ok(write_new(&folder, &path, pem.as_bytes()))).await?;
            written.map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => VaultError::BadName(name.to_owned()),
                _ => failed(error),
            })?;
            let public = key.public_key().clone();
            self.keys.insert(name.to_owned(), key);
            Ok((key_name(name), public))
        })
    }

    fn sign<'a>(
        &'a self,
        key: &'a KeyName,
        message: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, VaultError>> {
        Box::pin(async move {
            let key = self.key(&key.name).await?;
            key.sign(message).map_err(|error| VaultError::Failed(error.into()))
        })
    }

    fn public_key<'a>(&'a self, key: &'a KeyName) -> BoxFuture<'a, Result<PublicKey, VaultError>> {
        Box::pin(async move { Ok(self.key(&key.name).await?.public_key().clone()) })
    }

    fn remove<'a>(&'a self, key: &'a KeyName) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            let Some(path) = self.path(&key.name) else { return Ok(()) };
            let folder = Arc::clone(&self.folder);
            blocking(move || remove(&folder, &path).map_err(failed)).await?;
            self.keys.invalidate(&key.name);
            Ok(())
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<KeyName>, VaultError>> {
        Box::pin(async move {
            let folder = Arc::clone(&self.folder);
            blocking(move || list(&folder).map_err(failed)).await
        })
    }
}

/// `^(?:[\da-zA-Z_\- :#.]|%[0-9a-fA-F]{2})+$`, of a length that a file system takes.
///
/// SECURITY: no `/`, no NUL; and what follows the name makes it none of the special names of a folder.
fn is_good(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && has_good_characters(name)
}

fn has_good_characters(name: &str) -> bool {
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        let is_good = match byte {
            b'%' => rest.by_ref().take(2).filter(u8::is_ascii_hexdigit).count() == 2,
            b'_' | b'-' | b' ' | b':' | b'#' | b'.' => true,
            _ => byte.is_ascii_alphanumeric(),
        };
        if !is_good {
            return false;
        }
    }
    true
}

fn key_name(name: &str) -> KeyName {
    KeyName { name: name.to_owned(), version: VERSION.to_owned() }
}

fn failed(error: io::Error) -> VaultError {
    VaultError::Failed(error.into())
}

/// Runs file operations where they may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| VaultError::Failed(error.into()))?
}

fn read(path: &Path) -> Result<Arc<PrivateKey>, VaultError> {
    let not_found = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => VaultError::NotFound,
        _ => failed(error),
    };
    let metadata = fs::metadata(path).map_err(not_found)?;
    // A pipe would never end.
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(VaultError::Failed("private key is not in a file of usual size".into()));
    }
    warn_if_open(path, &metadata);
    // Room for all of it: a text that grows leaves copies behind.
    let room = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX);
    let mut pem = Zeroizing::new(String::with_capacity(room));
    let file = File::open(path).map_err(not_found)?;
    file.take(FILE_BYTES_MAX).read_to_string(&mut pem).map_err(failed)?;
    let key = PrivateKey::from_pem(&pem).map_err(|error| VaultError::Failed(error.into()))?;
    Ok(Arc::new(key))
}

/// Writes a file that is there completely or not at all, and never replaces one.
fn write_new(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(unfinished_name());
    let result = write_then_name(&unfinished, path, bytes);
    // Fails if it has got its name by moving.
    let _ = fs::remove_file(&unfinished);
    result?;
    sync(folder)
}

fn write_then_name(unfinished: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    match fs::hard_link(unfinished, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no links. Then a second creation at the same instant could win.
        Err(_) if path.try_exists()? => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(unfinished, path),
        Ok(()) => Ok(()),
    }
}

/// A name that no other creation uses, in this process or in another.
fn unfinished_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{UNFINISHED}{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Removes what a process left that ended while it wrote: keys without a name.
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn remove(folder: &Path, path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => sync(folder),
    }
}

fn list(folder: &Path) -> io::Result<Vec<KeyName>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.file_name();
        let name = file.to_str().and_then(|file| file.strip_suffix(SUFFIX));
        names.extend(name.filter(|name| is_good(name)).map(key_name));
    }
    names.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(names)
}

/// Makes the names in a folder as lasting as the files.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn warn_if_open(path: &Path, metadata: &fs::Metadata) {
    if metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "private keys can be reached by other users of this machine");
    }
}
