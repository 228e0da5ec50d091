//! Proofs that came with requests to resources (contract/iam.md 10.5).

use pecan_jose::dpop;
use serde_json::{Map, Value, json};
use time::Duration;

use crate::hospital::Hospital;

const PATH: &str = "/internal/auth/v2/dpop/validate";
const URL: &str = "https://rs.example.nl:8443/fhir/Patient?active=true";
const NORMAL: &str = "https://rs.example.nl/fhir/Patient";

/// A proof for `GET` on a URL with the access token `token`.
fn proof_for(hospital: &Hospital, uri: &str, id: &str) -> String {
    hospital.holder.proof(&dpop::Draft {
        method: "GET",
        uri,
        id,
        issued_at: hospital.now(),
        access_token: Some("token"),
        nonce: None,
    })
}

fn question(hospital: &Hospital, proof: &str, url: &str) -> Value {
    let thumbprint = hospital.holder.key.public_key().thumbprint();
    json!({ "dpop_proof": proof, "method": "GET", "url": url, "token": "token", "thumbprint": thumbprint })
}

async fn verdict(hospital: &Hospital, question: &Value) -> String {
    let answer = hospital.node.post(PATH, question).await.expect(200).json();
    match (answer["valid"].as_bool().unwrap(), answer.get("reason")) {
        (true, None) => "valid".to_owned(),
        (false, Some(reason)) => reason.as_str().unwrap().to_owned(),
        _ => panic!("{answer}"),
    }
}

#[tokio::test]
async fn a_proof_is_valid_for_its_request_however_the_url_is_written() {
    let hospital = Hospital::new().await;
    for (number, (proved, asked)) in [
        (URL, URL),
        (URL, "rs.example.nl/fhir/Patient"),
        (URL, "rs.example.nl:8443/fhir/Patient"),
        (URL, "http://rs.example.nl/fhir/Patient#x"),
        ("https://rs.example.nl:443/x", "rs.example.nl/x"),
        ("https://[::1]:8443/x", "https://[::1]/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:8443/x"),
    ]
    .into_iter()
    .enumerate()
    {
        let proof = proof_for(&hospital, proved, &number.to_string());
        assert_eq!(
            verdict(&hospital, &question(&hospital, &proof, asked)).await,
            "valid",
            "{asked}"
        );
    }
}

#[tokio::test]
async fn a_proof_is_not_valid_for_another_request() {
    let hospital = Hospital::new().await;
    let proof = proof_for(&hospital, URL, "x");
    let good = question(&hospital, &proof, URL);
    let mismatch = |given: &str| format!("url mismatch, token: {NORMAL}, given: {given}");
    let cases = [
        ("thumbprint", "x", "jkt mismatch".to_owned()),
        ("method", "POST", "method mismatch, token: GET, given: POST".to_owned()),
        ("method", "get", "method mismatch, token: GET, given: get".to_owned()),
        (
            "url",
            "https://rs.example.nl/fhir/Patient/",
            mismatch("https://rs.example.nl/fhir/Patient/"),
        ),
        (
            "url",
            "https://RS.example.nl/fhir/Patient",
            mismatch("https://RS.example.nl/fhir/Patient"),
        ),
        ("url", "", mismatch("https:")),
        ("url", "https://rs.example.nl/%zz", mismatch("https://rs.example.nl/%zz")),
        ("token", "other", "ath/token claim mismatch".to_owned()),
        ("token", "", "ath/token claim mismatch".to_owned()),
    ];
    for (member, value, expected) in cases {
        let mut question = good.clone();
        question[member] = value.into();
        assert_eq!(verdict(&hospital, &question).await, expected, "{member} {value}");
    }
    let mut control = good.clone();
    control["url"] = "https://rs.example.nl/\u{1}".into();
    assert!(verdict(&hospital, &control).await.starts_with("url mismatch, "));
    let proof = proof_for(&hospital, "https://[2001:db8::1]/x", "y");
    let other = question(&hospital, &proof, "https://[2001:db8::2]/x");
    assert!(verdict(&hospital, &other).await.starts_with("url mismatch, "));
    // Nothing that failed has used the proof up.
    assert_eq!(verdict(&hospital, &good).await, "valid");
}

#[tokio::test]
async fn a_proof_is_valid_once() {
    let hospital = Hospital::new().await;
    let proof = proof_for(&hospital, URL, &"j".repeat(256));
    let question = question(&hospital, &proof, URL);
    assert_eq!(verdict(&hospital, &question).await, "valid");
    assert_eq!(verdict(&hospital, &question).await, "jti already used");
    hospital.world.clock.advance(Duration::minutes(14));
    assert_eq!(verdict(&hospital, &question).await, "jti already used");
}

#[tokio::test]
async fn what_is_no_proof_of_now_cannot_be_read() {
    let hospital = Hospital::new().await;
    let now = hospital.now().unix_timestamp();
    let jwk = Value::Object(hospital.holder.key.public_key().to_jwk());
    let other = Value::Object(hospital.other.key.public_key().to_jwk());
    let typ = Some("dpop+jwt");
    let hash = dpop::access_token_hash("token");
    let claims = json!({ "htm": "GET", "htu": NORMAL, "iat": now, "jti": "x", "ath": hash });
    let odd = |typ, jwk: Option<&Value>, change: &dyn Fn(&mut Map<String, Value>)| {
        let mut claims = claims.as_object().unwrap().clone();
        change(&mut claims);
        hospital.holder.odd_proof(typ, jwk.cloned(), &claims)
    };
    let without = |name: &str| odd(typ, Some(&jwk), &|claims| drop(claims.remove(name)));
    let at = |seconds: i64| {
        odd(typ, Some(&jwk), &|claims| drop(claims.insert("iat".into(), (now + seconds).into())))
    };
    for (proof, expected) in [
        (odd(None, Some(&jwk), &|_| {}), ": invalid type: "),
        (odd(Some("JWT"), Some(&jwk), &|_| {}), ": invalid type: JWT"),
        (odd(typ, None, &|_| {}), ": missing jwk header"),
        (odd(typ, Some(&other), &|_| {}), ""),
        (without("jti"), ": missing jti claim"),
        (without("htm"), ": missing htm claim"),
        (without("htu"), ": missing htu claim"),
        (without("iat"), ": missing iat claim"),
        (at(86_400), ""),
        (at(6), ""),
        ("x".to_owned(), ""),
        (String::new(), ""),
    ] {
        let expected = format!("failed to parse DPoP header: invalid DPoP token{expected}");
        assert_eq!(verdict(&hospital, &question(&hospital, &proof, URL)).await, expected);
    }
    let proof = without("ath");
    assert_eq!(verdict(&hospital, &question(&hospital, &proof, URL)).await, "missing ath claim");
    // A resource server sees the same proof for as long as its token lives.
    for seconds in [5, -86_400] {
        let proof = odd(typ, Some(&jwk), &|claims| {
            claims.insert("iat".into(), (now + seconds).into());
            claims.insert("jti".into(), seconds.into());
            claims.insert("jti".into(), seconds.to_string().into());
        });
        assert_eq!(verdict(&hospital, &question(&hospital, &proof, URL)).await, "valid");
    }
    let answer = hospital.node.post(PATH, &json!({})).await.expect(200).json();
    assert_eq!(answer["reason"], "failed to parse DPoP header: invalid DPoP token");
}
