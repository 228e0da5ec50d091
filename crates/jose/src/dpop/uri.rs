//! Compares the URI of a proof with the URI of a request: [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3).
//!
//! Proxies in the field hand over host and path without a scheme, or with the scheme behind the proxy, so the scheme
//! and the port do not count. Nothing else is normalised: what remains is compared byte for byte.

/// The most bytes of a URI.
pub const URI_BYTES_MAX: usize = 8 * 1024;

/// Why a text is no URI of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Longer than [`URI_BYTES_MAX`].
    #[error("uri is longer than {URI_BYTES_MAX} bytes")]
    TooLong,
    /// A control character or a space somewhere, or a percent sign without two digits in the host or the path.
    #[error("uri has an invalid character")]
    InvalidCharacter,
    /// The host is missing, has a user in front, or is no host.
    #[error("uri has an invalid host")]
    InvalidHost,
    /// The port is not a number.
    #[error("uri has an invalid port")]
    InvalidPort,
}

/// The form in which URIs are compared: scheme `https`, no port, no query, no fragment.
///
/// A text without `://` begins with its host. The empty text gives `https:`, which no proof has.
pub fn normalize_uri(text: &str) -> Result<String, UriError> {
    if text.len() > URI_BYTES_MAX {
        return Err(UriError::TooLong);
    }
    if text.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') {
        return Err(UriError::InvalidCharacter);
    }
    if text.is_empty() {
        return Ok("https:".to_owned());
    }
    let rest = without_scheme(text);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let rest = rest.split_at(end).0;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host(authority)?;
    if !has_whole_escapes(host) || !has_whole_escapes(path) {
        return Err(UriError::InvalidCharacter);
    }
    Ok(format!("https://{host}{path}"))
}

/// RFC 3986 §3.1, and texts such as `//host/path`.
fn without_scheme(text: &str) -> &str {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        Some(_) | None => text.strip_prefix("//").unwrap_or(text),
    }
}

/// The host without its port.
// SECURITY: an IPv6 host is compared as a whole, or every address of a network is the same host.
fn host(authority: &str) -> Result<&str, UriError> {
    let (host, port) = if authority.starts_with('[') {
        let end = authority.find(']').ok_or(UriError::InvalidHost)?;
        let (host, port) = authority.split_at(end + 1);
        let address = host.trim_matches(['[', ']']);
        let is_address = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        if address.is_empty() || !address.bytes().all(is_address) {
            return Err(UriError::InvalidHost);
        }
        (host, port)
    } else {
        let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        if host.is_empty()
            || host.contains(['@', '[', ']', '\\', '"', '<', '>', '^', '`', '{', '|', '}'])
        {
            return Err(UriError::InvalidHost);
        }
        (host, port)
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    // What follows the host is a colon and digits, or nothing.
    if (port.is_empty() || port.starts_with(':'))
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        Ok(host)
    } else {
        Err(UriError::InvalidPort)
    }
}

/// Whether every percent sign has two hexadecimal digits behind it, RFC 3986 §2.1.
fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scheme_port_query_and_fragment_do_not_count() {
        let cases = [
            "https://rs.example.nl/fhir/Patient",
            "http://rs.example.nl/fhir/Patient",
            "https://rs.example.nl:8443/fhir/Patient?active=true",
            "https://rs.example.nl:/fhir/Patient#x",
            "rs.example.nl/fhir/Patient",
            "rs.example.nl:8443/fhir/Patient",
            "//rs.example.nl/fhir/Patient",
            "rs.example.nl/fhir/Patient?next=http://x",
            "rs.example.nl/fhir/Patient#http://x",
        ];
        for text in cases {
            let expected = Ok("https://rs.example.nl/fhir/Patient".to_owned());
            assert_eq!(normalize_uri(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_counts_byte_for_byte() {
        let cases = [
            ("https://RS.example.nl/a", "https://RS.example.nl/a"),
            ("https://rs.example.nl/a/", "https://rs.example.nl/a/"),
            ("https://rs.example.nl/%41", "https://rs.example.nl/%41"),
            ("https://rs.example.nl/a/../b//c", "https://rs.example.nl/a/../b//c"),
            ("https://rs.example.nl/a:b", "https://rs.example.nl/a:b"),
            ("rs.example.nl", "https://rs.example.nl"),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
            ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]/x"),
            ("[2001:db8::2]:8443/x", "https://[2001:db8::2]/x"),
            ("https://rs.example.nl?x", "https://rs.example.nl"),
            ("", "https:"),
        ];
        for (text, expected) in cases {
            assert_eq!(normalize_uri(text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_uris_are_refused() {
        let long = "x".repeat(URI_BYTES_MAX + 1);
        let cases = [
            ("https://rs.example.nl/%zz", UriError::InvalidCharacter),
            ("https://rs.example.nl/%4", UriError::InvalidCharacter),
            ("https://rs.example.nl%zz/", UriError::InvalidCharacter),
            ("https://rs.example.nl/\u{1}", UriError::InvalidCharacter),
            ("https://rs.example.nl/\n", UriError::InvalidCharacter),
            ("https://x:y z/", UriError::InvalidCharacter),
            ("https://x:y/", UriError::InvalidPort),
            ("https://[::1]x/", UriError::InvalidPort),
            ("https://[::1/", UriError::InvalidHost),
            ("https://[]/", UriError::InvalidHost),
            ("https://[::1%25eth0]/", UriError::InvalidHost),
            ("https:///x", UriError::InvalidHost),
            ("/x", UriError::InvalidHost),
            (":8443/x", UriError::InvalidHost),
            ("https://rs.example.nl@other.example/x", UriError::InvalidHost),
            ("https://user:1@other.example/x", UriError::InvalidPort),
            (long.as_str(), UriError::TooLong),
        ];
        for (text, expected) in cases {
            assert_eq!(normalize_uri(text), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text: String) {
            let _ = normalize_uri(&text);
        }

        #[test]
        fn the_compared_form_is_its_own_form(text in "(https?://)?[a-z\\[\\]:.0-9@]{1,12}(/[a-z%0-9/:?#]{0,12})?") {
            if let Ok(normalized) = normalize_uri(&text) {
                prop_assert_eq!(normalize_uri(&normalized), Ok(normalized));
            }
        }
    }
}
