//! Rego policies: files and bundles in, decisions out.
//!
//! [`Sources`] takes the files of a folder or an OPA bundle apart, [`PolicySet`] compiles them once and answers, and [`run_tests`] runs
//! their tests. A policy calls nobody: what it needs to know is given to it, or it asks for it in its answer (`needs`). This crate reads no files.

mod analysis;
mod answer;
mod built_in;
mod bundle;
mod compile;
mod convert;
mod error;
mod files;
mod layout;
mod limits;
mod nesting;
mod program;
mod rules;
mod set;
mod solutions;
mod tar;
mod testing;
mod walk;

pub use answer::{Answer, MalformedAnswer, Reason};
pub use bundle::{
    BUNDLE_BYTES_MAX, BUNDLE_FILES_MAX, BUNDLE_RATIO_MAX, BUNDLE_UNPACKED_MAX, BundleError,
};
pub use error::{EvaluateError, LoadError};
pub use files::{SourceFile, Sources};
pub use layout::normalize;
pub use limits::{INSTRUCTIONS_MAX, Limits, TEST_TIME_MAX, TIME_MAX};
pub use set::PolicySet;
pub use testing::{TestOutcome, TestResult, run_tests};
