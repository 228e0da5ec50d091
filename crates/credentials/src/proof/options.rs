//! The proof options: what a proof says besides the document, and the bytes that stand for it.
//!
//! [Data Integrity §4.4](https://www.w3.org/TR/vc-data-integrity/#verify-proof). The options of a `JsonWebSignature2020`
//! are one node with at most eight known properties, so their canonical form is written down directly instead of by
//! way of a JSON-LD processor. A test holds the two against each other.

use std::borrow::Cow;
use std::fmt;

use pecan_jsonld::nquads;
use pecan_jsonld::rdf::XSD_STRING;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{JSON_WEB_SIGNATURE_2020, Proof};
use crate::date_time::{self, has_begun, has_not_ended};
use crate::did::DidUrl;

/// What a proof is made for, as far as the context defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To vouch for claims.
    AssertionMethod,
    /// To show who one is.
    Authentication,
}

impl Purpose {
    /// The name in a proof.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssertionMethod => "assertionMethod",
            Self::Authentication => "authentication",
        }
    }

    const fn iri(self) -> &'static str {
        match self {
            Self::AssertionMethod => "https://w3id.org/security#assertionMethod",
            Self::Authentication => "https://w3id.org/security#authenticationMethod",
        }
    }

    fn find(name: &str) -> Option<Self> {
        [Self::AssertionMethod, Self::Authentication].into_iter().find(|it| it.name() == name)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a proof cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Another proof type than `JsonWebSignature2020`.
    #[error("unsupported proof type")]
    UnsupportedType,
    /// A member is absent that every proof has.
    #[error("proof has no `{member}`")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// A member is no string, no time or no DID URL, as it should be.
    #[error("proof has an invalid `{member}`")]
    Malformed {
        /// Its name.
        member: &'static str,
    },
    /// A member is there that the signature would not cover.
    #[error("proof has an unknown member `{member}`")]
    UnknownMember {
        /// Its name, as received.
        member: String,
    },
    /// The context does not define the purpose, so the signature does not cover it.
    #[error("proof has an unknown purpose")]
    UnknownPurpose,
}

/// The members of a proof that are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options<'a> {
    verification_method: Cow<'a, str>,
    created: Cow<'a, str>,
    /// None for a purpose that the context does not define; no proof is made with one.
    purpose: Option<Purpose>,
    expires: Option<Cow<'a, str>>,
    challenge: Option<Cow<'a, str>>,
    domain: Option<Cow<'a, str>>,
    nonce: Option<Cow<'a, str>>,
}

impl Options<'static> {
    /// Starts the options of a proof to be made, for `assertionMethod`.
    pub fn new(verification_method: &DidUrl, created_at: OffsetDateTime) -> Self {
        Self {
            verification_method: Cow::Owned(verification_method.to_string()),
            created: Cow::Owned(date_time::format(created_at)),
            purpose: Some(Purpose::AssertionMethod),
            expires: None,
            challenge: None,
            domain: None,
            nonce: None,
        }
    }

    /// Sets the purpose.
    #[must_use]
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Sets when the proof ends.
    #[must_use]
    pub fn expires(mut self, at: Option<OffsetDateTime>) -> Self {
        self.expires = at.map(|at| Cow::Owned(date_time::format(at)));
        self
    }

    /// Sets what the verifier asked to be signed.
    #[must_use]
    pub fn challenge(mut self, challenge: Option<String>) -> Self {
        self.challenge = challenge.map(Cow::Owned);
        self
    }

    /// Sets whom the proof is for.
    #[must_use]
    pub fn domain(mut self, domain: Option<String>) -> Self {
        self.domain = domain.map(Cow::Owned);
        self
    }

    /// Sets what makes the proof unique.
    #[must_use]
    pub fn nonce(mut self, nonce: Option<String>) -> Self {
        self.nonce = nonce.map(Cow::Owned);
        self
    }
}

impl<'a> Options<'a> {
    /// Reads a received proof strictly: all that it says is known, and will be covered by the signature, but for an
    /// undefined purpose.
    pub fn read(proof: Proof<'a>) -> Result<Self, OptionsError> {
        if proof.kind() != Some(JSON_WEB_SIGNATURE_2020) {
            return Err(OptionsError::UnsupportedType);
        }
        // SECURITY: a member outside the list is not signed, so nothing may come to rely on it.
        for member in proof.members().keys() {
            if !MEMBERS.contains(&member.as_str()) {
                return Err(OptionsError::UnknownMember { member: member.clone() });
            }
        }
        let verification_method = required(proof, "verificationMethod")?;
        check_key_id(verification_method)?;
        Ok(Self {
            verification_method: Cow::Borrowed(verification_method),
            created: Cow::Borrowed(
                time(proof, "created")?.ok_or(OptionsError::Missing { member: "created" })?,
            ),
            purpose: Purpose::find(required(proof, "proofPurpose")?),
            expires: time(proof, "expires")?.map(Cow::Borrowed),
            challenge: optional(proof, "challenge")?.map(Cow::Borrowed),
            domain: optional(proof, "domain")?.map(Cow::Borrowed),
            nonce: optional(proof, "nonce")?.map(Cow::Borrowed),
        })
    }

