//! Every reason to refuse a token, in the order in which they count (contract/iam.md 8.1, 8.2).

use http::StatusCode;
use pecan_testkit::Answer;
use serde_json::{Value, json};
use time::Duration;

use crate::hospital::{Hospital, ISSUER, TOKEN, refused, submission};
use crate::party::{P256_OTHER, Party};

#[tokio::test]
async fn grants_that_are_not_served_are_named() {
    let hospital = Hospital::new().await;
    let good = hospital.good();
    for (grant, expected) in [
        ("password", "unsupported_grant_type - grant_type 'password' is not supported"),
        ("", "unsupported_grant_type - grant_type '' is not supported"),
        (
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "unsupported_grant_type - grant_type 'urn:ietf:params:oauth:grant-type:jwt-bearer' is not supported",
        ),
        (
            "urn:ietf:params:oauth:grant-type:pre-authorized_code",
            "unsupported_grant_type - not implemented yet",
        ),
        ("authorization_code", "invalid_request - missing code parameter"),
    ] {
        let form = good.clone().with("grant_type", grant);
        refused(&hospital, grant, &form, expected, false).await;
    }
    let none = "unsupported_grant_type - grant_type '' is not supported";
    refused(&hospital, "no grant", &good.clone().without("grant_type"), none, false).await;
    let code = good.with("grant_type", "authorization_code").with("code", "x");
    let verifier = "invalid_request - missing code_verifier parameter";
    refused(&hospital, "no verifier", &code, verifier, false).await;
    let code = code.with("code_verifier", "y");
    refused(&hospital, "a code", &code, "invalid_grant - invalid authorization code", false).await;
}

