//! Credentials and presentations: what is refused, in which order, and with which words (contract/credentials.md 6.3, 6.4).

use pecan_credentials::credential::Credential;
use pecan_credentials::presentation::Presentation;
use pecan_node::FailureKind;
use pecan_node::verifier::{CredentialError, PresentationQuestion, Signature};
use pecan_platform::vault::generate_key;
use serde_json::json;
use time::Duration;

use crate::outsider::{Encounter, Outsider, entry, tampered, with_status};

const FORMATS: [(&str, &str); 2] = [("ldp_vc", "ldp_vp"), ("jwt_vc", "jwt_vp")];
const FAILED: &str = "presentation(s) or credential(s) verification failed";

#[tokio::test]
async fn a_good_credential_is_accepted_in_both_formats() {
    let encounter = Encounter::new().await;
    for (format, _) in FORMATS {
        assert_eq!(encounter.refusal(&encounter.issue(format, |_| ())).await, "", "{format}");
    }
}

#[tokio::test]
async fn each_check_of_a_credential_refuses_with_its_recorded_text() {
    let encounter = Encounter::new().await;
    let revoked = encounter.publish("1", &[7]);
    for (format, _) in FORMATS {
        let good = encounter.issue(format, |_| ());
        let refuse = async |credential: Credential| encounter.refusal(&credential).await;
        let signature = if format == "ldp_vc" {
            "invalid signature: invalid proof signature: invalid ECDSA signature"
        } else {
            "unable to validate JWT signature: signature verification failed for ES256: invalid ECDSA signature"
        };
        assert_eq!(refuse(tampered(&good)).await, format!("{FAILED}: {signature}"));
        let three_types = |draft: &mut pecan_credentials::credential::Draft| {
            draft.types.push("AnotherCredential".to_owned());
        };
        assert_eq!(
            refuse(encounter.issue(format, three_types)).await,
            "verifiable credential must list at most 2 types"
        );
        let revoked = encounter.issue(format, with_status(entry(&revoked, 7)));
        assert_eq!(refuse(revoked).await, "credential is revoked");
        let now = encounter.now();
        let not_now = "credential not valid at given time";
        let ended =
            encounter.issue(format, |draft| draft.expires_at = Some(now - Duration::seconds(6)));
        assert_eq!(refuse(ended).await, not_now);
        let not_begun =
            encounter.issue(format, |draft| draft.issued_at = now + Duration::seconds(6));
        assert_eq!(refuse(not_begun).await, not_now);
    }
    let unsigned = Credential::parse(&without_proof(&encounter.issue("ldp_vc", |_| ()))).unwrap();
    assert_eq!(encounter.refusal(&unsigned).await, format!("{FAILED}: missing proof"));
    let empty = Credential::parse("{}").unwrap();
    assert_eq!(
        encounter.refusal(&empty).await,
        "validation failed: type 'VerifiableCredential' is required"
    );
}

fn without_proof(credential: &Credential) -> String {
    let mut document = credential.to_value();
    document.as_object_mut().unwrap().remove("proof");
    document.to_string()
}

#[tokio::test]
async fn an_issuer_that_is_not_there_and_a_key_that_is_not_are_told_apart() {
    let encounter = Encounter::new().await;
    let network = &encounter.node.network;
    let url = encounter.issuer.document_url();
    let linked = encounter.issue("ldp_vc", |_| ());
    let token = encounter.issue("jwt_vc", |_| ());
    let other = Outsider::new(network, "issuer.example.nl");
    let document = json!({"id": other.did.as_str()}).to_string();
    network.answer(&url, 200, "application/did+json", &document);
    assert_eq!(
        encounter.refusal(&linked).await,
        "unable to resolve valid signing key: key not found in DID document"
    );
    assert_eq!(
        encounter.refusal(&token).await,
        format!(
            "{FAILED}: unable to validate JWT signature: unable to resolve signing key: key not found in DID document"
        )
    );
    network.answer(&url, 404, "", "");
    for credential in [&linked, &token] {
        assert_eq!(
            encounter.refusal(credential).await,
            "could not validate issuer: did:web non-ok HTTP status: 404 Not Found"
        );
    }
}

