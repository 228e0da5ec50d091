//! Checks one credential: what it says, whether it still counts, who signed it (contract/credentials.md 6.3).

use pecan_credentials::credential::validate::{self, Violation};
use pecan_credentials::credential::{Credential, x509_credential};
use pecan_credentials::did::{Did, x509};
use time::OffsetDateTime;

use super::signature::SignatureError;
use super::status::{Reach, Standing, StatusError};
use super::{FAILED, Signature, Verifier};
use crate::FailureKind;

/// When a credential is checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// The time at which it has to count.
    pub(super) at: OffsetDateTime,
    /// The time of day, by which copies of status lists age.
    pub(super) now: OffsetDateTime,
}

/// Why a credential is not accepted. `Display` is the text of contract/iam.md 6.4; sources are for the log.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// It breaks a rule of its type, or of all credentials.
    #[error(transparent)]
    Invalid(#[from] Violation),
    /// The certificates of an `X509Credential` do not make its issuer.
    #[error("validation failed: invalid issuer: {0}")]
    Certificates(#[source] x509::Error),
    /// The issuer of an `X509Credential` is no DID.
    #[error("validation failed\ninvalid DID")]
    CertificateIssuer,
    /// It is revoked.
    #[error("credential is revoked")]
    Revoked,
    /// Its status cannot be told, and counts.
    #[error(transparent)]
    Status(StatusError),
    /// It has not begun, or has ended.
    #[error("credential not valid at given time")]
    NotValidNow,
    /// The signature does not count.
    #[error("{}", with_prefix(.0))]
    Signature(#[source] SignatureError),
}

/// Issuers and keys of proofs that are not to be had are no failure of verification, for the reference.
fn with_prefix(cause: &SignatureError) -> String {
    match cause {
        SignatureError::Issuer(_) | SignatureError::ProofKey(_) => cause.to_string(),
        SignatureError::KeyId(_)
        | SignatureError::TokenKey(_)
        | SignatureError::Proof { .. }
        | SignatureError::Token { .. }
        | SignatureError::PresentationNotValidNow
        | SignatureError::Other(_) => format!("{FAILED}: {cause}"),
    }
}

impl CredentialError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Revoked => FailureKind::Conflict,
            Self::Invalid(_)
            | Self::Certificates(_)
            | Self::CertificateIssuer
            | Self::Status(_)
            | Self::NotValidNow
            | Self::Signature(_) => FailureKind::Invalid,
        }
    }
}

impl Verifier {
    /// Checks a credential at a time, in the order of contract/credentials.md 6.3.
    pub async fn credential(
        &self,
        credential: &Credential,
        signature: Signature,
        at: OffsetDateTime,
    ) -> Result<(), CredentialError> {
        self.credential_at(credential, signature, Times { at, now: at }).await
    }

    /// Checks a credential and its signature now.
    pub async fn check(&self, credential: &Credential) -> Result<(), CredentialError> {
        self.credential(credential, Signature::Checked, self.env.clock.now()).await
    }

    // In this order: the first failing check decides the answer that the peer sees.
    pub(super) async fn credential_at(
        &self,
        credential: &Credential,
        signature: Signature,
        times: Times,
    ) -> Result<(), CredentialError> {
        validate(credential, times.at)?;
        let standing = self.standing(credential, times.now, Reach::Memory).await?;
        credential.check_validity(times.at).map_err(|_| CredentialError::NotValidNow)?;
        if signature == Signature::Checked {
            let signature = self.signatures.credential(credential, times.at).await;
            signature.map_err(CredentialError::Signature)?;
        }
        // SECURITY: only now, so that nobody but an issuer makes us send a request to a place of its choice.
        if standing == Standing::Unread {
            self.standing(credential, times.now, Reach::Everywhere).await?;
        }
        Ok(())
    }

    /// Checks the signature of a credential and nothing else.
    pub(crate) async fn credential_signature(
        &self,
        credential: &Credential,
        at: OffsetDateTime,
    ) -> Result<(), CredentialError> {
        self.signatures.credential(credential, at).await.map_err(CredentialError::Signature)
    }

    async fn standing(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
        reach: Reach,
    ) -> Result<Standing, CredentialError> {
        match self.statuses.standing(credential, now, reach).await {
            Ok(Standing::Revoked(_)) => Err(CredentialError::Revoked),
            Ok(standing @ (Standing::Good | Standing::Unread)) => Ok(standing),
            Err(cause) => Err(CredentialError::Status(cause)),
        }
    }
}

/// Checks the rules of the credential's types, those that need its certificates included.
fn validate(credential: &Credential, at: OffsetDateTime) -> Result<(), CredentialError> {
    if !credential.has_type(x509_credential::TYPE) {
        return Ok(validate::validate(credential)?);
    }
    let issuer = credential.issuer().unwrap_or_default();
    let issuer = Did::parse(issuer).map_err(|_| CredentialError::CertificateIssuer)?;
    let x5c = credential.jws().and_then(|jws| jws.header().x5c());
    let resolved = x509::resolve(&issuer, x5c, at).map_err(CredentialError::Certificates)?;
    if resolved.chain.iter().any(|certificate| !certificate.revocation_list_urls.is_empty()) {
        tracing::warn!(%issuer, "revocation lists of certificates are not read by this version");
    }
    Ok(validate::validate_with_issuer(credential, &resolved)?)
}
