//! What the environment allows and asks for.

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// The executable that is to be tested.
pub(crate) fn binary() -> Option<PathBuf> {
    variable("PECAN_BINARY").map(PathBuf::from)
}

/// A PostgreSQL server on which databases may be made, or a line that says what is skipped.
pub(crate) fn postgres(skipped: &str) -> Option<String> {
    wanted("PECAN_TEST_POSTGRES", skipped)
}

/// Whether packages may be fetched for Node.js, or a line that says what is skipped.
pub(crate) fn node_js(skipped: &str) -> bool {
    wanted("PECAN_TEST_NODE", skipped).is_some()
}

/// The executable of a gateway or decision point that others wrote, or a line that says what is skipped.
pub(crate) fn program(name: &str, skipped: &str) -> Option<PathBuf> {
    wanted(&format!("PECAN_TEST_{name}"), skipped).map(PathBuf::from)
}

fn wanted(name: &str, skipped: &str) -> Option<String> {
    let value = variable(name);
    if value.is_none() {
        skip(&format!("{name} is not set"), skipped);
    }
    value
}

/// Says what is skipped, and why.
pub(crate) fn skip(reason: &str, skipped: &str) {
    // Not `eprintln!`, whose text is kept back while a test passes.
    let _ = writeln!(io::stderr(), "skipped, since {reason}: {skipped}");
}

#[expect(clippy::disallowed_methods, reason = "these tests have no options but the environment")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
