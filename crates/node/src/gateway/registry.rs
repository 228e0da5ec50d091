//! Finds the gateway that asks.

use std::collections::HashMap;
use std::sync::Arc;

use pecan_jose::digest;

use super::{Credential, Registration};

/// How a gateway that asks says who it is. Its own dialect tells which header has the secret.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// A secret that came with the question.
    pub secret: Option<&'a str>,
    /// The subject of the certificate of the connection, as an RFC 4514 string.
    pub certificate_subject: Option<&'a str>,
}

/// The registered gateways by their credentials.
#[derive(Default)]
pub(super) struct Registry {
    // SECURITY: a secret is found by its hash, so the time that this takes tells nothing about the secret.
    by_secret: HashMap<[u8; 32], Arc<Registration>>,
    by_certificate: HashMap<String, Arc<Registration>>,
}

impl Registry {
    pub(super) fn new(gateways: &[Registration]) -> Self {
        let mut registry = Self::default();
        for gateway in gateways {
            let registration = Arc::new(gateway.clone());
            match &gateway.credential {
                Credential::Secret(hash) => {
                    registry.by_secret.insert(*hash, registration);
                }
                Credential::CertificateSubject(subject) => {
                    registry.by_certificate.insert(subject.clone(), registration);
                }
            }
        }
        registry
    }

    /// The gateway of what was presented. Where a secret and a certificate name two gateways, it is neither.
    pub(super) fn find(&self, presented: Presented<'_>) -> Option<Arc<Registration>> {
        let secret = presented.secret.filter(|secret| !secret.is_empty());
        let by_secret =
            secret.and_then(|secret| self.by_secret.get(&digest::sha256(secret.as_bytes())));
        let by_certificate =
            presented.certificate_subject.and_then(|subject| self.by_certificate.get(subject));
        match (by_secret, by_certificate) {
            (Some(one), Some(other)) if one.name != other.name => None,
            (found, other) => found.or(other).cloned(),
        }
    }
}
