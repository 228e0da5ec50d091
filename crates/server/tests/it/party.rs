//! Parties outside of every node: they have a key and a DID document, and sign whatever a test wants.

use axum::Router;
use axum::routing::get;
use pecan_credentials::contexts::BUILT_IN;
use pecan_credentials::credential::{self, Credential};
use pecan_credentials::did::verification_method::VerificationMethod;
use pecan_credentials::did::{Did, DidUrl, web};
use pecan_credentials::presentation;
use pecan_credentials::proof::{Purpose, SigningKey};
use pecan_jose::dpop;
use pecan_jose::jwk::PrivateKey;
use pecan_jose::jws::{HeaderFields, Unsigned};
use pecan_jose::signer::Signer;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use pecan_testkit::World;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

pub(crate) const P256: &str = include_str!("../../../jose/tests/keys/p256.pem");
pub(crate) const P256_OTHER: &str = include_str!("../../../jose/tests/keys/p256.other.pem");
pub(crate) const P384: &str = include_str!("../../../jose/tests/keys/p384.pem");

/// Somebody with a DID and a key.
pub(crate) struct Party {
    pub(crate) did: Did,
    pub(crate) key: PrivateKey,
    pub(crate) signing_key: SigningKey,
}

impl Party {
    /// A party whose document the world finds at its host.
    pub(crate) fn new(world: &World, host: &str, pem: &str) -> Self {
        let party = Self::unknown(host, pem);
        let method = VerificationMethod::json_web_key(
            party.signing_key.id.clone(),
            party.did.clone(),
            party.key.public_key().to_jwk(),
        );
        let document = web::document(&party.did, [method]).to_value().to_string();
        let answer = move || async move { ([("content-type", "application/json")], document) };
        world.network.serve(host, Router::new().route("/.well-known/did.json", get(answer)));
        party
    }

    /// A party whose document nobody finds.
    pub(crate) fn unknown(host: &str, pem: &str) -> Self {
        let did = Did::parse(&format!("did:web:{host}")).unwrap();
        let key = PrivateKey::from_pem(pem).unwrap();
        let id = DidUrl::with_fragment(&did, "0").unwrap();
        let signing_key = SigningKey { id, algorithm: key.algorithm() };
        Self { did, key, signing_key }
    }

    /// Signs claims as a token.
    pub(crate) fn token(&self, claims: &Map<String, Value>) -> String {
        self.token_with(claims, Some(self.signing_key.id.to_string()), "JWT")
    }

    /// Signs claims as a token with another header.
    pub(crate) fn token_with(
        &self,
        claims: &Map<String, Value>,
        key_id: Option<String>,
        typ: &str,
    ) -> String {
        let header = HeaderFields {
            algorithm: self.key.algorithm(),
            key_id,
            typ: Some(typ.to_owned()),
            extra: Map::new(),
        };
        Unsigned::new(header, &serde_json::to_vec(claims).unwrap()).sign(&self.key).unwrap()
    }

    fn organization(&self, subject: &Did, now: OffsetDateTime) -> credential::Draft {
        let claims = json!({ "id": subject.as_str(), "organization": { "name": "Clinic North", "city": "Assen" } });
        credential::Draft {
            id: format!("{}#8c9f0e5d-3f57-4d5e-9a1f-7f6d4f5b6c01", self.did),
            issuer: self.did.clone(),
            contexts: Vec::new(),
            types: vec!["NutsOrganizationCredential".to_owned()],
            subjects: vec![claims.as_object().unwrap().clone()],
            issued_at: now - Duration::days(1),
            expires_at: None,
            statuses: Vec::new(),
        }
        .complete()
        .unwrap()
    }

    /// An organisation credential as a token.
    pub(crate) fn organization_jwt(&self, subject: &Did, now: OffsetDateTime) -> Value {
        let draft = self.organization(subject, now);
        draft.into_jwt(&self.signing_key).sign(&self.key).unwrap().into()
    }

    /// An organisation credential as JSON-LD.
    pub(crate) fn organization_ldp(&self, subject: &Did, now: OffsetDateTime) -> Value {
        let draft = self.organization(subject, now);
        draft.into_json_ld(&self.signing_key, &processor()).unwrap().sign(&self.key).unwrap()
    }

    /// A JSON-LD presentation for somebody, changed before it is signed.
    pub(crate) fn present_ldp(
        &self,
        credential: Value,
        audience: &str,
        now: OffsetDateTime,
        change: impl FnOnce(&mut presentation::Draft),
    ) -> String {
        let nonce = Some(format!("nonce {}", now.unix_timestamp_nanos()));
        let mut draft = presentation::Draft {
            id: format!("{}#c4b7f9aa-7c55-4f0c-9b1e-55d0a1b2c303", self.did),
            holder: Some(self.did.clone()),
            contexts: Vec::new(),
            types: Vec::new(),
            credentials: vec![Credential::from_value(credential).unwrap()],
            audience: Some(audience.to_owned()),
            nonce: nonce.clone(),
            challenge: nonce,
            created_at: now,
            expires_at: now + Duration::seconds(5),
            purpose: Purpose::AssertionMethod,
            claims: Map::new(),
        };
        change(&mut draft);
        let unsigned = draft.into_json_ld(&self.signing_key, &processor()).unwrap();
        unsigned.sign(&self.key).unwrap().to_string()
    }

    /// The claims of a presentation for somebody.
    pub(crate) fn claims(
        &self,
        credentials: &Value,
        audience: &str,
        nonce: &str,
        now: OffsetDateTime,
    ) -> Map<String, Value> {
        let seconds = now.unix_timestamp();
        let claims = json!({
            "iss": self.did.as_str(), "sub": self.did.as_str(),
            "jti": format!("{}#{nonce}", self.did),
            "aud": audience, "iat": seconds, "nbf": seconds, "exp": seconds + 5, "nonce": nonce,
            "vp": {
                "@context": ["https://www.w3.org/2018/credentials/v1"],
                "type": ["VerifiablePresentation"],
                "verifiableCredential": credentials,
            },
        });
        claims.as_object().unwrap().clone()
    }

    /// A proof of possession.
    pub(crate) fn proof(&self, draft: &dpop::Draft<'_>) -> String {
        let key = self.key.public_key();
        dpop::draft(draft, key, self.key.algorithm()).unwrap().sign(&self.key).unwrap()
    }

    /// A proof whose header and claims are changed before it is signed.
    pub(crate) fn odd_proof(
        &self,
        typ: Option<&str>,
        jwk: Option<Value>,
        claims: &Map<String, Value>,
    ) -> String {
        let mut extra = Map::new();
        extra.extend(jwk.map(|jwk| ("jwk".to_owned(), jwk)));
        let header = HeaderFields {
            algorithm: self.key.algorithm(),
            key_id: None,
            typ: typ.map(str::to_owned),
            extra,
        };
        Unsigned::new(header, &serde_json::to_vec(claims).unwrap()).sign(&self.key).unwrap()
    }
}

fn processor() -> Processor {
    let mut contexts = Contexts::new();
    for (url, text) in BUILT_IN {
        contexts.insert(url, text).unwrap();
    }
    Processor::new(contexts)
}
