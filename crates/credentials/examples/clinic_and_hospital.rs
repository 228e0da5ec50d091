//! Two organisations, one presentation: what the crates do for a token request, step by step, in both formats.
//!
//! Nothing here touches the machine but the lines that are printed: keys are those of the tests, times and nonces are fixed.

use std::error::Error;
use std::fmt::Display;

use pecan_credentials::contexts::BUILT_IN;
use pecan_credentials::credential::{self, Credential, validate};
use pecan_credentials::did::verification_method::VerificationMethod;
use pecan_credentials::did::{Did, DidUrl, document::Document, web};
use pecan_credentials::exchange::select::Selection;
use pecan_credentials::exchange::submission::Submission;
use pecan_credentials::exchange::{Candidate, Definition};
use pecan_credentials::format::PresentationFormat;
use pecan_credentials::presentation::{self, Envelope};
use pecan_credentials::proof::{Purpose, SigningKey};
use pecan_jose::jwk::PrivateKey;
use pecan_jose::signer::Signer;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

type Outcome<T> = Result<T, Box<dyn Error>>;

const NOW: OffsetDateTime = datetime!(2026-11-25 09:00:00 UTC);
const TOKEN_ENDPOINT: &str = "https://hospital.example.nl/oauth2/hospital";

/// An organisation as others see it: a DID, its document, and the key that only it has.
struct Organization {
    did: Did,
    document: Document,
    signing_key: SigningKey,
    private_key: PrivateKey,
}

impl Organization {
    fn new(did: &str, pem: &str) -> Outcome<Self> {
        let did = Did::parse(did)?;
        let private_key = PrivateKey::from_pem(pem)?;
        let id = DidUrl::with_fragment(&did, "key-1")?;
        let jwk = private_key.public_key().to_jwk();
        let method = VerificationMethod::json_web_key(id.clone(), did.clone(), jwk);
        let document = web::document(&did, [method]);
        let signing_key = SigningKey { id, algorithm: private_key.algorithm() };
        Ok(Self { did, document, signing_key, private_key })
    }
}

fn main() -> Outcome<()> {
    let mut contexts = Contexts::new();
    for (url, text) in BUILT_IN {
        contexts.insert(url, text)?;
    }
    let processor = Processor::new(contexts);
    let issuer = Organization::new(
        "did:web:issuer.example.nl",
        include_str!("../../jose/tests/keys/p384.pem"),
    )?;
    let clinic = Organization::new(
        "did:web:clinic.example.nl",
        include_str!("../../jose/tests/keys/p256.pem"),
    )?;
    let definition = Definition::parse(DEFINITION)?;

    step("The issuer signs two credentials for Clinic, one in each format");
    let linked = issue(&issuer, &clinic, "NutsOrganizationCredential")?;
    let linked = linked
        .into_json_ld(&issuer.signing_key, &processor)?
        .sign(&issuer.private_key)?
        .to_string();
    let token = issue(&issuer, &clinic, "NutsOrganizationCredential")?;
    let token = token.into_jwt(&issuer.signing_key).sign(&issuer.private_key)?;
    note("JSON-LD", &format!("{} bytes, proof by {}", linked.len(), issuer.signing_key.id));
    note(
        "JWT",
        &format!("{} bytes, {} by the same key", token.len(), issuer.signing_key.algorithm),
    );

    for (credential, format) in
        [(&token, PresentationFormat::JwtVp), (&linked, PresentationFormat::LdpVp)]
    {
        step(&format!("Clinic asks Hospital for a token, with a presentation in format {format}"));
        let wallet = [Credential::parse(credential)?];
        let (assertion, submission) = present(&clinic, &definition, &wallet, format, &processor)?;
        note("presentation_submission", &submission);
        let claims = verify(&assertion, &submission, &definition, &[&issuer, &clinic], &processor)?;
        note("Hospital grants, and remembers", &claims);
    }

    step("Somebody changes the city in the signed credential");
    let changed = linked.replace("Caretown", "Elsewhere");
    let changed = Credential::parse(&changed)?;
    let key = issuer.document.assertion_key(&changed.key_id()?)?;
    let Err(refusal) = changed.verify_signature(&key, NOW, &processor) else {
        return Err("a changed credential verifies".into());
    };
    note("refused", &refusal);

    step("Another wallet has the wrong credential, and the operator asks why no token came");
    let other = issue(&issuer, &clinic, "DiscoveryRegistrationCredential")?;
    let other = Credential::parse(&other.into_jwt(&issuer.signing_key).sign(&issuer.private_key)?)?;
    let Err(refusal) = definition.select(&[Candidate::from(&other)], &Selection::new()) else {
        return Err("the wrong credential is chosen".into());
    };
    note("the caller reads", &refusal);
    note("the operator reads", &refusal.report());
    Ok(())
}

