//! What it costs to verify a presentation, beside the signature checks that it cannot do without.
//!
//! The last lines say how many times the bare checks the whole is; aims are 1.2 for JWT and 1.6 for JSON-LD.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark measures time, and says what it measured"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use pecan_credentials::contexts::BUILT_IN;
use pecan_credentials::credential::{self, Credential, validate};
use pecan_credentials::did::{Did, DidUrl};
use pecan_credentials::presentation::{self, Presentation};
use pecan_credentials::proof::{Purpose, SigningKey};
use pecan_credentials::status::status_list_2021::Entry;
use pecan_jose::algorithm::Algorithm;
use pecan_jose::jwk::PrivateKey;
use pecan_jose::signer::Signer;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use serde_json::{Map, json};
use time::OffsetDateTime;
use time::macros::datetime;

const ISSUER: &str = "did:web:issuer.example.org:iam:61e911fa-9f0a-4022-bcfb-ce541935d352";
const HOLDER: &str = "did:web:holder.example.org:iam:9b734118-8c22-4074-b81d-ec635ece46e5";
const NOW: OffsetDateTime = datetime!(2026-01-15 10:00:00 UTC);

/// A message and its signature.
type Signed = (Vec<u8>, Vec<u8>);

/// A presentation of two credentials, and the three signatures in it.
struct Case {
    text: String,
    checks: Vec<Signed>,
}

struct World {
    signer: PrivateKey,
    processor: Processor,
    jwt: Case,
    json_ld: Case,
}

impl World {
    fn new() -> Self {
        let pem = include_str!("../../jose/tests/keys/p256.pem");
        let signer = PrivateKey::from_pem(pem).expect("the key is a good one");
        let mut contexts = Contexts::new();
        for (url, json) in BUILT_IN {
            contexts.insert(url, json).expect("the contexts are JSON");
        }
        let processor = Processor::new(contexts);
        let jwt = jwt(&signer);
        let json_ld = json_ld(&signer, &processor);
        Self { signer, processor, jwt, json_ld }
    }

    /// All that a verifier does once keys and lists are at hand.
    fn verify(&self, text: &str) {
        let key = self.signer.public_key();
        let presentation = Presentation::parse(text).expect("a presentation");
        presentation.check_binding().expect("the holder's");
        presentation.verify_signature(key, NOW, &self.processor).expect("signed");
        for credential in presentation.credentials() {
            validate::validate(credential).expect("valid");
            credential.check_validity(NOW).expect("in time");
            black_box(credential.view());
            credential.verify_signature(key, NOW, &self.processor).expect("signed");
        }
    }

    fn check_signatures(&self, signed: &[Signed]) {
        for (message, signature) in signed {
            let outcome = self.signer.public_key().verify(Algorithm::Es256, message, signature);
            outcome.expect("signed");
        }
    }
}

fn signing_key(did: &str) -> SigningKey {
    let id = DidUrl::parse(&format!("{did}#0")).expect("a DID URL");
    SigningKey { id, algorithm: Algorithm::Es256 }
}

fn credential_draft(index: usize) -> credential::Draft {
    let subject = json!({"id": HOLDER, "organization": {"name": "Clinic West", "city": "Utrecht"}});
    let list = format!("https://issuer.example.org/statuslist/{ISSUER}/1");
    let draft = credential::Draft {
        id: format!("{ISSUER}#61832ba8-63bb-4463-b4c0-b2c7faffe90{index}"),
        issuer: Did::parse(ISSUER).expect("a DID"),
        contexts: vec![],
        types: vec!["NutsOrganizationCredential".to_owned()],
        subjects: subject.as_object().cloned().into_iter().collect(),
        issued_at: NOW,
        expires_at: Some(NOW + time::Duration::days(365)),
        statuses: vec![Entry::revocation(&list, index).to_value()],
    };
    draft.complete().expect("complete")
}

fn presentation_draft(credentials: Vec<Credential>) -> presentation::Draft {
    presentation::Draft {
        id: format!("{HOLDER}#35553ea6-4121-489d-a67a-faaf8e8ab0cf"),
        holder: Some(Did::parse(HOLDER).expect("a DID")),
        contexts: vec![],
        types: vec![],
        credentials,
        audience: Some("https://verifier.example.org/oauth2/hospital".to_owned()),
        nonce: Some("3tpiEHjX_1A076gmg4WyTKzyPrFyKo5CHiNYpmXYSDM".to_owned()),
        challenge: None,
        created_at: NOW,
        expires_at: NOW + time::Duration::seconds(5),
        purpose: Purpose::AssertionMethod,
        claims: Map::new(),
    }
}

fn jwt(signer: &PrivateKey) -> Case {
    let mut checks = Vec::new();
    let mut sign = |unsigned: pecan_jose::jws::Unsigned| {
        let message = unsigned.signing_input().to_vec();
        let signature = signer.sign(&message).expect("signs");
        checks.push((message, signature.clone()));
        unsigned.attach(&signature)
    };
    let credentials = (0..2)
        .map(|index| {
            let text = sign(credential_draft(index).into_jwt(&signing_key(ISSUER)));
            Credential::parse(&text).expect("a credential")
        })
        .collect();
    let text = sign(presentation_draft(credentials).into_jwt(&signing_key(HOLDER)));
    Case { text, checks }
}

fn json_ld(signer: &PrivateKey, processor: &Processor) -> Case {
    let mut checks = Vec::new();
    let mut sign = |unsigned: pecan_credentials::proof::Unsigned| {
        let message = unsigned.signing_input().to_vec();
        let signature = signer.sign(&message).expect("signs");
        checks.push((message, signature.clone()));
        unsigned.attach(&signature).to_string()
    };
    let credentials = (0..2)
        .map(|index| {
            let draft = credential_draft(index).into_json_ld(&signing_key(ISSUER), processor);
            Credential::parse(&sign(draft.expect("covered"))).expect("a credential")
        })
        .collect();
    let draft = presentation_draft(credentials).into_json_ld(&signing_key(HOLDER), processor);
    let text = sign(draft.expect("covered"));
    Case { text, checks }
}

fn presentations(criterion: &mut Criterion) {
    let world = World::new();
    for (name, case) in [("jwt", &world.jwt), ("json-ld", &world.json_ld)] {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("verify", |bench| bench.iter(|| world.verify(black_box(&case.text))));
        group.bench_function("bare signature checks", |bench| {
            bench.iter(|| world.check_signatures(black_box(&case.checks)));
        });
        group.finish();
    }
}

/// The least time of many runs, taken in turns so that both see the same machine.
fn ratio(world: &World, case: &Case) -> (Duration, Duration) {
    let time = |work: &dyn Fn()| {
        let start = Instant::now();
        for _ in 0..20 {
            work();
        }
        start.elapsed() / 20
    };
    let (mut whole, mut bare) = (Duration::MAX, Duration::MAX);
    for _ in 0..100 {
        whole = whole.min(time(&|| world.verify(black_box(&case.text))));
        bare = bare.min(time(&|| world.check_signatures(black_box(&case.checks))));
    }
    (whole, bare)
}

fn summarize() {
    let world = World::new();
    for (name, case, aim) in [("jwt", &world.jwt, 1.2), ("json-ld", &world.json_ld, 1.6)] {
        let (whole, bare) = ratio(&world, case);
        let times = whole.as_secs_f64() / bare.as_secs_f64();
        println!("{name}: {whole:?} is {times:.2} x the bare checks ({bare:?}), aim {aim}");
    }
}

criterion_group!(benches, presentations);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    summarize();
}
