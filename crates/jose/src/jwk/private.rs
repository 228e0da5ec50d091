//! Private keys.
//!
//! No `Debug`, no `Display`: the provider holds the secret and wipes it, and texts made of it are wiped here.

use aws_lc_rs::agreement;
use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::members::Members;
use super::public::PublicKey;
use super::spki::{self, Identifier};
use super::{Curve, Error, KeyKind, rsa};
use crate::algorithm::Algorithm;
use crate::signer::{SignError, Signer};
use crate::{base64url, pem};

/// Why writing a key cannot fail.
const WRITES: &str = "the provider writes every key that it holds";

/// A private key and its public part, which belong together.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
    algorithm: Algorithm,
}

pub(super) enum Secret {
    Ec(EcdsaKeyPair, Curve),
    Ed25519(Ed25519KeyPair),
    X25519(agreement::PrivateKey),
    Rsa(RsaKeyPair),
}

impl PrivateKey {
    /// Reads a private JWK. Its private part must belong to its public part.
    pub fn from_jwk(jwk: &Value) -> Result<Self, Error> {
        let members = Members::of(jwk)?;
        let public = PublicKey::from_members(members)?;
        let secret = match public.kind() {
            KeyKind::P256 => ec_secret(members, Curve::P256, &public)?,
            KeyKind::P384 => ec_secret(members, Curve::P384, &public)?,
            KeyKind::P521 => ec_secret(members, Curve::P521, &public)?,
            KeyKind::Ed25519 => {
                let seed = members.bytes_of_length("d", 32)?;
                Ed25519KeyPair::from_seed_and_public_key(&seed, &members.bytes("x")?)
                    .map(Secret::Ed25519)
                    .map_err(|_| Error::Inconsistent)?
            }
            KeyKind::X25519 => x25519_secret(&members.bytes_of_length("d", 32)?)?,
            KeyKind::Rsa => {
                let key = rsa::PublicRsa::new(&members.integer("n")?, &members.integer("e")?)?;
                Secret::Rsa(rsa::pair_from_jwk(members, &key)?)
            }
        };
        let usage = public.usage();
        let derived = secret.public_part()?;
        // SECURITY: or a key would speak for a public key that it does not have.
        if derived != public {
            return Err(Error::Inconsistent);
        }
        Ok(Self::of(secret, derived.with_usage(usage)))
    }

