//! Why a document has no RDF: the error codes of JSON-LD, and the limits of this crate.
//!
//! [JSON-LD 1.1 API §9.6](https://www.w3.org/TR/json-ld11-api/#jsonlderrorcode).

use crate::canonicalize::CanonicalizeError;

/// Why a document was refused. The text of a JSON-LD error begins with its [`code`](Self::code).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two members of an object stand for the same keyword.
    #[error("colliding keywords: `{keyword}`")]
    CollidingKeywords {
        /// The keyword that both expand to.
        keyword: &'static str,
    },
    /// Contexts include each other without end, or more of them than [`REMOTE_CONTEXTS_MAX`].
    ///
    /// [`REMOTE_CONTEXTS_MAX`]: crate::context::REMOTE_CONTEXTS_MAX
    #[error("context overflow")]
    ContextOverflow,
    /// Terms are defined by each other.
    #[error("cyclic IRI mapping: `{term}`")]
    CyclicIriMapping {
        /// A term of the circle.
        term: String,
    },
    /// `@id` is no string.
    #[error("invalid @id value")]
    InvalidIdValue,
    /// `@import` is no string.
    #[error("invalid @import value")]
    InvalidImportValue,
    /// `@included` holds something that is no node.
    #[error("invalid @included value")]
    InvalidIncludedValue,
    /// `@index` is no string.
    #[error("invalid @index value")]
    InvalidIndexValue,
    /// `@nest` holds something that is no object, or a value object.
    #[error("invalid @nest value")]
    InvalidNestValue,
    /// `@prefix` is no boolean.
    #[error("invalid @prefix value")]
    InvalidPrefixValue,
    /// `@propagate` is no boolean.
    #[error("invalid @propagate value")]
    InvalidPropagateValue,
    /// `@protected` is no boolean.
    #[error("invalid @protected value")]
    InvalidProtectedValue,
    /// `@reverse` is no object.
    #[error("invalid @reverse value")]
    InvalidReverseValue,
    /// `@version` is not the number 1.1.
    #[error("invalid @version value")]
    InvalidVersionValue,
    /// A direction is neither `ltr` nor `rtl`.
    #[error("invalid base direction")]
    InvalidBaseDirection,
    /// `@base` is neither an IRI nor null, or is relative to nothing.
    #[error("invalid base IRI")]
    InvalidBaseIri,
    /// `@container` names something else than containers, or a combination that has no meaning.
    #[error("invalid container mapping: `{term}`")]
    InvalidContainerMapping {
        /// The term with the container.
        term: String,
    },
    /// An entry is not allowed in this context.
    #[error("invalid context entry")]
    InvalidContextEntry,
    /// A context that holds protected terms is set to null.
    #[error("invalid context nullification")]
    InvalidContextNullification,
    /// The default language is no string.
    #[error("invalid default language")]
    InvalidDefaultLanguage,
    /// A term has no IRI.
    #[error("invalid IRI mapping: `{term}`")]
    InvalidIriMapping {
        /// The term.
        term: String,
    },
    /// A term is an alias of `@context`.
    #[error("invalid keyword alias: `{term}`")]
    InvalidKeywordAlias {
        /// The term.
        term: String,
    },
    /// A value of a language map is no string.
    #[error("invalid language map value")]
    InvalidLanguageMapValue,
    /// The language of a term is no string.
    #[error("invalid language mapping: `{term}`")]
    InvalidLanguageMapping {
        /// The term.
        term: String,
    },
    /// `@language` of a value is no string.
    #[error("invalid language-tagged string")]
    InvalidLanguageTaggedString,
    /// A value with a language is no string.
    #[error("invalid language-tagged value")]
    InvalidLanguageTaggedValue,
    /// A context is neither an object, a string nor null.
    #[error("invalid local context")]
    InvalidLocalContext,
    /// A context document has no `@context`.
    #[error("invalid remote context: `{url}`")]
    InvalidRemoteContext {
        /// Where the document was found.
        url: String,
    },
    /// A reverse property has an `@id`, an `@nest` or another container than a set or an index.
    #[error("invalid reverse property: `{term}`")]
    InvalidReverseProperty {
        /// The term.
        term: String,
    },
    /// A keyword below `@reverse`.
    #[error("invalid reverse property map")]
    InvalidReversePropertyMap,
    /// The value of a reverse property is no node.
    #[error("invalid reverse property value")]
    InvalidReversePropertyValue,
    /// The context of a term is itself wrong.
    #[error("invalid scoped context: `{term}`")]
    InvalidScopedContext {
        /// The term.
        term: String,
    },
    /// An object with `@set` or `@list` has more members.
    #[error("invalid set or list object")]
    InvalidSetOrListObject,
    /// A term is defined by something that is no definition.
    #[error("invalid term definition: `{term}`")]
    InvalidTermDefinition {
        /// The term.
        term: String,
    },
    /// The type of a term is no IRI.
    #[error("invalid type mapping: `{term}`")]
    InvalidTypeMapping {
        /// The term.
        term: String,
    },
    /// `@type` is neither a string nor an array of strings.
    #[error("invalid type value")]
    InvalidTypeValue,
    /// The type of a value is no IRI.
    #[error("invalid typed value")]
    InvalidTypedValue,
    /// An object with `@value` has other members.
    #[error("invalid value object")]
    InvalidValueObject,
    /// `@value` is an object or an array, and the type is not `@json`.
    #[error("invalid value object value")]
    InvalidValueObjectValue,
    /// `@vocab` is neither an IRI nor null.
    #[error("invalid vocab mapping")]
    InvalidVocabMapping,
    /// A keyword is defined as a term.
    #[error("keyword redefinition: `{keyword}`")]
    KeywordRedefinition {
        /// The keyword.
        keyword: String,
    },
    /// A protected term is defined anew, with another meaning.
    #[error("protected term redefinition: `{term}`")]
    ProtectedTermRedefinition {
        /// The term.
        term: String,
    },
    /// A context occurs twice in one list, or includes itself. Not an error of JSON-LD 1.1; the reference refuses both.
    #[error("recursive context inclusion: `{url}`")]
    RecursiveContextInclusion {
        /// The context.
        url: String,
    },
    /// A context is not among those that the processor was given.
    #[error("loading remote context failed: `{url}` is not allowed")]
    UnknownContext {
        /// The context.
        url: String,
    },
    /// The document, or a context, is nested deeper than [`DEPTH_MAX`](crate::DEPTH_MAX).
    #[error("document is nested too deeply (max {})", crate::DEPTH_MAX)]
    TooDeep,
    /// The document holds more values than [`ELEMENTS_MAX`](crate::ELEMENTS_MAX).
    #[error("document holds too many values (max {})", crate::ELEMENTS_MAX)]
    TooLarge,
    /// The expanded document, or its RDF, is longer than [`TEXT_BYTES_MAX`](crate::TEXT_BYTES_MAX).
    #[error("document expands to too much text (max {} bytes)", crate::TEXT_BYTES_MAX)]
    TooLong,
    /// The paths of what is not covered are longer than [`UNCOVERED_BYTES_MAX`](crate::UNCOVERED_BYTES_MAX).
    #[error("document has too many members without meaning")]
    TooMuchUncovered,
    /// The contexts of the document need more work than [`CONTEXT_WORK_MAX`](crate::context::CONTEXT_WORK_MAX).
    #[error("contexts of the document are too complex")]
    ContextsTooComplex,
    /// The RDF graph could not be canonicalised.
    #[error(transparent)]
    Canonicalize(#[from] CanonicalizeError),
}

