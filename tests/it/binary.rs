//! The executable: the one that was named, or the debug one, built when needed.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::settings;

/// The path of the executable.
pub(crate) fn path() -> &'static Path {
    static PATH: LazyLock<PathBuf> =
        LazyLock::new(|| settings::binary().unwrap_or_else(debug_binary));
    &PATH
}

/// Cargo's: `cargo test` has no reason to build an executable of another package, so it is asked to, which costs a moment when it is
/// up to date.
fn debug_binary() -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "pecan"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(status.success(), "the executable does not build");
    // This test lies in `<target>/debug/deps`.
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join(format!("pecan{EXE_SUFFIX}"))
}
