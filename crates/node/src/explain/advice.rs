//! The verdict in one line, and what to do about it.

use pecan_credentials::format::PresentationFormat;

use super::facts::{
    CandidateFacts, Check, CredentialFacts, DefinitionFacts, DescriptorFacts, Explanation, Fit,
    ServerFacts, WalletFacts, WalletOutcome, short,
};
use super::{About, Asked, Question};
use crate::client::{Problem, RemoteError, ServiceTokenError};

/// The most pieces of advice.
const ADVICE_MAX: usize = 8;
/// The most remarks on a definition that are repeated.
const WARNINGS_MAX: usize = 20;

/// A question that ended before there was a definition.
pub(super) fn unanswered(question: &Question, error: &ServiceTokenError) -> Explanation {
    let verdict = format!("no: it is not known what is asked of `{}`: {error}", question.subject);
    Explanation {
        is_fulfilled: false,
        verdict: short(&verdict),
        advice: vec![before_definition(question, error)],
        subject: question.subject.clone(),
        definition: None,
        server: None,
        wallets: Vec::new(),
    }
}

pub(super) fn explanation(
    question: &Question,
    asked: &Asked,
    format: Option<Result<PresentationFormat, String>>,
    wallets: Vec<WalletFacts>,
) -> Explanation {
    let chosen = wallets.iter().find(|wallet| wallet.outcome == WalletOutcome::Chosen);
    let (verdict, advice) = match (chosen, &format) {
        (Some(_), Some(Err(reason))) => (format!("no: {reason}"), vec![NO_FORMAT.to_owned()]),
        (Some(wallet), format) => {
            let format = format.as_ref().and_then(|format| format.as_ref().ok());
            (yes(question, wallet, format.copied()), Vec::new())
        }
        (None, _) => no(question, asked, &wallets),
    };
    Explanation {
        is_fulfilled: verdict.starts_with("yes"),
        verdict,
        advice,
        subject: question.subject.clone(),
        definition: Some(definition_facts(asked)),
        server: asked.server.as_ref().map(|server| ServerFacts {
            issuer: short(&server.issuer),
            token_endpoint: server.token_endpoint.as_deref().map(short),
            did_methods_supported: server.did_methods_supported.iter().map(|m| short(m)).collect(),
            presentation_format: format.and_then(Result::ok).map(PresentationFormat::name),
        }),
        wallets,
    }
}

const NO_FORMAT: &str = "Ask the operator of the authorization server to add `jwt_vp_json` or `ldp_vp` to `vp_formats_supported` \
     with an algorithm that this node has, or to widen `format` in the definition.";

fn definition_facts(asked: &Asked) -> DefinitionFacts {
    let definition = &asked.definition;
    let warnings = definition.warnings().iter().take(WARNINGS_MAX);
    DefinitionFacts {
        id: short(definition.id()),
        name: definition.name().map(short),
        source: short(&asked.source),
        warnings: warnings.map(|warning| short(&warning.to_string())).collect(),
    }
}

fn yes(question: &Question, wallet: &WalletFacts, format: Option<PresentationFormat>) -> String {
    let count = wallet.descriptors.iter().filter(|descriptor| descriptor.is_filled).count();
    let credentials = match count {
        0 => "a presentation without credentials".to_owned(),
        1 => "one credential".to_owned(),
        count => format!("{count} credentials"),
    };
    let format = format.map(|format| format!(", in format {format}")).unwrap_or_default();
    format!("yes: `{}` would present {credentials} of {}{format}", question.subject, wallet.did)
}

