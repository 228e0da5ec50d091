//! Envoy over gRPC: a client of gRPC, and the listener that the executable has.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use pecan_server::App;
use pecan_server::gateway::envoy_grpc::generated::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use pecan_server::gateway::envoy_grpc::generated::envoy::config::core::v3::{
    HeaderMap, HeaderValue, HeaderValueOption,
};
use pecan_server::gateway::envoy_grpc::generated::envoy::service::auth::v3::attribute_context::{
    HttpRequest, Peer, Request as Told,
};
use pecan_server::gateway::envoy_grpc::generated::envoy::service::auth::v3::check_response::HttpResponse;
use pecan_server::gateway::envoy_grpc::generated::envoy::service::auth::v3::{
    AttributeContext, CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse,
};
use pecan_server::gateway::envoy_grpc::generated::grpc::health::v1::{
    HealthCheckRequest, HealthCheckResponse,
};
use pecan_server::listen::{self, Face, GatewayFace, Limits, Listeners, TlsIdentity};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::{Ward, secret};

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// The ward's node on real sockets.
struct Served {
    ward: Ward,
    channel: Channel,
    _server: JoinSet<io::Result<()>>,
}

fn face() -> Face {
    Face { address: "127.0.0.1:0".to_owned(), tls: None }
}

impl Served {
    async fn new() -> Self {
        let (ward, served, address) = serve(GatewayFace { face: face(), authorities: None }).await;
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        Self { ward, channel: endpoint.connect().await.unwrap(), _server: served }
    }

    async fn call<Q, A>(&self, path: &'static str, request: Request<Q>) -> Result<A, Status>
    where
        Q: prost::Message + Send + Sync + 'static,
        A: prost::Message + Default + Send + Sync + 'static,
    {
        let mut client = Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static(path);
        let answer = client.unary(request, path, ProstCodec::<Q, A>::default()).await?;
        Ok(answer.into_inner())
    }

    async fn check_as(&self, gateway: Option<&str>, message: CheckRequest) -> CheckResponse {
        let mut request = Request::new(message);
        if let Some(gateway) = gateway {
            let secret = secret(gateway).parse().unwrap();
            request.metadata_mut().insert("x-pecan-gateway-secret", secret);
        }
        self.call(CHECK, request).await.expect("a decision, never an error")
    }

    async fn check(&self, http: HttpRequest) -> CheckResponse {
        self.check_as(Some("envoy"), message(http)).await
    }

    /// A request that is allowed.
    fn good(&self) -> HttpRequest {
        let bearer = format!("Bearer {}", self.ward.token);
        HttpRequest {
            method: "GET".to_owned(),
            path: "/fhir/Task/1".to_owned(),
            host: "fhir.example.nl".to_owned(),
            scheme: "https".to_owned(),
            headers: headers(&[
                (":path", "/fhir/Task/1"),
                ("authorization", &bearer),
                ("accept", "application/fhir+json"),
            ]),
            ..HttpRequest::default()
        }
    }
}

/// The ward's node, on an address for gRPC.
async fn serve(grpc: GatewayFace) -> (Ward, JoinSet<io::Result<()>>, SocketAddr) {
    let ward = Ward::new().await;
    let settings = listen::Settings {
        public: face(),
        internal: face(),
        gateway: None,
        limits: Limits::default(),
    };
    let listeners = Listeners::bind(settings).await.unwrap().with_grpc(grpc).await.unwrap();
    let address = listeners.addresses().grpc.unwrap();
    let app = App::new(ward.hospital.node.node.clone(), pecan_server::Settings::default());
    let mut served = JoinSet::new();
    served.spawn(listeners.serve(app, std::future::pending()));
    (ward, served, address)
}

/// A connection on which a certificate is shown.
async fn connect_with_certificate(
    address: SocketAddr,
    trusted: RootCertStore,
    client: (CertificateDer<'static>, PrivateKeyDer<'static>),
) -> Channel {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted);
    let mut config = config.with_client_auth_cert(vec![client.0], client.1).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let connect = tower::service_fn(move |_: http::Uri| {
        let connector = connector.clone();
        async move {
            let stream = TcpStream::connect(address).await?;
            let stream = connector.connect("localhost".try_into().unwrap(), stream).await?;
            Ok::<_, io::Error>(TokioIo::new(stream))
        }
    });
    let endpoint = Endpoint::from_static("http://localhost");
    endpoint.connect_with_connector(connect).await.unwrap()
}