#[tokio::test]
async fn revoked_counts_before_expired_and_expired_before_forged() {
    let encounter = Encounter::new().await;
    let url = encounter.publish("1", &[7]);
    let now = encounter.now();
    let known = encounter.issue("jwt_vc", with_status(entry(&url, 1)));
    assert_eq!(encounter.refusal(&known).await, "");
    let all = tampered(&encounter.issue("jwt_vc", |draft| {
        with_status(entry(&url, 7))(draft);
        draft.expires_at = Some(now - Duration::hours(1));
    }));
    assert_eq!(encounter.refusal(&all).await, "credential is revoked");
    let two = tampered(
        &encounter.issue("jwt_vc", |draft| draft.expires_at = Some(now - Duration::hours(1))),
    );
    assert_eq!(encounter.refusal(&two).await, "credential not valid at given time");
}

#[tokio::test]
async fn a_stored_credential_is_checked_but_for_its_signature() {
    let encounter = Encounter::new().await;
    let forged = tampered(&encounter.issue("jwt_vc", |_| ()));
    let at = encounter.now();
    assert!(encounter.verifier.credential(&forged, Signature::Trusted, at).await.is_ok());
    let later = at + Duration::days(2);
    let refused = encounter.verifier.credential(&forged, Signature::Trusted, later).await;
    assert!(matches!(refused, Err(CredentialError::NotValidNow)));
}

#[tokio::test]
async fn a_remembered_signature_does_not_outlive_its_key() {
    let encounter = Encounter::new().await;
    for (format, _) in FORMATS {
        let credential = encounter.issue(format, |_| ());
        assert_eq!(encounter.refusal(&credential).await, "");
        // The same text, parsed anew, is known.
        let again = Credential::parse(credential.raw()).unwrap();
        assert_eq!(encounter.refusal(&again).await, "");
        let stolen = generate_key().unwrap();
        encounter.issuer.serve_document(&encounter.node.network, &stolen);
        assert!(encounter.refusal(&again).await.contains("invalid ECDSA signature"), "{format}");
        encounter.issuer.serve_document(&encounter.node.network, &encounter.issuer.key);
        assert_eq!(encounter.refusal(&again).await, "");
        assert!(encounter.refusal(&tampered(&credential)).await.contains("invalid ECDSA"));
    }
}

#[tokio::test]
async fn a_remembered_signature_does_not_outlive_what_its_key_is_for() {
    let encounter = Encounter::new().await;
    for (format, _) in FORMATS {
        let credential = encounter.issue(format, |_| ());
        assert_eq!(encounter.refusal(&credential).await, "");
        let (network, issuer) = (&encounter.node.network, &encounter.issuer);
        let mut jwk = issuer.key.public_key().to_jwk();
        jwk.insert("use".to_owned(), "enc".into());
        issuer.serve_jwk(network, jwk);
        assert!(encounter.refusal(&credential).await.starts_with(FAILED), "{format}");
        issuer.serve_document(network, &issuer.key);
    }
}

#[tokio::test]
async fn a_remembered_signature_does_not_count_before_it_was_made() {
    let encounter = Encounter::new().await;
    let now = encounter.now();
    for (format, _) in FORMATS {
        let credential = encounter.issue(format, |draft| draft.issued_at = now);
        assert_eq!(encounter.refusal(&credential).await, "");
        let before = now - Duration::minutes(1);
        assert!(
            encounter.verifier.credential(&credential, Signature::Checked, before).await.is_err()
        );
        let after = now + Duration::days(2);
        assert!(
            encounter.verifier.credential(&credential, Signature::Checked, after).await.is_err()
        );
    }
}

