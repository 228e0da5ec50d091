//! Paths below the base: the part of the grammar that all FHIR paths share.
//!
//! Refuses what servers clean up, each in its own way; cleans nothing but escapes of characters that never needed one.

use std::borrow::Cow;

use crate::error::Unplaceable;
use crate::excerpt::excerpt;

/// The most bytes of a path.
pub const PATH_BYTES_MAX: usize = 1024;

/// The path with escapes of unreserved characters undone ([RFC 3986 §6.2.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.2)).
///
/// Empty, or a slash and segments. Every other escape, and whatever is not in FHIR's grammar on any server, is refused.
pub(crate) fn canonical(path: &str) -> Result<Cow<'_, str>, Unplaceable> {
    if path.len() > PATH_BYTES_MAX {
        return Err(Unplaceable::PathTooLong { limit: PATH_BYTES_MAX });
    }
    let refuse = |what| Unplaceable::Path { path: excerpt(path), what };
    if path.is_empty() || path == "/" {
        return Ok(Cow::Borrowed(""));
    }
    if !path.starts_with('/') {
        return Err(refuse("no slash at its beginning"));
    }
    let plain = unescape(path).map_err(refuse)?;
    if let Some(what) = plain.bytes().find_map(foreign) {
        return Err(refuse(what));
    }
    let segments = plain.get(1..).unwrap_or_default();
    if segments.ends_with('/') {
        return Err(refuse("a slash at its end"));
    }
    for segment in segments.split('/') {
        match segment {
            "" => return Err(refuse("an empty segment")),
            "." | ".." => return Err(refuse("a dot segment")),
            _ => {}
        }
    }
    Ok(plain)
}

/// Segments of a path as [`canonical`] gives it.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

/// Whether this is an id: FHIR's `id` datatype.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text != "."
        && text != ".."
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// Undoes escapes of unreserved characters, and refuses all others.
fn unescape(path: &str) -> Result<Cow<'_, str>, &'static str> {
    if !path.contains('%') {
        return Ok(Cow::Borrowed(path));
    }
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let byte = after
            .get(..2)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or("a malformed escape")?;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                plain.push(char::from(byte));
            }
            b'%' => return Err("a doubly encoded escape"),
            _ => return Err("an escape of a reserved character"),
        }
        rest = after.get(2..).unwrap_or_default();
    }
    plain.push_str(rest);
    Ok(Cow::Owned(plain))
}

/// What is wrong with a byte of a path, if anything is.
fn foreign(byte: u8) -> Option<&'static str> {
    match byte {
        b'A'..=b'Z'
        | b'a'..=b'z'
        | b'0'..=b'9'
        | b'/'
        | b'-'
        | b'.'
        | b'_'
        | b'~'
        | b'$'
        | b'*' => None,
        b';' => Some("a matrix parameter"),
        b'\\' => Some("a backslash"),
        b'#' => Some("a fragment"),
        b'?' => Some("a query"),
        0..=b' ' | 0x7f => Some("a space or a control character"),
        0x80.. => Some("a character outside ascii"),
        _ => Some("a character that no fhir path has"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_unreserved_characters_are_the_characters() {
        for (path, plain) in [
            ("", ""),
            ("/", ""),
            ("/Patient/1", "/Patient/1"),
            ("/P%61tient/%31", "/Patient/1"),
            ("/Patient/a%2Db%2dc", "/Patient/a-b-c"),
            ("/Patient/1/$everything", "/Patient/1/$everything"),
        ] {
            assert_eq!(canonical(path).unwrap(), plain, "{path}");
        }
    }

    #[test]
    fn what_servers_clean_up_is_refused() {
        for path in [
            "Patient",
            "//",
            "//Patient",
            "/Patient/",
            "/Patient//1",
            "/./Patient",
            "/Patient/..",
            "/Patient/../Task",
            "/%2e/Patient",
            "/Patient/%2E%2e/Task",
            "/Patient/.%2e",
            "/Patient%2F1",
            "/Patient;v=1",
            "/Patient%3Bv=1",
            "/;/Patient",
            "/Patient\\1",
            "/Patient%5C1",
            "/%2550atient",
            "/Patient/%",
            "/Patient/%4",
            "/Patient/%zz",
            "/Patient/%+1",
            "/Patient/%00",
            "/Patient\0",
            "/Patient/\u{e9}",
            "/Patient/%C3%A9",
            "/Patient 1",
            "/Patient/1?x",
            "/Patient#1",
            "/Patient/1|2",
            "/Patient/1/%24everything",
            "/Patient\t",
            "/Patient/%E2%80",
            "/\u{ff0f}Patient",
            "*",
        ] {
            assert!(canonical(path).is_err(), "{path}");
        }
        assert!(canonical(&format!("/{}", "a".repeat(PATH_BYTES_MAX))).is_err());
    }
}
