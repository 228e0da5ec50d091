//! Who asks, for the service behind: plain header fields, and one short signed token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use time::OffsetDateTime;

use super::headers::IDENTITY;
use super::routes::Prepared;
use super::token::Client;
use super::{Gateway, Identity};
use crate::key::KeyError;

/// The longest value of a plain field, in bytes; a longer one is empty there, and whole in the signed token.
const VALUE_BYTES_MAX: usize = 2048;

impl Gateway {
    /// The identity of a client that may pass.
    pub(super) async fn identity(
        &self,
        route: &Prepared,
        client: Client<'_>,
        decision: &str,
        now: OffsetDateTime,
    ) -> Result<Identity, KeyError> {
        let signed = self.prepared.signer.signed(route, &client, now).await?;
        let claim = |names: &[&str]| {
            let found = names.iter().find_map(|name| client.claims.get(*name));
            found.map(field_value).unwrap_or_default()
        };
        // In the order of `IDENTITY`.
        let values = [
            STANDARD.encode(&client.json),
            claim(&["client_id"]),
            claim(&["scope"]),
            claim(&["organization_ura"]),
            claim(&["organization_name"]),
            claim(&["user_id", "employee_identifier"]),
            claim(&["user_role", "employee_role"]),
            decision.to_owned(),
            signed.to_string(),
        ];
        let names = IDENTITY.into_iter().map(str::to_owned);
        Ok(Identity { headers: names.zip(values).collect(), claims: client.claims })
    }
}

/// A claim as the value of a header field: visible ASCII, everything else and `%` percent-encoded.
// SECURITY: what a credential says must not begin another field, nor end where a reader cuts white space off.
fn field_value(value: &Value) -> String {
    use std::fmt::Write as _;

    let printed;
    let text = match value {
        Value::Null => "",
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            printed = value.to_string();
            &printed
        }
    };
    let mut field = String::with_capacity(text.len());
    let last = text.len().saturating_sub(1);
    for (index, byte) in text.bytes().enumerate() {
        let is_inner_space = byte == b' ' && index != 0 && index != last;
        if is_inner_space || (byte.is_ascii_graphic() && byte != b'%') {
            field.push(char::from(byte));
        } else {
            write!(field, "%{byte:02X}").expect("a string takes any text");
        }
    }
    if field.len() > VALUE_BYTES_MAX { String::new() } else { field }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_has_visible_ascii_only() {
        let cases = [
            (json!("Clinic West"), "Clinic West"),
            (json!("Zorgcentrum 't Höfke"), "Zorgcentrum 't H%C3%B6fke"),
            (json!("a\r\nX-Evil: 1"), "a%0D%0AX-Evil: 1"),
            (json!(" a "), "%20a%20"),
            (json!("100%"), "100%25"),
            (json!("\u{0}\u{7f}\t"), "%00%7F%09"),
            (json!(12), "12"),
            (json!(["a", "b"]), "[\"a\",\"b\"]"),
            (json!(null), ""),
            (json!(""), ""),
            (json!(" "), "%20"),
        ];
        for (value, expected) in cases {
            assert_eq!(field_value(&value), expected);
        }
        assert_eq!(field_value(&json!("x".repeat(VALUE_BYTES_MAX + 1))), "");
    }
}
