//! What one rule of a Consent gives or takes: whom, what, and until when.

use pecan_credentials::date_time;
use time::{Duration, OffsetDateTime};

use super::super::draft::Draft;
use super::super::fact::{Effect, Peer};
use super::super::resource::is_reference;
use super::ConsentProblem;
use super::element::Element;

/// The systems of `action`: R4 and STU3.
const ACTION_SYSTEMS: [&str; 2] =
    ["http://terminology.hl7.org/CodeSystem/consentaction", "http://hl7.org/fhir/consentaction"];
/// The systems of the roles of actors: R4 and STU3.
const ROLE_SYSTEMS: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
    "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
    "http://hl7.org/fhir/v3/ParticipationType",
];
/// The roles of those who get something: information recipient, primary information recipient.
const RECIPIENTS: [&str; 2] = ["IRCP", "PRCP"];
/// The system of the numbers of care providers.
const URA_SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/ura";

/// Elements that say who consented, how and about whom, and take nothing back.
const ABOUT: [&str; 22] = [
    "resourceType",
    "id",
    "meta",
    "language",
    "text",
    "extension",
    "identifier",
    "status",
    "category",
    "patient",
    "dateTime",
    "organization",
    "policy",
    "policyRule",
    "performer",
    "consentingParty",
    "sourceAttachment",
    "sourceReference",
    "sourceIdentifier",
    "verification",
    "scope",
    "contained",
];
/// Elements of a rule that facts can say.
const SAID: [&str; 6] = ["period", "actor", "action", "data", "id", "extension"];

/// How deep rules lie in rules.
const DEPTH_MAX: usize = 4;

/// One rule.
#[derive(Clone)]
pub(super) struct Rule {
    effect: Effect,
    /// Organisations by number.
    actors: Vec<String>,
    /// References of resources on this server.
    data: Vec<String>,
    actions: Vec<Action>,
    ends_at: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    /// Retrieve.
    Access,
    /// Amend.
    Correct,
}

impl Rule {
    /// The rules of a Consent. One of R4 has `provision`, one of STU3 its rule at the top.
    pub(super) fn all_of(
        consent: &Element<'_>,
        now: OffsetDateTime,
    ) -> Result<Vec<Self>, ConsentProblem> {
        if consent.text("status")? != "active" {
            return Err(consent.problem("status", "is not `active`"));
        }
        let nothing = Self {
            effect: Effect::Permit,
            actors: Vec::new(),
            data: Vec::new(),
            actions: Vec::new(),
            ends_at: None,
        };
        let mut rules = Vec::new();
        if let Some(provision) = consent.find("provision")? {
            consent.refuse_all_but(&[&ABOUT[..], &["provision"]].concat())?;
            nothing.add_provision(&provision, now, 0, &mut rules)?;
            return Ok(rules);
        }
        consent.refuse_all_but(&[&ABOUT[..], &SAID[..], &["except"]].concat())?;
        let base = nothing.within(consent, now)?;
        for except in consent.list("except")? {
            except.refuse_all_but(&[&SAID[..], &["type"]].concat())?;
            let effect = effect(&except)?;
            let rule = Self { effect, ..base.within(&except, now)? };
            rules.push(rule.checked(&except)?);
        }
        rules.push(base.checked(consent)?);
        Ok(rules)
    }

    /// R4: a rule, and those within it, which take over what they do not say.
    fn add_provision(
        &self,
        provision: &Element<'_>,
        now: OffsetDateTime,
        depth: usize,
        rules: &mut Vec<Self>,
    ) -> Result<(), ConsentProblem> {
        if depth == DEPTH_MAX {
            return Err(provision.problem("provision", "lies too deep"));
        }
        provision.refuse_all_but(&[&SAID[..], &["type", "provision"]].concat())?;
        let inner = provision.list("provision")?;
        let rule = self.within(provision, now)?;
        // A frame around other rules has no type of its own; what it means depends on `policyRule`.
        let is_frame = !provision.has("type") && !inner.is_empty() && depth == 0;
        if !is_frame {
            let rule = Self { effect: effect(provision)?, ..rule.clone() };
            rules.push(rule.checked(provision)?);
        }
        inner.iter().try_for_each(|inner| rule.add_provision(inner, now, depth + 1, rules))
    }

    /// What an element says, and else what the one around it says.
    fn within(&self, element: &Element<'_>, now: OffsetDateTime) -> Result<Self, ConsentProblem> {
        let mut rule = self.clone();
        if element.has("actor") {
            rule.actors = element.list("actor")?.iter().map(actor).collect::<Result<_, _>>()?;
        }
        if element.has("data") {
            rule.data = element.list("data")?.iter().map(data).collect::<Result<_, _>>()?;
        }
        if element.has("action") {
            rule.actions = element.list("action")?.iter().map(action).collect::<Result<_, _>>()?;
        }
        if let Some(period) = element.find("period")? {
            let end = end(&period, now)?;
            rule.ends_at = rule.ends_at.into_iter().chain(end).min();
        }
        Ok(rule)
    }