#[tokio::test]
async fn an_unknown_subject_outranks_everything_else() {
    let hospital = Hospital::new().await;
    for fields in [&[("grant_type", "password")][..], &[]] {
        let answer = hospital.node.form("/oauth2/nobody/token", fields, None).await.expect(400);
        let expected =
            json!({ "error": "invalid_request", "error_description": "subject not found" });
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test]
async fn bodies_that_are_no_forms_are_empty_ones() {
    let hospital = Hospital::new().await;
    let cases = [
        (Some("application/json"), r#"{"grant_type":"vp_token-bearer"}"#),
        (None, ""),
        (None, "grant_type=vp_token-bearer"),
    ];
    for (content_type, body) in cases {
        let mut request = http::Request::post(TOKEN).header("Accept", "application/json");
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let answer = hospital.node.public(request.body(body.into()).unwrap()).await.expect(400);
        assert_eq!(answer.json()["error"], "unsupported_grant_type");
    }
}

#[tokio::test]
async fn a_parameter_that_is_given_twice_is_refused() {
    let hospital = Hospital::new().await;
    let form = hospital.good();
    let mut fields: Vec<(&str, &str)> =
        form.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.push(("scope", "org-only"));
    let answer = hospital.node.form(TOKEN, &fields, None).await.expect(400);
    assert_eq!(answer.json()["error"], "invalid_request");
    assert_eq!(hospital.sessions.take_writes(), [""; 0]);
}

#[tokio::test]
async fn row_1_to_3_parameters_must_be_there_and_be_read() {
    let hospital = Hospital::new().await;
    let good = hospital.good();
    for name in ["assertion", "presentation_submission", "scope", "client_id"] {
        let expected = "invalid_request - missing required parameters";
        refused(&hospital, name, &good.clone().without(name), expected, false).await;
    }
    for assertion in ["", "x", "{", "null", "\"x\"", "a.b.c", "[1]", "[", "{}x", "\u{0}"] {
        let form = good.clone().with("assertion", assertion);
        let expected = "invalid_request - assertion parameter is invalid: …";
        refused(&hospital, assertion, &form, expected, false).await;
    }
    let member_twice = r#"{"id":"s","id":"t","definition_id":"pd_org_only","descriptor_map":[]}"#;
    let extra = r#"{"id":"s","definition_id":"pd_org_only","descriptor_map":[],"x":1}"#;
    let format = submission("pd_org_only", "id_org", "jwt_vc_json", "$");
    let no_id = r#"{"definition_id":"pd_org_only","descriptor_map":[]}"#;
    for text in ["", "x", "[]", member_twice, extra, &format, no_id] {
        let form = good.clone().with("presentation_submission", text);
        let expected = "invalid_request - invalid presentation submission: …";
        refused(&hospital, text, &form, expected, false).await;
    }
    hospital.granted(&good).await;
}

#[tokio::test]
async fn row_4_and_5_a_presentation_says_for_how_long_it_holds_and_that_is_short() {
    let hospital = Hospital::new().await;
    let dates = "invalid_request - presentation is missing creation or expiration date";
    let long = "invalid_request - presentation is valid for too long (max 5s)";
    let form = hospital.changed(|claims| drop(claims.remove("exp")));
    refused(&hospital, "no exp", &form, dates, false).await;
    let form = hospital.changed(|claims| {
        claims.remove("nbf");
        claims.remove("iat");
    });
    refused(&hospital, "no nbf and iat", &form, dates, false).await;
    let now = hospital.now().unix_timestamp();
    let form = hospital.changed(|claims| drop(claims.insert("exp".into(), (now + 6).into())));
    refused(&hospital, "6 s", &form, long, false).await;
    let ldp = hospital.issuer.organization_ldp(&hospital.holder.did, hospital.now());
    let form = Hospital::form(hospital.holder.present_ldp(ldp, ISSUER, hospital.now(), |draft| {
        draft.expires_at = draft.created_at + Duration::seconds(6);
    }));
    refused(&hospital, "json-ld 6 s", &form, long, false).await;
    hospital
        .granted(&hospital.changed(|claims| drop(claims.insert("exp".into(), (now + 5).into()))))
        .await;
    let huge = hospital.changed(|claims| {
        claims.insert("exp".into(), i64::MAX.into());
        claims.insert("nbf".into(), i64::MIN.into());
    });
    let unreadable = "invalid_request - assertion parameter is invalid: …";
    refused(&hospital, "no date that exists", &huge, unreadable, false).await;
}

#[tokio::test]
async fn row_6_to_8_credentials_belong_to_who_signs() {
    let hospital = Hospital::new().await;
    let now = hospital.now();
    let no_subject = json!([{
        "@context": ["https://www.w3.org/2018/credentials/v1"], "type": "VerifiableCredential",
        "credentialSubject": { "name": "x" },
    }]);
    let form = Hospital::form(hospital.holder.token(&hospital.claims_of(&no_subject)));
    let expected =
        "invalid_request - unable to get subject DID from VC: credential subjects have no ID";
    refused(&hospital, "no subject", &form, expected, false).await;

    let stolen = json!([hospital.issuer.organization_jwt(&hospital.other.did, now)]);
    let form = Hospital::form(hospital.holder.token(&hospital.claims_of(&stolen)));
    let expected = "invalid_request - presentation signer is not credential subject";
    refused(&hospital, "stolen", &form, expected, false).await;
    let stolen = hospital.issuer.organization_ldp(&hospital.other.did, now);
    let form = Hospital::form(hospital.holder.present_ldp(stolen, ISSUER, now, |_| {}));
    refused(&hospital, "stolen json-ld", &form, expected, false).await;

    let form = Hospital::form(hospital.holder.token_with(&hospital.claims(), None, "JWT"));
    refused(&hospital, "no kid", &form, "invalid_request - no kid header in JWT", false).await;

    let mine = hospital.holder.token(&hospital.claims());
    let theirs = json!([hospital.issuer.organization_jwt(&hospital.other.did, now)]);
    let theirs = hospital.other.claims(&theirs, ISSUER, &hospital.nonce(), now);
    let form = Hospital::form(json!([mine, hospital.other.token(&theirs)]).to_string());
    let expected = "invalid_request - not all presentations have the same credential subject ID";
    refused(&hospital, "two parties", &form, expected, false).await;
}

#[tokio::test]
async fn row_9_a_presentation_is_for_this_subject_of_this_node() {
    let hospital = Hospital::new().await;
    let expected = "invalid_request - presentation audience/domain is missing or does not match";
    for audience in [
        json!("https://elsewhere.example.nl/oauth2/hospital"),
        json!("https://hospital.example.nl/oauth2/hospital/"),
        json!("https://hospital.example.nl/oauth2/issuer"),
        json!("HTTPS://hospital.example.nl/oauth2/hospital"),
        json!([]),
    ] {
        let form = hospital.changed(|claims| drop(claims.insert("aud".into(), audience.clone())));
        refused(&hospital, &audience.to_string(), &form, expected, false).await;
    }
    let form = hospital.changed(|claims| drop(claims.remove("aud")));
    refused(&hospital, "no aud", &form, expected, false).await;
    let ldp = hospital.issuer.organization_ldp(&hospital.holder.did, hospital.now());
    let other = "https://elsewhere.example.nl/oauth2/hospital";
    let form = Hospital::form(hospital.holder.present_ldp(ldp, other, hospital.now(), |_| {}));
    refused(&hospital, "json-ld", &form, expected, false).await;
    let both = json!(["https://elsewhere.example.nl", ISSUER]);
    hospital.granted(&hospital.changed(|claims| drop(claims.insert("aud".into(), both)))).await;
}

#[tokio::test]
async fn row_10_and_11_a_scope_names_one_profile() {
    let hospital = Hospital::new().await;
    let good = hospital.good();
    for (scope, expected) in [
        ("nope", "invalid_scope - unsupported scope (nope) for presentation exchange: not found"),
        ("", "invalid_scope - unsupported scope () for presentation exchange: not found"),
        (" ", "invalid_scope - unsupported scope ( ) for presentation exchange: not found"),
        (
            "org-only medication-overview",
            "invalid_scope - unsupported scope (org-only medication-overview) for presentation exchange: multiple credential profile scopes found",
        ),
        (
            "org-only org-only",
            "invalid_scope - unsupported scope (org-only org-only) for presentation exchange: multiple credential profile scopes found",
        ),
        (
            "org-only extra",
            "invalid_scope - scope policy 'profile-only' does not allow additional scopes",
        ),
    ] {
        refused(&hospital, scope, &good.clone().with("scope", scope), expected, false).await;
    }
    let flood = "a ".repeat(200) + "medication-overview";
    let expected = "invalid_scope - unsupported scope (…";
    refused(&hospital, "flood", &good.with("scope", flood), expected, false).await;
}

#[tokio::test]
async fn row_12_the_submission_fulfils_a_definition_that_is_asked_for() {
    let hospital = Hospital::new().await;
    let good = hospital.good();
    let not_required =
        "invalid_request - presentation definition being fulfilled is not required: nope";
    let form = good.clone().submission("nope", "jwt_vc", "$.verifiableCredential[0]");
    refused(&hospital, "another definition", &form, not_required, false).await;
    let expected = "invalid_request - presentation submission does not conform to presentation definition (id=pd_org_only)";
    for (id, format, path) in [
        ("id_org", "jwt_vc", "$.verifiableCredential[7]"),
        ("id_org", "jwt_vc", "$.holder"),
        ("nope", "jwt_vc", "$.verifiableCredential[0]"),
        ("id_org", "jwt_vc", "$"),
        ("id_org", "ldp_vc", "$.verifiableCredential[0]"),
        ("id_org", "jwt_vc", "$.vp.verifiableCredential[0]"),
        ("id_org", "jwt_vc", "$.verifiableCredential"),
        ("id_org", "jwt_vc", "$$["),
    ] {
        let text = submission("pd_org_only", id, format, path);
        let form = good.clone().with("presentation_submission", text);
        refused(&hospital, path, &form, expected, false).await;
    }
    let empty = r#"{"id":"s","definition_id":"pd_org_only","descriptor_map":[]}"#;
    let form = good.clone().with("presentation_submission", empty);
    refused(&hospital, "empty map", &form, expected, false).await;
    let form = good.clone().with("assertion", "[]");
    refused(&hospital, "no presentation", &form, expected, false).await;
    for scope in ["object-filter", "bad-path", "array-pattern"] {
        refused(&hospital, scope, &good.clone().with("scope", scope), expected, false).await;
    }
    // What failed so far was before the nonce.
    hospital.granted(&good).await;
}

#[tokio::test]
async fn row_12_the_first_credential_that_matches_counts() {
    let hospital = Hospital::new().await;
    let two = json!([
        hospital.credential(),
        hospital.issuer.organization_ldp(&hospital.holder.did, hospital.now())
    ]);
    let form = Hospital::form(hospital.holder.token(&hospital.claims_of(&two)));
    let second = form.clone().submission("pd_org_only", "ldp_vc", "$.verifiableCredential[1]");
    let expected = "invalid_request - presentation submission does not conform to presentation definition (id=pd_org_only)";
    refused(&hospital, "the second", &second, expected, false).await;
    hospital.granted(&form).await;
}

#[tokio::test]
async fn where_the_organisation_is_asked_nobody_else_is_enough() {
    let hospital = Hospital::new().await;
    let provider = hospital.good().with("scope", "org-and-sp").submission(
        "pd_sp",
        "jwt_vc",
        "$.verifiableCredential[0]",
    );
    let expected =
        "invalid_request - presentation definition being fulfilled is not required: pd_sp";
    refused(&hospital, "service provider", &provider, expected, false).await;
    let map = r#"{"id":"s","definition_id":"pd_user","descriptor_map":[]}"#;
    let user = hospital.good().with("scope", "user-flow").with("presentation_submission", map);
    let expected =
        "invalid_request - presentation definition being fulfilled is not required: pd_user";
    refused(&hospital, "user", &user, expected, false).await;
    hospital.granted(&provider.with("scope", "sp-only")).await;
}

#[tokio::test]
async fn row_13_a_presentation_has_a_nonce() {
    let hospital = Hospital::new().await;
    let expected = "invalid_request - presentation has invalid/missing nonce";
    for nonce in [json!(""), json!(17), json!(null), json!(["x"])] {
        let form = hospital.changed(|claims| drop(claims.insert("nonce".into(), nonce.clone())));
        refused(&hospital, &nonce.to_string(), &form, expected, false).await;
    }
    let form = hospital.changed(|claims| drop(claims.remove("nonce")));
    refused(&hospital, "none", &form, expected, false).await;
    let now = hospital.now();
    let ldp = hospital.issuer.organization_ldp(&hospital.holder.did, now);
    let present = |only_challenge: bool| {
        hospital.holder.present_ldp(ldp.clone(), ISSUER, now, |draft| {
            if only_challenge { draft.nonce = None } else { draft.challenge = None }
        })
    };
    let path = "$.verifiableCredential";
    let form = Hospital::form(present(true)).submission("pd_org_only", "ldp_vc", path);
    refused(&hospital, "only a challenge", &form, expected, false).await;
    let form = Hospital::form(present(false)).submission("pd_org_only", "ldp_vc", path);
    hospital.granted(&form).await;
}

#[tokio::test]
async fn row_15_a_proof_is_for_this_request_and_of_now() {
    let hospital = Hospital::new().await;
    let expected = "invalid_dpop_proof - DPoP header is invalid";
    let day = Duration::days(1);
    let now = hospital.now();
    let jwk = Value::Object(hospital.holder.key.public_key().to_jwk());
    let other_jwk = Value::Object(hospital.other.key.public_key().to_jwk());
    let url = "https://hospital.example.nl/oauth2/hospital/token";
    let claims = json!({ "htm": "POST", "htu": url, "iat": now.unix_timestamp(), "jti": "x" });
    let claims = claims.as_object().unwrap().clone();
    let odd = |typ, jwk: Option<&Value>, change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut claims = claims.clone();
        change(&mut claims);
        hospital.holder.odd_proof(typ, jwk.cloned(), &claims)
    };
    let typ = Some("dpop+jwt");
    let good = odd(typ, Some(&jwk), &|_| {});
    let mut flipped = good.clone();
    flipped.replace_range(good.len() - 4.., "AAAA");
    let proofs = [
        ("another method", hospital.proof(|draft| draft.method = "GET")),
        (
            "another path",
            hospital.proof(|draft| draft.uri = "https://hospital.example.nl/oauth2/x/token"),
        ),
        (
            "another host",
            hospital.proof(|draft| draft.uri = "https://attacker.example/oauth2/hospital/token"),
        ),
        ("a day old", hospital.proof(|draft| draft.issued_at = now - day)),
        ("61 s old", hospital.proof(|draft| draft.issued_at = now - Duration::seconds(61))),
        ("a day ahead", hospital.proof(|draft| draft.issued_at = now + day)),
        ("6 s ahead", hospital.proof(|draft| draft.issued_at = now + Duration::seconds(6))),
        ("no typ", odd(None, Some(&jwk), &|_| {})),
        ("another typ", odd(Some("JWT"), Some(&jwk), &|_| {})),
        ("no key", odd(typ, None, &|_| {})),
        ("another key", odd(typ, Some(&other_jwk), &|_| {})),
        ("no jti", odd(typ, Some(&jwk), &|claims| drop(claims.remove("jti")))),
        ("no htm", odd(typ, Some(&jwk), &|claims| drop(claims.remove("htm")))),
        ("no htu", odd(typ, Some(&jwk), &|claims| drop(claims.remove("htu")))),
        ("no iat", odd(typ, Some(&jwk), &|claims| drop(claims.remove("iat")))),
        (
            "a long jti",
            odd(typ, Some(&jwk), &|claims| {
                drop(claims.insert("jti".into(), "x".repeat(257).into()));
            }),
        ),
        (
            "expired",
            odd(typ, Some(&jwk), &|claims| {
                claims.insert("exp".into(), (now.unix_timestamp() - 1).into());
            }),
        ),
        ("flipped", flipped),
        ("two proofs", format!("{good},{good}")),
        ("no token", "x".to_owned()),
    ];
    for (what, proof) in proofs {
        let form = hospital.good().proved(proof);
        refused(&hospital, what, &form, expected, true).await;
        let again = "invalid_request - presentation nonce has already been used";
        let form = form.proved(hospital.proof(|_| {}));
        refused(&hospital, what, &form, again, true).await;
    }
}

#[tokio::test]
async fn a_proof_that_is_no_text_does_not_yield_a_token_for_everybody() {
    let hospital = Hospital::new().await;
    let form = hospital.good();
    let fields: Vec<(&str, &str)> =
        form.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = http::Request::post(TOKEN)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("DPoP", http::HeaderValue::from_bytes(b"\xff").unwrap())
        .body(body.into())
        .unwrap();
    let answer: Answer = hospital.node.public(request).await.expect(400);
    assert_eq!(answer.json()["error"], "invalid_dpop_proof");
}

#[tokio::test]
async fn row_16_signatures_and_credentials_hold() {
    let hospital = Hospital::new().await;
    let now = hospital.now();
    let failed = "invalid_request - presentation(s) or credential(s) verification failed";

    // The other party's key under the holder's key id.
    let forger = Party::unknown("holder.example.nl", P256_OTHER);
    let form = Hospital::form(forger.token(&hospital.claims()));
    refused(&hospital, "forged", &form, &format!("{failed}: …"), true).await;
    let key_id = Some(format!("{}#nope", hospital.holder.did));
    let form = Hospital::form(hospital.holder.token_with(&hospital.claims(), key_id, "JWT"));
    let expected = format!(
        "{failed}: unable to validate JWT signature: unable to resolve signing key: key not found in DID document"
    );
    refused(&hospital, "unknown key", &form, &expected, true).await;

    let shifted = |seconds: i64| {
        hospital.changed(|claims| {
            for name in ["iat", "nbf", "exp"] {
                let time = claims[name].as_i64().unwrap() + seconds;
                claims.insert(name.to_owned(), time.into());
            }
        })
    };
    refused(&hospital, "expired", &shifted(-15), &format!("{failed}: …"), true).await;
    refused(&hospital, "ahead", &shifted(20), &format!("{failed}: …"), true).await;
    let form = hospital.changed(|claims| drop(claims.remove("nbf")));
    refused(&hospital, "no nbf", &form, &format!("{failed}: …"), true).await;
    let form =
        hospital.changed(|claims| drop(claims.insert("iss".into(), "did:web:x.example".into())));
    let expected = format!("{failed}: presentation holder must equal credential subject");
    refused(&hospital, "another holder", &form, &expected, true).await;

    let stranger = Party::unknown("gone.example.nl", P256_OTHER);
    let credentials = json!([stranger.organization_jwt(&hospital.holder.did, now)]);
    let form = Hospital::form(hospital.holder.token(&hospital.claims_of(&credentials)));
    refused(
        &hospital,
        "unknown issuer",
        &form,
        &format!("{failed}: invalid VC (id=did:web:gone.example.nl#…"),
        true,
    )
    .await;
    let forger = Party::unknown("issuer.example.nl", P256_OTHER);
    let credentials = json!([forger.organization_jwt(&hospital.holder.did, now)]);
    let form = Hospital::form(hospital.holder.token(&hospital.claims_of(&credentials)));
    refused(
        &hospital,
        "forged credential",
        &form,
        &format!("{failed}: invalid VC (id=did:web:issuer.example.nl#…"),
        true,
    )
    .await;
    // A token has a signature, whoever its issuer is: it is not taken for something that the presentation attests.
    let mut own =
        hospital.holder.organization_jwt(&hospital.holder.did, now).as_str().unwrap().to_owned();
    own.replace_range(own.len() - 6.., "AAAAAA");
    let form = Hospital::form(hospital.holder.token(&hospital.claims_of(&json!([own]))));
    refused(
        &hospital,
        "own credential, broken",
        &form,
        &format!("{failed}: invalid VC (id=…"),
        true,
    )
    .await;
    // Somebody signs a presentation of nothing beside the holder's.
    let nothing = hospital.other.claims(&json!([]), ISSUER, &hospital.nonce(), now);
    let both = json!([hospital.holder.token(&hospital.claims()), hospital.other.token(&nothing)]);
    let path = "$[0].verifiableCredential[0]";
    let form = Hospital::form(both.to_string()).submission("pd_org_only", "jwt_vc", path);
    let expected = "invalid_request - not all presentations have the same credential subject ID";
    refused(&hospital, "two signers", &form, expected, true).await;
    for change in ["jti", "iss"] {
        let again = hospital.changed(|claims| drop(claims.remove(change)));
        hospital.granted(&again).await;
    }
}

#[tokio::test]
async fn row_18_the_decision_point_decides_or_nothing_is_granted() {
    let hospital = Hospital::new().await;
    let request = |scope: &str| hospital.good().with("scope", scope);
    let unavailable = "server_error - policy decision point unavailable";
    refused(&hospital, "nobody there", &request("dynamic-scope"), unavailable, true).await;
    let (yes, no) = (r#"{"decision":true}"#, r#"{"decision":false,"context":{"reason":"x"}}"#);
    for (status, answer) in [
        (500, format!(r#"{{"evaluations":[{yes},{yes}]}}"#)),
        (201, format!(r#"{{"evaluations":[{yes},{yes}]}}"#)),
        (200, format!(r#"{{"evaluations":[{yes}]}}"#)),
        (200, format!(r#"{{"evaluations":[{yes},{yes},{yes}]}}"#)),
        (200, format!(r#"{{"evaluations":[{yes},{{}}]}}"#)),
        (200, "garbage".to_owned()),
    ] {
        hospital.decide(StatusCode::from_u16(status).unwrap(), &answer);
        refused(&hospital, &answer, &request("dynamic-scope a"), unavailable, true).await;
    }
    let denied = r#"access_denied - PDP denied credential profile scope "dynamic-scope""#;
    hospital.decide(StatusCode::OK, &format!(r#"{{"evaluations":[{no},{yes}]}}"#));
    refused(&hospital, "denied", &request("dynamic-scope a"), denied, true).await;
    let asked =
        hospital.decide(StatusCode::OK, &format!(r#"{{"evaluations":[{yes},{yes},{yes}]}}"#));
    refused(&hospital, "twice", &request("dynamic-scope a a"), unavailable, true).await;
    assert!(asked.lock().unwrap().is_empty(), "a scope that is requested twice is not asked about");
}