fn headers(fields: &[(&str, &str)]) -> HashMap<String, String> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn message(http: HttpRequest) -> CheckRequest {
    let request = Some(Told { http: Some(http) });
    CheckRequest { attributes: Some(AttributeContext { request, ..AttributeContext::default() }) }
}

fn ok(response: CheckResponse) -> OkHttpResponse {
    assert_eq!(response.status.unwrap().code, Code::Ok as i32);
    match response.http_response.unwrap() {
        HttpResponse::OkResponse(ok) => ok,
        HttpResponse::DeniedResponse(denied) => panic!("denied: {denied:?}"),
    }
}

fn denied(response: CheckResponse, code: Code, status: i32) -> DeniedHttpResponse {
    assert_eq!(response.status.unwrap().code, code as i32);
    match response.http_response.unwrap() {
        HttpResponse::DeniedResponse(denied) => {
            assert_eq!(denied.status.unwrap().code, status);
            denied
        }
        HttpResponse::OkResponse(_) => panic!("allowed"),
    }
}

fn refused(response: CheckResponse) -> DeniedHttpResponse {
    denied(response, Code::PermissionDenied, 403)
}

fn values<'a>(options: &'a [HeaderValueOption], name: &str) -> Vec<&'a str> {
    let fields = options.iter().filter_map(|option| option.header.as_ref());
    fields.filter(|field| field.key == name).map(|field| field.value.as_str()).collect()
}

#[tokio::test]
async fn an_allowed_request_gets_the_identity_and_nothing_else_of_its_name() {
    let served = Served::new().await;
    let ok = ok(served.check(served.good()).await);
    assert_eq!(values(&ok.headers, "x-pecan-organization-ura").len(), 1);
    for option in &ok.headers {
        assert_eq!(option.append_action, HeaderAppendAction::OverwriteIfExistsOrAdd as i32);
        assert!(option.keep_empty_value);
    }
    let is_removed = |name: &str| ok.headers_to_remove.iter().any(|removed| removed == name);
    for name in ["authorization", "dpop", "x_pecan_scope", "x.pecan.scope"] {
        assert!(is_removed(name), "{name}");
    }
    // What is removed is removed last.
    assert!(!is_removed("x-pecan-scope"));
    assert!(ok.query_parameters_to_set.is_empty());
}

#[tokio::test]
async fn a_bound_token_needs_its_proof() {
    let served = Served::new().await;
    let with = |fields: &[(&str, &str)]| HttpRequest { headers: headers(fields), ..served.good() };
    let token = format!("DPoP {}", served.ward.bound);
    let proof = served.ward.proof("GET", "https://fhir.example.nl/fhir/Task/1");
    let proved = || with(&[("authorization", &token), ("dpop", &proof)]);
    ok(served.check(proved()).await);
    // It passes once.
    denied(served.check(proved()).await, Code::Unauthenticated, 401);
    denied(served.check(with(&[("authorization", &token)])).await, Code::Unauthenticated, 401);
}

