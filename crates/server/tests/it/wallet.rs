//! Wallets and presentations over HTTP, with the answers that were recorded.

use http::Method;
use pecan_testkit::{Answer, Scenario};
use serde_json::{Value, json};
use time::Duration;

const WALLET: &str = "/internal/vcr/v2/holder/clinic/vc";
const PRESENT: &str = "/internal/vcr/v2/holder/vp";

fn problem(answer: &Answer, status: u16, title: &str, detail: &str) {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let expected = json!({"detail": detail, "status": status, "title": title});
    assert_eq!(answer.json(), expected);
}

fn as_segment(id: &str) -> String {
    id.replace('%', "%25").replace('#', "%23")
}

fn id(credential: &Value) -> String {
    match credential {
        Value::String(token) => {
            let payload = token.split('.').nth(1).unwrap();
            let payload = pecan_jose::base64url::decode(payload).unwrap();
            let claims: Value = serde_json::from_slice(&payload).unwrap();
            claims["jti"].as_str().unwrap().to_owned()
        }
        document => document["id"].as_str().unwrap().to_owned(),
    }
}

async fn list(scenario: &Scenario) -> Value {
    scenario.clinic.internal(Method::GET, WALLET, None).await.expect(200).json()
}

#[tokio::test]
async fn what_is_loaded_is_listed_as_it_was_received() {
    let scenario = Scenario::new().await;
    let linked = scenario.issue("ldp_vc").await;
    let token = scenario.issue("jwt_vc").await;
    for credential in [&linked, &token, &linked] {
        let loaded = scenario.load(credential).await.expect(204);
        assert_eq!((loaded.text().as_str(), loaded.header("content-type")), ("", ""));
    }
    assert_eq!(list(&scenario).await, json!([linked, token]));
    let found = scenario.clinic.internal(Method::GET, &format!("{WALLET}/search"), None).await;
    let found = found.expect(200).json();
    let expected = json!({"verifiableCredentials": [
        {"verifiableCredential": linked}, {"verifiableCredential": token},
    ]});
    assert_eq!(found, expected);
    let path = "/internal/vcr/v2/holder/hospital/vc";
    let empty = scenario.hospital.internal(Method::GET, path, None).await.expect(200);
    assert_eq!(empty.text(), "[]\n");
}

#[tokio::test]
async fn each_load_that_is_refused_has_its_recorded_answer() {
    let scenario = Scenario::new().await;
    let linked = scenario.issue("ldp_vc").await;
    let token = scenario.issue("jwt_vc").await;
    let _ = scenario.load(&linked).await.expect(204);
    let failed = "presentation(s) or credential(s) verification failed";
    let no_subject = "invalid credentialSubject.ID: unable to get subject DID from VC: there must be at least 1 credentialSubject";
    let refuse = async |credential: &Value, status, detail: &str| {
        problem(&scenario.load(credential).await, status, "LoadVC failed", detail);
    };
    let path = "/internal/vcr/v2/holder/nobody/vc";
    let nobody = scenario.clinic.post(path, &linked).await;
    problem(&nobody, 404, "LoadVC failed", "subject not found");
    let path = "/internal/vcr/v2/holder/hospital/vc";
    let foreign = scenario.hospital.post(path, &linked).await;
    let not_owned = "subject does not own DID specified by credentialSubject.ID";
    problem(&foreign, 400, "LoadVC failed", not_owned);
    let mut tampered = linked.clone();
    tampered["credentialSubject"]["organization"]["city"] = json!("Elsewhere");
    let forged = "invalid signature: invalid proof signature: invalid ECDSA signature";
    refuse(&tampered, 400, &format!("{failed}: {forged}")).await;
    let mut unsigned = linked.clone();
    unsigned.as_object_mut().unwrap().remove("proof");
    refuse(&unsigned, 400, &format!("{failed}: missing proof")).await;
    let cut = token.as_str().unwrap().rsplit_once('.').unwrap().0;
    let token_forged = scenario.load(&json!(format!("{cut}.{}", "A".repeat(86)))).await;
    let text = token_forged.json()["detail"].as_str().unwrap().to_owned();
    assert!(text.starts_with(&format!("{failed}: unable to validate JWT signature: ")), "{text}");
    refuse(&json!({"a": 1}), 400, no_subject).await;
    let empty = scenario.clinic.internal(Method::POST, WALLET, None).await;
    problem(&empty, 400, "LoadVC failed", no_subject);
    let garbage = scenario.load(&json!("garbage")).await.expect(400).json();
    assert_eq!(garbage["title"], "Operation failed");
    let mut reordered: Vec<(String, Value)> =
        linked.as_object().unwrap().clone().into_iter().rev().collect();
    let reordered: serde_json::Map<String, Value> = reordered.drain(..).collect();
    // The reference answers 500.
    let differs =
        format!("credential with this ID already exists with different contents: {}", id(&linked));
    refuse(&Value::Object(reordered), 409, &differs).await;
    scenario.world.clock.advance(Duration::days(400));
    let mut expired = linked.clone();
    expired["expirationDate"] = json!("2026-11-25T10:00:00Z");
    // The reference answers 500.
    refuse(&expired, 400, "credential not valid at given time").await;
}

