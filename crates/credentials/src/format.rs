//! The claim formats of Presentation Exchange that this node speaks.
//!
//! [PEX §9, Claim Format Designations](https://identity.foundation/presentation-exchange/spec/v2.0.0/#claim-format-designations).

use std::fmt;

/// How a credential is written and proved.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A compact JWS.
    JwtVc,
    /// A JSON-LD document, with an embedded proof or (self-attested) none.
    LdpVc,
}

impl Format {
    /// The designation in definitions and submissions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JwtVc => "jwt_vc",
            Self::LdpVc => "ldp_vc",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a presentation is written and proved.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum PresentationFormat {
    /// A compact JWS.
    JwtVp,
    /// A JSON-LD document with an embedded proof.
    LdpVp,
}

impl PresentationFormat {
    /// The designation in definitions and submissions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JwtVp => "jwt_vp",
            Self::LdpVp => "ldp_vp",
        }
    }
}

impl fmt::Display for PresentationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
