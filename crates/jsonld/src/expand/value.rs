//! Value expansion: what a bare scalar means as the value of a property.
//!
//! [JSON-LD 1.1 API §5.3](https://www.w3.org/TR/json-ld11-api/#value-expansion).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::Expander;
use crate::context::{ActiveContext, Against, Coercion, Iri, Term};
use crate::error::Error;
use crate::iri::Form;
use crate::rdf::Text;
use crate::tree::{Id, Item, Literal, Node, Scalar};
use crate::uncovered::{Path, Reason};
use crate::{DEPTH_MAX, number};

impl<'a> Expander<'a, '_, '_> {
    /// Expands a string, number or boolean.
    pub(super) fn value(
        &mut self,
        active: &ActiveContext,
        term: Option<&Arc<Term>>,
        scalar: Scalar<'a>,
        path: Path<'_>,
    ) -> Result<Item<'a>, Error> {
        let coercion = term.and_then(|term| term.coercion.as_ref());
        if let Scalar::Text(text) = scalar {
            match coercion {
                Some(Coercion::Id) => return self.reference(active, text, Against::Base, path),
                Some(Coercion::Vocab) => {
                    return self.reference(active, text, Against::VocabOrBase, path);
                }
                Some(Coercion::Json | Coercion::None | Coercion::Datatype(..)) | None => {}
            }
        }
        self.report_number(&scalar, path)?;
        let mut literal = Literal::plain(scalar);
        match coercion {
            Some(Coercion::Datatype(datatype, form)) => {
                let text = Text::Shared(Arc::clone(datatype));
                self.charge(text.len())?;
                literal.datatype = Some(Iri { text, form: *form });
                if *form == Form::Malformed {
                    self.report(path, Reason::RelativeReference)?;
                }
            }
            Some(Coercion::Json) => {
                self.report(path, Reason::JsonLiteralNotObject)?;
                literal.scalar = Scalar::Json(Cow::Owned(literal.scalar.to_json()));
            }
            Some(Coercion::Id | Coercion::Vocab | Coercion::None) | None => {
                if matches!(literal.scalar, Scalar::Text(_)) {
                    self.add_language(active, term, &mut literal, path)?;
                }
            }
        }
        Ok(Item::Literal(Box::new(literal)))
    }

    /// The language and direction of a text that says nothing about them.
    pub(super) fn add_language(
        &mut self,
        active: &ActiveContext,
        term: Option<&Arc<Term>>,
        literal: &mut Literal<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let meaning = &active.meaning;
        literal.language = match term {
            Some(term) => term.language.or(meaning.language.as_ref()),
            None => meaning.language.clone(),
        }
        .map(Text::Shared);
        literal.direction = match term {
            Some(term) => term.direction.or(meaning.direction.as_ref()),
            None => meaning.direction,
        };
        self.report_language(literal, path)
    }

    fn reference(
        &mut self,
        active: &ActiveContext,
        text: &'a str,
        against: Against,
        path: Path<'_>,
    ) -> Result<Item<'a>, Error> {
        let id = self.iri(active, text, against)?.into_iri().map_or(Id::Null, Id::Iri);
        self.report_reference(&id, path)?;
        Ok(Item::Node(Box::new(Node { id: Some(id), ..Node::default() })))
    }

    /// Says which parts of a literal do not get into RDF.
    pub(super) fn report_language(
        &mut self,
        literal: &Literal<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        if let Some(language) = &literal.language {
            self.charge(language.len())?;
            if !is_language_tag(language) {
                self.report(path, Reason::MalformedLanguage)?;
            }
        }
        if literal.direction.is_some() && !self.keeps_direction {
            self.report(path, Reason::Direction)?;
        }
        Ok(())
    }

    /// Says that an id does not get into RDF, or not as it is.
    pub(super) fn report_reference(&mut self, id: &Id<'a>, path: Path<'_>) -> Result<(), Error> {
        match id {
            Id::Iri(iri) if iri.form == Form::Absolute => Ok(()),
            Id::Iri(iri) if iri.form == Form::Blank => self.report(path, Reason::BlankNodeId),
            Id::Iri(_) | Id::Null => self.report(path, Reason::RelativeReference),
        }
    }

    /// Says that a number does not get into RDF as it is.
    pub(super) fn report_number(
        &mut self,
        scalar: &Scalar<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        match scalar {
            Scalar::Number(number) if !number::is_exact(number) => {
                self.report(path, Reason::InexactNumber)
            }
            Scalar::Text(_) | Scalar::Number(_) | Scalar::Boolean(_) | Scalar::Json(_) => Ok(()),
        }
    }

    /// A value that is JSON and nothing more.
    pub(super) fn json(&mut self, value: &'a Value, path: Path<'_>) -> Result<Literal<'a>, Error> {
        if !value.is_object() {
            self.report(path, Reason::JsonLiteralNotObject)?;
        }
        if !is_exact(value, DEPTH_MAX)? {
            self.report(path, Reason::InexactNumber)?;
        }
        Ok(Literal::plain(Scalar::Json(Cow::Borrowed(value))))
    }
}

/// Whether all numbers in a JSON literal are 64-bit floats.
fn is_exact(value: &Value, depth_left: usize) -> Result<bool, Error> {
    let depth_left = depth_left.checked_sub(1).ok_or(Error::TooDeep)?;
    let and_exact = |exact, value| Ok(is_exact(value, depth_left)? && exact);
    match value {
        Value::Number(number) => Ok(number::is_exact(number)),
        Value::Array(items) => items.iter().try_fold(true, and_exact),
        Value::Object(members) => members.values().try_fold(true, and_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(true),
    }
}

/// Whether a language tag may stand in RDF: `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`.
pub(crate) fn is_language_tag(tag: &str) -> bool {
    tag.split('-').enumerate().all(|(index, part)| {
        (1..=8).contains(&part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit()))
    })
}
