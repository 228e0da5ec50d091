//! What the tests share: the contexts, the keys, and reading what was recorded.

use pecan_credentials::contexts::BUILT_IN;
use pecan_credentials::did::DidUrl;
use pecan_credentials::proof::SigningKey;
use pecan_jose::algorithm::Algorithm;
use pecan_jose::jwk::PrivateKey;
use pecan_jose::signer::Signer;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use pecan_vectors::Suite;
use serde_json::Value;

/// A processor with the contexts that every node carries.
pub(crate) fn processor() -> Processor {
    Processor::new(built_in())
}

/// A processor that has the contexts of the published suites too.
pub(crate) fn suite_processor() -> Option<Processor> {
    let suite = Suite::find("vectors/contexts")?;
    let mut contexts = built_in();
    for (url, file) in suite.json("index.json").as_object()? {
        if !contexts.contains(url) {
            contexts.insert(url, &suite.text(file.as_str()?)).unwrap();
        }
    }
    Some(Processor::new(contexts))
}

fn built_in() -> Contexts {
    let mut contexts = Contexts::new();
    for (url, json) in BUILT_IN {
        contexts.insert(url, json).unwrap();
    }
    contexts
}

const P256: &str = include_str!("../../../jose/tests/keys/p256.pem");
const P256_OTHER: &str = include_str!("../../../jose/tests/keys/p256.other.pem");
const P384: &str = include_str!("../../../jose/tests/keys/p384.pem");
const P521: &str = include_str!("../../../jose/tests/keys/p521.pem");
const ED25519: &str = include_str!("../../../jose/tests/keys/ed25519.pem");
const RSA: &str = include_str!("../../../jose/tests/keys/rsa2048.pem");

pub(crate) fn key() -> PrivateKey {
    PrivateKey::from_pem(P256).unwrap()
}

pub(crate) fn other_key() -> PrivateKey {
    PrivateKey::from_pem(P256_OTHER).unwrap()
}

/// A signer for every algorithm that signs.
pub(crate) fn signers() -> Vec<PrivateKey> {
    let mut signers: Vec<PrivateKey> =
        [P256, P384, P521, ED25519].iter().map(|pem| PrivateKey::from_pem(pem).unwrap()).collect();
    for algorithm in [Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512] {
        signers.push(PrivateKey::from_pem(RSA).unwrap().with_algorithm(algorithm).unwrap());
    }
    signers
}

/// The key `<did>#0`.
pub(crate) fn signing_key(did: &str, signer: &dyn Signer) -> SigningKey {
    let id = DidUrl::parse(&format!("{did}#0")).unwrap();
    SigningKey { id, algorithm: signer.algorithm() }
}

/// Calls `change` with every place of a document where `pick` finds something to change.
pub(crate) fn each_place(
    document: &Value,
    pick: &dyn Fn(&Value) -> bool,
    change: &mut dyn FnMut(&str),
) {
    walk(document, &mut String::new(), pick, change);
}

fn walk(
    value: &Value,
    path: &mut String,
    pick: &dyn Fn(&Value) -> bool,
    change: &mut dyn FnMut(&str),
) {
    if pick(value) {
        change(path);
    }
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (step, child) in children {
        let length = path.len();
        path.push('/');
        path.push_str(&step);
        walk(child, path, pick, change);
        path.truncate(length);
    }
}
