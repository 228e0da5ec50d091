//! Writes a tree of maps and scalars as YAML: four blanks a level, keys sorted, text quoted where it would read as something else.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes a map.
pub(super) fn write(tree: &Value) -> String {
    let mut page = String::new();
    level(tree, 0, &mut page);
    page
}

fn level(tree: &Value, depth: usize, page: &mut String) {
    let mut members: Vec<_> = tree.as_object().into_iter().flatten().collect();
    members.sort_by_key(|(name, _)| *name);
    for (name, value) in members {
        let indent = depth * 4;
        let is_tree = value.as_object().is_some_and(|members| !members.is_empty());
        if is_tree {
            writeln!(page, "{:indent$}{name}:", "").expect("a string takes any text");
            level(value, depth + 1, page);
        } else {
            let value = scalar(value);
            writeln!(page, "{:indent$}{name}: {value}", "").expect("a string takes any text");
        }
    }
}

/// JSON is YAML; only text that is plain in YAML, too, goes without quotes.
fn scalar(value: &Value) -> String {
    match value.as_str() {
        Some(text) if is_plain(text) => text.to_owned(),
        Some(_) | None => value.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let starts_as_a_word = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let starts_as_a_duration =
        text.ends_with('s') && text.starts_with(|c: char| c.is_ascii_digit());
    let is_reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    (starts_as_a_word || starts_as_a_duration)
        && !is_reserved
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_the_one_that_operators_search_in() {
        let tree = serde_json::json!({
            "status": {"uptime": "13s", "git_commit": "0", "os_arch": "linux/amd64"},
            "network": {}, "endpoint": "", "enabled": false, "count": 15, "word": "no",
        });
        let expected = "count: 15\nenabled: false\nendpoint: \"\"\nnetwork: {}\nstatus:\n    git_commit: \"0\"\n    os_arch: linux/amd64\n    uptime: 13s\nword: \"no\"\n";
        assert_eq!(write(&tree), expected);
    }
}
