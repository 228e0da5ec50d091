//! The form in which a resource server that knows its own URL compares URIs: the syntax and scheme based normalisation of
//! [RFC 3986 §6.2.2, §6.2.3](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2), as
//! [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3) asks.
//!
//! What two readers could understand differently has no such form: dot segments, empty segments, matrix parameters, escapes of
//! reserved characters. Nothing is cleaned silently.

use std::net::Ipv6Addr;

use super::URI_BYTES_MAX;

/// Why a URI or a path has no exact form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExactError {
    /// Longer than [`URI_BYTES_MAX`].
    #[error("it is longer than {URI_BYTES_MAX} bytes")]
    TooLong,
    /// Neither `http` nor `https`.
    #[error("it does not begin with http:// or https://")]
    Scheme,
    /// The host is missing, has a user in front or a dot at its end, or is no host.
    #[error("it has an invalid host")]
    Host,
    /// The port is no number that a port has.
    #[error("it has an invalid port")]
    Port,
    /// The path does not begin with a slash.
    #[error("its path does not begin with a slash")]
    NotAbsolute,
    /// A character that has no place in a path.
    #[error("its path has an invalid character")]
    Character,
    /// A percent sign without two digits, or escapes that are not UTF-8.
    #[error("its path has an invalid escape")]
    Escape,
    /// An escape of a character that means something when it stands there plainly.
    #[error("its path has an escaped reserved character")]
    Reserved,
    /// A segment `.` or `..`, plain or escaped.
    #[error("its path has a dot segment")]
    Dots,
    /// Two slashes in a row.
    #[error("its path has an empty segment")]
    EmptySegment,
    /// A semicolon.
    #[error("its path has a matrix parameter")]
    Matrix,
}

/// The exact form of an `http` or `https` URI, without query and fragment.
pub fn exact_uri(text: &str) -> Result<String, ExactError> {
    if text.len() > URI_BYTES_MAX {
        return Err(ExactError::TooLong);
    }
    let (scheme, rest) = text.split_once("://").ok_or(ExactError::Scheme)?;
    let (scheme, default_port) = match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => ("https", 443),
        _ if scheme.eq_ignore_ascii_case("http") => ("http", 80),
        _ => return Err(ExactError::Scheme),
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let rest = rest.split_at(end).0;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = exact_authority(authority, default_port)?;
    let path = exact_path(if path.is_empty() { "/" } else { path })?;
    Ok(format!("{scheme}://{authority}{path}"))
}

