//! How deep brackets and signs are nested in a text of Rego.
//!
//! The engine's parser reads what stands in a bracket once as the head of a comprehension and once more if it is none, so each level doubles
//! its work.

/// The deepest nesting that is parsed; a FHIR document in a test needs about ten.
pub(crate) const NESTING_MAX: usize = 16;

/// The line of the first bracket or sign that is nested too deep.
pub(crate) fn too_deep_at(text: &str) -> Option<u32> {
    let (mut depth, mut signs, mut line) = (0_usize, 0_usize, 1_u32);
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        // The parser calls itself for each sign of a row.
        match next {
            '-' => signs += 1,
            next if next.is_whitespace() || next == '#' => {}
            _ => signs = 0,
        }
        match next {
            '\n' => line = line.saturating_add(1),
            '#' if rest.by_ref().any(|skipped| skipped == '\n') => line = line.saturating_add(1),
            '"' | '`' => line = line.saturating_add(skip_string(&mut rest, next)),
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth.max(signs) > NESTING_MAX {
            return Some(line);
        }
    }
    None
}

/// Skips to the end of a string; how many lines it has. Raw strings know no escapes.
fn skip_string(rest: &mut std::str::Chars<'_>, quote: char) -> u32 {
    let mut lines = 0;
    while let Some(next) = rest.next() {
        match next {
            '\\' if quote == '"' => {
                rest.next();
            }
            '\n' => lines += 1,
            next if next == quote => break,
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_counted_outside_of_strings_and_comments() {
        let many = "[".repeat(NESTING_MAX + 1);
        let closed = format!("{}{}", "[".repeat(NESTING_MAX), "]".repeat(NESTING_MAX));
        assert_eq!(too_deep_at(&format!("x\ny := {many}")), Some(2));
        for text in [
            format!("# {many}\n"),
            format!("\"\\\"{many}\""),
            format!("`\\`\n# {many}"),
            closed.repeat(9),
        ] {
            assert_eq!(too_deep_at(&text), None, "{text}");
        }
        assert_eq!(too_deep_at(&format!("`\n\n`# {many}\n{many}")), Some(4));
    }
}
