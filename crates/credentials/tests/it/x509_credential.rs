//! The recorded verifications of `X509Credential`s.

use pecan_credentials::credential::Credential;
use pecan_credentials::credential::validate::validate_with_issuer;
use pecan_credentials::credential::x509_credential::{Facts, Violation, validate};
use pecan_credentials::did::{Did, x509};
use pecan_credentials::format::Format;
use pecan_jose::base64url;
use pecan_jsonld::processor::Processor;
use pecan_vectors::Suite;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::world::processor;

/// When the first recordings were made.
const RECORDED: i64 = 1_795_607_104;

const SIGNATURE: &str =
    "presentation(s) or credential(s) verification failed: unable to validate JWT signature";

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
}

/// The message that a verifier would give, up to revocation.
fn verify(token: &str, processor: &Processor) -> Result<(), String> {
    let credential = Credential::parse(token).unwrap();
    let did = Did::parse(credential.issuer().unwrap())
        .map_err(|error| format!("validation failed\n{error}"))?;
    let recorded = OffsetDateTime::from_unix_timestamp(RECORDED).unwrap();
    let now = recorded.max(credential.issued_at().unwrap());
    let resolved = x509::resolve(&did, credential.jws().unwrap().header().x5c(), now)
        .map_err(|error| format!("validation failed: invalid issuer: {error}"))?;
    validate_with_issuer(&credential, &resolved).map_err(|error| error.to_string())?;
    let key = resolved.document.assertion_key(&credential.key_id().unwrap()).unwrap();
    credential.verify_signature(&key, now, processor).map_err(|_| SIGNATURE.to_owned())
}

#[test]
fn recorded_verifications_end_the_same_way() {
    let Some(suite) = Suite::find("contract/golden/x509") else { return };
    let (mut tally, processor) = (suite.tally(), processor());
    for file in suite.files("", ".json") {
        let recording = suite.json(&file);
        let Some(token) = recording["request"]["body"]["verifiableCredential"].as_str() else {
            continue;
        };
        let body = &recording["response"]["body"];
        let expected = match body["message"].as_str() {
            None => Ok(()),
            // What follows is the text of a library.
            Some(message) if message.starts_with(SIGNATURE) => Err(SIGNATURE.to_owned()),
            Some(message) => Err(message.to_owned()),
        };
        let found = verify(token, &processor);
        let outcome = if found == expected { Ok(()) } else { Err(format!("{found:?}")) };
        let message = expected.err().unwrap_or_default().to_lowercase();
        if file.starts_with("32-") {
            tally.exception(&file, "policies of the same name are merged", &outcome);
        } else if ["crl", "revoked", "denylist"].iter().any(|word| message.contains(word)) {
            tally.exception(&file, "revocation takes a request", &outcome);
        } else {
            tally.case(&file, outcome);
        }
    }
    tally.finish();
}

type Edit = fn(&mut Facts<'_>);

#[test]
fn each_rule_is_checked() {
    let Some(suite) = Suite::find("contract/golden/x509") else { return };
    let recording = suite.json("01-verify-good.json");
    let token = recording["request"]["body"]["verifiableCredential"].as_str().unwrap();
    let (header, claims) = (part(token, 0), part(token, 1));
    let x5c: Vec<String> = serde_json::from_value(header["x5c"].clone()).unwrap();
    let issuer = claims["iss"].as_str().unwrap();
    let now = OffsetDateTime::from_unix_timestamp(RECORDED).unwrap();
    let resolved = x509::resolve(&Did::parse(issuer).unwrap(), Some(&x5c), now).unwrap();
    let check = |subject: Value, edit: Edit| {
        let subjects = [json!({"id": "did:web:a"}), subject];
        let mut facts = Facts {
            format: Format::JwtVc,
            issuer,
            subjects: &subjects,
            issued_at: Some(resolved.not_before),
            expires_at: Some(resolved.not_after),
            resolved: &resolved,
        };
        edit(&mut facts);
        validate(&facts)
    };
    let good = json!({"subject": {"L": "Healthland"}});
    let differs = |value: &str| {
        let (policy, key, value) = ("subject".to_owned(), "L".to_owned(), value.to_owned());
        Err(Violation::ClaimDiffers { policy, key, value })
    };
    assert_eq!(check(good.clone(), |_| {}), Ok(()));
    assert_eq!(check(json!({"subject": {"L": "x"}}), |_| {}), differs("x"));
    assert_eq!(
        check(json!({"subject": {"L": ["Healthland"]}}), |_| {}),
        differs("[\"Healthland\"]")
    );
    assert_eq!(check(json!({"subject": {"L": null}}), |_| {}), differs("null"));
    assert_eq!(
        check(json!({"subject": "L"}), |_| {}),
        Err(Violation::NotAnObject { policy: "subject".to_owned() })
    );
    assert_eq!(check(json!("x"), |_| {}), Err(Violation::Subject));
    let edits: [(Edit, Violation); 6] = [
        (|facts| facts.format = Format::LdpVc, Violation::Format),
        (|facts| facts.issuer = "did:x509:0:sha256:x", Violation::Issuer),
        (|facts| facts.expires_at = None, Violation::NoExpirationDate),
        (|facts| facts.issued_at = None, Violation::NoIssuanceDate),
        (
            |facts| facts.expires_at = Some(facts.resolved.not_after + time::Duration::SECOND),
            Violation::ExpiresAfterCertificate,
        ),
        (
            |facts| facts.issued_at = Some(facts.resolved.not_before - time::Duration::SECOND),
            Violation::IssuedBeforeCertificate,
        ),
    ];
    for (edit, expected) in edits {
        assert_eq!(check(good.clone(), edit), Err(expected));
    }
}
