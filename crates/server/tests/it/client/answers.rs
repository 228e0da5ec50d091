//! What other servers answer, and what the caller is told of it (contract/iam.md 7.2 steps 5 to 10, Q-45).

use serde_json::{Value, json};

use super::script::{AS_HOST, Reply, token};
use super::{Stage, assert_problem};

const NOT_FOUND: &str = "failed to retrieve remote OAuth Authorization Server metadata: ";
const PLACES: [&str; 2] = [
    "https://as.example.nl/.well-known/oauth-authorization-server/as/x",
    "https://as.example.nl/as/x/.well-known/oauth-authorization-server",
];

#[tokio::test]
async fn what_a_token_endpoint_answers_is_told_without_its_body() {
    let stage = Stage::new().await;
    let html = r#"<html>{"error":"invalid_scope"}</html>"#;
    let long = "x".repeat(2_000);
    let cases = [
        (
            Reply::error(400, "invalid_scope", "no such scope"),
            400,
            "remote authorization server: invalid_scope - no such scope".to_owned(),
        ),
        (
            Reply::json(400, &json!({"error": "invalid_grant"})),
            400,
            "remote authorization server: invalid_grant".to_owned(),
        ),
        (
            Reply::error(401, "invalid_client", "who"),
            400,
            "remote authorization server: invalid_client - who".to_owned(),
        ),
        (
            Reply::new(
                403,
                "application/json;charset=utf-8",
                r#"{"error":"access_denied","error_description":"no"}"#,
            ),
            400,
            "remote authorization server: access_denied - no".to_owned(),
        ),
        (
            Reply::error(400, "invalid_request", &long),
            400,
            format!("remote authorization server: invalid_request - {}", "x".repeat(500)),
        ),
        // Q-45: what went wrong over there is 502.
        (
            Reply::error(500, "server_error", "oops"),
            502,
            "remote authorization server: server_error - oops".to_owned(),
        ),
        (
            Reply::new(503, "text/plain", "busy secret"),
            502,
            "server returned HTTP 503 (expected: 200)".to_owned(),
        ),
        (
            Reply::new(400, "text/html", html),
            502,
            "server returned HTTP 400 (expected: 200)".to_owned(),
        ),
        (Reply::json(201, &token()), 502, "server returned HTTP 201 (expected: 200)".to_owned()),
        (
            Reply::new(200, "application/json", "not json secret"),
            502,
            "unable to unmarshal response: invalid json at line 1 column 2".to_owned(),
        ),
        (
            Reply::json(200, &json!({"access_token": 7})),
            502,
            "unable to unmarshal response: `access_token` has another type".to_owned(),
        ),
    ];
    for (reply, status, detail) in cases {
        stage.script.tokens([reply]);
        stage.refused(&json!({}), status, &detail).await;
    }
}

#[tokio::test]
async fn what_a_definition_endpoint_answers_is_told_without_its_body() {
    let stage = Stage::new().await;
    let wrong = "failed to retrieve presentation definition: upstream returned unexpected result\n";
    let refused = "failed to retrieve presentation definition: remote authorization server: ";
    let cases = [
        (
            Reply::error(400, "invalid_scope", "no such scope"),
            400,
            format!("{refused}invalid_scope - no such scope"),
        ),
        (
            Reply::error(403, "invalid_scope", "no such scope"),
            400,
            format!("{refused}invalid_scope - no such scope"),
        ),
        (
            Reply::error(400, "invalid_request", "bad"),
            400,
            format!("{refused}invalid_request - bad"),
        ),
        (
            Reply::error(400, "access_denied", "bad"),
            502,
            format!("{wrong}server returned HTTP 400 (expected: 200)"),
        ),
        (
            Reply::new(404, "text/plain", "nope"),
            502,
            format!("{wrong}server returned HTTP 404 (expected: 200)"),
        ),
        (
            Reply::error(500, "server_error", ""),
            502,
            format!("{wrong}server returned HTTP 500 (expected: 200)"),
        ),
        (
            Reply::new(200, "application/json", "not json"),
            502,
            format!("{wrong}unable to unmarshal response: invalid json at line 1 column 2"),
        ),
        (
            Reply::json(200, &json!({"id": "x"})),
            502,
            format!(
                "{wrong}unable to unmarshal response: presentation definition at ``: `input_descriptors` is missing"
            ),
        ),
    ];
    for (reply, status, detail) in cases {
        stage.script.definition(reply);
        stage.refused(&json!({}), status, &detail).await;
    }
    stage.script.metadata_with(&json!({"presentation_definition_endpoint": "foo"}));
    let detail = format!("{wrong}invalid target URL: url must contain scheme and host");
    stage.refused(&json!({}), 502, &detail).await;
}

