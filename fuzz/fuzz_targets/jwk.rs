//! Keys as JWK, PKCS#8, PEM, SubjectPublicKeyInfo: what is read prints as a JWK that is read as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_jose::json;
use pecan_jose::jwk::{PrivateKey, PublicKey};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(jwk) = json::parse(bytes) {
        let _ = PrivateKey::from_jwk(&jwk);
        if let Ok(key) = PublicKey::from_jwk(&jwk) {
            let printed = Value::Object(key.to_jwk());
            assert!(PublicKey::from_jwk(&printed).is_ok_and(|again| again == key), "{printed}");
        }
    }
    let _ = PublicKey::from_spki(bytes);
    let _ = PublicKey::rsa_pkcs1(bytes);
    let _ = PrivateKey::from_pkcs8(bytes);
    let _ = PrivateKey::from_pem(&String::from_utf8_lossy(bytes));
});
