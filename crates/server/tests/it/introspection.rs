//! What resource servers are told about access tokens (contract/iam.md 9.3, 9.4).

use serde_json::{Value, json};
use time::Duration;

use crate::hospital::{Hospital, ISSUER};

const EXTENDED: &str = "/internal/auth/v2/accesstoken/introspect_extended";
const PLAIN: &str = "/internal/auth/v2/accesstoken/introspect";

#[tokio::test]
async fn a_token_stands_for_who_asked_what_was_granted_and_what_was_shown() {
    let hospital = Hospital::new().await;
    let token = hospital.granted(&hospital.good()).await;
    let answer = hospital.introspect(&token).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let issued_at = hospital.now().unix_timestamp();
    let expected = json!({
        "active": true,
        "iss": ISSUER,
        "client_id": "https://holder.example.nl/oauth2/holder",
        "scope": "org-only",
        "iat": issued_at, "exp": issued_at + 900,
        "organization_name": "Clinic North", "organization_city": "Assen",
    });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn values_are_told_as_they_were_matched() {
    let hospital = Hospital::new().await;
    let token = hospital.granted(&hospital.good().with("scope", "optional-fields")).await;
    let answer = hospital.introspect(&token).await.expect(200).json();
    assert_eq!(answer.get("maybe"), Some(&Value::Null));
    assert_eq!(answer["part"], "As");
    assert_eq!(answer["types"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn whatever_is_no_active_token_gets_the_same_answer() {
    let hospital = Hospital::new().await;
    let token = hospital.granted(&hospital.good()).await;
    let form = Some("application/x-www-form-urlencoded");
    for body in
        ["token=nope", "token=", "foo=bar", "", "token", "=", "token=%ff", "token=%zz", "&&"]
    {
        for path in [PLAIN, EXTENDED] {
            let answer = hospital.introspect_raw(path, form, body.to_owned()).await.expect(200);
            assert_eq!(answer.json(), json!({ "active": false }), "{body}");
        }
    }
    hospital.world.clock.advance(Duration::seconds(899));
    assert_eq!(hospital.introspect(&token).await.json()["active"], true);
    hospital.world.clock.advance(Duration::seconds(1));
    assert_eq!(hospital.introspect(&token).await.json(), json!({ "active": false }));
}

#[tokio::test]
async fn only_forms_are_read() {
    let hospital = Hospital::new().await;
    let token = hospital.granted(&hospital.good()).await;
    let body = format!("token={token}");
    for content_type in [None, Some("application/json"), Some("text/plain")] {
        for (path, operation) in
            [(PLAIN, "IntrospectAccessToken"), (EXTENDED, "IntrospectAccessTokenExtended")]
        {
            let answer =
                hospital.introspect_raw(path, content_type, body.clone()).await.expect(415);
            let expected = json!({
                "detail": "Content-Type MUST be set to application/x-www-form-urlencoded",
                "status": 415, "title": format!("{operation} failed"),
            });
            assert_eq!(answer.json(), expected);
        }
    }
    for content_type in
        ["application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-Form-Urlencoded"]
    {
        let answer = hospital.introspect_raw(PLAIN, Some(content_type), body.clone()).await;
        assert_eq!(answer.json()["active"], true);
    }
}

#[tokio::test]
async fn the_first_token_counts_wherever_it_stands() {
    let hospital = Hospital::new().await;
    let token = hospital.granted(&hospital.good()).await;
    let form = Some("application/x-www-form-urlencoded");
    let in_query = format!("{PLAIN}?token={token}");
    let active = async |path: &str, body: String| {
        hospital.introspect_raw(path, form, body).await.json()["active"].clone()
    };
    assert_eq!(active(&in_query, String::new()).await, true);
    assert_eq!(active(&in_query, "token=nope".to_owned()).await, false);
    assert_eq!(active(PLAIN, format!("token={token}&token=nope")).await, true);
    assert_eq!(active(PLAIN, format!("token_type_hint=refresh_token&token={token}")).await, true);
}

#[tokio::test]
async fn the_extended_answer_has_everything_that_the_token_was_granted_on() {
    let hospital = Hospital::new().await;
    let form = hospital.good().with("scope", "org-and-sp").proved(hospital.proof(|_| {}));
    let token = hospital.granted(&form).await;
    let mut extended = hospital.introspect_at(EXTENDED, &token).await.expect(200).json();
    let extended = extended.as_object_mut().unwrap();
    assert_eq!(extended.remove("vps").unwrap(), json!([form.fields["assertion"]]));
    let submission: Value = serde_json::from_str(&form.fields["presentation_submission"]).unwrap();
    let submissions = extended.remove("presentation_submissions").unwrap();
    assert_eq!(submissions, json!({ "pd_org_only": submission }));
    let definitions = extended.remove("presentation_definitions").unwrap();
    let policies: Value = serde_json::from_str(include_str!("policies.json")).unwrap();
    assert_eq!(definitions, policies["org-and-sp"]);
    assert_eq!(Value::Object(extended.clone()), hospital.introspect(&token).await.json());
}

#[tokio::test]
async fn presentations_in_json_ld_are_told_as_objects() {
    let hospital = Hospital::new().await;
    let now = hospital.now();
    let ldp = hospital.issuer.organization_ldp(&hospital.holder.did, now);
    let vp = hospital.holder.present_ldp(ldp, ISSUER, now, |_| {});
    let form = Hospital::form(&*vp).submission("pd_org_only", "ldp_vc", "$.verifiableCredential");
    let token = hospital.granted(&form).await;
    let extended = hospital.introspect_at(EXTENDED, &token).await.expect(200).json();
    assert_eq!(extended["vps"], json!([serde_json::from_str::<Value>(&vp).unwrap()]));
}

#[tokio::test]
async fn a_credential_never_chooses_what_the_answer_says_of_itself() {
    let hospital = Hospital::new().await;
    for (scope, name) in [("reserved-claim", "iss"), ("cnf-claim", "cnf")] {
        let token = hospital.granted(&hospital.good().with("scope", scope)).await;
        for (path, operation) in
            [(PLAIN, "IntrospectAccessToken"), (EXTENDED, "IntrospectAccessTokenExtended")]
        {
            let answer = hospital.introspect_at(path, &token).await.expect(500);
            let detail = format!(
                "IntrospectAccessToken: InputDescriptorConstraintIdMap contains reserved claim name: {name}"
            );
            let expected =
                json!({ "detail": detail, "status": 500, "title": format!("{operation} failed") });
            assert_eq!(answer.json(), expected);
        }
    }
}

#[tokio::test]
async fn a_token_of_a_short_lived_proof_is_introspected_as_long_as_it_lives() {
    let hospital = Hospital::new().await;
    let now = hospital.now().unix_timestamp();
    let url = "https://hospital.example.nl/oauth2/hospital/token";
    let claims = json!({ "htm": "POST", "htu": url, "iat": now, "exp": now + 2, "jti": "x" });
    let jwk = Value::Object(hospital.holder.key.public_key().to_jwk());
    let proof = hospital.holder.odd_proof(Some("dpop+jwt"), Some(jwk), claims.as_object().unwrap());
    let token = hospital.granted(&hospital.good().proved(proof)).await;
    hospital.world.clock.advance(Duration::minutes(10));
    assert_eq!(hospital.introspect(&token).await.expect(200).json()["active"], true);
}
