//! Reads the tokens of a path: names, quoted texts, numbers.

use serde_json::{Number, Value};

use super::{Error, Expected};

/// RFC 9535 §2.1: whole numbers stay within what every JSON implementation can hold.
const NUMBER_MAX: i64 = (1 << 53) - 1;

/// A place in the text of a path.
pub(super) struct Reader<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, offset: 0 }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes a text if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.offset += token.len();
        }
        is_next
    }

    pub(super) fn require(&mut self, character: char) -> Result<(), Error> {
        if self.peek() == Some(character) {
            self.offset += character.len_utf8();
            return Ok(());
        }
        Err(self.expected(Expected::Character(character)))
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t' | '\n' | '\r'));
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn expected(&self, expected: Expected) -> Error {
        Error::Expected { expected, offset: self.offset }
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|character| !accepts(character)).unwrap_or(rest.len());
        self.offset += end;
        rest.get(..end).unwrap_or_default()
    }

    /// A name after a dot: anything up to a character that has a meaning in paths. `@context` and `x-y` are names.
    pub(super) fn dot_name(&mut self) -> Result<Box<str>, Error> {
        let name = self.take_while(|character| {
            !character.is_whitespace()
                && !character.is_control()
                && !matches!(
                    character,
                    '.' | '['
                        | ']'
                        | '('
                        | ')'
                        | '\''
                        | '"'
                        | '`'
                        | ','
                        | '='
                        | '!'
                        | '<'
                        | '>'
                        | '&'
                        | '|'
                        | '?'
                        | '*'
                        | '~'
                        | '\\'
                        | '{'
                        | '}'
                        | '$'
                )
        });
        if name.is_empty() { Err(self.expected(Expected::Name)) } else { Ok(name.into()) }
    }

    /// A name in brackets without quotes, or the word of a constant.
    pub(super) fn word(&mut self) -> Option<&'t str> {
        if !self.peek()?.is_alphabetic() && self.peek()? != '_' {
            return None;
        }
        let is_part =
            |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
        Some(self.take_while(is_part))
    }

    /// A text in double quotes, backticks or single quotes, if a quote comes next.
    pub(super) fn quoted(&mut self) -> Option<Result<String, Error>> {
        let quote = self.peek().filter(|quote| matches!(quote, '"' | '`' | '\''))?;
        Some(self.quoted_by(quote))
    }

    fn quoted_by(&mut self, quote: char) -> Result<String, Error> {
        self.require(quote)?;
        let mut text = String::new();
        loop {
            let character = self.peek().ok_or_else(|| self.expected(Expected::Text))?;
            if character == quote {
                self.offset += quote.len_utf8();
                return Ok(text);
            }
            if character == '\\' && quote != '`' {
                self.offset += 1;
                text.push(self.escaped(quote)?);
            } else if character < ' ' {
                return Err(self.expected(Expected::Text));
            } else {
                self.offset += character.len_utf8();
                text.push(character);
            }
        }
    }

    fn escaped(&mut self, quote: char) -> Result<char, Error> {
        let character = self.peek().ok_or_else(|| self.expected(Expected::Text))?;
        let unescaped = match character {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' | '\\' => character,
            'u' => return self.unicode(),
            _ if character == quote => quote,
            _ => return Err(self.expected(Expected::Text)),
        };
        self.offset += 1;
        Ok(unescaped)
    }

    fn unicode(&mut self) -> Result<char, Error> {
        let error = self.expected(Expected::Text);
        let high = self.code_unit().ok_or(error)?;
        if let Some(character) = char::from_u32(high) {
            return Ok(character);
        }
        if !self.take("\\") || !(0xD800..0xDC00).contains(&high) {
            return Err(error);
        }
        let low = self.code_unit().filter(|low| (0xDC00..0xE000).contains(low)).ok_or(error)?;
        char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or(error)
    }

    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.rest().strip_prefix('u')?.get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.offset += 5;
        u32::from_str_radix(digits, 16).ok()
    }

    /// A whole number, if a digit or a minus sign comes next.
    pub(super) fn whole(&mut self) -> Option<Result<i64, Error>> {
        self.peek().filter(|character| character.is_ascii_digit() || *character == '-')?;
        let error = self.expected(Expected::Number);
        let is_negative = self.take("-");
        let digits = self.take_while(|character| character.is_ascii_digit());
        // RFC 9535 §2.1: no leading zeros, no `-0`.
        let is_canonical =
            !digits.is_empty() && (!digits.starts_with('0') || digits == "0" && !is_negative);
        let number =
            digits.parse::<i64>().ok().filter(|number| is_canonical && *number <= NUMBER_MAX);
        Some(number.map(|number| if is_negative { -number } else { number }).ok_or(error))
    }

    /// A JSON number, if a digit or a minus sign comes next.
    pub(super) fn number(&mut self) -> Option<Result<Value, Error>> {
        self.peek().filter(|character| character.is_ascii_digit() || *character == '-')?;
        let error = self.expected(Expected::Number);
        let is_part =
            |character: char| matches!(character, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
        let number = self.take_while(is_part).parse::<Number>();
        Some(number.map(Value::Number).map_err(|_| error))
    }
}