#[tokio::test]
async fn a_good_presentation_is_accepted_in_all_combinations() {
    let encounter = Encounter::new().await;
    let linked = encounter.issue("ldp_vc", |_| ());
    let token = encounter.issue("jwt_vc", |_| ());
    for (format, credentials) in [
        ("jwt_vp", vec![linked.clone(), token]),
        ("ldp_vp", vec![linked]),
        ("jwt_vp", vec![]),
        ("ldp_vp", vec![]),
    ] {
        let presentation = encounter.present(format, &credentials, |_| ());
        assert_eq!(encounter.presentation_refusal(&presentation).await, "", "{format}");
    }
}

#[tokio::test]
async fn each_check_of_a_presentation_refuses_with_its_recorded_text() {
    let encounter = Encounter::new().await;
    let now = encounter.now();
    for (vc, vp) in FORMATS {
        let good = encounter.issue(vc, |_| ());
        let refuse =
            async |presentation: Presentation| encounter.presentation_refusal(&presentation).await;
        let id = good.id().unwrap();
        let bad = encounter.issue(vc, |draft| draft.expires_at = Some(now - Duration::hours(1)));
        assert_eq!(
            refuse(encounter.present(vp, &[good.clone(), bad], |_| ())).await,
            format!("{FAILED}: invalid VC (id={id}): credential not valid at given time")
        );
        let other = Outsider::new(&encounter.node.network, "other.example.nl");
        let foreign = other.sign_presentation(
            other.presentation(std::slice::from_ref(&good), now),
            vp,
            &encounter.processor,
        );
        assert_eq!(
            refuse(foreign).await,
            format!("{FAILED}: credential(s) must be presented by subject")
        );
        let named = encounter.present(vp, std::slice::from_ref(&good), |draft| {
            draft.holder = Some(other.did.clone());
        });
        assert_eq!(
            refuse(named).await,
            format!("{FAILED}: presentation holder must equal credential subject")
        );
        let late = encounter.present(vp, std::slice::from_ref(&good), |draft| {
            draft.expires_at = now - Duration::seconds(6);
        });
        let late = refuse(late).await;
        if vp == "ldp_vp" {
            assert_eq!(late, format!("{FAILED}: presentation not valid at given time"));
        } else {
            assert!(late.starts_with(&format!("{FAILED}: unable to validate JWT signature: ")));
        }
    }
}

#[tokio::test]
async fn a_forged_presentation_is_refused_before_its_credentials_are_looked_at() {
    let encounter = Encounter::new().await;
    for (vc, vp) in FORMATS {
        let presentation = encounter.present(vp, &[encounter.issue(vc, |_| ())], |_| ());
        let stranger = generate_key().unwrap();
        encounter.holder.serve_document(&encounter.node.network, &stranger);
        let before = encounter.requests(&encounter.issuer.document_url());
        let refusal = encounter.presentation_refusal(&presentation).await;
        assert!(refusal.ends_with("invalid ECDSA signature"), "{refusal}");
        assert_eq!(encounter.requests(&encounter.issuer.document_url()), before);
        encounter.holder.serve_document(&encounter.node.network, &encounter.holder.key);
    }
}

#[tokio::test]
async fn a_self_attested_credential_counts_only_without_any_signature_and_by_the_holder() {
    let encounter = Encounter::new().await;
    let now = encounter.now();
    let attested = |issuer: &Outsider| {
        let draft = issuer.draft(&encounter.holder.did, now);
        let signed = issuer.sign(draft, "ldp_vc", &encounter.processor);
        Credential::parse(&without_proof(&signed)).unwrap()
    };
    for (_, vp) in FORMATS {
        let own = attested(&encounter.holder);
        let accepted = encounter.present(vp, std::slice::from_ref(&own), |_| ());
        assert_eq!(encounter.presentation_refusal(&accepted).await, "");
        let of_another = attested(&encounter.issuer);
        for (credential, presentation) in [
            (&own, encounter.present(vp, std::slice::from_ref(&own), |it| it.holder = None)),
            (&of_another, encounter.present(vp, std::slice::from_ref(&of_another), |_| ())),
        ] {
            let id = credential.id().unwrap();
            let missing = format!("{FAILED}: invalid VC (id={id}): {FAILED}: missing proof");
            assert_eq!(encounter.presentation_refusal(&presentation).await, missing);
        }
    }
    // A token has a signature even where nobody asked for one.
    let draft = encounter.holder.draft(&encounter.holder.did, now);
    let own = encounter.holder.sign(draft, "jwt_vc", &encounter.processor);
    let accepted = encounter.present("jwt_vp", std::slice::from_ref(&own), |_| ());
    assert_eq!(encounter.presentation_refusal(&accepted).await, "");
    let forged = encounter.present("jwt_vp", &[tampered(&own)], |_| ());
    let refusal = encounter.presentation_refusal(&forged).await;
    assert!(refusal.ends_with("invalid ECDSA signature"), "{refusal}");
}