    /// SECURITY: in FHIR, what a rule leaves out is everybody and everything; that is never guessed.
    fn checked(self, element: &Element<'_>) -> Result<Self, ConsentProblem> {
        let members = [
            ("actor", self.actors.is_empty()),
            ("data", self.data.is_empty()),
            ("action", self.actions.is_empty()),
        ];
        match members.into_iter().find(|(_, is_missing)| *is_missing) {
            None => Ok(self),
            Some((member, _)) => Err(element.problem(member, "is missing")),
        }
    }

    /// A draft for each actor and resource.
    pub(super) fn drafts<'r>(
        &'r self,
        scope: &'r str,
        task: Option<&'r str>,
    ) -> impl Iterator<Item = Draft> + 'r {
        let pairs =
            self.actors.iter().flat_map(|ura| self.data.iter().map(move |data| (ura, data)));
        pairs.map(move |(ura, data)| Draft {
            scope: scope.to_owned(),
            peer: Peer { client_id: None, ura: Some(ura.clone()) },
            resource: data.clone(),
            operations: self.operations(data),
            effect: Some(self.effect.name().to_owned()),
            expires_at: self.ends_at.map(date_time::format),
            task: task.map(str::to_owned),
            ..Draft::default()
        })
    }

    fn operations(&self, data: &str) -> Vec<String> {
        let mut names = Vec::new();
        // SECURITY: there are many ways to see something; whoever may not see it may do nothing with it.
        if self.effect == Effect::Deny && self.actions.contains(&Action::Access) {
            return vec!["*".to_owned()];
        }
        if self.actions.contains(&Action::Access) {
            names.extend(["read", "vread", "history"]);
            // The document of a Composition is what it refers to, put together.
            if data.starts_with("Composition/") {
                names.push("document");
            }
        }
        if self.actions.contains(&Action::Correct) {
            names.extend(["update", "patch"]);
        }
        names.into_iter().map(str::to_owned).collect()
    }
}

fn effect(element: &Element<'_>) -> Result<Effect, ConsentProblem> {
    Effect::find(element.text("type")?)
        .ok_or_else(|| element.problem("type", "is neither `permit` nor `deny`"))
}

fn actor(actor: &Element<'_>) -> Result<String, ConsentProblem> {
    actor.refuse_all_but(&["role", "reference", "id", "extension"])?;
    if let Some(role) = actor.find("role")?
        && !RECIPIENTS.contains(&role.code(&ROLE_SYSTEMS)?)
    {
        return Err(role.problem("coding", "is no role of a recipient"));
    }
    let identifier = actor.one("reference")?.one("identifier")?;
    if identifier.text("system")? != URA_SYSTEM {
        return Err(identifier.problem("system", "is not that of the URA"));
    }
    identifier.text("value").map(str::to_owned)
}

fn data(data: &Element<'_>) -> Result<String, ConsentProblem> {
    data.refuse_all_but(&["meaning", "reference", "id", "extension"])?;
    if data.text("meaning")? != "instance" {
        return Err(data.problem("meaning", "is not `instance`"));
    }
    let reference = data.one("reference")?;
    let text = reference.text("reference")?;
    if is_reference(text) {
        Ok(text.to_owned())
    } else {
        Err(reference.problem("reference", "is not of the form `Type/id`"))
    }
}

fn action(action: &Element<'_>) -> Result<Action, ConsentProblem> {
    match action.code(&ACTION_SYSTEMS)? {
        "access" => Ok(Action::Access),
        "correct" => Ok(Action::Correct),
        _ => Err(action.problem("coding", "is neither `access` nor `correct`")),
    }
}

/// When a period ends. It must have begun, since a fact holds from the moment it is laid down.
fn end(
    period: &Element<'_>,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, ConsentProblem> {
    period.refuse_all_but(&["start", "end", "id", "extension"])?;
    if period.has("start") {
        let start = period.text("start")?;
        let start = moment(start).ok_or_else(|| period.problem("start", "is no date or time"))?;
        if start > now {
            return Err(period.problem("start", "has not come yet"));
        }
    }
    if !period.has("end") {
        return Ok(None);
    }
    let text = period.text("end")?;
    let end = moment(text).ok_or_else(|| period.problem("end", "is no date or time"))?;
    // A date is the whole day (FHIR R4, Period): it ends with the next one, in UTC.
    let end = if text.contains('T') { end } else { end.saturating_add(Duration::DAY) };
    if end <= now {
        return Err(period.problem("end", "has passed"));
    }
    Ok(Some(end))
}

/// A date or a time. Years and months alone are not taken.
fn moment(text: &str) -> Option<OffsetDateTime> {
    if text.contains('T') {
        return date_time::parse(text).ok();
    }
    date_time::parse(&format!("{text}T00:00:00Z")).ok()
}
