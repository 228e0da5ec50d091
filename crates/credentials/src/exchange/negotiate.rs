//! Which format a presentation takes: what this node, the verifier and the definition have in common.
//!
//! [OpenID4VP §9.1](https://openid.net/specs/openid-4-verifiable-presentations-1_0-20.html) has the names of the metadata. Does
//! not choose the key: the parameters only decide whether a format is left.

use serde_json::Value;

use super::definition::Definition;
use super::formats::Designation;
use crate::format::PresentationFormat;

/// The JWS algorithms of presentations that this node can sign.
pub const ALGORITHMS: [&str; 8] =
    ["ES256", "EdDSA", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256"];
/// The proof types of presentations that this node can make.
pub const PROOF_TYPES: [&str; 1] = ["JsonWebSignature2020"];

/// The format of each kind, in order of preference.
const FORMATS: [PresentationFormat; 2] = [PresentationFormat::JwtVp, PresentationFormat::LdpVp];

/// There is no presentation format that this node, the verifier and the definition share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no shared presentation format: the verifier names {verifier:?}, the definition {definition:?}"
)]
pub struct NoSharedFormat {
    /// The formats in the verifier's metadata.
    pub verifier: Vec<String>,
    /// The formats in the definition.
    pub definition: Vec<String>,
}

impl Definition {
    /// Chooses the format of a presentation, given the verifier's `vp_formats_supported` or `vp_formats`.
    ///
    /// A format is shared when one algorithm or proof type is common to all. A definition that names no presentation format
    /// leaves it open.
    pub fn presentation_format(
        &self,
        verifier: &Value,
    ) -> Result<PresentationFormat, NoSharedFormat> {
        let formats = self.formats();
        let is_open = !formats.names_presentation_format();
        let is_shared = |format: &PresentationFormat| {
            let required = formats.accepted(Designation::from(*format)).unwrap_or_default();
            own_parameters(*format).iter().any(|value| {
                allows(verifier, *format, value) && (is_open || required.contains(value))
            })
        };
        FORMATS.into_iter().find(is_shared).ok_or_else(|| NoSharedFormat {
            verifier: members(verifier),
            definition: formats.names().into_iter().map(str::to_owned).collect(),
        })
    }
}

fn own_parameters(format: PresentationFormat) -> &'static [&'static str] {
    match format {
        PresentationFormat::JwtVp => &ALGORITHMS,
        PresentationFormat::LdpVp => &PROOF_TYPES,
    }
}

/// The names of a format: those of definitions and those of metadata mean the same.
fn designations(format: PresentationFormat) -> &'static [&'static str] {
    match format {
        PresentationFormat::JwtVp => &["jwt_vp", "jwt_vp_json"],
        PresentationFormat::LdpVp => &["ldp_vp"],
    }
}

fn parameter_names(format: PresentationFormat) -> [&'static str; 2] {
    match format {
        PresentationFormat::JwtVp => ["alg", "alg_values_supported"],
        PresentationFormat::LdpVp => ["proof_type", "proof_type_values_supported"],
    }
}

fn allows(formats: &Value, format: PresentationFormat, wanted: &str) -> bool {
    let entries = designations(format).iter().filter_map(|name| formats.get(name));
    let lists = entries.flat_map(|entry| {
        parameter_names(format).into_iter().filter_map(|parameter| entry.get(parameter)?.as_array())
    });
    lists.flatten().any(|value| value == wanted)
}

fn members(formats: &Value) -> Vec<String> {
    let members = formats.as_object();
    members
        .map(|members| members.keys().take(MEMBERS_SHOWN_MAX).cloned().collect())
        .unwrap_or_default()
}

/// How many names an error repeats.
const MEMBERS_SHOWN_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_format_is_shared_when_one_parameter_is() {
        let check =
            |format: Option<Value>, verifier: Value, expected: Option<PresentationFormat>| {
                let mut source = json!({ "id": "pd", "input_descriptors": [] });
                if let Some(format) = &format {
                    source["format"] = format.clone();
                }
                let definition = Definition::compile(&source).unwrap();
                let found = definition.presentation_format(&verifier).ok();
                assert_eq!(found, expected, "{format:?} {verifier}");
            };
        let (jwt, ldp) = (Some(PresentationFormat::JwtVp), Some(PresentationFormat::LdpVp));
        let proof = "JsonWebSignature2020";
        let metadata_jwt = json!({ "jwt_vp_json": { "alg_values_supported": ["ES256"] } });
        let metadata_ldp = json!({ "ldp_vp": { "proof_type_values_supported": [proof] } });
        let metadata = json!({
            "jwt_vp_json": { "alg_values_supported": ["none", "ES256"] },
            "ldp_vp": { "proof_type_values_supported": [proof] },
        });
        check(None, metadata_jwt.clone(), jwt);
        check(None, metadata_ldp.clone(), ldp);
        check(None, metadata.clone(), jwt);
        check(None, json!({ "jwt_vp": { "alg": ["ES256"] } }), jwt);
        check(None, json!({ "ldp_vp": { "proof_type": [proof] } }), ldp);
        check(None, json!({ "jwt_vp": {} }), None);
        check(None, json!({ "jwt_vp": { "alg": [] } }), None);
        check(None, json!({ "jwt_vp": { "alg": ["HS256"] } }), None);
        check(None, json!({ "jwt_vc": { "alg": ["ES256"] } }), None);
        check(None, json!({ "ldp_vp": { "alg": [proof] } }), None);
        for strange in [
            json!(null),
            json!([]),
            json!({ "jwt_vp": ["ES256"] }),
            json!({ "jwt_vp": { "alg": "ES256" } }),
        ] {
            check(None, strange, None);
        }

        let definition_jwt = Some(json!({ "jwt_vp": { "alg": ["ES256"] } }));
        let definition_ldp = Some(json!({ "ldp_vp": { "proof_type": [proof] } }));
        check(definition_jwt.clone(), metadata.clone(), jwt);
        check(definition_ldp.clone(), metadata.clone(), ldp);
        check(definition_ldp, metadata_jwt.clone(), None);
        check(definition_jwt, metadata_ldp, None);
        check(Some(json!({ "jwt_vp": { "alg": ["ES384"] } })), metadata_jwt.clone(), None);
        // A definition that names formats of credentials only leaves that of the presentation open.
        check(Some(json!({ "ldp_vc": { "proof_type": [proof] } })), metadata_jwt, jwt);
        check(Some(json!({})), metadata, jwt);
    }

    #[test]
    fn the_error_names_both_sides() {
        let source = json!({ "id": "pd", "input_descriptors": [], "format": { "ldp_vp": { "proof_type": ["x"] } } });
        let definition = Definition::compile(&source).unwrap();
        let error = definition.presentation_format(&json!({ "jwt_vp_json": {} })).unwrap_err();
        assert_eq!(
            (error.verifier, error.definition),
            (vec!["jwt_vp_json".to_owned()], vec!["ldp_vp".to_owned()])
        );
    }
}
