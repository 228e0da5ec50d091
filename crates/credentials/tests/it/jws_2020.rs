//! What two other programs signed verifies, and what the node asks beyond that is refused.

use pecan_credentials::credential::{self, Credential};
use pecan_credentials::presentation::Presentation;
use pecan_credentials::proof::{Policy, VerifyError};
use pecan_credentials::token::TokenError;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::{self, Jws};
use pecan_jose::jwt::ClaimsError;
use pecan_jsonld::processor::Processor;
use pecan_vectors::Suite;
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::world::suite_processor;

const NOW: OffsetDateTime = datetime!(2022-02-01 0:00:00 UTC);

struct Case<'a> {
    suite: &'a Suite,
    processor: Processor,
    facts: Value,
}

impl Case<'_> {
    fn is(&self, fact: &str) -> bool {
        self.facts.get(fact).is_some()
    }

    fn key(&self) -> Option<PublicKey> {
        let file = format!("keys/{}.json", self.facts["key"].as_str().unwrap());
        PublicKey::from_jwk(&self.suite.json(&file)["publicKeyJwk"]).ok()
    }

    fn text(&self) -> String {
        let json = self.suite.json(self.facts["file"].as_str().unwrap());
        match &json["jwt"] {
            Value::String(token) => token.clone(),
            _ => json.to_string(),
        }
    }

    fn verify(&self, policy: Policy) -> Result<(), String> {
        let (key, text) = (self.key().ok_or("unsupported key")?, self.text());
        if self.facts["kind"].as_str().unwrap().starts_with("vp") {
            let presentation = Presentation::parse(&text).map_err(|error| error.to_string())?;
            for credential in presentation.credentials() {
                self.verify_nested(credential, policy)?;
            }
            let outcome = presentation.verify_under(policy, &key, NOW, &self.processor);
            return outcome.map_err(|error| error.to_string());
        }
        let credential = Credential::parse(&text).map_err(|error| error.to_string())?;
        let outcome = credential.verify_under(policy, &key, NOW, &self.processor);
        outcome.map_err(|error| error.to_string())
    }

    /// The credentials inside are all signed with the first key.
    fn verify_nested(&self, credential: &Credential, policy: Policy) -> Result<(), String> {
        let jwk = &self.suite.json("keys/key-0-ed25519.json")["publicKeyJwk"];
        let key = PublicKey::from_jwk(jwk).unwrap();
        let outcome = credential.verify_under(policy, &key, NOW, &self.processor);
        outcome.map_err(|error| format!("nested: {error}"))
    }
}

fn each_case(mut check: impl FnMut(&str, &Case<'_>)) {
    let Some(suite) = Suite::find("vectors/jws-2020") else { return };
    for facts in suite.json("expected.json").as_array().unwrap() {
        let Some(processor) = suite_processor() else { return };
        let case = Case { suite: &suite, processor, facts: facts.clone() };
        check(facts["file"].as_str().unwrap(), &case);
    }
}

#[test]
fn signatures_of_other_programs_verify() {
    let Some(suite) = Suite::find("vectors/jws-2020") else { return };
    let mut tally = suite.tally();
    each_case(|name, case| {
        let outcome = case.verify(Policy::SignatureOnly);
        if case.facts["alg"] == "ES256K" {
            tally.exception(name, "secp256k1 is not in use", &outcome);
        } else if case.is("sub_is_object") {
            let cause = Credential::parse(&case.text()).unwrap_err();
            let claims = ClaimsError::WrongType { name: "sub" };
            assert_eq!(cause, credential::ParseError::Token(TokenError::Claims(claims)));
            Jws::parse(&case.text()).unwrap().verify(&case.key().unwrap()).unwrap();
            tally.exception(name, "an object is no subject, RFC 7519 §4.1.2", &outcome);
        } else {
            tally.case(name, outcome);
        }
    });
    tally.finish();
}

#[test]
fn a_signature_under_another_text_or_key_does_not_verify() {
    each_case(|name, case| {
        let Some(key) = case.key() else { return };
        let other =
            PublicKey::from_jwk(&case.suite.json("keys/key-2-secp256r1.json")["publicKeyJwk"])
                .unwrap();
        let (text, is_json) = (case.text(), case.text().starts_with('{'));
        if !is_json {
            let jws = Jws::parse(&text).unwrap();
            assert_eq!(jws.verify(&other).is_ok(), key == other, "{name}");
            return;
        }
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let credential = Credential::from_value(document.clone()).unwrap();
        let outcome = credential.verify_under(Policy::SignatureOnly, &other, NOW, &case.processor);
        assert_eq!(outcome.is_ok(), key == other, "{name}");
        document["id"] = Value::from("urn:uuid:other");
        let credential = Credential::from_value(document).unwrap();
        let outcome = credential.verify_under(Policy::SignatureOnly, &key, NOW, &case.processor);
        let expected = VerifyError::Signature(jws::VerifyError::InvalidSignature);
        assert_eq!(outcome, Err(expected), "{name}");
    });
}

#[test]
fn inline_contexts_are_refused_though_the_signature_is_good() {
    let mut refused = 0;
    each_case(|name, case| {
        let is_document = !case.facts["kind"].as_str().unwrap().ends_with("jwt");
        if case.facts["alg"] == "ES256K" || !is_document {
            return;
        }
        let outcome = case.verify(Policy::Covered);
        if case.is("inline_context") {
            let cause = outcome.unwrap_err();
            let document: Value = serde_json::from_str(&case.text()).unwrap();
            let expected = if document["issuer"].is_object() {
                "issuer is missing"
            } else {
                "not covered by the signature"
            };
            assert!(cause.contains(expected), "{name}: {cause}");
            refused += 1;
        } else {
            assert_eq!(outcome, Ok(()), "{name}");
        }
    });
    assert!(refused > 0 || Suite::find("vectors/jws-2020").is_none());
}