    /// Reads an unencrypted `PrivateKeyInfo` of RFC 5958 (PKCS#8).
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        let (identifier, octets) = spki::private(der)?;
        let secret = match identifier {
            Identifier::Ec(curve) => EcdsaKeyPair::from_pkcs8(curve.signing(), der)
                .map(|pair| Secret::Ec(pair, curve))
                .map_err(|_| Error::Inconsistent)?,
            Identifier::Ed25519 => Ed25519KeyPair::from_pkcs8(der)
                .map(Secret::Ed25519)
                .map_err(|_| Error::Inconsistent)?,
            Identifier::X25519 => x25519_secret(spki::x25519_scalar(octets)?)?,
            Identifier::Rsa => {
                RsaKeyPair::from_pkcs8(der).map(Secret::Rsa).map_err(|_| Error::Inconsistent)?
            }
        };
        Self::of_secret(secret)
    }

    /// Reads one PEM block: PKCS#8 (`PRIVATE KEY`), SEC 1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let block = pem::parse(text).ok_or(Error::UnsupportedEncoding)?;
        match block.label {
            "PRIVATE KEY" => Self::from_pkcs8(&block.der),
            "EC PRIVATE KEY" => Self::of_secret(sec1_secret(&block.der)?),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&block.der)
                .map_err(|_| Error::UnsupportedEncoding)
                .and_then(|pair| Self::of_secret(Secret::Rsa(pair))),
            _ => Err(Error::UnsupportedEncoding),
        }
    }

    fn of_secret(secret: Secret) -> Result<Self, Error> {
        let public = secret.public_part()?;
        Ok(Self::of(secret, public))
    }

    fn of(secret: Secret, public: PublicKey) -> Self {
        // A key agreement key has no algorithm of its own; `sign` refuses it.
        let algorithm = public.algorithm().unwrap_or(Algorithm::EdDsa);
        Self { secret, public, algorithm }
    }

    /// Writes a `PrivateKeyInfo` of RFC 5958, version 1.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let document = match &self.secret {
            Secret::Ec(pair, _) => pair.to_pkcs8v1().expect(WRITES),
            Secret::Ed25519(pair) => pair.to_pkcs8v1().expect(WRITES),
            Secret::Rsa(pair) => return rsa::pkcs8(pair),
            Secret::X25519(key) => {
                let document = [&spki::X25519_PKCS8_PREFIX, x25519_scalar(key).as_ref()].concat();
                return Zeroizing::new(document);
            }
        };
        Zeroizing::new(document.as_ref().to_vec())
    }

    /// Writes the PEM block of [`to_pkcs8`](Self::to_pkcs8), labelled `PRIVATE KEY` ([RFC 7468
    /// §10](https://www.rfc-editor.org/rfc/rfc7468#section-10)), its last line ended.
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::write("PRIVATE KEY", &self.to_pkcs8())
    }

    /// The private JWK, with neither `alg` nor `kid` nor `use`. Whoever prints it, wipes it.
    pub fn to_jwk(&self) -> Map<String, Value> {
        let mut jwk = self.public.to_jwk();
        let d = match &self.secret {
            Secret::Ec(pair, _) => base64url::encode(ec_scalar(pair).as_ref()),
            Secret::Ed25519(pair) => {
                let seed = pair.seed().expect(WRITES).as_be_bytes().expect(WRITES);
                base64url::encode(seed.as_ref())
            }
            Secret::X25519(key) => base64url::encode(x25519_scalar(key).as_ref()),
            Secret::Rsa(pair) => {
                rsa::add_private_members(&mut jwk, &rsa::pkcs8(pair));
                return jwk;
            }
        };
        jwk.insert("d".to_owned(), Value::String(d));
        jwk
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The public part.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Makes the key sign with another algorithm of its kind, such as PS384 for an RSA key.
    pub fn with_algorithm(self, algorithm: Algorithm) -> Result<Self, Error> {
        if !self.public.allows(algorithm) {
            return Err(Error::wrong_algorithm(algorithm.name()));
        }
        let usage = self.public.usage().with_algorithm(algorithm);
        Ok(Self { algorithm, public: self.public.with_usage(usage), secret: self.secret })
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "ECDSA nonces and PSS salts are drawn inside the provider; a caller that chose them could lose the key"
    )]
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let algorithm = self.algorithm;
        if !self.public.allows(algorithm) {
            return Err(SignError::AlgorithmNotAllowed { algorithm });
        }
        match &self.secret {
            Secret::Ec(pair, _) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Failed),
            Secret::Ed25519(pair) => pair
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Failed),
            Secret::Rsa(pair) => {
                let encoding =
                    rsa::signing(algorithm).ok_or(SignError::AlgorithmNotAllowed { algorithm })?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map(|()| signature)
                    .map_err(|_| SignError::Failed)
            }
            Secret::X25519(_) => Err(SignError::AlgorithmNotAllowed { algorithm }),
        }
    }
}

impl Secret {
    fn public_part(&self) -> Result<PublicKey, Error> {
        match self {
            Self::Ec(pair, curve) => PublicKey::ec(*curve, pair.public_key().as_ref()),
            Self::Ed25519(pair) => PublicKey::ed25519(pair.public_key().as_ref()),
            Self::X25519(key) => {
                let public = key.compute_public_key().map_err(|_| Error::Inconsistent)?;
                PublicKey::x25519(public.as_ref())
            }
            Self::Rsa(pair) => rsa::public_part(pair).map(PublicKey::rsa),
        }
    }
}

fn ec_secret(jwk: Members<'_>, curve: Curve, public: &PublicKey) -> Result<Secret, Error> {
    let scalar = jwk.bytes_of_length("d", curve.coordinate_bytes())?;
    let point = public.point().ok_or(Error::Inconsistent)?;
    EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), &scalar, point)
        .map(|pair| Secret::Ec(pair, curve))
        .map_err(|_| Error::Inconsistent)
}

fn x25519_secret(scalar: &[u8]) -> Result<Secret, Error> {
    agreement::PrivateKey::from_private_key(&agreement::X25519, scalar)
        .map(Secret::X25519)
        .map_err(|_| Error::Inconsistent)
}

/// An `ECPrivateKey` of RFC 5915 names its curve inside; the provider wants to be told.
fn sec1_secret(der: &[u8]) -> Result<Secret, Error> {
    Curve::ALL
        .into_iter()
        .find_map(|curve| {
            let pair = EcdsaKeyPair::from_private_key_der(curve.signing(), der).ok()?;
            Some(Secret::Ec(pair, curve))
        })
        .ok_or(Error::UnsupportedEncoding)
}

pub(super) fn ec_scalar(pair: &EcdsaKeyPair) -> EcPrivateKeyBin<'static> {
    pair.private_key().as_be_bytes().expect(WRITES)
}

fn x25519_scalar(key: &agreement::PrivateKey) -> Curve25519SeedBin<'static> {
    key.as_be_bytes().expect(WRITES)
}
