//! Queries and forms: pairs of names and values, decoded once.

use crate::error::Unplaceable;

/// The most bytes of a query.
pub const QUERY_BYTES_MAX: usize = 8 * 1024;

/// The most parameters of a request, URL and form together.
pub const PARAMETERS_MAX: usize = 100;

/// Splits at `&` only and decodes each name and value once. Empty pieces are nothing to any server and are left out.
///
/// A name without `=` has an empty value.
pub(crate) fn pairs<'a>(
    text: &'a str,
    place: &'static str,
) -> impl Iterator<Item = Result<(String, String), Unplaceable>> + 'a {
    let mut next = 0;
    text.split('&').filter_map(move |piece| {
        let offset = next;
        next += piece.len() + 1;
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let value_offset = offset + name.len() + 1;
        (!piece.is_empty())
            .then(|| Ok((decode(name, place, offset)?, decode(value, place, value_offset)?)))
    })
}

/// Appends `name=value`, escaped, so that [`pairs`] reads the same again.
pub(crate) fn append(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    encode(query, name);
    query.push('=');
    encode(query, value);
}

/// Decodes one name or value: `+` is a space, an escape is a byte, the whole is UTF-8 without control characters.
fn decode(text: &str, place: &'static str, offset: usize) -> Result<String, Unplaceable> {
    let refuse =
        |what, position| Unplaceable::Encoding { place, what, position: offset + position };
    if let Some(position) = text.bytes().position(|byte| !byte.is_ascii_graphic() || byte == b'#') {
        return Err(refuse("a character that must be escaped", position));
    }
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Ok(text.to_owned());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().enumerate();
    while let Some((position, byte)) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || bytes.next().and_then(|(_, digit)| char::from(digit).to_digit(16));
                let (high, low) = (digit(), digit());
                high.zip(low)
                    .and_then(|(high, low)| u8::try_from(high * 16 + low).ok())
                    .ok_or_else(|| refuse("a malformed escape", position))?
            }
            other => other,
        });
    }
    let decoded = String::from_utf8(decoded).map_err(|_| refuse("escapes that are no utf-8", 0))?;
    if decoded.chars().any(char::is_control) {
        return Err(refuse("a control character", 0));
    }
    Ok(decoded)
}

/// Escapes everything but unreserved characters and a few that FHIR's values are full of and no reader splits at.
fn encode(query: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b':'
            | b'/'
            | b','
            | b'$' => {
                query.push(char::from(byte));
            }
            _ => {
                query.push('%');
                for digit in [byte >> 4, byte & 15] {
                    query.extend(DIGITS.get(usize::from(digit)).map(|digit| char::from(*digit)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Unplaceable> {
        pairs(text, "query").collect()
    }

    #[test]
    fn pairs_are_decoded_once() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let read = read(text).unwrap();
            let read: Vec<_> = read.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!(read, expected, "{text}");
        };
        check("", &[]);
        check("&a=1&&b=2&", &[("a", "1"), ("b", "2")]);
        check("a=b+c%20d%2Be", &[("a", "b c d+e")]);
        check("a=%2541", &[("a", "%41")]);
        check("a=b=c;d=e?f", &[("a", "b=c;d=e?f")]);
        check("%61=%E2%82%AC", &[("a", "\u{20ac}")]);
        check("a", &[("a", "")]);
        check("identifier=s|1", &[("identifier", "s|1")]);
    }

    #[test]
    fn what_readers_take_differently_is_refused() {
        for text in [
            "a=%",
            "a=%4",
            "a=%zz",
            "a=%+1",
            "a=%00",
            "a=%0A",
            "a=%7F",
            "a=%FF",
            "a=%C3",
            "a=%ED%A0%80",
            "a=%C0%AF",
            "a=\u{e9}",
            "a=b c",
            "a=b#c",
            "%=1",
            "a=\0",
            "a=%C2%85",
            "a=%u0041",
        ] {
            assert!(matches!(read(text), Err(Unplaceable::Encoding { .. })), "{text}");
        }
    }

    #[test]
    fn what_is_appended_is_read_again() {
        let mut query = "a=1".to_owned();
        append(&mut query, "_has:X:y:z", "B|n &=+%\u{20ac},\\");
        assert_eq!(
            read(&query).unwrap()[1],
            ("_has:X:y:z".to_owned(), "B|n &=+%\u{20ac},\\".to_owned())
        );
    }
}
