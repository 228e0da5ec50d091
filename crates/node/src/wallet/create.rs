//! Makes a presentation for the owner of a wallet, who says what goes into it (contract/credentials.md 6.5).

use pecan_credentials::credential::Credential;
use pecan_credentials::date_time;
use pecan_credentials::did::Did;
use pecan_credentials::format::PresentationFormat;
use pecan_credentials::presentation::BindingError;
use pecan_credentials::presentation::draft::{Draft, DraftError, LIFETIME_DEFAULT};
use pecan_credentials::proof::Purpose;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::Wallet;
use super::present::PresentError;
use crate::FailureKind;
use crate::key::KeyError;
use crate::subject::SigningKeyError;
use crate::verifier::{CredentialError, all_in_order};

/// The most credentials in one presentation.
const CREDENTIALS_MAX: usize = pecan_credentials::presentation::model::CREDENTIALS_MAX;

/// A presentation as its owner orders it; texts are as received.
#[derive(Clone, Debug, Default)]
pub struct PresentationOrder {
    /// What is presented, in order.
    pub credentials: Vec<Credential>,
    /// Who signs; absent, the subject of the credentials.
    pub signer: Option<String>,
    /// Contexts beside that of the data model.
    pub contexts: Vec<String>,
    /// Types beside `VerifiablePresentation`.
    pub types: Vec<String>,
    /// What it is made for.
    pub purpose: Option<String>,
    /// What a verifier asked to be signed.
    pub challenge: Option<String>,
    /// Whom it is for.
    pub domain: Option<String>,
    /// When it ends.
    pub expires: Option<String>,
    /// The form: `ldp_vp`, or `jwt_vp`.
    pub format: Option<String>,
}

/// Why no presentation was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is nothing to present.
    #[error("verifiableCredentials needs at least 1 item")]
    NoCredentials,
    /// There is more to present than verifiers read.
    #[error("verifiableCredentials has more than {limit} items")]
    TooManyCredentials {
        /// The limit.
        limit: usize,
    },
    /// The signer is no DID.
    #[error("invalid signer DID: invalid DID")]
    SignerInvalid,
    /// The end is no time.
    #[error("invalid value for expires: {0}")]
    Expires(#[source] date_time::ParseError),
    /// The end has passed.
    #[error("expires can not lay in the past")]
    Expired,
    /// The signature would not cover the purpose.
    #[error("unsupported proofPurpose: {0}")]
    Purpose(String),
    /// Nobody makes such a form.
    #[error("unsupported presentation proof format: {0}")]
    Format(String),
    /// A credential is not signed by its issuer.
    #[error("invalid credential (id={id}): {cause}")]
    Credential {
        /// Its id; empty if it has none.
        id: String,
        /// What is wrong with it.
        #[source]
        cause: CredentialError,
    },
    /// The credentials do not say who signs.
    #[error("unable to resolve signer DID from VCs for creating VP: {0}")]
    Signer(#[source] BindingError),
    /// The signer has no key here.
    #[error("unable to resolve assertion key for signing VP (did={did}): {cause}")]
    Key {
        /// The signer.
        did: Did,
        /// Why it has none.
        #[source]
        cause: SigningKeyError,
    },
    /// The document cannot be signed: the text names the path.
    #[error("{0}")]
    Draft(#[source] DraftError),
    /// The vault failed.
    #[error("unable to sign VP: {0}")]
    Sign(#[source] KeyError),
}

impl CreateError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NoCredentials
            | Self::TooManyCredentials { .. }
            | Self::SignerInvalid
            | Self::Expires(_)
            | Self::Expired
            | Self::Purpose(_)
            | Self::Format(_)
            | Self::Credential { .. }
            | Self::Signer(_)
            | Self::Draft(_) => FailureKind::Invalid,
            Self::Key { cause, .. } => cause.kind(),
            Self::Sign(_) => FailureKind::Internal,
        }
    }
}

