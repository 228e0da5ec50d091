//! What goes out: metadata, definition, token request (contract/iam.md 2.4, 6, 7.2, Q-02, Q-22, Q-23, Q-55).

use std::collections::BTreeMap;

use pecan_testkit::Sent;
use serde_json::{Value, json};

use super::script::{AS_HOST, Reply, definition, metadata, token};
use super::{Stage, employee, part};

/// The fields of a token request.
fn form(sent: &Sent) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(sent.body.as_bytes()).into_owned().collect()
}

async fn token_request(stage: &Stage, change: &Value) -> Sent {
    let _ = stage.ask_with(change, &["no-cache"]).await.expect(200);
    stage.script.take_sent().into_iter().find(|sent| sent.purpose == "token").unwrap()
}

#[tokio::test]
async fn each_document_is_fetched_once_and_json_is_asked_for() {
    let stage = Stage::new().await;
    let _ = stage.script.take_sent();
    let _ = stage.ask(&json!({"scope": "org-only patient/x.read"})).await.expect(200);
    let sent = stage.script.take_sent();
    let lines: Vec<String> =
        sent.iter().map(|sent| format!("{} {}", sent.method, sent.url)).collect();
    assert_eq!(
        lines,
        [
            format!("GET https://{AS_HOST}/.well-known/oauth-authorization-server/as/x"),
            format!("GET https://{AS_HOST}/as/x/pd?scope=org-only+patient%2Fx.read"),
            format!("POST https://{AS_HOST}/as/x/token"),
        ]
    );
    for sent in &sent {
        assert_eq!(sent.headers["accept"], "application/json", "{}", sent.url);
    }
    assert_eq!(sent[2].headers["content-type"], "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn the_token_request_is_what_peers_expect() {
    let stage = Stage::new().await;
    let change = json!({"credential_selection": {"organization_name": "Clinic West JWT"}});
    let sent = token_request(&stage, &change).await;
    let form = form(&sent);
    let names: Vec<&String> = form.keys().collect();
    assert_eq!(names, ["assertion", "client_id", "grant_type", "presentation_submission", "scope"]);
    assert_eq!(form["client_id"], "https://client.example.nl/oauth2/clinic");
    assert_eq!(form["grant_type"], "vp_token-bearer");
    assert_eq!(form["scope"], "org-only");
    let submission: Value = serde_json::from_str(&form["presentation_submission"]).unwrap();
    assert_eq!(submission["definition_id"], "pd_org_only");
    let entry = json!([{"id": "id_org", "format": "jwt_vc", "path": "$.verifiableCredential[0]"}]);
    assert_eq!(submission["descriptor_map"], entry);

    let now = 1_795_597_200; // 2026-11-25T09:00:00Z
    let claims = part(&form["assertion"], 1);
    assert_eq!(claims["aud"], format!("https://{AS_HOST}/as/x"));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(stage.did), &json!(stage.did)));
    // A second in the past, for peers without leeway; five seconds long.
    assert_eq!(
        (&claims["nbf"], &claims["iat"], &claims["exp"]),
        (&json!(now - 1), &json!(now - 1), &json!(now + 4))
    );
    assert_eq!(claims["nonce"].as_str().unwrap().len(), 43);

    let proof = sent.headers["dpop"].to_str().unwrap();
    let header = part(proof, 0);
    assert_eq!(
        (&header["typ"], &header["alg"], header.get("kid")),
        (&json!("dpop+jwt"), &json!("ES256"), None)
    );
    let claims = part(proof, 1);
    assert_eq!(
        (&claims["htm"], &claims["htu"]),
        (&json!("POST"), &json!(format!("https://{AS_HOST}/as/x/token")))
    );
    assert_eq!(claims["iat"], json!(now - 1));
    assert_eq!(claims["jti"].as_str().unwrap().len(), 43);
    assert_eq!((claims.get("ath"), claims.get("nonce"), claims.get("exp")), (None, None, None));
}

#[tokio::test]
async fn the_answer_names_the_key_and_the_granted_scope() {
    let stage = Stage::new().await;
    let mut granted = token();
    granted["scope"] = json!("granted scope");
    stage.script.tokens([Reply::json(200, &granted)]);
    let answer = stage.ask(&json!({})).await.expect(200).json();
    let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["access_token", "dpop_kid", "expires_at", "expires_in", "token_type", "scope"]
    );
    assert!(answer["dpop_kid"].as_str().unwrap().starts_with(&format!("{}#", stage.did)));
    assert_eq!(answer["expires_at"], json!(1_795_597_200 + 900));
    // what was granted, where the server says so.
    assert_eq!(answer["scope"], "granted scope");
    stage.script.tokens([Reply::json(200, &token())]);
    let answer = stage.ask_with(&json!({}), &["no-cache"]).await.expect(200).json();
    assert_eq!(answer["scope"], "org-only");
}

