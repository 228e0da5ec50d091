//! What an access token stands for, as told to resource servers: [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2).
//!
//! The answer is made once, when the token is issued, and copied whenever somebody asks.

use pecan_credentials::exchange::definition::RESERVED_FIELD_IDS;
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::{Map, Value};

/// The answer for a token that is unknown, expired or empty. It says no more than that.
pub const INACTIVE: &str = r#"{"active":false}"#;

/// What an access token stands for.
#[derive(Clone, Copy)]
pub struct Introspection<'a> {
    /// The authorization server: whoever asks must compare it.
    pub issuer: &'a str,
    /// What the client called itself. It proves nothing.
    pub client_id: &'a str,
    /// What was granted.
    pub scope: &'a str,
    /// In seconds since 1970.
    pub issued_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// The thumbprint of the key that the token is bound to, RFC 9449 §6.2.
    pub thumbprint: Option<&'a str>,
    /// What the presentation definition's fields found.
    pub claims: &'a Map<String, Value>,
}

/// A claim would overwrite a member of the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "IntrospectAccessToken: InputDescriptorConstraintIdMap contains reserved claim name: {name}"
)]
pub struct ReservedClaim {
    /// The name of the claim.
    pub name: String,
}

impl Introspection<'_> {
    /// The answer as JSON.
    // SECURITY: a credential that fills the field `iss` or `cnf` must not choose whose token, or whose key, this is.
    pub fn to_json(&self) -> Result<String, ReservedClaim> {
        if let Some(name) =
            self.claims.keys().find(|name| RESERVED_FIELD_IDS.contains(&name.as_str()))
        {
            return Err(ReservedClaim { name: name.clone() });
        }
        Ok(serde_json::to_string(self).expect("a map of texts, numbers and JSON values prints"))
    }
}

impl Serialize for Introspection<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Confirmation<'a> {
            jkt: &'a str,
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("active", &true)?;
        map.serialize_entry("iss", self.issuer)?;
        map.serialize_entry("client_id", self.client_id)?;
        map.serialize_entry("scope", self.scope)?;
        map.serialize_entry("iat", &self.issued_at)?;
        map.serialize_entry("exp", &self.expires_at)?;
        if let Some(jkt) = self.thumbprint {
            map.serialize_entry("cnf", &Confirmation { jkt })?;
        }
        for (name, value) in self.claims {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What the extended answer has besides: everything that the token was granted on.
pub struct Evidence<'a> {
    /// All definitions of the profile by wallet owner: a JSON object.
    pub definitions: &'a str,
    /// The id of the definition that was fulfilled.
    pub definition_id: &'a str,
    /// The submission: a JSON object.
    pub submission: &'a str,
    /// The presentations: compact tokens, and JSON objects.
    pub presentations: Vec<&'a str>,
}

impl Evidence<'_> {
    /// The members of the extended answer, as they follow those of the plain one: from the comma to the closing brace.
    // INVARIANT: what is copied here was read as JSON before, so the whole is JSON.
    pub fn to_members(&self) -> String {
        let sizes = self.presentations.iter().map(|text| text.len() + 3);
        let capacity = self.definitions.len() + self.submission.len() + sizes.sum::<usize>() + 256;
        let mut text = String::with_capacity(capacity);
        text.push_str(r#","presentation_definitions":"#);
        text.push_str(self.definitions);
        text.push_str(r#","presentation_submissions":{"#);
        push_text(&mut text, self.definition_id);
        text.push(':');
        text.push_str(self.submission);
        text.push_str(r#"},"vps":["#);
        for (index, presentation) in self.presentations.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            if presentation.starts_with('{') {
                text.push_str(presentation);
            } else {
                push_text(&mut text, presentation);
            }
        }
        text.push_str("]}");
        text
    }
}

fn push_text(onto: &mut String, text: &str) {
    onto.push_str(&serde_json::to_string(text).expect("a text prints"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn introspection<'a>(
        claims: &'a Map<String, Value>,
        thumbprint: Option<&'a str>,
    ) -> Introspection<'a> {
        Introspection {
            issuer: "https://as.example.nl/oauth2/hospital",
            client_id: "https://client.example.nl/oauth2/clinic",
            scope: "medication-overview",
            issued_at: 1_767_225_601,
            expires_at: 1_767_226_501,
            thumbprint,
            claims,
        }
    }

    #[test]
    fn the_answer_names_issuer_client_scope_times_key_and_claims() {
        let claims =
            json!({ "organization_name": "Clinic \"West\"", "maybe": null, "roles": ["a"] });
        let claims = claims.as_object().unwrap();
        let text = introspection(claims, Some("jkt")).to_json().unwrap();
        let expected = json!({
            "active": true,
            "iss": "https://as.example.nl/oauth2/hospital",
            "client_id": "https://client.example.nl/oauth2/clinic",
            "scope": "medication-overview",
            "iat": 1_767_225_601, "exp": 1_767_226_501,
            "cnf": { "jkt": "jkt" },
            "organization_name": "Clinic \"West\"", "maybe": null, "roles": ["a"],
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        let bearer = introspection(claims, None).to_json().unwrap();
        assert!(!bearer.contains("cnf"), "{bearer}");
    }

    #[test]
    fn a_claim_never_overwrites_a_member_of_the_answer() {
        for name in RESERVED_FIELD_IDS {
            let mut claims = Map::new();
            claims.insert(name.to_owned(), "x".into());
            let refused = introspection(&claims, Some("jkt")).to_json();
            assert_eq!(refused, Err(ReservedClaim { name: name.to_owned() }));
        }
    }

    #[test]
    fn the_extended_answer_goes_on_where_the_plain_one_ends() {
        let claims = Map::new();
        let plain = introspection(&claims, None).to_json().unwrap();
        let evidence = Evidence {
            definitions: r#"{"organization":{"id":"pd"}}"#,
            definition_id: "p\"d",
            submission: r#"{"id":"s"}"#,
            presentations: vec!["a.b.c", r#"{"type":"x"}"#],
        };
        let text = format!("{}{}", plain.strip_suffix('}').unwrap(), evidence.to_members());
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["vps"], json!(["a.b.c", { "type": "x" }]));
        assert_eq!(value["presentation_submissions"], json!({ "p\"d": { "id": "s" } }));
        assert_eq!(value["presentation_definitions"], json!({ "organization": { "id": "pd" } }));
    }
}
