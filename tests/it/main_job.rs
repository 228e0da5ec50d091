//! The main job: Clinic asks for a token, Hospital grants it, introspects it and checks a proof.

use serde_json::{Value, json};

use crate::organizations::{FORMATS, Organizations};

#[tokio::test]
async fn a_token_is_granted_bound_and_introspected_in_both_formats() {
    let organizations = Organizations::start(None).await;
    for format in FORMATS {
        for token_type in ["DPoP", "Bearer"] {
            check(&organizations, format, token_type).await;
        }
    }
}

async fn check(organizations: &Organizations, format: &str, token_type: &str) {
    let Organizations { client, clinic, hospital, .. } = organizations;
    let internal = format!("{}/internal/auth/v2", clinic.internal);
    let request = json!({
        "authorization_server": organizations.authorization_server(),
        "scope": format,
        "token_type": token_type,
    });
    let url = format!("{internal}/clinic/request-service-access-token");
    let token = client.post(&url, &request).await.expect(200);
    assert_eq!(token.member("token_type"), token_type);
    assert_eq!(token.member("scope"), format);
    let access_token = token.member("access_token");

    let known = organizations.introspect(hospital, &access_token).await;
    assert_eq!(known["active"], json!(true));
    assert_eq!(known["iss"], json!(organizations.authorization_server()));
    assert_eq!(known["client_id"], json!(format!("{}/oauth2/clinic", clinic.url)));
    assert_eq!(known["organization_name"], json!(format!("Clinic {format}")));
    assert_eq!(known["organization_city"], json!("Caretown"));
    assert_eq!(known["exp"].as_i64().unwrap() - known["iat"].as_i64().unwrap(), 900);
    if token_type == "Bearer" {
        assert_eq!(known.get("cnf"), None);
        return;
    }

    let resource = "https://hospital.example.nl/fhir/Patient";
    let key_id = token.member("dpop_kid");
    let url = format!("{internal}/dpop/{}", encoded(&key_id));
    let wanted = json!({"htm": "GET", "htu": resource, "token": access_token});
    let proof = client.post(&url, &wanted).await.expect(200).member("dpop");
    let validation = |method: &str| {
        json!({
            "dpop_proof": proof, "method": method, "url": resource, "token": access_token,
            "thumbprint": known["cnf"]["jkt"],
        })
    };
    let url = format!("{}/internal/auth/v2/dpop/validate", hospital.internal);
    let judged =
        async |method: &str| client.post(&url, &validation(method)).await.expect(200).json();
    assert_eq!(judged("POST").await["valid"], json!(false));
    assert_eq!(judged("GET").await, json!({"valid": true}));
    let again: Value = judged("GET").await;
    assert_eq!(again, json!({"valid": false, "reason": "jti already used"}));
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_revoked_credential_gets_no_token() {
    let organizations = Organizations::start(None).await;
    let Organizations { client, clinic, hospital, issuer_did, .. } = &organizations;
    let search = format!(
        "{}/internal/vcr/v2/issuer/vc/search?credentialType=*&issuer={}",
        hospital.internal,
        encoded(issuer_did)
    );
    let issued = client.get(&search).await.expect(200).json();
    let issued = issued["verifiableCredentials"].as_array().unwrap().clone();
    let linked = issued.iter().find_map(|hit| hit["verifiableCredential"]["id"].as_str()).unwrap();
    let url = format!("{}/internal/vcr/v2/issuer/vc/{}", hospital.internal, encoded(linked));
    client.delete(&url).await.expect(204);
    client.delete(&url).await.expect(409);

    let url = format!("{}/internal/auth/v2/clinic/request-service-access-token", clinic.internal);
    let request = |scope: &str| json!({"authorization_server": organizations.authorization_server(), "scope": scope});
    // The other credential is on the same list and was not revoked.
    client.post(&url, &request("jwt")).await.expect(200);
    // Clinic may have a copy of the list that is some minutes old. Hospital does not.
    let refused = client.post(&url, &request("ldp")).await.expect(400).member("detail");
    assert!(refused.ends_with("credential is revoked"), "{refused}");
}
