//! The keywords of JSON-LD, and what only looks like one.
//!
//! [JSON-LD 1.1 §1.7](https://www.w3.org/TR/json-ld11/#syntax-tokens-and-keywords).

/// A keyword that a document or context may use.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Keyword {
    Base,
    Container,
    Context,
    Direction,
    Graph,
    Id,
    Import,
    Included,
    Index,
    Json,
    Language,
    List,
    Nest,
    None,
    Prefix,
    Propagate,
    Protected,
    Reverse,
    Set,
    Type,
    Value,
    Version,
    Vocab,
}

impl Keyword {
    /// Reads a keyword with its `@`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text.starts_with('@') {
            return None;
        }
        Some(match text {
            "@base" => Self::Base,
            "@container" => Self::Container,
            "@context" => Self::Context,
            "@direction" => Self::Direction,
            "@graph" => Self::Graph,
            "@id" => Self::Id,
            "@import" => Self::Import,
            "@included" => Self::Included,
            "@index" => Self::Index,
            "@json" => Self::Json,
            "@language" => Self::Language,
            "@list" => Self::List,
            "@nest" => Self::Nest,
            "@none" => Self::None,
            "@prefix" => Self::Prefix,
            "@propagate" => Self::Propagate,
            "@protected" => Self::Protected,
            "@reverse" => Self::Reverse,
            "@set" => Self::Set,
            "@type" => Self::Type,
            "@value" => Self::Value,
            "@version" => Self::Version,
            "@vocab" => Self::Vocab,
            _ => return None,
        })
    }

    /// The keyword with its `@`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Base => "@base",
            Self::Container => "@container",
            Self::Context => "@context",
            Self::Direction => "@direction",
            Self::Graph => "@graph",
            Self::Id => "@id",
            Self::Import => "@import",
            Self::Included => "@included",
            Self::Index => "@index",
            Self::Json => "@json",
            Self::Language => "@language",
            Self::List => "@list",
            Self::Nest => "@nest",
            Self::None => "@none",
            Self::Prefix => "@prefix",
            Self::Propagate => "@propagate",
            Self::Protected => "@protected",
            Self::Reverse => "@reverse",
            Self::Set => "@set",
            Self::Type => "@type",
            Self::Value => "@value",
            Self::Version => "@version",
            Self::Vocab => "@vocab",
        }
    }
}

/// Whether a text is an `@` with letters only: reserved, so never a term and never an IRI.
pub(crate) fn has_keyword_form(text: &str) -> bool {
    text.strip_prefix('@')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_written_as_they_are_read() {
        for text in ["@base", "@context", "@included", "@none", "@vocab"] {
            assert_eq!(Keyword::parse(text).map(Keyword::as_str), Some(text));
        }
        assert_eq!(Keyword::parse("@foo"), None);
    }

    #[test]
    fn only_letters_make_the_form_of_a_keyword() {
        for (text, expected) in
            [("@foo", true), ("@", false), ("@graph2", false), ("@a.b", false), ("foo", false)]
        {
            assert_eq!(has_keyword_form(text), expected, "{text}");
        }
    }
}
