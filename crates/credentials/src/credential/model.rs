//! A credential as it was received.
//!
//! Keeps what came in: the text of a JWT, the document of JSON-LD. What is shown to others is what is verified.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use pecan_jose::algorithm::Algorithm;
use pecan_jose::json;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::Jws;
use pecan_jsonld::processor::Processor;
use serde_json::Value;
use time::OffsetDateTime;

use super::subject::{self, SubjectError};
use super::{data_integrity, jwt, statements};
use crate::date_time::{self, has_begun, has_not_ended};
use crate::did::Did;
use crate::document::Document;
use crate::format::Format;
use crate::key_id::{self, KeyIdError};
use crate::one_or_many::{items, strings};
use crate::proof::{Policy, Proof, VerifyError, verify};
use crate::token::{Token, TokenError};

/// A credential that was read and not verified. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Credential(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    form: Form,
    types: Vec<String>,
    proof_types: Vec<String>,
    issued_at: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
    text: OnceLock<String>,
    value: OnceLock<Value>,
    view: OnceLock<Value>,
}

#[derive(Debug)]
enum Form {
    /// The token, and the credential rebuilt from its claims.
    Jwt {
        token: Box<Token>,
        view: Value,
    },
    JsonLd(Document),
}

/// Why a text is no credential.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// The text starts like JSON and is not, or names a member twice.
    #[error("credential is invalid: {0}")]
    Json(#[from] json::Error),
    /// The text is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// An element of a list is neither a JWT nor a JSON-LD document.
    #[error("credential is neither a string nor an object")]
    NeitherStringNorObject,
    /// A member has another shape than the data model gives it.
    #[error("credential has an invalid `{member}`")]
    Malformed {
        /// Its name.
        member: &'static str,
    },
}

/// The credential's times say that it does not count now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("credential not valid at given time")]
pub struct NotValidNow;