#[tokio::test]
async fn a_hundred_credentials_are_checked_and_the_first_bad_one_is_named() {
    let encounter = Encounter::new().await;
    let now = encounter.now();
    let mut credentials: Vec<Credential> = (0..100)
        .map(|number| {
            encounter.issue("jwt_vc", |draft| draft.id = format!("{}#{number}", draft.issuer))
        })
        .collect();
    let good = encounter.present("jwt_vp", &credentials, |_| ());
    assert_eq!(encounter.presentation_refusal(&good).await, "");
    for number in [20, 40] {
        credentials[number] = encounter.issue("jwt_vc", |draft| {
            draft.id = format!("{}#{number}", draft.issuer);
            draft.expires_at = Some(now - Duration::hours(1));
        });
    }
    let bad = encounter.present("jwt_vp", &credentials, |_| ());
    let refusal = encounter.presentation_refusal(&bad).await;
    assert!(refusal.contains("(id=did:web:issuer.example.nl#20)"), "{refusal}");
}

#[tokio::test]
async fn the_owner_of_a_presentation_may_ask_about_another_time_and_not_about_credentials() {
    let encounter = Encounter::new().await;
    let now = encounter.now();
    let ended =
        encounter.issue("jwt_vc", |draft| draft.expires_at = Some(now - Duration::hours(1)));
    let presentation = encounter.present("ldp_vp", &[], |_| ());
    let with_ended = encounter.present("jwt_vp", &[ended], |_| ());
    let ask = async |presentation: &Presentation, valid_at, verify_credentials| {
        let question = PresentationQuestion { valid_at, verify_credentials };
        encounter.verifier.answer(presentation, question).await
    };
    assert!(ask(&presentation, None, true).await.is_ok());
    let later = ask(&presentation, Some(now + Duration::hours(1)), true).await.unwrap_err();
    assert_eq!(later.to_string(), format!("{FAILED}: presentation not valid at given time"));
    assert_eq!(later.kind(), FailureKind::Invalid);
    assert!(ask(&with_ended, None, true).await.is_err());
    assert!(ask(&with_ended, None, false).await.is_ok());
}

#[tokio::test]
async fn poison_json_ld_is_refused_and_nothing_in_it_is_believed() {
    let encounter = Encounter::new().await;
    let good = encounter.issue("ldp_vc", |_| ());
    for (member, value) in [
        ("@context", json!({"@vocab": "https://evil.example/"})),
        ("@context", json!("https://evil.example/context.jsonld")),
        ("evil", json!("claim")),
        ("https://www.w3.org/2018/credentials#credentialSubject", json!({"id": "did:web:b"})),
    ] {
        let mut document = good.to_value();
        match (member, document.get_mut(member)) {
            ("@context", Some(contexts)) => contexts.as_array_mut().unwrap().push(value),
            _ => drop(document.as_object_mut().unwrap().insert(member.to_owned(), value)),
        }
        let poisoned = Credential::from_value(document).unwrap();
        let refusal = encounter.refusal(&poisoned).await;
        assert!(refusal.starts_with(FAILED), "{member}: {refusal}");
    }
    let sent = encounter.node.network.sent.lock().unwrap();
    assert!(sent.iter().all(|request| request.purpose == "did-web"), "no context is fetched");
}