fn no(question: &Question, asked: &Asked, wallets: &[WalletFacts]) -> (String, Vec<String>) {
    let subject = &question.subject;
    let definition = short(asked.definition.id());
    let Some(wallet) = decisive(wallets) else {
        let verdict = format!("no: the authorization server resolves no DID of `{subject}`");
        let advice = "Ask its operator to support the method of these DIDs (`did_methods_supported`), \
                      or give the subject a DID of a method that is supported.";
        return (verdict, vec![advice.to_owned()]);
    };
    let unfilled: Vec<&DescriptorFacts> =
        wallet.descriptors.iter().filter(|descriptor| !descriptor.is_filled).collect();
    if wallet.ends_search || unfilled.is_empty() {
        let reason = wallet.reason.clone().unwrap_or_default();
        return (format!("no: {reason}"), about_selection(asked, wallet));
    }
    // Without a choice nothing is filled: what fits is not what is missing.
    let missing: Vec<&DescriptorFacts> = unfilled
        .iter()
        .copied()
        .filter(|descriptor| descriptor.candidates.iter().all(|row| row.fit > Fit::Fits))
        .collect();
    let missing = if missing.is_empty() { unfilled } else { missing };
    let names: Vec<String> = missing.iter().map(|found| format!("`{}`", found.id)).collect();
    let mut verdict = format!(
        "no: `{subject}` cannot fulfil `{definition}`, no credential for {}",
        short(&names.join(", "))
    );
    if let Some((credential, check)) = missing.first().and_then(|first| closest(wallet, first)) {
        verdict = format!("{verdict}; the closest, {}, is out: {}", name(credential), check.reason);
    }
    let advice =
        missing.iter().take(ADVICE_MAX).map(|descriptor| about(question, wallet, descriptor));
    (verdict, advice.collect())
}

/// The wallet whose refusal counts: one that ends the search, or else the first that is usable.
fn decisive(wallets: &[WalletFacts]) -> Option<&WalletFacts> {
    let mut usable = wallets.iter().filter(|wallet| wallet.outcome != WalletOutcome::NotUsable);
    let first = usable.clone().next();
    usable.find(|wallet| wallet.ends_search).or(first)
}

fn closest<'w>(
    wallet: &'w WalletFacts,
    descriptor: &'w DescriptorFacts,
) -> Option<(&'w CredentialFacts, &'w Check)> {
    let row = descriptor.candidates.first()?;
    Some((wallet.credentials.get(row.credential)?, row.check.as_ref()?))
}

/// What people call a credential.
fn name(credential: &CredentialFacts) -> String {
    let kind = credential.types.first().map_or("a credential", String::as_str);
    let origin = if credential.is_self_attested { "self-attested " } else { "" };
    match &credential.id {
        Some(id) if !credential.is_self_attested => format!("{kind} `{id}`"),
        Some(_) | None => format!("{origin}{kind}"),
    }
}

/// What to do about one descriptor.
fn about(question: &Question, wallet: &WalletFacts, descriptor: &DescriptorFacts) -> String {
    let id = &descriptor.id;
    let load = format!("load it with POST /internal/vcr/v2/holder/{}/vc", question.subject);
    let Some((credential, check)) = closest(wallet, descriptor) else {
        if let (Some(reason), false) = (&wallet.reason, descriptor.candidates.is_empty()) {
            return format!(
                "`{id}`: a credential fits, but the choice as a whole fails: {reason}."
            );
        }
        return format!(
            "`{id}`: {} holds no credential. Get one from an issuer that the definition accepts and {load}, \
             or pass a self-attested one in `credentials`.",
            wallet.did
        );
    };
    let who = credential.issuer.as_deref().unwrap_or("its issuer");
    let kind = credential.types.first().map_or("credential", String::as_str);
    let field = check.field.as_deref().unwrap_or_default();
    let expected = check.expected.as_deref().unwrap_or_default();
    match check.check {
        "expired" | "revoked" => format!(
            "`{id}`: {} would fit but is {}. Ask {who} for a new {kind} and {load}.",
            name(credential),
            check.reason
        ),
        "not_yet_valid" => format!(
            "`{id}`: {} would fit but is {}. Wait, or compare the clock of this machine with that of {who}.",
            name(credential),
            check.reason
        ),
        "issuer_method" | "jwt_in_json_ld" | "format" | "algorithm" | "proof_type" => format!(
            "`{id}`: {} is out: {}. Ask {who} for the same {kind} in another form, or the operator of the server to accept this one.",
            name(credential),
            check.reason
        ),
        "status_unknown" => format!(
            "`{id}`: {} would fit but is {}. See that this machine reaches the status list of {who}, or what \
             the configuration says about unknown statuses.",
            name(credential),
            check.reason
        ),
        "not_accepted" => format!(
            "`{id}`: {} would fit, but this node does not accept it: {}. POST /internal/vcr/v2/verifier/vc checks it again.",
            name(credential),
            check.reason
        ),
        "selection" => format!(
            "`{id}`: `credential_selection` leaves none: {}. Select a value that a credential has.",
            check.reason
        ),
        "type" => format!(
            "`{id}`: nothing of type {expected} is held. Get one and {load}, or, if the definition accepts what the holder \
             states itself, pass it in `credentials`."
        ),
        "issuer" => format!(
            "`{id}`: {} has the right type, but is {}. Get one from an issuer that the definition names, or ask whoever \
             owns the definition to accept {who}.",
            name(credential),
            check.reason
        ),
        "unmatchable" | "too_costly" => {
            format!("`{id}`: {}. That is for whoever owns the definition to repair.", check.reason)
        }
        _ => format!(
            "`{id}`: {} has the right type, but {}. Ask {who} for one with another `{field}`, or whoever owns the \
             definition what it is meant to accept.",
            name(credential),
            check.reason
        ),
    }
}