/// What the issuer says of Clinic.
fn issue(issuer: &Organization, clinic: &Organization, kind: &str) -> Outcome<credential::Draft> {
    let subject = json!({"id": clinic.did.as_str(), "organization": {"name": "Clinic West", "city": "Caretown"}});
    let subject = subject.as_object().cloned().unwrap_or_default();
    let draft = credential::Draft {
        id: format!("{}#8c9f0e5d-3f57-4d5e-9a1f-7f6d4f5b6c01", issuer.did),
        issuer: issuer.did.clone(),
        contexts: Vec::new(),
        types: vec![kind.to_owned()],
        subjects: vec![subject],
        issued_at: datetime!(2026-01-15 10:00:00 UTC),
        expires_at: Some(datetime!(2027-01-15 10:00:00 UTC)),
        statuses: Vec::new(),
    };
    Ok(draft.complete()?)
}

/// Clinic's side: choose, present for five seconds, sign.
fn present(
    clinic: &Organization,
    definition: &Definition,
    wallet: &[Credential],
    format: PresentationFormat,
    processor: &Processor,
) -> Outcome<(String, String)> {
    let candidates: Vec<Candidate<'_>> = wallet.iter().map(Candidate::from).collect();
    let choice = definition.select(&candidates, &Selection::new())?;
    let chosen =
        choice.mappings.iter().filter_map(|mapping| wallet.get(mapping.candidate).cloned());
    let nonce = Some("4nWS7OFAhFpk9CBzVYcHe1fnKMjBrmxhTkvNQKXZIpA".to_owned());
    let draft = presentation::Draft {
        id: format!("{}#c4b7f9aa-7c55-4f0c-9b1e-55d0a1b2c303", clinic.did),
        holder: Some(clinic.did.clone()),
        contexts: Vec::new(),
        types: Vec::new(),
        credentials: chosen.collect(),
        audience: Some(TOKEN_ENDPOINT.to_owned()),
        nonce: nonce.clone(),
        challenge: nonce,
        created_at: NOW,
        expires_at: NOW + time::Duration::seconds(5),
        purpose: Purpose::AssertionMethod,
        claims: Map::new(),
    };
    let assertion = match format {
        PresentationFormat::JwtVp => {
            draft.into_jwt(&clinic.signing_key).sign(&clinic.private_key)?
        }
        PresentationFormat::LdpVp => draft
            .into_json_ld(&clinic.signing_key, processor)?
            .sign(&clinic.private_key)?
            .to_string(),
    };
    let id = "5f1d6a52-6a3c-4c58-8a4d-0d7fb1a7e0b4".to_owned();
    let submission = Submission::build(id, definition, &choice, &candidates, format);
    Ok((assertion, submission.to_string()))
}

/// Hospital's side: cheap checks, the submission, and only then signatures.
fn verify(
    assertion: &str,
    submission: &str,
    definition: &Definition,
    known: &[&Organization],
    processor: &Processor,
) -> Outcome<Value> {
    // Here the documents are at hand; a node would fetch them.
    let resolve = |key_id: &str| {
        let found =
            known.iter().find_map(|organization| organization.document.assertion_key(key_id).ok());
        found.ok_or_else(|| format!("nobody has the key `{key_id}`"))
    };
    let envelope = Envelope::parse(assertion)?;
    let fulfilled = envelope.check_submission(definition, &Submission::parse(submission)?)?;
    for presentation in envelope.presentations() {
        if presentation.audience() != [TOKEN_ENDPOINT] {
            return Err("the presentation is for somebody else".into());
        }
        presentation.check_binding()?;
        presentation.verify_signature(&resolve(&presentation.key_id()?)?, NOW, processor)?;
        note("signature of the presentation", &format!("holds, by {}", presentation.key_id()?));
        for credential in presentation.credentials() {
            validate::validate(credential)?;
            credential.check_validity(NOW)?;
            credential.verify_signature(&resolve(&credential.key_id()?)?, NOW, processor)?;
            note("signature of the credential", &format!("holds, by {}", credential.key_id()?));
        }
    }
    Ok(definition.claims(&fulfilled.mappings).into())
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn step(title: &str) {
    println!("\n{title}");
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn note(what: &str, value: &impl Display) {
    let value = value.to_string();
    let mut lines = value.lines();
    println!("  {what}: {}", lines.next().unwrap_or_default());
    lines.for_each(|line| println!("    {line}"));
}

const DEFINITION: &str = r#"{
  "id": "pd_any_care_organization",
  "format": {
    "ldp_vc": {"proof_type": ["JsonWebSignature2020"]}, "jwt_vc": {"alg": ["ES256", "ES384"]},
    "ldp_vp": {"proof_type": ["JsonWebSignature2020"]}, "jwt_vp": {"alg": ["ES256"]}
  },
  "input_descriptors": [{
    "id": "id_organization",
    "constraints": {"fields": [
      {"path": ["$.type"], "filter": {"type": "string", "const": "NutsOrganizationCredential"}},
      {"path": ["$.issuer"], "filter": {"type": "string", "pattern": "^did:web:issuer\\.example\\.nl$"}},
      {"id": "organization_name", "filter": {"type": "string"},
       "path": ["$.credentialSubject.organization.name", "$.credentialSubject[0].organization.name"]},
      {"id": "organization_city", "filter": {"type": "string"},
       "path": ["$.credentialSubject.organization.city", "$.credentialSubject[0].organization.city"]}
    ]}
  }]
}"#;
