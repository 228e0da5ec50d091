//! The configuration as it is in force, without its secrets.

use super::problem::Source;
use super::raw::RawOptions;
use super::table::{Row, TABLE};

/// What stands in the place of a secret.
pub(crate) const REDACTED: &str = "(redacted)";

/// Every option with its value and its source, in the order of the table.
pub(crate) fn lines(options: &RawOptions) -> impl Iterator<Item = (&'static Row, String, &Source)> {
    TABLE.iter().map(|row| (row, shown(row, options), options.source(row.key)))
}

fn shown(row: &Row, options: &RawOptions) -> String {
    let text = options.value(row.key).map(super::value::Value::show).unwrap_or_default();
    if row.is_secret && !text.is_empty() { REDACTED.to_owned() } else { without_user(&text) }
}

/// SECURITY: a URL may hold a password wherever a URL is allowed, so that every user part is masked.
fn without_user(text: &str) -> String {
    let Some((before, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority_ends = rest.find(['/', '?', '#', ',']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(authority_ends);
    let host = authority.rsplit_once('@').map(|(_, host)| host);
    let masked = host.map_or(authority.to_owned(), |host| format!("{REDACTED}@{host}"));
    format!("{before}://{masked}{}", without_user(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_host_of_a_url_is_not_shown() {
        for (text, expected) in [
            ("redis://user:pass@host:1/0", "redis://(redacted)@host:1/0"),
            ("https://nuts.nl/@x", "https://nuts.nl/@x"),
            ("https://a@b@c/", "https://(redacted)@c/"),
            ("redis://a:b@c,redis://d:e@f", "redis://(redacted)@c,redis://(redacted)@f"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(without_user(text), expected);
        }
    }
}
