//! Expansion: a document without its contexts, every name an IRI.
//!
//! Also finds what is lost on the way to RDF, because only here it is known where in the document a value stands.
//!
//! [JSON-LD 1.1 API §5](https://www.w3.org/TR/json-ld11-api/#expansion-algorithms).

use std::sync::Arc;

use serde_json::Value;

mod draft;
mod enter;
mod maps;
mod member;
mod node;
mod print;
mod value;
pub(crate) use value::is_language_tag;

pub(crate) use print::print;

use crate::context::{ActiveContext, Against, Coercion, Container, Expanded, Session, Term};
use crate::error::Error;
use crate::tree::{Item, Scalar};
use crate::uncovered::{Path, Reason, Uncovered};
use crate::{DEPTH_MAX, ELEMENTS_MAX, TEXT_BYTES_MAX, UNCOVERED_BYTES_MAX};

/// What the value at hand is the value of.
#[derive(Copy, Clone)]
enum Property<'x> {
    /// Of nothing: the top of the document.
    None,
    /// Of `@graph`.
    Graph,
    /// Of `@included`.
    Included,
    /// Of `@reverse`.
    Reverse,
    /// Of a member, with the definition of its name in the context around the value.
    Member(&'x str, Option<&'x Arc<Term>>),
}

impl<'x> Property<'x> {
    fn term(self) -> Option<&'x Arc<Term>> {
        match self {
            Self::Member(_, term) => term,
            Self::None | Self::Graph | Self::Included | Self::Reverse => None,
        }
    }

    /// Whether values and lists have nothing to hang on.
    fn is_top(self) -> bool {
        matches!(self, Self::None | Self::Graph)
    }

    fn has_container(self, container: Container) -> bool {
        self.term().is_some_and(|term| term.container.has(container))
    }
}

/// What surrounds a value.
#[derive(Copy, Clone)]
struct Around<'x> {
    active: &'x Arc<ActiveContext>,
    property: Property<'x>,
    /// Whether it is a value of an index, id or type map.
    is_from_map: bool,
}

/// What a value expands to.
enum Expansion<'a> {
    Null,
    One(Item<'a>),
    Many(Vec<Item<'a>>),
}

impl<'a> Expansion<'a> {
    fn into_items(self) -> Vec<Item<'a>> {
        match self {
            Self::Null => Vec::new(),
            Self::One(item) => vec![item],
            Self::Many(items) => items,
        }
    }
}

/// An expanded document.
pub(crate) struct Document<'a> {
    pub(crate) items: Vec<Item<'a>>,
    /// How many values it has.
    pub(crate) elements: usize,
    pub(crate) uncovered: Vec<Uncovered>,
}

/// Expands one document.
pub(crate) struct Expander<'a, 's, 'p> {
    session: &'s mut Session<'p>,
    /// A top-level member that is left out.
    without: Option<&'a str>,
    elements: usize,
    bytes: usize,
    uncovered_bytes: usize,
    /// Whether directions get into RDF.
    keeps_direction: bool,
    uncovered: Vec<Uncovered>,
}

impl<'a, 's, 'p> Expander<'a, 's, 'p> {
    pub(crate) fn new(
        session: &'s mut Session<'p>,
        without: Option<&'a str>,
        keeps_direction: bool,
    ) -> Self {
        Self {
            session,
            without,
            elements: 0,
            bytes: 0,
            uncovered_bytes: 0,
            keeps_direction,
            uncovered: Vec::new(),
        }
    }

