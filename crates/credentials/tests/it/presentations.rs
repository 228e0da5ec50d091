//! Presentations that are drafted, signed and read again, and what other tests make presentations with.

use pecan_credentials::contexts::{CREDENTIALS_V1, JWS_2020, NUTS_V1};
use pecan_credentials::credential::{self, Credential};
use pecan_credentials::did::Did;
use pecan_credentials::format::{Format, PresentationFormat};
use pecan_credentials::presentation::{self, ParseError, Presentation};
use pecan_credentials::proof::{Purpose, VerifyError};
use pecan_jose::jwk::PrivateKey;
use pecan_jose::jws::{self, HeaderFields};
use pecan_jose::signer::Signer;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::world::{key, processor, signers, signing_key};

pub(crate) const ISSUER: &str = "did:web:issuer.example.org";
pub(crate) const HOLDER: &str = "did:web:holder.example.org";
pub(crate) const STRANGER: &str = "did:web:stranger.example.org";
pub(crate) const VERIFIER: &str = "https://verifier.example.org/oauth2/hospital";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-01-15 10:00:00 UTC);

pub(crate) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { unreachable!("an object was written") };
    members
}

pub(crate) fn issue(subject: Value, city: &str, format: Format) -> Credential {
    let mut subject = object(subject);
    subject.insert("organization".to_owned(), json!({"name": "Clinic West", "city": city}));
    let draft = credential::Draft {
        id: format!("{ISSUER}#{city}"),
        issuer: Did::parse(ISSUER).unwrap(),
        contexts: vec![],
        types: vec!["NutsOrganizationCredential".to_owned()],
        subjects: vec![subject],
        issued_at: NOW,
        expires_at: None,
        statuses: vec![],
    };
    sign_credential(draft.complete().unwrap(), format)
}

pub(crate) fn sign_credential(draft: credential::Draft, format: Format) -> Credential {
    let signer = key();
    let signing = signing_key(ISSUER, &signer);
    let text = match format {
        Format::JwtVc => draft.into_jwt(&signing).sign(&signer).unwrap(),
        Format::LdpVc => {
            draft.into_json_ld(&signing, &processor()).unwrap().sign(&signer).unwrap().to_string()
        }
    };
    Credential::parse(&text).unwrap()
}

pub(crate) fn self_attested(issuer: &str) -> Value {
    json!({
        "@context": [CREDENTIALS_V1, NUTS_V1],
        "id": "urn:uuid:7f9f2f0e-2b9d-4f4e-9f0b-0c8f4f1e6a77",
        "type": ["VerifiableCredential", "NutsEmployeeCredential"],
        "issuer": issuer,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": HOLDER, "name": "J. Jansen", "roleName": "Nurse"},
    })
}

pub(crate) fn draft(credentials: Vec<Credential>) -> presentation::Draft {
    presentation::Draft {
        id: format!("{HOLDER}#1"),
        holder: Some(Did::parse(HOLDER).unwrap()),
        contexts: vec![],
        types: vec![],
        credentials,
        audience: Some(VERIFIER.to_owned()),
        nonce: Some("nonce".to_owned()),
        challenge: Some("nonce".to_owned()),
        created_at: NOW,
        expires_at: NOW + Duration::seconds(5),
        purpose: Purpose::AssertionMethod,
        claims: Map::new(),
    }
}

pub(crate) fn present(
    draft: presentation::Draft,
    format: PresentationFormat,
    signer: &PrivateKey,
) -> Presentation {
    let signing = signing_key(HOLDER, signer);
    let text = match format {
        PresentationFormat::JwtVp => draft.into_jwt(&signing).sign(signer).unwrap(),
        PresentationFormat::LdpVp => {
            let unsigned = draft.into_json_ld(&signing, &processor()).unwrap();
            unsigned.sign(signer).unwrap().to_string()
        }
    };
    Presentation::parse(&text).unwrap()
}

/// Signs claims as they are, also those that no draft makes.
pub(crate) fn sign_claims(claims: &Value, key_id: Option<&str>) -> String {
    let header = HeaderFields {
        algorithm: key().algorithm(),
        key_id: key_id.map(str::to_owned),
        typ: Some("JWT".to_owned()),
        extra: Map::new(),
    };
    jws::Unsigned::new(header, claims.to_string().as_bytes()).sign(&key()).unwrap()
}

pub(crate) fn verify(presentation: &Presentation) -> Result<(), VerifyError> {
    presentation.verify_signature(key().public_key(), NOW, &processor())
}

/// A token in the form of nodes before version 8: no `iss`, no `iat`, single values bare.
pub(crate) fn older_claims(credential: &Value) -> Value {
    json!({
        "sub": HOLDER,
        "jti": format!("{HOLDER}#1"),
        "aud": VERIFIER,
        "nbf": NOW.unix_timestamp(),
        "exp": NOW.unix_timestamp() + 5,
        "nonce": "nonce",
        "vp": {
            "@context": CREDENTIALS_V1,
            "type": "VerifiablePresentation",
            "holder": HOLDER,
            "verifiableCredential": credential,
        },
    })
}

pub(crate) fn holder_key_id() -> String {
    format!("{HOLDER}#0")
}

