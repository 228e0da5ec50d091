//! Organisations that are not of this node, and a verifier that meets them.

use std::sync::Arc;

use pecan_credentials::contexts::{BUILT_IN, CREDENTIALS_V1, STATUS_LIST_2021};
use pecan_credentials::credential::{self, Credential};
use pecan_credentials::did::verification_method::VerificationMethod;
use pecan_credentials::did::{Did, DidUrl, web};
use pecan_credentials::presentation::{self, Presentation};
use pecan_credentials::proof::{Purpose, SigningKey};
use pecan_credentials::status::Bitstring;
use pecan_credentials::status::status_list_2021::{CREDENTIAL_TYPE, Entry, REVOCATION, subject};
use pecan_jose::jwk::PrivateKey;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use pecan_node::verifier::{Verifier, status};
use pecan_platform::vault::generate_key;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use crate::party::{Network, Party};

/// A verifier and those whom it meets.
pub(crate) struct Encounter {
    pub(crate) node: Party,
    pub(crate) verifier: Verifier,
    pub(crate) processor: Arc<Processor>,
    pub(crate) issuer: Outsider,
    pub(crate) holder: Outsider,
}

impl Encounter {
    pub(crate) async fn new() -> Self {
        Self::with(status::Settings::default()).await
    }

    pub(crate) async fn with(settings: status::Settings) -> Self {
        let node = Party::new().await;
        let processor = processor();
        let verifier = Verifier::new(
            node.env.clone(),
            node.resolver.clone(),
            Arc::clone(&processor),
            settings,
        );
        let issuer = Outsider::new(&node.network, "issuer.example.nl");
        let holder = Outsider::new(&node.network, "holder.example.nl");
        Self { node, verifier, processor, issuer, holder }
    }

    /// The same node after a restart: memory is empty, the database is not.
    pub(crate) fn restarted(&self, settings: status::Settings) -> Verifier {
        let twin = self.node.twin();
        Verifier::new(twin.env, twin.resolver, Arc::clone(&self.processor), settings)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.node.env.clock.now()
    }

    /// What the issuer says of the holder.
    pub(crate) fn draft(&self) -> credential::Draft {
        self.issuer.draft(&self.holder.did, self.now())
    }

    /// A credential of the issuer in a format, with changes to its draft.
    pub(crate) fn issue(
        &self,
        format: &str,
        change: impl FnOnce(&mut credential::Draft),
    ) -> Credential {
        let mut draft = self.draft();
        change(&mut draft);
        self.issuer.sign(draft, format, &self.processor)
    }

    /// A presentation by the holder in a format, with changes to its draft.
    pub(crate) fn present(
        &self,
        format: &str,
        credentials: &[Credential],
        change: impl FnOnce(&mut presentation::Draft),
    ) -> Presentation {
        let mut draft = self.holder.presentation(credentials, self.now());
        change(&mut draft);
        self.holder.sign_presentation(draft, format, &self.processor)
    }

    /// Publishes a list of the issuer, with these bits set; its URL.
    pub(crate) fn publish(&self, name: &str, set: &[usize]) -> String {
        let url = self.list_url(name);
        self.serve_list(&url, &self.issuer.list(&url, set, self.now(), &self.processor));
        url
    }

    pub(crate) fn list_url(&self, name: &str) -> String {
        format!("https://{}/lists/{name}", self.issuer.did.method_specific_id())
    }

    pub(crate) fn serve_list(&self, url: &str, list: &str) {
        self.node.network.answer(url, 200, "application/json", list);
    }

    /// How often a URL was asked for.
    pub(crate) fn requests(&self, url: &str) -> usize {
        let sent = self.node.network.sent.lock().unwrap();
        sent.iter().filter(|request| request.url.as_str() == url).count()
    }

    /// The text with which a credential is refused; empty if it is accepted.
    pub(crate) async fn refusal(&self, credential: &Credential) -> String {
        let checked = self.verifier.check(credential).await;
        checked.err().map(|error| error.to_string()).unwrap_or_default()
    }

    /// The text with which a presentation is refused; empty if it is accepted.
    pub(crate) async fn presentation_refusal(&self, presentation: &Presentation) -> String {
        let checked = self.verifier.presentation(presentation, self.now()).await;
        checked.err().map(|error| error.to_string()).unwrap_or_default()
    }
}

/// An organisation with a did:web, whose document is served.
pub(crate) struct Outsider {
    pub(crate) did: Did,
    pub(crate) key: PrivateKey,
    pub(crate) signing_key: SigningKey,
}

impl Outsider {
    pub(crate) fn new(network: &Network, host: &str) -> Self {
        let did = Did::parse(&format!("did:web:{host}")).unwrap();
        let key = generate_key().unwrap();
        let id = DidUrl::with_fragment(&did, "key-1").unwrap();
        let signing_key = SigningKey { id, algorithm: key.public_key().algorithm().unwrap() };
        let outsider = Self { did, key, signing_key };
        outsider.serve_document(network, &outsider.key);
        outsider
    }

    /// Serves a document that has a key under the id of this organisation's one.
    pub(crate) fn serve_document(&self, network: &Network, key: &PrivateKey) {
        self.serve_jwk(network, key.public_key().to_jwk());
    }

