//! A verification method: a public key in a DID document.
//!
//! [DID Core §5.2](https://www.w3.org/TR/did-core/#verification-methods).

use pecan_jose::jwk::{self, KeyKind, PublicKey};
use serde_json::{Map, Value};

use super::did::{self, Did};
use super::did_url::{self, DidUrl};
use super::key;

/// The type of methods that hold a JWK, the only one that this node writes.
pub const JSON_WEB_KEY_2020: &str = "JsonWebKey2020";
/// The type of methods that hold an Ed25519 key in base58.
pub const ED25519_2018: &str = "Ed25519VerificationKey2018";
/// The type of methods that hold an Ed25519 key in multibase.
pub const ED25519_2020: &str = "Ed25519VerificationKey2020";

/// A public key with its name. Methods of unknown types are kept, but have no usable key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationMethod {
    id: DidUrl,
    controller: Option<Did>,
    kind: String,
    /// The members that can hold a key, as found: `publicKeyJwk`, `publicKeyBase58`, `publicKeyMultibase`.
    material: Map<String, Value>,
}

const JWK: &str = "publicKeyJwk";
const BASE58: &str = "publicKeyBase58";
const MULTIBASE: &str = "publicKeyMultibase";

/// Longest accepted base58 key, in characters. 32 bytes have 44.
const BASE58_CHARS_MAX: usize = 64;

impl VerificationMethod {
    /// A method of type [`JSON_WEB_KEY_2020`].
    pub fn json_web_key(id: DidUrl, controller: Did, jwk: Map<String, Value>) -> Self {
        let material = Map::from_iter([(JWK.to_owned(), Value::Object(jwk))]);
        let kind = JSON_WEB_KEY_2020.to_owned();
        Self { id, controller: Some(controller), kind, material }
    }

    /// Reads a method out of the document of `document`, to which a relative `id` belongs.
    pub(super) fn parse(value: &Value, document: &Did) -> Result<Self, ParseError> {
        let members = value.as_object().ok_or(ParseError::NotAnObject)?;
        let text = |member| members.get(member).and_then(Value::as_str);
        let id = text("id").ok_or(ParseError::Member { member: "id" })?;
        let kind = text("type").ok_or(ParseError::Member { member: "type" })?;
        let controller = match members.get("controller") {
            None => None,
            Some(Value::String(controller)) => Some(Did::parse(controller)?),
            Some(_) => return Err(ParseError::Member { member: "controller" }),
        };
        let mut material = Map::new();
        for member in [BASE58, JWK, MULTIBASE] {
            if let Some(key) = members.get(member) {
                material.insert(member.to_owned(), key.clone());
            }
        }
        Ok(Self { id: DidUrl::resolve(document, id)?, controller, kind: kind.to_owned(), material })
    }

    /// The method as it stands in a document, members sorted by name.
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        if let Some(controller) = &self.controller {
            members.insert("controller".to_owned(), controller.as_str().into());
        }
        members.insert("id".to_owned(), self.id.as_str().into());
        members.extend(self.material.iter().map(|(name, value)| (name.clone(), value.clone())));
        members.insert("type".to_owned(), self.kind.as_str().into());
        Value::Object(members)
    }

    /// The name of the key, absolute.
    pub fn id(&self) -> &DidUrl {
        &self.id
    }

    /// The DID that holds the private key, if the document says.
    pub fn controller(&self) -> Option<&Did> {
        self.controller.as_ref()
    }

    /// The type, such as [`JSON_WEB_KEY_2020`].
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The key, read from the member that belongs to the type.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        let material = |member| self.material.get(member).ok_or(KeyError::Missing { member });
        let text = |member| material(member)?.as_str().ok_or(KeyError::Missing { member });
        match self.kind.as_str() {
            JSON_WEB_KEY_2020 => Ok(PublicKey::from_jwk(material(JWK)?)?),
            ED25519_2018 => {
                let encoded = text(BASE58)?;
                if encoded.len() > BASE58_CHARS_MAX {
                    return Err(KeyError::Base58);
                }
                let bytes = bs58::decode(encoded).into_vec().map_err(|_| KeyError::Base58)?;
                Ok(PublicKey::ed25519(&bytes)?)
            }
            ED25519_2020 => {
                let key = key::decode_multibase(text(MULTIBASE)?)?;
                if key.kind() == KeyKind::Ed25519 { Ok(key) } else { Err(KeyError::OtherKey) }
            }
            other => Err(KeyError::UnsupportedType { kind: other.to_owned() }),
        }
    }
}

