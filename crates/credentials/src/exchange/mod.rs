//! Presentation Exchange: which credentials a definition asks for, and why one is not among them.
//!
//! The subset of [Presentation Exchange 2.0](https://identity.foundation/presentation-exchange/spec/v2.0.0/) that the nodes
//! of the network share. Both sides run the same matching and must come to the same credentials, so where a rule here looks
//! odd it is the rule of the network. Does not check signatures, validity or trust.

pub mod candidate;
pub mod claims;
pub mod definition;
pub mod descriptor;
pub mod field;
pub mod filter;
pub mod formats;
pub mod mismatch;
pub mod negotiate;
pub mod path;
pub mod pattern;
mod read;
pub mod reading;
pub mod requirement;
pub mod select;
pub mod submission;
pub mod value;
pub mod warning;

pub use candidate::Candidate;
pub use definition::{Definition, DefinitionError, DefinitionReason};
pub use descriptor::{Descriptor, Match};
pub use field::Field;
pub use formats::Formats;
pub use mismatch::{FieldReason, Mismatch, Unmatchable};
pub use path::Path;
pub use requirement::{Requirement, Rule, Source};
pub use value::FieldValue;
pub use warning::{Warning, WarningReason};
