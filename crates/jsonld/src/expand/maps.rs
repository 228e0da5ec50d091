//! Expands values that are packed as maps: by language, index, id or type.
//!
//! [JSON-LD 1.1 API §5.1.2](https://www.w3.org/TR/json-ld11-api/#algorithm-3), steps 13.7 and 13.8.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Around, Expander, Expansion, Property};
use crate::context::{ActiveContext, Against, Container, Expanded, Iri, Term};
use crate::error::Error;
use crate::iri::Form;
use crate::keyword::Keyword;
use crate::rdf::Text;
use crate::tree::{Id, Item, Literal, Member, Scalar};
use crate::uncovered::{Path, Reason};

impl<'a> Expander<'a, '_, '_> {
    pub(super) fn language_map(
        &mut self,
        active: &ActiveContext,
        term: &Term,
        map: &'a Map<String, Value>,
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        let mut items = Vec::new();
        for (language, value) in map {
            let path = path.member(language);
            let values = match value {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            let expanded = self.iri(active, language, Against::Vocab)?;
            let is_none = expanded == Expanded::Keyword(Keyword::None);
            for value in values {
                self.count_element()?;
                let text = match value {
                    Value::Null => continue,
                    Value::String(text) => text.as_str(),
                    Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                        return Err(Error::InvalidLanguageMapValue);
                    }
                };
                let mut literal = Literal::plain(Scalar::Text(text));
                literal.language = (!is_none).then_some(Text::Borrowed(language));
                literal.direction = term.direction.or(active.meaning.direction.as_ref());
                self.report_language(&literal, path)?;
                items.push(Item::Literal(Box::new(literal)));
            }
        }
        Ok(Expansion::Many(items))
    }

    /// A map by index, id or type.
    pub(super) fn index_map(
        &mut self,
        active: &Arc<ActiveContext>,
        (name, term): (&'a str, &Arc<Term>),
        map: &'a Map<String, Value>,
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        let mut items = Vec::new();
        for (index, value) in map {
            let path = path.member(index);
            let map_context = self.map_context(active, term.container, index)?;
            let property = Property::Member(name, map_context.meaning.find(name));
            let around = Around { active: &map_context, property, is_from_map: true };
            let expanded = self.iri(active, index, Against::Vocab)?;
            let is_none = expanded == Expanded::Keyword(Keyword::None);
            for mut item in self.element(around, value, path)?.into_items() {
                if term.container.has(Container::GRAPH) && !item.is_graph() {
                    item = Item::graph(vec![item]);
                }
                if !is_none {
                    self.mark(active, term, (index, &expanded), &mut item, path)?;
                }
                items.push(item);
            }
        }
        Ok(Expansion::Many(items))
    }

    /// The context for the values under one key.
    fn map_context(
        &mut self,
        active: &Arc<ActiveContext>,
        container: Container,
        index: &str,
    ) -> Result<Arc<ActiveContext>, Error> {
        if !container.has(Container::ID) && !container.has(Container::TYPE) {
            return Ok(Arc::clone(active));
        }
        let context = Arc::clone(active.meaning.previous.as_ref().unwrap_or(active));
        if container.has(Container::TYPE)
            && let Some(term) = context.meaning.find(index)
            && let Some(scoped) = &term.scoped
        {
            return self.session.enter_type(&context, scoped);
        }
        Ok(context)
    }

    /// Writes the key of the map into the value.
    fn mark(
        &mut self,
        active: &Arc<ActiveContext>,
        term: &Term,
        (index, expanded): (&'a str, &Expanded<'a>),
        item: &mut Item<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        self.charge(index.len())?;
        if term.container.has(Container::INDEX) {
            let Some(key) = &term.index else {
                item.index_by(index);
                return self.report(path, Reason::Index);
            };
            return self.mark_property(active, key, index, item, path);
        }
        let Item::Node(node) = item else { return Ok(()) };
        if term.container.has(Container::ID) {
            if node.id.is_none() {
                let id = self.iri(active, index, Against::Base)?;
                let id = id.into_iri().map_or(Id::Null, Id::Iri);
                if id.is_resource() {
                    self.report_reference(&id, path)?;
                } else {
                    self.report(path, Reason::RelativeId)?;
                }
                node.id = Some(id);
            }
        } else if let Some(iri) = expanded.clone().into_iri() {
            self.charge(iri.text.len())?;
            if iri.form == Form::Malformed {
                self.report(path, Reason::RelativeReference)?;
            }
            node.types.get_or_insert_default().insert(0, iri);
        } else {
            self.report(path, Reason::RelativeReference)?;
        }
        Ok(())
    }

    /// The key of the map becomes the value of a property.
    fn mark_property(
        &mut self,
        active: &Arc<ActiveContext>,
        key: &Arc<str>,
        index: &'a str,
        item: &mut Item<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let term = active.meaning.find(key);
        let value = self.value(active, term, Scalar::Text(index), path)?;
        let Item::Node(node) = item else { return Err(Error::InvalidValueObject) };
        let base = self.session.document_base;
        let iri = match active.meaning.expand_iri(key, Against::Vocab, base) {
            Expanded::Iri(iri) => Iri { text: Text::Owned(iri.text.to_string()), form: iri.form },
            Expanded::Keyword(_) | Expanded::Null => return Ok(()),
        };
        self.charge(iri.text.len())?;
        if iri.form != Form::Absolute {
            self.report(path, Reason::UndefinedProperty)?;
        }
        node.members.insert(0, Member { property: iri, item: Some(value) });
        Ok(())
    }
}
