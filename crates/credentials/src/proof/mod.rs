//! The proof of a JSON-LD document, `JsonWebSignature2020`: read, verified, made.
//!
//! [JSON Web Signature 2020](https://w3c-ccg.github.io/lds-jws2020/). Credentials and presentations share it.

pub mod coverage;
pub mod naming;
pub mod options;
pub mod sign;
pub mod verify;

use pecan_jose::algorithm::Algorithm;
use pecan_jose::jws::DetachedJws;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::date_time;
use crate::one_or_many::items;

pub use coverage::CoverageError;
pub use naming::NotATerm;
pub use options::{Options, Purpose};
pub use sign::{SigningKey, Unsigned};
pub use verify::{Policy, VerifyError};

/// The one proof type that is made and verified.
pub const JSON_WEB_SIGNATURE_2020: &str = "JsonWebSignature2020";

/// The one proof of a document, as received: nothing in it has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a>(&'a Map<String, Value>);

impl<'a> Proof<'a> {
    /// Finds the proof of a document that has exactly one.
    pub(crate) fn find(document: &'a Value) -> Option<Self> {
        match items(document, "proof") {
            [Value::Object(members)] => Some(Self(members)),
            _ => None,
        }
    }

    /// The proof type.
    pub fn kind(self) -> Option<&'a str> {
        self.text("type")
    }

    /// The DID URL of the key.
    pub fn verification_method(self) -> Option<&'a str> {
        self.text("verificationMethod")
    }

    /// What the signer signed for, as written.
    pub fn purpose(self) -> Option<&'a str> {
        self.text("proofPurpose")
    }

    /// When the proof was made.
    pub fn created_at(self) -> Option<OffsetDateTime> {
        self.time("created")
    }

    /// When the proof ends.
    pub fn expires_at(self) -> Option<OffsetDateTime> {
        self.time("expires")
    }

    /// What the verifier asked to be signed.
    pub fn challenge(self) -> Option<&'a str> {
        self.text("challenge")
    }

    /// Whom the proof is for.
    pub fn domain(self) -> Option<&'a str> {
        self.text("domain")
    }

    /// What makes the proof unique.
    pub fn nonce(self) -> Option<&'a str> {
        self.text("nonce")
    }

    /// The algorithm that the signature's header names.
    pub fn algorithm(self) -> Option<Algorithm> {
        let jws = DetachedJws::parse(self.text("jws")?).ok()?;
        Some(jws.header().algorithm())
    }

    /// The members as received.
    pub fn members(self) -> &'a Map<String, Value> {
        self.0
    }

    fn text(self, member: &str) -> Option<&'a str> {
        self.0.get(member)?.as_str()
    }

    fn time(self, member: &str) -> Option<OffsetDateTime> {
        date_time::parse(self.text(member)?).ok()
    }
}
