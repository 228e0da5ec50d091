//! N-Quads: writes terms as they are signed, and reads whole datasets.
//!
//! Written in the form of URDNA2015: of the characters in a literal only `\`, `"`, line feed, carriage return and tab are escaped, and
//! nothing else. RDFC-1.0 also escapes other control characters; peers do not, and sign what they write.
//!
//! [N-Quads](https://www.w3.org/TR/n-quads/).

mod parse;

pub use parse::{BYTES_MAX, ParseError, parse};

use crate::rdf::XSD_STRING;

/// Appends an IRI in angle brackets.
pub fn push_iri(into: &mut String, iri: &str) {
    into.push('<');
    push_escaped(into, iri);
    into.push('>');
}

/// Appends a literal: quoted, with its language or its datatype unless that is `xsd:string`.
pub fn push_literal(into: &mut String, value: &str, datatype: &str, language: Option<&str>) {
    into.push('"');
    push_escaped(into, value);
    into.push('"');
    if let Some(language) = language {
        into.push('@');
        into.push_str(language);
    } else if datatype != XSD_STRING {
        into.push_str("^^");
        push_iri(into, datatype);
    }
}

fn push_escaped(into: &mut String, text: &str) {
    // Hardly any text has something to escape. Without an early end this is a few vector instructions.
    if !text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
        into.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_escaped) {
        // Only ASCII characters are looked for, so both cuts are between characters.
        into.push_str(rest.get(..at).unwrap_or_default());
        into.push_str(match rest.as_bytes().get(at) {
            Some(b'"') => "\\\"",
            Some(b'\n') => "\\n",
            Some(b'\r') => "\\r",
            Some(b'\t') => "\\t",
            _ => "\\\\",
        });
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    into.push_str(rest);
}

fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'\\' | b'"' | b'\n' | b'\r' | b'\t')
}
