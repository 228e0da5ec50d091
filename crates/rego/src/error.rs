//! Why policies cannot be loaded, and why one has no answer.

use crate::answer::MalformedAnswer;
use crate::bundle::BundleError;

/// Why a set of policies cannot be used: which file, where in it, and what is the matter.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bundle cannot be unpacked.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A file of Rego is not Rego, or not such as can be run.
    #[error("{file}:{line}: {reason}")]
    Rego {
        /// The file.
        file: String,
        /// The line, from 1; 0 where it is not known.
        line: u32,
        /// What is the matter.
        reason: String,
    },
    /// A policy calls the world.
    #[error(
        "{file}:{line}: `{name}` is refused: a policy calls nobody; name in the rule `needs` what is to be fetched, and read it from `input.lookup`"
    )]
    CallsOut {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The built-in.
        name: String,
    },
    /// A policy calls a function that does not exist here.
    #[error("{file}:{line}: there is no function `{name}`{}", if *.is_opa { ": this built-in of OPA is not available" } else { "" })]
    UnknownFunction {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The function.
        name: String,
        /// Whether it is in a name space of OPA's built-ins.
        is_opa: bool,
    },
    /// A file of data cannot be used.
    #[error("{file}: {reason}")]
    Data {
        /// The file.
        file: String,
        /// What is the matter.
        reason: String,
    },
    /// Two policies have one name.
    #[error("`{first}` and `{second}` are both the policy `{name}`")]
    DuplicateName {
        /// Their name, normalised.
        name: String,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A file is in a package that is not its policy's.
    #[error("{file}:{line}: package `{package}` does not belong here, expected `{expected}`")]
    WrongPackage {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The package that it names.
        package: String,
        /// The package that it should be in, or below.
        expected: String,
    },
    /// A policy says nothing about what it allows.
    #[error("`{unit}`: package `{package}` has no rule `allow`")]
    NoAllow {
        /// The file or folder.
        unit: String,
        /// Its package.
        package: String,
    },
    /// Something lies outside of the roots that the bundle owns.
    #[error("{what} is outside of the roots of the bundle")]
    OutsideOfRoots {
        /// Package or path of the data.
        what: String,
    },
    /// There is no policy.
    #[error("no policy found: a package with a rule `allow`")]
    NoPolicy,
}

/// Why a policy has no answer. Whoever asks must take it for a denial.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// There is no policy of this name.
    #[error("no policy `{name}`")]
    UnknownPolicy {
        /// The name.
        name: String,
    },
    /// It was stopped.
    #[error("policy `{name}` was stopped: {limit}")]
    Stopped {
        /// The policy.
        name: String,
        /// The limit that was reached.
        limit: String,
    },
    /// Its evaluation failed.
    #[error("policy `{name}` failed: {reason}")]
    Failed {
        /// The policy.
        name: String,
        /// What the engine says.
        reason: String,
    },
    /// Its answer has a shape that nobody can act on.
    #[error("policy `{name}`: {cause}")]
    Malformed {
        /// The policy.
        name: String,
        /// Which part.
        cause: MalformedAnswer,
    },
}
