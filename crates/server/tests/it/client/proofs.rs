//! Proofs for requests to resources (contract/iam.md 10.4, Q-28, Q-35, Q-43).

use serde_json::{Value, json};

use super::{Stage, part};

fn whole() -> Value {
    json!({"htm": "GET", "htu": "https://rs.example.nl:8443/fhir/Patient?active=true", "token": "A8mT"})
}

/// Escapes everything that is not a letter or a digit.
fn escape(text: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(escape).collect()
}

async fn key_id(stage: &Stage) -> String {
    stage.ask(&json!({})).await.expect(200).json()["dpop_kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_proof_is_made_whatever_way_the_key_id_is_escaped() {
    let stage = Stage::new().await;
    let id = key_id(&stage).await;
    for spelling in [escape(&id), escape(&escape(&id)), id.replace('#', "%23")] {
        for base in ["/internal/auth/v2/dpop", "/internal/v2/auth/dpop"] {
            let answer =
                stage.clinic.post(&format!("{base}/{spelling}"), &whole()).await.expect(200);
            let proof = answer.json()["dpop"].as_str().unwrap().to_owned();
            let claims = part(&proof, 1);
            assert_eq!((&claims["htm"], &claims["htu"]), (&whole()["htm"], &whole()["htu"]));
            assert_eq!(claims["iat"], json!(1_795_597_200 - 1));
            assert_eq!(claims["ath"], pecan_jose::dpop::access_token_hash("A8mT"));
            assert_eq!(part(&proof, 0).get("kid"), None);
        }
    }
}

#[tokio::test]
async fn method_and_url_are_signed_as_given() {
    let stage = Stage::new().await;
    let path = format!("/internal/auth/v2/dpop/{}", escape(&key_id(&stage).await));
    let body = json!({"htm": "get", "htu": "rs.example.nl/x", "token": "t"});
    let answer = stage.clinic.post(&path, &body).await.expect(200);
    let claims = part(answer.json()["dpop"].as_str().unwrap(), 1);
    assert_eq!((&claims["htm"], &claims["htu"]), (&json!("get"), &json!("rs.example.nl/x")));
}

#[tokio::test]
async fn what_cannot_be_signed_is_refused_in_order() {
    let stage = Stage::new().await;
    let path = format!("/internal/auth/v2/dpop/{}", escape(&key_id(&stage).await));
    let cases = [
        (json!({"htm": "", "htu": "", "token": ""}), "missing method"),
        (json!({"htm": "GET", "htu": "", "token": ""}), "missing url"),
        (json!({"htm": "GET", "htu": "https://x"}), "missing token"),
        (
            json!({"htm": "G T", "htu": "https://x", "token": "t"}),
            "net/http: invalid method \"G T\"",
        ),
        (
            json!({"htm": "GET", "htu": "https://x:y z/", "token": "t"}),
            "invalid url: uri has an invalid character",
        ),
        (json!({}), "missing method"),
    ];
    for (body, detail) in cases {
        let answer = stage.clinic.post(&path, &body).await.expect(400);
        let expected = json!({"detail": detail, "status": 400, "title": "CreateDPoPProof failed"});
        assert_eq!(answer.json(), expected, "{body}");
    }
    let answer = stage.clinic.internal(http::Method::POST, &path, None).await.expect(400);
    assert_eq!(answer.json()["detail"], "missing method");
}

#[tokio::test]
async fn a_key_that_is_not_here_is_not_found() {
    let stage = Stage::new().await;
    for name in
        ["foo", "did%3Aweb%3Alocalhost%253A18443%3Aiam%3Ax%230", "%25", "%ff", &escape(&stage.did)]
    {
        let answer = stage.clinic.post(&format!("/internal/auth/v2/dpop/{name}"), &whole()).await;
        let expected = json!({"detail": "private key not found", "status": 404, "title": "CreateDPoPProof failed"});
        assert_eq!(answer.expect(404).json(), expected, "{name}");
    }
}
