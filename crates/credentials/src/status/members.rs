//! Reads members of credentials and status entries as they may be written: one value, or a list of one.

use serde_json::Value;

use crate::one_or_many::items;

/// The text of a member, unless it is empty.
pub(super) fn text<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    object.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The only value of a member.
pub(super) fn single<'a>(object: &'a Value, member: &str) -> Option<&'a Value> {
    match items(object, member) {
        [single] => Some(single),
        [] | [_, _, ..] => None,
    }
}

/// Whether one of the values of a member is this text.
pub(super) fn lists(object: &Value, member: &str, text: &str) -> bool {
    items(object, member).iter().any(|value| value.as_str() == Some(text))
}

/// A position in a list, as the decimal text that an entry carries.
pub(super) fn index(text: &str) -> Option<usize> {
    // `parse` alone would accept a sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Whether a text has the shape `scheme://authority…`. Who fetches it parses it properly.
pub(super) fn is_absolute_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.starts_with(['/', '?', '#'])
        && !rest.is_empty()
        && !text.contains(|each: char| each.is_whitespace() || each.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_an_index() {
        for (text, expected) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("131071", Some(131_071)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.0", None),
            (" 1", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(index(text), expected, "{text}");
        }
    }

    #[test]
    fn an_absolute_url_has_scheme_and_authority() {
        for (text, expected) in [
            ("https://a.example/statuslist/did:web:a%3A1/1", true),
            ("http://a", true),
            ("a.example/1", false),
            ("/statuslist/1", false),
            ("https:///x", false),
            ("https://", false),
            ("://a", false),
            ("1s://a", false),
            ("https://a b", false),
            ("", false),
        ] {
            assert_eq!(is_absolute_url(text), expected, "{text}");
        }
    }
}
