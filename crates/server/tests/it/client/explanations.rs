//! Why a token would come, or not: the verdict, what to do, and the check that failed for each credential.

use serde_json::{Value, json};
use time::Duration;

use super::script::{AS_HOST, Reply, definition};
use super::{Stage, employee};

const PATH: &str = "/internal/pecan/v1/explain";

async fn explain(stage: &Stage, change: &Value) -> Value {
    let mut question = json!({"subject": "clinic", "authorization_server": format!("https://{AS_HOST}/as/x"), "scope": "org-only"});
    for (name, value) in change.as_object().unwrap() {
        question[name] = value.clone();
    }
    question.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let answer = stage.clinic.post(PATH, &question).await.expect(200).json();
    let verdict = answer["verdict"].as_str().unwrap();
    assert_eq!(answer["is_fulfilled"], json!(verdict.starts_with("yes: ")), "{verdict}");
    assert!(verdict.starts_with("yes: ") || verdict.starts_with("no: "), "{verdict}");
    assert!(!verdict.contains('\n'), "{verdict}");
    answer
}

/// The row of a credential with the only descriptor.
fn row(answer: &Value, credential: usize) -> &Value {
    let rows = answer["wallets"][0]["descriptors"][0]["candidates"].as_array().unwrap();
    rows.iter().find(|row| row["credential"] == json!(credential)).unwrap()
}

fn advice(answer: &Value) -> String {
    let lines = answer["advice"].as_array().unwrap().iter().filter_map(Value::as_str);
    lines.collect::<Vec<_>>().join("\n")
}

/// A definition of one field beside the type.
fn with_field(field: &Value) -> Value {
    json!({"authorization_server": null, "scope": null, "presentation_definition": {"id": "pd", "input_descriptors": [
        {"id": "d", "constraints": {"fields": [
            {"path": ["$.type"], "filter": {"type": "string", "const": "NutsOrganizationCredential"}}, field]}}]}})
}

#[tokio::test]
async fn what_would_be_presented_is_told_with_the_values_that_the_server_will_know() {
    let stage = Stage::new().await;
    let _ = stage.script.take_sent();
    let answer = explain(&stage, &json!({})).await;
    let expected =
        format!("yes: `clinic` would present one credential of {}, in format jwt_vp", stage.did);
    assert_eq!(answer["verdict"], expected);
    assert_eq!(answer["advice"], json!([]));
    assert_eq!(answer["definition"]["source"], format!("https://{AS_HOST}/as/x/pd"));
    assert_eq!(answer["server"]["presentation_format"], "jwt_vp");
    assert_eq!(answer["wallets"][0]["outcome"], "chosen");
    let descriptor = &answer["wallets"][0]["descriptors"][0];
    assert_eq!(descriptor["is_filled"], json!(true));
    assert_eq!(descriptor["fields"][2]["id"], "organization_name");
    assert_eq!(descriptor["fields"][2]["value"], "\"Clinic West\"");
    assert_eq!(
        (&row(&answer, 0)["fit"], &row(&answer, 1)["fit"]),
        (&json!("chosen"), &json!("fits"))
    );
    let sent: Vec<&str> = stage.script.take_sent().iter().map(|sent| sent.purpose).collect();
    assert_eq!(sent, ["oauth-metadata", "presentation-definition"]);
}

#[tokio::test]
async fn an_expired_credential_is_the_closest_one_and_its_issuer_is_to_be_asked() {
    let stage = Stage::empty().await;
    let issuer = stage.scenario.issuer_did.clone();
    let credential = stage
        .issue_and_load(&json!({
            "issuer": issuer, "type": "NutsOrganizationCredential", "format": "ldp_vc", "withStatusList2021Revocation": true,
            "expirationDate": "2026-11-25T10:00:00Z",
            "credentialSubject": {"id": stage.did, "organization": {"name": "Clinic West", "city": "Utrecht"}},
        }))
        .await;
    stage.scenario.world.clock.advance(Duration::hours(2));
    let answer = explain(&stage, &json!({})).await;
    let id = credential["id"].as_str().unwrap();
    let expected = format!(
        "no: `clinic` cannot fulfil `pd_org_only`, no credential for `id_org`; the closest, NutsOrganizationCredential `{id}`, \
         is out: expired on 2026-11-25T10:00:00Z"
    );
    assert_eq!(answer["verdict"], expected);
    assert_eq!(
        (&row(&answer, 0)["fit"], &row(&answer, 0)["check"]),
        (&json!("fits_but_unusable"), &json!("expired"))
    );
    assert!(
        advice(&answer).contains(&format!("Ask {issuer} for a new NutsOrganizationCredential")),
        "{}",
        advice(&answer)
    );
}

