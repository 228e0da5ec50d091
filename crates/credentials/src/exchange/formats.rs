//! The `format` of a definition or a descriptor: which credentials and presentations it accepts.
//!
//! [PEX §9](https://identity.foundation/presentation-exchange/spec/v2.0.0/#claim-format-designations).

use serde_json::Value;

use super::candidate::Candidate;
use super::definition::{DefinitionError, DefinitionReason, LIST_MAX};
use super::read::{Place, Reader, expect_texts};
use crate::format::{Format, PresentationFormat};

/// A key of `format`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Designation {
    /// Any JWT. Accepts no credential and no presentation.
    Jwt,
    /// A credential as a JWT.
    JwtVc,
    /// A presentation as a JWT.
    JwtVp,
    /// Any JSON-LD document. Accepts no credential and no presentation.
    Ldp,
    /// A credential as JSON-LD.
    LdpVc,
    /// A presentation as JSON-LD.
    LdpVp,
}

impl Designation {
    /// OpenID4VP writes `jwt_vc_json` and `jwt_vp_json` for the same formats.
    fn find(name: &str) -> Option<Self> {
        match name {
            "jwt" => Some(Self::Jwt),
            "jwt_vc" | "jwt_vc_json" => Some(Self::JwtVc),
            "jwt_vp" | "jwt_vp_json" => Some(Self::JwtVp),
            "ldp" => Some(Self::Ldp),
            "ldp_vc" => Some(Self::LdpVc),
            "ldp_vp" => Some(Self::LdpVp),
            _ => None,
        }
    }

    /// The member that lists the algorithms or the proof types.
    fn list(self) -> &'static str {
        match self {
            Self::Jwt | Self::JwtVc | Self::JwtVp => "alg",
            Self::Ldp | Self::LdpVc | Self::LdpVp => "proof_type",
        }
    }
}

impl From<Format> for Designation {
    fn from(format: Format) -> Self {
        match format {
            Format::JwtVc => Self::JwtVc,
            Format::LdpVc => Self::LdpVc,
        }
    }
}

impl From<PresentationFormat> for Designation {
    fn from(format: PresentationFormat) -> Self {
        match format {
            PresentationFormat::JwtVp => Self::JwtVp,
            PresentationFormat::LdpVp => Self::LdpVp,
        }
    }
}

/// The accepted formats; without any, everything is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formats {
    entries: Vec<(Designation, Vec<String>)>,
}

/// Why a candidate's format is not accepted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormatFault<'f> {
    /// Its format is not named.
    Format,
    /// Its algorithm or none of its proof types is in this list.
    Proof(&'f [String]),
}

impl Formats {
    pub(super) fn compile(value: &Value, place: Place<'_>) -> Result<Self, DefinitionError> {
        let Value::Object(members) = value else {
            return Err(place.error(DefinitionReason::NotAnObject));
        };
        let mut formats = Self::default();
        for (name, entry) in members {
            let place = place.member(name);
            let Some(designation) = Designation::find(name) else {
                return Err(place.error(DefinitionReason::UnknownFormat));
            };
            let list = designation.list();
            let reader = Reader::new(entry, place, &[list])?;
            let mut accepted = Vec::new();
            if let Some((value, place)) = reader.find(list) {
                accepted = expect_texts(value, place, LIST_MAX)?;
                if accepted.is_empty() {
                    return Err(place.error(DefinitionReason::Empty));
                }
            }
            formats.entries.push((designation, accepted));
        }
        Ok(formats)
    }

    /// Whether nothing is said about formats, so that all are accepted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a format of presentations is named at all.
    pub fn names_presentation_format(&self) -> bool {
        let names = |format| self.accepted(format).is_some();
        names(Designation::JwtVp) || names(Designation::LdpVp)
    }

    /// The algorithms or proof types accepted of a format, or `None` if it is not named.
    pub fn accepted(&self, designation: Designation) -> Option<Vec<&str>> {
        let mut named = self.entries.iter().filter(|(named, _)| *named == designation).peekable();
        named.peek()?;
        Some(named.flat_map(|(_, accepted)| accepted).map(String::as_str).collect())
    }

    /// Whether a credential is accepted.
    pub fn accepts(&self, candidate: &Candidate<'_>) -> bool {
        self.find_fault(candidate).is_none()
    }

    pub(crate) fn find_fault(&self, candidate: &Candidate<'_>) -> Option<FormatFault<'_>> {
        if self.is_empty() {
            return None;
        }
        let designation = Designation::from(candidate.format);
        let mut fault = FormatFault::Format;
        for (named, accepted) in &self.entries {
            if *named != designation {
                continue;
            }
            if is_accepted(candidate, accepted) {
                return None;
            }
            fault = FormatFault::Proof(accepted);
        }
        Some(fault)
    }

    /// The designations named, as they are written in definitions.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let name = |designation: &Designation| match designation {
            Designation::Jwt => "jwt",
            Designation::JwtVc => "jwt_vc",
            Designation::JwtVp => "jwt_vp",
            Designation::Ldp => "ldp",
            Designation::LdpVc => "ldp_vc",
            Designation::LdpVp => "ldp_vp",
        };
        self.entries.iter().map(|(designation, _)| name(designation)).collect()
    }
}

/// A credential that nobody signed has no algorithm to object to.
fn is_accepted(candidate: &Candidate<'_>, accepted: &[String]) -> bool {
    let names = |found: &str| accepted.iter().any(|accepted| accepted == found);
    match candidate.format {
        Format::JwtVc => candidate.algorithm.is_none_or(names),
        Format::LdpVc => {
            candidate.proof_types.is_empty()
                || candidate.proof_types.iter().any(|found| names(found))
        }
    }
}
