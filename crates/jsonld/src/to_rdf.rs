//! Turns an expanded document into quads.
//!
//! [JSON-LD 1.1 API §8.2](https://www.w3.org/TR/json-ld11-api/#deserialize-json-ld-to-rdf-algorithm). Nodes are not
//! flattened first: a dataset is a set, so that equal statements and nodes that occur twice fall together by themselves.

use std::collections::HashMap;

use crate::context::{Direction, Iri};
use crate::document::RdfDirection;
use crate::error::Error;
use crate::expand::is_language_tag;
use crate::iri::Form;
use crate::rdf::{BlankNode, Dataset, Object, Quad, RDF_LANG_STRING, Resource, Text, XSD_STRING};
use crate::tree::{Id, Item, List, Literal, Node, Scalar};
use crate::{TEXT_BYTES_MAX, jcs, number};

const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const RDF_FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
const RDF_REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
const RDF_NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
const RDF_JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";
const RDF_VALUE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#value";
const RDF_LANGUAGE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#language";
const RDF_DIRECTION: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#direction";
const XSD_BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
const XSD_INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";
const XSD_DOUBLE: &str = "http://www.w3.org/2001/XMLSchema#double";
const I18N: &str = "https://www.w3.org/ns/i18n#";

/// The most quads that room is made for at once.
const QUADS_RESERVED_MAX: usize = 1024;

/// The quads of expanded items; `elements` is how many values the document has.
pub(crate) fn to_rdf(
    items: Vec<Item<'_>>,
    elements: usize,
    direction: Option<RdfDirection>,
) -> Result<Dataset<'_>, Error> {
    let mut converter =
        Converter { dataset: Dataset::default(), labels: HashMap::new(), direction, bytes: 0 };
    // A statement needs a value in the document, so that there are hardly ever more.
    converter.dataset.quads.reserve(elements.min(QUADS_RESERVED_MAX));
    for item in items {
        converter.item(item, &Graph::Default)?;
    }
    Ok(converter.dataset)
}

/// Where statements go.
enum Graph<'a> {
    Default,
    Named(Resource<'a>),
    /// The name is no IRI: its statements are lost.
    Lost,
}

struct Converter<'a> {
    dataset: Dataset<'a>,
    /// Blank nodes that the document gives names to.
    labels: HashMap<String, BlankNode>,
    direction: Option<RdfDirection>,
    /// The length of all statements.
    bytes: usize,
}

