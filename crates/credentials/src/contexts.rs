//! The JSON-LD contexts that every node carries: served by exact URL, never fetched.

/// The Verifiable Credentials data model, version 1.1.
pub const CREDENTIALS_V1: &str = "https://www.w3.org/2018/credentials/v1";
/// The terms of a `JsonWebSignature2020` proof.
pub const JWS_2020: &str = "https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json";
/// The terms of StatusList2021.
pub const STATUS_LIST_2021: &str = "https://w3id.org/vc/status-list/2021/v1";
/// The credential types of Nuts.
pub const NUTS_V1: &str = "https://nuts.nl/credentials/v1";
/// The `NutsUraCredential`.
pub const NUTS_2024: &str = "https://nuts.nl/credentials/2024";
/// schema.org, release 13.
pub const SCHEMA_ORG: &str = "https://schema.org";

/// URL and text of each context.
pub const BUILT_IN: [(&str, &str); 6] = [
    (CREDENTIALS_V1, include_str!("../../../contexts/credentials-v1.jsonld")),
    (JWS_2020, include_str!("../../../contexts/lds-jws2020-v1.json")),
    (STATUS_LIST_2021, include_str!("../../../contexts/status-list-2021-v1.jsonld")),
    (NUTS_V1, include_str!("../../../contexts/nuts-credentials-v1.jsonld")),
    (NUTS_2024, include_str!("../../../contexts/nuts-credentials-2024.jsonld")),
    (SCHEMA_ORG, include_str!("../../../contexts/schema-org-v13.jsonld")),
];
