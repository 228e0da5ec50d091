//! What is behind a gateway.

use std::collections::BTreeMap;

use url::Url;

/// One service behind gateways, under one public URL.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its name, for logs.
    pub name: String,
    /// Its public base URL without a slash at the end. Clients name it in their proofs; nothing that a request says changes it.
    pub url: Url,
    /// The path under which gateways see it, if they see another one than clients do.
    pub gateway_path: Option<String>,
    /// The gateways that may ask about it; empty: all.
    pub gateways: Vec<String>,
    /// The subject whose access tokens count.
    pub subject: String,
    /// What is there.
    pub kind: RouteKind,
    /// The policy of a scope, where it is not the one of the same name: scope to name of the policy.
    pub policies: BTreeMap<String, String>,
    /// Where facts are looked up: the base URL of the FHIR server as this node reaches it.
    pub fhir_server: Option<Url>,
    /// The care organisation that holds what is there: `data_holder_organization_id`.
    pub holder_ura: String,
    /// Its kind of facility: `data_holder_facility_type`.
    pub holder_facility_type: String,
    /// Whether proofs must contain a nonce of this node (RFC 9449 §9).
    pub requires_nonce: bool,
    /// Whether a client certificate that the gateway verified is needed.
    pub requires_certificate: bool,
}

/// What is behind a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// A FHIR server that speaks STU3.
    FhirStu3,
    /// A FHIR server that speaks R4.
    FhirR4,
    /// A plain HTTP service: a policy sees method, path, query, header fields and body as they are.
    Http,
}
