//! Requests as gateways send them, and the answers that they read: one file per dialect in `tests/golden/gateway/`.
//!
//! A case is `{name, request: {method, path, headers, body}, answer: {status, headers, absent, body}}`. `{{token}}` and the like
//! are replaced; what differs each time is `*` in the answer. A JSON body is compared as a whole.

use axum::body::Body;
use http::Request;
use pecan_testkit::Answer;
use serde_json::{Value, json};

use super::Ward;

/// Members and fields whose value differs each time.
const VARYING: [&str; 4] = ["decision_id", "x-pecan-decision-id", "x-pecan-identity", "x-userinfo"];

async fn check(file: &str, text: &str) {
    let ward = Ward::new().await;
    let cases: Vec<Value> =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut wrong = Vec::new();
    for case in &cases {
        let answer = ward.ask(request(&ward, &case["request"]).await).await;
        let (expected, actual) = (&case["answer"], seen(&answer, &case["answer"]));
        if *expected != actual {
            wrong.push(format!("{}\nexpected {expected:#}\nactual {actual:#}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

async fn request(ward: &Ward, case: &Value) -> Request<Body> {
    let text = |name: &str| case[name].as_str().unwrap_or_default();
    let mut request = Request::builder().method(text("method")).uri(ward.fill(text("path")).await);
    for pair in case["headers"].as_array().into_iter().flatten() {
        let value = ward.fill(pair[1].as_str().unwrap()).await;
        // Written like this in the files, since JSON has no bytes.
        let bytes = value.replace("<e9>", "\u{0}").into_bytes();
        let bytes: Vec<u8> =
            bytes.into_iter().map(|byte| if byte == 0 { 0xe9 } else { byte }).collect();
        request = request.header(pair[0].as_str().unwrap(), bytes);
    }
    let body = match &case["body"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    // `"{{introspection}}"` is an object, not a text.
    let body = body.replace("\"{{introspection}}\"", "{{introspection}}");
    request.body(Body::from(ward.fill(&body).await)).unwrap()
}

/// The answer, as far as a case speaks of it.
fn seen(answer: &Answer, expected: &Value) -> Value {
    let mut seen = json!({ "status": answer.status.as_u16() });
    let fields = expected["headers"].as_object();
    let fields = fields.map(|fields| {
        let value = |name: &String| {
            let values: Vec<_> = answer.headers.get_all(name).iter().collect();
            let texts: Vec<_> = values.iter().map(|value| value.to_str().unwrap()).collect();
            match texts.as_slice() {
                [] => Value::Null,
                [one] => varying(name, one),
                many => json!(many),
            }
        };
        fields.keys().map(|name| (name.clone(), value(name))).collect::<serde_json::Map<_, _>>()
    });
    if let Some(fields) = fields {
        seen["headers"] = fields.into();
    }
    if let Some(absent) = expected["absent"].as_array() {
        let is_absent = |name: &&Value| !answer.headers.contains_key(name.as_str().unwrap());
        seen["absent"] = absent.iter().filter(is_absent).cloned().collect::<Vec<_>>().into();
    }
    if expected.get("body").is_some() {
        let text = answer.text();
        seen["body"] = serde_json::from_str(&text).map_or_else(|_| text.into(), normal);
    }
    seen
}

fn varying(name: &str, text: &str) -> Value {
    if !text.is_empty() && VARYING.contains(&name.to_ascii_lowercase().as_str()) {
        "*".into()
    } else {
        text.into()
    }
}

fn normal(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let value = match value {
                    Value::String(text) => varying(&name, &text),
                    other => normal(other),
                };
                (name, value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Array(list) => list.into_iter().map(normal).collect(),
        other => other,
    }
}

macro_rules! golden {
    ($($test:ident: $file:literal;)+) => {$(
        #[tokio::test]
        async fn $test() {
            check($file, include_str!(concat!("../../golden/gateway/", $file))).await;
        }
    )+};
}

golden! {
    who_is_not_known_learns_nothing: "gate.json";
    forward_auth_is_answered_by_status: "forward_auth.json";
    auth_request_is_answered_by_status: "auth_request.json";
    envoy_over_http_is_answered_by_status: "envoy_http.json";
    the_opa_plugin_of_apisix_is_answered_in_its_form: "opa_apisix.json";
    the_opa_plugin_of_kong_is_answered_in_its_form: "opa_kong.json";
    the_decision_point_of_the_knooppunt_is_answered_in_its_form: "opa_knooppunt.json";
    scripts_in_nginx_are_answered_in_their_form: "opa_scripts.json";
    other_inputs_are_evaluated_by_the_policy_of_the_path: "opa_data.json";
    authzen_evaluations_are_answered_in_its_form: "authzen.json";
}
