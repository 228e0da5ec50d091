//! Two organisations on one node, whose tokens a gateway takes, and the gateway's route.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::request::Builder;
use http::{Method, Request, header};
use serde_json::json;

use super::example::{copy, examples};
use super::stub::{RECEIVER_URA, Stub};
use crate::certificates::{Authority, ServerFiles};
use crate::client::{Answer, Client};
use crate::node::{Configuration, Node, free_ports};
use crate::organizations::{Folder, create_subject};

const SCOPE: &str = "eOverdracht-sender";
/// The secret between gateway and node.
pub(crate) const SECRET: &str = "9d3b1c5e-of-a-test-2f7a8e60";

/// What stands before and behind a gateway. The gateway itself is not part of it.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) node: Node,
    pub(crate) stub: Stub,
    /// Where the gateway listens for clients, over TLS as `localhost`.
    pub(crate) front_port: u16,
    /// Where the node listens for the gateway.
    pub(crate) gateway_port: u16,
    /// The certificate of the gateway.
    pub(crate) certificate: ServerFiles,
    /// The folder of the example.
    pub(crate) example: PathBuf,
    // The last field is dropped last: processes end before their folder goes.
    _folder: Folder,
}

/// An access token.
pub(crate) struct Token {
    value: String,
    /// The key that it is bound to.
    key: Option<String>,
}

impl World {
    /// For an example, with the text of `gateway` of the node's configuration beside address and file of gateways.
    pub(crate) async fn start(example: &str, decides: &str) -> Self {
        let folder = Folder::new();
        let authority = Authority::new(folder.path());
        let client = Client::new(authority.certificate());
        let stub = Stub::start().await;
        let [front_port, gateway_port] = free_ports();
        let certificate = authority.server("gateway");
        let source = examples().join(example);
        let example = folder.path().join(example);
        fs::create_dir(&example).unwrap();
        fs::write(example.join("gateway.secret"), format!("{SECRET}\n")).unwrap();
        copy(
            &source.join("gateway.yaml"),
            &example.join("gateway.yaml"),
            &[
                ("https://fhir.hospital.example.nl", &format!("https://localhost:{front_port}")),
                ("http://127.0.0.1:8090", &format!("http://127.0.0.1:{}", stub.port_for_node)),
            ],
        );
        let more = format!(
            "gateway:\n  address: 127.0.0.1:{gateway_port}\n  configfile: {}\n  {decides}\n",
            example.join("gateway.yaml").display(),
        );
        let configuration =
            Configuration { name: "node".to_owned(), more, ..Configuration::default() };
        let policy = definitions();
        let node = Node::start(folder.path(), &authority, &client, configuration, &policy).await;
        let world = Self {
            client,
            node,
            stub,
            front_port,
            gateway_port,
            certificate,
            example,
            _folder: folder,
        };
        world.begin().await;
        world
    }

    /// For an example whose policies are decided in the node, by the packs.
    pub(crate) async fn with_packs(example: &str) -> Self {
        Self::start(example, &format!("policies: {}", packs().display())).await
    }

    /// Hospital has the data, Clinic a credential.
    async fn begin(&self) {
        let Self { client, node, .. } = self;
        create_subject(client, node, "hospital").await;
        let clinic = create_subject(client, node, "clinic").await;
        let registry = create_subject(client, node, "registry").await;
        let request = json!({
            "issuer": registry,
            "@context": "https://nuts.nl/credentials/2024",
            "type": "NutsUraCredential",
            "format": "jwt_vc",
            "withStatusList2021Revocation": true,
            "credentialSubject": {
                "id": clinic,
                "organization": {"name": "Clinic", "city": "Caretown", "ura": RECEIVER_URA},
            },
        });
        let issue = format!("{}/internal/vcr/v2/issuer/vc", node.internal);
        let credential = client.post(&issue, &request).await.expect(200).json();
        let wallet = format!("{}/internal/vcr/v2/holder/clinic/vc", node.internal);
        client.post(&wallet, &credential).await.expect(204);
    }

    /// The id of the client of all tokens.
    pub(crate) fn client_id(&self) -> String {
        format!("{}/oauth2/clinic", self.node.url)
    }

    /// A new token of a type, `Bearer` or `DPoP`, as Clinic's systems get it.
    pub(crate) async fn token(&self, token_type: &str) -> Token {
        let url =
            format!("{}/internal/auth/v2/clinic/request-service-access-token", self.node.internal);
        let request = json!({
            "authorization_server": format!("{}/oauth2/hospital", self.node.url),
            "scope": SCOPE,
            "token_type": token_type,
        });
        let answer = self.client.post(&url, &request).await.expect(200);
        let key = answer.json()["dpop_kid"].as_str().map(str::to_owned);
        assert_eq!(key.is_some(), token_type == "DPoP", "{}", answer.text());
        Token { value: answer.member("access_token"), key }
    }

    /// A new proof for a request with a bound token.
    pub(crate) async fn proof(&self, token: &Token, method: &Method, target: &str) -> String {
        let key = token.key.as_deref().unwrap();
        let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
        let url = format!("{}/internal/auth/v2/dpop/{key}", self.node.internal);
        let request =
            json!({"htm": method.as_str(), "htu": self.url(target), "token": token.value});
        self.client.post(&url, &request).await.expect(200).member("dpop")
    }

    /// The URL of a target at the gateway.
    pub(crate) fn url(&self, target: &str) -> String {
        format!("https://localhost:{}{target}", self.front_port)
    }

    /// A request to the gateway.
    pub(crate) fn request(&self, method: &Method, target: &str) -> Builder {
        Request::builder().method(method).uri(self.url(target))
    }

    /// Sends a request without a body.
    pub(crate) async fn send(&self, request: Builder) -> Answer {
        self.client.send(request, Bytes::new()).await
    }
}

impl Token {
    /// The value of `Authorization` with a scheme.
    pub(crate) fn under(&self, scheme: &str) -> String {
        format!("{scheme} {}", self.value)
    }
}

/// Adds the token to a request, as a bearer would.
pub(crate) fn bearer(request: Builder, token: &Token) -> Builder {
    request.header(header::AUTHORIZATION, token.under("Bearer"))
}

/// The folder of the policy packs.
pub(crate) fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies").canonicalize().unwrap()
}

/// Those of the examples, which trust the registry of this node.
fn definitions() -> String {
    let file = examples().join("pecan/definitions/eoverdracht.json");
    let text = fs::read_to_string(file).unwrap();
    let registry = r"^did:web:registry\\.example\\.nl:";
    assert!(text.contains(registry));
    text.replace(registry, "^did:web:localhost%3A[0-9]+:")
}
