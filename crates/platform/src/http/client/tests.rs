//! Strict mode and TLS, with names and certificate authorities of our own. Nothing leaves loopback.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::clock::SystemClock;
use crate::http::parse_cidr;

/// Names and where they lead; a second look-up may answer otherwise.
#[derive(Default)]
struct Names(HashMap<&'static str, Vec<SocketAddr>>);

impl Resolve for Names {
    fn resolve(&self, name: &str, _: u16) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
        let found = self.0.get(name).cloned().ok_or(io::ErrorKind::NotFound.into());
        Box::pin(async move { found })
    }
}

struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate").der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A server for `name` that gives the answer that belongs to a path.
    #[expect(clippy::disallowed_methods, reason = "a server in a test ends with its runtime")]
    async fn server(
        &self,
        name: &str,
        answers: &'static [(&'static str, &'static str)],
    ) -> SocketAddr {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a server");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut bytes = [0; 4096];
                let read = stream.read(&mut bytes).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&bytes[..read]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default();
                let found = answers.iter().find(|(known, _)| *known == path);
                let answer = found.map_or("HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n", |a| a.1);
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        address
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn settings(allowed_internal: &[&str]) -> Settings {
    Settings {
        strict: true,
        timeout: Duration::from_secs(30),
        cache_bytes_max: 0,
        allowed_internal: allowed_internal
            .iter()
            .map(|text| parse_cidr(text).expect("a range"))
            .collect(),
        denied: Vec::new(),
        configured: Vec::new(),
    }
}

fn client(settings: Settings, names: Names, roots: &[&Authority]) -> GuardedClient {
    let roots = roots.iter().map(|authority| authority.certificate.clone()).collect();
    GuardedClient::assemble(settings, Arc::new(SystemClock), Box::new(names), roots)
        .expect("a client")
}

async fn get(client: &GuardedClient, url: &str) -> Result<Bytes, String> {
    let url = url.parse().expect("a URL");
    let answer = client.send(Request::get("test", url)).await;
    answer.map(|answer| answer.body).map_err(|error| error.to_string())
}

#[tokio::test]
async fn no_spelling_of_an_inner_address_is_called_in_strict_mode() {
    let client = client(settings(&[]), Names::default(), &[&Authority::new()]);
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://127.0.0.1./",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://１２７.0.0.1/",
    ] {
        let error = get(&client, url).await.expect_err(url);
        assert!(
            error.starts_with("strictmode: blocked connection to non-public address "),
            "{url}: {error}"
        );
    }
    let error = get(&client, "https://168.63.129.16/").await.expect_err("denied");
    assert_eq!(error, "strictmode: blocked connection to denied address 168.63.129.16");
    assert!(Url::parse("https://[fe80::1%25eth0]/").is_err(), "a zone cannot be written in a URL");
}

#[tokio::test]
async fn a_public_name_with_an_inner_address_is_not_called_in_strict_mode() {
    let inner: Vec<SocketAddr> = ["127.0.0.1:443", "[::1]:443", "10.0.0.1:443"]
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect();
    let names = Names(HashMap::from([("rebound.nl", inner), ("empty.nl", Vec::new())]));
    let client = client(settings(&[]), names, &[&Authority::new()]);
    assert_eq!(
        get(&client, "https://rebound.nl/").await,
        Err("strictmode: blocked connection to non-public address 127.0.0.1".to_owned())
    );
    for url in ["https://empty.nl/", "https://unknown.nl/"] {
        assert!(get(&client, url).await.expect_err(url).starts_with("could not reach"));
    }
}

#[tokio::test]
async fn strict_mode_checks_the_url_before_anything_else() {
    let client = client(settings(&["0.0.0.0/0"]), Names::default(), &[&Authority::new()]);
    for (url, expected) in [
        ("http://nuts.nl/", "invalid target URL: scheme must be https"),
        ("https://localhost/", "invalid target URL: hostname is RFC2606 reserved"),
        ("file:///etc/passwd", "invalid target URL: url must contain scheme and host"),
    ] {
        assert_eq!(get(&client, url).await, Err(expected.to_owned()));
    }
}

