//! did:jwk: a DID that is a JWK.
//!
//! [The did:jwk method](https://github.com/quartzjer/did-jwk/blob/main/spec.md). Wallets of people have one.

use pecan_jose::jwk::PublicKey;
use pecan_jose::{base64url, json};
use serde_json::Value;

use super::did::Did;
use super::did_url::DidUrl;
use super::document::{Document, Relationship};
use super::verification_method::VerificationMethod;

/// The DID of a key: base64url, which the reference does not read where it differs from base64.
pub fn create(key: &PublicKey) -> Did {
    let jwk = Value::Object(key.to_jwk()).to_string();
    let did = format!("did:jwk:{}", base64url::encode(jwk.as_bytes()));
    Did::parse(&did).expect("base64url is within the syntax, and the largest key within the limit")
}

/// Makes the document of a did:jwk. Its one key signs.
pub fn resolve(did: &Did) -> Result<Document, Error> {
    if did.method() != "jwk" {
        return Err(Error::Method);
    }
    // The standard alphabet is read too. A DID has no `+`, `/` and `=`; they come percent-encoded.
    let encoded = did
        .method_specific_id()
        .replace("%2B", "-")
        .replace("%2b", "-")
        .replace("%2F", "_")
        .replace("%2f", "_")
        .replace("%3D", "")
        .replace("%3d", "");
    let bytes = base64url::decode(&encoded).map_err(|_| Error::Base64)?;
    let mut jwk = json::parse_object(&bytes)?;
    jwk.sort_keys();
    // SECURITY: also refuses a private key, which someone has published by naming it.
    PublicKey::from_jwk(&Value::Object(jwk.clone()))?;
    let id = DidUrl::with_fragment(did, "0").map_err(|_| Error::TooLong)?;
    let method = VerificationMethod::json_web_key(id, did.clone(), jwk);
    Ok(Document::new(did.clone()).with_method(method, &[Relationship::AssertionMethod]))
}

/// Why a did:jwk does not resolve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another method.
    #[error("not a did:jwk")]
    Method,
    /// Neither base64url nor base64.
    #[error("did:jwk: failed to decode base64")]
    Base64,
    /// Too long for a key id to be made of it.
    #[error("did:jwk: identifier is too long")]
    TooLong,
    /// What is encoded is no JSON object.
    #[error("did:jwk: failed to parse JWK")]
    Json(#[from] json::Error),
    /// The object is no public key that is supported.
    #[error("did:jwk: invalid JWK")]
    Key(#[from] pecan_jose::jwk::Error),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const X: &str = "reoKa1QRc-nUfNKFXVqb2hJcsStkwADaZCNMZkL97_g";
    const Y: &str = "9gcCVMK4kL9bbYuQgo4Kp68eXFKjTtlozZ1ExxqcsY0";

    fn did(text: &str) -> Did {
        Did::parse(&format!("did:jwk:{text}")).unwrap()
    }

    #[test]
    fn both_alphabets_give_the_same_key() {
        let text =
            json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "~~~???>>>"}).to_string();
        let url = base64url::encode(text.as_bytes());
        assert!(url.contains('-') && url.contains('_'));
        let standard = url.replace('-', "%2B").replace('_', "%2f") + "%3D";
        let key = |did: Did| {
            let document = resolve(&did).unwrap();
            document.assertion_key(&format!("{did}#0")).unwrap()
        };
        assert_eq!(key(did(&url)), key(did(&standard)));
    }

    #[test]
    fn a_created_did_resolves_to_its_key() {
        let key =
            PublicKey::from_jwk(&json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y})).unwrap();
        let did = create(&key);
        let document = resolve(&did).unwrap();
        assert_eq!(document.assertion_key(&format!("{did}#0")).unwrap(), key);
        assert_eq!(document.key_agreement(), None);
        assert_eq!(document.to_value()["@context"], Value::Null);
    }

    #[test]
    fn what_is_no_public_key_is_refused_by_name() {
        let encode = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let private = json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "d": X});
        let error = pecan_jose::jwk::Error::PrivateMember { name: "d" };
        assert_eq!(resolve(&did(&encode(&private))), Err(Error::Key(error)));
        assert_eq!(resolve(&did(&encode(&json!([])))), Err(Error::Json(json::Error::NotAnObject)));
        assert_eq!(resolve(&did("a")), Err(Error::Base64));
        assert_eq!(resolve(&did("a.b")), Err(Error::Base64));
        assert_eq!(resolve(&Did::parse("did:key:a").unwrap()), Err(Error::Method));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([a-zA-Z0-9_-]|%2B|%3D){1,200}", members in "[\\{\\}\":,a-z0-9]{0,60}") {
            let _ = resolve(&did(&text));
            let _ = resolve(&did(&format!("e30{}", base64url::encode(members.as_bytes()))));
        }
    }
}
