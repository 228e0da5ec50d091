//! Why a request could not be placed.

/// Why a request could not be placed: what is wrong, and where.
///
/// The text is for the operator. It names parameters, never their values: those may be about a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unplaceable {
    /// No method of FHIR, or one in another case.
    #[error("method `{method}` is not one that FHIR uses")]
    Method {
        /// The beginning of it.
        method: String,
    },
    /// The interaction exists, with other methods.
    #[error("method `{method}` has no meaning for `{path}`")]
    MethodForPath {
        /// The method.
        method: &'static str,
        /// The beginning of the path.
        path: String,
    },
    /// Something asks the server to take the request for one with another method.
    #[error("{place} `{name}` would override the method")]
    MethodOverride {
        /// `header` or `parameter`.
        place: &'static str,
        /// Its name.
        name: String,
    },
    /// The path is longer than [`PATH_BYTES_MAX`](crate::PATH_BYTES_MAX).
    #[error("path is longer than {limit} bytes")]
    PathTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The path has a form that servers clean up, each in its own way.
    #[error("path `{path}` has {what}")]
    Path {
        /// The beginning of it.
        path: String,
        /// What it has.
        what: &'static str,
    },
    /// The path is none of FHIR's grammar.
    #[error("path `{path}` is no path of a fhir interaction")]
    UnknownPath {
        /// The beginning of it.
        path: String,
    },
    /// No resource type of the version.
    #[error("`{name}` is no resource type of this version of fhir, in {place}")]
    UnknownType {
        /// The beginning of it.
        name: String,
        /// Where it stands.
        place: &'static str,
    },
    /// No id: letters, digits, `-` and `.`, at most 64.
    #[error("`{id}` is no id, in {place}")]
    Id {
        /// The beginning of it.
        id: String,
        /// Where it stands.
        place: &'static str,
    },
    /// A type that has no compartment.
    #[error("`{name}` has no compartment")]
    NoCompartment {
        /// The type.
        name: &'static str,
    },
    /// The query or the form is longer than its limit.
    #[error("{place} is longer than {limit} bytes")]
    QueryTooLong {
        /// `query` or `form`.
        place: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The query or the form has something that readers take differently.
    #[error("{place} has {what} near byte {position}")]
    Encoding {
        /// `query`, `form` or the name of a header.
        place: &'static str,
        /// What it has.
        what: &'static str,
        /// Counted from 0.
        position: usize,
    },
    /// More than [`PARAMETERS_MAX`](crate::PARAMETERS_MAX) parameters or alternatives.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// No name of a parameter.
    #[error("`{name}` is no name of a parameter: {why}")]
    ParameterName {
        /// The beginning of it.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// A name in another case than the specification's, which lenient servers take for the same.
    #[error("parameter `{name}` is not written in the case that fhir uses")]
    ParameterCase {
        /// The beginning of it.
        name: String,
    },
    /// No modifier.
    #[error("`{modifier}` of parameter `{name}` is no modifier")]
    Modifier {
        /// The beginning of the name.
        name: String,
        /// The beginning of the modifier.
        modifier: String,
    },
    /// A value, or one of its alternatives, is empty: servers ignore it.
    #[error("parameter `{name}` has an empty value")]
    EmptyValue {
        /// The beginning of the name.
        name: String,
    },
    /// A backslash before something else than `,`, `$`, `|` or a backslash.
    #[error("parameter `{name}` has a backslash that escapes nothing")]
    Escape {
        /// The beginning of the name.
        name: String,
    },
    /// A value that contradicts its name or cannot be read.
    #[error("value of parameter `{name}` {why}")]
    Value {
        /// The beginning of the name.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// A write of many resources, with conditions that are none.
    #[error("{interaction} by condition has no condition")]
    NoCondition {
        /// Which write.
        interaction: &'static str,
    },
    /// A header field is there twice, or in a spelling that some back ends fold into another.
    #[error("header `{name}` {why}")]
    Header {
        /// The beginning of the name.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// The body is encoded.
    #[error("body has the content encoding `{encoding}`")]
    ContentEncoding {
        /// The beginning of it.
        encoding: String,
    },
    /// The media type is missing, malformed, or none that fits.
    #[error("content type {problem} for {interaction}")]
    ContentType {
        /// What is wrong with it.
        problem: String,
        /// The interaction.
        interaction: &'static str,
    },
    /// What must be judged is in the body, and the body is not known.
    #[error("{interaction} cannot be judged: its body {why}")]
    BodyNeeded {
        /// The interaction.
        interaction: &'static str,
        /// Why it is not known.
        why: &'static str,
    },
    /// The body is no JSON.
    #[error("body: {reason}")]
    Json {
        /// Why.
        reason: JsonError,
    },
    /// The body is no resource that fits the path.
    #[error("body {why}")]
    Content {
        /// Why.
        why: &'static str,
    },
    /// The Bundle is none that a server executes.
    #[error("bundle {why}")]
    Bundle {
        /// Why.
        why: &'static str,
    },
    /// An entry of a Bundle.
    #[error("entry {index} of the bundle: {reason}")]
    Entry {
        /// Counted from 0.
        index: usize,
        /// Why.
        reason: Box<Unplaceable>,
    },
    /// A search inside a write: `If-None-Exist`, or a reference by condition.
    #[error("{place}: {reason}")]
    Implied {
        /// Where it stands.
        place: &'static str,
        /// Why.
        reason: Box<Unplaceable>,
    },
}

pub use crate::json::Error as JsonError;