#[tokio::test]
async fn a_known_party_is_called_and_the_next_address_is_tried() {
    let authority = Authority::new();
    let address = authority.server("hospital.nl", &[("/", OK)]).await;
    // The first is blocked, the second refuses, the third answers.
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let refusing = closed.local_addr().expect("bound");
    drop(closed);
    let blocked = "10.0.0.1:443".parse().expect("an address");
    let names = Names(HashMap::from([("hospital.nl", vec![blocked, refusing, address])]));
    let client = client(settings(&["127.0.0.0/8"]), names, &[&authority]);
    assert_eq!(get(&client, "https://hospital.nl/").await.expect("an answer"), "hello");
}

#[tokio::test]
async fn a_certificate_must_be_for_the_name_and_of_a_known_authority() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let right = ours.server("hospital.nl", &[("/", OK)]).await;
    let other_name = ours.server("clinic.nl", &[("/", OK)]).await;
    let other_authority = theirs.server("pharmacy.nl", &[("/", OK)]).await;
    let names = Names(HashMap::from([
        ("hospital.nl", vec![right]),
        ("impostor.nl", vec![other_name]),
        ("pharmacy.nl", vec![other_authority]),
    ]));
    let client = client(settings(&["127.0.0.0/8"]), names, &[&ours]);
    assert!(get(&client, "https://hospital.nl/").await.is_ok());
    for host in ["impostor.nl", "pharmacy.nl"] {
        let error = get(&client, &format!("https://{host}/")).await.expect_err(host);
        assert_eq!(error, format!("could not reach `{host}`"));
    }
    let url = format!("https://127.0.0.1:{}/", right.port());
    assert!(get(&client, &url).await.is_err(), "a certificate for a name is not for an address");
}

#[tokio::test]
async fn a_redirect_inward_is_not_followed_in_strict_mode() {
    let authority = Authority::new();
    let address = authority
        .server(
            "hospital.nl",
            &[
                (
                    "/name",
                    "HTTP/1.1 302 F\r\nLocation: https://inner.nl/\r\nContent-Length: 0\r\n\r\n",
                ),
                (
                    "/address",
                    "HTTP/1.1 302 F\r\nLocation: https://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
                ),
                (
                    "/reserved",
                    "HTTP/1.1 302 F\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n",
                ),
                (
                    "/http",
                    "HTTP/1.1 302 F\r\nLocation: http://hospital.nl/\r\nContent-Length: 0\r\n\r\n",
                ),
            ],
        )
        .await;
    let inner = "10.1.1.1:443".parse().expect("an address");
    for (path, expected) in [
        ("/name", "strictmode: blocked connection to non-public address 10.1.1.1"),
        ("/address", "strictmode: blocked connection to non-public address 10.0.0.1"),
        ("/reserved", "invalid redirect target: hostname is RFC2606 reserved"),
        ("/http", "invalid redirect target: scheme must be https"),
    ] {
        let names =
            Names(HashMap::from([("hospital.nl", vec![address]), ("inner.nl", vec![inner])]));
        let client = client(settings(&["127.0.0.0/8"]), names, &[&authority]);
        let result = get(&client, &format!("https://hospital.nl{path}")).await;
        assert_eq!(result, Err(expected.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn tls_is_not_left_by_a_redirect_outside_strict_mode_either() {
    const DOWN: &str =
        "HTTP/1.1 302 F\r\nLocation: http://hospital.nl/\r\nContent-Length: 0\r\n\r\n";
    let authority = Authority::new();
    let address = authority.server("hospital.nl", &[("/", DOWN)]).await;
    let names = Names(HashMap::from([("hospital.nl", vec![address])]));
    let settings = Settings { strict: false, ..settings(&[]) };
    let client = client(settings, names, &[&authority]);
    assert_eq!(
        get(&client, "https://hospital.nl/").await,
        Err("invalid redirect target: scheme must be https".to_owned())
    );
}
