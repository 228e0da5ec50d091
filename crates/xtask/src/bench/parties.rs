//! The organisations of a measured node, with the private keys that the generator signs with.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use pecan_credentials::contexts::BUILT_IN;
use pecan_credentials::credential::{self, Credential};
use pecan_credentials::did::{Did, DidUrl};
use pecan_credentials::format::{Format, PresentationFormat};
use pecan_credentials::presentation;
use pecan_credentials::proof::{Purpose, SigningKey};
use pecan_jose::dpop;
use pecan_jose::jwk::PrivateKey;
use pecan_jose::signer::Signer as _;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use serde_json::{Map, Value, json};
use time::Duration;

use super::load::Connection;
use super::{now, request};

/// How far ahead of the clock presentations begin. A server accepts five seconds, and five more after the end, so that what is
/// signed before a run is good for thirteen seconds.
const AHEAD: Duration = Duration::seconds(4);
/// The scope that is asked for.
pub(super) const SCOPE: &str = "bench";

/// The client of each token request.
pub(super) const CLIENT: &str = "https://client.example.nl/oauth2/clinic";

/// The policy of [`SCOPE`].
pub(super) fn policy() -> String {
    let field = |id: &str, member: &str| {
        let paths = [
            format!("$.credentialSubject.organization.{member}"),
            format!("$.credentialSubject[0].organization.{member}"),
        ];
        json!({"id": id, "path": paths, "filter": {"type": "string"}})
    };
    let fields = json!([
        {"path": ["$.type"], "filter": {"type": "string", "const": "NutsOrganizationCredential"}},
        {"id": "credential_issuer", "path": ["$.issuer"], "filter": {"type": "string", "pattern": "^did:web:"}},
        field("organization_name", "name"),
        field("organization_city", "city"),
    ]);
    json!({SCOPE: {"organization": {
        "id": "pd_bench",
        "input_descriptors": [{"id": "id_organization", "constraints": {"fields": fields}}],
    }}})
    .to_string()
}

/// A DID of the measured node and its key.
pub(super) struct Party {
    pub(super) did: Did,
    signing_key: SigningKey,
    pub(super) private_key: PrivateKey,
}

impl Party {
    /// Makes a subject and takes its private key from the folder of the node's keys.
    pub(super) async fn create(internal: u16, name: &str, keys: &Path) -> Result<Self, String> {
        let body = json!({"subject": name});
        let created = call(internal, "POST", "/internal/vdr/v2/subject", Some(&body)).await?;
        let text = |pointer: &str| {
            let value = created.pointer(pointer).and_then(Value::as_str);
            value.map(str::to_owned).ok_or_else(|| format!("no `{pointer}` in {created}"))
        };
        let did = Did::parse(&text("/documents/0/id")?).map_err(|error| error.to_string())?;
        let id = DidUrl::parse(&text("/documents/0/verificationMethod/0/id")?);
        let id = id.map_err(|error| error.to_string())?;
        let x = text("/documents/0/verificationMethod/0/publicKeyJwk/x")?;
        let private_key = find_key(keys, &x)?;
        let signing_key = SigningKey { id, algorithm: private_key.algorithm() };
        Ok(Self { did, signing_key, private_key })
    }
}

fn find_key(folder: &Path, x: &str) -> Result<PrivateKey, String> {
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())?.flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        if let Ok(key) = PrivateKey::from_pem(&text)
            && key.public_key().to_jwk().get("x").and_then(Value::as_str) == Some(x)
        {
            return Ok(key);
        }
    }
    Err(format!("no private key with x = {x} in {}", folder.display()))
}

/// Calls the internal API; the JSON of a 2xx answer.
pub(super) async fn call(
    port: u16,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, String> {
    let mut connection = Connection::open(port).await?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let bytes = request(method, path, &[("Content-Type", "application/json")], &body);
    let (status, answer) = connection.exchange(&bytes).await?;
    if !(200..300).contains(&status) {
        return Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&answer)));
    }
    Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

/// Signs token requests of `clinic` to `hospital`, with credentials of `issuer`.
pub(super) struct Signer {
    pub(super) issuer: Party,
    pub(super) clinic: Party,
    /// Issuer identifier of the authorization server.
    pub(super) audience: String,
    processor: Processor,
    count: AtomicU64,
    run: i64,
}

impl Signer {
    pub(super) fn new(issuer: Party, clinic: Party, audience: String) -> Self {
        let mut contexts = Contexts::new();
        for (url, text) in BUILT_IN {
            contexts.insert(url, text).expect("the built-in contexts compile");
        }
        let run = now().unix_timestamp();
        Self {
            issuer,
            clinic,
            audience,
            processor: Processor::new(contexts),
            count: AtomicU64::new(0),
            run,
        }
    }

