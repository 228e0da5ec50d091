//! One certificate of a chain, read.
//!
//! [RFC 5280 §4](https://www.rfc-editor.org/rfc/rfc5280#section-4). Says what is written; whether it may be believed is `chain`'s
//! to find out.

use pecan_jose::jwk::PublicKey;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    BasicConstraints, DistributionPointName, GeneralName, KeyUsage, ParsedExtension,
};
use x509_parser::prelude::FromDer;
use x509_parser::x509::{X509Name, X509Version};

use super::{ChainError, Error};

/// What it takes to find out whether a certificate is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The certificate.
    pub der: Vec<u8>,
    /// Its serial number, big-endian, as encoded.
    pub serial: Vec<u8>,
    /// The distinguished name, for people.
    pub subject: String,
    /// The distinguished name of the issuer, for people.
    pub issuer: String,
    /// The addresses of the revocation lists that can name it.
    pub revocation_list_urls: Vec<String>,
}

/// A certificate of version 3 whose extensions occur once each and are well formed.
pub(super) struct Certificate<'a> {
    der: &'a [u8],
    parsed: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let (rest, parsed) =
            X509Certificate::from_der(der).map_err(|_| Error::InvalidCertificate)?;
        if !rest.is_empty() {
            return Err(Error::InvalidCertificate);
        }
        let is_broken = |extension: &ParsedExtension<'_>| extension.error().is_some();
        if parsed.version() != X509Version::V3
            || parsed.extensions_map().is_err()
            || parsed.extensions().iter().any(|each| is_broken(each.parsed_extension()))
        {
            return Err(Error::Chain(ChainError::Malformed));
        }
        Ok(Self { der, parsed })
    }

    pub(super) fn der(&self) -> &'a [u8] {
        self.der
    }

    pub(super) fn subject(&self) -> &X509Name<'_> {
        self.parsed.subject()
    }

    /// Whether subject and issuer are the same name.
    pub(super) fn is_self_issued(&self) -> bool {
        self.parsed.subject().as_raw() == self.parsed.issuer().as_raw()
    }

    pub(super) fn not_before(&self) -> OffsetDateTime {
        self.parsed.validity().not_before.to_datetime()
    }

    pub(super) fn not_after(&self) -> OffsetDateTime {
        self.parsed.validity().not_after.to_datetime()
    }

    pub(super) fn basic_constraints(&self) -> Option<&BasicConstraints> {
        self.parsed.basic_constraints().ok().flatten().map(|extension| extension.value)
    }

    /// The key usage; an error if there is one that cannot be read.
    pub(super) fn key_usage(&self) -> Result<Option<&KeyUsage>, ChainError> {
        match self.parsed.key_usage() {
            Ok(extension) => Ok(extension.map(|extension| extension.value)),
            Err(_) => Err(ChainError::Malformed),
        }
    }

    /// The object identifiers of the extensions that must be understood, in their encoding.
    pub(super) fn critical_extensions(&self) -> impl Iterator<Item = &[u8]> {
        let critical = self.parsed.extensions().iter().filter(|extension| extension.critical);
        critical.map(|extension| extension.oid.as_bytes())
    }

    /// The subject alternative names.
    pub(super) fn alternative_names(&self) -> &[GeneralName<'_>] {
        match self.parsed.subject_alternative_name() {
            Ok(Some(extension)) => &extension.value.general_names,
            Ok(None) | Err(_) => &[],
        }
    }

    pub(super) fn public_key(&self) -> Result<PublicKey, Error> {
        Ok(PublicKey::from_spki(self.parsed.public_key().raw)?)
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            der: self.der.to_vec(),
            serial: self.parsed.raw_serial().to_vec(),
            subject: self.parsed.subject().to_string(),
            issuer: self.parsed.issuer().to_string(),
            revocation_list_urls: self.revocation_list_urls(),
        }
    }

    fn revocation_list_urls(&self) -> Vec<String> {
        let mut urls = Vec::new();
        for extension in self.parsed.extensions() {
            let ParsedExtension::CRLDistributionPoints(points) = extension.parsed_extension()
            else {
                continue;
            };
            for point in points.iter() {
                let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
                    continue;
                };
                for name in names {
                    if let GeneralName::URI(url) = name {
                        urls.push((*url).to_owned());
                    }
                }
            }
        }
        urls
    }
}
