//! Tokens that are granted, and granted once (contract/iam.md 8.3, 10.3).

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};
use time::Duration;

use crate::hospital::{Hospital, ISSUER, refused};

const REPLAY: &str = "invalid_request - presentation nonce has already been used";

#[tokio::test]
async fn a_token_is_granted_for_every_form_of_presentation() {
    let hospital = Hospital::new().await;
    let now = hospital.now();
    let ldp = hospital.issuer.organization_ldp(&hospital.holder.did, now);
    let jwt_with = |credentials: Value| hospital.holder.token(&hospital.claims_of(&credentials));
    let present = |seconds: i64| {
        let at = now + Duration::seconds(seconds);
        hospital.holder.present_ldp(ldp.clone(), ISSUER, at, |_| {})
    };
    let (listed, bare) = ("$.verifiableCredential[0]", "$.verifiableCredential");
    let nested = |format: &str, path: &str| {
        json!({ "id": "s", "definition_id": "pd_org_only", "descriptor_map": [{
            "id": "id_org", "format": "ldp_vp", "path": "$[0]",
            "path_nested": { "id": "id_org", "format": format, "path": path },
        }]})
        .to_string()
    };
    let forms = [
        Hospital::form(jwt_with(json!([hospital.credential()]))),
        Hospital::form(jwt_with(json!([ldp]))).submission("pd_org_only", "ldp_vc", listed),
        Hospital::form(present(0)).submission("pd_org_only", "ldp_vc", bare),
        // Released nodes send a single credential bare.
        Hospital::form(jwt_with(hospital.credential())).submission("pd_org_only", "jwt_vc", bare),
        Hospital::form(format!("[{}]", present(1)))
            .with("presentation_submission", nested("ldp_vc", bare)),
        Hospital::form(json!([jwt_with(json!([hospital.credential()]))]).to_string())
            .with("presentation_submission", nested("jwt_vc", listed)),
        Hospital::form(json!([jwt_with(json!([hospital.credential()]))]).to_string()).submission(
            "pd_org_only",
            "jwt_vc",
            "$[0].verifiableCredential[0]",
        ),
    ];
    for form in forms {
        hospital.sessions.take_writes();
        let answer = hospital.send(&form).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("pragma"), "no-store");
        let mut body = answer.json();
        let token = body["access_token"].take();
        assert_eq!(token.as_str().unwrap().len(), 43);
        let expected = json!({ "access_token": null, "expires_in": 900, "token_type": "Bearer", "scope": "org-only" });
        assert_eq!(body, expected);
        assert_eq!(hospital.sessions.take_writes(), ["s2s/nonce", "serveraccesstoken"]);
    }
}

#[tokio::test]
async fn a_proof_binds_the_token_to_its_key_and_an_empty_header_does_not() {
    let hospital = Hospital::new().await;
    let bound = hospital.good().proved(hospital.proof(|_| {}));
    let answer = hospital.send(&bound).await.expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
    assert_eq!(answer.get("dpop_kid"), None);
    let token = answer["access_token"].as_str().unwrap();
    let thumbprint = hospital.holder.key.public_key().thumbprint();
    assert_eq!(hospital.introspect(token).await.json()["cnf"], json!({ "jkt": thumbprint }));
    let answer = hospital.send(&hospital.good().proved("")).await.expect(200).json();
    assert_eq!(answer["token_type"], "Bearer");
    for seconds in [5, -59] {
        let proof = hospital.proof(|draft| draft.issued_at += Duration::seconds(seconds));
        hospital.granted(&hospital.good().proved(proof)).await;
    }
    // The scheme and the port are those of a proxy.
    for uri in [
        "http://hospital.example.nl:8080/oauth2/hospital/token?x",
        "hospital.example.nl/oauth2/hospital/token",
    ] {
        let proof = hospital.proof(|draft| draft.uri = uri);
        hospital.granted(&hospital.good().proved(proof)).await;
    }
}

#[tokio::test]
async fn a_presentation_is_accepted_once() {
    let hospital = Hospital::new().await;
    let form = hospital.good();
    hospital.granted(&form).await;
    for _ in 0..3 {
        refused(&hospital, "replay", &form, REPLAY, true).await;
        hospital.world.clock.advance(Duration::seconds(3));
    }
}