    /// Serves a document that has a JWK under the id of this organisation's key.
    pub(crate) fn serve_jwk(&self, network: &Network, jwk: Map<String, Value>) {
        let id = self.signing_key.id.clone();
        let method = VerificationMethod::json_web_key(id, self.did.clone(), jwk);
        let document = web::document(&self.did, [method]).to_value().to_string();
        network.answer(&self.document_url(), 200, "application/did+json", &document);
    }

    pub(crate) fn document_url(&self) -> String {
        format!("https://{}/.well-known/did.json", self.did.method_specific_id())
    }

    pub(crate) fn draft(&self, subject: &Did, now: OffsetDateTime) -> credential::Draft {
        let subject =
            json!({"id": subject.as_str(), "organization": {"name": "Clinic", "city": "Caretown"}});
        credential::Draft {
            id: format!("{}#{}", self.did, now.unix_timestamp()),
            issuer: self.did.clone(),
            contexts: Vec::new(),
            types: vec!["NutsOrganizationCredential".to_owned()],
            subjects: vec![subject.as_object().unwrap().clone()],
            issued_at: now - Duration::days(1),
            expires_at: Some(now + Duration::days(1)),
            statuses: Vec::new(),
        }
        .complete()
        .unwrap()
    }

    pub(crate) fn sign(
        &self,
        draft: credential::Draft,
        format: &str,
        processor: &Processor,
    ) -> Credential {
        let text = if format == "jwt_vc" {
            draft.into_jwt(&self.signing_key).sign(&self.key).unwrap()
        } else {
            let unsigned = draft.into_json_ld(&self.signing_key, processor).unwrap();
            unsigned.sign(&self.key).unwrap().to_string()
        };
        Credential::parse(&text).unwrap()
    }

    pub(crate) fn presentation(
        &self,
        credentials: &[Credential],
        now: OffsetDateTime,
    ) -> presentation::Draft {
        presentation::Draft {
            id: format!("{}#presentation", self.did),
            holder: Some(self.did.clone()),
            contexts: Vec::new(),
            types: Vec::new(),
            credentials: credentials.to_vec(),
            audience: Some("https://verifier.example.nl".to_owned()),
            nonce: Some("nonce".to_owned()),
            challenge: Some("nonce".to_owned()),
            created_at: now,
            expires_at: now + Duration::seconds(5),
            purpose: Purpose::AssertionMethod,
            claims: Map::new(),
        }
    }

    pub(crate) fn sign_presentation(
        &self,
        draft: presentation::Draft,
        format: &str,
        processor: &Processor,
    ) -> Presentation {
        let text = if format == "jwt_vp" {
            draft.into_jwt(&self.signing_key).sign(&self.key).unwrap()
        } else {
            let unsigned = draft.into_json_ld(&self.signing_key, processor).unwrap();
            unsigned.sign(&self.key).unwrap().to_string()
        };
        Presentation::parse(&text).unwrap()
    }

    /// A status list of this organisation, with these bits set, as it is served.
    pub(crate) fn list(
        &self,
        url: &str,
        set: &[usize],
        now: OffsetDateTime,
        processor: &Processor,
    ) -> String {
        let mut bits = Bitstring::new();
        for index in set {
            bits.set(*index, true).unwrap();
        }
        self.list_of(&subject(url, REVOCATION, &bits), now, processor)
    }

    /// A credential with any list as its subject.
    pub(crate) fn list_of(
        &self,
        subject: &Value,
        now: OffsetDateTime,
        processor: &Processor,
    ) -> String {
        let draft = credential::Draft {
            id: format!("{}#list", self.did),
            contexts: vec![CREDENTIALS_V1.to_owned(), STATUS_LIST_2021.to_owned()],
            types: vec!["VerifiableCredential".to_owned(), CREDENTIAL_TYPE.to_owned()],
            subjects: vec![subject.as_object().unwrap().clone()],
            ..self.draft(&self.did, now)
        };
        self.sign(draft, "ldp_vc", processor).raw().to_owned()
    }
}

/// A status entry for a place in a list.
pub(crate) fn entry(url: &str, index: usize) -> Value {
    Entry::revocation(url, index).to_value()
}

/// Gives a draft a status.
pub(crate) fn with_status(status: Value) -> impl FnOnce(&mut credential::Draft) {
    |draft| {
        draft.statuses = vec![status];
        draft.contexts.push(STATUS_LIST_2021.to_owned());
    }
}

/// A credential with a member that was changed after it was signed.
pub(crate) fn tampered(credential: &Credential) -> Credential {
    let raw = credential.raw();
    if credential.jws().is_none() {
        return Credential::parse(&raw.replace("Caretown", "Elsewhere")).unwrap();
    }
    let (text, signature) = raw.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    Credential::parse(&format!("{text}.{first}{}", &signature[1..])).unwrap()
}

fn processor() -> Arc<Processor> {
    let mut contexts = Contexts::new();
    for (url, text) in BUILT_IN {
        contexts.insert(url, text).unwrap();
    }
    Arc::new(Processor::new(contexts))
}
