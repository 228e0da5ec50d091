//! Turns the text of a path into segments, within the limits of the folder.

use serde_json::Value;

use super::expression::{Comparison, Expression, Operand};
use super::reader::Reader;
use super::{Error, Expected, NESTING_MAX, SEGMENTS_MAX, Segment, Selector, TEXT_BYTES_MAX};

/// Reads a whole path. Blanks around it do not count.
pub(super) fn path(text: &str) -> Result<Vec<Segment>, Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong);
    }
    let mut parser = Parser { reader: Reader::new(text), segments: 0, depth: 0 };
    parser.reader.skip_blanks();
    if !parser.reader.take("$") && !parser.reader.take("@") {
        return Err(Error::NoRoot);
    }
    let segments = parser.segments()?;
    parser.reader.skip_blanks();
    if parser.reader.rest().is_empty() {
        return Ok(segments);
    }
    Err(parser.reader.expected(Expected::Segment))
}

struct Parser<'t> {
    reader: Reader<'t>,
    segments: usize,
    depth: usize,
}

impl Parser<'_> {
    fn segments(&mut self) -> Result<Vec<Segment>, Error> {
        let mut segments = Vec::new();
        while let Some(segment) = self.segment()? {
            self.segments += 1;
            if self.segments > SEGMENTS_MAX {
                return Err(Error::TooManySegments);
            }
            segments.push(segment);
        }
        Ok(segments)
    }

    /// The next segment, or nothing where the path ends.
    fn segment(&mut self) -> Result<Option<Segment>, Error> {
        if matches!(self.reader.rest().trim_start().chars().next(), Some('.' | '[')) {
            self.reader.skip_blanks();
        }
        if self.reader.take("..") {
            let selectors = if self.reader.take("*") {
                vec![Selector::Wildcard]
            } else if self.reader.take("[") {
                self.selectors()?
            } else {
                vec![Selector::Name(self.reader.dot_name()?)]
            };
            return Ok(Some(Segment::Descent(selectors)));
        }
        if self.reader.take(".") {
            if self.reader.take("*") {
                return Ok(Some(Segment::Child(Selector::Wildcard)));
            }
            return Ok(Some(Segment::Child(Selector::Name(self.reader.dot_name()?))));
        }
        if !self.reader.take("[") {
            return Ok(None);
        }
        let mut selectors = self.selectors()?;
        Ok(Some(match selectors.pop() {
            Some(only) if selectors.is_empty() => Segment::Child(only),
            last => {
                selectors.extend(last);
                Segment::Union(selectors)
            }
        }))
    }

    /// What stands between brackets, the closing one included.
    fn selectors(&mut self) -> Result<Vec<Selector>, Error> {
        let mut selectors = Vec::new();
        loop {
            self.reader.skip_blanks();
            selectors.push(self.selector()?);
            self.reader.skip_blanks();
            if self.reader.take("]") {
                return Ok(selectors);
            }
            if !self.reader.take(",") {
                return Err(self.reader.expected(Expected::Character(']')));
            }
            self.segments += 1;
            if self.segments > SEGMENTS_MAX {
                return Err(Error::TooManySegments);
            }
        }
    }

    fn selector(&mut self) -> Result<Selector, Error> {
        if self.reader.take("*") {
            return Ok(Selector::Wildcard);
        }
        if self.reader.take("?") {
            self.reader.skip_blanks();
            return self.nested(Self::or).map(Selector::Filter);
        }
        if self.reader.take("(") {
            return self.nested(Self::computed);
        }
        if let Some(name) = self.reader.quoted() {
            return Ok(Selector::Name(name?.into()));
        }
        if let Some(name) = self.reader.word() {
            return Ok(Selector::Name(name.into()));
        }
        self.index_or_slice()
    }

    fn computed(&mut self) -> Result<Selector, Error> {
        self.reader.skip_blanks();
        let operand = self.singular_operand()?;
        self.reader.skip_blanks();
        self.reader.require(')')?;
        Ok(Selector::Computed(operand))
    }

    fn index_or_slice(&mut self) -> Result<Selector, Error> {
        let start = self.reader.whole().transpose()?;
        self.reader.skip_blanks();
        if !self.reader.take(":") {
            return start
                .map(Selector::Index)
                .ok_or_else(|| self.reader.expected(Expected::Selector));
        }
        self.reader.skip_blanks();
        let end = self.reader.whole().transpose()?;
        self.reader.skip_blanks();
        let mut step = None;
        if self.reader.take(":") {
            self.reader.skip_blanks();
            step = self.reader.whole().transpose()?;
        }
        Ok(Selector::Slice { start, end, step: step.unwrap_or(1) })
    }

    fn or(&mut self) -> Result<Expression, Error> {
        let mut left = self.and()?;
        loop {
            self.reader.skip_blanks();
            if !self.reader.take("||") {
                return Ok(left);
            }
            self.count()?;
            self.reader.skip_blanks();
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
    }

    fn and(&mut self) -> Result<Expression, Error> {
        let mut left = self.basic()?;
        loop {
            self.reader.skip_blanks();
            if !self.reader.take("&&") {
                return Ok(left);
            }
            self.count()?;
            self.reader.skip_blanks();
            left = Expression::And(Box::new(left), Box::new(self.basic()?));
        }
    }

    /// INVARIANT: a chain of operators nests the expression as deep as it is long, so its length is limited as well.
    fn count(&mut self) -> Result<(), Error> {
        self.segments += 1;
        if self.segments > SEGMENTS_MAX { Err(Error::TooManySegments) } else { Ok(()) }
    }

    fn basic(&mut self) -> Result<Expression, Error> {
        if self.reader.rest().starts_with('!') && !self.reader.rest().starts_with("!=") {
            self.reader.take("!");
            self.reader.skip_blanks();
            let inner = self.nested(Self::basic)?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        if self.reader.take("(") {
            self.reader.skip_blanks();
            let inner = self.nested(Self::or)?;
            self.reader.skip_blanks();
            self.reader.require(')')?;
            return Ok(inner);
        }
        let left = self.operand()?;
        self.reader.skip_blanks();
        let Some(comparison) = self.comparison() else {
            return Ok(Expression::Exists(left));
        };
        if !left.is_singular() {
            return Err(Error::NotSingular { offset: self.reader.offset() });
        }
        self.reader.skip_blanks();
        let right = self.singular_operand()?;
        Ok(Expression::Compare(left, comparison, right))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let comparisons = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        comparisons.into_iter().find_map(|(token, found)| self.reader.take(token).then_some(found))
    }

    fn singular_operand(&mut self) -> Result<Operand, Error> {
        let operand = self.operand()?;
        if operand.is_singular() {
            return Ok(operand);
        }
        Err(Error::NotSingular { offset: self.reader.offset() })
    }

    fn operand(&mut self) -> Result<Operand, Error> {
        let is_from_root = self.reader.take("$");
        if is_from_root || self.reader.take("@") {
            let segments = self.nested(Self::segments)?;
            return Ok(Operand::Path { is_from_root, segments });
        }
        if let Some(text) = self.reader.quoted() {
            return Ok(Operand::Constant(Value::String(text?)));
        }
        if let Some(number) = self.reader.number() {
            return Ok(Operand::Constant(number?));
        }
        let error = self.reader.expected(Expected::Operand);
        match self.reader.word() {
            Some("true") => Ok(Operand::Constant(Value::Bool(true))),
            Some("false") => Ok(Operand::Constant(Value::Bool(false))),
            Some("null") => Ok(Operand::Constant(Value::Null)),
            Some(_) | None => Err(error),
        }
    }

    /// One level deeper, within [`NESTING_MAX`].
    fn nested<T>(&mut self, read: fn(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth == NESTING_MAX {
            return Err(Error::TooDeep);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}
