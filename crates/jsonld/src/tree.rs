//! An expanded document as typed values, with strings that are borrowed where possible.
//!
//! [JSON-LD 1.1 API §5.1](https://www.w3.org/TR/json-ld11-api/#expansion-algorithm).

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::context::{Direction, Iri};
use crate::rdf::Text;

/// A value of a property, or of a graph or list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item<'a> {
    Node(Box<Node<'a>>),
    Literal(Box<Literal<'a>>),
    List(Box<List<'a>>),
}

/// What a node is called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Id<'a> {
    Iri(Iri<'a>),
    /// A text in the form of a keyword: it names nothing.
    Null,
}

impl Id<'_> {
    /// Whether statements about it can be made in RDF.
    pub(crate) fn is_resource(&self) -> bool {
        match self {
            Self::Iri(iri) => iri.is_resource(),
            Self::Null => false,
        }
    }
}

/// A node object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) id: Option<Id<'a>>,
    /// Absent is not the same as empty: an empty `@type` stays in the expanded form.
    pub(crate) types: Option<Vec<Iri<'a>>>,
    pub(crate) members: Vec<Member<'a>>,
    pub(crate) rare: Option<Box<Rare<'a>>>,
}

/// What few nodes have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rare<'a> {
    pub(crate) graph: Option<Vec<Item<'a>>>,
    pub(crate) included: Option<Vec<Item<'a>>>,
    pub(crate) reverse: Vec<Member<'a>>,
    pub(crate) index: Option<Text<'a>>,
}

/// A property and one of its values; none for an empty array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) property: Iri<'a>,
    pub(crate) item: Option<Item<'a>>,
}

/// A value object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Literal<'a> {
    pub(crate) scalar: Scalar<'a>,
    pub(crate) datatype: Option<Iri<'a>>,
    pub(crate) language: Option<Text<'a>>,
    pub(crate) direction: Option<Direction>,
    pub(crate) index: Option<Text<'a>>,
}

impl<'a> Literal<'a> {
    pub(crate) fn plain(scalar: Scalar<'a>) -> Self {
        Self { scalar, datatype: None, language: None, direction: None, index: None }
    }
}

/// The value of a value object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Text(&'a str),
    Number(&'a Number),
    Boolean(bool),
    /// Any JSON, of type `@json`.
    Json(Cow<'a, Value>),
}

impl<'a> Scalar<'a> {
    /// The scalar, unless the value is null, an object or an array.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text)),
            Value::Number(number) => Some(Self::Number(number)),
            Value::Bool(boolean) => Some(Self::Boolean(*boolean)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(*text),
            Self::Number(number) => Value::Number((*number).clone()),
            Self::Boolean(boolean) => Value::Bool(*boolean),
            Self::Json(value) => value.as_ref().clone(),
        }
    }
}

/// A list object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List<'a> {
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) index: Option<Text<'a>>,
}

impl<'a> Item<'a> {
    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Box::new(List { items, index: None }))
    }

    /// A node that holds a graph, and nothing else.
    pub(crate) fn graph(items: Vec<Self>) -> Self {
        let rare = Rare { graph: Some(items), ..Rare::default() };
        Self::Node(Box::new(Node { rare: Some(Box::new(rare)), ..Node::default() }))
    }

    /// Whether it is a graph object: a graph with at most a name and an index.
    pub(crate) fn is_graph(&self) -> bool {
        let Self::Node(node) = self else { return false };
        node.types.is_none()
            && node.members.is_empty()
            && node.rare.as_ref().is_some_and(|rare| {
                rare.graph.is_some() && rare.included.is_none() && rare.reverse.is_empty()
            })
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Sets an index, unless there is one.
    pub(crate) fn index_by(&mut self, index: &'a str) {
        let slot = match self {
            Self::Node(node) => &mut node.rare().index,
            Self::Literal(literal) => &mut literal.index,
            Self::List(list) => &mut list.index,
        };
        slot.get_or_insert(Text::Borrowed(index));
    }
}

impl<'a> Node<'a> {
    pub(crate) fn rare(&mut self) -> &mut Rare<'a> {
        self.rare.get_or_insert_default()
    }

    /// Whether it says anything about itself, so that an id that names nothing loses statements.
    pub(crate) fn has_statements(&self) -> bool {
        self.types.as_ref().is_some_and(|types| !types.is_empty())
            || self.members.iter().any(|member| member.item.is_some())
            || self.rare.as_ref().is_some_and(|rare| {
                rare.graph.as_ref().is_some_and(|graph| !graph.is_empty())
                    || rare.reverse.iter().any(|member| member.item.is_some())
            })
    }
}
