//! Makes and signs presentations, as JWT or as JSON-LD (contract/iam.md 6.2, 6.3).

use std::borrow::Cow;

use pecan_credentials::credential::Credential;
use pecan_credentials::format::PresentationFormat;
use pecan_credentials::presentation::draft::{Draft, DraftError};
use pecan_credentials::proof::{Purpose, SigningKey};
use pecan_platform::random;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::Wallet;
use crate::key::KeyError;

/// A presentation that is wanted.
#[derive(Clone, Debug)]
pub struct PresentationRequest {
    /// Which key signs; its DID is the holder.
    pub key: SigningKey,
    /// What is presented, in order. Self-attested ones are already filled (contract/iam.md 7.3).
    pub credentials: Vec<Credential>,
    /// Whom it is for.
    pub audience: String,
    /// The nonce.
    pub nonce: String,
    /// The form.
    pub format: PresentationFormat,
    /// When it begins.
    pub created_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

/// Why no presentation was made.
#[derive(Debug, thiserror::Error)]
pub enum PresentError {
    /// The document cannot be signed: the text names the path.
    #[error("{0}")]
    Draft(#[from] DraftError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Wallet {
    /// Makes and signs a presentation for a token request: a compact JWS, or JSON text.
    pub async fn present(&self, request: PresentationRequest) -> Result<String, PresentError> {
        let holder = request.key.id.did().clone();
        let draft = Draft {
            id: self.presentation_id(&request.key),
            // Without a holder, nobody takes self-attested credentials.
            holder: Some(holder),
            contexts: Vec::new(),
            types: Vec::new(),
            credentials: request.credentials,
            audience: Some(request.audience),
            nonce: Some(request.nonce.clone()),
            challenge: Some(request.nonce),
            created_at: request.created_at,
            expires_at: request.expires_at,
            purpose: Purpose::AssertionMethod,
            claims: Map::new(),
        };
        match self.sign(draft, &request.key, request.format).await? {
            Value::String(token) => Ok(token),
            document => Ok(document.to_string()),
        }
    }

    pub(super) fn presentation_id(&self, key: &SigningKey) -> String {
        format!("{}#{}", key.id.did(), random::uuid(&*self.env.random))
    }

    /// Signs a draft: a JSON string with a compact JWS, or a JSON object.
    pub(super) async fn sign(
        &self,
        mut draft: Draft,
        key: &SigningKey,
        format: PresentationFormat,
    ) -> Result<Value, PresentError> {
        match format {
            PresentationFormat::JwtVp => {
                let unsigned = draft.into_jwt(key);
                let signature = self.keys.sign(&key.id, unsigned.signing_input()).await?;
                Ok(Value::String(unsigned.attach(&signature)))
            }
            PresentationFormat::LdpVp => {
                for credential in &mut draft.credentials {
                    if let Cow::Owned(changed) = with_absolute_id(credential) {
                        *credential = changed;
                    }
                }
                let unsigned = draft.into_json_ld(key, &self.processor)?;
                let signature = self.keys.sign(&key.id, unsigned.signing_input()).await?;
                Ok(unsigned.attach(&signature))
            }
        }
    }
}

/// A self-attested credential whose id is a bare UUID by custom, with that UUID as URN.
///
/// Differs from the reference on purpose: a node with a relative id leaves no trace in RDF, so the holder's signature would not cover
/// what the credential says. In a JWT the signature covers the text, and the id stays as it is.
fn with_absolute_id(credential: &Credential) -> Cow<'_, Credential> {
    let Some(id) = credential.id().filter(|id| !credential.is_signed() && is_uuid(id)) else {
        return Cow::Borrowed(credential);
    };
    let mut document = credential.to_value();
    if let Some(members) = document.as_object_mut() {
        members.insert("id".to_owned(), Value::from(format!("urn:uuid:{id}")));
    }
    // Another id makes no other shape, so what could be read before can be read again.
    Credential::from_value(document).map_or(Cow::Borrowed(credential), Cow::Owned)
}

/// Tells whether a text is a UUID, RFC 9562 §4, in any case.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_bare_uuid_of_a_self_attested_credential_becomes_a_urn() {
        let uuid = "0D7D1F5E-95a3-4b8b-9c1b-5f1d6a526a3c";
        let proof = json!({"type": "JsonWebSignature2020"});
        for (document, expected) in [
            (json!({ "id": uuid }), format!("urn:uuid:{uuid}")),
            (json!({ "id": uuid, "proof": proof }), uuid.to_owned()),
            (json!({"id": "did:web:a#1"}), "did:web:a#1".to_owned()),
            (json!({"id": "x"}), "x".to_owned()),
        ] {
            let credential = Credential::from_value(document).unwrap();
            assert_eq!(with_absolute_id(&credential).id(), Some(expected.as_str()));
        }
    }
}
