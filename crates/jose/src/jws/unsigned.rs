//! Signed texts that are being made.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parsed::signing_input;
use crate::algorithm::Algorithm;
use crate::base64url;
use crate::signer::{SignError, Signer};

/// What the protected header will say.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderFields {
    /// `alg`.
    pub algorithm: Algorithm,
    /// `kid`.
    pub key_id: Option<String>,
    /// `typ`.
    pub typ: Option<String>,
    /// More members. The fields above win over these, and `b64` and `crit` are left out: they follow from how the JWS
    /// is made.
    pub extra: Map<String, Value>,
}

/// A header and a payload, waiting for a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    algorithm: Algorithm,
    signing_input: Vec<u8>,
    /// What stands before the last dot of the finished text.
    beginning: String,
}

impl Unsigned {
    /// A compact JWS.
    pub fn new(header: HeaderFields, payload: &[u8]) -> Self {
        let algorithm = header.algorithm;
        let signing_input = signing_input(&print(header, true), payload, true);
        let beginning = String::from_utf8(signing_input.clone()).expect("base64url is ASCII");
        Self { algorithm, signing_input, beginning }
    }

    /// A JWS without its payload, which is signed as base64url: RFC 7515 appendix F.
    pub fn detached(header: HeaderFields, payload: &[u8]) -> Self {
        Self::beside(header, payload, true)
    }

    /// A JWS without its payload, which is signed as it is (`b64` false): RFC 7797 §3.
    pub fn detached_unencoded(header: HeaderFields, payload: &[u8]) -> Self {
        Self::beside(header, payload, false)
    }

    fn beside(header: HeaderFields, payload: &[u8], is_encoded: bool) -> Self {
        let algorithm = header.algorithm;
        let header = print(header, is_encoded);
        let signing_input = signing_input(&header, payload, is_encoded);
        Self { algorithm, signing_input, beginning: header + "." }
    }

    /// The algorithm that the header names.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes to sign.
    pub fn signing_input(&self) -> &[u8] {
        &self.signing_input
    }

    /// The finished text, with a signature that was made elsewhere.
    pub fn attach(self, signature: &[u8]) -> String {
        let mut text = self.beginning;
        text.push('.');
        base64url::encode_onto(&mut text, signature);
        text
    }

    /// The finished text, signed now. The signer must use the algorithm that the header names.
    pub fn sign(self, signer: &dyn Signer) -> Result<String, SignError> {
        let (header, signer_algorithm) = (self.algorithm, signer.algorithm());
        if header != signer_algorithm {
            return Err(SignError::AlgorithmMismatch { header, signer: signer_algorithm });
        }
        let signature = signer.sign(&self.signing_input)?;
        Ok(self.attach(&signature))
    }
}

/// The header in base64url: compact JSON with sorted names.
fn print(header: HeaderFields, is_encoded: bool) -> String {
    let HeaderFields { algorithm, key_id, typ, extra } = header;
    let mut members: BTreeMap<String, Value> = extra.into_iter().collect();
    members.remove("b64");
    members.remove("crit");
    members.insert("alg".to_owned(), algorithm.name().into());
    if let Some(key_id) = key_id {
        members.insert("kid".to_owned(), key_id.into());
    }
    if let Some(typ) = typ {
        members.insert("typ".to_owned(), typ.into());
    }
    if !is_encoded {
        members.insert("b64".to_owned(), false.into());
        members.insert("crit".to_owned(), vec![Value::from("b64")].into());
    }
    base64url::encode(&serde_json::to_vec(&members).expect("a map of JSON values prints"))
}
