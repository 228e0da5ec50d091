//! How a gateway talks: the dialects it may use, and where it writes what only its operator can name.

/// A way of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// `X-Forwarded-*` headers: Traefik, Caddy, APISIX `forward-auth`.
    ForwardAuth,
    /// Headers that the operator names: NGINX `auth_request`, HAProxy.
    AuthRequest,
    /// Envoy `ext_authz`, over HTTP and gRPC.
    Envoy,
    /// The data API of OPA with a request of a client in it: APISIX `opa`, Kong `opa`, and the shapes of scripts in NGINX.
    Opa,
    /// The data API of OPA as it is: the caller evaluates policies of this node with an input of its own.
    OpaData,
    /// AuthZEN 1.0.
    AuthZen,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ForwardAuth,
        Self::AuthRequest,
        Self::Envoy,
        Self::Opa,
        Self::OpaData,
        Self::AuthZen,
    ];

    /// Its name in configuration and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ForwardAuth => "forward-auth",
            Self::AuthRequest => "auth-request",
            Self::Envoy => "envoy",
            Self::Opa => "opa",
            Self::OpaData => "opa-data",
            Self::AuthZen => "authzen",
        }
    }

    /// The dialect of a name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }
}

/// The header fields in which [`Dialect::AuthRequest`] copies the request line of the client. Names without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalHeaders {
    /// The method.
    pub method: String,
    /// The request target: path and query, not decoded.
    pub uri: String,
    /// The authority.
    pub host: String,
    /// The scheme.
    pub scheme: String,
}

impl Default for OriginalHeaders {
    fn default() -> Self {
        Self {
            method: "X-Original-Method".to_owned(),
            uri: "X-Original-URI".to_owned(),
            host: "X-Original-Host".to_owned(),
            scheme: "X-Original-Proto".to_owned(),
        }
    }
}

/// The header fields in which a gateway tells the certificate of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSource {
    /// How it is written.
    pub form: CertificateForm,
    /// The name of the field. Every other field of this name is refused, so the gateway must drop what clients write into it.
    pub header: String,
    /// How the gateway tells that it verified the chain.
    pub verified: CertificateVerified,
}

/// How a certificate is written in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateForm {
    /// Elements of `key=value` pairs, of which `Cert` counts: `x-forwarded-client-cert` of Envoy.
    EnvoyElements,
    /// Base64 of the DER, alone or followed by its chain after commas: Traefik, HAProxy, Caddy.
    Base64Der,
    /// Percent-encoded PEM: NGINX `$ssl_client_escaped_cert`.
    EscapedPem,
    /// Base64 of the DER between colons: RFC 9440.
    ByteSequence,
}

/// How a gateway tells that it verified the chain of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateVerified {
    /// It lets no connection live whose certificate it did not verify.
    Always,
    /// A header field of this name says `SUCCESS`, `NONE` or `FAILED:…` as NGINX does, or a number as HAProxy does, 0 for
    /// success. A certificate without it is refused.
    Header(String),
}

impl CertificateSource {
    /// What a kind of gateway does by default: `envoy`, `traefik`, `nginx`, `haproxy`, `caddy` or `rfc9440`.
    pub fn find(kind: &str) -> Option<Self> {
        use CertificateForm::{Base64Der, ByteSequence, EnvoyElements, EscapedPem};

        let verify = || CertificateVerified::Header("X-Client-Verify".to_owned());
        let (form, header, verified) = match kind {
            "envoy" => (EnvoyElements, "X-Forwarded-Client-Cert", CertificateVerified::Always),
            "traefik" => (Base64Der, "X-Forwarded-Tls-Client-Cert", CertificateVerified::Always),
            "nginx" => (EscapedPem, "X-Client-Cert", verify()),
            "haproxy" => (Base64Der, "X-Client-Cert", verify()),
            "caddy" => (Base64Der, "X-Client-Cert", CertificateVerified::Always),
            "rfc9440" => (ByteSequence, "Client-Cert", CertificateVerified::Always),
            _ => return None,
        };
        Some(Self { form, header: header.to_owned(), verified })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_is_found_by_its_name() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::find(dialect.as_str()), Some(dialect));
        }
        assert_eq!(Dialect::find("soap"), None);
    }
}
