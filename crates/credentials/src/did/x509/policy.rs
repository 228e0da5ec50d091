//! Checks the policies of a did:x509 against the leaf certificate.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use x509_parser::asn1_rs::{Any, Class, Tag};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::certificate::Certificate;
use super::{Error, Policies, PolicyName};

/// Checks that the leaf says all that the policies ask for.
pub(super) fn check(policies: &Policies, leaf: &Certificate<'_>) -> Result<(), Error> {
    for policy in policies.iter() {
        for (key, value) in &policy.pairs {
            match policy.name {
                PolicyName::Subject => check_subject(key, value, leaf.subject())?,
                PolicyName::San => check_alternative_names(key, value, leaf.alternative_names())?,
            }
        }
    }
    Ok(())
}

/// The attributes of RFC 4519 §2 that a policy can name, by the last arc of `2.5.4`.
fn attribute(key: &str) -> Option<u8> {
    match key {
        "CN" => Some(3),
        "serialNumber" => Some(5),
        "C" => Some(6),
        "L" => Some(7),
        "ST" => Some(8),
        "STREET" => Some(9),
        "O" => Some(10),
        "OU" => Some(11),
        _ => None,
    }
}

fn check_subject(key: &str, value: &str, subject: &X509Name<'_>) -> Result<(), Error> {
    let arc = attribute(key).ok_or_else(|| Error::UnknownPolicyKey { key: key.to_owned() })?;
    let holds = subject.iter_attributes().any(|attribute| {
        attribute.attr_type().as_bytes() == [0x55, 0x04, arc]
            && text(attribute.attr_value()).as_deref() == Some(value)
    });
    if holds { Ok(()) } else { Err(Error::Subject { key: key.to_owned() }) }
}

fn check_alternative_names(key: &str, value: &str, names: &[GeneralName<'_>]) -> Result<(), Error> {
    let holds = match key {
        "otherName" => names.iter().any(|name| other_name(name).as_deref() == Some(value)),
        "dns" => {
            names.iter().any(|name| matches!(name, GeneralName::DNSName(dns) if *dns == value))
        }
        "email" => names
            .iter()
            .any(|name| matches!(name, GeneralName::RFC822Name(email) if *email == value)),
        "ip" => {
            let wanted = value.parse::<IpAddr>().ok();
            wanted.is_some() && names.iter().any(|name| address(name) == wanted)
        }
        _ => return Err(Error::UnknownPolicyKey { key: key.to_owned() }),
    };
    if holds { Ok(()) } else { Err(Error::San { key: key.to_owned() }) }
}

/// The text of an `otherName` of type `2.5.5.5`, in which UZI certificates carry their identifiers.
fn other_name(name: &GeneralName<'_>) -> Option<String> {
    const TYPE: [u8; 3] = [0x55, 0x05, 0x05];
    let GeneralName::OtherName(identifier, value) = name else { return None };
    if identifier.as_bytes() != TYPE {
        return None;
    }
    // RFC 5280 §4.2.1.6: the value stands inside an explicit tag 0.
    let (rest, tagged) = Any::from_der(value).ok()?;
    let is_explicit = tagged.class() == Class::ContextSpecific
        && tagged.tag() == Tag(0)
        && tagged.header.is_constructed();
    if !rest.is_empty() || !is_explicit {
        return None;
    }
    let (rest, inner) = Any::from_der(tagged.data).ok()?;
    if rest.is_empty() { text(&inner) } else { None }
}

fn address(name: &GeneralName<'_>) -> Option<IpAddr> {
    let GeneralName::IPAddress(bytes) = name else { return None };
    if let Ok(bytes) = <[u8; 4]>::try_from(*bytes) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    <[u8; 16]>::try_from(*bytes).ok().map(|bytes| Ipv6Addr::from(bytes).into())
}

/// The text of one of the string types that certificates use.
fn text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString => {
            std::str::from_utf8(value.data).ok().map(str::to_owned)
        }
        Tag::BmpString => {
            let (pairs, rest) = value.data.as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            let text = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
            rest.is_empty().then_some(text)
        }
        _ => None,
    }
}
