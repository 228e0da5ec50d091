//! Reads and writes one PEM block: [RFC 7468](https://www.rfc-editor.org/rfc/rfc7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The most bytes of a PEM text that is read.
pub(crate) const PEM_BYTES_MAX: usize = 64 * 1024;

/// A block: its label and its bytes.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Reads a text that is one block and white space around it. `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<Block<'_>> {
    if text.len() > PEM_BYTES_MAX {
        return None;
    }
    let (label, rest) = text.trim().strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let (body, end) = rest.split_once("-----END ")?;
    if end.strip_suffix("-----")? != label {
        return None;
    }
    // Room for all of it: a text that grows leaves copies behind.
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    base64.extend(body.chars().filter(|character| !character.is_ascii_whitespace()));
    let der = Zeroizing::new(STANDARD.decode(base64.as_bytes()).ok()?);
    Some(Block { label, der })
}

/// The width of a line of base64 (RFC 7468 §2).
const LINE: usize = 64;

/// Writes a block, its last line ended.
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    // Room for all of it: a text that grows leaves copies behind.
    let room = base64.len() + base64.len() / LINE + 2 * label.len() + 64;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        // Base64 is ASCII: every place is between two characters.
        let (line, more) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
        text.extend([line, "\n"]);
        rest = more;
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}
