//! Shows the beginning of what was received, so that it can stand in a reason.

/// The most characters of outside text in a reason.
const CHARACTERS_MAX: usize = 48;

/// The beginning of the text, with everything outside printable ASCII escaped: it is going to be a line of a log.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String =
        text.chars().take(CHARACTERS_MAX).flat_map(char::escape_default).collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn long_and_unprintable_text_is_cut_and_escaped() {
        assert_eq!(excerpt("Patient"), "Patient");
        assert_eq!(excerpt("a\r\nb\0"), "a\\r\\nb\\u{0}");
        assert_eq!(excerpt(&"x".repeat(10_000)).chars().count(), 49);
    }
}