/// Why a method has no usable key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A type that is not supported, such as those for secp256k1.
    #[error("verification method type `{kind}` is not supported")]
    UnsupportedType {
        /// The type.
        kind: String,
    },
    /// The member that this type keeps its key in is absent or of the wrong type.
    #[error("verification method has no `{member}`")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// The JWK or the bytes are no key.
    #[error(transparent)]
    Key(#[from] jwk::Error),
    /// The text is not base58.
    #[error("`publicKeyBase58` is not base58")]
    Base58,
    /// The text is no key in multibase.
    #[error("`publicKeyMultibase` is not a key")]
    Multibase(#[from] key::Error),
    /// The key is of another kind than the type says.
    #[error("`publicKeyMultibase` is not an Ed25519 key")]
    OtherKey,
}

/// Why a value is no verification method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Another JSON value.
    #[error("verification method is not a JSON object")]
    NotAnObject,
    /// A required member is absent, or a member has a value of the wrong kind.
    #[error("`{member}` of verification method is missing or of the wrong type")]
    Member {
        /// Its name.
        member: &'static str,
    },
    /// `id` is no DID URL.
    #[error(transparent)]
    Id(#[from] did_url::ParseError),
    /// `controller` is no DID.
    #[error(transparent)]
    Controller(#[from] did::ParseError),
}

#[cfg(test)]
mod tests {
    use pecan_jose::base64url;
    use serde_json::json;

    use super::*;

    const ED25519: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07,
        0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07,
        0x51, 0x1a,
    ];

    fn key(kind: &str, member: &str, value: &Value) -> Result<PublicKey, KeyError> {
        let did = Did::parse("did:web:a").unwrap();
        let method = json!({"id": "#1", "type": kind, member: value});
        VerificationMethod::parse(&method, &did).unwrap().public_key()
    }

    fn multibase(prefix: &[u8], key: &[u8]) -> Value {
        format!("z{}", bs58::encode([prefix, key].concat()).into_string()).into()
    }

    #[test]
    fn each_supported_type_gives_its_key() {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode(&ED25519)});
        let base58 = json!(bs58::encode(ED25519).into_string());
        let expected = PublicKey::ed25519(&ED25519);
        for (kind, member, value) in [
            (JSON_WEB_KEY_2020, JWK, jwk),
            (ED25519_2018, BASE58, base58),
            (ED25519_2020, MULTIBASE, multibase(&[0xed, 1], &ED25519)),
        ] {
            assert_eq!(key(kind, member, &value).ok(), expected.clone().ok(), "{kind}");
        }
    }

    #[test]
    fn other_types_and_other_keys_are_refused_by_name() {
        let secp256k1 = "EcdsaSecp256k1VerificationKey2019";
        let unsupported = KeyError::UnsupportedType { kind: secp256k1.to_owned() };
        let private = json!({"kty": "OKP", "crv": "Ed25519", "x": "", "d": ""});
        for (kind, member, value, expected) in [
            (secp256k1, JWK, json!({}), unsupported),
            (JSON_WEB_KEY_2020, BASE58, json!("1"), KeyError::Missing { member: JWK }),
            (JSON_WEB_KEY_2020, JWK, json!("x"), KeyError::Key(jwk::Error::NotAnObject)),
            (
                JSON_WEB_KEY_2020,
                JWK,
                private,
                KeyError::Key(jwk::Error::PrivateMember { name: "d" }),
            ),
            (ED25519_2018, BASE58, json!(1), KeyError::Missing { member: BASE58 }),
            (ED25519_2018, BASE58, json!("0"), KeyError::Base58),
            (ED25519_2018, BASE58, json!("1".repeat(BASE58_CHARS_MAX + 1)), KeyError::Base58),
            (ED25519_2020, MULTIBASE, json!("m"), KeyError::Multibase(key::Error::Multibase)),
            (ED25519_2020, MULTIBASE, multibase(&[0xec, 1], &ED25519), KeyError::OtherKey),
        ] {
            assert_eq!(key(kind, member, &value), Err(expected), "{kind} {value}");
        }
    }
}
