//! Expands one member of an object.
//!
//! [JSON-LD 1.1 API §5.1.2](https://www.w3.org/TR/json-ld11-api/#algorithm-3), step 13.

use std::sync::Arc;

use serde_json::Value;

use super::draft::Draft;
use super::node::Scope;
use super::{Around, Expander, Expansion, Property, is_json};
use crate::context::{Against, Container, Direction, Expanded, Iri, Term};
use crate::error::Error;
use crate::iri::Form;
use crate::keyword::Keyword;
use crate::rdf::Text;
use crate::tree::{Id, Item, Member};
use crate::uncovered::{Path, Reason};

/// The members that only nest, to be read after the others.
pub(super) type Nests<'a> = Vec<(&'a str, &'a Value)>;

impl<'a> Expander<'a, '_, '_> {
    pub(super) fn member(
        &mut self,
        scope: Scope<'_>,
        (name, value): (&'a str, &'a Value),
        draft: &mut Draft<'a>,
        nests: &mut Nests<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let meaning = &scope.active.meaning;
        let term = if name.starts_with('@') { None } else { meaning.find(name) };
        let expanded = match term {
            Some(term) => Expanded::of_term(term),
            None => self.iri(scope.active, name, Against::Vocab)?,
        };
        let inner = path.member(name);
        match expanded {
            Expanded::Keyword(Keyword::Nest) => {
                check_below_reverse(scope)?;
                nests.push((name, value));
                Ok(())
            }
            Expanded::Keyword(keyword) => self.keyword(scope, (keyword, value), draft, inner),
            Expanded::Iri(iri) if iri.form != Form::Relative || iri.text.contains(':') => {
                if iri.form != Form::Absolute {
                    self.report_undefined(value, inner)?;
                }
                self.property(scope, Named { name, iri, term }, value, draft, inner)
            }
            Expanded::Iri(_) | Expanded::Null => self.report_undefined(value, inner),
        }
    }

    /// A member that is null claims nothing.
    fn report_undefined(&mut self, value: &Value, path: Path<'_>) -> Result<(), Error> {
        if value.is_null() { Ok(()) } else { self.report(path, Reason::UndefinedProperty) }
    }
}
/// A member whose name is an IRI.
struct Named<'a, 'x> {
    name: &'a str,
    iri: Iri<'a>,
    term: Option<&'x Arc<Term>>,
}

impl<'a> Expander<'a, '_, '_> {
    /// A member whose name is, or stands for, a keyword.
    fn keyword(
        &mut self,
        scope: Scope<'_>,
        (keyword, value): (Keyword, &'a Value),
        draft: &mut Draft<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        check_below_reverse(scope)?;
        let below = |property| Around { active: scope.active, property, is_from_map: false };
        match keyword {
            Keyword::List if scope.property.is_top() => {
                return self.report(path, Reason::FreeFloating);
            }
            // These have a meaning in contexts only.
            Keyword::Base
            | Keyword::Container
            | Keyword::Context
            | Keyword::Import
            | Keyword::Json
            | Keyword::Nest
            | Keyword::None
            | Keyword::Prefix
            | Keyword::Propagate
            | Keyword::Protected
            | Keyword::Version
            | Keyword::Vocab => return self.report_undefined(value, path),
            Keyword::Value => draft.value = Some(value),
            Keyword::Language => draft.language = Some(language(value)?),
            Keyword::Direction => draft.direction = Some(direction(value)?),
            Keyword::Index => {
                draft.node.rare().index = Some(index(value)?);
                self.report(path, Reason::Index)?;
            }
            Keyword::Id => draft.node.id = Some(self.id(scope, value)?),
            Keyword::Type => self.types(scope, value, draft, path)?,
            Keyword::Graph => {
                let items = self.element(below(Property::Graph), value, path)?.into_items();
                draft.node.rare().graph = Some(items);
            }
            Keyword::Included => {
                let items = self.element(below(Property::Included), value, path)?.into_items();
                include(items, draft)?;
            }
            Keyword::Reverse => {
                let Value::Object(_) = value else { return Err(Error::InvalidReverseValue) };
                reverse(self.element(below(Property::Reverse), value, path)?, draft)?;
            }
            Keyword::List => {
                draft.list = Some(self.element(below(scope.property), value, path)?.into_items());
            }
            Keyword::Set => draft.set = Some(self.element(below(scope.property), value, path)?),
        }
        draft.see(keyword)
    }

    fn id(&mut self, scope: Scope<'_>, value: &'a Value) -> Result<Id<'a>, Error> {
        let Value::String(text) = value else { return Err(Error::InvalidIdValue) };
        let id = self.iri(scope.active, text, Against::Base)?;
        Ok(id.into_iri().map_or(Id::Null, Id::Iri))
    }

