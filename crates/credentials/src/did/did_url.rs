//! A DID URL: a DID with path, query and fragment. Names keys, credentials and services.
//!
//! [DID Core §3.2](https://www.w3.org/TR/did-core/#did-url-syntax).

use std::fmt;
use std::str::FromStr;

use super::did::{self, BYTES_MAX, Did};

/// A DID URL that names its DID. Equal if the texts are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DidUrl {
    text: String,
    did: Did,
}

impl DidUrl {
    /// Parses an absolute DID URL. A plain DID is one too.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        check_characters(text)?;
        let did = Did::parse(text.split(['/', '?', '#']).next().unwrap_or_default())?;
        Ok(Self { text: text.to_owned(), did })
    }

    /// Parses a DID URL that may leave out the DID, such as `#key-1`, within the document of `base`.
    pub fn resolve(base: &Did, reference: &str) -> Result<Self, ParseError> {
        if reference.is_empty() || reference.starts_with(['/', '?', '#']) {
            return Self::parse(&format!("{base}{reference}"));
        }
        Self::parse(reference)
    }

    /// Names a part of the document of `did`.
    pub fn with_fragment(did: &Did, fragment: &str) -> Result<Self, ParseError> {
        Self::parse(&format!("{did}#{fragment}"))
    }

    /// The text, exactly as it was parsed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The DID before path, query and fragment.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The path with its `/`, or empty.
    pub fn path(&self) -> &str {
        let rest = self.after_did();
        rest.split(['?', '#']).next().unwrap_or_default()
    }

    /// The query without its `?`; empty and absent differ.
    pub fn query(&self) -> Option<&str> {
        let before_fragment = self.after_did().split('#').next().unwrap_or_default();
        before_fragment.split_once('?').map(|(_, query)| query)
    }

    /// The fragment without its `#`; empty and absent differ.
    pub fn fragment(&self) -> Option<&str> {
        self.text.split_once('#').map(|(_, fragment)| fragment)
    }

    fn after_did(&self) -> &str {
        self.text.get(self.did.as_str().len()..).unwrap_or_default()
    }
}

/// Refuses what no identifier needs and what would forge lines in a log.
fn check_characters(text: &str) -> Result<(), ParseError> {
    if text.len() > BYTES_MAX {
        return Err(ParseError::TooLong { limit: BYTES_MAX });
    }
    if text.chars().any(char::is_control) {
        return Err(ParseError::ControlCharacter);
    }
    Ok(())
}

impl FromStr for DidUrl {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl From<Did> for DidUrl {
    fn from(did: Did) -> Self {
        Self { text: did.as_str().to_owned(), did }
    }
}

impl fmt::Display for DidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl AsRef<str> for DidUrl {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<str> for DidUrl {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for DidUrl {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

/// Why a text is no DID URL.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More than [`BYTES_MAX`] bytes.
    #[error("invalid DID URL: longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A line feed or another control character.
    #[error("invalid DID URL: control character")]
    ControlCharacter,
    /// What stands before path, query and fragment is no DID.
    #[error(transparent)]
    Did(#[from] did::ParseError),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_parts_are_told_apart() {
        for (text, path, query, fragment) in [
            ("did:web:a", "", None, None),
            ("did:web:a#0", "", None, Some("0")),
            ("did:web:a#", "", None, Some("")),
            ("did:web:a/b/c?d=/e#f?g#h", "/b/c", Some("d=/e"), Some("f?g#h")),
            ("did:web:a?x/y", "", Some("x/y"), None),
            ("did:web:a?", "", Some(""), None),
            ("did:web:a#f/g?h", "", None, Some("f/g?h")),
        ] {
            let url = DidUrl::parse(text).unwrap();
            assert_eq!(
                (url.path(), url.query(), url.fragment()),
                (path, query, fragment),
                "{text}"
            );
            assert_eq!(url.did(), &"did:web:a");
            assert_eq!(url.to_string(), text);
        }
    }

    #[test]
    fn a_relative_url_belongs_to_the_document() {
        let base = Did::parse("did:web:a:b").unwrap();
        for (reference, expected) in [
            ("#key-1", "did:web:a:b#key-1"),
            ("/p", "did:web:a:b/p"),
            ("", "did:web:a:b"),
            ("did:web:other#1", "did:web:other#1"),
        ] {
            assert_eq!(DidUrl::resolve(&base, reference).unwrap(), expected);
        }
        assert_eq!(DidUrl::resolve(&base, "key-1"), Err(ParseError::Did(did::ParseError::Scheme)));
    }

    #[test]
    fn line_feeds_and_endless_texts_are_refused() {
        assert_eq!(DidUrl::parse("did:web:a#b\nc"), Err(ParseError::ControlCharacter));
        let long = format!("did:web:a#{}", "b".repeat(BYTES_MAX));
        assert_eq!(DidUrl::parse(&long), Err(ParseError::TooLong { limit: BYTES_MAX }));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            if let Ok(url) = DidUrl::parse(&text) {
                prop_assert_eq!(url.as_str(), text);
            }
        }

        #[test]
        fn the_parts_make_up_the_text(text in "did:[a-z]{1,3}:[a-z:%]{0,4}[a-z]([/?#][a-z?/]{0,3}){0,4}") {
            if let Ok(url) = DidUrl::parse(&text) {
                let mut printed = format!("{}{}", url.did(), url.path());
                if let Some(query) = url.query() {
                    printed = format!("{printed}?{query}");
                }
                if let Some(fragment) = url.fragment() {
                    printed = format!("{printed}#{fragment}");
                }
                prop_assert_eq!(printed, text);
            }
        }
    }
}