#[tokio::test]
async fn a_revoked_credential_is_told_apart_from_one_that_does_not_fit() {
    let stage = Stage::empty().await;
    let credential = stage.load_organization("ldp_vc", "Clinic West", "Utrecht").await;
    let id = credential["id"].as_str().unwrap().replace('%', "%25").replace('#', "%23");
    let path = format!("/internal/vcr/v2/issuer/vc/{id}");
    let revoked = stage.scenario.hospital.internal(http::Method::DELETE, &path, None).await;
    assert!(revoked.status.is_success(), "{}", revoked.text());
    // Longer than a status list is believed.
    stage.scenario.world.clock.advance(Duration::hours(24));
    let answer = explain(&stage, &json!({})).await;
    assert_eq!(row(&answer, 0)["check"], "revoked", "{answer}");
    assert_eq!(row(&answer, 0)["fit"], "fits_but_unusable");
}

#[tokio::test]
async fn a_credential_that_has_not_begun_points_to_the_clocks() {
    let stage = Stage::new().await;
    stage.scenario.world.clock.advance(Duration::hours(-1));
    let answer = explain(&stage, &json!({})).await;
    assert_eq!(row(&answer, 0)["check"], "not_yet_valid");
    assert!(advice(&answer).contains("compare the clock"), "{}", advice(&answer));
}

#[tokio::test]
async fn each_way_in_which_a_credential_does_not_fit_has_a_name_and_both_values() {
    let stage = Stage::empty().await;
    stage.load_organization("jwt_vc", "Clinic West", "Utrecht").await;
    let name = json!(["$.credentialSubject[0].organization.name"]);
    let cases = [
        (
            json!({"path": ["$.issuer"], "filter": {"type": "string", "const": "did:web:other.example.nl"}}),
            "issuer",
            Some("did:web:other.example.nl"),
        ),
        (
            json!({"path": ["$.issuer"], "filter": {"type": "string", "pattern": "^did:x509:"}}),
            "issuer",
            Some("^did:x509:"),
        ),
        (
            json!({"id": "ura", "path": ["$.credentialSubject[0].organization.ura"], "filter": {"type": "string"}}),
            "missing",
            None,
        ),
        (
            json!({"id": "name", "path": name, "filter": {"type": "string", "pattern": "^Hospital"}}),
            "pattern",
            Some("^Hospital"),
        ),
        (
            json!({"id": "name", "path": name, "filter": {"type": "string", "const": "Hospital"}}),
            "value",
            Some("Hospital"),
        ),
        (
            json!({"id": "name", "path": name, "filter": {"type": "string", "enum": ["A", "B"]}}),
            "value",
            Some("A, B"),
        ),
        (
            json!({"id": "name", "path": name, "filter": {"type": "number"}}),
            "value_type",
            Some("number"),
        ),
        (json!({"path": ["$.credentialSubject["]}), "unmatchable", None),
    ];
    for (field, check, expected) in cases {
        let answer = explain(&stage, &with_field(&field)).await;
        let row = row(&answer, 0);
        assert_eq!(
            (&row["check"], &row["fit"]),
            (&json!(check), &json!("does_not_fit")),
            "{field}"
        );
        assert_eq!(row.get("expected").and_then(Value::as_str), expected, "{field}");
        if expected.is_some() {
            assert!(row["found"].is_string(), "{row}");
        }
        assert!(!advice(&answer).is_empty(), "{answer}");
    }
    let formats = json!({"format": {"ldp_vc": {"proof_type": ["JsonWebSignature2020"]}}, "id": "pd", "input_descriptors": [{"id": "d"}]});
    let question =
        json!({"authorization_server": null, "scope": null, "presentation_definition": formats});
    assert_eq!(row(&explain(&stage, &question).await, 0)["check"], "format");
    let algorithms = json!({"format": {"jwt_vc": {"alg": ["PS256"]}}, "id": "pd", "input_descriptors": [{"id": "d"}]});
    let question =
        json!({"authorization_server": null, "scope": null, "presentation_definition": algorithms});
    let answer = explain(&stage, &question).await;
    assert_eq!(
        (&row(&answer, 0)["check"], &row(&answer, 0)["found"]),
        (&json!("algorithm"), &json!("ES256"))
    );
}

#[tokio::test]
async fn what_the_holder_states_is_a_candidate_too() {
    let stage = Stage::new().await;
    let question = |credentials: Value| json!({"authorization_server": null, "scope": "medication-overview", "credentials": credentials});
    let answer = explain(&stage, &question(json!([]))).await;
    assert_eq!(row(&answer, 0)["check"], "type");
    assert!(advice(&answer).contains("pass it in `credentials`"), "{}", advice(&answer));
    let answer = explain(&stage, &question(json!([employee()]))).await;
    assert_eq!(answer["is_fulfilled"], json!(true));
    assert_eq!(answer["wallets"][0]["credentials"][0]["is_self_attested"], json!(true));
    assert_eq!(answer["definition"]["source"], "the local policy for `medication-overview`");
}

