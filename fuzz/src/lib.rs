//! What several targets start from.

use std::sync::LazyLock;

use pecan_credentials::contexts::BUILT_IN;
use pecan_jose::jwk::PublicKey;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;

/// A processor with the contexts of the binary.
pub static PROCESSOR: LazyLock<Processor> = LazyLock::new(|| {
    let mut contexts = Contexts::new();
    for (url, text) in BUILT_IN {
        contexts.insert(url, text).expect("a built-in context");
    }
    Processor::new(contexts)
});

/// A key that signed none of the seeds.
pub static STRANGER: LazyLock<PublicKey> = LazyLock::new(|| {
    let jwk = serde_json::json!({"kty": "EC", "crv": "P-256", "x": "reoKa1QRc-nUfNKFXVqb2hJcsStkwADaZCNMZkL97_g",
        "y": "9gcCVMK4kL9bbYuQgo4Kp68eXFKjTtlozZ1ExxqcsY0"});
    PublicKey::from_jwk(&jwk).expect("a key")
});
