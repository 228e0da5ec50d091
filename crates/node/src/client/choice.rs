//! Chooses what is presented among what is offered, and says why nothing can be.

use pecan_credentials::credential::Credential;
use pecan_credentials::did::Did;
use pecan_credentials::exchange::field::FieldPath;
use pecan_credentials::exchange::mismatch::{Unmatchable, UnmatchableReason};
use pecan_credentials::exchange::negotiate::NoSharedFormat;
use pecan_credentials::exchange::select::{NoChoice, NoWallet, Selection};
use pecan_credentials::exchange::submission::Submission;
use pecan_credentials::exchange::{Candidate, Definition, Descriptor, Field};
use pecan_credentials::format::PresentationFormat;

use super::Client;
use super::error::ServiceTokenError;
use super::offer::Offer;

/// What is presented.
pub(super) struct Chosen {
    pub(super) did: Did,
    pub(super) credentials: Vec<Credential>,
    pub(super) submission: Submission,
    pub(super) format: PresentationFormat,
}

impl Client {
    /// Chooses, and beside the requests of others where that may take long.
    // SECURITY: the server writes the definition, and a costly one must not keep everybody else waiting.
    pub(super) async fn run(&self, task: Task) -> Result<Chosen, ServiceTokenError> {
        if task.pairs() <= PAIRS_AT_ONCE_MAX {
            return task.choose();
        }
        let alone = self.costly_choices.acquire().await;
        let chosen = tokio::task::spawn_blocking(move || task.choose()).await;
        drop(alone);
        chosen.unwrap_or(Err(ServiceTokenError::ChoiceFailed))
    }
}

/// The most pairs of descriptor and credential that are matched on the spot.
const PAIRS_AT_ONCE_MAX: usize = 256;

/// What is chosen from, and by what.
pub(super) struct Task {
    pub(super) offers: Vec<Offer>,
    pub(super) definition: Definition,
    pub(super) selection: Selection,
    /// That there is none is only told of a choice that could be presented.
    pub(super) format: Result<PresentationFormat, NoSharedFormat>,
    /// Becomes the id of the submission.
    pub(super) id: String,
}

impl Task {
    fn pairs(&self) -> usize {
        let credentials: usize = self.offers.iter().map(|offer| offer.credentials.len()).sum();
        credentials.saturating_mul(self.definition.descriptors().len())
    }

    /// Chooses the first DID that fulfils the whole definition, and its credentials.
    fn choose(self) -> Result<Chosen, ServiceTokenError> {
        let Self { offers, definition, selection, format, id } = self;
        let wallets: Vec<Vec<Candidate<'_>>> = offers.iter().map(candidates).collect();
        let slices: Vec<&[Candidate<'_>]> = wallets.iter().map(Vec::as_slice).collect();
        let (index, choice) = definition
            .select_wallet(&slices, &selection)
            .map_err(|no_wallet| no_match(&offers, &definition, no_wallet))?;
        let format = format.map_err(ServiceTokenError::NoSharedFormat)?;
        let (offer, wallet) = offers
            .get(index)
            .zip(slices.get(index))
            .expect("a choice is made from one of the wallets, and there is one per offer");
        let chosen =
            choice.mappings.iter().filter_map(|mapping| offer.credentials.get(mapping.candidate));
        Ok(Chosen {
            did: offer.did.clone(),
            credentials: chosen.cloned().collect(),
            submission: Submission::build(id, &definition, &choice, wallet, format),
            format,
        })
    }
}

fn candidates(offer: &Offer) -> Vec<Candidate<'_>> {
    offer.credentials.iter().map(Candidate::from).collect()
}

fn no_match(offers: &[Offer], definition: &Definition, no_wallet: NoWallet) -> ServiceTokenError {
    let mut refusals = no_wallet.refusals;
    let mut text = String::new();
    for (offer, refusal) in offers.iter().zip(&refusals) {
        let reason = match refusal {
            NoChoice::Unmatchable { candidate, cause } => {
                unmatchable(definition, offer.credentials.get(*candidate), cause)
            }
            refusal => refusal.to_string(),
        };
        let separator = if text.is_empty() { "" } else { "\n" };
        text = format!(
            "{text}{separator}failed to match presentation definition for {}: {reason}",
            offer.did
        );
    }
    // The last one is final, or as good as the others. Without a wallet nothing was chosen from.
    let no_choice = Box::new(refusals.pop().unwrap_or(NoChoice::Unsettled));
    match *no_choice {
        NoChoice::UnknownField { .. } => ServiceTokenError::Selection(no_choice),
        _ => ServiceTokenError::NoMatch { text, no_choice },
    }
}

/// The words that callers know for a definition which cannot be matched at all.
fn unmatchable(
    definition: &Definition,
    credential: Option<&Credential>,
    cause: &Unmatchable,
) -> String {
    let descriptor = definition.descriptors().iter().find(|found| found.id() == cause.descriptor);
    let name = descriptor.and_then(Descriptor::name).unwrap_or_default();
    let id = credential.and_then(Credential::id).unwrap_or_default();
    let paths = descriptor.and_then(|found| found.fields().get(cause.field)).map(Field::paths);
    let first = paths.and_then(|paths| paths.first()).map_or("", FieldPath::as_str);
    let (path, reason) = match &cause.reason {
        UnmatchableReason::Object | UnmatchableReason::Null => {
            (first, "unsupported filter".to_owned())
        }
        UnmatchableReason::BadPath { path, error } => {
            (path.as_str(), format!("parsing error: {error}"))
        }
        UnmatchableReason::BadPattern { pattern, error } => {
            (first, format!("`{pattern}` is no pattern: {error}"))
        }
    };
    format!(
        "failed to match constraint for input descriptor '{name}' and credential '{id}': path {path:?}: {reason}"
    )
}