    fn types(
        &mut self,
        scope: Scope<'_>,
        value: &'a Value,
        draft: &mut Draft<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let types = match value {
            Value::Array(types) => types.as_slice(),
            value => std::slice::from_ref(value),
        };
        let mut expanded = draft.node.types.take().unwrap_or_default();
        expanded.reserve(types.len());
        for (index, name) in types.iter().enumerate() {
            let name = name.as_str().ok_or(Error::InvalidTypeValue)?;
            let iri = self.iri(scope.type_scoped, name, Against::VocabOrBase)?.into_iri();
            // An undefined type is kept in RDF, as the relative IRI that it is.
            let is_lost = iri.as_ref().is_none_or(|iri| iri.form == Form::Malformed);
            // `@json` is the type of a value; it is lost only if this turns out to be a node.
            let is_json = iri.as_ref().is_some_and(|iri| &*iri.text == "@json");
            let path = if value.is_array() { path.index(index) } else { path };
            if is_lost && !is_json {
                self.report(path, Reason::RelativeReference)?;
            }
            if iri.as_ref().is_some_and(|iri| iri.form == Form::Blank) {
                self.report(path, Reason::BlankNodeId)?;
            }
            expanded.extend(iri);
        }
        draft.node.types = Some(expanded);
        Ok(())
    }

    /// A member whose name is an IRI.
    fn property(
        &mut self,
        scope: Scope<'_>,
        named: Named<'a, '_>,
        value: &'a Value,
        draft: &mut Draft<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let Named { name, iri, term } = named;
        let container = term.map_or(Container::default(), |term| term.container);
        let expansion = match (value, term) {
            (_, Some(_)) if is_json(term) => {
                Expansion::One(Item::Literal(Box::new(self.json(value, path)?)))
            }
            (Value::Object(map), Some(term)) if container.has(Container::LANGUAGE) => {
                self.language_map(scope.active, term, map, path)?
            }
            (Value::Object(map), Some(term)) if container.has(Container::MAPS) => {
                self.index_map(scope.active, (name, term), map, path)?
            }
            _ => {
                let property = Property::Member(name, term);
                let around = Around { active: scope.active, property, is_from_map: false };
                self.element(around, value, path)?
            }
        };
        let Some(expansion) = pack(expansion, container) else { return Ok(()) };
        if term.is_some_and(|term| term.is_reverse) {
            for item in expansion.into_items() {
                if !matches!(item, Item::Node(_)) {
                    return Err(Error::InvalidReversePropertyValue);
                }
                self.charge(iri.text.len())?;
                let member = Member { property: iri.clone(), item: Some(item) };
                draft.node.rare().reverse.push(member);
            }
            return Ok(());
        }
        if let Expansion::Many(items) = &expansion {
            self.charge(iri.text.len().saturating_mul(items.len()))?;
        }
        add(&mut draft.node.members, iri, expansion);
        Ok(())
    }
}

/// Adds the values of a property.
fn add<'a>(members: &mut Vec<Member<'a>>, property: Iri<'a>, expansion: Expansion<'a>) {
    match expansion {
        Expansion::Null => {}
        Expansion::One(item) => members.push(Member { property, item: Some(item) }),
        Expansion::Many(items) if items.is_empty() => {
            members.push(Member { property, item: None });
        }
        Expansion::Many(items) => {
            for item in items {
                members.push(Member { property: property.clone(), item: Some(item) });
            }
        }
    }
}

/// Puts values into the list or the graphs that the container asks for. None if there is no value at all.
fn pack(expansion: Expansion<'_>, container: Container) -> Option<Expansion<'_>> {
    let expansion = match expansion {
        Expansion::Null => return None,
        Expansion::One(item) if container.has(Container::LIST) && !item.is_list() => {
            Expansion::One(Item::list(vec![item]))
        }
        Expansion::Many(items) if container.has(Container::LIST) => {
            Expansion::One(Item::list(items))
        }
        other => other,
    };
    if !container.has(Container::GRAPH) || container.has(Container::NAMED_GRAPHS) {
        return Some(expansion);
    }
    let graphs = expansion.into_items().into_iter().map(|item| Item::graph(vec![item]));
    Some(Expansion::Many(graphs.collect()))
}

fn language(value: &Value) -> Result<Text<'_>, Error> {
    value.as_str().map(Text::Borrowed).ok_or(Error::InvalidLanguageTaggedString)
}

fn direction(value: &Value) -> Result<Direction, Error> {
    value.as_str().and_then(Direction::parse).ok_or(Error::InvalidBaseDirection)
}

fn index(value: &Value) -> Result<Text<'_>, Error> {
    value.as_str().map(Text::Borrowed).ok_or(Error::InvalidIndexValue)
}

/// Takes over what `@included` holds: nodes.
fn include<'a>(items: Vec<Item<'a>>, draft: &mut Draft<'a>) -> Result<(), Error> {
    if !items.iter().all(|item| matches!(item, Item::Node(_))) {
        return Err(Error::InvalidIncludedValue);
    }
    draft.node.rare().included.get_or_insert_default().extend(items);
    Ok(())
}

/// Takes over what `@reverse` holds: its members point here, and those that were reversed twice point from here.
fn reverse<'a>(expansion: Expansion<'a>, draft: &mut Draft<'a>) -> Result<(), Error> {
    let Expansion::One(Item::Node(inner)) = expansion else { return Ok(()) };
    for member in inner.members {
        if member.item.as_ref().is_some_and(|item| !matches!(item, Item::Node(_))) {
            return Err(Error::InvalidReversePropertyValue);
        }
        draft.node.rare().reverse.push(member);
    }
    if let Some(rare) = inner.rare {
        draft.node.members.extend(rare.reverse);
    }
    Ok(())
}

fn check_below_reverse(scope: Scope<'_>) -> Result<(), Error> {
    if matches!(scope.property, Property::Reverse) {
        return Err(Error::InvalidReversePropertyMap);
    }
    Ok(())
}
