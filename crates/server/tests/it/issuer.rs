//! Issuing, searching and revoking over HTTP, with the answers that were recorded.

use http::Method;
use pecan_testkit::Scenario;
use serde_json::{Value, json};

const ISSUE: &str = "/internal/vcr/v2/issuer/vc";

/// A request that is fine.
fn request(scenario: &Scenario) -> Value {
    json!({
        "type": "NutsOrganizationCredential",
        "issuer": scenario.issuer_did,
        "credentialSubject": {"id": scenario.clinic_did, "organization": {"name": "Clinic West", "city": "Utrecht"}},
        "withStatusList2021Revocation": true,
        "expirationDate": "2027-11-01T00:00:00Z",
        "format": "ldp_vc",
    })
}

/// The same with some members changed; `null` takes one away.
fn with(mut request: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(request.as_object_mut().unwrap().remove(name)),
            _ => request[name] = value.clone(),
        }
    }
    request
}

fn search_path(scenario: &Scenario, kind: &str, subject: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("credentialType", kind).append_pair("issuer", &scenario.issuer_did);
    if let Some(subject) = subject {
        query.append_pair("subject", subject);
    }
    format!("{ISSUE}/search?{}", query.finish())
}

async fn found(scenario: &Scenario, kind: &str, subject: Option<&str>) -> Vec<Value> {
    let path = search_path(scenario, kind, subject);
    let answer = scenario.hospital.internal(Method::GET, &path, None).await.expect(200);
    answer.json()["verifiableCredentials"].as_array().unwrap().clone()
}

fn fully_encoded(id: &str) -> String {
    id.replace('%', "%25").replace(':', "%3A").replace('#', "%23")
}

#[tokio::test]
async fn a_json_ld_credential_says_what_was_asked_for() {
    let scenario = Scenario::new().await;
    let issued = scenario.hospital.post(ISSUE, &request(&scenario)).await.expect(200);
    assert_eq!(issued.header("content-type"), "application/json");
    let issued = issued.json();
    assert_eq!(
        issued["@context"],
        json!([
            "https://www.w3.org/2018/credentials/v1",
            "https://nuts.nl/credentials/v1",
            "https://w3id.org/vc/status-list/2021/v1",
            "https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json",
        ])
    );
    assert_eq!(issued["type"], json!(["NutsOrganizationCredential", "VerifiableCredential"]));
    assert_eq!(issued["issuanceDate"], "2026-11-25T09:00:00Z");
    assert_eq!(issued["expirationDate"], "2027-11-01T00:00:00Z");
    assert_eq!(issued["proof"]["created"], "2026-11-25T09:00:00Z");
    let list = format!("{}/statuslist/{}/1", scenario.hospital.url, scenario.issuer_did);
    let status = &issued["credentialStatus"];
    let index = status["statusListIndex"].as_str().unwrap();
    assert_eq!(status["statusListCredential"], list);
    assert_eq!(status["id"], format!("{list}#{index}"));
    assert_eq!(status["statusPurpose"], "revocation");
    let id = issued["id"].as_str().unwrap();
    assert!(id.starts_with(&format!("{}#", scenario.issuer_did)), "{id}");
}

#[tokio::test]
async fn a_credential_without_status_and_end_is_issued_to_who_says_so() {
    let scenario = Scenario::new().await;
    let changes =
        json!({"expirationDate": null, "withStatusList2021Revocation": false, "format": "jwt_vc"});
    let asked = with(request(&scenario), &changes);
    let issued = scenario.hospital.post(ISSUE, &asked).await.expect(200).json();
    let claims = issued.as_str().unwrap().split('.').nth(1).unwrap();
    let claims = pecan_jose::base64url::decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims.get("exp"), None);
    assert_eq!(claims["iat"], claims["nbf"]);
    assert_eq!(claims["vc"].get("credentialStatus"), None);
    assert!(claims["vc"]["credentialSubject"].is_array());
}

