//! A decentralized identifier: its syntax and nothing of its method.
//!
//! [DID Core §3.1](https://www.w3.org/TR/did-core/#did-syntax), with lower case method names and a bounded length.

use std::fmt;
use std::str::FromStr;

/// Longest accepted DID or DID URL, in bytes. A did:jwk of a large RSA key takes about a quarter of it.
pub const BYTES_MAX: usize = 8192;

/// A DID without path, query or fragment.
///
/// Two DIDs are equal if their texts are: case and percent-encoding count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Did(String);

impl Did {
    /// Parses a text that is a DID and nothing more.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > BYTES_MAX {
            return Err(ParseError::TooLong { limit: BYTES_MAX });
        }
        if text.contains(['/', '?', '#']) {
            return Err(ParseError::NotPlain);
        }
        check(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The text, exactly as it was parsed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the method, such as `web`.
    pub fn method(&self) -> &str {
        self.split().0
    }

    /// What follows the name of the method, percent-encoded as in the text.
    pub fn method_specific_id(&self) -> &str {
        self.split().1
    }

    fn split(&self) -> (&str, &str) {
        self.0
            .strip_prefix(SCHEME)
            .and_then(|rest| rest.split_once(':'))
            .expect("a DID was parsed, so it has all three parts")
    }
}

const SCHEME: &str = "did:";

/// Checks a text that has no path, query or fragment.
pub(super) fn check(text: &str) -> Result<(), ParseError> {
    let rest = text.strip_prefix(SCHEME).ok_or(ParseError::Scheme)?;
    let (method, id) = rest.split_once(':').ok_or(ParseError::Method)?;
    if method.is_empty()
        || !method.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    {
        return Err(ParseError::Method);
    }
    if id.is_empty() {
        return Err(ParseError::MethodSpecificId);
    }
    let mut bytes = id.bytes();
    while let Some(byte) = bytes.next() {
        let allowed = match byte {
            b'%' => [bytes.next(), bytes.next()]
                .iter()
                .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())),
            b'.' | b'-' | b'_' | b':' => true,
            other => other.is_ascii_alphanumeric(),
        };
        if !allowed {
            return Err(ParseError::MethodSpecificId);
        }
    }
    Ok(())
}

impl FromStr for Did {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Did {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Did {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Did {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// Why a text is no DID. All print the same: callers of the reference know this text.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More than [`BYTES_MAX`] bytes.
    #[error("invalid DID")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It does not start with `did:`.
    #[error("invalid DID")]
    Scheme,
    /// The name of the method is missing or has other characters than lower case letters and digits.
    #[error("invalid DID")]
    Method,
    /// What follows the method is missing or has a character that is not allowed there.
    #[error("invalid DID")]
    MethodSpecificId,
    /// It has a path, a query or a fragment.
    #[error("invalid DID")]
    NotPlain,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dids_of_all_methods_are_accepted_and_print_as_they_came() {
        for text in [
            "did:web:example.com",
            "did:web:localhost%3A18443:iam:9b734118-8c22-4074-b81d-ec635ece46e5",
            "did:x509:0:sha256:EIxh-_w::subject:L:Healthland:O:Because%20We%20Care::san:dns:a.b",
            "did:a:%aF",
            "did:0:::",
        ] {
            let did = Did::parse(text).unwrap();
            assert_eq!(did.to_string(), text);
            assert_eq!(format!("did:{}:{}", did.method(), did.method_specific_id()), text);
        }
    }

    #[test]
    fn other_texts_are_refused_by_name() {
        for (text, expected) in [
            ("", ParseError::Scheme),
            ("DID:web:a", ParseError::Scheme),
            (" did:web:a", ParseError::Scheme),
            ("did:web", ParseError::Method),
            ("did::a", ParseError::Method),
            ("did:Web:a", ParseError::Method),
            ("did:we-b:a", ParseError::Method),
            ("did:web:", ParseError::MethodSpecificId),
            ("did:web:a+b", ParseError::MethodSpecificId),
            ("did:web:a b", ParseError::MethodSpecificId),
            ("did:web:a%", ParseError::MethodSpecificId),
            ("did:web:a%3", ParseError::MethodSpecificId),
            ("did:web:a%3G", ParseError::MethodSpecificId),
            ("did:web:invalidchar\u{f8}.com", ParseError::MethodSpecificId),
            ("did:web:a\n", ParseError::MethodSpecificId),
            ("did:web:a#0", ParseError::NotPlain),
            ("did:web:a/b", ParseError::NotPlain),
            ("did:web:a?b", ParseError::NotPlain),
        ] {
            assert_eq!(Did::parse(text), Err(expected), "{text:?}");
        }
        let long = format!("did:web:{}", "a".repeat(BYTES_MAX));
        assert_eq!(Did::parse(&long), Err(ParseError::TooLong { limit: BYTES_MAX }));
    }

    #[test]
    fn case_counts() {
        assert_ne!(Did::parse("did:web:a%3a1").unwrap(), Did::parse("did:web:a%3A1").unwrap());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            if let Ok(did) = Did::parse(&text) {
                prop_assert_eq!(did.as_str(), text);
            }
        }

        #[test]
        fn what_the_pattern_allows_is_accepted(text in "did:[a-z0-9]+:([a-zA-Z0-9.\\-_:]|%[0-9a-fA-F]{2})+") {
            prop_assert_eq!(Did::parse(&text).unwrap().to_string(), text);
        }
    }
}
