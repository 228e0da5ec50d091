//! Issues a credential (contract/credentials.md 6.1).

use pecan_credentials::credential::validate::{self, Violation};
use pecan_credentials::credential::{self, Credential, Draft, SubjectError, VERIFIABLE_CREDENTIAL};
use pecan_credentials::date_time;
use pecan_credentials::did::Did;
use pecan_credentials::format::Format;
use pecan_credentials::proof::SigningKey;
use pecan_credentials::proof::sign::PrepareError;
use pecan_platform::random::uuid;
use pecan_platform::sql::SqlError;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::Issuer;
use super::store::{self, ListKey, Place};
use crate::FailureKind;
use crate::key::KeyError;
use crate::subject::SigningKeyError;
use crate::verifier::{Trust, TrustError};

/// Stands for the signature of a credential that is only tried out.
const NO_SIGNATURE: [u8; 64] = [0; 64];

/// What is to be issued, as the caller says it.
#[derive(Clone, Debug, Default)]
pub struct IssueRequest {
    /// The DID of the issuer, one of this node.
    pub issuer: String,
    /// `type`.
    pub types: Vec<String>,
    /// `@context`; empty for that of Nuts.
    pub contexts: Vec<String>,
    /// `credentialSubject`.
    pub subjects: Vec<Map<String, Value>>,
    /// `expirationDate`.
    pub expiration_date: Option<String>,
    /// `ldp_vc`, which is also meant by none, or `jwt_vc`.
    pub format: Option<String>,
    /// Whether it can be revoked.
    pub with_status_list: Option<bool>,
    /// An option that only issuers of the Nuts network have.
    pub network_option: Option<&'static str>,
}