impl Wallet {
    /// Makes and signs a presentation: a JSON string with a compact JWS, or a JSON object. It is not stored.
    // In this order: the first failing check decides the answer that the caller sees.
    pub async fn create(&self, order: PresentationOrder) -> Result<Value, CreateError> {
        let now = self.env.clock.now();
        if order.credentials.is_empty() {
            return Err(CreateError::NoCredentials);
        }
        if order.credentials.len() > CREDENTIALS_MAX {
            return Err(CreateError::TooManyCredentials { limit: CREDENTIALS_MAX });
        }
        let signer = order.signer.as_deref().map(Did::parse).transpose();
        let signer = signer.map_err(|_| CreateError::SignerInvalid)?;
        let expires_at = expires_at(order.expires.as_deref(), now)?;
        let purpose = purpose(order.purpose.as_deref())?;
        let format = format(order.format.as_deref())?;
        self.check_signatures(&order.credentials, now).await?;
        let signer = match signer {
            Some(signer) => signer,
            None => subject(&order.credentials).map_err(CreateError::Signer)?,
        };
        let key = self.subjects.signing_key(&signer).await;
        let key = key.map_err(|cause| CreateError::Key { did: signer, cause })?;
        let draft = Draft {
            id: self.presentation_id(&key),
            holder: None,
            contexts: order.contexts,
            types: order.types,
            credentials: order.credentials,
            audience: order.domain,
            nonce: None,
            challenge: order.challenge,
            created_at: now,
            expires_at,
            purpose,
            claims: Map::new(),
        };
        self.sign(draft, &key, format).await.map_err(|cause| match cause {
            PresentError::Draft(cause) => CreateError::Draft(cause),
            PresentError::Key(cause) => CreateError::Sign(cause),
        })
    }

    /// Checks the signatures of all credentials, and nothing else: what has ended can still be shown.
    async fn check_signatures(
        &self,
        credentials: &[Credential],
        now: OffsetDateTime,
    ) -> Result<(), CreateError> {
        let checks = credentials.iter().map(|credential| self.check_signature(credential, now));
        all_in_order(checks.collect()).await.map(|_| ())
    }

    async fn check_signature(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<(), CreateError> {
        let check = self.verifier.credential_signature(credential, now).await;
        let id = || credential.id().unwrap_or_default().to_owned();
        check.map_err(|cause| CreateError::Credential { id: id(), cause })
    }
}

/// The one DID that all credentials are about.
fn subject(credentials: &[Credential]) -> Result<Did, BindingError> {
    let mut common: Option<Did> = None;
    for credential in credentials {
        let id = credential.subject_id()?;
        if common.as_ref().is_some_and(|common| *common != id) {
            return Err(BindingError::DifferentSubjects);
        }
        common = Some(id);
    }
    common.ok_or(BindingError::Subject(pecan_credentials::credential::SubjectError::NoSubject))
}

fn expires_at(text: Option<&str>, now: OffsetDateTime) -> Result<OffsetDateTime, CreateError> {
    // Also JSON-LD gets an end where the caller gives none: a presentation that counts for ever is one that will be misused.
    let Some(text) = text else { return Ok(now.saturating_add(LIFETIME_DEFAULT)) };
    let expires_at = date_time::parse(text).map_err(CreateError::Expires)?;
    if expires_at < now { Err(CreateError::Expired) } else { Ok(expires_at) }
}

fn purpose(text: Option<&str>) -> Result<Purpose, CreateError> {
    match text {
        None | Some("" | "assertionMethod") => Ok(Purpose::AssertionMethod),
        Some("authentication") => Ok(Purpose::Authentication),
        // The context defines no other, so the signature would not cover it.
        Some(other) => Err(CreateError::Purpose(other.to_owned())),
    }
}

fn format(text: Option<&str>) -> Result<PresentationFormat, CreateError> {
    match text {
        None | Some("" | "ldp_vp") => Ok(PresentationFormat::LdpVp),
        Some("jwt_vp") => Ok(PresentationFormat::JwtVp),
        Some(other) => Err(CreateError::Format(other.to_owned())),
    }
}
