//! Looks into the wallet of one DID: what could be presented, what was chosen, and what is the matter with the rest.

use std::sync::Arc;

use pecan_credentials::credential::Credential;
use pecan_credentials::did::Did;
use pecan_credentials::exchange::select::{Choice, Mapping, NoChoice, Selection};
use pecan_credentials::exchange::{
    Candidate, Definition, Descriptor, FieldValue, Match, reading::Reading,
};
use pecan_credentials::format::PresentationFormat;
use serde_json::Value;
use time::OffsetDateTime;

use super::facts::{
    CandidateFacts, Check, CredentialFacts, DescriptorFacts, FieldFacts, Fit, WalletFacts,
    WalletOutcome, short,
};
use super::{ExplainError, Explainer, check};
use crate::client::offer::{self, Terms};
use crate::client::self_attested;
use crate::client::service_token::PRESENTED_BEFORE;
use crate::verifier::Signature;

/// The most credentials of one wallet that are looked at.
const CREDENTIALS_LOOKED_AT_MAX: usize = 200;
/// The most credentials that are shown with one descriptor.
const CANDIDATES_SHOWN_MAX: usize = 25;
/// The most pairs of descriptor and credential that are compared in one wallet.
const PAIRS_MAX: usize = 5_000;

/// What a wallet is looked at with.
pub(super) struct View {
    pub(super) selection: Selection,
    /// The self-attested ones.
    pub(super) credentials: Vec<Value>,
    pub(super) definition: Definition,
    /// Those of the server, if there is one.
    pub(super) did_methods: Option<Vec<String>>,
    pub(super) format: Option<PresentationFormat>,
    pub(super) now: OffsetDateTime,
}

/// A credential, and what keeps it from being presented.
struct Held {
    credential: Credential,
    is_self_attested: bool,
    problem: Option<Check>,
}

impl Explainer {
    pub(super) async fn look_into(
        &self,
        did: &Did,
        view: &Arc<View>,
    ) -> Result<WalletFacts, ExplainError> {
        let (held, left_out) = self.hold(did, view).await?;
        let (did, view) = (did.clone(), Arc::clone(view));
        // SECURITY: the definition may be another party's, and a costly one must not keep everybody else waiting.
        let facts = tokio::task::spawn_blocking(move || examine(&did, &view, &held, left_out));
        facts.await.map_err(|_| ExplainError::Failed)
    }

    /// Everything that a DID holds or states, and how much more there is.
    async fn hold(&self, did: &Did, view: &View) -> Result<(Vec<Held>, usize), ExplainError> {
        let stated_at = view.now - PRESENTED_BEFORE;
        let stated = self_attested::fill(&view.credentials, did, &*self.env.random, stated_at);
        let stated = stated.map_err(ExplainError::Request)?.into_iter();
        let mut held: Vec<Held> = stated
            .map(|credential| Held { credential, is_self_attested: true, problem: None })
            .collect();
        let mut stored = self.wallet.all(did).await?;
        let left_out = stored.len().saturating_sub(CREDENTIALS_LOOKED_AT_MAX);
        stored.truncate(CREDENTIALS_LOOKED_AT_MAX);
        for credential in stored {
            let problem = self.find_problem(&credential, view).await;
            held.push(Held { credential, is_self_attested: false, problem });
        }
        Ok((held, left_out))
    }

    async fn find_problem(&self, credential: &Credential, view: &View) -> Option<Check> {
        if let Some(check) = check::dates(credential, view.now) {
            return Some(check);
        }
        let accepted = self.verifier.credential(credential, Signature::Trusted, view.now).await;
        if let Err(error) = accepted {
            return Some(check::refused(&error));
        }
        let terms = Terms { did_methods: view.did_methods.as_deref(), format: view.format };
        offer::unsuitable(credential, terms).map(|unsuitable| check::unsuitable(&unsuitable))
    }
}

