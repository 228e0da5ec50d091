//! Names a key by its hash: [RFC 7638](https://www.rfc-editor.org/rfc/rfc7638).

use serde_json::{Map, Value};

use crate::{base64url, digest};

/// The SHA-256 thumbprint of the required members of a public key, which must be sorted.
// RFC 7638 §3.3: no white space, members in the order of their names.
pub(crate) fn of(required: &Map<String, Value>) -> String {
    let text = serde_json::to_vec(required).expect("a map of strings prints");
    base64url::encode(&digest::sha256(&text))
}
