//! Facts of a certificate, read from its DER and from nothing that somebody made of it.

use pecan_jose::digest::sha256;
use pecan_node::gateway::Certificate;
use x509_parser::asn1_rs::{Any, Class, Oid, Tag};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::name::{hexadecimal, text_of_name, text_of_value};

/// The most bytes of a certificate.
const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;

/// The most alternative names that are read.
const NAMES_MAX: usize = 100;

/// The facts; `None` if these bytes are no certificate, or one with more names than are read.
pub(super) fn facts(der: &[u8], is_verified: bool) -> Option<Certificate> {
    let parsed = parse(der)?;
    let mut facts = Certificate {
        is_verified,
        subject: text_of_name(parsed.subject()),
        issuer: text_of_name(parsed.issuer()),
        serial: serial(parsed.raw_serial()),
        dns_names: Vec::new(),
        uris: Vec::new(),
        other_names: Vec::new(),
        sha256: hexadecimal(&sha256(der)),
        not_before: parsed.validity().not_before.to_datetime(),
        not_after: parsed.validity().not_after.to_datetime(),
    };
    let names = parsed.subject_alternative_name().ok()?;
    let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
    if names.len() > NAMES_MAX {
        return None;
    }
    for name in names {
        match name {
            GeneralName::DNSName(name) => facts.dns_names.push((*name).to_owned()),
            GeneralName::URI(uri) => facts.uris.push((*uri).to_owned()),
            GeneralName::OtherName(kind, value) => {
                facts.other_names.push(other_name(kind, value)?);
            }
            _ => {}
        }
    }
    Some(facts)
}

/// The subject of a certificate as an RFC 4514 string.
pub(super) fn subject(der: &[u8]) -> Option<String> {
    parse(der).map(|parsed| text_of_name(parsed.subject()))
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    if der.len() > CERTIFICATE_BYTES_MAX {
        return None;
    }
    let (rest, parsed) = X509Certificate::from_der(der).ok()?;
    rest.is_empty().then_some(parsed)
}

/// Without the zero byte that only says that the number is positive.
fn serial(raw: &[u8]) -> String {
    hexadecimal(match raw {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    })
}

/// Type and value; a value that is no text as `#` and its bytes.
fn other_name(kind: &Oid<'_>, value: &[u8]) -> Option<(String, String)> {
    // RFC 5280 §4.2.1.6: the value stands inside an explicit tag 0.
    let (rest, tagged) = Any::from_der(value).ok()?;
    let is_explicit = tagged.class() == Class::ContextSpecific && tagged.tag() == Tag(0);
    if !rest.is_empty() || !is_explicit {
        return None;
    }
    let text = match Any::from_der(tagged.data) {
        Ok(([], inner)) => text_of_value(&inner),
        Ok(_) | Err(_) => None,
    };
    let text = text.unwrap_or_else(|| format!("#{}", hexadecimal(tagged.data)));
    Some((kind.to_id_string(), text))
}