    /// Expands the document in a context. The top is always a list.
    pub(crate) fn document(
        mut self,
        active: &Arc<ActiveContext>,
        value: &'a Value,
    ) -> Result<Document<'a>, Error> {
        let around = Around { active, property: Property::None, is_from_map: false };
        let mut items = self.element(around, value, Path::ROOT)?.into_items();
        // A document that is nothing but a graph is the default graph.
        if !value.is_array()
            && let [Item::Node(node)] = items.as_mut_slice()
            && node.id.is_none()
            && node.types.is_none()
            && node.members.is_empty()
            && let Some(rare) = node.rare.as_mut()
            && rare.included.is_none()
            && rare.reverse.is_empty()
            && rare.index.is_none()
            && let Some(graph) = rare.graph.take()
        {
            items = graph;
        }
        Ok(Document { items, elements: self.elements, uncovered: self.uncovered })
    }

    fn report(&mut self, path: Path<'_>, reason: Reason) -> Result<(), Error> {
        let path = path.to_pointer();
        // SECURITY: a long name around many members makes the paths much longer than the document. Leaving reports out
        // would hide some behind others that a caller tolerates.
        self.uncovered_bytes += path.len() + size_of::<Uncovered>();
        if self.uncovered_bytes > UNCOVERED_BYTES_MAX {
            return Err(Error::TooMuchUncovered);
        }
        self.uncovered.push(Uncovered { path, reason });
        Ok(())
    }

    /// Counts text of the expanded form.
    fn charge(&mut self, bytes: usize) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        // SECURITY: a long IRI that has a short name can be said often.
        if self.bytes > TEXT_BYTES_MAX { Err(Error::TooLong) } else { Ok(()) }
    }

    /// Expands a text where an IRI is expected.
    fn iri(
        &mut self,
        active: &ActiveContext,
        text: &'a str,
        against: Against,
    ) -> Result<Expanded<'a>, Error> {
        let expanded = active.meaning.expand_iri(text, against, self.session.document_base);
        if let Expanded::Iri(iri) = &expanded {
            self.charge(iri.text.len())?;
        }
        Ok(expanded)
    }

    fn element(
        &mut self,
        around: Around<'_>,
        value: &'a Value,
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        // SECURITY: bounds the stack and the memory, whatever the document.
        if path.depth > DEPTH_MAX {
            return Err(Error::TooDeep);
        }
        self.count_element()?;
        match value {
            Value::Null => Ok(Expansion::Null),
            Value::Array(items) => self.array(around, items, path),
            Value::Object(members) => self.object(around, members, path),
            Value::Bool(boolean) => self.scalar(around, Scalar::Boolean(*boolean), path),
            Value::Number(number) => self.scalar(around, Scalar::Number(number), path),
            Value::String(text) => self.scalar(around, Scalar::Text(text), path),
        }
    }

    /// Counts a value.
    fn count_element(&mut self) -> Result<(), Error> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX { Err(Error::TooLarge) } else { Ok(()) }
    }

    fn array(
        &mut self,
        around: Around<'_>,
        values: &'a [Value],
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        let mut items = Vec::with_capacity(values.len().min(16));
        let is_list = around.property.has_container(Container::LIST);
        for (index, value) in values.iter().enumerate() {
            match self.element(around, value, path.index(index))? {
                Expansion::Null => {}
                Expansion::One(item) => items.push(item),
                Expansion::Many(inner) if is_list => items.push(Item::list(inner)),
                Expansion::Many(inner) => items.extend(inner),
            }
        }
        Ok(Expansion::Many(items))
    }

    fn scalar(
        &mut self,
        around: Around<'_>,
        scalar: Scalar<'a>,
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        if around.property.is_top() {
            self.report(path, Reason::FreeFloating)?;
            return Ok(Expansion::Null);
        }
        let item = match around.property {
            Property::Member(name, Some(term)) if term.scoped.is_some() => {
                let active = self.below_property(Arc::clone(around.active), term)?;
                self.value(&active, active.meaning.find(name), scalar, path)?
            }
            property => self.value(around.active, property.term(), scalar, path)?,
        };
        Ok(Expansion::One(item))
    }

    /// The context below a term.
    fn below_property(
        &mut self,
        active: Arc<ActiveContext>,
        term: &Term,
    ) -> Result<Arc<ActiveContext>, Error> {
        match &term.scoped {
            Some(scoped) => self.session.enter_property(&active, scoped),
            None => Ok(active),
        }
    }
}

/// Whether the values of a term are JSON literals.
fn is_json(term: Option<&Arc<Term>>) -> bool {
    term.is_some_and(|term| term.coercion == Some(Coercion::Json))
}
