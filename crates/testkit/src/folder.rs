//! Files for one test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder of its own in the one for temporary files. It is removed with its owner.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder with these files: name, which may have folders in it, and text.
    pub fn with(files: &[(&str, &str)]) -> Self {
        static FOLDERS: AtomicU64 = AtomicU64::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("pecan-testkit-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        for (name, text) in files {
            let file = folder.join(name);
            let parent = file.parent().expect("it is in the folder");
            std::fs::create_dir_all(parent).expect("a folder in it can be made");
            std::fs::write(file, text).expect("a file can be written");
        }
        Self(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
