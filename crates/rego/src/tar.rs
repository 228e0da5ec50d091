//! Reads tar archives (POSIX.1-1988 ustar, with the long names of pax and GNU), as far as bundles use them.
//!
//! Only names and bytes come out: there is no owner, mode or time, and nothing is written anywhere. What is no plain file or folder is
//! an error and not left out, since a link in a bundle is either a mistake or an attack.

/// Bytes of a block.
const BLOCK: usize = 512;
/// The longest name.
const NAME_BYTES_MAX: usize = 1_024;

/// A file of an archive.
pub(crate) struct Entry<'a> {
    /// Its name as written.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
}

/// Why an archive was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TarError {
    /// The archive ends within a file, or before its end mark.
    #[error("the archive is cut off")]
    CutOff,
    /// A header that is none.
    #[error("no header of a tar archive at byte {0}")]
    Header(usize),
    /// A link, device or something else.
    #[error("`{name}` is not a plain file")]
    NotAFile {
        /// Its name.
        name: String,
    },
    /// Too many files.
    #[error("more than {0} files")]
    TooMany(usize),
}

/// The plain files of an archive, in order.
pub(crate) fn read(archive: &[u8], files_max: usize) -> Result<Vec<Entry<'_>>, TarError> {
    let mut files = Vec::new();
    let mut rest = Reader { archive, at: 0 };
    let mut long_name = None;
    // Folders and attributes count too, or an archive of nothing else would be read for long.
    for _ in 0..=files_max.saturating_mul(4) {
        let Some(header) = rest.header()? else { return Ok(files) };
        let bytes = rest.content(header.size)?;
        match header.kind {
            b'L' => long_name = Some(text(bytes)),
            b'x' => long_name = pax_path(bytes).or(long_name),
            // Attributes of all that follows: a comment, as `git archive` writes it.
            b'g' => {}
            b'5' => long_name = None,
            b'0' | 0 | b'7' => {
                if files.len() == files_max {
                    return Err(TarError::TooMany(files_max));
                }
                files.push(Entry { name: long_name.take().unwrap_or(header.name), bytes });
            }
            _ => return Err(TarError::NotAFile { name: long_name.take().unwrap_or(header.name) }),
        }
    }
    Err(TarError::TooMany(files_max))
}

struct Reader<'a> {
    archive: &'a [u8],
    at: usize,
}

struct Header {
    name: String,
    size: usize,
    kind: u8,
}

impl<'a> Reader<'a> {
    /// The next header; `None` at the end mark.
    fn header(&mut self) -> Result<Option<Header>, TarError> {
        let at = self.at;
        let block = self.take(BLOCK)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let wrong = || TarError::Header(at);
        let field = |from: usize, to: usize| block.get(from..to).unwrap_or_default();
        let sum = octal(field(148, 156)).ok_or_else(wrong)?;
        if sum != checksum(block) {
            return Err(wrong());
        }
        let prefix = if field(257, 262) == b"ustar" && field(262, 263) != b" " {
            text(field(345, 500))
        } else {
            String::new()
        };
        let name = text(field(0, 100));
        Ok(Some(Header {
            name: if prefix.is_empty() { name } else { format!("{prefix}/{name}") },
            size: octal(field(124, 136)).ok_or_else(wrong)?,
            kind: block.get(156).copied().unwrap_or_default(),
        }))
    }

    /// The bytes of a file, without the padding behind them.
    fn content(&mut self, size: usize) -> Result<&'a [u8], TarError> {
        let padded = size.checked_next_multiple_of(BLOCK).ok_or(TarError::CutOff)?;
        self.take(padded)?.get(..size).ok_or(TarError::CutOff)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], TarError> {
        let end = self.at.checked_add(count).ok_or(TarError::CutOff)?;
        let taken = self.archive.get(self.at..end).ok_or(TarError::CutOff)?;
        self.at = end;
        Ok(taken)
    }
}

/// The sum of all bytes, the sum's own field counted as spaces.
fn checksum(block: &[u8]) -> usize {
    let bytes = block.iter().enumerate();
    bytes.map(|(at, byte)| usize::from(if (148..156).contains(&at) { b' ' } else { *byte })).sum()
}

/// A number in octal digits, between spaces or up to a zero byte.
fn octal(field: &[u8]) -> Option<usize> {
    let text = text(field);
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    usize::from_str_radix(digits, 8).ok()
}

/// The text before the first zero byte.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len()).min(NAME_BYTES_MAX);
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

/// The `path` of pax attributes: lines of `length name=value`.
fn pax_path(mut attributes: &[u8]) -> Option<String> {
    let mut path = None;
    while let Some(space) = attributes.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(attributes.get(..space)?).ok()?.parse().ok()?;
        let line = attributes.get(space + 1..length.checked_sub(1)?)?;
        if let Some(value) = line.strip_prefix(b"path=") {
            path = Some(text(value));
        }
        attributes = attributes.get(length..)?;
    }
    path
}
