//! What the operator can say: one table of options, read from a file, the environment and the command line.
//!
//! Two stages. [`RawOptions`] is what was typed, checked against the table: one value for each option, and where it came from.
//! [`Settings`] is what it means. Both report every problem that they find, not only the first.

pub(crate) mod documentation;
pub(crate) mod duration;
pub(crate) mod environment;
pub(crate) mod file;
pub(crate) mod flags;
pub(crate) mod gateway_file;
pub(crate) mod print;
pub(crate) mod problem;
pub(crate) mod raw;
pub(crate) mod settings;
mod suggest;
pub(crate) mod table;
mod value;
mod yaml;

pub(crate) use problem::Problems;
pub(crate) use raw::{RawOptions, Sources};
pub(crate) use settings::Settings;
