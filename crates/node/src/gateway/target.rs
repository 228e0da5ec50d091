//! The request target: [RFC 9112 §3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2), origin form and absolute form.

use pecan_jose::dpop::{ExactError, exact_path};

/// A request target, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'q> {
    /// Scheme and authority of an absolute form, which outranks the `Host` field.
    pub(super) origin: Option<(&'q str, &'q str)>,
    /// The path in its exact form.
    pub(super) path: String,
    /// What follows the first question mark, as it was sent.
    pub(super) query: &'q str,
}

/// Why a target means nothing; for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TargetError {
    #[error("the request target is neither a path nor an http URL")]
    Form,
    #[error("the request target has a fragment, a space or a character outside ASCII")]
    Character,
    #[error("the request target cannot be placed: {0}")]
    Path(#[from] ExactError),
}

impl<'q> Target<'q> {
    pub(super) fn parse(text: &'q str) -> Result<Self, TargetError> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(TargetError::Character);
        }
        let (before, query) = text.split_once('?').unwrap_or((text, ""));
        let (origin, path) = if before.starts_with('/') {
            (None, before)
        } else {
            let (scheme, rest) = before.split_once("://").ok_or(TargetError::Form)?;
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some((scheme, authority)), if path.is_empty() { "/" } else { path })
        };
        Ok(Self { origin, path: exact_path(path)?, query })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_taken_apart() {
        let target = Target::parse("/fhir/%54ask?a=b?c").unwrap();
        assert_eq!(target, Target { origin: None, path: "/fhir/Task".into(), query: "a=b?c" });
        let target = Target::parse("https://a.example:8443").unwrap();
        let origin = Some(("https", "a.example:8443"));
        assert_eq!(target, Target { origin, path: "/".into(), query: "" });
    }

    #[test]
    fn other_forms_are_refused() {
        let cases = [
            ("", TargetError::Form),
            ("*", TargetError::Form),
            ("a.example:443", TargetError::Form),
            ("?a=b", TargetError::Form),
            ("/a#b", TargetError::Character),
            ("/a?b#c", TargetError::Character),
            ("/a b", TargetError::Character),
            ("/\u{e9}", TargetError::Character),
            ("//a/b", TargetError::Path(ExactError::EmptySegment)),
            ("/a/../b", TargetError::Path(ExactError::Dots)),
            ("/a;b", TargetError::Path(ExactError::Matrix)),
            ("/a%2fb", TargetError::Path(ExactError::Reserved)),
        ];
        for (text, expected) in cases {
            assert_eq!(Target::parse(text), Err(expected), "{text}");
        }
    }
}
