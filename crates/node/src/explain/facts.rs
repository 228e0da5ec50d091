//! What an explanation consists of: values that are written out as JSON, every text of bounded length.

use serde::Serialize;

/// The longest text from a credential, a definition or another party that is repeated, in characters.
const TEXT_CHARACTERS_MAX: usize = 200;

/// The whole answer.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Whether a token request would get as far as the token endpoint.
    pub is_fulfilled: bool,
    /// The answer in one line.
    pub verdict: String,
    /// What to do about it, the most promising first.
    pub advice: Vec<String>,
    /// The subject.
    pub subject: String,
    /// What is asked for; absent if that could not be found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<DefinitionFacts>,
    /// Who asks, if it is another authorization server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerFacts>,
    /// One for each DID of the subject, in order of preference.
    pub wallets: Vec<WalletFacts>,
}

/// What is asked for.
#[derive(Clone, Debug, Serialize)]
pub struct DefinitionFacts {
    /// Its id.
    pub id: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// What it says in vain.
    pub warnings: Vec<String>,
}

/// Who asks.
#[derive(Clone, Debug, Serialize)]
pub struct ServerFacts {
    /// Its issuer identifier.
    pub issuer: String,
    /// Where the token request would go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// The methods of the DIDs that it resolves.
    pub did_methods_supported: Vec<String>,
    /// The format of the presentation, if there is a shared one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presentation_format: Option<&'static str>,
}

/// One DID of the subject and what it holds.
#[derive(Clone, Debug, Serialize)]
pub struct WalletFacts {
    /// The DID.
    pub did: String,
    /// What became of it.
    pub outcome: WalletOutcome,
    /// Why, if it is not chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether wallets after it are not tried: what is wrong is wrong for all.
    #[serde(skip)]
    pub(super) ends_search: bool,
    /// What it holds, self-attested credentials first; candidates name them by position.
    pub credentials: Vec<CredentialFacts>,
    /// How many more it holds, which were not looked at.
    #[serde(skip_serializing_if = "is_zero")]
    pub credentials_left_out: usize,
    /// What is asked for, one by one.
    pub descriptors: Vec<DescriptorFacts>,
}

/// What became of a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WalletOutcome {
    /// It fulfils the definition, and is the first that does.
    Chosen,
    /// It fulfils the definition too.
    AlsoFulfils,
    /// It does not.
    Refused,
    /// The server does not resolve its DID.
    NotUsable,
}

/// One credential.
#[derive(Clone, Debug, Serialize)]
pub struct CredentialFacts {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its types, without the one that all have.
    pub types: Vec<String>,
    /// Its issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// `jwt_vc` or `ldp_vc`.
    pub format: &'static str,
    /// Whether it came with the question.
    pub is_self_attested: bool,
    /// Why it is not presented to anybody now, or not to this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Check>,
}

/// One descriptor, and how the credentials fit.
#[derive(Clone, Debug, Serialize)]
pub struct DescriptorFacts {
    /// Its id.
    pub id: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why it asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Whether a credential is chosen for it.
    pub is_filled: bool,
    /// What the fields found in the chosen credential.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldFacts>,
    /// The credentials, the closest first.
    pub candidates: Vec<CandidateFacts>,
}

/// A field and the value that it found.
#[derive(Clone, Debug, Serialize)]
pub struct FieldFacts {
    /// Its id, under which the server will know the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where it looks first.
    pub path: String,
    /// The value as JSON, shortened; absent if the field is optional and there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// How a credential fits a descriptor.
#[derive(Clone, Debug, Serialize)]
pub struct CandidateFacts {
    /// Its position among the credentials of the wallet.
    pub credential: usize,
    /// How well it fits.
    pub fit: Fit,
    /// What keeps it out.
    #[serde(flatten)]
    pub check: Option<Check>,
    /// How many fields of the descriptor fit before the one that does not.
    pub fitting_fields: usize,
    /// What the fields found, if it fits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldFacts>,
}

/// How well a credential fits, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// It is chosen.
    Chosen,
    /// It fits as well, and others come first.
    Fits,
    /// It would fit, but it cannot be presented.
    FitsButUnusable,
    /// It would fit, but another one is selected.
    NotSelected,
    /// It does not fit.
    DoesNotFit,
}

/// One check that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name, which does not change: `expired`, `revoked`, `issuer`, `pattern`, …
    pub check: &'static str,
    /// What is the matter, for people.
    pub reason: String,
    /// The id or the path of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it had to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Check {
    /// A check that is not about a field.
    pub(super) fn new(check: &'static str, reason: impl Into<String>) -> Self {
        Self { check, reason: reason.into(), field: None, expected: None, found: None }
    }
}

/// A text of at most [`TEXT_CHARACTERS_MAX`], without control characters: some terminals obey them.
pub(super) fn short(text: &str) -> String {
    let mut characters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = characters.by_ref().take(TEXT_CHARACTERS_MAX).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