#[tokio::test]
async fn a_request_without_token_is_told_both_schemes() {
    let served = Served::new().await;
    let http = HttpRequest { headers: HashMap::new(), ..served.good() };
    let denied = denied(served.check(http).await, Code::Unauthenticated, 401);
    let challenges = values(&denied.headers, "www-authenticate");
    assert!(challenges[0].starts_with("DPoP ") && challenges[1].starts_with("Bearer "));
    let actions = denied.headers.iter().filter(|option| {
        option.header.as_ref().is_some_and(|field| field.key == "www-authenticate")
    });
    let actions: Vec<_> = actions.map(|option| option.append_action).collect();
    assert_eq!(
        actions,
        [
            HeaderAppendAction::OverwriteIfExistsOrAdd as i32,
            HeaderAppendAction::AppendIfExistsOrAdd as i32,
        ]
    );
    assert_eq!(denied.body, r#"{"error":"unauthorized"}"#);
}

#[tokio::test]
async fn whoever_is_not_known_is_denied_by_an_answer_and_not_by_an_error() {
    let served = Served::new().await;
    for gateway in [None, Some("nobody"), Some("traefik")] {
        let denied = refused(served.check_as(gateway, message(served.good())).await);
        assert_eq!(denied.body, r#"{"error":"access_denied"}"#);
        assert!(values(&denied.headers, "x-pecan-decision-id").is_empty());
    }
    let mut twice = Request::new(message(served.good()));
    for _ in 0..2 {
        twice.metadata_mut().append("x-pecan-gateway-secret", secret("envoy").parse().unwrap());
    }
    refused(served.call(CHECK, twice).await.unwrap());
}

#[tokio::test]
async fn what_says_two_things_is_denied() {
    let served = Served::new().await;
    let bearer = format!("Bearer {}", served.ward.token);
    let joined = format!("{bearer},{bearer}");
    let field = |key: &str, value: &str| HeaderValue {
        key: key.to_owned(),
        raw_value: value.as_bytes().to_vec(),
        ..HeaderValue::default()
    };
    let listed = |fields: Vec<HeaderValue>| HttpRequest {
        headers: HashMap::new(),
        header_map: Some(HeaderMap { headers: fields }),
        ..served.good()
    };
    ok(served.check(listed(vec![field("authorization", &bearer)])).await);
    for (what, http) in [
        (
            "joined",
            HttpRequest { headers: headers(&[("authorization", &joined)]), ..served.good() },
        ),
        ("twice", listed(vec![field("authorization", &bearer), field("Authorization", &bearer)])),
        ("an alias", listed(vec![field("authorization", &bearer), field("x_pecan_scope", "a")])),
        ("both forms", HttpRequest { header_map: Some(HeaderMap::default()), ..served.good() }),
        ("no path", HttpRequest { path: String::new(), ..served.good() }),
        ("no method", HttpRequest { method: String::new(), ..served.good() }),
        ("a fragment", HttpRequest { path: "/fhir/Task/1#a".to_owned(), ..served.good() }),
        ("no FHIR", HttpRequest { path: "/fhir/Tusk".to_owned(), ..served.good() }),
        ("bytes", listed(vec![HeaderValue { raw_value: vec![0xff], ..field("accept", "") }])),
    ] {
        let denied = served.check(http).await;
        assert!(matches!(denied.http_response, Some(HttpResponse::DeniedResponse(_))), "{what}");
    }
    refused(served.check_as(Some("envoy"), CheckRequest::default()).await);
}

#[tokio::test]
async fn a_body_counts_whole_or_not_at_all() {
    let served = Served::new().await;
    let task = r#"{"resourceType":"Task","status":"requested","intent":"order"}"#;
    let length = task.len().to_string();
    let post = |fields: &[(&str, &str)]| {
        let (method, path) = ("POST".to_owned(), "/fhir/Task".to_owned());
        let mut http = HttpRequest { method, path, ..served.good() };
        http.headers.extend(headers(&[("content-type", "application/fhir+json")]));
        http.headers.extend(headers(fields));
        http
    };
    let length = [("content-length", length.as_str())];
    ok(served.check(HttpRequest { body: task.to_owned(), ..post(&length) }).await);
    ok(served.check(HttpRequest { raw_body: task.into(), ..post(&length) }).await);
    refused(served.check(post(&length)).await);
    let both = HttpRequest { body: task.to_owned(), raw_body: task.into(), ..post(&length) };
    refused(served.check(both).await);
    let cut = post(&[("x-envoy-auth-partial-body", "true")]);
    refused(served.check(HttpRequest { body: task.to_owned(), ..cut }).await);
    let large = HttpRequest { raw_body: vec![b' '; 10_000_001], ..post(&[]) };
    refused(served.check(large).await);
}

#[tokio::test]
async fn a_search_is_narrowed_by_a_parameter_that_the_client_does_not_use() {
    let served = Served::new().await;
    let search = |query: &str| {
        let path = format!("/fhir/Observation?{query}");
        message(HttpRequest { path, ..served.good() })
    };
    let ok = ok(served.check_as(Some("mesh"), search("code=a")).await);
    let [added] = &ok.query_parameters_to_set[..] else { panic!("one parameter") };
    assert_eq!((added.key.as_str(), added.value.as_str()), ("patient", "1"));
    refused(served.check_as(Some("mesh"), search("code=a&patient=2")).await);
    // One that cannot narrow is refused.
    refused(served.check_as(Some("envoy"), search("code=a")).await);
}

#[tokio::test]
async fn the_certificate_of_the_connection_is_a_fact() {
    let served = Served::new().await;
    let pem = served.ward.fill("{{pem}}").await;
    let http = || HttpRequest {
        path: "/mtls/Task/1".to_owned(),
        host: "mtls.example.nl".to_owned(),
        ..served.good()
    };
    let with = |certificate: &str| {
        let mut message = message(http());
        let source = Peer { certificate: certificate.to_owned() };
        message.attributes.as_mut().unwrap().source = Some(source);
        message
    };
    ok(served.check_as(Some("mesh"), with(&pem)).await);
    refused(served.check_as(Some("mesh"), with("")).await);
    refused(served.check_as(Some("mesh"), with("-----BEGIN")).await);
    // One that is not registered to tell certificates tells none.
    refused(served.check_as(Some("envoy"), with(&pem)).await);
}

#[tokio::test]
async fn a_gateway_is_known_by_the_certificate_of_its_connection() {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let client = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        (certificate, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    };
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut trusted = RootCertStore::empty();
    trusted.add(own.cert.der().clone()).unwrap();
    let tls = TlsIdentity {
        certificates: own.cert.pem().into_bytes(),
        key: own.signing_key.serialize_pem().into_bytes(),
    };
    let face = Face { tls: Some(tls), ..face() };
    let authorities = Some(pem.into_bytes());
    let (ward, running, address) = serve(GatewayFace { face, authorities }).await;
    let channel = connect_with_certificate(address, trusted.clone(), client("sidecar")).await;
    let mut served = Served { ward, channel, _server: running };
    ok(served.check_as(None, message(served.good())).await);
    served.channel = connect_with_certificate(address, trusted, client("other")).await;
    refused(served.check_as(None, message(served.good())).await);
    // A certificate of nobody is no certificate: the secret counts.
    ok(served.check_as(Some("envoy"), message(served.good())).await);
}

#[tokio::test]
async fn health_is_that_of_decisions() {
    let served = Served::new().await;
    let ask = async |service: &str| {
        let request = Request::new(HealthCheckRequest { service: service.to_owned() });
        served.call::<_, HealthCheckResponse>(HEALTH, request).await
    };
    for service in ["", "envoy.service.auth.v3.Authorization"] {
        assert_eq!(ask(service).await.unwrap().status, 1);
    }
    assert_eq!(ask("other").await.unwrap_err().code(), Code::NotFound);
    let request = Request::new(HealthCheckRequest::default());
    let other = served.call::<_, HealthCheckResponse>("/other/Check", request).await;
    assert_eq!(other.unwrap_err().code(), Code::Unimplemented);
}