impl Credential {
    /// Reads a credential: a text that starts with `{` is JSON-LD, any other a JWT.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if !text.starts_with('{') {
            return Self::from_token(text);
        }
        let document = Value::Object(json::parse_object(text.as_bytes())?);
        let credential = Self::from_document(Document::Alone(document))?;
        let _ = credential.0.text.set(text.to_owned());
        Ok(credential)
    }

    /// Reads an element of a list: a string is a JWT, an object JSON-LD.
    ///
    /// The list must have come through [`json::parse`], which refuses a member named twice.
    pub fn from_value(value: Value) -> Result<Self, ParseError> {
        match value {
            Value::String(text) => Self::from_token(&text),
            Value::Object(_) => Self::from_document(Document::Alone(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Err(ParseError::NeitherStringNorObject)
            }
        }
    }

    /// Reads a credential where it lies, in a presentation.
    pub(crate) fn embedded(envelope: &Arc<Value>, index: usize) -> Result<Self, ParseError> {
        let document = Document::Embedded { envelope: Arc::clone(envelope), index };
        match document.value() {
            Value::String(text) => Self::from_token(text),
            Value::Object(_) => Self::from_document(document),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Err(ParseError::NeitherStringNorObject)
            }
        }
    }

    fn from_token(text: &str) -> Result<Self, ParseError> {
        let (token, content) = Token::parse(text, jwt::CONTENT)?;
        let view = jwt::view(&token.claims, content.unwrap_or_default())?;
        Self::new(Form::Jwt { token: Box::new(token), view })
    }

    fn from_document(document: Document) -> Result<Self, ParseError> {
        data_integrity::check_shape(document.value())?;
        Self::new(Form::JsonLd(document))
    }

    fn new(form: Form) -> Result<Self, ParseError> {
        let document = form.document();
        let types = strings(document, "type").ok_or(ParseError::Malformed { member: "type" })?;
        let issued_at = time(document, "issuanceDate")?;
        let expires_at = time(document, "expirationDate")?;
        let proof_types = form
            .proofs()
            .iter()
            .filter_map(|proof| proof.get("type")?.as_str().map(str::to_owned))
            .collect();
        Ok(Self(Arc::new(Parts {
            form,
            types,
            proof_types,
            issued_at,
            expires_at,
            text: OnceLock::new(),
            value: OnceLock::new(),
            view: OnceLock::new(),
        })))
    }

    /// How the credential is written.
    pub fn format(&self) -> Format {
        match &self.0.form {
            Form::Jwt { .. } => Format::JwtVc,
            Form::JsonLd(_) => Format::LdpVc,
        }
    }

    /// The text as received; of an object in a list, its JSON text.
    pub fn raw(&self) -> &str {
        match &self.0.form {
            Form::Jwt { token, .. } => token.jws.as_str(),
            Form::JsonLd(document) => self.0.text.get_or_init(|| document.value().to_string()),
        }
    }

    /// The string or object as received.
    pub fn raw_value(&self) -> &Value {
        match &self.0.form {
            Form::Jwt { token, .. } => self.0.value.get_or_init(|| token.jws.as_str().into()),
            Form::JsonLd(document) => document.value(),
        }
    }

    /// The string or object as received, to be put elsewhere.
    pub fn to_value(&self) -> Value {
        match &self.0.form {
            Form::Jwt { token, .. } => Value::from(token.jws.as_str()),
            Form::JsonLd(document) => document.value().clone(),
        }
    }

    /// What paths of a Presentation Definition see.
    ///
    /// Of a JWT, the credential rebuilt from the claims, with lists; of JSON-LD, the document with lists of one collapsed
    /// and without the members that Nuts does not know.
    pub fn view(&self) -> &Value {
        match &self.0.form {
            Form::Jwt { view, .. } => view,
            Form::JsonLd(document) if data_integrity::is_normal(document.value()) => {
                document.value()
            }
            Form::JsonLd(document) => {
                self.0.view.get_or_init(|| data_integrity::normalize(document.value()))
            }
        }
    }

    /// `id`, or the claim `jti`.
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// `issuer`, or the claim `iss`. The object form is not understood.
    pub fn issuer(&self) -> Option<&str> {
        self.text("issuer")
    }

    /// `type`, in the order given.
    pub fn types(&self) -> &[String] {
        &self.0.types
    }

    /// Tells whether the credential has a type.
    pub fn has_type(&self, name: &str) -> bool {
        self.0.types.iter().any(|kind| kind == name)
    }

    /// The contexts that are named by URL, in the order given.
    pub fn contexts(&self) -> impl Iterator<Item = &str> {
        items(self.document(), "@context").iter().filter_map(Value::as_str)
    }

    /// `credentialSubject`, each of its elements.
    pub fn subjects(&self) -> &[Value] {
        items(self.document(), "credentialSubject")
    }

    /// The DID that all subjects have in common.
    pub fn subject_id(&self) -> Result<Did, SubjectError> {
        subject::common_id(self.subjects())
    }

    /// `issuanceDate`, or the claim `nbf`.
    pub fn issued_at(&self) -> Option<OffsetDateTime> {
        self.0.issued_at
    }

    /// `expirationDate`, or the claim `exp`.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.0.expires_at
    }

    /// `credentialStatus`, each of its elements.
    pub fn statuses(&self) -> &[Value] {
        items(self.document(), "credentialStatus")
    }

    /// The token, if the credential is one.
    pub fn jws(&self) -> Option<&Jws> {
        match &self.0.form {
            Form::Jwt { token, .. } => Some(&token.jws),
            Form::JsonLd(_) => None,
        }
    }

    /// The proof, if the credential is JSON-LD with exactly one.
    pub fn proof(&self) -> Option<Proof<'_>> {
        match &self.0.form {
            Form::Jwt { .. } => None,
            Form::JsonLd(document) => Proof::find(document.value()),
        }
    }

    /// The types of all proofs of a JSON-LD credential.
    pub fn proof_types(&self) -> &[String] {
        &self.0.proof_types
    }

    /// Tells whether there is anything to verify. Only JSON-LD can do without.
    pub fn is_signed(&self) -> bool {
        self.format() == Format::JwtVc || !self.0.form.proofs().is_empty()
    }

    /// The algorithm that the token's or the proof's header names.
    pub fn signature_algorithm(&self) -> Option<Algorithm> {
        match self.jws() {
            Some(jws) => Some(jws.header().algorithm()),
            None => self.proof()?.algorithm(),
        }
    }

    /// The verification method to resolve, which is one of the issuer's.
    ///
    /// A JWT names it in `kid`, or else has only the issuer. A did:x509 needs the token's `x5c` too.
    pub fn key_id(&self) -> Result<Cow<'_, str>, KeyIdError> {
        let (key_id, issuer) = match &self.0.form {
            Form::Jwt { token, .. } => {
                let issuer = token.claims.issuer().ok_or(KeyIdError::MissingIssuer)?;
                (key_id::complete(token.jws.header().key_id().unwrap_or(issuer)), issuer)
            }
            Form::JsonLd(document) => {
                (Cow::Borrowed(data_integrity::key_id(document.value())?), self.required_issuer()?)
            }
        };
        key_id::check_issuer(&key_id, issuer)?;
        Ok(key_id)
    }

    /// Checks the signature under the key that [`key_id`](Self::key_id) names.
    ///
    /// Also checks the times of a token or a proof, and that the signature covers all that a JSON-LD document says.
    /// Revocation, trust and the times of the credential are checks of their own.
    pub fn verify_signature(
        &self,
        key: &PublicKey,
        now: OffsetDateTime,
        processor: &Processor,
    ) -> Result<(), VerifyError> {
        self.verify_under(Policy::Covered, key, now, processor)
    }

    /// Checks the signature alone or more, by policy. The signature alone may be of any key.
    pub fn verify_under(
        &self,
        policy: Policy,
        key: &PublicKey,
        now: OffsetDateTime,
        processor: &Processor,
    ) -> Result<(), VerifyError> {
        if policy == Policy::Covered {
            self.key_id()?;
        }
        match &self.0.form {
            Form::Jwt { token, .. } => token.verify(key, now),
            Form::JsonLd(document) => {
                let (document, check) =
                    (document.value(), verify::Check { key, now, processor, policy });
                verify::verify_and(document, check, |dataset| {
                    Ok(statements::check(document, dataset)?)
                })
            }
        }
    }

    /// Checks the times of the token or the proof, as [`verify_signature`](Self::verify_signature) does beside the signature.
    ///
    /// For a signature that is known to hold: the text does not change, but what is too old or too new does.
    pub fn check_signature_times(&self, now: OffsetDateTime) -> Result<(), VerifyError> {
        match &self.0.form {
            Form::Jwt { token, .. } => token.check_times(now),
            Form::JsonLd(document) => verify::check_times(document.value(), now),
        }
    }

    /// Checks the credential's own times, give or take five seconds.
    pub fn check_validity(&self, now: OffsetDateTime) -> Result<(), NotValidNow> {
        let begun = self.issued_at().is_some_and(|start| has_begun(start, now));
        let open = self.expires_at().is_none_or(|end| has_not_ended(end, now));
        if begun && open { Ok(()) } else { Err(NotValidNow) }
    }

    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.document().get(member)?.as_str()
    }

    fn required_issuer(&self) -> Result<&str, KeyIdError> {
        self.issuer().ok_or(KeyIdError::MissingIssuer)
    }

    fn document(&self) -> &Value {
        self.0.form.document()
    }
}

impl Form {
    fn document(&self) -> &Value {
        match self {
            Self::Jwt { view, .. } => view,
            Self::JsonLd(document) => document.value(),
        }
    }

    fn proofs(&self) -> &[Value] {
        match self {
            Self::Jwt { .. } => &[],
            Self::JsonLd(document) => items(document.value(), "proof"),
        }
    }
}

/// Reads a time that may be absent. One that is there and unreadable is an error, not an absent one.
fn time(document: &Value, member: &'static str) -> Result<Option<OffsetDateTime>, ParseError> {
    let malformed = ParseError::Malformed { member };
    match document.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => date_time::parse(text).map(Some).map_err(|_| malformed),
        Some(_) => Err(malformed),
    }
}
