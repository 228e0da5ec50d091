//! The document that policies decide on. It is made as values, never printed and read again on the way.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::routes::Prepared;
use super::token::Client;
use super::{Certificate, Question, Registration};
use crate::decision_point;

/// Members that a dialect adds beside those of this node, for policies that were written for OPA-Envoy.
const OPA_ENVOY: [&str; 5] =
    ["attributes", "parsed_path", "parsed_query", "parsed_body", "truncated_body"];

/// The document, made once for a request and changed for each part of it and each policy.
pub(super) struct Input {
    document: Value,
    /// The patient that the dialect tells, where the request names none.
    patient_id: Value,
}

impl Input {
    pub(super) fn new(
        route: &Prepared,
        gateway: &Registration,
        client: &Client<'_>,
        question: &Question,
        now: OffsetDateTime,
    ) -> Self {
        // SECURITY: what this node knows itself is written over what the dialect carries.
        let mut context = question.context.clone();
        let mut document = Map::new();
        for name in OPA_ENVOY {
            if let Some(value) = context.remove(name) {
                document.insert(name.to_owned(), value);
            }
        }
        let mut set = |name: &str, value: Value| context.insert(name.to_owned(), value);
        set("data_holder_organization_id", route.route.holder_ura.as_str().into());
        set("data_holder_facility_type", route.route.holder_facility_type.as_str().into());
        set("route", route.route.name.as_str().into());
        set("subject_id", route.route.subject.as_str().into());
        set("time", now.format(&Rfc3339).unwrap_or_default().into());
        set("stage", "request".into());
        set("mitz_consent", false.into());
        set("certificate", certificate(told_certificate(gateway, question)));
        for name in ["patient_id", "patient_bsn"] {
            if !context.get(name).is_some_and(Value::is_string) {
                context.insert(name.to_owned(), "".into());
            }
        }
        let patient_id = context.get("patient_id").cloned().unwrap_or_default();
        document.insert("subject".to_owned(), subject(client));
        document.insert("context".to_owned(), Value::Object(context));
        document.insert("lookup".to_owned(), Value::Object(Map::new()));
        Self { document: Value::Object(document), patient_id }
    }

    /// The document as a policy gets it.
    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    /// Says which part of the request is asked about, and what the organisation keeps about it.
    pub(super) fn set_part(
        &mut self,
        members: Map<String, Value>,
        patient_id: String,
        access: Vec<Value>,
    ) {
        let patient_id =
            if patient_id.is_empty() { self.patient_id.clone() } else { patient_id.into() };
        self.set_context("patient_id", patient_id);
        if let Some(document) = self.document.as_object_mut() {
            document.extend(members);
            document.insert("access".to_owned(), Value::Array(access));
        }
    }

    /// Says which policy is asked, and for which scope.
    pub(super) fn set_policy(&mut self, scope: &str, policy: &str) {
        self.set_context("scope", scope.into());
        self.set_context("policy", policy.into());
    }

    /// Says whether the request fits the capability statement of the policy.
    pub(super) fn set_capability_checked(&mut self, fits: bool) {
        let facts = self.document.pointer_mut("/action/fhir_rest");
        if let Some(facts) = facts.and_then(Value::as_object_mut) {
            facts.insert("capability_checked".to_owned(), fits.into());
        }
    }

    /// Says that nothing was looked up.
    pub(super) fn clear_lookup(&mut self) {
        if let Some(document) = self.document.as_object_mut() {
            document.insert("lookup".to_owned(), Value::Object(Map::new()));
        }
    }

    /// Says what else was looked up.
    pub(super) fn add_lookup(&mut self, found: Map<String, Value>) {
        if let Some(known) = self.document.get_mut("lookup").and_then(Value::as_object_mut) {
            known.extend(found);
        }
    }

    fn set_context(&mut self, name: &str, value: Value) {
        if let Some(context) = self.document.get_mut("context").and_then(Value::as_object_mut) {
            context.insert(name.to_owned(), value);
        }
    }
}

/// The certificate that the gateway tells, if it is trusted to.
pub(super) fn told_certificate<'q>(
    gateway: &Registration,
    question: &'q Question,
) -> Option<&'q Certificate> {
    question.certificate.as_ref().filter(|_| gateway.abilities.tells_certificate)
}

/// All claims, and those that policies know by other names.
fn subject(client: &Client<'_>) -> Value {
    let scopes: Vec<&str> = client.text("scope").split_ascii_whitespace().collect();
    Value::Object(decision_point::subject(&client.claims, client.text("client_id"), &scopes))
}

fn certificate(told: Option<&Certificate>) -> Value {
    let Some(told) = told else { return json!({ "presented": false }) };
    let time = |time: OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
    let other_names =
        told.other_names.iter().map(|(id, value)| json!({ "id": id, "value": value }));
    json!({
        "presented": true,
        "verified": told.is_verified,
        "subject": told.subject,
        "issuer": told.issuer,
        "serial": told.serial,
        "dns_names": told.dns_names,
        "uris": told.uris,
        "other_names": other_names.collect::<Vec<_>>(),
        "sha256": told.sha256,
        "not_before": time(told.not_before),
        "not_after": time(told.not_after),
    })
}
