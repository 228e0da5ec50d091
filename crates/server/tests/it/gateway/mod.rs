//! A hospital behind gateways of every kind.

mod bodies;
mod golden;
#[cfg(feature = "grpc-tests")]
mod grpc;
mod metadata;
mod scopes;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Request;
use pecan_jose::digest::sha256;
use pecan_jose::dpop;
use pecan_node::gateway::{
    Abilities, CertificateSource, Credential, Dialect, OriginalHeaders, Registration, Route,
    RouteKind, Settings,
};
use pecan_testkit::{Answer, Folder};

use crate::hospital::Hospital;

/// The route, as clients know it.
pub(super) const FHIR: &str = "https://fhir.example.nl/fhir";

/// The hospital, and two access tokens for it.
pub(super) struct Ward {
    pub(super) hospital: Hospital,
    /// A bearer token.
    token: String,
    /// A token that is bound to the holder's key.
    bound: String,
    /// A certificate in PEM.
    certificate: String,
    _policies: Folder,
}

impl Ward {
    pub(super) async fn new() -> Self {
        let policies = Folder::with(&[("org_only.rego", include_str!("org_only.rego"))]);
        let hospital = Hospital::with(|options| {
            options.decision_point.policies = Some(policies.path().to_owned());
            options.gateway = Some(settings());
        })
        .await;
        let token = hospital.granted(&hospital.good()).await;
        let proof = hospital.proof(|_| ());
        let bound = hospital.granted(&hospital.good().proved(proof)).await;
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["vendor.example.nl".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { hospital, token, bound, certificate, _policies: policies }
    }

    pub(super) async fn ask(&self, request: Request<Body>) -> Answer {
        self.hospital.node.gateway_request(request).await
    }

    /// Replaces `{…}`: tokens, proofs, what introspection says of them, and the certificate.
    pub(super) async fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let (name, after) = behind.split_once("}}").expect("a name ends");
            filled.push_str(before);
            filled.push_str(&self.value(name).await);
            rest = after;
        }
        filled + rest
    }

    async fn value(&self, name: &str) -> String {
        let pem = &self.certificate;
        match name.split(' ').collect::<Vec<_>>().as_slice() {
            ["token"] => self.token.clone(),
            ["bound"] => self.bound.clone(),
            ["proof", method, uri] => self.proof(method, uri),
            ["userinfo"] => STANDARD.encode(self.introspection(&self.token).await),
            ["userinfo-url"] => URL_SAFE_NO_PAD.encode(self.introspection(&self.token).await),
            ["bound-userinfo"] => STANDARD.encode(self.introspection(&self.bound).await),
            ["introspection"] => self.introspection(&self.token).await,
            ["pem"] => url::form_urlencoded::byte_serialize(pem.as_bytes())
                .collect::<String>()
                .replace('+', "%20"),
            _ => panic!("no value `{name}`"),
        }
    }

    fn proof(&self, method: &str, uri: &str) -> String {
        self.hospital.holder.proof(&dpop::Draft {
            method,
            uri,
            id: &self.hospital.nonce(),
            issued_at: self.hospital.now(),
            access_token: Some(&self.bound),
            nonce: None,
        })
    }

    async fn introspection(&self, token: &str) -> String {
        self.hospital.introspect(token).await.expect(200).text()
    }
}

/// The secret of a gateway.
pub(super) fn secret(gateway: &str) -> String {
    format!("s3cret-of-{gateway}")
}

fn settings() -> Settings {
    let routes = [
        ("fhir", FHIR, false, false),
        ("nonce", "https://nonce.example.nl/fhir", true, false),
        ("mtls", "https://mtls.example.nl/mtls", false, true),
    ];
    let routes = routes.map(|(name, url, requires_nonce, requires_certificate)| Route {
        name: name.to_owned(),
        url: url.parse().unwrap(),
        gateway_path: None,
        gateways: Vec::new(),
        subject: "hospital".to_owned(),
        kind: RouteKind::FhirR4,
        policies: BTreeMap::new(),
        fhir_server: None,
        holder_ura: "12345678".to_owned(),
        holder_facility_type: String::new(),
        requires_nonce,
        requires_certificate,
    });
    Settings { gateways: gateways(), routes: routes.to_vec() }
}

fn gateways() -> Vec<Registration> {
    use Dialect::{AuthRequest, AuthZen, Envoy, ForwardAuth, Opa, OpaData};

    let sets = Abilities { sets_headers: true, ..Abilities::default() };
    let tells_body = Abilities { tells_body: true, ..sets.clone() };
    let introspects = Abilities { introspects: true, ..sets.clone() };
    let narrows_query = Abilities { narrows_query: true, ..sets.clone() };
    let narrows = Abilities { narrows_body: true, tells_body: true, ..narrows_query.clone() };
    let nginx = Abilities { tells_certificate: true, ..narrows_query };
    let mut all = vec![
        gateway("traefik", ForwardAuth, sets.clone()),
        gateway("caddy", ForwardAuth, narrows),
        gateway("nginx", AuthRequest, nginx.clone()),
        gateway("haproxy", AuthRequest, sets.clone()),
        gateway("envoy", Envoy, tells_body.clone()),
        gateway("mesh", Envoy, Abilities { tells_body: true, ..nginx }),
        gateway("sidecar", Envoy, sets.clone()),
        gateway("apisix", Opa, introspects.clone()),
        gateway("kong", Opa, tells_body.clone()),
        gateway("pdp", Opa, Abilities { introspects: true, ..tells_body.clone() }),
        gateway("auditor", OpaData, Abilities::default()),
        gateway("zen", AuthZen, Abilities { introspects: true, ..tells_body }),
        gateway("mute", ForwardAuth, Abilities::default()),
    ];
    for gateway in &mut all {
        match gateway.name.as_str() {
            "sidecar" => {
                gateway.credential = Credential::CertificateSubject("CN=sidecar".to_owned());
            }
            "nginx" => gateway.certificate = CertificateSource::find("nginx"),
            "haproxy" => {
                gateway.original = OriginalHeaders {
                    method: "X-Method".to_owned(),
                    uri: "X-Path".to_owned(),
                    host: "X-Host".to_owned(),
                    scheme: "X-Scheme".to_owned(),
                };
            }
            "mute" => gateway.dialects = BTreeSet::new(),
            _ => {}
        }
    }
    all
}

fn gateway(name: &str, dialect: Dialect, abilities: Abilities) -> Registration {
    Registration {
        name: name.to_owned(),
        credential: Credential::Secret(sha256(secret(name).as_bytes())),
        abilities,
        dialects: BTreeSet::from([dialect]),
        original: OriginalHeaders::default(),
        certificate: None,
    }
}