#[tokio::test]
async fn where_no_metadata_is_found_each_place_is_named() {
    let stage = Stage::new().await;
    let [first, second] = PLACES;
    let issuer = format!("https://{AS_HOST}/as/x");
    let both = |reason: &str| {
        format!(
            "failed to retrieve metadata for \"{issuer}\": {first}: {reason}\n{second}: {reason}"
        )
    };
    let client_call =
        "invalid client call\nmetadata not found: every candidate returned a client error\n";
    let other = Reply::json(200, &json!({"issuer": format!("{issuer}/")}));
    let garbage = Reply::new(200, "application/json", r#"{"issuer":"#);
    let nope = |status| Reply::new(status, "text/plain", "nope");
    let cases = [
        (
            nope(404),
            nope(404),
            400,
            format!("{client_call}{}", both("server returned HTTP 404 (expected: 200)")),
        ),
        (
            nope(401),
            nope(401),
            400,
            format!("{client_call}{}", both("server returned HTTP 401 (expected: 200)")),
        ),
        (nope(500), nope(500), 502, both("server returned HTTP 500 (expected: 200)")),
        (
            nope(404),
            nope(500),
            502,
            format!(
                "failed to retrieve metadata for \"{issuer}\": {first}: server returned HTTP 404 (expected: 200)\n{second}: server returned HTTP 500 (expected: 200)"
            ),
        ),
        (
            garbage.clone(),
            garbage,
            502,
            both("decoding metadata: invalid json at line 1 column 10"),
        ),
        (
            other.clone(),
            other,
            502,
            both(&format!("issuer \"{issuer}/\" does not match requested identifier \"{issuer}\"")),
        ),
    ];
    for (inserted, appended, status, reason) in cases {
        stage.script.metadata(inserted, appended);
        stage.refused(&json!({}), status, &format!("{NOT_FOUND}{reason}")).await;
    }
}

#[tokio::test]
async fn metadata_behind_the_path_is_found_when_the_first_place_has_none() {
    let stage = Stage::new().await;
    for first in [Reply::new(404, "text/plain", "nope"), Reply::new(200, "text/html", "<html>")] {
        stage.script.metadata(first, Reply::json(200, &super::script::metadata()));
        let answer = stage.ask_with(&json!({}), &["no-cache"]).await;
        assert_eq!(answer.expect(200).json()["access_token"], "tok-1");
    }
}

#[tokio::test]
async fn an_identifier_that_is_no_url_is_told_as_other_nodes_do() {
    let stage = Stage::new().await;
    let name = "/.well-known/oauth-authorization-server";
    let reason = "invalid target URL: url must contain scheme and host";
    let cases = [
        (
            json!({"authorization_server": null}),
            format!("failed to retrieve metadata for \"\": {name}: {reason}"),
        ),
        (
            json!({"authorization_server": "foo"}),
            format!(
                "failed to retrieve metadata for \"foo\": {name}foo: {reason}\nfoo{name}: {reason}"
            ),
        ),
    ];
    for (change, text) in cases {
        stage.refused(&change, 500, &format!("{NOT_FOUND}{text}")).await;
    }
    let answer = stage.clinic.internal(http::Method::POST, super::PATH, None).await;
    let text = format!("{NOT_FOUND}failed to retrieve metadata for \"\": {name}: {reason}");
    assert_problem(&answer, 500, &text);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_503() {
    let stage = Stage::new().await;
    stage.scenario.world.network.cut(AS_HOST);
    let [first, second] = PLACES;
    let text = format!(
        "{NOT_FOUND}failed to retrieve metadata for \"https://{AS_HOST}/as/x\": {first}: could not reach `{AS_HOST}`\n{second}: could not reach `{AS_HOST}`"
    );
    stage.refused(&json!({}), 503, &text).await;
}

#[tokio::test]
async fn a_token_endpoint_elsewhere_may_be_missing_or_down() {
    let stage = Stage::new().await;
    stage.script.metadata_with(&json!({"token_endpoint": null}));
    let detail = "failed to call endpoint: invalid target URL: url must contain scheme and host";
    stage.refused(&json!({}), 502, detail).await;
    stage.script.metadata_with(&json!({"token_endpoint": "https://nobody.example.nl/token"}));
    stage
        .refused(&json!({}), 503, "failed to call endpoint: could not reach `nobody.example.nl`")
        .await;
}

#[tokio::test]
async fn a_trailing_slash_makes_another_issuer() {
    let stage = Stage::new().await;
    let change = json!({"authorization_server": format!("https://{AS_HOST}/as/x/")});
    let [first, second] = PLACES;
    let text = format!(
        "{NOT_FOUND}failed to retrieve metadata for \"https://{AS_HOST}/as/x/\": {first}: issuer \"https://{AS_HOST}/as/x\" does not match \
         requested identifier \"https://{AS_HOST}/as/x/\"\n{second}: server returned HTTP 404 (expected: 200)"
    );
    stage.refused(&change, 502, &text).await;
}

#[tokio::test]
async fn odd_tokens_are_handed_on_as_they_are() {
    let stage = Stage::new().await;
    let cases: [(Value, Value); 3] = [
        (
            json!({"access_token": "t", "token_type": "bearer", "expires_in": "20"}),
            json!({"access_token": "t", "token_type": "bearer", "expires_in": 20}),
        ),
        (
            json!({"access_token": "t", "expires_in": 20}),
            json!({"access_token": "t", "token_type": "", "expires_in": 20}),
        ),
        (json!({}), json!({"access_token": "", "token_type": ""})),
    ];
    for (reply, expected) in cases {
        stage.script.tokens([Reply::json(200, &reply)]);
        let answer = stage.ask(&json!({})).await.expect(200).json();
        for member in ["access_token", "token_type", "expires_in"] {
            assert_eq!(answer.get(member), expected.get(member), "{member} of {reply}");
        }
        assert_eq!(answer["scope"], "org-only");
    }
}
