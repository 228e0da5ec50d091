//! The contexts that the product brings along.

use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;

pub(crate) const CREDENTIALS_V1: &str = "https://www.w3.org/2018/credentials/v1";
pub(crate) const NUTS_V1: &str = "https://nuts.nl/credentials/v1";
pub(crate) const NUTS_2024: &str = "https://nuts.nl/credentials/2024";
pub(crate) const JWS_2020: &str =
    "https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json";
pub(crate) const STATUS_LIST_2021: &str = "https://w3id.org/vc/status-list/2021/v1";
pub(crate) const SCHEMA_ORG: &str = "https://schema.org";

/// URL and text of each.
pub(crate) const CONTEXTS: [(&str, &str); 6] = [
    (CREDENTIALS_V1, include_str!("../../../../contexts/credentials-v1.jsonld")),
    (NUTS_V1, include_str!("../../../../contexts/nuts-credentials-v1.jsonld")),
    (NUTS_2024, include_str!("../../../../contexts/nuts-credentials-2024.jsonld")),
    (JWS_2020, include_str!("../../../../contexts/lds-jws2020-v1.json")),
    (STATUS_LIST_2021, include_str!("../../../../contexts/status-list-2021-v1.jsonld")),
    (SCHEMA_ORG, include_str!("../../../../contexts/schema-org-v13.jsonld")),
];

pub(crate) fn contexts() -> Contexts {
    let mut contexts = Contexts::new();
    for (url, json) in CONTEXTS {
        contexts.insert(url, json).expect("a context of the product");
    }
    contexts
}

pub(crate) fn processor() -> Processor {
    Processor::new(contexts())
}
