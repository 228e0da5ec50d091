//! The listener for gateways: certificates of those who connect.

use std::sync::Arc;

use axum::response::Response;
use http::{Extensions, StatusCode};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::tests::{any_port, closing, run, status, talk};
use super::*;
use crate::gateway::gate::certificate_subject;
use crate::respond::text;

/// Says as whom a gateway connected.
pub(super) async fn who(extensions: Extensions) -> Response {
    text(StatusCode::OK, certificate_subject(&extensions).unwrap_or_else(|| "nobody".to_owned()))
}

/// An authority, and what it signed.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

type Client = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Gateways");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    fn client(&self, name: &str) -> Client {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Hospital");
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        (certificate, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }
}

fn server() -> (TlsIdentity, RootCertStore) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut trusted = RootCertStore::empty();
    trusted.add(certified.cert.der().clone()).unwrap();
    let certificates = certified.cert.pem().into_bytes();
    let key = certified.signing_key.serialize_pem().into_bytes();
    (TlsIdentity { certificates, key }, trusted)
}

fn connector(trusted: &RootCertStore, client: Option<Client>) -> TlsConnector {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted.clone());
    Arc::new(match client {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => config.with_client_auth_cert(vec![certificate], key).unwrap(),
    })
    .into()
}

fn settings(identity: Option<TlsIdentity>, authorities: Option<&str>) -> Settings {
    let gateway = GatewayFace {
        face: Face { tls: identity, ..any_port() },
        authorities: authorities.map(|pem| pem.as_bytes().to_vec()),
    };
    Settings {
        public: any_port(),
        internal: any_port(),
        gateway: Some(gateway),
        limits: Limits::default(),
    }
}

#[tokio::test]
async fn a_gateway_is_known_by_the_certificate_of_its_connection() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let (identity, trusted) = server();
    let node = run(settings(Some(identity), Some(&authority.pem))).await;
    let address = node.addresses.gateway.unwrap();
    let ask = async |client| {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        match connector(&trusted, client).connect(name, stream).await {
            Ok(stream) => talk(stream, &closing("GET /who")).await,
            Err(_) => String::new(),
        }
    };
    let answer = ask(Some(authority.client("proxy, first"))).await;
    assert!(answer.ends_with("CN=proxy\\, first,O=Hospital"), "{answer}");
    assert!(ask(None).await.ends_with("nobody"));
    // The certificate of another authority ends the handshake: it is no gateway without one.
    assert_eq!(ask(Some(stranger.client("proxy, first"))).await, "");
}

#[tokio::test]
async fn plain_connections_show_no_certificate() {
    let node = run(settings(None, None)).await;
    let stream = TcpStream::connect(node.addresses.gateway.unwrap()).await.unwrap();
    let answer = talk(stream, &closing("GET /who")).await;
    assert_eq!(status(&answer), "200");
    assert!(answer.ends_with("nobody"));
}

#[tokio::test]
async fn authorities_that_cannot_be_used_fail_at_the_start() {
    let authority = Authority::new().pem;
    let alone = Listeners::bind(settings(None, Some(&authority))).await;
    assert!(matches!(alone, Err(BindError::NoIdentity { .. })));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for authorities in ["", "garbage", broken] {
        let bound = Listeners::bind(settings(Some(server().0), Some(authorities))).await;
        assert!(matches!(bound, Err(BindError::Tls { .. })), "{authorities}");
    }
}