    /// Refuses a purpose that the signature does not cover.
    pub(crate) fn check_purpose(&self) -> Result<(), OptionsError> {
        self.purpose.map(|_| ()).ok_or(OptionsError::UnknownPurpose)
    }

    /// Tells whether the proof counts at this time.
    pub(crate) fn is_valid_at(&self, now: OffsetDateTime) -> bool {
        let begun = date_time::parse(&self.created).is_ok_and(|created| has_begun(created, now));
        let open = match &self.expires {
            Some(expires) => date_time::parse(expires).is_ok_and(|end| has_not_ended(end, now)),
            None => true,
        };
        begun && open
    }

    /// The canonical N-Quads of the options.
    // INVARIANT: never empty; a proof without hashed options would fit any key and any time.
    pub fn to_nquads(&self) -> String {
        let mut nquads = String::with_capacity(640);
        // In the order of their bytes, which is the canonical one.
        push_literal(&mut nquads, "http://purl.org/dc/terms/created", &self.created, DATE_TIME);
        push_iri(&mut nquads, RDF_TYPE, "https://w3id.org/security#JsonWebSignature2020");
        if let Some(challenge) = &self.challenge {
            push_literal(&mut nquads, "https://w3id.org/security#challenge", challenge, XSD_STRING);
        }
        if let Some(domain) = &self.domain {
            push_literal(&mut nquads, "https://w3id.org/security#domain", domain, XSD_STRING);
        }
        if let Some(expires) = &self.expires {
            push_literal(&mut nquads, "https://w3id.org/security#expiration", expires, DATE_TIME);
        }
        if let Some(nonce) = &self.nonce {
            push_literal(&mut nquads, "https://w3id.org/security#nonce", nonce, XSD_STRING);
        }
        if let Some(purpose) = self.purpose {
            push_iri(&mut nquads, "https://w3id.org/security#proofPurpose", purpose.iri());
        }
        push_iri(
            &mut nquads,
            "https://w3id.org/security#verificationMethod",
            &self.verification_method,
        );
        nquads
    }

    /// The member `proof`, in the order of its names.
    pub(crate) fn into_proof(self, jws: String) -> Value {
        let mut proof = Map::new();
        let mut put = |member: &str, text: Option<Cow<'a, str>>| {
            if let Some(text) = text {
                proof.insert(member.to_owned(), Value::String(text.into_owned()));
            }
        };
        put("challenge", self.challenge);
        put("created", Some(self.created));
        put("domain", self.domain);
        put("expires", self.expires);
        put("jws", Some(Cow::Owned(jws)));
        put("nonce", self.nonce);
        put("proofPurpose", self.purpose.map(|purpose| Cow::Borrowed(purpose.name())));
        put("type", Some(Cow::Borrowed(JSON_WEB_SIGNATURE_2020)));
        put("verificationMethod", Some(self.verification_method));
        Value::Object(proof)
    }
}

const MEMBERS: [&str; 9] = [
    "type",
    "verificationMethod",
    "created",
    "proofPurpose",
    "jws",
    "expires",
    "challenge",
    "domain",
    "nonce",
];

const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const DATE_TIME: &str = "http://www.w3.org/2001/XMLSchema#dateTime";

fn optional<'a>(proof: Proof<'a>, member: &'static str) -> Result<Option<&'a str>, OptionsError> {
    match proof.members().get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(OptionsError::Malformed { member }),
    }
}

fn required<'a>(proof: Proof<'a>, member: &'static str) -> Result<&'a str, OptionsError> {
    optional(proof, member)?.ok_or(OptionsError::Missing { member })
}

fn time<'a>(proof: Proof<'a>, member: &'static str) -> Result<Option<&'a str>, OptionsError> {
    let text = optional(proof, member)?;
    match text.map(date_time::parse) {
        Some(Err(_)) => Err(OptionsError::Malformed { member }),
        Some(Ok(_)) | None => Ok(text),
    }
}

/// A key id goes into the hashed bytes as an IRI, so it must be one that needs no escape there.
fn check_key_id(key_id: &str) -> Result<(), OptionsError> {
    let malformed = OptionsError::Malformed { member: "verificationMethod" };
    let is_unsafe = |character: char| {
        character.is_control() || character.is_whitespace() || "<>\"{}|\\^`".contains(character)
    };
    if key_id.contains(is_unsafe) || DidUrl::parse(key_id).is_err() {
        return Err(malformed);
    }
    Ok(())
}

fn push_iri(nquads: &mut String, predicate: &str, iri: &str) {
    push_subject(nquads, predicate);
    nquads::push_iri(nquads, iri);
    nquads.push_str(" .\n");
}

fn push_literal(nquads: &mut String, predicate: &str, text: &str, datatype: &str) {
    push_subject(nquads, predicate);
    nquads::push_literal(nquads, text, datatype, None);
    nquads.push_str(" .\n");
}

fn push_subject(nquads: &mut String, predicate: &str) {
    nquads.extend(["_:c14n0 <", predicate, "> "]);
}