fn examine(did: &Did, view: &View, held: &[Held], credentials_left_out: usize) -> WalletFacts {
    let is_offered = |(_, held): &(usize, &Held)| held.problem.is_none();
    let (offered, candidates): (Vec<usize>, Vec<Candidate<'_>>) = held
        .iter()
        .enumerate()
        .filter(is_offered)
        .map(|(index, held)| (index, Candidate::from(&held.credential)))
        .unzip();
    let choice = view.definition.select(&candidates, &view.selection);
    let (outcome, reason) = outcome(did, view, &choice);
    let is_final = choice.as_ref().is_err_and(|no_choice| !no_choice.is_about_the_wallet());
    let mappings = choice.as_ref().map_or(&[][..], |choice| &choice.mappings);
    WalletFacts {
        did: did.to_string(),
        outcome,
        reason,
        ends_search: is_final && outcome == WalletOutcome::Refused,
        credentials: held.iter().map(facts).collect(),
        credentials_left_out,
        descriptors: descriptors(view, held, &offered, mappings),
    }
}

/// Which wallet is used: the first that fulfils the definition, unless one before it ends the search.
pub(super) fn settle(wallets: &mut [WalletFacts]) {
    let mut is_over = false;
    for wallet in wallets {
        if is_over && wallet.outcome == WalletOutcome::Chosen {
            wallet.outcome = WalletOutcome::AlsoFulfils;
        }
        is_over |= wallet.outcome == WalletOutcome::Chosen || wallet.ends_search;
    }
}

fn outcome(
    did: &Did,
    view: &View,
    choice: &Result<Choice<'_>, NoChoice>,
) -> (WalletOutcome, Option<String>) {
    if let Some(methods) = &view.did_methods
        && !methods.iter().any(|method| method == did.method())
    {
        let methods = short(&methods.join(", "));
        let reason = format!(
            "the authorization server does not resolve did:{}; it names: {methods}",
            did.method()
        );
        return (WalletOutcome::NotUsable, Some(reason));
    }
    match choice {
        Ok(_) => (WalletOutcome::Chosen, None),
        Err(no_choice) => (WalletOutcome::Refused, Some(short(&no_choice.to_string()))),
    }
}

fn facts(held: &Held) -> CredentialFacts {
    let credential = &held.credential;
    CredentialFacts {
        id: credential.id().map(short),
        types: check::types(credential),
        issuer: credential.issuer().map(short),
        format: credential.format().name(),
        is_self_attested: held.is_self_attested,
        problem: held.problem.clone(),
    }
}

fn descriptors(
    view: &View,
    held: &[Held],
    offered: &[usize],
    mappings: &[Mapping<'_>],
) -> Vec<DescriptorFacts> {
    let mut pairs = PAIRS_MAX;
    let descriptors = view.definition.descriptors().iter().enumerate();
    let facts = descriptors.map(|(index, descriptor)| {
        let mapping = mappings.iter().find(|mapping| mapping.descriptor == index);
        let chosen = mapping.and_then(|mapping| offered.get(mapping.candidate)).copied();
        let compared = held.iter().enumerate().take(pairs);
        let mut candidates: Vec<CandidateFacts> = compared
            .map(|(position, held)| compare(view, descriptor, held, (position, chosen)))
            .collect();
        pairs = pairs.saturating_sub(candidates.len());
        candidates.sort_by_key(|facts| (facts.fit, std::cmp::Reverse(facts.fitting_fields)));
        candidates.truncate(CANDIDATES_SHOWN_MAX);
        DescriptorFacts {
            id: short(descriptor.id()),
            name: descriptor.name().map(short),
            purpose: descriptor.purpose().map(short),
            is_filled: mapping.is_some(),
            fields: mapping.map(|mapping| fields(descriptor, &mapping.values)).unwrap_or_default(),
            candidates,
        }
    });
    facts.collect()
}

fn compare(
    view: &View,
    descriptor: &Descriptor,
    held: &Held,
    (position, chosen): (usize, Option<usize>),
) -> CandidateFacts {
    let candidate = Candidate::from(&held.credential);
    let formats = view.definition.formats();
    let all = descriptor.fields().len();
    let made = |fit, check, fitting_fields| CandidateFacts {
        credential: position,
        fit,
        check,
        fitting_fields,
        fields: Vec::new(),
    };
    if chosen == Some(position) {
        return made(Fit::Chosen, None, all);
    }
    if let Some(mismatch) = descriptor.explain(formats, &candidate) {
        let (check, fitting) = check::mismatch(&mismatch, &held.credential);
        return made(Fit::DoesNotFit, Some(check), fitting);
    }
    if let Some(problem) = &held.problem {
        return made(Fit::FitsButUnusable, Some(problem.clone()), all);
    }
    let found = descriptor.find_match(formats, &candidate, Reading::Wider).ok().flatten();
    let check = found.as_ref().and_then(|found| not_selected(descriptor, found, &view.selection));
    let fit = if check.is_some() { Fit::NotSelected } else { Fit::Fits };
    let values = found.map(|found| fields(descriptor, &found.values)).unwrap_or_default();
    CandidateFacts { fields: values, ..made(fit, check, all) }
}

/// The selected field that has another value.
fn not_selected(
    descriptor: &Descriptor,
    found: &Match<'_>,
    selection: &Selection,
) -> Option<Check> {
    descriptor.fields().iter().zip(&found.values).find_map(|(field, value)| {
        let (key, wanted) = selection.get_key_value(field.id()?)?;
        let text = value.as_ref().and_then(FieldValue::selection_text);
        if text.as_deref() == Some(wanted) {
            return None;
        }
        let found = text.map(|text| short(&text));
        let shown = found.as_deref().unwrap_or("nothing to compare");
        let reason = format!("`{key}` is `{shown}`, selected: `{}`", short(wanted));
        let expected = Some(short(wanted));
        Some(Check {
            field: Some(short(key)),
            expected,
            found: found.clone(),
            ..Check::new("selection", reason)
        })
    })
}

fn fields(descriptor: &Descriptor, values: &[Option<FieldValue<'_>>]) -> Vec<FieldFacts> {
    let fields = descriptor.fields().iter().zip(values);
    let facts = fields.map(|(field, value)| FieldFacts {
        id: field.id().map(short),
        path: field.paths().first().map(|path| short(path.as_str())).unwrap_or_default(),
        value: value.as_ref().map(|value| short(&value.to_value().to_string())),
    });
    facts.collect()
}
