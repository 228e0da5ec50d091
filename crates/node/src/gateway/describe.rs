//! What policies would see of a request, for whoever writes them: the documents, and nobody is asked.

use bytes::Bytes;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::facts;
use super::input::Input;
use super::policies;
use super::routes;
use super::target::Target;
use super::token::Client;
use super::{
    Abilities, Credential, Dialect, OriginalHeaders, Question, Registration, Route, headers,
};

/// What the policies of a route would see of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Each scope of the token that can have a policy, with the name of that policy.
    pub policies: Vec<(String, String)>,
    /// One document for each thing that must be allowed: a Bundle is many.
    pub inputs: Vec<Value>,
}

/// Reads a request as [`decide`](super::Gateway::decide) does, for a client with these claims and a gateway that tells everything.
///
/// Fails with the reason for the operator where the request cannot be judged. Token, proof and certificate are not checked.
pub fn describe(
    route: &Route,
    claims: Map<String, Value>,
    question: &Question,
    now: OffsetDateTime,
) -> Result<Description, String> {
    let route = routes::prepare(route, String::new()).map_err(|error| error.to_string())?;
    let gateway = all_telling();
    let target = Target::parse(&question.target).map_err(|error| error.to_string())?;
    if target.origin.is_some_and(|(scheme, authority)| !route.has_authority(scheme, authority)) {
        return Err("the request target is for another server".to_owned());
    }
    let rest = route.below(&target.path).ok_or("the path is not below that of the route")?;
    headers::check(question, &gateway).map_err(|error| error.to_string())?;
    let facts = facts::read(&route, &gateway, question, &target, rest);
    let facts = facts.map_err(|error| error.to_string())?;
    let client = Client { json: Bytes::new(), claims, token: None, scheme: None };
    let policies = policies::of_scopes(&route, client.text("scope"));
    let policies = policies.into_iter().map(|found| (found.scope.to_owned(), found.policy));
    let mut input = Input::new(&route, &gateway, &client, question, now);
    let mut inputs = Vec::new();
    for part in facts.parts() {
        input.set_part(part.members, part.patient_id, Vec::new());
        inputs.push(input.document().clone());
    }
    Ok(Description { policies: policies.collect(), inputs })
}

fn all_telling() -> Registration {
    Registration {
        name: String::new(),
        credential: Credential::CertificateSubject(String::new()),
        abilities: Abilities {
            tells_body: true,
            sets_headers: true,
            tells_certificate: true,
            ..Abilities::default()
        },
        dialects: [Dialect::Envoy].into(),
        original: OriginalHeaders::default(),
        certificate: None,
    }
}
