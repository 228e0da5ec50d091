//! A presentation as it was received, with its credentials, parsed once.

use std::borrow::Cow;
use std::sync::Arc;

use pecan_jose::json;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::Jws;
use pecan_jose::jwt::Claims;
use pecan_jsonld::processor::Processor;
use serde_json::Value;
use time::OffsetDateTime;

use super::{VERIFIABLE_PRESENTATION, data_integrity, jwt};
use crate::credential::{self, Credential};
use crate::did::Did;
use crate::document::CREDENTIALS;
use crate::format::PresentationFormat;
use crate::key_id::{self, KeyIdError};
use crate::one_or_many::{items, strings};
use crate::proof::{Policy, Proof, VerifyError, verify};
use crate::token::{Token, TokenError};

/// The most credentials in one presentation: each costs a lookup and a signature check.
pub const CREDENTIALS_MAX: usize = 100;

/// A presentation that was read and not verified. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Presentation(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    form: Form,
    /// The document; of a JWT, the claim `vp` with `id` and `holder`. The credentials lie in it.
    view: Arc<Value>,
    types: Vec<String>,
    credentials: Vec<Credential>,
}

#[derive(Debug)]
enum Form {
    Jwt(Box<Token>),
    JsonLd { text: String },
}

/// Why a text is no presentation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// The text starts like JSON and is not, or names a member twice.
    #[error("presentation is invalid: {0}")]
    Json(#[from] json::Error),
    /// The text is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// An element of a list is neither a JWT nor a JSON-LD document.
    #[error("presentation is neither a string nor an object")]
    NeitherStringNorObject,
    /// A member has another shape than the data model gives it.
    #[error("presentation has an invalid `{member}`")]
    Malformed {
        /// Its name.
        member: &'static str,
    },
    /// More credentials than [`CREDENTIALS_MAX`].
    #[error("presentation has more than {limit} credentials")]
    TooManyCredentials {
        /// The limit.
        limit: usize,
    },
    /// A credential in it cannot be read.
    #[error("credential {index} of presentation: {cause}")]
    Credential {
        /// Its place, from 0.
        index: usize,
        /// What is wrong with it.
        cause: credential::ParseError,
    },
}