#[tokio::test]
async fn refusals_read_as_recorded() {
    let scenario = Scenario::new().await;
    let good = request(&scenario);
    for (changes, expected) in [
        (json!({"issuer": null}), "invalid DID: DID must start with 'did:'"),
        (json!({"issuer": "nodid"}), "invalid DID"),
        (json!({"issuer": "did:jwk:abc"}), "unsupported DID method: jwk"),
        (json!({"type": null}), "missing credential type"),
        (json!({"credentialSubject": null}), "missing credentialSubject"),
        (
            json!({"type": ["VerifiableCredential", "NutsOrganizationCredential", "Extra"]}),
            "can only issue VerifiableCredential with at most 1 extra type",
        ),
        (
            json!({"type": ["NutsOrganizationCredential", "Extra"]}),
            "can only issue VerifiableCredential with at most 1 extra type",
        ),
        (
            json!({"expirationDate": null, "withStatusList2021Revocation": null}),
            "withStatusList2021Revocation MUST be provided for credentials without expirationDate",
        ),
        (
            json!({"publishToNetwork": false}),
            "illegal option 'publishToNetwork' requested for issuer's DID method: web",
        ),
        (
            json!({"visibility": "public"}),
            "illegal option 'visibility' requested for issuer's DID method: web",
        ),
        (json!({"format": "foo"}), "unsupported credential proof format"),
        (
            json!({"expirationDate": "tomorrow"}),
            "invalid expirationDate: not a time as in RFC 3339",
        ),
        (
            json!({"credentialSubject": {"id": "did:web:a.nl", "organization": {"name": "x"}}}),
            "validation failed: 'credentialSubject.city' is empty",
        ),
        (
            json!({"credentialSubject": {"organization": {"name": "x", "city": "y"}}}),
            "unable to store the issued credential: failed to extract subject DID: unable to get subject DID from VC: credential subjects have no ID",
        ),
        (
            json!({"credentialSubject": [{"id": "did:web:a.nl"}, {"id": "did:web:a.nl"}]}),
            "unable to store the issued credential: expected exactly one credential subject, got 2",
        ),
        (
            json!({"issuer": scenario.clinic_did}),
            "failed to sign credential: could not resolve an assertionKey for issuer: DID is not managed by this node",
        ),
    ] {
        let answer = scenario.hospital.post(ISSUE, &with(good.clone(), &changes)).await;
        let answer = answer.expect(400);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let expected = json!({"detail": expected, "status": 400, "title": "IssueVC failed"});
        assert_eq!(answer.json(), expected, "{changes}");
    }
}

#[tokio::test]
async fn undefined_properties_are_refused_with_their_paths_in_json_ld_alone() {
    let scenario = Scenario::new().await;
    let subject = json!({
        "id": scenario.clinic_did,
        "organization": {"name": "x", "city": "y", "colour": "red"},
        "shoeSize": "44",
    });
    let asked = with(request(&scenario), &json!({"credentialSubject": subject}));
    let detail = scenario.hospital.post(ISSUE, &asked).await.expect(400).json()["detail"].clone();
    let detail = detail.as_str().unwrap();
    assert!(detail.starts_with("jsonld: invalid property"), "{detail}");
    for path in ["`/credentialSubject/shoeSize`", "`/credentialSubject/organization/colour`"] {
        assert!(detail.contains(path), "{detail}");
    }
    let asked = with(asked, &json!({"format": "jwt_vc"}));
    let _ = scenario.hospital.post(ISSUE, &asked).await.expect(200);
}

#[tokio::test]
async fn a_context_that_nobody_knows_is_refused() {
    let scenario = Scenario::new().await;
    let asked = with(request(&scenario), &json!({"@context": ["https://example.nl/context"]}));
    let detail = scenario.hospital.post(ISSUE, &asked).await.expect(400).json()["detail"].clone();
    assert!(detail.as_str().unwrap().starts_with("jsonld: "), "{detail}");
}

#[tokio::test]
async fn a_deactivated_issuer_issues_nothing() {
    let scenario = Scenario::new().await;
    let path = "/internal/vdr/v2/subject/issuer";
    let _ = scenario.hospital.internal(Method::DELETE, path, None).await.expect(204);
    let answer = scenario.hospital.post(ISSUE, &request(&scenario)).await.expect(400).json();
    assert_eq!(
        answer["detail"],
        "failed to sign credential: could not resolve an assertionKey for issuer: the DID document has been deactivated"
    );
}

#[tokio::test]
async fn searches_know_wildcards_at_the_ends() {
    let scenario = Scenario::new().await;
    let linked = scenario.issue("ldp_vc").await;
    let token = scenario.issue("jwt_vc").await;
    let own = json!({"type": "NutsEmployeeCredential", "credentialSubject": {"id": "did:web:Other.nl", "name": "x"}});
    let _ = scenario.hospital.post(ISSUE, &with(request(&scenario), &own)).await.expect(200);

    let all = found(&scenario, "NutsOrganizationCredential", None).await;
    let credentials: Vec<&Value> = all.iter().map(|hit| &hit["verifiableCredential"]).collect();
    assert!(credentials.contains(&&linked) && credentials.contains(&&token) && all.len() == 2);
    assert!(all.iter().all(|hit| hit.get("revocation").is_none()));

    for (kind, subject, count) in [
        ("Foo", None, 0),
        ("VerifiableCredential", None, 0),
        ("NutsEmpl*", None, 1),
        ("*Credential", None, 3),
        ("*Organization*", None, 2),
        ("*organization*", None, 0),
        ("*", None, 3),
        ("*", Some("*"), 3),
        ("*", Some("foo"), 0),
        ("*", Some("did:web:Other.nl"), 1),
        ("*", Some("did:web:other.nl"), 0),
        ("*", Some("did:web:Oth*"), 1),
        ("*", Some("did:web:oth*"), 0),
        ("*", Some("*clinic.example.nl*"), 2),
        ("*", Some("*.nl"), 1),
        ("*", Some("*_ther.nl"), 0),
        ("*", Some("*%"), 0),
        ("*", Some(scenario.clinic_did.as_str()), 2),
    ] {
        assert_eq!(found(&scenario, kind, subject).await.len(), count, "{kind} {subject:?}");
    }
}