/// Why a credential was not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The issuer is missing.
    #[error("invalid DID: DID must start with 'did:'")]
    MissingIssuer,
    /// The issuer is no DID.
    #[error("invalid DID")]
    InvalidIssuer,
    /// DIDs of this method do not issue here.
    #[error("unsupported DID method: {method}")]
    UnsupportedMethod {
        /// The method.
        method: String,
    },
    /// An option of the Nuts network was given.
    #[error("illegal option '{option}' requested for issuer's DID method: web")]
    IllegalOption {
        /// Its name.
        option: &'static str,
    },
    /// It would neither end nor could be revoked, and the caller did not say that this is meant.
    #[error("withStatusList2021Revocation MUST be provided for credentials without expirationDate")]
    NeitherEndNorStatus,
    /// The end is no time.
    #[error("invalid expirationDate: {0}")]
    InvalidExpirationDate(#[source] date_time::ParseError),
    /// Types or subject are missing, or there are too many types.
    #[error(transparent)]
    Draft(#[from] credential::DraftError),
    /// A type has a character that no name has.
    #[error("invalid credential type: control character")]
    ControlCharacter,
    /// The format is not one that is issued.
    #[error("unsupported credential proof format")]
    UnsupportedFormat,
    /// The subject has no DID.
    #[error("unable to store the issued credential: failed to extract subject DID: {0}")]
    Subject(#[source] SubjectError),
    /// More than one subject.
    #[error(
        "unable to store the issued credential: expected exactly one credential subject, got {count}"
    )]
    SubjectCount {
        /// How many.
        count: usize,
    },
    /// The issuer is of somebody else, or has no key.
    #[error("failed to sign credential: could not resolve an assertionKey for issuer: {0}")]
    NoKey(#[source] SigningKeyError),
    /// The document cannot be signed as it is.
    #[error("{}", prepare_text(.0))]
    Document(#[source] PrepareError),
    /// It breaks a rule of its type.
    #[error(transparent)]
    Invalid(#[from] Violation),
    /// What would be issued could not be read again.
    #[error("{0}")]
    Unreadable(#[from] credential::ParseError),
    /// The private key cannot be used.
    #[error("error while signing: {0}")]
    Key(#[from] KeyError),
    /// The issuer cannot be trusted with the type.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

/// A document that has no RDF says why: the caller wrote it.
fn prepare_text(error: &PrepareError) -> String {
    match error {
        PrepareError::Document(cause) => format!("jsonld: {cause}"),
        PrepareError::Coverage(_) | PrepareError::Naming(_) => error.to_string(),
    }
}

impl IssueError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::MissingIssuer
            | Self::InvalidIssuer
            | Self::UnsupportedMethod { .. }
            | Self::IllegalOption { .. }
            | Self::NeitherEndNorStatus
            | Self::InvalidExpirationDate(_)
            | Self::Draft(_)
            | Self::ControlCharacter
            | Self::UnsupportedFormat
            | Self::Subject(_)
            | Self::SubjectCount { .. }
            | Self::Document(_)
            | Self::Invalid(_)
            | Self::Unreadable(_) => FailureKind::Invalid,
            Self::NoKey(cause) => cause.kind(),
            Self::Key(cause) => cause.kind(),
            Self::Trust(cause) => cause.kind(),
            Self::Sql(_) => FailureKind::Internal,
        }
    }
}

/// A request that was understood.
struct Order {
    draft: Draft,
    format: Format,
    revocable: bool,
    /// The type that searches compare; empty if there is only `VerifiableCredential`.
    kind: String,
    subject: Did,
}

impl Issuer {
    /// Makes, signs and stores a credential.
    pub async fn issue(&self, request: IssueRequest) -> Result<Credential, IssueError> {
        let now = self.env.clock.now();
        let order = self.understand(request, now)?;
        let key =
            self.subjects.signing_key(&order.draft.issuer).await.map_err(IssueError::NoKey)?;
        self.rehearse(&order, &key)?;
        self.trust(&order).await?;
        if !order.revocable {
            if order.draft.expires_at.is_none() {
                tracing::warn!(
                    credential.id = order.draft.id,
                    "issuing a credential that never ends and cannot be revoked"
                );
            }
            return self.sign_and_store(order, &key, None).await;
        }
        // Last of all, so that a request that fails takes no place.
        let reserved = self.status_lists.reserve(&order.draft.issuer).await?;
        let issued = self.sign_and_store(order, &key, Some(&reserved.place)).await;
        // Not after a failure of the database, which may have stored the credential all the same.
        if let Err(IssueError::Key(_)) = issued {
            self.status_lists.give_back(&reserved).await;
        }
        issued
    }

    /// Reads a request. In this order: the first failing check decides what the caller reads.
    fn understand(&self, request: IssueRequest, now: OffsetDateTime) -> Result<Order, IssueError> {
        let issuer = parse_issuer(&request.issuer)?;
        if let Some(option) = request.network_option {
            return Err(IssueError::IllegalOption { option });
        }
        if request.expiration_date.is_none() && request.with_status_list.is_none() {
            return Err(IssueError::NeitherEndNorStatus);
        }
        let expires_at = request.expiration_date.as_deref().map(date_time::parse).transpose();
        let expires_at = expires_at.map_err(IssueError::InvalidExpirationDate)?;
        let revocable = request.with_status_list == Some(true);
        // Stands for the place that is reserved at the end.
        let place = Place { list: ListKey { issuer: issuer.clone(), page: 1 }, index: 0 };
        let status = self.status_lists.entry(&place).to_value();
        let draft = Draft {
            id: format!("{issuer}#{}", uuid(self.env.random.as_ref())),
            issuer,
            contexts: request.contexts,
            types: request.types,
            subjects: request.subjects,
            issued_at: now,
            expires_at,
            statuses: if revocable { vec![status] } else { Vec::new() },
        };
        let draft = draft.complete()?;
        if draft.types.iter().any(|kind| kind.contains(char::is_control)) {
            return Err(IssueError::ControlCharacter);
        }
        let format = parse_format(request.format.as_deref())?;
        let subject = single_subject(&draft)?;
        let kind = draft.types.iter().find(|kind| *kind != VERIFIABLE_CREDENTIAL);
        let kind = kind.cloned().unwrap_or_default();
        Ok(Order { draft, format, revocable, kind, subject })
    }

    /// Does everything but signing, so that all that can be wrong with a request shows before it takes a place in a list.
    fn rehearse(&self, order: &Order, key: &SigningKey) -> Result<(), IssueError> {
        let linked = order.draft.clone().into_json_ld(key, &self.processor);
        let credential = match (order.format, linked) {
            (Format::LdpVc, linked) => {
                Credential::from_value(linked.map_err(IssueError::Document)?.attach(&NO_SIGNATURE))?
            }
            (Format::JwtVc, linked) => {
                if let Err(cause) = linked {
                    tracing::warn!(credential.id = order.draft.id, %cause, "a JWT credential says what its contexts do not define");
                }
                Credential::parse(&order.draft.clone().into_jwt(key).attach(&NO_SIGNATURE))?
            }
        };
        Ok(validate::validate(&credential)?)
    }

    /// Who issues a type here is trusted with it here.
    async fn trust(&self, order: &Order) -> Result<(), IssueError> {
        let trust = Trust::parse(order.draft.issuer.as_str(), &order.kind)?;
        Ok(self.verifier.trust(&trust).await?)
    }

    async fn sign_and_store(
        &self,
        order: Order,
        key: &SigningKey,
        place: Option<&Place>,
    ) -> Result<Credential, IssueError> {
        let Order { mut draft, format, kind, subject, .. } = order;
        if let Some(place) = place {
            draft.statuses = vec![self.status_lists.entry(place).to_value()];
        }
        let id = draft.id.clone();
        let credential = self.sign(draft, format, key).await?;
        self.env
            .db
            .write("issuer.issue", async |tx| {
                store::insert_credential(tx, &id, &kind, &subject, &credential, place).await
            })
            .await?;
        Ok(credential)
    }

    async fn sign(
        &self,
        draft: Draft,
        format: Format,
        key: &SigningKey,
    ) -> Result<Credential, IssueError> {
        match format {
            Format::LdpVc => {
                let unsigned =
                    draft.into_json_ld(key, &self.processor).map_err(IssueError::Document)?;
                let signature = self.keys.sign(&key.id, unsigned.signing_input()).await?;
                Ok(Credential::from_value(unsigned.attach(&signature))?)
            }
            Format::JwtVc => {
                let unsigned = draft.into_jwt(key);
                let signature = self.keys.sign(&key.id, unsigned.signing_input()).await?;
                Ok(Credential::parse(&unsigned.attach(&signature))?)
            }
        }
    }
}

fn parse_issuer(text: &str) -> Result<Did, IssueError> {
    if text.is_empty() {
        return Err(IssueError::MissingIssuer);
    }
    let issuer = Did::parse(text).map_err(|_| IssueError::InvalidIssuer)?;
    if issuer.method() != "web" {
        return Err(IssueError::UnsupportedMethod { method: issuer.method().to_owned() });
    }
    Ok(issuer)
}

fn parse_format(text: Option<&str>) -> Result<Format, IssueError> {
    match text {
        None | Some("" | "ldp_vc") => Ok(Format::LdpVc),
        Some("jwt_vc") => Ok(Format::JwtVc),
        Some(_) => Err(IssueError::UnsupportedFormat),
    }
}

/// The DID of the one subject.
fn single_subject(draft: &Draft) -> Result<Did, IssueError> {
    let [subject] = draft.subjects.as_slice() else {
        return Err(IssueError::SubjectCount { count: draft.subjects.len() });
    };
    let id = subject.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.ok_or(IssueError::Subject(SubjectError::NoId))?;
    Did::parse(id).map_err(|_| IssueError::Subject(SubjectError::NotADid))
}
