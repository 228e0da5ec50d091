//! TLS 1.2 and 1.3, with a certificate and key that are handed in as PEM.

use std::error::Error;
use std::sync::Arc;

use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, crypto};

use super::admission::Admission;
use super::{Limits, Protocol};

/// A certificate chain and its key, each as the bytes of a PEM file.
// SECURITY: no `Debug`: it holds a private key.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsIdentity {
    /// The certificate of the server, then intermediate ones.
    pub certificates: Vec<u8>,
    /// The private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: Vec<u8>,
}

/// Why an identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates are no PEM.
    #[error("the certificates cannot be read")]
    Certificates(#[source] pem::Error),
    /// There is none.
    #[error("there is no certificate")]
    NoCertificate,
    /// The key is no PEM.
    #[error("the private key cannot be read")]
    Key(#[source] pem::Error),
    /// The authorities of clients are no PEM.
    #[error("the authorities of clients cannot be read")]
    Authorities(#[source] pem::Error),
    /// There is no authority, or one that is none.
    #[error("the authorities of clients cannot be used")]
    UnfitAuthorities(#[source] Box<dyn Error + Send + Sync>),
    /// They do not fit each other, or the key is of a kind that cannot be used.
    #[error("the key does not fit the certificate")]
    Unfit(#[source] rustls::Error),
}

/// A usable identity.
pub(super) struct Config(RustlsConfig);

impl Config {
    /// Reads an identity, and checks that the key belongs to the certificate. Clients may show a certificate of these authorities;
    /// one of others ends the handshake.
    pub(super) fn new(
        identity: &TlsIdentity,
        authorities: Option<&[u8]>,
        protocol: Protocol,
    ) -> Result<Self, TlsError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&identity.certificates)
            .collect::<Result<_, _>>()
            .map_err(TlsError::Certificates)?;
        if certificates.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(&identity.key).map_err(TlsError::Key)?;
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let clients = match authorities {
            None => WebPkiClientVerifier::no_client_auth(),
            Some(pem) => clients_of(pem, &provider)?,
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unfit)?
            .with_client_cert_verifier(clients)
            .with_single_cert(certificates, key)
            .map_err(TlsError::Unfit)?;
        config.alpn_protocols = match protocol {
            Protocol::Http1 => vec![b"http/1.1".to_vec()],
            Protocol::Http2 => vec![b"h2".to_vec()],
        };
        Ok(Self(RustlsConfig::from_config(Arc::new(config))))
    }

    /// TLS on connections that were let in.
    pub(super) fn over(self, admission: Admission, limits: &Limits) -> RustlsAcceptor<Admission> {
        RustlsAcceptor::new(self.0).handshake_timeout(limits.handshake).acceptor(admission)
    }
}

/// Who may show a certificate. Showing none is allowed: a gateway may have a secret instead.
fn clients_of(
    pem: &[u8],
    provider: &Arc<crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(pem) {
        let authority = authority.map_err(TlsError::Authorities)?;
        roots.add(authority).map_err(|cause| TlsError::UnfitAuthorities(cause.into()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .allow_unauthenticated()
        .build()
        .map_err(|cause| TlsError::UnfitAuthorities(cause.into()))
}
