//! From a decision to a message for Envoy.

use http::{HeaderName, StatusCode};
use pecan_node::gateway::{Abilities, Allowed, Decision, Denied, Outcome, Refusal};
use tonic::Code;
use url::form_urlencoded;

use super::super::answer::{DECISION_ID, Field, identity, other_obligations, unwritable};
use super::super::envoy::HEADERS_TO_REMOVE;
use super::super::gate::Asker;
use super::super::refused::Refused;
use super::generated::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use super::generated::envoy::config::core::v3::{HeaderValue, HeaderValueOption, QueryParameter};
use super::generated::envoy::service::auth::v3::check_response::HttpResponse;
use super::generated::envoy::service::auth::v3::{
    CheckResponse, DeniedHttpResponse, OkHttpResponse,
};
use super::generated::envoy::r#type::v3::HttpStatus;
use super::generated::google::rpc::Status;

/// The answer to a gateway that is known.
pub(super) fn to_gateway(
    asker: &Asker,
    decision: &Decision,
    query: &str,
    accepts_fhir: bool,
) -> CheckResponse {
    let refusal = match &decision.outcome {
        Outcome::Allow(allowed) => match allowed_message(asker, allowed, query) {
            Some(message) => return ok(message),
            None => unwritable(&decision.id),
        },
        Outcome::Deny(Denied { refusal, .. }) => refusal.clone(),
    };
    let mut message = denied(&refusal, accepts_fhir);
    message.headers.push(option(
        DECISION_ID,
        &decision.id,
        HeaderAppendAction::OverwriteIfExistsOrAdd,
    ));
    refused(&refusal, message)
}

/// The answer to everybody else: a denial like any other.
pub(super) fn to_stranger() -> CheckResponse {
    refused(&Refusal::Forbidden, denied(&Refusal::Forbidden, false))
}

fn ok(message: OkHttpResponse) -> CheckResponse {
    let status = Some(Status { code: Code::Ok.into(), message: String::new() });
    CheckResponse { status, http_response: Some(HttpResponse::OkResponse(message)) }
}

fn refused(refusal: &Refusal, message: DeniedHttpResponse) -> CheckResponse {
    let code = match refusal {
        Refusal::Unauthenticated { .. } => Code::Unauthenticated,
        Refusal::Forbidden => Code::PermissionDenied,
    };
    let status = Some(Status { code: code.into(), message: String::new() });
    CheckResponse { status, http_response: Some(HttpResponse::DeniedResponse(message)) }
}

/// Who asks, and what else is to be done; `None` if it cannot be told so that Envoy does it.
fn allowed_message(asker: &Asker, allowed: &Allowed, query: &str) -> Option<OkHttpResponse> {
    let mut fields = identity(allowed)?;
    fields.extend(other_obligations(asker, allowed)?);
    let headers = fields.iter().map(set).collect::<Option<Vec<_>>>()?;
    let query_parameters_to_set = narrowed(&asker.registration.abilities, allowed, query)?;
    let headers_to_remove = to_remove(&fields);
    Some(OkHttpResponse { headers, headers_to_remove, query_parameters_to_set })
}

/// Parameters to add. Envoy replaces all of a name, so none may be there, in any spelling.
fn narrowed(abilities: &Abilities, allowed: &Allowed, query: &str) -> Option<Vec<QueryParameter>> {
    let Some(narrowing) = &allowed.narrowing else { return Some(Vec::new()) };
    let is_of_query =
        abilities.narrows_query && narrowing.body.is_none() && !narrowing.added.is_empty();
    if !is_of_query {
        return None;
    }
    let mut parameters: Vec<QueryParameter> = Vec::with_capacity(narrowing.added.len());
    for (name, value) in &narrowing.added {
        let is_used = form_urlencoded::parse(query.as_bytes()).any(|(used, _)| used == *name);
        let (key, value) = (encoded(name), encoded(value));
        if is_used || parameters.iter().any(|added| added.key == key) {
            return None;
        }
        parameters.push(QueryParameter { key, value });
    }
    Some(parameters)
}

/// Envoy puts them into the query as they are.
fn encoded(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

/// Fields that have done their work, and those that a back end may take for the ones that are set.
fn to_remove(fields: &[Field]) -> Vec<String> {
    let others = fields
        .iter()
        .flat_map(|(name, _)| ["_", "."].map(|separator| name.as_str().replace('-', separator)));
    HEADERS_TO_REMOVE.into_iter().map(str::to_owned).chain(others).collect()
}

fn set((name, value): &Field) -> Option<HeaderValueOption> {
    let action = HeaderAppendAction::OverwriteIfExistsOrAdd;
    value.to_str().ok().map(|value| option(name.as_str(), value, action))
}

fn option(name: &str, value: &str, action: HeaderAppendAction) -> HeaderValueOption {
    let header =
        HeaderValue { key: name.to_owned(), value: value.to_owned(), ..HeaderValue::default() };
    HeaderValueOption {
        header: Some(header),
        append_action: action.into(),
        // The client's own copy of a field that we have no value for must not remain.
        keep_empty_value: true,
    }
}

fn denied(refusal: &Refusal, accepts_fhir: bool) -> DeniedHttpResponse {
    let refused = Refused::new(refusal, accepts_fhir);
    let mut seen: Option<HeaderName> = None;
    let headers = refused.headers().into_iter().map(|(name, value)| {
        // The first of a name replaces what Envoy writes, others come beside it.
        let action = if seen.as_ref() == Some(&name) {
            HeaderAppendAction::AppendIfExistsOrAdd
        } else {
            HeaderAppendAction::OverwriteIfExistsOrAdd
        };
        let option = option(name.as_str(), &value, action);
        seen = Some(name);
        option
    });
    DeniedHttpResponse {
        headers: headers.collect(),
        status: Some(HttpStatus { code: code(refused.status) }),
        body: refused.body.to_string(),
    }
}

fn code(status: StatusCode) -> i32 {
    status.as_u16().into()
}

#[cfg(test)]
mod tests {
    use pecan_node::gateway::{Identity, Narrowing};
    use serde_json::Map;

    use super::*;

    fn check(added: &[(&str, &str)], query: &str, expected: Option<&[(&str, &str)]>) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let narrowing = Narrowing {
            query: Some(String::new()),
            body: None,
            added: added.iter().map(owned).collect(),
        };
        let allowed = Allowed {
            identity: Identity { headers: Vec::new(), claims: Map::new() },
            narrowing: Some(narrowing),
            obligations: Map::new(),
        };
        let abilities = Abilities { narrows_query: true, ..Abilities::default() };
        let parameter = |(key, value): &(&str, &str)| QueryParameter {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        let expected = expected.map(|list| list.iter().map(parameter).collect::<Vec<_>>());
        assert_eq!(narrowed(&abilities, &allowed, query), expected, "{added:?} {query}");
        assert_eq!(narrowed(&Abilities::default(), &allowed, query), None);
    }

    #[test]
    fn parameters_are_added_where_the_client_does_not_use_their_names() {
        check(
            &[("patient", "http://x|1 2&")],
            "_count=5",
            Some(&[("patient", "http%3A%2F%2Fx%7C1%202%26")]),
        );
        check(&[("patient", "1")], "patient=2", None);
        check(&[("patient", "1")], "a=b&%70atient=2", None);
        check(&[("patient", "1"), ("patient", "2")], "", None);
        // A narrowing that adds nothing changes something that cannot be told here.
        check(&[], "", None);
    }
}