#[tokio::test]
async fn a_presentation_that_another_node_accepted_leaves_no_token_behind() {
    let hospital = Hospital::new().await;
    let form = hospital.good();
    hospital.granted(&form).await;
    hospital.sessions.share();
    hospital.sessions.take_tokens();
    let answer = hospital.send(&form).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error_description"], REPLAY.split_once(" - ").unwrap().1);
    // It was recorded while the nonce was asked about, and removed before the answer.
    let [written, taken] = hospital.sessions.take_tokens();
    assert_eq!((written.len(), written), (1, taken));
}

#[tokio::test]
async fn a_presentation_that_is_dated_ahead_is_accepted_once_while_it_holds() {
    let hospital = Hospital::new().await;
    let form = hospital.changed(|claims| {
        for name in ["iat", "nbf", "exp"] {
            let time = claims[name].as_i64().unwrap() + 4;
            claims.insert(name.to_owned(), time.into());
        }
    });
    hospital.granted(&form).await;
    for _ in 0..13 {
        hospital.world.clock.advance(Duration::seconds(1));
        refused(&hospital, "replay", &form, REPLAY, true).await;
    }
    // Long after, it is too old.
    hospital.world.clock.advance(Duration::minutes(2));
    let expected = "invalid_request - presentation(s) or credential(s) verification failed: …";
    refused(&hospital, "too old", &form, expected, true).await;
}