impl<'a> Converter<'a> {
    fn item(&mut self, item: Item<'a>, graph: &Graph<'a>) -> Result<Option<Object<'a>>, Error> {
        match item {
            Item::Node(node) => Ok(self.node(*node, graph)?.map(Object::Resource)),
            Item::Literal(literal) => self.literal(*literal, graph),
            Item::List(list) => self.list(*list, graph).map(Some),
        }
    }

    /// The statements about a node. Answers what it is called, if it may be.
    fn node(&mut self, node: Node<'a>, graph: &Graph<'a>) -> Result<Option<Resource<'a>>, Error> {
        let subject = match node.id {
            None => Some(self.fresh()),
            Some(Id::Iri(iri)) => self.resource(iri),
            Some(Id::Null) => None,
        };
        for iri in node.types.into_iter().flatten() {
            let object = match iri.form {
                // An undefined type stays the relative IRI that it is: issuers have types of their own.
                Form::Relative => Some(Resource::Iri(iri.text)),
                Form::Absolute | Form::Blank | Form::Malformed => self.resource(iri),
            };
            let predicate = Text::Borrowed(RDF_TYPE);
            self.state(subject.as_ref(), predicate, object.map(Object::Resource), graph)?;
        }
        for member in node.members {
            let Some(item) = member.item else { continue };
            let object = self.item(item, graph)?;
            if member.property.form == Form::Absolute {
                self.state(subject.as_ref(), member.property.text, object, graph)?;
            }
        }
        let Some(rare) = node.rare else { return Ok(subject) };
        for member in rare.reverse {
            let Some(Item::Node(other)) = member.item else { continue };
            let other = self.node(*other, graph)?;
            if member.property.form == Form::Absolute {
                let object = subject.clone().map(Object::Resource);
                self.state(other.as_ref(), member.property.text, object, graph)?;
            }
        }
        for item in rare.included.into_iter().flatten() {
            self.item(item, graph)?;
        }
        if let Some(items) = rare.graph {
            let graph = subject.clone().map_or(Graph::Lost, Graph::Named);
            for item in items {
                self.item(item, &graph)?;
            }
        }
        Ok(subject)
    }

    /// Makes a statement, if all its parts may stand in RDF.
    fn state(
        &mut self,
        subject: Option<&Resource<'a>>,
        predicate: Text<'a>,
        object: Option<Object<'a>>,
        graph: &Graph<'a>,
    ) -> Result<(), Error> {
        let (Some(subject), Some(object)) = (subject, object) else { return Ok(()) };
        let graph = match graph {
            Graph::Default => None,
            Graph::Named(name) => Some(name.clone()),
            Graph::Lost => return Ok(()),
        };
        // SECURITY: a long subject is part of each of its statements.
        self.bytes += resource_bytes(subject)
            + predicate.len()
            + object_bytes(&object)
            + graph.as_ref().map_or(0, resource_bytes);
        if self.bytes > TEXT_BYTES_MAX {
            return Err(Error::TooLong);
        }
        self.dataset.quads.push(Quad { subject: subject.clone(), predicate, object, graph });
        Ok(())
    }

    fn fresh(&mut self) -> Resource<'a> {
        Resource::Blank(self.dataset.add_blank_node(String::new()))
    }

    fn resource(&mut self, iri: Iri<'a>) -> Option<Resource<'a>> {
        match iri.form {
            Form::Absolute => Some(Resource::Iri(iri.text)),
            Form::Blank => {
                let label = iri.text.strip_prefix("_:").unwrap_or(&iri.text);
                if let Some(node) = self.labels.get(label) {
                    return Some(Resource::Blank(*node));
                }
                let node = self.dataset.add_blank_node(label.to_owned());
                self.labels.insert(label.to_owned(), node);
                Some(Resource::Blank(node))
            }
            Form::Relative | Form::Malformed => None,
        }
    }

    /// [JSON-LD 1.1 API §8.4](https://www.w3.org/TR/json-ld11-api/#list-to-rdf-conversion).
    fn list(&mut self, list: List<'a>, graph: &Graph<'a>) -> Result<Object<'a>, Error> {
        let mut rest = Resource::Iri(Text::Borrowed(RDF_NIL));
        // From the end, so that each cell knows what follows it.
        for item in list.items.into_iter().rev() {
            let cell = self.fresh();
            let first = self.item(item, graph)?;
            self.state(Some(&cell), Text::Borrowed(RDF_FIRST), first, graph)?;
            let next = Some(Object::Resource(rest));
            self.state(Some(&cell), Text::Borrowed(RDF_REST), next, graph)?;
            rest = cell;
        }
        Ok(Object::Resource(rest))
    }

    fn literal(
        &mut self,
        literal: Literal<'a>,
        graph: &Graph<'a>,
    ) -> Result<Option<Object<'a>>, Error> {
        let Literal { scalar, datatype, language, direction, index: _ } = literal;
        if datatype.as_ref().is_some_and(|datatype| datatype.form != Form::Absolute) {
            return Ok(None);
        }
        let datatype = datatype.map(|datatype| datatype.text);
        let (value, otherwise) = match scalar {
            Scalar::Json(value) => (Text::Owned(jcs::print(&value)?), RDF_JSON),
            Scalar::Boolean(boolean) => {
                (Text::Borrowed(if boolean { "true" } else { "false" }), XSD_BOOLEAN)
            }
            Scalar::Number(number) => {
                let is_double = datatype.as_deref() == Some(XSD_DOUBLE);
                let (text, is_integer) = number::lexical(number, is_double);
                (Text::Owned(text), if is_integer { XSD_INTEGER } else { XSD_DOUBLE })
            }
            Scalar::Text(text) => {
                return self.text(Text::Borrowed(text), datatype, (language, direction), graph);
            }
        };
        let datatype = datatype.unwrap_or(Text::Borrowed(otherwise));
        Ok(Some(Object::Literal { value, datatype, language: None }))
    }

    fn text(
        &mut self,
        value: Text<'a>,
        datatype: Option<Text<'a>>,
        (language, direction): (Option<Text<'a>>, Option<Direction>),
        graph: &Graph<'a>,
    ) -> Result<Option<Object<'a>>, Error> {
        let language = match language {
            Some(tag) if !is_language_tag(&tag) => return Ok(None),
            Some(tag) if tag.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Some(Text::Owned(tag.to_ascii_lowercase()))
            }
            other => other,
        };
        if let (Some(direction), Some(form)) = (direction, self.direction) {
            return self.directed(value, (language, direction), form, graph).map(Some);
        }
        let datatype = match (&language, datatype) {
            (Some(_), _) => Text::Borrowed(RDF_LANG_STRING),
            (None, Some(datatype)) => datatype,
            (None, None) => Text::Borrowed(XSD_STRING),
        };
        Ok(Some(Object::Literal { value, datatype, language }))
    }

    fn directed(
        &mut self,
        value: Text<'a>,
        (language, direction): (Option<Text<'a>>, Direction),
        form: RdfDirection,
        graph: &Graph<'a>,
    ) -> Result<Object<'a>, Error> {
        let plain = |value| {
            let datatype = Text::Borrowed(XSD_STRING);
            Some(Object::Literal { value, datatype, language: None })
        };
        match form {
            RdfDirection::I18nDatatype => {
                let language = language.as_deref().unwrap_or_default();
                let datatype = format!("{I18N}{language}_{}", direction.as_str());
                let datatype = Text::Owned(datatype);
                Ok(Object::Literal { value, datatype, language: None })
            }
            RdfDirection::CompoundLiteral => {
                let node = self.fresh();
                self.state(Some(&node), Text::Borrowed(RDF_VALUE), plain(value), graph)?;
                if let Some(language) = language {
                    let language = plain(language);
                    self.state(Some(&node), Text::Borrowed(RDF_LANGUAGE), language, graph)?;
                }
                let direction = plain(Text::Borrowed(direction.as_str()));
                self.state(Some(&node), Text::Borrowed(RDF_DIRECTION), direction, graph)?;
                Ok(Object::Resource(node))
            }
        }
    }
}

fn resource_bytes(resource: &Resource<'_>) -> usize {
    match resource {
        Resource::Iri(iri) => iri.len(),
        Resource::Blank(_) => 0,
    }
}

fn object_bytes(object: &Object<'_>) -> usize {
    match object {
        Object::Resource(resource) => resource_bytes(resource),
        Object::Literal { value, datatype, language } => {
            value.len() + datatype.len() + language.as_ref().map_or(0, |language| language.len())
        }
    }
}