#[tokio::test]
async fn searches_need_a_type_and_an_issuer() {
    let scenario = Scenario::new().await;
    for (query, title, detail) in [
        (
            "credentialType=X",
            "Operation failed",
            "Invalid format for parameter issuer: query parameter 'issuer' is required",
        ),
        (
            "issuer=did:web:a.nl",
            "Operation failed",
            "Invalid format for parameter credentialType: query parameter 'credentialType' is required",
        ),
        (
            "credentialType=X&issuer=foo",
            "SearchIssuedVCs failed",
            "invalid issuer did: invalid DID",
        ),
    ] {
        let path = format!("{ISSUE}/search?{query}");
        let answer = scenario.hospital.internal(Method::GET, &path, None).await.expect(400);
        assert_eq!(answer.json(), json!({"detail": detail, "status": 400, "title": title}));
    }
}

#[tokio::test]
async fn a_revoked_credential_shows_when_and_is_not_revoked_twice() {
    let scenario = Scenario::new().await;
    let issued = scenario.issue("ldp_vc").await;
    let id = issued["id"].as_str().unwrap();
    let path = format!("{ISSUE}/{}", id.replace('#', "%23"));
    let answer = scenario.hospital.internal(Method::DELETE, &path, None).await.expect(204);
    assert!(answer.body.is_empty());
    let again = scenario.hospital.internal(Method::DELETE, &path, None).await.expect(409).json();
    let refusal =
        json!({"detail": "credential is revoked", "status": 409, "title": "RevokeVC failed"});
    assert_eq!(again, refusal);

    let hits = found(&scenario, "NutsOrganizationCredential", None).await;
    let expected = json!({
        "date": "2026-11-25T09:00:00Z", "issuer": scenario.issuer_did, "reason": "revocation", "subject": id,
    });
    assert_eq!(hits[0]["revocation"], expected);
    assert_eq!(hits[0]["verifiableCredential"], issued);
}

#[tokio::test]
async fn revocations_are_refused_as_recorded() {
    let scenario = Scenario::new().await;
    let changes = json!({"withStatusList2021Revocation": false});
    let asked = with(request(&scenario), &changes);
    let plain = scenario.hospital.post(ISSUE, &asked).await.expect(200).json();
    let plain = plain["id"].as_str().unwrap();
    let unknown = format!("{}#00000000-0000-0000-0000-000000000000", scenario.issuer_did);
    for (id, status, detail) in [
        (fully_encoded(plain), 400, "credential contains no (relevant) status"),
        (fully_encoded(&unknown), 404, "credential not found"),
        ("foo".to_owned(), 400, "invalid credential ID"),
        ("%ff".to_owned(), 400, "invalid credential ID"),
    ] {
        let path = format!("{ISSUE}/{id}");
        let answer = scenario.hospital.internal(Method::DELETE, &path, None).await.expect(status);
        let expected = json!({"detail": detail, "status": status, "title": "RevokeVC failed"});
        assert_eq!(answer.json(), expected, "{id}");
    }
    let path = format!("{ISSUE}/{}", fully_encoded(plain));
    let _ = scenario.clinic.internal(Method::DELETE, &path, None).await.expect(404);
}

#[tokio::test]
async fn a_status_list_is_served_to_everybody() {
    let scenario = Scenario::new().await;
    let did = &scenario.issuer_did;
    let _ = scenario.hospital.get(&format!("/statuslist/{did}/1")).await.expect(404);
    scenario.issue("jwt_vc").await;
    let answer = scenario.hospital.get(&format!("/statuslist/{did}/1")).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "max-age=300");
    let list = answer.json();
    assert_eq!(list["type"], json!(["VerifiableCredential", "StatusList2021Credential"]));
    assert_eq!(list["expirationDate"], "2026-11-26T09:00:00Z");
    assert_eq!(list["proof"].as_array().map(Vec::len), Some(1));
    let subject = &list["credentialSubject"][0];
    assert_eq!(subject["id"], format!("{}/statuslist/{did}/1", scenario.hospital.url));
    assert_eq!(subject["statusPurpose"], "revocation");

    for (path, status, title) in [
        (format!("/statuslist/{did}/2"), 404, "StatusList failed"),
        (format!("/statuslist/{did}/0"), 404, "StatusList failed"),
        (format!("/statuslist/{did}/-1"), 404, "StatusList failed"),
        (format!("/statuslist/{did}/4294967297"), 404, "StatusList failed"),
        ("/statuslist/did:web:example.com/1".to_owned(), 404, "StatusList failed"),
        ("/statuslist/nodid/1".to_owned(), 400, "StatusList failed"),
        (format!("/statuslist/{did}/x"), 400, "Operation failed"),
    ] {
        let answer = scenario.hospital.get(&path).await.expect(status);
        assert_eq!(answer.json()["title"], title, "{path}");
        assert_eq!(answer.header("cache-control"), "", "{path}");
    }
}
