//! One presentation or a list of them, and where the paths of a submission lead in it.

use pecan_credentials::format::PresentationFormat;
use pecan_credentials::presentation::envelope::PRESENTATIONS_MAX;
use pecan_credentials::presentation::model::CREDENTIALS_MAX;
use pecan_credentials::presentation::{Envelope, EnvelopeError, ParseError, Presentation};
use pecan_jose::{base64url, json as strict};
use pecan_vectors::{Suite, Tally};
use proptest::prelude::*;
use serde_json::{Value, json};

fn token(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let header = json!({"alg": "ES256", "kid": "did:web:holder#0"});
    format!("{}.{}.{}", part(&header), part(claims), base64url::encode(&[1; 64]))
}

fn document(id: &str) -> Value {
    json!({"id": id, "type": ["VerifiablePresentation"], "verifiableCredential": [{"issuer": id}]})
}

#[test]
fn one_presentation_is_its_own_view() {
    let jwt = token(&json!({"jti": "did:web:holder#1", "vp": {"type": "VerifiablePresentation"}}));
    let envelope = Envelope::parse(&jwt).unwrap();
    assert!(!envelope.is_list());
    let expected = json!({"type": "VerifiablePresentation", "id": "did:web:holder#1"});
    assert_eq!(*envelope.view(), expected);
    assert_eq!(envelope.presentations()[0].raw(), jwt);

    let json_ld = document("did:web:holder#2");
    let text = serde_json::to_string_pretty(&json_ld).unwrap();
    let envelope = Envelope::parse(&text).unwrap();
    assert!(!envelope.is_list());
    assert_eq!(*envelope.view(), json_ld);
    assert_eq!(envelope.presentations()[0].raw(), text);
}

#[test]
fn a_list_mixes_strings_and_objects_in_the_order_given() {
    let vp = json!({"type": ["VerifiablePresentation"], "verifiableCredential": [{"issuer": "a"}]});
    let jwt = token(&json!({ "vp": vp }));
    let json_ld = document("did:web:holder#2");
    let envelope = Envelope::parse(&json!([jwt, json_ld]).to_string()).unwrap();
    assert!(envelope.is_list());
    let formats: Vec<_> = envelope.presentations().iter().map(Presentation::format).collect();
    assert_eq!(formats, [PresentationFormat::JwtVp, PresentationFormat::LdpVp]);
    assert_eq!(*envelope.view(), json!([vp, json_ld]));
    // Peers count on this: behind a nested path, the JWT keeps its list and the document does not.
    let nested: Vec<Value> =
        envelope.presentations().iter().map(Presentation::nested_view).collect();
    assert_eq!(nested[0]["verifiableCredential"], json!([{"issuer": "a"}]));
    assert_eq!(nested[1]["verifiableCredential"], json!({"issuer": "did:web:holder#2"}));
}

#[test]
fn a_list_of_one_is_a_list() {
    let envelope = Envelope::parse(&json!([document("did:web:a#1")]).to_string()).unwrap();
    assert!(envelope.is_list());
    assert_eq!(*envelope.view(), json!([document("did:web:a#1")]));
    let none = Envelope::parse("[]").unwrap();
    assert!(none.is_list() && none.presentations().is_empty());
    assert_eq!(*none.view(), json!([]));
}

#[test]
fn what_is_no_envelope_is_refused() {
    let jwt = token(&json!({"vp": {}}));
    let quoted = json!(jwt).to_string();
    let padded = format!(" {jwt}");
    let listed_twice = json!([[document("did:web:a#1")]]).to_string();
    for text in [
        "",
        "null",
        "1",
        "\"x\"",
        "[",
        "[1]",
        "[null]",
        "[\"x\"]",
        "{",
        "[{}]]",
        "[{}] x",
        &quoted,
        &padded,
        &listed_twice,
    ] {
        assert!(Envelope::parse(text).is_err(), "{text}");
    }
    let outcome = Envelope::parse("[{},7]").unwrap_err();
    let cause = ParseError::NeitherStringNorObject;
    assert_eq!(outcome, EnvelopeError::Element { index: 1, cause });
}