#[tokio::test]
async fn a_revoked_credential_is_not_loaded_not_listed_and_found_with_its_revocation() {
    let scenario = Scenario::new().await;
    let loaded = scenario.issue("ldp_vc").await;
    let other = scenario.issue("jwt_vc").await;
    let _ = scenario.load(&loaded).await.expect(204);
    for credential in [&loaded, &other] {
        let path = format!("/internal/vcr/v2/issuer/vc/{}", as_segment(&id(credential)));
        let _ = scenario.hospital.internal(Method::DELETE, &path, None).await.expect(204);
    }
    // Clinic has a copy of the list from before.
    assert_eq!(list(&scenario).await, json!([loaded]));
    scenario.world.clock.advance(Duration::minutes(15));
    problem(&scenario.load(&other).await, 409, "LoadVC failed", "credential is revoked");
    assert_eq!(list(&scenario).await, json!([]));
    let found = scenario.clinic.internal(Method::GET, &format!("{WALLET}/search"), None).await;
    let revocation = json!({
        "date": "2026-11-25T09:15:00Z", "issuer": scenario.issuer_did, "subject": id(&loaded),
    });
    let expected = json!({"verifiableCredentials": [
        {"verifiableCredential": loaded, "revocation": revocation},
    ]});
    assert_eq!(found.expect(200).json(), expected);
}

#[tokio::test]
async fn a_credential_is_removed_by_any_spelling_of_its_id() {
    let scenario = Scenario::new().await;
    let credential = scenario.issue("ldp_vc").await;
    let id = id(&credential);
    let encoded = id.replace('%', "%25").replace(':', "%3A").replace('#', "%23");
    for spelling in [id.replace('#', "%23"), as_segment(&id), encoded] {
        let _ = scenario.load(&credential).await.expect(204);
        let path = format!("{WALLET}/{spelling}");
        let _ = scenario.clinic.internal(Method::DELETE, &path, None).await.expect(204);
        let again = scenario.clinic.internal(Method::DELETE, &path, None).await;
        problem(&again, 404, "RemoveCredentialFromWallet failed", "credential not found");
    }
    for (path, detail) in [
        ("/internal/vcr/v2/holder/nobody/vc/x", "subject not found"),
        ("/internal/vcr/v2/holder/clinic/vc/foo", "credential not found"),
    ] {
        let answer = scenario.clinic.internal(Method::DELETE, path, None).await;
        problem(&answer, 404, "RemoveCredentialFromWallet failed", detail);
    }
    for (path, title) in [
        ("/internal/vcr/v2/holder/nobody/vc", "GetCredentialsInWallet failed"),
        ("/internal/vcr/v2/holder/nobody/vc/search", "SearchCredentialsInWallet failed"),
    ] {
        let answer = scenario.clinic.internal(Method::GET, path, None).await;
        problem(&answer, 404, title, "subject not found");
    }
}

#[tokio::test]
async fn a_presentation_is_an_object_or_a_string() {
    let scenario = Scenario::new().await;
    let credential = scenario.issue("ldp_vc").await;
    let order = json!({
        "verifiableCredentials": [credential],
        "challenge": "n-0S6_WzA2Mj",
        "domain": "https://verifier.example.org",
        "expires": "2026-11-25T10:00:00Z",
    });
    let document = scenario.clinic.post(PRESENT, &order).await.expect(200);
    assert_eq!(document.header("content-type"), "application/json");
    let document = document.json();
    assert_eq!(document["proof"]["challenge"], "n-0S6_WzA2Mj");
    assert_eq!(document["proof"]["proofPurpose"], "assertionMethod");
    assert_eq!(document["verifiableCredential"], credential);
    let mut order = order;
    order["format"] = json!("jwt_vp");
    let token = scenario.clinic.post(PRESENT, &order).await.expect(200).json();
    assert!(token.is_string());
    for presentation in [document, token] {
        let body = json!({"verifiablePresentation": presentation});
        let verified = scenario.hospital.post("/internal/vcr/v2/verifier/vp", &body).await;
        let expected = json!({"credentials": [credential], "validity": true});
        assert_eq!(verified.expect(200).json(), expected);
    }
}

#[tokio::test]
async fn each_order_that_is_refused_has_its_recorded_answer() {
    let scenario = Scenario::new().await;
    let credential = scenario.issue("ldp_vc").await;
    let mut tampered = credential.clone();
    tampered["credentialSubject"]["organization"]["city"] = json!("Elsewhere");
    let forged = format!(
        "invalid credential (id={}): presentation(s) or credential(s) verification failed: invalid signature: invalid proof signature: invalid ECDSA signature",
        id(&credential)
    );
    for (changes, detail) in [
        (json!({"verifiableCredentials": []}), "verifiableCredentials needs at least 1 item"),
        (json!({"signerDID": "foo"}), "invalid signer DID: invalid DID"),
        (json!({"expires": "2020-01-01T00:00:00Z"}), "expires can not lay in the past"),
        // The reference answers 500.
        (json!({"format": "foo"}), "unsupported presentation proof format: foo"),
        (json!({"verifiableCredentials": [tampered]}), forged.as_str()),
    ] {
        let mut order = json!({"verifiableCredentials": [credential]});
        for (name, value) in changes.as_object().unwrap() {
            order[name] = value.clone();
        }
        let answer = scenario.clinic.post(PRESENT, &order).await;
        problem(&answer, 400, "CreateVP failed", detail);
    }
    let order = json!({"verifiableCredentials": [credential], "expires": "soon"});
    let answer = scenario.clinic.post(PRESENT, &order).await.expect(400).json();
    assert!(answer["detail"].as_str().unwrap().starts_with("invalid value for expires: "));
    let order = json!({"verifiableCredentials": [credential], "signerDID": scenario.hospital_did});
    let answer = scenario.clinic.post(PRESENT, &order).await.expect(400).json();
    assert_eq!(answer["title"], "CreateVP failed");
}
