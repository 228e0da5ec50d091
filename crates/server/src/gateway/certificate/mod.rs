//! The client's certificate, as gateways tell of it in a header.
//!
//! Who tells is an authenticated gateway that is registered to; everything else about the value is doubted: two values, a
//! certificate that nobody says to have verified, or one that contradicts what is said about it are refused.

mod facts;
mod name;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use pecan_node::gateway::{Certificate, CertificateForm, CertificateSource, CertificateVerified};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::base64;
use super::question::{Unreadable, find_one, is};
use crate::extract::decode_path;

/// The most proxies that one `x-forwarded-client-cert` tells of.
const ELEMENTS_MAX: usize = 16;

/// The subject of a certificate as an RFC 4514 string.
pub(crate) fn subject(der: &[u8]) -> Option<String> {
    facts::subject(der)
}

/// A certificate that came as percent-encoded PEM.
pub(super) fn of_escaped_pem(text: &str, is_verified: bool) -> Result<Certificate, Unreadable> {
    let none = || Unreadable::Certificate("it cannot be read");
    facts::facts(&of_pem(text).ok_or_else(none)?, is_verified).ok_or_else(none)
}

/// Whether a header field is one of those of a source.
pub(super) fn has(source: &CertificateSource, name: &str) -> bool {
    let verified = match &source.verified {
        CertificateVerified::Always => None,
        CertificateVerified::Header(header) => Some(header),
    };
    is(name, &source.header) || verified.is_some_and(|header| is(name, header))
}

/// The client's certificate; `None` if it showed none.
pub(super) fn read(
    source: &CertificateSource,
    headers: &[(String, Bytes)],
) -> Result<Option<Certificate>, Unreadable> {
    let text = find_one(headers, &source.header)?.map(str::trim).filter(|text| !text.is_empty());
    let is_verified = is_verified(&source.verified, headers)?;
    let Some(text) = text else {
        return match is_verified {
            // HAProxy says 0, for success, also where there was nothing to verify.
            Verified::Yes { needs_certificate: true } | Verified::No => {
                Err(Unreadable::Certificate("its verification is told, but it is not"))
            }
            Verified::Yes { .. } | Verified::Unsaid | Verified::NotShown => Ok(None),
        };
    };
    let is_verified = match is_verified {
        Verified::Yes { .. } => true,
        Verified::No => false,
        Verified::Unsaid => {
            return Err(Unreadable::Certificate("nobody says that it was verified"));
        }
        Verified::NotShown => return Err(Unreadable::Certificate("it is told, but was not shown")),
    };
    let der = der(source.form, text)?;
    let facts = facts::facts(&der, is_verified);
    facts.map(Some).ok_or(Unreadable::Certificate("it is none"))
}

/// What a gateway says about the chain.
enum Verified {
    Yes { needs_certificate: bool },
    No,
    NotShown,
    Unsaid,
}

fn is_verified(
    verified: &CertificateVerified,
    headers: &[(String, Bytes)],
) -> Result<Verified, Unreadable> {
    let CertificateVerified::Header(name) = verified else {
        return Ok(Verified::Yes { needs_certificate: false });
    };
    let Some(text) = find_one(headers, name)?.map(str::trim) else { return Ok(Verified::Unsaid) };
    match text {
        "" => Ok(Verified::Unsaid),
        "SUCCESS" => Ok(Verified::Yes { needs_certificate: true }),
        "0" => Ok(Verified::Yes { needs_certificate: false }),
        "NONE" => Ok(Verified::NotShown),
        text if text.starts_with("FAILED") || text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Verified::No)
        }
        _ => Err(Unreadable::Malformed(name.clone())),
    }
}

fn der(form: CertificateForm, text: &str) -> Result<Vec<u8>, Unreadable> {
    let none = || Unreadable::Certificate("it cannot be read");
    match form {
        CertificateForm::EnvoyElements => of_envoy(text),
        // The chain follows after commas. Older ones are percent-encoded once more.
        CertificateForm::Base64Der => {
            let text = decode_path(text).map_err(|_| none())?;
            let first = text.split(',').next().unwrap_or_default().trim().to_owned();
            base64::decode(&first).ok_or_else(none)
        }
        CertificateForm::EscapedPem => of_pem(text).ok_or_else(none),
        CertificateForm::ByteSequence => {
            let inner = text.strip_prefix(':').and_then(|text| text.strip_suffix(':'));
            inner.and_then(base64::decode).ok_or_else(none)
        }
    }
}

fn of_pem(text: &str) -> Option<Vec<u8>> {
    let pem = decode_path(text).ok()?;
    CertificateDer::from_pem_slice(pem.as_bytes()).ok().map(|der| der.as_ref().to_vec())
}

/// The certificate of the last element, which the nearest proxy wrote, and whose hash it must have if one is told.
fn of_envoy(text: &str) -> Result<Vec<u8>, Unreadable> {
    let none = || Unreadable::Certificate("it cannot be read");
    let elements = split(text, ',').ok_or_else(none)?;
    if elements.len() > ELEMENTS_MAX {
        return Err(none());
    }
    let pairs = split(elements.last().ok_or_else(none)?, ';').ok_or_else(none)?;
    let (mut certificate, mut hash) = (None, None);
    for pair in &pairs {
        let (key, value) = pair.split_once('=').ok_or_else(none)?;
        let place = match key.trim().to_ascii_lowercase().as_str() {
            "cert" => &mut certificate,
            "hash" => &mut hash,
            _ => continue,
        };
        if place.replace(unquoted(value.trim())).is_some() {
            return Err(none());
        }
    }
    let told = "the gateway does not tell it (`set_current_client_cert_details`)";
    let certificate = certificate.ok_or(Unreadable::Certificate(told))?;
    let der = of_pem(&certificate).ok_or_else(none)?;
    let actual = name::hexadecimal(&pecan_jose::digest::sha256(&der));
    if hash.is_some_and(|hash| !hash.eq_ignore_ascii_case(&actual)) {
        return Err(Unreadable::Certificate("its hash is another one"));
    }
    Ok(der)
}

/// Splits at a separator outside of quotes; `None` if a quote is not closed.
fn split(text: &str, separator: char) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for letter in text.chars() {
        if letter == separator && !is_quoted {
            parts.push(String::new());
            continue;
        }
        if letter == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && letter == '\\' && !is_escaped;
        parts.last_mut()?.push(letter);
    }
    (!is_quoted).then_some(parts)
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inner.map_or_else(|| value.to_owned(), |inner| inner.replace("\\\"", "\""))
}
