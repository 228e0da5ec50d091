//! One decision, from question to answer.

use pecan_platform::random;
use time::OffsetDateTime;

use super::facts::{self, Facts, Place};
use super::input::{self, Input};
use super::log::{self, Record};
use super::lookup::Lookups;
use super::obligations::Duties;
use super::policies::{self, Asking};
use super::proof::Asked;
use super::routes::{Found, Prepared};
use super::target::Target;
use super::token::Client;
use super::{Allowed, Decision, Denied, Gateway, Outcome, Question, Registration, headers};

impl Gateway {
    /// Whether one request may pass.
    pub async fn decide(&self, gateway: &Registration, question: Question) -> Decision {
        let now = self.env.clock.now();
        let id = random::uuid(&*self.env.random);
        let mut record = Record::default();
        let outcome = match self.judge(gateway, &question, &id, &mut record, now).await {
            Ok(allowed) => Outcome::Allow(Box::new(allowed)),
            Err(denied) => Outcome::Deny(denied),
        };
        log::write(&id, gateway, &question, &record, &outcome);
        Decision { id, outcome }
    }

    // In this order: what the client is told depends on the first check that fails, and the proof is used up when nothing
    // else can fail.
    async fn judge(
        &self,
        gateway: &Registration,
        question: &Question,
        id: &str,
        record: &mut Record,
        now: OffsetDateTime,
    ) -> Result<Allowed, Denied> {
        let target = Target::parse(&question.target).map_err(Denied::forbidden)?;
        let Found { route, rest } = self.find_route(gateway, question, &target)?;
        record.route.clone_from(&route.route.name);
        headers::check(question, gateway).map_err(Denied::forbidden)?;
        let client = self.find_client(&route, gateway, question, now).await?;
        client.text("client_id").clone_into(&mut record.client);
        let asked = Asked { question, rest };
        let proof = self.check_proof(&route, gateway, &client, asked, now).await?;
        check_certificate(&route, gateway, question, now)?;
        let facts = facts::read(&route, gateway, question, &target, rest);
        let facts = facts.map_err(Denied::forbidden)?;
        let request = Judged { route: &route, gateway, client: &client, facts: &facts };
        let input = Input::new(&route, gateway, &client, question, now);
        let lookups = Lookups::default();
        let asking = Asking { input, lookups, place: Place::Whole, fhir: None };
        let duties = self.ask_about_all(request, asking, record).await?;
        let narrowing = duties.narrowing(&facts, &gateway.abilities).map_err(Denied::forbidden)?;
        let identity = self.identity(&route, client, id, now).await.map_err(|error| {
            Denied::forbidden(format!("the identity cannot be signed: {error}"))
        })?;
        self.use_up(&route, proof.as_ref(), now).await?;
        Ok(Allowed { identity, narrowing, obligations: duties.others })
    }

    fn find_route<'t>(
        &self,
        gateway: &Registration,
        question: &Question,
        target: &'t Target<'_>,
    ) -> Result<Found<'t>, Denied> {
        let authority = question.authority.as_deref().or(target.origin.map(|(_, it)| it));
        let found = self
            .prepared
            .routes
            .find(gateway, authority, &target.path)
            .map_err(Denied::forbidden)?;
        // RFC 9112 §3.2.2: what stands in the target outranks `Host`, for the server behind at least.
        if let Some((scheme, authority)) = target.origin
            && !found.route.has_authority(scheme, authority)
        {
            return Err(Denied::forbidden("the request target is for another server"));
        }
        Ok(found)
    }

    /// Asks about each part of a request: one denied part denies the whole.
    async fn ask_about_all<'r>(
        &self,
        request: Judged<'r>,
        mut asking: Asking<'r>,
        record: &mut Record,
    ) -> Result<Duties, Denied> {
        let scopes = policies::of_scopes(request.route, request.client.text("scope"));
        let parts = request.facts.parts();
        // SECURITY: a request of no parts was allowed by nobody.
        if parts.is_empty() {
            return Err(Denied::forbidden("the request asks for nothing"));
        }
        let is_single = parts.len() == 1;
        let mut whole = Duties::default();
        for (index, part) in parts.into_iter().enumerate() {
            let access = self.find_access(request, &part.resources).await;
            let access = access.map_err(Denied::forbidden)?;
            asking.input.set_part(part.members, part.patient_id, access);
            (asking.place, asking.fhir) = (part.place, part.fhir);
            let asked = self.ask(request, &scopes, &mut asking).await;
            let (duties, policy) = asked.map_err(|reason| {
                let place = if is_single { String::new() } else { format!("part {index}: ") };
                Denied::forbidden(format!("{place}{reason}"))
            })?;
            record.add_policy(&policy);
            whole.add(duties).map_err(Denied::forbidden)?;
            // A large Bundle does not hold up other requests.
            tokio::task::consume_budget().await;
        }
        Ok(whole)
    }
}

/// What is judged.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub(super) route: &'a Prepared,
    pub(super) gateway: &'a Registration,
    pub(super) client: &'a Client<'a>,
    pub(super) facts: &'a Facts<'a>,
}

/// A route may ask for a certificate that the gateway verified.
fn check_certificate(
    route: &Prepared,
    gateway: &Registration,
    question: &Question,
    now: OffsetDateTime,
) -> Result<(), Denied> {
    if !route.route.requires_certificate {
        return Ok(());
    }
    let reason = match input::told_certificate(gateway, question) {
        None => "the route needs a client certificate, and the gateway tells none",
        Some(told) if !told.is_verified => "the gateway did not verify the client certificate",
        Some(told) if now < told.not_before || now > told.not_after => {
            "the client certificate is not valid now"
        }
        Some(_) => return Ok(()),
    };
    Err(Denied::forbidden(reason))
}
