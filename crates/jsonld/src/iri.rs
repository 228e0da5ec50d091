//! IRIs as far as JSON-LD needs them: which are absolute, which may stand in RDF, and what a relative one means.
//!
//! Does not check IRIs by the letter of RFC 3987: signatures of the reference cover texts that are none, and the same
//! texts have to be kept and dropped here.
//!
//! [RFC 3986 §4, §5.2](https://www.rfc-editor.org/rfc/rfc3986#section-5.2).

/// What a text is when an IRI is asked for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// An absolute IRI that may stand in RDF.
    Absolute,
    /// A blank node identifier, `_:x`.
    Blank,
    /// Without a scheme.
    Relative,
    /// With the scheme `http` or `https`, but not a plausible URL.
    Malformed,
}

impl Form {
    pub(crate) fn of(text: &str) -> Self {
        if text.starts_with("_:") {
            return Self::Blank;
        }
        match split_scheme(text) {
            None => Self::Relative,
            Some(("http" | "https", rest)) if !is_plausible_http(rest) => Self::Malformed,
            Some(_) => Self::Absolute,
        }
    }
}

/// Whether a text begins with a scheme, so that it needs no base.
pub(crate) fn has_scheme(text: &str) -> bool {
    split_scheme(text).is_some()
}

/// `scheme` and what follows its colon.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let goes_on_well =
        bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (starts_well && goes_on_well).then_some((scheme, rest))
}

/// Whether what follows `http:` names a host, as the reference sees it: any labels, none of them empty but the last.
fn is_plausible_http(rest: &str) -> bool {
    if rest.bytes().any(is_never_in_url) {
        return false;
    }
    // `http:g` names no host that could be wrong.
    let Some(rest) = rest.strip_prefix("//") else { return true };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, after)| after);
    if let Some(literal) = host_and_port.strip_prefix('[') {
        return literal.split_once(']').is_some_and(|(address, port)| {
            !address.is_empty()
                && address
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
                && is_port(port)
        });
    }
    let (host, port) = match host_and_port.find(':') {
        Some(colon) => host_and_port.split_at(colon),
        None => (host_and_port, ""),
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    is_port(port) && host.split('.').all(|label| !label.is_empty())
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn is_never_in_url(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`')
}

/// The parts of a reference; absent is not the same as empty.
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (scheme, rest) = match split_scheme(text) {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (rest, fragment) = split_off(rest, '#');
        let (rest, query) = split_off(rest, '?');
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query, fragment }
    }

    fn print(&self, path: &str) -> String {
        let mut text = String::new();
        if let Some(scheme) = self.scheme {
            text.push_str(scheme);
            text.push(':');
        }
        if let Some(authority) = self.authority {
            text.push_str("//");
            text.push_str(authority);
        }
        text.push_str(path);
        for (mark, part) in [('?', self.query), ('#', self.fragment)] {
            if let Some(part) = part {
                text.push(mark);
                text.push_str(part);
            }
        }
        text
    }
}

fn split_off(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// What a reference means below a base, [RFC 3986 §5.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.2).
pub(crate) fn resolve(base: &str, reference: &str) -> String {
    let base = Parts::of(base);
    let mut target = Parts::of(reference);
    if target.scheme.is_some() {
        return reference.to_owned();
    }
    target.scheme = base.scheme;
    if target.authority.is_some() {
        return target.print(&remove_dot_segments(target.path));
    }
    target.authority = base.authority;
    let path = if target.path.is_empty() {
        target.query = target.query.or(base.query);
        // The base's own path is not touched: it may be opaque.
        base.path.to_owned()
    } else if target.path.starts_with('/') {
        remove_dot_segments(target.path)
    } else {
        remove_dot_segments(&merge(&base, target.path))
    };
    target.print(&path)
}

fn merge(base: &Parts<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    let folder = base.path.rfind('/').and_then(|slash| base.path.get(..=slash)).unwrap_or_default();
    format!("{folder}{path}")
}

fn remove_dot_segments(path: &str) -> String {
    let (root, relative) = match path.strip_prefix('/') {
        Some(relative) => ("/", relative),
        None => ("", path),
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut is_folder = false;
    for segment in relative.split('/') {
        is_folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let mut text = format!("{root}{}", kept.join("/"));
    if is_folder && !kept.is_empty() {
        text.push('/');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_resolve_as_in_the_examples_of_rfc_3986() {
        let base = "http://a/b/c/d;p?q";
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{reference}");
        }
    }

    #[test]
    fn what_may_stand_in_rdf_is_what_the_reference_keeps() {
        for (text, expected) in [
            ("did:web:a b", Form::Absolute),
            ("urn:a<b>", Form::Absolute),
            ("https://exämple.org/ü", Form::Absolute),
            ("https://h.example:8443/x", Form::Absolute),
            ("http://localhost:8080/x", Form::Absolute),
            ("http://nuts-node/x", Form::Absolute),
            ("https://a_b.example/x", Form::Absolute),
            ("https://h.example./x", Form::Absolute),
            ("https://u:p@h.example/x", Form::Absolute),
            ("https://[::1]/x", Form::Absolute),
            ("https://h.example//a/../b", Form::Absolute),
            ("HTTPS://H.example/X", Form::Absolute),
            ("xsd:dateTime", Form::Absolute),
            ("_:b0", Form::Blank),
            ("http:///x", Form::Malformed),
            ("https://exa_mple..org/", Form::Malformed),
            ("http://example.com/a b", Form::Malformed),
            ("http:x", Form::Absolute),
            ("abc", Form::Relative),
            ("#key-1", Form::Relative),
            ("", Form::Relative),
            ("./a:b", Form::Relative),
            ("1:2", Form::Relative),
        ] {
            assert_eq!(Form::of(text), expected, "{text}");
        }
    }
}
