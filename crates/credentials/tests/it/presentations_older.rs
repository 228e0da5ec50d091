//! Tokens in the form of nodes before version 8, and what a token must say.

use pecan_credentials::format::Format;
use pecan_credentials::key_id::KeyIdError;
use pecan_credentials::presentation::{BindingError, ParseError, Presentation};
use pecan_credentials::proof::VerifyError;
use pecan_credentials::token::TokenError;
use pecan_jose::jwt::TimeError;
use serde_json::{Value, json};

use crate::presentations::{
    HOLDER, NOW, STRANGER, VERIFIER, holder_key_id, issue, older, older_claims, self_attested,
    sign_claims, verify,
};

#[test]
fn the_form_of_older_nodes_counts() {
    for credential in [
        issue(json!({"id": HOLDER}), "Utrecht", Format::LdpVc).to_value(),
        issue(json!({"id": HOLDER}), "Utrecht", Format::JwtVc).to_value(),
        self_attested(HOLDER),
    ] {
        let claims = older_claims(&credential);
        let presentation =
            Presentation::parse(&sign_claims(&claims, Some(&holder_key_id()))).unwrap();
        assert_eq!(presentation.view()["verifiableCredential"], credential);
        assert_eq!(presentation.view()["type"], json!("VerifiablePresentation"));
        assert_eq!(presentation.holder(), Some(HOLDER));
        assert_eq!(presentation.audience(), [VERIFIER]);
        assert_eq!(presentation.created_at(), Some(NOW));
        let [only] = presentation.credentials() else { panic!("one credential") };
        assert_eq!(*only.raw_value(), credential);
        assert_eq!(presentation.attests(only), credential == self_attested(HOLDER));
        assert_eq!(presentation.check_binding(), Ok(()));
        assert_eq!(verify(&presentation), Ok(()));
    }
}

#[test]
fn the_issuer_of_a_token_counts_before_the_holder_in_it() {
    let named = older(|claims| claims["iss"] = json!(STRANGER)).unwrap();
    assert_eq!(named.holder(), Some(STRANGER));
    assert_eq!(named.check_binding(), Err(BindingError::NotHolder));
    let both = older(|claims| {
        claims["iss"] = json!(HOLDER);
        claims["vp"]["holder"] = json!(STRANGER);
    });
    assert_eq!(both.unwrap().check_binding(), Ok(()));
    let none = older(|claims| claims["vp"]["holder"] = Value::Null).unwrap();
    assert_eq!((none.holder(), none.check_binding()), (None, Ok(())));
    let empty = older(|claims| claims["iss"] = json!("")).unwrap();
    assert_eq!(empty.check_binding(), Err(BindingError::NotHolder));
}

#[test]
fn a_token_says_when_it_begins_and_need_not_say_when_it_was_made_or_ends() {
    let open = older(|claims| {
        claims.as_object_mut().unwrap().remove("exp");
    });
    let open = open.unwrap();
    assert_eq!((open.expires_at(), verify(&open)), (None, Ok(())));
    let later = older(|claims| claims["nbf"] = json!(NOW.unix_timestamp() + 5)).unwrap();
    assert_eq!(verify(&later), Err(VerifyError::Time(TimeError::NotYetValid)));
    let ended = older(|claims| claims["exp"] = json!(NOW.unix_timestamp() - 5)).unwrap();
    assert_eq!(verify(&ended), Err(VerifyError::Time(TimeError::Expired)));
    let unbegun = older(|claims| {
        let members = claims.as_object_mut().unwrap();
        let begin = members.remove("nbf").unwrap();
        members.insert("iat".to_owned(), begin);
    });
    let unbegun = unbegun.unwrap();
    assert_eq!(unbegun.created_at(), Some(NOW));
    assert_eq!(verify(&unbegun), Err(VerifyError::NotBeforeMissing));
}

#[test]
fn a_token_names_its_key() {
    let claims = older_claims(&self_attested(HOLDER));
    let unnamed = Presentation::parse(&sign_claims(&claims, None)).unwrap();
    assert_eq!(unnamed.signer(), Err(KeyIdError::MissingKid));
    assert_eq!(unnamed.check_binding(), Err(BindingError::Signer(KeyIdError::MissingKid)));
    assert_eq!(verify(&unnamed), Err(VerifyError::KeyId(KeyIdError::MissingKid)));
    let key_id = format!("{STRANGER}#0");
    let strange = Presentation::parse(&sign_claims(&claims, Some(&key_id))).unwrap();
    assert_eq!(strange.check_binding(), Err(BindingError::NotSubject));
}

#[test]
fn other_tokens_are_no_presentations() {
    let content = ParseError::Token(TokenError::Content { name: "vp" });
    for vp in [Value::Null, json!([]), json!("x"), json!(1)] {
        assert_eq!(older(|claims| claims["vp"] = vp).unwrap_err(), content);
    }
    for (name, text) in
        [("iss", "a b"), ("jti", "a\nb"), ("jti", "did:web:a%3"), ("iss", "é"), ("iss", "<a>")]
    {
        let outcome = older(|claims| claims[name] = json!(text)).unwrap_err();
        assert_eq!(outcome, ParseError::Malformed { member: name }, "{text:?}");
    }
    older(|claims| claims["jti"] = json!("did:web:localhost%3A8443:iam:a#ZV-S_1")).unwrap();
    for (member, value) in [("holder", json!({"id": HOLDER})), ("type", json!([1]))] {
        assert!(older(|claims| claims["vp"][member] = value).is_err(), "{member}");
    }
    let untyped = older(|claims| claims["vp"]["type"] = json!(["Other"])).unwrap();
    assert_eq!(verify(&untyped), Err(VerifyError::NotAPresentation));
}

#[test]
fn a_time_that_cannot_be_told_is_not_an_absent_one() {
    let credential = issue(json!({"id": HOLDER}), "Utrecht", Format::JwtVc).to_value();
    for member in ["exp", "nbf", "iat"] {
        for seconds in [-1, 253_402_300_800_i64, i64::MAX] {
            let mut claims = older_claims(&credential);
            claims[member] = json!(seconds);
            let outcome = Presentation::parse(&sign_claims(&claims, Some(&holder_key_id())));
            let refusal = Some(ParseError::Malformed { member });
            assert_eq!(outcome.err(), refusal, "{member} {seconds}");
        }
    }
}

#[test]
fn a_document_of_another_type_is_no_presentation_under_the_policy_of_a_node() {
    use pecan_credentials::proof::Policy;

    let credential = issue(json!({"id": HOLDER}), "Utrecht", Format::JwtVc).to_value();
    let mut claims = older_claims(&credential);
    claims["vp"]["type"] = json!("Other");
    let token = Presentation::parse(&sign_claims(&claims, Some(&holder_key_id()))).unwrap();
    let key = crate::world::key();
    let under =
        |policy| token.verify_under(policy, key.public_key(), NOW, &crate::world::processor());
    assert_eq!(under(Policy::Covered), Err(VerifyError::NotAPresentation));
}
