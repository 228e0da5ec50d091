//! An explanation for people: the verdict, then the table, then what to do.
//!
//! Reads the JSON that the endpoint gives; a member that is missing leaves a gap, nothing more.

use std::fmt::Write as _;

use serde_json::Value;

/// How wide the column of names is.
const NAME_WIDTH: usize = 38;
/// How many credentials are printed with a descriptor; `--json` has more.
const ROWS_MAX: usize = 8;

/// The whole page.
pub(crate) fn text(answer: &Value) -> String {
    let mut page = format!("{}\n", text_of(answer, "verdict"));
    if let Some(definition) = answer.get("definition") {
        let (id, source) = (text_of(definition, "id"), text_of(definition, "source"));
        let _ = writeln!(page, "\nAsked for: `{id}`, from {source}");
        for warning in list(definition, "warnings") {
            let _ = writeln!(page, "  note: {}", plain(warning.as_str().unwrap_or_default()));
        }
    }
    if let Some(server) = answer.get("server") {
        let (issuer, format) = (text_of(server, "issuer"), text_of(server, "presentation_format"));
        let format = if format.is_empty() { "no shared format".to_owned() } else { format };
        let _ = writeln!(page, "Asked by:  {issuer}, {format}");
    }
    for wallet in list(answer, "wallets") {
        put_wallet(&mut page, wallet);
    }
    let advice = list(answer, "advice");
    if !advice.is_empty() {
        page.push_str("\nWhat to do\n");
    }
    for (index, line) in advice.iter().enumerate() {
        let _ = writeln!(page, "  {}. {}", index + 1, plain(line.as_str().unwrap_or_default()));
    }
    page
}

fn put_wallet(page: &mut String, wallet: &Value) {
    let outcome = text_of(wallet, "outcome").replace('_', " ");
    let _ = writeln!(page, "\n{}: {outcome}", text_of(wallet, "did"));
    if outcome == "not usable" {
        let _ = writeln!(page, "  {}", text_of(wallet, "reason"));
        return;
    }
    let credentials = list(wallet, "credentials");
    for descriptor in list(wallet, "descriptors") {
        let mark = if is_true(descriptor, "is_filled") { "ok" } else { "--" };
        let purpose = text_of(descriptor, "purpose");
        let purpose = if purpose.is_empty() { purpose } else { format!("  ({purpose})") };
        let _ = writeln!(page, "  {mark} {}{purpose}", text_of(descriptor, "id"));
        put_rows(page, list(descriptor, "candidates"), credentials);
        for field in list(descriptor, "fields") {
            if let (Some(id), Some(value)) = (field.get("id"), field.get("value")) {
                let (id, value) =
                    (id.as_str().unwrap_or_default(), value.as_str().unwrap_or_default());
                let _ = writeln!(page, "       {} = {}", plain(id), plain(value));
            }
        }
    }
    if let Some(more) = wallet.get("credentials_left_out").and_then(Value::as_u64) {
        let _ = writeln!(page, "  {more} more credentials were not looked at");
    }
}

fn put_rows(page: &mut String, rows: &[Value], credentials: &[Value]) {
    if rows.is_empty() {
        page.push_str("     the wallet is empty\n");
    }
    for row in rows.iter().take(ROWS_MAX) {
        let position = row.get("credential").and_then(Value::as_u64).unwrap_or_default();
        let credential = usize::try_from(position).ok().and_then(|index| credentials.get(index));
        let name = credential.map(name).unwrap_or_default();
        let fit = text_of(row, "fit").replace('_', " ");
        let (check, reason) = (text_of(row, "check"), text_of(row, "reason"));
        let why = if check.is_empty() { fit } else { format!("{fit}: {reason} [{check}]") };
        let _ = writeln!(page, "     {name:NAME_WIDTH$}  {why}");
        let id = credential.map(|credential| text_of(credential, "id")).unwrap_or_default();
        if !id.is_empty() {
            let _ = writeln!(page, "     {:NAME_WIDTH$}  {id}", "");
        }
    }
    if rows.len() > ROWS_MAX {
        let _ = writeln!(page, "     and {} more, with --json", rows.len() - ROWS_MAX);
    }
}

/// What people call a credential.
fn name(credential: &Value) -> String {
    let kind = list(credential, "types").first().and_then(Value::as_str).map(plain);
    let kind = kind.unwrap_or_else(|| "credential".to_owned());
    if is_true(credential, "is_self_attested") { format!("{kind}, self-attested") } else { kind }
}

/// A text without what a terminal would obey.
// SECURITY: parts of it come from credentials and from other parties.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn text_of(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).map(plain).unwrap_or_default()
}

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_true(value: &Value, member: &str) -> bool {
    value.get(member).and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_verdict_comes_first_and_what_to_do_last() {
        let answer = json!({
            "is_fulfilled": false,
            "verdict": "no: `clinic` cannot fulfil `pd`, no credential for `id_org`",
            "advice": ["`id_org`: ask for a new one."],
            "subject": "clinic",
            "definition": {"id": "pd", "source": "https://as.example.nl/pd", "warnings": ["`/x` is ignored"]},
            "server": {"issuer": "https://as.example.nl", "did_methods_supported": ["web"], "presentation_format": "jwt_vp"},
            "wallets": [{
                "did": "did:web:a", "outcome": "refused", "credentials_left_out": 3,
                "credentials": [
                    {"id": "did:web:i#1", "types": ["NutsOrganizationCredential"], "format": "ldp_vc", "is_self_attested": false},
                    {"types": ["NutsEmployeeCredential"], "format": "ldp_vc", "is_self_attested": true},
                ],
                "descriptors": [
                    {"id": "id_org", "is_filled": false, "candidates": [
                        {"credential": 0, "fit": "fits_but_unusable", "check": "expired", "reason": "expired on 2026-11-01", "fitting_fields": 4}]},
                    {"id": "id_employee", "is_filled": true, "fields": [{"id": "role", "path": "$.x", "value": "\"Nurse\u{1b}[31m\""}],
                     "candidates": [{"credential": 1, "fit": "chosen", "fitting_fields": 2}]},
                ],
            }],
        });
        let expected = "\
no: `clinic` cannot fulfil `pd`, no credential for `id_org`

Asked for: `pd`, from https://as.example.nl/pd
  note: `/x` is ignored
Asked by:  https://as.example.nl, jwt_vp

did:web:a: refused
  -- id_org
     NutsOrganizationCredential              fits but unusable: expired on 2026-11-01 [expired]
                                             did:web:i#1
  ok id_employee
     NutsEmployeeCredential, self-attested   chosen
       role = \"Nurse [31m\"
  3 more credentials were not looked at

What to do
  1. `id_org`: ask for a new one.
";
        assert_eq!(text(&answer), expected);
    }

    #[test]
    fn an_answer_of_another_version_is_printed_as_far_as_it_goes() {
        assert_eq!(
            text(&json!({"verdict": "yes", "wallets": [{"descriptors": [{}]}]})),
            "yes\n\n: \n  -- \n     the wallet is empty\n"
        );
        assert_eq!(text(&json!([])), "\n");
    }
}
