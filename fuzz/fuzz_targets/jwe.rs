//! JWE, up to and including a decryption that must fail.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pecan_jose::jwe::{self, Jwe};
use pecan_jose::jwk::PrivateKey;

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| {
    let jwk = serde_json::json!({"kty": "EC", "crv": "P-256", "d": "GEc0RIVeLlbwfMyvv1_80uvii_E5bkBe1WpqF86ywD8",
        "x": "reoKa1QRc-nUfNKFXVqb2hJcsStkwADaZCNMZkL97_g", "y": "9gcCVMK4kL9bbYuQgo4Kp68eXFKjTtlozZ1ExxqcsY0"});
    PrivateKey::from_jwk(&jwk).expect("a key")
});

fuzz_target!(|text: &str| {
    let _ = Jwe::parse(text);
    let _ = jwe::decrypt(text, &KEY);
});
