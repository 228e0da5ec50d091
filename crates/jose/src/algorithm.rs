//! Signature algorithms: the ones that exist here, and no others.
//!
//! Names are those of [RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1) and
//! [RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1). `none`, the HMAC family, RS384 and RS512 have no
//! value, so no token can ask for them.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;

/// A signature algorithm.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// ECDSA with P-521 and SHA-512.
    Es512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256. Verified only: nothing here signs with it.
    Rs256,
}

/// An algorithm that does not exist here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature algorithm `{name}` is not supported")]
pub struct UnsupportedAlgorithm {
    /// The beginning of the name as given.
    pub name: String,
}

impl Algorithm {
    /// All algorithms, in the order in which metadata lists them.
    pub const ALL: [Self; 8] = [
        Self::Es256,
        Self::EdDsa,
        Self::Es384,
        Self::Es512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs256,
    ];

    /// The name that `alg` carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Rs256 => "RS256",
        }
    }
}

impl FromStr for Algorithm {
    type Err = UnsupportedAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        // SECURITY: names are compared exactly; `None` and `es256` name nothing.
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| UnsupportedAlgorithm { name: excerpt(name) })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_as_its_algorithm() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
    }

    #[test]
    fn algorithms_that_do_not_exist_here_are_refused_by_name() {
        for name in ["none", "None", "NONE", "", "HS256", "RS384", "RS512", "ES256K", "es256"] {
            let refused = name.parse::<Algorithm>();
            assert_eq!(refused, Err(UnsupportedAlgorithm { name: name.to_owned() }));
        }
    }

    #[test]
    fn a_long_name_does_not_fill_the_log() {
        let refused = "x".repeat(10_000).parse::<Algorithm>().unwrap_err();
        assert!(refused.to_string().len() < 120);
    }
}