impl Error {
    /// The code that JSON-LD, or the reference, has for this; absent for what only this crate refuses.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::CollidingKeywords { .. } => "colliding keywords",
            Self::ContextOverflow => "context overflow",
            Self::CyclicIriMapping { .. } => "cyclic IRI mapping",
            Self::InvalidIdValue => "invalid @id value",
            Self::InvalidImportValue => "invalid @import value",
            Self::InvalidIncludedValue => "invalid @included value",
            Self::InvalidIndexValue => "invalid @index value",
            Self::InvalidNestValue => "invalid @nest value",
            Self::InvalidPrefixValue => "invalid @prefix value",
            Self::InvalidPropagateValue => "invalid @propagate value",
            Self::InvalidProtectedValue => "invalid @protected value",
            Self::InvalidReverseValue => "invalid @reverse value",
            Self::InvalidVersionValue => "invalid @version value",
            Self::InvalidBaseDirection => "invalid base direction",
            Self::InvalidBaseIri => "invalid base IRI",
            Self::InvalidContainerMapping { .. } => "invalid container mapping",
            Self::InvalidContextEntry => "invalid context entry",
            Self::InvalidContextNullification => "invalid context nullification",
            Self::InvalidDefaultLanguage => "invalid default language",
            Self::InvalidIriMapping { .. } => "invalid IRI mapping",
            Self::InvalidKeywordAlias { .. } => "invalid keyword alias",
            Self::InvalidLanguageMapValue => "invalid language map value",
            Self::InvalidLanguageMapping { .. } => "invalid language mapping",
            Self::InvalidLanguageTaggedString => "invalid language-tagged string",
            Self::InvalidLanguageTaggedValue => "invalid language-tagged value",
            Self::InvalidLocalContext => "invalid local context",
            Self::InvalidRemoteContext { .. } => "invalid remote context",
            Self::InvalidReverseProperty { .. } => "invalid reverse property",
            Self::InvalidReversePropertyMap => "invalid reverse property map",
            Self::InvalidReversePropertyValue => "invalid reverse property value",
            Self::InvalidScopedContext { .. } => "invalid scoped context",
            Self::InvalidSetOrListObject => "invalid set or list object",
            Self::InvalidTermDefinition { .. } => "invalid term definition",
            Self::InvalidTypeMapping { .. } => "invalid type mapping",
            Self::InvalidTypeValue => "invalid type value",
            Self::InvalidTypedValue => "invalid typed value",
            Self::InvalidValueObject => "invalid value object",
            Self::InvalidValueObjectValue => "invalid value object value",
            Self::InvalidVocabMapping => "invalid vocab mapping",
            Self::KeywordRedefinition { .. } => "keyword redefinition",
            Self::ProtectedTermRedefinition { .. } => "protected term redefinition",
            Self::RecursiveContextInclusion { .. } => "recursive context inclusion",
            Self::UnknownContext { .. } => "loading remote context failed",
            Self::TooDeep
            | Self::TooLarge
            | Self::TooLong
            | Self::TooMuchUncovered
            | Self::ContextsTooComplex
            | Self::Canonicalize(_) => return None,
        })
    }

    /// Whether a limit was reached, which no wrapper may turn into an error of the document.
    pub(crate) fn is_limit(&self) -> bool {
        matches!(self, Self::TooDeep | Self::TooLarge | Self::ContextsTooComplex)
    }
}