pub(crate) fn older(change: impl FnOnce(&mut Value)) -> Result<Presentation, ParseError> {
    let credential = issue(json!({"id": HOLDER}), "Utrecht", Format::LdpVc);
    let mut claims = older_claims(&credential.to_value());
    change(&mut claims);
    Presentation::parse(&sign_claims(&claims, Some(&holder_key_id())))
}

#[test]
fn one_audience_is_sent_as_text_and_more_claims_stay_readable() {
    let mut drafted = draft(vec![]);
    drafted.claims = object(json!({"retract_jti": "did:web:a#1", "aud": "other", "vp": "other"}));
    let presentation = present(drafted, PresentationFormat::JwtVp, &key());
    let claims = presentation.claims().unwrap().members();
    assert_eq!(claims["aud"], json!(VERIFIER));
    assert_eq!(claims["retract_jti"], json!("did:web:a#1"));
    assert_eq!(presentation.view().get("verifiableCredential"), None);
    assert!(presentation.has_type("VerifiablePresentation"));
    let list = older(|claims| claims["aud"] = json!([VERIFIER, "other"])).unwrap();
    assert_eq!(list.audience(), [VERIFIER, "other"]);
}

#[test]
fn a_drafted_document_has_single_values_alone_and_a_drafted_token_has_lists() {
    let credential = issue(json!({"id": HOLDER}), "Utrecht", Format::LdpVc);
    let other = issue(json!({"id": HOLDER}), "Zwolle", Format::LdpVc);
    for (format, is_list) in [(PresentationFormat::JwtVp, true), (PresentationFormat::LdpVp, false)]
    {
        let one = present(draft(vec![credential.clone()]), format, &key());
        assert_eq!(one.view()["verifiableCredential"].is_array(), is_list);
        assert_eq!(one.view()["type"].is_array(), is_list);
        let two = present(draft(vec![credential.clone(), other.clone()]), format, &key());
        assert_eq!(two.view()["verifiableCredential"][1], other.to_value());
        let mut richer = draft(vec![]);
        richer.holder = None;
        richer.contexts = vec![NUTS_V1.to_owned(), CREDENTIALS_V1.to_owned()];
        richer.types = vec!["OwnPresentation".to_owned()];
        let richer = present(richer, format, &key());
        let contexts: Vec<&str> = richer.contexts().filter(|it| *it != JWS_2020).collect();
        assert_eq!(contexts, [CREDENTIALS_V1, NUTS_V1]);
        assert_eq!(richer.types(), ["VerifiablePresentation", "OwnPresentation"]);
        assert_eq!((richer.holder(), richer.check_binding()), (None, Ok(())));
        assert_eq!(verify(&richer), Ok(()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_made_is_what_is_read(
        audience in proptest::option::of("https://[a-z]{1,12}\\.example/[a-z0-9/]{0,12}"),
        nonce in proptest::option::of("\\PC{1,30}"),
        challenge in proptest::option::of("\\PC{1,30}"),
        kinds in proptest::collection::vec(0_usize..3, 0..4),
        has_holder: bool,
        lifetime_seconds in 0_i64..100_000,
        purpose in proptest::sample::select(vec![Purpose::AssertionMethod, Purpose::Authentication]),
    ) {
        let processor = processor();
        let subject = json!({"id": HOLDER});
        for format in [PresentationFormat::JwtVp, PresentationFormat::LdpVp] {
            let credentials: Vec<Credential> = kinds.iter().enumerate().map(|(index, kind)| {
                let city = format!("City{index}");
                match (*kind, format) {
                    (0, PresentationFormat::JwtVp) => issue(subject.clone(), &city, Format::JwtVc),
                    (1, _) => Credential::from_value(self_attested(HOLDER)).unwrap(),
                    _ => issue(subject.clone(), &city, Format::LdpVc),
                }
            }).collect();
            for signer in signers() {
                let mut made = draft(credentials.clone());
                made.holder = made.holder.filter(|_| has_holder);
                made.audience.clone_from(&audience);
                made.nonce.clone_from(&nonce);
                made.challenge.clone_from(&challenge);
                made.expires_at = NOW + Duration::seconds(lifetime_seconds);
                made.purpose = purpose;
                let expires_at = made.expires_at;
                let read = present(made, format, &signer);
                prop_assert_eq!(read.format(), format);
                prop_assert_eq!(read.holder(), has_holder.then_some(HOLDER));
                prop_assert_eq!(read.audience(), Vec::from_iter(audience.as_deref()));
                let expected = match format {
                    PresentationFormat::JwtVp => {
                        let one = nonce.as_deref().or(challenge.as_deref());
                        (one, one)
                    }
                    PresentationFormat::LdpVp => (nonce.as_deref(), challenge.as_deref()),
                };
                prop_assert_eq!((read.nonce(), read.challenge()), expected);
                prop_assert_eq!(read.created_at(), Some(NOW));
                prop_assert_eq!(read.expires_at(), Some(expires_at));
                let raw = |it: &Credential| it.raw_value().clone();
                let sent: Vec<Value> = credentials.iter().map(raw).collect();
                let received: Vec<Value> = read.credentials().iter().map(raw).collect();
                prop_assert_eq!(received, sent);
                prop_assert_eq!(read.check_binding(), Ok(()));
                prop_assert_eq!(read.verify_signature(signer.public_key(), NOW, &processor), Ok(()));
                let again = Presentation::from_value(read.to_value()).unwrap();
                prop_assert_eq!(again.view(), read.view());
            }
        }
    }
}
