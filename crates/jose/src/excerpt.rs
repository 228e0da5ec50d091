//! Cuts text from outside to a length that fits an error message.

/// The most characters of foreign text that an error repeats.
pub(crate) const EXCERPT_CHARACTERS_MAX: usize = 64;

/// The beginning of a text, for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT_CHARACTERS_MAX).collect()
}