#[test]
fn a_member_named_twice_in_a_list_is_refused() {
    let outcome = Envelope::parse(r#"[{"holder":"did:web:a","holder":"did:web:b"}]"#).unwrap_err();
    let cause = strict::Error::DuplicateMember { name: "holder".to_owned() };
    assert_eq!(outcome, EnvelopeError::Json(cause));
}

#[test]
fn an_envelope_is_bounded() {
    let many = json!(vec![json!({}); PRESENTATIONS_MAX]);
    assert_eq!(
        Envelope::parse(&many.to_string()).unwrap().presentations().len(),
        PRESENTATIONS_MAX
    );
    let more = json!(vec![json!({}); PRESENTATIONS_MAX + 1]);
    let outcome = Envelope::parse(&more.to_string()).unwrap_err();
    assert_eq!(outcome, EnvelopeError::TooManyPresentations { limit: PRESENTATIONS_MAX });

    let half = json!({"verifiableCredential": vec![json!({}); CREDENTIALS_MAX / 2]});
    Envelope::parse(&json!([half, half]).to_string()).unwrap();
    let outcome = Envelope::parse(&json!([half, half, {"verifiableCredential": {}}]).to_string());
    let expected = EnvelopeError::TooManyCredentials { limit: CREDENTIALS_MAX };
    assert_eq!(outcome.unwrap_err(), expected);

    let long = format!("[\"{}\"]", "x".repeat(strict::TEXT_BYTES_MAX));
    let too_large = strict::Error::TooLarge { limit: strict::TEXT_BYTES_MAX };
    assert_eq!(Envelope::parse(&long).unwrap_err(), EnvelopeError::Json(too_large));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(Envelope::parse(&deep).unwrap_err(), EnvelopeError::Json(strict::Error::TooDeep));
}

/// Follows the plain steps of a submission's path: names and indices.
fn follow<'a>(view: &'a Value, path: &str) -> Option<&'a Value> {
    let pointer = path.strip_prefix('$')?.replace('[', "/").replace(']', "").replace('.', "/");
    view.pointer(&pointer)
}

#[test]
fn recorded_assertions_are_read_or_refused_as_recorded() {
    let Some(suite) = Suite::find("contract/golden/token-endpoint") else { return };
    let mut tally = Tally::new("golden/token-endpoint assertions");
    for file in suite.files("", ".json") {
        let exchange = suite.json(&file);
        let Some(assertion) = exchange["request"]["body"]["assertion"].as_str() else { continue };
        let description = &exchange["response"]["body"]["error_description"];
        let is_refused = description
            .as_str()
            .is_some_and(|text| text.starts_with("assertion parameter is invalid"));
        let outcome = match (Envelope::parse(assertion), is_refused) {
            (Ok(_), false) | (Err(_), true) => Ok(()),
            (Ok(_), true) => Err("read, though it was refused".to_owned()),
            (Err(error), false) => Err(error.to_string()),
        };
        tally.case(&file, outcome);
    }
    tally.finish();
}

#[test]
fn recorded_submissions_lead_to_a_credential_where_they_were_accepted() {
    let Some(suite) = Suite::find("contract/golden/token-endpoint") else { return };
    let mut tally = Tally::new("golden/token-endpoint paths");
    for file in suite.files("", ".json") {
        let exchange = suite.json(&file);
        let body = &exchange["request"]["body"];
        let (Some(assertion), Some(submission)) =
            (body["assertion"].as_str(), body["presentation_submission"].as_str())
        else {
            continue;
        };
        let is_about_paths = file.starts_with("142-") || file.starts_with("62-");
        if exchange["response"]["status"] != 200 && !is_about_paths {
            continue;
        }
        let envelope = Envelope::parse(assertion).unwrap();
        let submission: Value = serde_json::from_str(submission).unwrap();
        for entry in submission["descriptor_map"].as_array().unwrap() {
            let leads_to = lead(&envelope, entry);
            let is_credential =
                leads_to.as_ref().is_some_and(|it| it.is_string() || it.get("issuer").is_some());
            let outcome = (is_credential != is_about_paths).then_some(());
            tally.case(&file, outcome.ok_or_else(|| format!("{entry} leads to {leads_to:?}")));
        }
    }
    tally.finish();
}

fn lead(envelope: &Envelope, entry: &Value) -> Option<Value> {
    let path = entry["path"].as_str()?;
    let Some(nested) = entry.get("path_nested") else {
        return follow(&envelope.view(), path).cloned();
    };
    let index: usize = path.strip_prefix("$[")?.strip_suffix(']')?.parse().ok()?;
    let view = envelope.presentations().get(index)?.nested_view();
    follow(&view, nested["path"].as_str()?).cloned()
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in any::<String>(), list in "[\\[\\]{}\",:a0. ]{0,40}") {
        for text in [text.clone(), format!("[{text}]"), list.clone(), format!("[{list}"), format!("[{{{list}}}]")] {
            if let Ok(envelope) = Envelope::parse(&text) {
                let _ = (envelope.view(), envelope.is_list(), envelope.presentations().len());
            }
        }
    }
}