    /// A text that was never used before.
    pub(super) fn unique(&self) -> String {
        format!("{}-{:020}", self.run, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// A credential that nobody has seen.
    pub(super) fn credential(&self, format: Format) -> Credential {
        let subject = json!({"id": self.clinic.did.as_str(), "organization": {"name": "Clinic West", "city": "Caretown"}});
        let draft = credential::Draft {
            id: format!("{}#{}", self.issuer.did, self.unique()),
            issuer: self.issuer.did.clone(),
            contexts: Vec::new(),
            types: vec!["NutsOrganizationCredential".to_owned()],
            subjects: vec![subject.as_object().cloned().unwrap_or_default()],
            issued_at: now() - Duration::hours(1),
            expires_at: Some(now() + Duration::days(30)),
            statuses: Vec::new(),
        };
        let draft = draft.complete().expect("the draft is whole");
        let (key, signer) = (&self.issuer.signing_key, &self.issuer.private_key);
        let text = match format {
            Format::JwtVc => draft.into_jwt(key).sign(signer).expect("the key signs"),
            Format::LdpVc => {
                let unsigned =
                    draft.into_json_ld(key, &self.processor).expect("all terms are defined");
                unsigned.sign(signer).expect("the key signs").to_string()
            }
        };
        Credential::parse(&text).expect("what was written reads")
    }

    /// A presentation of a credential: compact JWS or JSON text.
    fn assertion(&self, credential: Credential) -> String {
        let format = match credential.format() {
            Format::JwtVc => PresentationFormat::JwtVp,
            Format::LdpVc => PresentationFormat::LdpVp,
        };
        let nonce = Some(self.unique());
        let created_at = now().replace_nanosecond(0).expect("zero is in range") + AHEAD;
        let draft = presentation::Draft {
            id: format!("{}#{}", self.clinic.did, self.unique()),
            holder: Some(self.clinic.did.clone()),
            contexts: Vec::new(),
            types: Vec::new(),
            credentials: vec![credential],
            audience: Some(self.audience.clone()),
            nonce: nonce.clone(),
            challenge: nonce,
            created_at,
            expires_at: created_at + Duration::seconds(5),
            purpose: Purpose::AssertionMethod,
            claims: Map::new(),
        };
        let (key, signer) = (&self.clinic.signing_key, &self.clinic.private_key);
        match format {
            PresentationFormat::JwtVp => draft.into_jwt(key).sign(signer).expect("the key signs"),
            PresentationFormat::LdpVp => {
                let unsigned =
                    draft.into_json_ld(key, &self.processor).expect("all terms are defined");
                unsigned.sign(signer).expect("the key signs").to_string()
            }
        }
    }

    /// A whole token request with DPoP, as bytes of HTTP/1.1.
    pub(super) fn token_request(&self, credential: Credential) -> Vec<u8> {
        self.request(credential, &[("DPoP", &self.proof())])
    }

    /// A whole token request without proof.
    pub(super) fn bearer_request(&self, credential: Credential) -> Vec<u8> {
        self.request(credential, &[])
    }

    fn request(&self, credential: Credential, more: &[(&str, &str)]) -> Vec<u8> {
        let (format, path) = match credential.format() {
            Format::JwtVc => ("jwt_vc", "$.verifiableCredential[0]"),
            Format::LdpVc => ("ldp_vc", "$.verifiableCredential"),
        };
        let submission = json!({
            "id": "1", "definition_id": "pd_bench",
            "descriptor_map": [{"id": "id_organization", "format": format, "path": path}],
        });
        let body = form_urlencoded(&[
            ("grant_type", "vp_token-bearer"),
            ("client_id", CLIENT),
            ("scope", SCOPE),
            ("assertion", &self.assertion(credential)),
            ("presentation_submission", &submission.to_string()),
        ]);
        let target = self.audience.split_once("/oauth2/").map_or("", |(_, subject)| subject);
        let mut headers = vec![
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
        ];
        headers.extend_from_slice(more);
        request("POST", &format!("/oauth2/{target}/token"), &headers, &body)
    }

    fn proof(&self) -> String {
        let draft = dpop::Draft {
            method: "POST",
            uri: &format!("{}/token", self.audience),
            id: &self.unique(),
            issued_at: now() - Duration::seconds(1),
            access_token: None,
            nonce: None,
        };
        let key = &self.clinic.private_key;
        let unsigned = dpop::draft(&draft, key.public_key(), key.algorithm()).expect("it is whole");
        unsigned.sign(key).expect("the key signs")
    }
}

/// `application/x-www-form-urlencoded`.
pub(super) fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