/// The exact form of `host[:port]`: lower case, and without the port if it is the default one.
pub fn exact_authority(text: &str, default_port: u16) -> Result<String, ExactError> {
    let (mut host, port) = if text.starts_with('[') {
        let (address, port) = text.split_once(']').ok_or(ExactError::Host)?;
        let address = address.trim_start_matches('[');
        let address: Ipv6Addr = address.parse().map_err(|_| ExactError::Host)?;
        (format!("[{address}]"), port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if host.split('.').any(str::is_empty) || !host.bytes().all(is_plain) {
            return Err(ExactError::Host);
        }
        (host.to_ascii_lowercase(), port)
    };
    let digits = match port.strip_prefix(':') {
        Some(digits) => digits,
        None if port.is_empty() => "",
        None => return Err(ExactError::Port),
    };
    // An empty port is the default one, RFC 3986 §6.2.3.
    if digits.is_empty() {
        return Ok(host);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.starts_with('0') {
        return Err(ExactError::Port);
    }
    let port: u16 = digits.parse().map_err(|_| ExactError::Port)?;
    if port != default_port {
        host.push(':');
        host.push_str(digits);
    }
    Ok(host)
}

/// The exact form of the path of a URI: escapes of unreserved characters are decoded, other escapes are in upper case.
pub fn exact_path(text: &str) -> Result<String, ExactError> {
    if text.len() > URI_BYTES_MAX {
        return Err(ExactError::TooLong);
    }
    if !text.starts_with('/') {
        return Err(ExactError::NotAbsolute);
    }
    let mut path = String::with_capacity(text.len());
    // What the escapes say that remain, to see whether it is UTF-8.
    let mut escaped = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let decoded = if byte == b'%' { decode(bytes.next(), bytes.next())? } else { plain(byte)? };
        if byte != b'%' || is_unreserved(decoded) {
            path.push(char::from(decoded));
            check_text(&mut escaped)?;
        } else {
            check_escaped(decoded)?;
            push_escape(&mut path, decoded);
            escaped.push(decoded);
        }
    }
    check_text(&mut escaped)?;
    check_segments(&path)?;
    Ok(path)
}

/// A character that may stand in a path as it is, RFC 3986 §3.3.
fn plain(byte: u8) -> Result<u8, ExactError> {
    match byte {
        b';' => Err(ExactError::Matrix),
        b'/' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':'
        | b'@' => Ok(byte),
        _ if is_unreserved(byte) => Ok(byte),
        _ => Err(ExactError::Character),
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn decode(high: Option<u8>, low: Option<u8>) -> Result<u8, ExactError> {
    let digit = |byte: Option<u8>| {
        let value = char::from(byte?).to_digit(16)?;
        u8::try_from(value).ok()
    };
    let high = digit(high).ok_or(ExactError::Escape)?;
    let low = digit(low).ok_or(ExactError::Escape)?;
    Ok(high << 4 | low)
}

/// What can be written in no other way than escaped: other scripts, the space, and what RFC 3986 leaves out.
// SECURITY: an escaped slash, percent sign, semicolon or backslash is a delimiter to some servers and text to others.
fn check_escaped(byte: u8) -> Result<(), ExactError> {
    match byte {
        b' ' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x80.. => Ok(()),
        _ => Err(ExactError::Reserved),
    }
}

fn push_escape(path: &mut String, byte: u8) {
    let digit = |value: u8| {
        char::from_digit(u32::from(value), 16).map_or('0', |digit| digit.to_ascii_uppercase())
    };
    path.extend(['%', digit(byte >> 4), digit(byte & 0x0f)]);
}

// SECURITY: an overlong form of a dot or a slash is not UTF-8, and some decoders take it all the same.
fn check_text(escaped: &mut Vec<u8>) -> Result<(), ExactError> {
    if escaped.is_empty() {
        return Ok(());
    }
    let is_text = std::str::from_utf8(escaped).is_ok();
    escaped.clear();
    if is_text { Ok(()) } else { Err(ExactError::Escape) }
}

/// Every segment says something; only the last may be empty.
fn check_segments(path: &str) -> Result<(), ExactError> {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if matches!(segment, "." | "..") {
            return Err(ExactError::Dots);
        }
        if segment.is_empty() && segments.peek().is_some() {
            return Err(ExactError::EmptySegment);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_uri_have_one_form() {
        let cases = [
            ("https://rs.example.nl/fhir/Task/1", "https://rs.example.nl/fhir/Task/1"),
            ("HTTPS://RS.Example.nl:443/fhir/Task/1?a=b#c", "https://rs.example.nl/fhir/Task/1"),
            ("https://rs.example.nl:/fhir/%54ask/%31", "https://rs.example.nl/fhir/Task/1"),
            ("https://rs.example.nl/%7ea%2Db", "https://rs.example.nl/~a-b"),
            ("https://rs.example.nl/caf%c3%a9", "https://rs.example.nl/caf%C3%A9"),
            ("https://rs.example.nl", "https://rs.example.nl/"),
            ("https://rs.example.nl?x", "https://rs.example.nl/"),
            ("https://rs.example.nl/a/", "https://rs.example.nl/a/"),
            ("http://rs.example.nl:80/a", "http://rs.example.nl/a"),
            ("https://rs.example.nl:8443/a", "https://rs.example.nl:8443/a"),
            ("https://[2001:DB8:0::1]:443/a", "https://[2001:db8::1]/a"),
            ("https://rs.example.nl/$document", "https://rs.example.nl/$document"),
            ("https://rs.example.nl/a?b=//c/../d;e", "https://rs.example.nl/a"),
        ];
        for (text, expected) in cases {
            assert_eq!(exact_uri(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn scheme_port_case_of_the_path_and_last_slash_count() {
        let uri = exact_uri("https://rs.example.nl/fhir/Task").unwrap();
        for other in [
            "http://rs.example.nl/fhir/Task",
            "https://rs.example.nl:8443/fhir/Task",
            "https://rs.example.nl:80/fhir/Task",
            "https://rs.example.nl/fhir/task",
            "https://rs.example.nl/fhir/Task/",
            "https://rs.example.nl/Task",
        ] {
            assert_ne!(exact_uri(other).as_ref(), Ok(&uri), "{other}");
        }
    }

    #[test]
    fn what_readers_could_understand_differently_has_no_form() {
        let cases = [
            ("ftp://h/a", ExactError::Scheme),
            ("h/a", ExactError::Scheme),
            ("//h/a", ExactError::Scheme),
            ("https:///a", ExactError::Host),
            ("https://rs.example.nl./a", ExactError::Host),
            ("https://user@rs.example.nl/a", ExactError::Host),
            ("https://user:1@rs.example.nl/a", ExactError::Port),
            ("https://rs.ex%61mple.nl/a", ExactError::Host),
            ("https://rs..nl/a", ExactError::Host),
            ("https://[::1/a", ExactError::Host),
            ("https://[::g]/a", ExactError::Host),
            ("https://[::1]a/", ExactError::Port),
            ("https://h:x/a", ExactError::Port),
            ("https://h:0443/a", ExactError::Port),
            ("https://h:99999/a", ExactError::Port),
            ("https://h/a/../b", ExactError::Dots),
            ("https://h/a/.", ExactError::Dots),
            ("https://h/a/%2e%2E/b", ExactError::Dots),
            ("https://h/a/.%2e", ExactError::Dots),
            ("https://h//a", ExactError::EmptySegment),
            ("https://h/a//", ExactError::EmptySegment),
            ("https://h/a;b=c", ExactError::Matrix),
            ("https://h/a%3Bb", ExactError::Reserved),
            ("https://h/a%2fb", ExactError::Reserved),
            ("https://h/a%252fb", ExactError::Reserved),
            ("https://h/a%5cb", ExactError::Reserved),
            ("https://h/a%24", ExactError::Reserved),
            ("https://h/a%00", ExactError::Reserved),
            ("https://h/a\\b", ExactError::Character),
            ("https://h/a b", ExactError::Character),
            ("https://h/é", ExactError::Character),
            ("https://h/a%", ExactError::Escape),
            ("https://h/a%4", ExactError::Escape),
            ("https://h/a%zz", ExactError::Escape),
            ("https://h/%c0%ae%c0%ae/b", ExactError::Escape),
            ("https://h/%c3a", ExactError::Escape),
        ];
        for (text, expected) in cases {
            assert_eq!(exact_uri(text), Err(expected), "{text}");
        }
        let long = format!("https://h/{}", "x".repeat(URI_BYTES_MAX));
        assert_eq!(exact_uri(&long), Err(ExactError::TooLong));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text: String) {
            let _ = exact_uri(&text);
            let _ = exact_path(&text);
            let _ = exact_authority(&text, 443);
        }

        #[test]
        fn the_exact_form_is_its_own_form(text in "https?://[a-zA-Z.:0-9]{1,8}(/[a-zA-Z%0-9.~/:;$]{0,12})?") {
            if let Ok(exact) = exact_uri(&text) {
                prop_assert_eq!(exact_uri(&exact), Ok(exact));
            }
        }

        #[test]
        fn escaping_an_unreserved_character_changes_nothing(name in "[a-zA-Z0-9_~-]{1,8}") {
            let mut escaped = String::from("/");
            for byte in name.bytes() {
                write!(escaped, "%{byte:02x}").unwrap();
            }
            prop_assert_eq!(exact_path(&escaped), Ok(format!("/{name}")));
        }
    }
}
