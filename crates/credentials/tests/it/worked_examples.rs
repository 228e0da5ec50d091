//! The worked examples of the contract come out byte by byte, and their signatures verify.

use std::fmt::Write as _;

use pecan_credentials::credential::{self, Credential};
use pecan_credentials::did::{Did, DidUrl};
use pecan_credentials::presentation::{self, Presentation};
use pecan_credentials::proof::{Purpose, SigningKey};
use pecan_credentials::status::status_list_2021::Entry;
use pecan_jose::algorithm::Algorithm;
use pecan_jose::base64url;
use pecan_jose::digest::sha256;
use pecan_jose::jwk::PrivateKey;
use pecan_vectors::Suite;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::world::processor;

const DID: &str = "did:web:node.example.org:iam:5a0bd2cc-5e8b-4b3c-9d6d-2f4d4f6b7a11";
const KEY: &str = "0f2c2a3e-6c0e-4a55-8a5d-0c7a0d0f4b21";
const ISSUED_AT: OffsetDateTime = datetime!(2026-01-15 10:00:00 UTC);
const PRESENTED_AT: OffsetDateTime = datetime!(2026-01-15 10:05:00 UTC);

/// A section of the contract, as its fenced blocks.
struct Section(Vec<String>);

impl Section {
    fn find(number: &str) -> Option<Self> {
        let text = Suite::find("contract")?.text("credentials.md");
        let (_, rest) = text.split_once(&format!("\n### {number} ")).unwrap();
        let section = rest.split("\n### ").next().unwrap();
        let fenced = section.split("\n```").skip(1).step_by(2);
        Some(Self(fenced.map(|it| it.split_once('\n').unwrap().1.to_owned()).collect()))
    }

    /// The last block that is JSON of this kind.
    fn json(&self, pick: impl Fn(&Value) -> bool) -> Value {
        let mut parsed = self.0.iter().rev().filter_map(|block| serde_json::from_str(block).ok());
        parsed.find(pick).unwrap()
    }

    /// The private key of section 14.1.
    fn key() -> Option<PrivateKey> {
        let pem = Self::find("14.1")?.0.remove(0);
        Some(PrivateKey::from_pem(&(pem + "\n")).unwrap())
    }
}

fn signing_key() -> SigningKey {
    let id = DidUrl::parse(&format!("{DID}#{KEY}")).unwrap();
    SigningKey { id, algorithm: Algorithm::Es256 }
}

fn organization() -> credential::Draft {
    let did = Did::parse(DID).unwrap();
    let list = format!("https://node.example.org/statuslist/{DID}/1");
    let subject = json!({"id": DID, "organization": {"city": "Caretown", "name": "Caresoft B.V."}});
    let Value::Object(subject) = subject else { unreachable!() };
    let mut status = Entry::revocation(&list, 0).to_value();
    status.sort_all_objects();
    let draft = credential::Draft {
        id: format!("{DID}#8c9f0e5d-3f57-4d5e-9a1f-7f6d4f5b6c01"),
        issuer: did,
        contexts: vec![],
        types: vec!["NutsOrganizationCredential".to_owned()],
        subjects: vec![subject],
        issued_at: ISSUED_AT,
        expires_at: Some(datetime!(2027-01-15 10:00:00 UTC)),
        statuses: vec![status],
    };
    draft.complete().unwrap()
}

fn presentation(id: &str, credential: Credential) -> presentation::Draft {
    presentation::Draft {
        id: format!("{DID}#{id}"),
        holder: None,
        contexts: vec![],
        types: vec![],
        credentials: vec![credential],
        audience: Some("https://verifier.example.org".to_owned()),
        nonce: None,
        challenge: None,
        created_at: PRESENTED_AT,
        expires_at: datetime!(2026-01-15 10:20:00 UTC),
        purpose: Purpose::AssertionMethod,
        claims: Map::new(),
    }
}

