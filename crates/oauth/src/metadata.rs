//! Authorization server metadata: [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414), published for own subjects and read from others.
//!
//! What is published is what every peer of the network expects, member by member. What is read is judged by the members that
//! a client needs, and by nothing else. Does not fetch.

use pecan_credentials::exchange::negotiate::{ALGORITHMS, PROOF_TYPES};
use pecan_jose::json;
use serde_json::{Map, Value, json};

/// The methods of DIDs that this node resolves, in the order in which they are published.
pub const DID_METHODS: [&str; 4] = ["jwk", "key", "x509", "web"];
/// The grant of this network: a presentation for a token.
pub const VP_TOKEN_BEARER: &str = "vp_token-bearer";
/// The most entries of a list that are read.
pub const LIST_MAX: usize = 64;
/// The well-known name of RFC 8414 §3.
pub const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

/// What an authorization server of another party says about itself, as far as a client needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorizationServerMetadata {
    /// `issuer`. RFC 8414 §3.3: the identifier that was asked for, or the document means nothing.
    pub issuer: String,
    /// `token_endpoint`, as written.
    pub token_endpoint: Option<String>,
    /// `presentation_definition_endpoint`, as written.
    pub presentation_definition_endpoint: Option<String>,
    /// `did_methods_supported`; the first [`LIST_MAX`].
    pub did_methods_supported: Vec<String>,
    /// `grant_types_supported`; the first [`LIST_MAX`].
    pub grant_types_supported: Vec<String>,
    /// `vp_formats_supported`, or else `vp_formats`; null when there is neither.
    pub vp_formats_supported: Value,
}

/// Why a document is no metadata.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is no JSON object.
    #[error("{0}")]
    Json(#[from] json::Error),
    /// A member that must be a text is something else.
    #[error("`{member}` is not a string")]
    NotText {
        /// Its name.
        member: &'static str,
    },
}

impl AuthorizationServerMetadata {
    /// Reads a document. Unknown members do not matter; an endpoint that is null or empty is absent.
    pub fn parse(document: &[u8]) -> Result<Self, MetadataError> {
        let mut members = json::parse_object(document)?;
        let formats = ["vp_formats_supported", "vp_formats"];
        Ok(Self {
            issuer: find_text(&mut members, "issuer")?.unwrap_or_default(),
            token_endpoint: find_text(&mut members, "token_endpoint")?,
            presentation_definition_endpoint: find_text(
                &mut members,
                "presentation_definition_endpoint",
            )?,
            did_methods_supported: texts(&members, "did_methods_supported"),
            grant_types_supported: texts(&members, "grant_types_supported"),
            vp_formats_supported: formats
                .iter()
                .find_map(|name| members.remove(*name).filter(Value::is_object))
                .unwrap_or_default(),
        })
    }
}

/// What is published about the authorization server of a subject.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// Its issuer identifier: `<base>/oauth2/<subject>`.
    pub issuer: &'a str,
    /// Whether `/authorize` is offered.
    pub has_authorization_endpoint: bool,
}

impl Published<'_> {
    /// The document. Clients of this network refuse one without `did_methods_supported` and `vp_formats_supported`.
    pub fn to_value(&self) -> Value {
        let issuer = self.issuer;
        let mut members = Map::new();
        let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
        add("issuer", issuer.into());
        if self.has_authorization_endpoint {
            add("authorization_endpoint", format!("{issuer}/authorize").into());
        }
        add("response_types_supported", json!(["code", "vp_token"]));
        add("response_modes_supported", json!(["query", "direct_post"]));
        add("token_endpoint", format!("{issuer}/token").into());
        add("grant_types_supported", json!(["authorization_code", VP_TOKEN_BEARER]));
        add("pre-authorized_grant_anonymous_access_supported", true.into());
        let definitions = format!("{issuer}/presentation_definition");
        add("presentation_definition_endpoint", definitions.into());
        add("presentation_definition_uri_supported", true.into());
        add("vp_formats_supported", vp_formats());
        add("vp_formats", vp_formats());
        add("client_id_schemes_supported", json!(["entity_id"]));
        add("did_methods_supported", json!(DID_METHODS));
        add("dpop_signing_alg_values_supported", json!(ALGORITHMS));
        add("require_signed_request_object", true.into());
        add("request_object_signing_alg_values_supported", json!(ALGORITHMS));
        Value::Object(members)
    }
}

/// The formats of credentials and presentations that this node reads and makes, for metadata of servers and of clients.
pub fn vp_formats() -> Value {
    let jwt = json!({ "alg_values_supported": ALGORITHMS });
    let json_ld = json!({ "proof_type_values_supported": PROOF_TYPES });
    json!({ "jwt_vc_json": jwt, "jwt_vp_json": jwt, "ldp_vc": json_ld, "ldp_vp": json_ld })
}

