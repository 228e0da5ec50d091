//! Path parameters, and the ids that clients put into paths in three spellings (contract/credentials.md 1.4).

use axum::extract::{FromRequestParts, MatchedPath};
use http::request::Parts;

use super::percent;
use crate::respond::Failure;

/// How often a fully encoded id may have been encoded. Clients were seen to do it twice.
const ENCODINGS_MAX: usize = 2;

/// The path parameters as they were sent, percent-encoded, in order.
///
/// Taken from the request target: axum's own extractor decodes, and what is left of `%2523` then depends on who asks.
/// Handlers decode what their contract says, with [`id`](Self::id) or [`text`](Self::text).
pub struct RawPath(pub Vec<String>);

impl RawPath {
    /// A parameter that is an id: see [`path_id`]. Empty if the path has no such parameter.
    pub fn id(&self, position: usize) -> String {
        self.0.get(position).map(|raw| path_id(raw)).unwrap_or_default()
    }

    /// A parameter, decoded once; as it was sent if it cannot be decoded. Empty if the path has no such parameter.
    pub fn text(&self, position: usize) -> String {
        self.0.get(position).map(|raw| once(raw)).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RawPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        Ok(Self(parameters(template, parts.uri.path())))
    }
}

/// The id that a path parameter stands for, whichever way it was written.
///
/// A DID contains percent signs of its own (`did:web:host%3A8443:…`), so decoding once is wrong for clients that send it as it
/// is, and not decoding is wrong for those that encode it. Text that begins with `did:` is a DID (URL) as it is, in which only
/// `#` had to be escaped, unless it has escaped percent signs. Everything else is decoded once, and once more if only then it
/// is a DID.
///
/// ```
/// use pecan_server::extract::path_id;
///
/// let id = "did:web:host%3A8443:iam:x#y";
/// assert_eq!(path_id("did:web:host%3A8443:iam:x%23y"), id);
/// assert_eq!(path_id("did:web:host%253A8443:iam:x%23y"), id);
/// assert_eq!(path_id("did%3Aweb%3Ahost%253A8443%3Aiam%3Ax%23y"), id);
/// ```
pub fn path_id(raw: &str) -> String {
    if raw.starts_with("did:") {
        return if raw.contains("%25") { once(raw) } else { raw.replace("%23", "#") };
    }
    let mut id = once(raw);
    for _ in 1..ENCODINGS_MAX {
        if !id.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("did%3a")) {
            break;
        }
        id = once(&id);
    }
    id
}

/// A segment for each `{…}` of the template.
pub(crate) fn parameters(template: &str, path: &str) -> Vec<String> {
    let wanted = template.split('/').zip(path.split('/'));
    let wanted = wanted.filter(|(name, _)| name.starts_with('{'));
    wanted.map(|(_, segment)| segment.to_owned()).collect()
}

fn once(raw: &str) -> String {
    percent::decode(raw).unwrap_or_else(|_| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_in_every_spelling() {
        let with_port = "did:web:localhost%3A28443:iam:x#y";
        for (raw, expected) in [
            ("did:web:localhost%3A28443:iam:x%23y", with_port),
            ("did:web:localhost%253A28443:iam:x%23y", with_port),
            ("did%3Aweb%3Alocalhost%253A28443%3Aiam%3Ax%23y", with_port),
            ("did%253Aweb%253Alocalhost%25253A28443%253Aiam%253Ax%2523y", with_port),
            ("did:web:localhost%3A28443:iam:x", "did:web:localhost%3A28443:iam:x"),
            ("did:web:example.nl:iam:x%23y", "did:web:example.nl:iam:x#y"),
            ("did%3aweb%3aexample.nl%3aiam%3ax%23y", "did:web:example.nl:iam:x#y"),
            ("urn%3Auuid%3A1", "urn:uuid:1"),
            ("https%3A%2F%2Fexample.nl%2Fvc%231", "https://example.nl/vc#1"),
            ("clinic", "clinic"),
            ("a%zz", "a%zz"),
            ("", ""),
        ] {
            assert_eq!(path_id(raw), expected, "{raw}");
        }
    }

    #[test]
    fn an_encoded_slash_stays_inside_its_parameter() {
        assert_eq!(
            parameters("/iam/{id}/did.json", "/iam/..%2F..%2Finternal/did.json"),
            ["..%2F..%2Finternal"]
        );
    }

    /// Everything but letters and digits as `%XX`.
    fn encoded(text: &str) -> String {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    }

    proptest::proptest! {
        #[test]
        fn every_did_url_is_found_in_every_spelling(
            id in "did:web:[a-z]{1,8}(%3A[0-9]{1,5})?(:[a-z0-9-]{1,8}){0,3}(#[a-zA-Z0-9_-]{1,8})?"
        ) {
            proptest::prop_assert_eq!(path_id(&id.replace('#', "%23")), id.clone());
            proptest::prop_assert_eq!(path_id(&encoded(&id)), id.clone());
            proptest::prop_assert_eq!(path_id(&encoded(&encoded(&id))), id);
        }

        #[test]
        fn any_text_is_some_id(text in ".{0,64}", escapes in "(%[0-9a-fA-F]{0,2}|did:|%3A){0,8}") {
            path_id(&text);
            path_id(&escapes);
            proptest::prop_assert_eq!(once(&encoded(&text)), text);
        }
    }
}
