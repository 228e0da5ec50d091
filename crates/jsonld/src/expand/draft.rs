//! An object on the way: only when all members are read is it known to be a node, a value, a list or a set.

use serde_json::Value;

use super::{Expander, Expansion, Property};
use crate::context::{ActiveContext, Against, Direction, Expanded, Iri};
use crate::error::Error;
use crate::iri::Form;
use crate::keyword::Keyword;
use crate::rdf::Text;
use crate::tree::{Item, List, Literal, Node, Scalar};
use crate::uncovered::{Path, Reason};

/// A set of keywords.
#[derive(Copy, Clone, Default, PartialEq, Eq)]
struct Keywords(u32);

impl Keywords {
    const fn of(keywords: &[Keyword]) -> Self {
        let mut bits = 0;
        let mut rest = keywords;
        while let [keyword, after @ ..] = rest {
            bits |= 1 << (*keyword as u32);
            rest = after;
        }
        Self(bits)
    }

    fn has(self, keyword: Keyword) -> bool {
        self.0 & Self::of(&[keyword]).0 != 0
    }

    fn is_within(self, allowed: Self) -> bool {
        self.0 & !allowed.0 == 0
    }
}

const OF_VALUES: Keywords = Keywords::of(&[
    Keyword::Value,
    Keyword::Direction,
    Keyword::Index,
    Keyword::Language,
    Keyword::Type,
]);
const OF_LISTS: Keywords = Keywords::of(&[Keyword::List, Keyword::Index]);
const OF_SETS: Keywords = Keywords::of(&[Keyword::Set, Keyword::Index]);

/// What the members of an object have said so far.
#[derive(Default)]
pub(super) struct Draft<'a> {
    pub(super) node: Node<'a>,
    seen: Keywords,
    /// `@value`.
    pub(super) value: Option<&'a Value>,
    /// The first `@type`, which decides whether the value is JSON.
    pub(super) first_type: Option<&'a Value>,
    pub(super) language: Option<Text<'a>>,
    pub(super) direction: Option<Direction>,
    pub(super) list: Option<Vec<Item<'a>>>,
    pub(super) set: Option<Expansion<'a>>,
}

impl Draft<'_> {
    /// Notes a keyword, which may occur once under all its names.
    pub(super) fn see(&mut self, keyword: Keyword) -> Result<(), Error> {
        let may_repeat = matches!(keyword, Keyword::Type | Keyword::Included);
        if self.seen.has(keyword) && !may_repeat {
            return Err(Error::CollidingKeywords { keyword: keyword.as_str() });
        }
        self.seen.0 |= Keywords::of(&[keyword]).0;
        Ok(())
    }

    fn has_only(&self, allowed: Keywords) -> bool {
        let has_reverse = self.node.rare.as_ref().is_some_and(|rare| !rare.reverse.is_empty());
        self.seen.is_within(allowed) && self.node.members.is_empty() && !has_reverse
    }
}

impl<'a> Expander<'a, '_, '_> {
    /// Decides what the object is.
    pub(super) fn finish(
        &mut self,
        mut draft: Draft<'a>,
        type_scoped: &ActiveContext,
        property: Property<'_>,
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        if draft.seen.has(Keyword::Value) {
            let literal = self.finish_value(draft, type_scoped, path)?;
            return Ok(match literal {
                Some(_) if property.is_top() => {
                    self.report(path, Reason::FreeFloating)?;
                    Expansion::Null
                }
                Some(literal) => Expansion::One(Item::Literal(Box::new(literal))),
                None => Expansion::Null,
            });
        }
        if let Some(items) = draft.list.take() {
            if !draft.has_only(OF_LISTS) {
                return Err(Error::InvalidSetOrListObject);
            }
            let index = draft.node.rare.take().and_then(|rare| rare.index);
            return Ok(Expansion::One(Item::List(Box::new(List { items, index }))));
        }
        if let Some(set) = draft.set.take() {
            if !draft.has_only(OF_SETS) {
                return Err(Error::InvalidSetOrListObject);
            }
            return Ok(set);
        }
        self.finish_node(draft, property, path)
    }

    fn finish_node(
        &mut self,
        draft: Draft<'a>,
        property: Property<'_>,
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        let is_empty = draft.has_only(Keywords::default());
        if draft.has_only(Keywords::of(&[Keyword::Language])) && !is_empty {
            return Ok(Expansion::Null);
        }
        if property.is_top() && (is_empty || draft.has_only(Keywords::of(&[Keyword::Id]))) {
            return Ok(Expansion::Null);
        }
        let node = draft.node;
        match &node.id {
            Some(id) if !id.is_resource() && node.has_statements() => {
                self.report(path, Reason::RelativeId)?;
            }
            Some(id) => self.report_reference(id, path)?,
            None => {}
        }
        if node.types.iter().flatten().any(|iri| &*iri.text == "@json") {
            self.report(path, Reason::RelativeReference)?;
        }
        Ok(Expansion::One(Item::Node(Box::new(node))))
    }

    /// A value object; none if the value is null.
    fn finish_value(
        &mut self,
        draft: Draft<'a>,
        type_scoped: &ActiveContext,
        path: Path<'_>,
    ) -> Result<Option<Literal<'a>>, Error> {
        if !draft.has_only(OF_VALUES) {
            return Err(Error::InvalidValueObject);
        }
        let is_typed = draft.seen.has(Keyword::Type);
        if is_typed && (draft.language.is_some() || draft.direction.is_some()) {
            return Err(Error::InvalidValueObject);
        }
        let index = draft.node.rare.and_then(|rare| rare.index);
        let value = draft.value.unwrap_or(&Value::Null);
        if self.is_json_type(type_scoped, draft.first_type) {
            return Ok(Some(Literal { index, ..self.json(value, path)? }));
        }
        let scalar = match value {
            Value::Null => return Ok(None),
            value => Scalar::of(value).ok_or(Error::InvalidValueObjectValue)?,
        };
        if draft.language.is_some() && !matches!(scalar, Scalar::Text(_)) {
            return Err(Error::InvalidLanguageTaggedValue);
        }
        let datatype = draft.first_type.filter(|value| !value.is_null());
        self.report_number(&scalar, path)?;
        let literal = Literal {
            scalar,
            datatype: match draft.node.types {
                None => None,
                Some(types) => Some(single_datatype(types, datatype)?),
            },
            language: draft.language,
            direction: draft.direction,
            index,
        };
        self.report_language(&literal, path)?;
        Ok(Some(literal))
    }

    /// Whether the type says that the value is JSON: the last of the first `@type` decides.
    pub(super) fn is_json_type(&self, type_scoped: &ActiveContext, value: Option<&Value>) -> bool {
        let last = match value {
            Some(Value::Array(types)) => types.last(),
            value => value,
        };
        let Some(Value::String(text)) = last else { return false };
        let base = self.session.document_base;
        type_scoped.meaning.expand_iri(text, Against::VocabOrBase, base)
            == Expanded::Keyword(Keyword::Json)
    }
}

/// The type of a value: one IRI, written as a string.
fn single_datatype<'a>(types: Vec<Iri<'a>>, written: Option<&Value>) -> Result<Iri<'a>, Error> {
    if !written.is_some_and(Value::is_string) {
        return Err(Error::InvalidTypedValue);
    }
    let mut types = types.into_iter();
    match (types.next(), types.next()) {
        (Some(datatype), None) if datatype.form == Form::Absolute => Ok(datatype),
        (Some(_) | None, Some(_) | None) => Err(Error::InvalidTypedValue),
    }
}