#[tokio::test]
async fn a_nonce_is_accepted_once_by_a_list_too() {
    let hospital = Hospital::new().await;
    let vp = hospital.holder.token(&hospital.claims());
    let path = "$[0].verifiableCredential[0]";
    let twice =
        Hospital::form(json!([vp, vp]).to_string()).submission("pd_org_only", "jwt_vc", path);
    refused(&hospital, "the same twice", &twice, REPLAY, true).await;
    // A used one burns the unused one beside it.
    let (used, fresh) = (hospital.good(), hospital.holder.token(&hospital.claims()));
    hospital.granted(&used).await;
    let mixed = json!([used.fields["assertion"], fresh]).to_string();
    let mixed = Hospital::form(mixed).submission("pd_org_only", "jwt_vc", path);
    refused(&hospital, "one of two", &mixed, REPLAY, true).await;
    refused(&hospital, "the other", &Hospital::form(fresh), REPLAY, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_parallel_requests_with_one_presentation_yield_one_token() {
    let hospital = Arc::new(Hospital::new().await);
    let form = hospital.good();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (hospital, form) = (Arc::clone(&hospital), form.clone());
        tasks.spawn(async move { hospital.send(&form).await.status });
    }
    let statuses = tasks.join_all().await;
    let granted = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    let refused = statuses.iter().filter(|status| **status == StatusCode::BAD_REQUEST).count();
    assert_eq!((granted, refused), (1, 99));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_one_database_accept_a_presentation_and_a_proof_once() {
    let hospital = Hospital::new().await;
    let twins = Arc::new([hospital.twin(), hospital.twin()]);
    let proof = hospital.proof(|_| {});
    // One presentation with many proofs, and one proof with many presentations.
    let presented = hospital.good();
    let with_one_presentation: Vec<_> =
        (0..20).map(|_| presented.clone().proved(hospital.proof(|_| {}))).collect();
    let with_one_proof: Vec<_> = (0..20).map(|_| hospital.good().proved(proof.clone())).collect();
    for forms in [with_one_presentation, with_one_proof] {
        let mut tasks = tokio::task::JoinSet::new();
        for (index, form) in forms.into_iter().enumerate() {
            let twins = Arc::clone(&twins);
            tasks.spawn(async move { Hospital::send_to(&twins[index % 2], &form).await });
        }
        let answers = tasks.join_all().await;
        let granted: Vec<_> =
            answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
        assert_eq!(granted.len(), 1);
        // Each of them knows the token.
        let token = granted[0].json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(hospital.introspect(&token).await.json()["active"], true);
    }
}

#[tokio::test]
async fn nothing_is_granted_that_cannot_be_remembered() {
    let hospital = Hospital::new().await;
    let token = hospital.granted(&hospital.good()).await;
    hospital.stop_storing().await;
    let answer = hospital.send(&hospital.good()).await.expect(500);
    assert_eq!(answer.json()["error"], "server_error");
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert!(!answer.text().contains(&token));
}

#[tokio::test]
async fn a_proof_is_accepted_once() {
    let hospital = Hospital::new().await;
    let proof = hospital.proof(|_| {});
    hospital.granted(&hospital.good().proved(proof.clone())).await;
    for _ in 0..7 {
        let expected = "invalid_dpop_proof - DPoP header is invalid";
        refused(&hospital, "replay", &hospital.good().proved(proof.clone()), expected, true).await;
        hospital.world.clock.advance(Duration::seconds(10));
    }
}

#[tokio::test]
async fn nobody_uses_up_the_proof_of_somebody_else() {
    let hospital = Hospital::new().await;
    let mut id = String::new();
    let mine = hospital.proof(|draft| id = draft.id.to_owned());
    // Somebody learned the id, and sends it under a key of his own, and in a proof for something else.
    let url = "https://hospital.example.nl/oauth2/hospital/token";
    let claims =
        json!({ "htm": "POST", "htu": url, "iat": hospital.now().unix_timestamp(), "jti": id });
    let jwk = Value::Object(hospital.other.key.public_key().to_jwk());
    let theirs = hospital.other.odd_proof(Some("dpop+jwt"), Some(jwk), claims.as_object().unwrap());
    hospital.granted(&hospital.good().proved(theirs)).await;
    let elsewhere = hospital.proof(|draft| draft.method = "GET");
    let expected = "invalid_dpop_proof - DPoP header is invalid";
    refused(&hospital, "elsewhere", &hospital.good().proved(elsewhere), expected, true).await;
    hospital.granted(&hospital.good().proved(mine)).await;
}

#[tokio::test]
async fn other_scopes_are_granted_by_policy() {
    let hospital = Hospital::new().await;
    let scope = async |scope: &str| {
        let answer = hospital.send(&hospital.good().with("scope", scope)).await.expect(200);
        answer.json()["scope"].as_str().unwrap().to_owned()
    };
    assert_eq!(scope("z  medication-overview\ta").await, "medication-overview z a");
    let asked = hospital.decide(
        StatusCode::OK,
        r#"{"evaluations":[{"decision":true},{"decision":false},{"decision":true}]}"#,
    );
    assert_eq!(scope("dynamic-scope a b").await, "dynamic-scope b");
    let asked = asked.lock().unwrap().remove(0);
    assert_eq!(asked["subject"]["id"], hospital.holder.did.as_str());
    let claims = json!({ "organization": { "organization_name": "Clinic North" } });
    assert_eq!(asked["subject"]["properties"], claims);
    assert_eq!(asked["context"], json!({ "policy": "dynamic-scope" }));
    hospital.decide(StatusCode::OK, r#"{"evaluations":[{"decision":true}]}"#);
    assert_eq!(scope("dynamic-scope").await, "dynamic-scope");
}

#[tokio::test]
async fn a_definition_that_asks_for_nothing_still_wants_to_know_who_asks() {
    let hospital = Hospital::new().await;
    let nothing = |assertion: String, submission: &str| {
        Hospital::form(assertion)
            .with("scope", "empty-pd")
            .with("presentation_submission", submission)
    };
    let map = r#"{"id":"s","definition_id":"pd_empty","descriptor_map":[]}"#;
    let no_map = r#"{"id":"s","definition_id":"pd_empty"}"#;
    for submission in [map, no_map] {
        let claims = hospital.claims_of(&json!([]));
        hospital.granted(&nothing(hospital.holder.token(&claims), submission)).await;
    }
    let expected = "invalid_request - presentation submission does not conform to presentation definition (id=pd_empty)";
    refused(&hospital, "nobody", &nothing("[]".to_owned(), map), expected, false).await;
}

#[tokio::test]
async fn a_client_is_called_what_it_calls_itself() {
    let hospital = Hospital::new().await;
    for client in ["", "https://somebody.example/oauth2/else", "\"\n</script>é"] {
        let token = hospital.granted(&hospital.good().with("client_id", client)).await;
        assert_eq!(hospital.introspect(&token).await.json()["client_id"], client);
    }
}
