//! Options from the environment: `NUTS_HTTP_LOG` is `http.log` (contract/platform.md 3.1).

use super::value::Given;

/// Variables of the commands that call a node; they are no options.
const OF_CLIENT_COMMANDS: [&str; 4] =
    ["NUTS_ADDRESS", "NUTS_TIMEOUT", "NUTS_TOKEN", "NUTS_TOKEN_FILE"];

/// The key of a variable, if it is one of ours. `_` is always a dot.
pub(crate) fn key(variable: &str) -> Option<String> {
    let rest = variable.strip_prefix("NUTS_").filter(|rest| !rest.is_empty())?;
    if OF_CLIENT_COMMANDS.contains(&variable) {
        return None;
    }
    Some(rest.to_lowercase().replace('_', "."))
}

/// A value: a list where it has commas, of which `\,` is none. One item is no list.
pub(crate) fn value(text: &str) -> Given {
    let mut items = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_escaped = character == '\\' && characters.next_if_eq(&',').is_some();
        match (character, items.last_mut()) {
            (',', _) => items.push(String::new()),
            (_, Some(item)) => item.push(if is_escaped { ',' } else { character }),
            (_, None) => {}
        }
    }
    let mut items: Vec<_> = items.iter().map(|item| item.trim().to_owned()).collect();
    match items.len() {
        1 => Given::One(items.pop().unwrap_or_default()),
        _ => Given::Many(items),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_variable_is_a_key_with_underscores() {
        for (variable, expected) in [
            ("NUTS_URL", Some("url")),
            ("NUTS_HTTP_PUBLIC_ADDRESS", Some("http.public.address")),
            ("NUTS_", None),
            ("NUTS", None),
            ("nuts_url", None),
            ("PATH", None),
            ("NUTS_TOKEN_FILE", None),
        ] {
            assert_eq!(key(variable).as_deref(), expected, "{variable}");
        }
    }

    #[test]
    fn commas_make_a_list_unless_they_are_escaped() {
        let many = |items: &[&str]| Given::Many(items.iter().map(ToString::to_string).collect());
        for (text, expected) in [
            ("a", Given::One("a".to_owned())),
            ("", Given::One(String::new())),
            (" a ", Given::One("a".to_owned())),
            ("a\\,b", Given::One("a,b".to_owned())),
            ("a\\b", Given::One("a\\b".to_owned())),
            ("web, nuts", many(&["web", "nuts"])),
            ("a,,b,", many(&["a", "", "b", ""])),
            ("a\\,b,c", many(&["a,b", "c"])),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }
}