/// The places where the metadata of an issuer is looked for, in order, without parsing them: what the identifier says stays as it is.
///
/// The well-known name goes between host and path (RFC 8414 §3.1), or, as `OpenID` Connect has it, behind the path. An identifier
/// without path has one place only.
pub fn locations(issuer: &str) -> Vec<String> {
    let (origin, rest) = match issuer.find("://") {
        Some(end) => {
            let authority = issuer.get(end + 3..).unwrap_or_default();
            let length = authority.find(['/', '?', '#']).unwrap_or(authority.len());
            issuer.split_at(end + 3 + length)
        }
        None => ("", issuer),
    };
    // RFC 8414 §2: an issuer has neither query nor fragment.
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut places = vec![format!("{origin}{WELL_KNOWN}{path}")];
    if !path.is_empty() {
        places.push(format!("{origin}{path}{WELL_KNOWN}"));
    }
    places
}

fn find_text(
    members: &mut Map<String, Value>,
    member: &'static str,
) -> Result<Option<String>, MetadataError> {
    match members.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err(MetadataError::NotText { member }),
    }
}

fn texts(members: &Map<String, Value>, member: &str) -> Vec<String> {
    let items = members.get(member).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().take(LIST_MAX).filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_what_clients_of_the_network_expect() {
        let issuer = "https://as.example.nl/oauth2/hospital";
        let document = Published { issuer, has_authorization_endpoint: true }.to_value();
        let names: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "issuer",
                "authorization_endpoint",
                "response_types_supported",
                "response_modes_supported",
                "token_endpoint",
                "grant_types_supported",
                "pre-authorized_grant_anonymous_access_supported",
                "presentation_definition_endpoint",
                "presentation_definition_uri_supported",
                "vp_formats_supported",
                "vp_formats",
                "client_id_schemes_supported",
                "did_methods_supported",
                "dpop_signing_alg_values_supported",
                "require_signed_request_object",
                "request_object_signing_alg_values_supported",
            ]
        );
        // The length of the recorded answer for an issuer of this length, authorization endpoint included.
        let recorded = Published {
            issuer: "https://localhost:28443/oauth2/hospital",
            has_authorization_endpoint: true,
        };
        assert_eq!(recorded.to_value().to_string().len() + 1, 1629);
        let closed = Published { issuer, has_authorization_endpoint: false }.to_value();
        assert_eq!(closed.get("authorization_endpoint"), None);
    }

    #[test]
    fn what_is_published_can_be_read() {
        let issuer = "https://as.example.nl/oauth2/hospital";
        let document = Published { issuer, has_authorization_endpoint: true }.to_value();
        let read = AuthorizationServerMetadata::parse(document.to_string().as_bytes()).unwrap();
        assert_eq!(read.issuer, issuer);
        assert_eq!(
            read.token_endpoint.as_deref(),
            Some("https://as.example.nl/oauth2/hospital/token")
        );
        assert_eq!(read.did_methods_supported, DID_METHODS);
        assert_eq!(read.vp_formats_supported, vp_formats());
    }

    #[test]
    fn only_the_members_that_a_client_needs_must_be_well_formed() {
        let read = |text: &str| AuthorizationServerMetadata::parse(text.as_bytes());
        let odd = read(
            r#"{"issuer":"https://a","token_endpoint":null,"presentation_definition_endpoint":"","did_methods_supported":["web",1],
                "grant_types_supported":"x","vp_formats_supported":[],"vp_formats":{"ldp_vp":{}},"jwks_uri":7}"#,
        )
        .unwrap();
        assert_eq!((odd.token_endpoint, odd.presentation_definition_endpoint), (None, None));
        assert_eq!(odd.did_methods_supported, ["web"]);
        assert!(odd.grant_types_supported.is_empty());
        assert_eq!(odd.vp_formats_supported, json!({ "ldp_vp": {} }));
        for (text, expected) in [
            (r#"{"issuer":1}"#, MetadataError::NotText { member: "issuer" }),
            (r#"{"token_endpoint":[]}"#, MetadataError::NotText { member: "token_endpoint" }),
            ("[]", MetadataError::Json(json::Error::NotAnObject)),
        ] {
            assert_eq!(read(text), Err(expected), "{text}");
        }
        assert!(read(r#"{"issuer":"#).is_err());
        assert!(read(r#"{"issuer":"https://a","issuer":"https://b"}"#).is_err());
        assert_eq!(read("{}").unwrap().issuer, "");
    }

    #[test]
    fn metadata_is_looked_for_where_peers_put_it() {
        let name = WELL_KNOWN;
        let cases: [(&str, Vec<String>); 7] = [
            ("https://a", vec![format!("https://a{name}")]),
            ("https://a/", vec![format!("https://a{name}")]),
            ("https://a/b/c", vec![format!("https://a{name}/b/c"), format!("https://a/b/c{name}")]),
            ("https://a/b/", vec![format!("https://a{name}/b"), format!("https://a/b{name}")]),
            (
                "https://a:1/b%2Fc?x#y",
                vec![format!("https://a:1{name}/b%2Fc"), format!("https://a:1/b%2Fc{name}")],
            ),
            ("foo", vec![format!("{name}foo"), format!("foo{name}")]),
            ("", vec![name.to_owned()]),
        ];
        for (issuer, expected) in cases {
            assert_eq!(locations(issuer), expected, "{issuer}");
        }
    }
}