/// The signature of a compact or detached JWS.
fn signature(jws: &str) -> Vec<u8> {
    base64url::decode(jws.rsplit('.').next().unwrap()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[test]
fn the_json_ld_credential_comes_out_byte_by_byte() {
    let (Some(section), Some(key)) = (Section::find("14.3"), Section::key()) else { return };
    let expected = section.json(|it| it.get("proof").is_some());
    let unsigned = organization().into_json_ld(&signing_key(), &processor()).unwrap();
    let payload = &unsigned.signing_input()[unsigned.signing_input().len() - 64..];
    let hashes = (
        "7d314b2e71c87a71da9391ede82593e4056325516661aca626c68cfe8381ca4d",
        "d7ecbd836a5ec5fdcc6278f1ecb937cd120ea3f856fffc8ec386143036c981e6",
    );
    assert_eq!((hex(&payload[..32]).as_str(), hex(&payload[32..]).as_str()), hashes);
    let made = unsigned.attach(&signature(expected["proof"]["jws"].as_str().unwrap()));
    assert_eq!(made.to_string(), serde_json::to_string(&expected).unwrap());

    let credential = Credential::parse(&made.to_string()).unwrap();
    assert_eq!(credential.key_id().unwrap(), format!("{DID}#{KEY}"));
    credential.verify_signature(key.public_key(), ISSUED_AT, &processor()).unwrap();
}

#[test]
fn the_jwt_credential_comes_out_byte_by_byte() {
    let (Some(section), Some(key)) = (Section::find("14.4"), Section::key()) else { return };
    let expected = section.json(Value::is_string);
    let expected = expected.as_str().unwrap();
    let made = organization().into_jwt(&signing_key()).attach(&signature(expected));
    assert_eq!(made, expected);
    let credential = Credential::parse(&made).unwrap();
    credential.verify_signature(key.public_key(), ISSUED_AT, &processor()).unwrap();
}

#[test]
fn the_json_ld_presentation_comes_out_byte_by_byte() {
    let (Some(section), Some(key)) = (Section::find("14.6"), Section::key()) else { return };
    let expected = section.json(|it| it.get("proof").is_some());
    let credential = Credential::from_value(expected["verifiableCredential"].clone()).unwrap();
    let mut draft = presentation("a1f3b0de-12f0-4f0e-8a57-1c6a5f0b9d02", credential);
    draft.challenge = Some("n-0S6_WzA2Mj".to_owned());
    let unsigned = draft.into_json_ld(&signing_key(), &processor()).unwrap();
    let payload = &unsigned.signing_input()[unsigned.signing_input().len() - 64..];
    let hashes = (
        "4091fb86b33a45434838425f6cfc9322e4b5efc983fd78787d3e7d525b78887e",
        "479844fddd10db4f06b9828469bf23d6420462c89c309a413a8200e055ec05ba",
    );
    assert_eq!((hex(&payload[..32]).as_str(), hex(&payload[32..]).as_str()), hashes);
    let made = unsigned.attach(&signature(expected["proof"]["jws"].as_str().unwrap()));
    assert_eq!(made.to_string(), serde_json::to_string(&expected).unwrap());

    let presentation = Presentation::parse(&made.to_string()).unwrap();
    presentation.check_binding().unwrap();
    presentation.verify_signature(key.public_key(), PRESENTED_AT, &processor()).unwrap();
    assert_eq!(presentation.audience(), ["https://verifier.example.org"]);
    assert_eq!(presentation.challenge(), Some("n-0S6_WzA2Mj"));
    assert_eq!(presentation.nonce(), None);
}

#[test]
fn the_jwt_presentation_comes_out_but_for_its_audience() {
    let (Some(section), Some(key)) = (Section::find("14.7"), Section::key()) else { return };
    let expected = section.json(Value::is_string);
    let expected = expected.as_str().unwrap();
    let received = Presentation::parse(expected).unwrap();
    received.check_binding().unwrap();
    received.verify_signature(key.public_key(), PRESENTED_AT, &processor()).unwrap();

    let credential = received.credentials()[0].clone();
    let draft = presentation("c4b7f9aa-7c55-4f0c-9b1e-55d0a1b2c303", credential);
    let made = draft.into_jwt(&signing_key()).attach(&signature(expected));
    // The reference lists its one audience; strict readers want a plain string.
    let claims = base64url::decode(made.split('.').nth(1).unwrap()).unwrap();
    let listed = String::from_utf8(claims).unwrap().replace(
        r#""aud":"https://verifier.example.org""#,
        r#""aud":["https://verifier.example.org"]"#,
    );
    assert_eq!(base64url::encode(listed.as_bytes()), expected.split('.').nth(1).unwrap());
    assert_eq!(made.split('.').next(), expected.split('.').next());
    assert_eq!(sha256(listed.as_bytes()), sha256(received.jws().unwrap().payload()));
}