#[tokio::test]
async fn only_bearer_goes_without_proof() {
    let stage = Stage::new().await;
    for (token_type, has_proof) in [("Bearer", false), ("bearer", false), ("foo", true), ("", true)]
    {
        let change = json!({"token_type": token_type});
        let sent = token_request(&stage, &change).await;
        assert_eq!(sent.headers.contains_key("dpop"), has_proof, "{token_type}");
        let answer = stage.ask(&change).await.expect(200).json();
        assert_eq!(answer.get("dpop_kid").is_some(), has_proof, "{token_type}");
        assert_eq!(answer["token_type"], "DPoP");
    }
}

#[tokio::test]
async fn a_server_with_json_ld_only_gets_json_ld() {
    let stage = Stage::empty().await;
    // The first in the wallet is a JWT, which a JSON-LD presentation would not cover.
    stage.load_organization("jwt_vc", "Clinic West", "Utrecht").await;
    stage.load_organization("ldp_vc", "Clinic West", "Utrecht").await;
    let formats = json!({"ldp_vp": {"proof_type_values_supported": ["JsonWebSignature2020"]}});
    stage.script.metadata_with(&json!({"vp_formats_supported": formats}));
    let form = form(&token_request(&stage, &json!({})).await);
    let presentation: Value = serde_json::from_str(&form["assertion"]).unwrap();
    assert_eq!(presentation["holder"], json!(stage.did));
    assert_eq!(presentation["proof"]["domain"], format!("https://{AS_HOST}/as/x"));
    assert_eq!(presentation["proof"]["created"], "2026-11-25T08:59:59Z");
    assert_eq!(presentation["proof"]["expires"], "2026-11-25T09:00:04Z");
    let submission: Value = serde_json::from_str(&form["presentation_submission"]).unwrap();
    let entry = json!([{"id": "id_org", "format": "ldp_vc", "path": "$.verifiableCredential"}]);
    assert_eq!(submission["descriptor_map"], entry);
}

#[tokio::test]
async fn a_definition_that_names_no_presentation_format_leaves_it_open() {
    let stage = Stage::new().await;
    let mut only = definition();
    only["format"] = json!({"ldp_vc": {"proof_type": ["JsonWebSignature2020"]}});
    stage.script.definition(Reply::json(200, &only));
    let form = form(&token_request(&stage, &json!({})).await);
    assert_eq!(form["assertion"].split('.').count(), 3);
}

#[tokio::test]
async fn an_empty_definition_gets_a_presentation_without_credentials() {
    let stage = Stage::new().await;
    for descriptors in [json!([]), json!(null)] {
        stage
            .script
            .definition(Reply::json(200, &json!({"id": "", "input_descriptors": descriptors})));
        let form = form(&token_request(&stage, &json!({"credential_selection": null})).await);
        let submission: Value = serde_json::from_str(&form["presentation_submission"]).unwrap();
        assert_eq!(submission["descriptor_map"], json!([]));
        assert_eq!(part(&form["assertion"], 1)["vp"].get("verifiableCredential"), None);
    }
}

#[tokio::test]
async fn self_attested_credentials_are_filled_in_and_come_in_the_order_of_the_definition() {
    let stage = Stage::new().await;
    let mut two = definition();
    let fields = json!({"fields": [{"path": ["$.type"], "filter": {"type": "string", "const": "NutsEmployeeCredential"}}]});
    two["input_descriptors"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "id_employee", "constraints": fields}));
    stage.script.definition(Reply::json(200, &two));
    let change = json!({"credentials": [employee()]});
    let form = form(&token_request(&stage, &change).await);
    let presented = part(&form["assertion"], 1)["vp"]["verifiableCredential"].clone();
    assert_eq!(presented.as_array().unwrap().len(), 2);
    let stated = &presented[1];
    assert_eq!(stated["issuer"], json!(stage.did));
    assert_eq!(stated["credentialSubject"]["id"], json!(stage.did));
    assert_eq!(stated["id"].as_str().unwrap().len(), 36);
    assert_eq!(stated["issuanceDate"], "2026-11-25T08:59:59Z");
    assert_eq!(stated.get("proof"), None);
}

#[tokio::test]
async fn a_costly_definition_is_answered_like_any_other() {
    let stage = Stage::new().await;
    let descriptor = definition()["input_descriptors"][0].clone();
    let mut many = definition();
    many["input_descriptors"] = (0..200)
        .map(|index| {
            let mut descriptor = descriptor.clone();
            descriptor["id"] = json!(format!("id_{index}"));
            descriptor
        })
        .collect();
    stage.script.definition(Reply::json(200, &many));
    let form = form(&token_request(&stage, &json!({})).await);
    let submission: Value = serde_json::from_str(&form["presentation_submission"]).unwrap();
    assert_eq!(submission["descriptor_map"].as_array().unwrap().len(), 200);
}

#[tokio::test]
async fn what_a_server_says_may_change() {
    let stage = Stage::new().await;
    let _ = stage.ask(&json!({})).await.expect(200);
    let mut changed = metadata();
    changed["token_endpoint"] = json!(format!("https://{AS_HOST}/elsewhere"));
    stage.script.metadata(Reply::json(200, &changed), Reply::new(404, "text/plain", ""));
    let answer = stage.ask_with(&json!({}), &["no-cache"]).await.expect(502);
    assert_eq!(answer.json()["detail"], "server returned HTTP 404 (expected: 200)");
}
