//! RSA keys: [RFC 7518 §6.3](https://www.rfc-editor.org/rfc/rfc7518#section-6.3) and
//! [RFC 8017 A.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1).

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{self, RsaEncoding, RsaParameters};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::members::Members;
use super::{Error, roca};
use crate::algorithm::Algorithm;
use crate::base64url;
use crate::der::{Malformed, Reader};

/// The smallest modulus, in bits: NIST SP 800-131A.
pub const MODULUS_BITS_MIN: usize = 2048;

/// The largest modulus, in bits: the cost of a check grows with its square.
pub const MODULUS_BITS_MAX: usize = 8192;

/// The names of the private members, in the order of RFC 8017 A.1.2.
const PRIVATE_MEMBERS: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];

/// A modulus and an exponent, both checked, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicRsa {
    pub(super) n: Box<[u8]>,
    pub(super) e: Box<[u8]>,
}

impl PublicRsa {
    pub(super) fn new(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        let bits = bit_length(n);
        if !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&bits) {
            return Err(Error::ModulusSize { bits });
        }
        let is_odd = |integer: &[u8]| integer.last().is_some_and(|octet| octet & 1 == 1);
        if !is_odd(n) || !is_odd(e) || !(2..=33).contains(&bit_length(e)) {
            return Err(Error::UnusableRsa);
        }
        // SECURITY: the private part of a marked key can be computed from the public part.
        if roca::is_marked(n) {
            return Err(Error::FactorableRsa);
        }
        Ok(Self { n: n.into(), e: e.into() })
    }

    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Reader::new(der);
        let mut key = outer.sequence()?;
        outer.finish()?;
        let (n, e) = (key.unsigned_integer()?, key.unsigned_integer()?);
        key.finish()?;
        Self::new(n, e)
    }

    pub(super) fn components(&self) -> PublicKeyComponents<&[u8]> {
        PublicKeyComponents { n: &self.n, e: &self.e }
    }
}

/// The size of an integer without leading zeros.
fn bit_length(integer: &[u8]) -> usize {
    match integer.first() {
        Some(first) => integer.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    }
}

pub(super) fn verification(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Es256 | Algorithm::EdDsa | Algorithm::Es384 | Algorithm::Es512 => None,
    }
}

pub(super) fn signing(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::Ps256 => Some(&signature::RSA_PSS_SHA256),
        Algorithm::Ps384 => Some(&signature::RSA_PSS_SHA384),
        Algorithm::Ps512 => Some(&signature::RSA_PSS_SHA512),
        Algorithm::Rs256
        | Algorithm::Es256
        | Algorithm::EdDsa
        | Algorithm::Es384
        | Algorithm::Es512 => None,
    }
}

/// A key pair from a JWK, which must have all CRT members, RFC 7518 §6.3.2.
pub(super) fn pair_from_jwk(jwk: Members<'_>, public: &PublicRsa) -> Result<KeyPair, Error> {
    // Keys of more than two primes are not supported.
    if jwk.has("oth") {
        return Err(Error::UnsupportedEncoding);
    }
    let member = |name| {
        let bytes = jwk.integer(name)?;
        if bytes.len() > public.n.len() { Err(Error::WrongLength { name }) } else { Ok(bytes) }
    };
    let components = KeyPairComponents {
        public_key: public.components(),
        d: member("d")?,
        p: member("p")?,
        q: member("q")?,
        dP: member("dp")?,
        dQ: member("dq")?,
        qInv: member("qi")?,
    };
    KeyPair::from_components(&components).map_err(|_| Error::Inconsistent)
}

/// The public part of a key pair.
pub(super) fn public_part(pair: &KeyPair) -> Result<PublicRsa, Error> {
    let der = AsRef::<[u8]>::as_ref(signature::KeyPair::public_key(pair));
    PublicRsa::from_pkcs1(der)
}

/// Adds the private members to a public JWK.
pub(super) fn add_private_members(jwk: &mut Map<String, Value>, pkcs8: &[u8]) {
    let values = private_values(pkcs8).expect("the provider writes PKCS#8 with all CRT values");
    for (name, value) in PRIVATE_MEMBERS.into_iter().zip(values) {
        jwk.insert(name.to_owned(), Value::String(base64url::encode(value)));
    }
}

/// The values of [`PRIVATE_MEMBERS`] in an `RSAPrivateKey`, RFC 8017 A.1.2.
fn private_values(pkcs8: &[u8]) -> Result<[&[u8]; 6], Malformed> {
    let mut outer = Reader::new(pkcs8).sequence()?;
    let _version = outer.unsigned_integer()?;
    let _algorithm = outer.sequence()?;
    let mut key = Reader::new(outer.octet_string()?).sequence()?;
    let _version_n_and_e = [(); 3].map(|()| key.unsigned_integer());
    let mut values = [&[][..]; 6];
    for value in &mut values {
        *value = key.unsigned_integer()?;
    }
    Ok(values)
}

pub(super) fn pkcs8(pair: &KeyPair) -> Zeroizing<Vec<u8>> {
    let der: Pkcs8V1Der<'_> = pair.as_der().expect("the provider writes every key that it holds");
    Zeroizing::new(der.as_ref().to_vec())
}
