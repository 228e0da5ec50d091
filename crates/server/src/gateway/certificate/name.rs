//! Names of certificates as text (RFC 4514).

use std::fmt::Write as _;

use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::x509::{AttributeTypeAndValue, RelativeDistinguishedName, X509Name};

/// Attribute types with a registered short name (RFC 4514 §3, RFC 4519); every other one is written as its number.
const SHORT_NAMES: [(&str, &str); 14] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.42", "GN"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
];

/// A name as an RFC 4514 string: the last part first.
pub(super) fn text_of_name(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = name.iter_rdn().map(part).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(",")
}

/// The text of one of the string types that certificates use.
pub(super) fn text_of_value(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString => {
            std::str::from_utf8(value.data).ok().map(str::to_owned)
        }
        Tag::BmpString => {
            let units = value.data.chunks(2).map(|unit| match unit {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => u16::MAX,
            });
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

/// `#` and hexadecimal digits (RFC 4514 §2.4).
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes any text");
    }
    text
}

fn part(part: &RelativeDistinguishedName<'_>) -> String {
    part.iter().map(attribute).collect::<Vec<_>>().join("+")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let number = attribute.attr_type().to_id_string();
    let short = SHORT_NAMES.iter().find(|(known, _)| *known == number).map(|(_, short)| *short);
    let name = short.unwrap_or(&number);
    if let Some(text) = text_of_value(attribute.attr_value()) {
        format!("{name}={}", escaped(&text))
    } else {
        format!("{name}=#{}", hexadecimal(attribute.attr_value().data))
    }
}

fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut all = String::with_capacity(text.len());
    for (at, letter) in text.chars().enumerate() {
        match letter {
            '\0' => all.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => all.extend(['\\', letter]),
            '#' if at == 0 => all.push_str("\\#"),
            ' ' if at == 0 || at == last => all.push_str("\\ "),
            _ => all.push(letter),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_would_end_a_part_are_escaped() {
        for (text, expected) in [
            ("Zorg & Co, \"A\"", "Zorg & Co\\, \\\"A\\\""),
            ("#1 + 2", "\\#1 \\+ 2"),
            (" a ", "\\ a\\ "),
            (" ", "\\ "),
            ("a\0b", "a\\00b"),
            ("CN=x,O=y", "CN=x\\,O=y"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
