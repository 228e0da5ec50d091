//! What a token costs beside the bare signature check: it may be a tenth.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot start must stop"
)]

use std::hint::black_box;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use criterion::{Criterion, criterion_group, criterion_main};
use pecan_jose::jwk::{PrivateKey, PublicKey};
use pecan_jose::jws::{HeaderFields, Jws, Unsigned};
use pecan_jose::jwt::Claims;
use pecan_jose::signer::Signer as _;
use pecan_jose::{base64url, json};
use serde_json::{Map, Value};

/// The credential of the contract's worked example: a JWT of 1,616 bytes.
const CREDENTIAL: &str = include_str!("../tests/it/worked_example.jwt");
const KEY: &str = include_str!("../tests/keys/p256.pem");

fn token() -> (String, PublicKey) {
    let key = PrivateKey::from_pem(KEY).unwrap();
    let payload = Jws::parse(CREDENTIAL.trim_end()).unwrap().payload().to_vec();
    let header = HeaderFields {
        algorithm: key.algorithm(),
        key_id: Some("did:web:node.example.org:iam:5a0bd2cc#0".to_owned()),
        typ: Some("JWT".to_owned()),
        extra: Map::new(),
    };
    let public = key.public_key().clone();
    (Unsigned::new(header, &payload).sign(&key).unwrap(), public)
}

fn point(key: &PublicKey) -> Vec<u8> {
    let jwk = key.to_jwk();
    let coordinate = |name: &str| base64url::decode(jwk[name].as_str().unwrap()).unwrap();
    [vec![4], coordinate("x"), coordinate("y")].concat()
}

fn verify(criterion: &mut Criterion) {
    let (token, key) = token();
    let jwk = Value::Object(key.to_jwk());
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature).unwrap();
    let bare = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point(&key));
    let mut group = criterion.benchmark_group("es256");
    group.bench_function("bare verify", |bencher| {
        bencher.iter(|| bare.verify(black_box(message.as_bytes()), &signature).unwrap());
    });
    let parsed = bare.parse().unwrap();
    group.bench_function("bare verify, key parsed before", |bencher| {
        bencher.iter(|| parsed.verify_sig(black_box(message.as_bytes()), &signature).unwrap());
    });
    group.bench_function("parse and verify", |bencher| {
        bencher.iter(|| Jws::parse(black_box(&token)).unwrap().verify(&key).unwrap());
    });
    group.bench_function("read key, parse, verify and read claims", |bencher| {
        bencher.iter(|| {
            let key = PublicKey::from_jwk(black_box(&jwk)).unwrap();
            let jws = Jws::parse(black_box(&token)).unwrap();
            jws.verify(&key).unwrap();
            Claims::parse(jws.payload()).unwrap()
        });
    });
    group.bench_function("parse only", |bencher| {
        bencher.iter(|| Jws::parse(black_box(&token)).unwrap());
    });
    group.finish();
}

fn verify_rsa(criterion: &mut Criterion) {
    let key = PrivateKey::from_pem(include_str!("../tests/keys/rsa2048.pem")).unwrap();
    let message = CREDENTIAL.as_bytes();
    let signature = key.sign(message).unwrap();
    let jwk = key.public_key().to_jwk();
    let member = |name: &str| base64url::decode(jwk[name].as_str().unwrap()).unwrap();
    let bare = RsaPublicKeyComponents { n: member("n"), e: member("e") };
    let parsed = bare.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256).unwrap();
    let mut group = criterion.benchmark_group("ps256");
    group.bench_function("bare verify", |bencher| {
        bencher.iter(|| bare.verify(&RSA_PSS_2048_8192_SHA256, message, &signature).unwrap());
    });
    group.bench_function("bare verify, key parsed before", |bencher| {
        bencher.iter(|| parsed.verify_sig(message, &signature).unwrap());
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| key.public_key().verify(key.algorithm(), message, &signature).unwrap());
    });
    group.bench_function("read key", |bencher| {
        let jwk = Value::Object(jwk.clone());
        bencher.iter(|| PublicKey::from_jwk(&jwk).unwrap());
    });
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let payload = Jws::parse(CREDENTIAL.trim_end()).unwrap().payload().to_vec();
    let mut group = criterion.benchmark_group("json");
    group.bench_function("serde_json", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(black_box(&payload)).unwrap());
    });
    group.bench_function("strict", |bencher| {
        bencher.iter(|| json::parse(black_box(&payload)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, verify, verify_rsa, read);
criterion_main!(benches);
