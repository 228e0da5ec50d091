//! What a protected resource says about itself: [RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2).

use pecan_jose::algorithm::Algorithm;
use serde_json::{Value, json};

use super::routes::Prepared;

/// The metadata of a route.
pub(super) fn of(route: &Prepared) -> Value {
    let mut metadata = json!({
        "resource": route.url,
        "authorization_servers": [route.issuer],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": algorithms(),
        "dpop_bound_access_tokens_required": false,
    });
    let scopes: Vec<&String> = route.route.policies.keys().collect();
    if !scopes.is_empty()
        && let Some(metadata) = metadata.as_object_mut()
    {
        metadata.insert("scopes_supported".to_owned(), json!(scopes));
    }
    metadata
}

/// The algorithms that proofs may be signed with.
fn algorithms() -> Vec<&'static str> {
    Algorithm::ALL.into_iter().map(Algorithm::name).collect()
}
