//! Which option somebody may have meant.

use super::table::TABLE;

/// The longest key that is compared: longer ones are no slip of the pen.
const KEY_LENGTH_MAX: usize = 80;

/// The option whose key is nearest to one that does not exist, if it is near.
pub(crate) fn nearest(unknown: &str) -> Option<&'static str> {
    if unknown.len() > KEY_LENGTH_MAX {
        return None;
    }
    let unknown = unknown.to_ascii_lowercase();
    // Written below another section, or with other separators.
    let letters = |key: &str| key.replace(['.', '_', '-'], "");
    let moved = |key: &str| {
        unknown.strip_suffix(key).is_some_and(|rest| rest.ends_with('.'))
            || letters(key) == letters(&unknown)
    };
    if let Some(row) = TABLE.iter().find(|row| moved(row.key)) {
        return Some(row.key);
    }
    nearest_of(&unknown, TABLE.iter().map(|row| row.key))
}

/// The name that is nearest to one that does not exist, if it is near.
pub(super) fn nearest_of<'n>(
    unknown: &str,
    names: impl Iterator<Item = &'n str>,
) -> Option<&'n str> {
    if unknown.len() > KEY_LENGTH_MAX {
        return None;
    }
    let (name, distance) =
        names.map(|name| (name, distance(unknown, name))).min_by_key(|(_, distance)| *distance)?;
    (distance <= unknown.len() / 5 + 1).then_some(name)
}

/// How many letters must be added, left out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((j, b), pair) in b.iter().enumerate().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            let left = next.get(j).copied().unwrap_or(usize::MAX - 1);
            let replaced = diagonal + usize::from(a != *b);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        for (unknown, expected) in [
            ("strictmod", Some("strictmode")),
            ("StrictMode", Some("strictmode")),
            ("vdr.didmethods", Some("didmethods")),
            ("http.public.adress", Some("http.public.address")),
            ("http.client-ip-header", Some("http.clientipheader")),
            ("storage.sql.conection", Some("storage.sql.connection")),
            ("foo.bar", None),
            ("auth.tlsenabled", None),
            ("", None),
        ] {
            assert_eq!(nearest(unknown), expected, "{unknown}");
        }
        assert_eq!(nearest(&"strictmode".repeat(1000)), None);
    }
}