impl Presentation {
    /// Reads a presentation: a text that starts with `{` is JSON-LD, any other a JWT.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if !text.starts_with('{') {
            return Self::from_token(text);
        }
        let document = Value::Object(json::parse_object(text.as_bytes())?);
        Self::from_document(document, text.to_owned())
    }

    /// Reads an element of a list: a string is a JWT, an object JSON-LD.
    ///
    /// The list must have come through [`json::parse`], which refuses a member named twice.
    pub fn from_value(value: Value) -> Result<Self, ParseError> {
        match value {
            Value::String(text) => Self::from_token(&text),
            Value::Object(_) => {
                let text = value.to_string();
                Self::from_document(value, text)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Err(ParseError::NeitherStringNorObject)
            }
        }
    }

    fn from_token(text: &str) -> Result<Self, ParseError> {
        let (token, content) = Token::parse(text, jwt::CONTENT)?;
        // SECURITY: without this any other token that the holder signed would be a presentation of nothing.
        let content = content.ok_or(TokenError::Content { name: jwt::CONTENT })?;
        let view = jwt::view(&token.claims, content)?;
        Self::new(Form::Jwt(Box::new(token)), view)
    }

    fn from_document(document: Value, text: String) -> Result<Self, ParseError> {
        data_integrity::check_shape(&document)?;
        Self::new(Form::JsonLd { text }, document)
    }

    fn new(form: Form, view: Value) -> Result<Self, ParseError> {
        for member in ["id", "holder"] {
            if view.get(member).is_some_and(|value| !value.is_string() && !value.is_null()) {
                return Err(ParseError::Malformed { member });
            }
        }
        let types = strings(&view, "type").ok_or(ParseError::Malformed { member: "type" })?;
        let view = Arc::new(view);
        let credentials = credentials(&view)?;
        Ok(Self(Arc::new(Parts { form, view, types, credentials })))
    }

    /// How the presentation is written.
    pub fn format(&self) -> PresentationFormat {
        match &self.0.form {
            Form::Jwt(_) => PresentationFormat::JwtVp,
            Form::JsonLd { .. } => PresentationFormat::LdpVp,
        }
    }

    /// The text as received; of an object in a list, its JSON text.
    pub fn raw(&self) -> &str {
        match &self.0.form {
            Form::Jwt(token) => token.jws.as_str(),
            Form::JsonLd { text } => text,
        }
    }

    /// The string or object as received.
    pub fn to_value(&self) -> Value {
        match &self.0.form {
            Form::Jwt(token) => Value::from(token.jws.as_str()),
            Form::JsonLd { .. } => Value::clone(&self.0.view),
        }
    }

    /// What the paths of a submission are evaluated on.
    ///
    /// The document as sent; of a JWT, the claim `vp` as sent, with `id` from `jti` and `holder` from `iss`.
    pub fn view(&self) -> &Value {
        &self.0.view
    }

    /// What the rest of a path sees that led to this presentation in a list.
    ///
    /// Of a document, a single credential is no list; of a JWT, the claim `vp` stays as sent, which is what peers count on.
    pub fn nested_view(&self) -> Value {
        match &self.0.form {
            Form::Jwt(_) => Value::clone(&self.0.view),
            Form::JsonLd { .. } => data_integrity::normalize(&self.0.view),
        }
    }

    /// `id`, or the claim `jti`.
    pub fn id(&self) -> Option<&str> {
        self.0.view.get("id")?.as_str()
    }

    /// The claim `iss`, or else `holder`.
    pub fn holder(&self) -> Option<&str> {
        self.0.view.get("holder")?.as_str()
    }

    /// `type`, in the order given.
    pub fn types(&self) -> &[String] {
        &self.0.types
    }

    /// Tells whether the presentation has a type.
    pub fn has_type(&self, name: &str) -> bool {
        self.0.types.iter().any(|kind| kind == name)
    }

    /// The contexts that are named by URL, in the order given.
    pub fn contexts(&self) -> impl Iterator<Item = &str> {
        items(&self.0.view, "@context").iter().filter_map(Value::as_str)
    }

    /// The credentials, in the order given.
    pub fn credentials(&self) -> &[Credential] {
        &self.0.credentials
    }

    /// The token, if the presentation is one.
    pub fn jws(&self) -> Option<&Jws> {
        self.token().map(|token| &token.jws)
    }

    /// All claims of the token besides `vp`, if the presentation is one.
    pub fn claims(&self) -> Option<&Claims> {
        self.token().map(|token| &token.claims)
    }

    /// The proof, if the presentation is JSON-LD with exactly one.
    pub fn proof(&self) -> Option<Proof<'_>> {
        match &self.0.form {
            Form::Jwt(_) => None,
            Form::JsonLd { .. } => Proof::find(&self.0.view),
        }
    }

    /// Whom the presentation is for: `aud`, or the proof's `domain`.
    pub fn audience(&self) -> Vec<&str> {
        match self.token() {
            Some(token) => token.claims.audience().collect(),
            None => self.proof().and_then(Proof::domain).into_iter().collect(),
        }
    }

    /// What makes the presentation unique: the claim or the proof's member `nonce`.
    pub fn nonce(&self) -> Option<&str> {
        match self.token() {
            Some(token) => token.claims.nonce(),
            None => self.proof()?.nonce(),
        }
    }

    /// What the verifier asked to be signed: the proof's `challenge`; a JWT has the nonce for it.
    pub fn challenge(&self) -> Option<&str> {
        match self.token() {
            Some(token) => token.claims.nonce(),
            None => self.proof()?.challenge(),
        }
    }

    /// When the presentation was made: `nbf`, or else `iat`, or the proof's `created`.
    pub fn created_at(&self) -> Option<OffsetDateTime> {
        match self.token() {
            Some(token) => jwt::time(token.claims.not_before().or(token.claims.issued_at())),
            None => self.proof()?.created_at(),
        }
    }

    /// When the presentation ends: `exp`, or the proof's `expires`.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        match self.token() {
            Some(token) => jwt::time(token.claims.expires_at()),
            None => self.proof()?.expires_at(),
        }
    }

    /// The verification method to resolve: the JWT's `kid`, or the proof's `verificationMethod`.
    pub fn key_id(&self) -> Result<Cow<'_, str>, KeyIdError> {
        match self.token() {
            Some(token) => {
                let key_id = token.jws.header().key_id().ok_or(KeyIdError::MissingKid)?;
                Ok(key_id::complete(key_id))
            }
            None => Ok(Cow::Borrowed(data_integrity::key_id(&self.0.view)?)),
        }
    }

    /// Who signed: the DID of the key.
    pub fn signer(&self) -> Result<Did, KeyIdError> {
        key_id::signer(&self.key_id()?)
    }

    /// Checks the signature under the key that [`key_id`](Self::key_id) names.
    ///
    /// Also checks the times of the token or the proof, and that the signature covers all that a JSON-LD document says.
    /// Does not check the credentials, nor that they belong to the signer.
    pub fn verify_signature(
        &self,
        key: &PublicKey,
        now: OffsetDateTime,
        processor: &Processor,
    ) -> Result<(), VerifyError> {
        if self.token().is_some_and(|token| token.claims.not_before().is_none()) {
            return Err(VerifyError::NotBeforeMissing);
        }
        self.verify_under(Policy::Covered, key, now, processor)
    }

    /// Checks the signature alone or more, by policy, and the times of the token or the proof.
    ///
    /// Does not ask a token for its `nbf`, as [`verify_signature`](Self::verify_signature) does.
    pub fn verify_under(
        &self,
        policy: Policy,
        key: &PublicKey,
        now: OffsetDateTime,
        processor: &Processor,
    ) -> Result<(), VerifyError> {
        if policy == Policy::Covered {
            self.signer()?;
            // SECURITY: or the holder's signature under something else would do.
            if !self.has_type(VERIFIABLE_PRESENTATION) {
                return Err(VerifyError::NotAPresentation);
            }
        }
        match &self.0.form {
            Form::Jwt(token) => token.verify(key, now),
            Form::JsonLd { .. } => {
                verify::verify(&self.0.view, verify::Check { key, now, processor, policy })
            }
        }
    }

    fn token(&self) -> Option<&Token> {
        match &self.0.form {
            Form::Jwt(token) => Some(token),
            Form::JsonLd { .. } => None,
        }
    }
}

fn credentials(view: &Arc<Value>) -> Result<Vec<Credential>, ParseError> {
    let count = items(view, CREDENTIALS).len();
    if count > CREDENTIALS_MAX {
        return Err(ParseError::TooManyCredentials { limit: CREDENTIALS_MAX });
    }
    (0..count)
        .map(|index| {
            Credential::embedded(view, index)
                .map_err(|cause| ParseError::Credential { index, cause })
        })
        .collect()
}