/// What to do when the credentials are there and the selection is not clear.
fn about_selection(asked: &Asked, wallet: &WalletFacts) -> Vec<String> {
    let mut advice = Vec::new();
    for descriptor in &wallet.descriptors {
        let rivals: Vec<&CandidateFacts> =
            descriptor.candidates.iter().filter(|row| row.fit == Fit::Fits).collect();
        if rivals.len() > 1 {
            advice.push(differences(descriptor, &rivals));
        }
    }
    let mut ids: Vec<&str> = asked.definition.field_ids().collect();
    ids.sort_unstable();
    ids.dedup();
    let ids = short(&ids.join("`, `"));
    advice.truncate(ADVICE_MAX - 1);
    advice.push(format!("The definition has these field ids to select by: `{ids}`."));
    advice
}

/// By which fields the credentials that fit can be told apart.
fn differences(descriptor: &DescriptorFacts, rivals: &[&CandidateFacts]) -> String {
    let count = rivals.len();
    let mut told = Vec::new();
    let fields = rivals.first().map_or(&[][..], |first| &first.fields);
    for (index, field) in fields.iter().enumerate() {
        let Some(id) = &field.id else { continue };
        let mut values: Vec<&str> =
            rivals.iter().filter_map(|row| row.fields.get(index)?.value.as_deref()).collect();
        values.sort_unstable();
        values.dedup();
        if values.len() > 1 {
            told.push(format!("`{id}`: {}", short(&values.join(" or "))));
        }
    }
    if told.is_empty() {
        return format!(
            "`{}`: {count} credentials fit and no field tells them apart; delete those that are not needed from the wallet.",
            descriptor.id
        );
    }
    format!(
        "`{}`: {count} credentials fit; say in `credential_selection` which one is meant, by {}.",
        descriptor.id,
        told.join("; or by ")
    )
}

/// What to do when there is no definition yet.
fn before_definition(question: &Question, error: &ServiceTokenError) -> String {
    let scope = match &question.about {
        About::Scope(scope) | About::Server { scope, .. } => short(scope),
        About::Definition(_) => String::new(),
    };
    match error {
        ServiceTokenError::Remote(RemoteError::Metadata { attempts, .. }) => {
            let other = attempts.iter().find_map(|(_, problem)| match problem {
                Problem::OtherIssuer { found, .. } => Some(found),
                _ => None,
            });
            match other {
                Some(found) => format!(
                    "The server calls itself `{}`: use exactly that as `authorization_server`, to the last slash.",
                    short(found)
                ),
                None => "Check `authorization_server`: it is an issuer identifier such as \
                         https://host/oauth2/name, compared byte by byte, and it must be reachable from this machine."
                    .to_owned(),
            }
        }
        ServiceTokenError::Remote(RemoteError::DefinitionRefused(_)) => format!(
            "The server does not know the scope `{scope}`: ask its operator which scopes it offers."
        ),
        ServiceTokenError::Remote(_) => {
            "The server's presentation definition endpoint does not work: \
                                         tell its operator what the line above says."
                .to_owned()
        }
        ServiceTokenError::UnknownLocalScope(_)
        | ServiceTokenError::NoOrganizationDefinition { .. } => format!(
            "No policy file of this node defines `{scope}` for organisations: look into the folder `policy.directory`."
        ),
        _ => "A token request ends with the same words.".to_owned(),
    }
}
