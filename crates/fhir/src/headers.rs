//! Header fields that change what a request means: media type, conditions, preferences, overrides.

use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::path::is_id;
use crate::place::Method;
use crate::search::Search;

/// The most bytes of a header field that is read here.
const VALUE_BYTES_MAX: usize = 8 * 1024;

/// Fields that make a server take the request for one with another method.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Fields that are read, in the order of [`Headers::values`].
const READ: [&str; 8] = [
    "accept",
    "content-encoding",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-exist",
    "if-none-match",
    "prefer",
];
const ACCEPT: usize = 0;
const CONTENT_ENCODING: usize = 1;
const CONTENT_TYPE: usize = 2;
const IF_MATCH: usize = 3;
const IF_NONE_EXIST: usize = 5;
const IF_NONE_MATCH: usize = 6;
const PREFER: usize = 7;

/// What must hold for an interaction to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The version that `If-Match` names, or `*`.
    pub if_match: Option<String>,
    /// The version that `If-None-Match` names, several separated by commas, or `*`.
    pub if_none_match: Option<String>,
    /// `If-None-Exist`: a search that must find nothing.
    pub if_none_exist: Option<Search>,
}

/// What the client prefers (RFC 7240).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return`: `minimal`, `representation` or `OperationOutcome`. Any one that asks for the representation counts.
    pub returns: Option<&'static str>,
    /// `handling`: `strict` or `lenient`.
    pub handling: Option<&'static str>,
    /// `respond-async`.
    pub is_asynchronous: bool,
}

impl Preferences {
    // SECURITY: servers take the first or the last; that the representation may come back is what counts.
    fn add_return(&mut self, value: &str) {
        let known = ["representation", "minimal", "OperationOutcome"];
        let asked = known.into_iter().find(|known| value.eq_ignore_ascii_case(known));
        if self.returns != Some("representation") {
            self.returns = asked.or(self.returns);
        }
    }

    /// A contradiction is lenient.
    fn add_handling(&mut self, value: &str) {
        let asked =
            ["strict", "lenient"].into_iter().find(|known| value.eq_ignore_ascii_case(known));
        self.handling = match (self.handling, asked) {
            (Some("lenient"), _) | (_, Some("lenient")) => Some("lenient"),
            (known, asked) => asked.or(known),
        };
    }
}

/// The fields that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers<'a> {
    values: [Vec<&'a str>; READ.len()],
}

impl<'a> Headers<'a> {
    /// Picks the fields that matter, and refuses spellings that some back ends fold into them.
    pub(crate) fn read(fields: &[(&'a str, &'a [u8])]) -> Result<Self, Unplaceable> {
        let mut headers = Self::default();
        for (name, value) in fields {
            if OVERRIDES.iter().any(|known| is_folded(name, known)) {
                return Err(Unplaceable::MethodOverride { place: "header", name: excerpt(name) });
            }
            let Some(place) = READ.iter().position(|known| is_folded(name, known)) else {
                continue;
            };
            let refuse = |why| Unplaceable::Header { name: excerpt(name), why };
            if name.contains(['_', '.']) {
                return Err(refuse("is a spelling that some servers take for another"));
            }
            if value.len() > VALUE_BYTES_MAX {
                return Err(refuse("is too long"));
            }
            let is_text = value.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\t');
            let text = std::str::from_utf8(value).ok().filter(|_| is_text);
            let text = text
                .ok_or_else(|| refuse("is not made of ascii characters"))?
                .trim_matches([' ', '\t']);
            if let Some(list) = headers.values.get_mut(place) {
                list.push(text);
            }
        }
        for (name, list) in READ.iter().zip(&headers.values) {
            if list.len() > 1 && !matches!(*name, "accept" | "prefer") {
                return Err(Unplaceable::Header {
                    name: (*name).to_owned(),
                    why: "is there twice",
                });
            }
        }
        Ok(headers)
    }