#[tokio::test]
async fn a_selection_that_leaves_none_or_two_is_told_with_the_values_that_are_there() {
    let stage = Stage::new().await;
    let answer =
        explain(&stage, &json!({"credential_selection": {"organization_name": "Nobody"}})).await;
    let row = row(&answer, 0);
    assert_eq!((&row["fit"], &row["check"]), (&json!("not_selected"), &json!("selection")));
    assert_eq!((&row["expected"], &row["found"]), (&json!("Nobody"), &json!("Clinic West")));

    let answer =
        explain(&stage, &json!({"credential_selection": {"organization_city": "Utrecht"}})).await;
    let text = advice(&answer);
    assert!(
        text.contains("`organization_name`: \"Clinic West JWT\" or \"Clinic West\"")
            || text.contains("`organization_name`: \"Clinic West\" or \"Clinic West JWT\""),
        "{text}"
    );
    assert!(!text.contains("`organization_city`: "), "{text}");

    let answer = explain(&stage, &json!({"credential_selection": {"foo": "x"}})).await;
    let text = advice(&answer);
    assert!(text.contains("`organization_city`, `organization_name`"), "{text}");
}

#[tokio::test]
async fn terms_of_the_server_are_told() {
    let stage = Stage::empty().await;
    stage.load_organization("jwt_vc", "Clinic West", "Utrecht").await;
    stage.script.metadata_with(&json!({"did_methods_supported": ["nuts"]}));
    let answer = explain(&stage, &json!({})).await;
    assert_eq!(answer["wallets"][0]["outcome"], "not_usable");
    assert_eq!(answer["verdict"], "no: the authorization server resolves no DID of `clinic`");

    stage.script.metadata_with(&json!({"vp_formats_supported": null}));
    let answer = explain(&stage, &json!({})).await;
    assert!(
        answer["verdict"].as_str().unwrap().starts_with("no: no shared presentation format"),
        "{answer}"
    );
    assert!(advice(&answer).contains("vp_formats_supported"));

    let formats = json!({"ldp_vp": {"proof_type_values_supported": ["JsonWebSignature2020"]}});
    stage.script.metadata_with(&json!({"vp_formats_supported": formats}));
    assert_eq!(row(&explain(&stage, &json!({})).await, 0)["check"], "jwt_in_json_ld");
}

#[tokio::test]
async fn a_server_that_cannot_be_asked_is_an_explanation_too() {
    let stage = Stage::new().await;
    let slash = json!({"authorization_server": format!("https://{AS_HOST}/as/x/")});
    let answer = explain(&stage, &slash).await;
    assert!(advice(&answer).contains("use exactly that as `authorization_server`"), "{answer}");
    assert_eq!(answer["wallets"], json!([]));
    stage.script.definition(Reply::error(400, "invalid_scope", "no"));
    let answer = explain(&stage, &json!({})).await;
    assert!(advice(&answer).contains("does not know the scope `org-only`"), "{answer}");
    let answer = explain(&stage, &json!({"authorization_server": null, "scope": "nope"})).await;
    assert!(advice(&answer).contains("`policy.directory`"), "{answer}");
    stage.scenario.world.network.cut(AS_HOST);
    let answer = explain(&stage, &json!({})).await;
    assert!(advice(&answer).contains("reachable from this machine"), "{answer}");
}

#[tokio::test]
async fn an_empty_wallet_is_told_how_to_fill_it() {
    let stage = Stage::empty().await;
    let answer = explain(&stage, &json!({})).await;
    assert!(advice(&answer).contains("POST /internal/vcr/v2/holder/clinic/vc"), "{answer}");
}

#[tokio::test]
async fn what_is_told_has_an_end() {
    let stage = Stage::new().await;
    let long = "x".repeat(10_000);
    let mut changed = definition();
    changed["id"] = json!(format!("\u{1b}[31m{long}"));
    changed["input_descriptors"][0]["id"] = json!(long);
    changed["input_descriptors"][0]["constraints"]["fields"][2]["filter"]["const"] = json!(long);
    stage.script.definition(Reply::json(200, &changed));
    let answer = stage.clinic.post(PATH, &json!({"subject": "clinic", "authorization_server": format!("https://{AS_HOST}/as/x"), "scope": "org-only"})).await;
    assert!(answer.body.len() < 10_000, "{}", answer.body.len());
    // SECURITY: a terminal would obey.
    assert!(!answer.text().contains("\\u001b"), "{}", answer.text());
}

#[tokio::test]
async fn a_question_that_is_none_is_refused() {
    let stage = Stage::new().await;
    let cases = [
        (json!({}), "give `scope`"),
        (json!({"subject": "clinic"}), "give `scope`"),
        (json!({"subject": "clinic", "scope": "x", "presentation_definition": {}}), "give `scope`"),
        (json!({"subject": "nobody", "scope": "org-only"}), "invalid_request - subject not found"),
        (
            json!({"subject": "clinic", "presentation_definition": {"id": "x"}}),
            "presentation definition at ``: `input_descriptors` is missing",
        ),
        (
            json!({"subject": "clinic", "scope": "org-only", "credentials": [{"issuer": "x"}]}),
            "self-asserted credentials MUST NOT contain an 'issuer'",
        ),
    ];
    for (question, detail) in cases {
        let answer = stage.clinic.post(PATH, &question).await.expect(400);
        let found = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(found.starts_with(detail), "{question}: {found}");
    }
}
