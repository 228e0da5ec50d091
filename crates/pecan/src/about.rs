//! What this executable was made of.

/// The version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit, if whoever built it said so; `0` as in the reference node.
pub(crate) const COMMIT: &str = match option_env!("PECAN_COMMIT") {
    Some(commit) => commit,
    None => "0",
};