    /// The fields that are there, for the input of a policy.
    pub(crate) fn present(&self) -> impl Iterator<Item = (&'static str, &[&'a str])> {
        READ.into_iter()
            .zip(&self.values)
            .filter(|(_, list)| !list.is_empty())
            .map(|(name, list)| (name, &**list))
    }

    fn list(&self, place: usize) -> &[&'a str] {
        self.values.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    fn single(&self, place: usize) -> Option<&'a str> {
        self.list(place).first().copied()
    }

    /// The media type, as it was sent.
    pub(crate) fn content_type(&self) -> Option<&'a str> {
        self.single(CONTENT_TYPE)
    }

    /// A body that must be decoded before it is read is refused.
    pub(crate) fn check_encoding(&self) -> Result<(), Unplaceable> {
        match self.single(CONTENT_ENCODING) {
            None => Ok(()),
            Some(encoding) if encoding.eq_ignore_ascii_case("identity") => Ok(()),
            Some(encoding) => Err(Unplaceable::ContentEncoding { encoding: excerpt(encoding) }),
        }
    }

    /// A read may come with tags of any server and cache: they only save an answer.
    pub(crate) fn conditions(&self, method: Method) -> Result<Conditions, Unplaceable> {
        let if_none_match = match self.single(IF_NONE_MATCH).map(entity_tags).transpose() {
            Err(_) if method == Method::Get => None,
            other => other?,
        };
        Ok(Conditions {
            if_match: self.single(IF_MATCH).map(|text| entity_tag("if-match", text)).transpose()?,
            if_none_match,
            if_none_exist: None,
        })
    }

    /// `If-None-Exist`, as it was sent.
    pub(crate) fn if_none_exist(&self) -> Option<&'a str> {
        self.single(IF_NONE_EXIST)
    }

    pub(crate) fn preferences(&self) -> Preferences {
        let mut preferences = Preferences::default();
        for field in self.list(PREFER) {
            for (number, piece) in field.split(',').flat_map(|part| part.split(';').enumerate()) {
                let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
                let (name, value) = (name.trim(), value.trim().trim_matches('"'));
                if name.eq_ignore_ascii_case("return") {
                    preferences.add_return(value);
                } else if name.eq_ignore_ascii_case("handling") {
                    // SECURITY: strict handling is a promise that unknown parameters are refused. What may stand inside a quoted
                    // text or belong to another preference promises nothing.
                    let is_promise = number == 0 && !field.contains('"');
                    preferences.add_handling(if is_promise { value } else { "lenient" });
                } else if name.eq_ignore_ascii_case("respond-async") {
                    preferences.is_asynchronous = true;
                }
            }
        }
        preferences
    }

    /// Whether `Accept` asks for something else than JSON.
    pub(crate) fn asks_other_format(&self) -> bool {
        let ranges = self.list(ACCEPT).iter().flat_map(|text| text.split(','));
        ranges.map(|range| range.split(';').next().unwrap_or_default().trim()).any(|range| {
            !range.is_empty()
                && !matches!(range, "*/*" | "application/*")
                && !is_json(&range.to_ascii_lowercase())
        })
    }
}

/// Whether a media type without parameters, in lower case, is FHIR's JSON, in the names of any version.
pub(crate) fn is_json(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/fhir+json" | "application/json+fhir" | "application/json" | "text/json"
    )
}

/// Reads a media type: in lower case, without parameters. None if it is malformed or in another charset than UTF-8.
pub(crate) fn media_type(text: &str) -> Option<String> {
    let mut parts = text.split(';');
    let essence = parts.next()?.trim_matches([' ', '\t']).to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    for parameter in parts {
        let (name, value) = parameter.trim_matches([' ', '\t']).split_once('=')?;
        let value =
            value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let is_plain = value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b','));
        if !is_token(name) || value.is_empty() || !is_plain {
            return None;
        }
        if name.eq_ignore_ascii_case("charset")
            && !value.eq_ignore_ascii_case("utf-8")
            && !value.eq_ignore_ascii_case("utf8")
        {
            return None;
        }
    }
    Some(essence)
}

/// A version id in an entity tag: `W/"3"` or `"3"`; or `*`.
pub(crate) fn entity_tag(name: &'static str, text: &str) -> Result<String, Unplaceable> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let inside = text
        .strip_prefix("W/")
        .unwrap_or(text)
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inside.filter(|version| is_id(version)).map(ToOwned::to_owned).ok_or_else(|| {
        Unplaceable::Header { name: name.to_owned(), why: "is no entity tag with a version id" }
    })
}

/// Several entity tags.
pub(crate) fn entity_tags(text: &str) -> Result<String, Unplaceable> {
    let tags: Result<Vec<_>, _> = text
        .split(',')
        .map(|tag| entity_tag("if-none-match", tag.trim_matches([' ', '\t'])))
        .collect();
    Ok(tags?.join(","))
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether a server that folds case, `-`, `_` and `.` takes this name for the known one, which is in lower case with `-`.
fn is_folded(name: &str, known: &str) -> bool {
    name.len() == known.len()
        && name.bytes().zip(known.bytes()).all(|(byte, known)| match byte {
            b'_' | b'.' => known == b'-',
            _ => byte.eq_ignore_ascii_case(&known),
        })
}
