//! What is accepted as the other end of a TLS connection.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;

/// Why there is no TLS client.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate authority is trusted, so that no server could be.
    #[error("no certificate authorities found on this system, and `SSL_CERT_FILE` names none")]
    NoRoots,
    /// The provider offers no protocol version.
    #[error("no TLS client")]
    Rustls(#[from] rustls::Error),
}

/// The certificate authorities of the system, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
pub(super) fn system_roots() -> Vec<CertificateDer<'static>> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(error = %error, "certificate authorities could not be read");
    }
    found.certs
}

/// A client of TLS 1.2 and later that trusts these authorities and speaks HTTP/1.1.
pub(super) fn client_config(
    roots: Vec<CertificateDer<'static>>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let mut store = RootCertStore::empty();
    let (trusted, ignored) = store.add_parsable_certificates(roots);
    if trusted == 0 {
        tracing::warn!("no certificate authority is trusted: every call over https will fail");
    }
    tracing::debug!(trusted, ignored, "certificate authorities read");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
