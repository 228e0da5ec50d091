//! How the story is printed: plain on a plain terminal, in colour on a good one.

use std::io::{self, IsTerminal as _, Write as _};

/// Columns of a line.
const WIDTH: usize = 110;

/// Columns of a table.
const COLUMNS: [usize; 3] = [26, 31, 48];

/// Prints the story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printer {
    has_colour: bool,
}

/// What a text means; a good terminal shows it in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// The title of a step.
    Title,
    /// Somebody who acts.
    Party,
    /// It went well.
    Good,
    /// It was refused.
    Bad,
    /// An aside.
    Quiet,
    /// Nothing special.
    Plain,
}

impl Printer {
    /// A printer for the standard output. `is_plain` is what `NO_COLOR` or `TERM=dumb` say.
    pub(super) fn new(is_plain: bool) -> Self {
        Self { has_colour: !is_plain && io::stdout().is_terminal() }
    }

    /// A text in the colour of its tone.
    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Title => "1;36",
            Tone::Party => "1",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Quiet => "2",
            Tone::Plain => return text.to_owned(),
        };
        if self.has_colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A title with a line below it.
    pub(super) fn heading(self, text: &str) {
        line(&self.tone(Tone::Title, text));
        line(&self.tone(Tone::Quiet, &"=".repeat(text.chars().count())));
    }

    /// A numbered step.
    pub(super) fn step(self, number: usize, title: &str) {
        line("");
        line(&self.tone(Tone::Title, &format!("{number}. {title}")));
    }

    /// A name and its value; long values go on below their beginning.
    pub(super) fn fact(self, name: &str, value: &str) {
        let parts = value.lines().flat_map(|text| wrap(text, WIDTH - 25));
        for (index, part) in parts.enumerate() {
            let name = if index == 0 { name } else { "" };
            line(&format!("     {} {part}", self.tone(Tone::Quiet, &format!("{name:<18}"))));
        }
    }

    /// One message: from, to, what, and the answer.
    pub(super) fn message(self, from: &str, to: &str, what: &str, answer: &str, tone: Tone) {
        let parties = format!("{from:<8} -> {to:<8}");
        let parties = self.tone(Tone::Party, &parties);
        line(&format!("   {parties}  {what}  {}", self.tone(tone, answer)));
    }

    /// A row of a table; texts that are too long for their column go on below their beginning.
    pub(super) fn row(self, cells: [(&str, Tone); 3]) {
        let parts: Vec<_> = cells
            .into_iter()
            .zip(COLUMNS)
            .map(|((text, tone), width)| (wrap(text, width), tone, width))
            .collect();
        let height = parts.iter().map(|(lines, _, _)| lines.len()).max().unwrap_or_default();
        for index in 0..height {
            let mut row = String::from("  ");
            for (lines, tone, width) in &parts {
                let text = lines.get(index).map_or("", String::as_str);
                row.push(' ');
                row.push_str(&self.tone(*tone, &format!("{text:<width$}")));
            }
            line(row.trim_end());
        }
    }
}

/// Words, broken at the width of the page.
pub(super) fn say(text: &str) {
    for part in wrap(text, WIDTH - 3) {
        line(&format!("   {part}"));
    }
}

/// A line as it is, for copying.
pub(super) fn command(text: &str) {
    line(&format!("   {text}"));
}

/// Prints a line; a closed pipe is nobody's fault.
pub(super) fn line(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Breaks a text at blanks into lines of at most `width` characters; a longer word stays whole. Keeps its indentation.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let indent: String = text.chars().take_while(|c| *c == ' ').collect();
    let mut lines = Vec::new();
    let mut line = indent.clone();
    for word in text.split_whitespace() {
        let is_begun = line.len() > indent.len();
        if is_begun && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, format!("{indent}{word}")));
        } else {
            if is_begun {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn words_are_kept_whole_and_indentation_is_kept() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("  one two", 6), ["  one", "  two"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcdefghij"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
