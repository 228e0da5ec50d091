//! The crate `json-ld` as a second opinion: its expansion and its RDF, then our canonicalisation, since it has none.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use iref::IriBuf;
use json_ld::{JsonLdProcessor, RemoteDocument};
use json_syntax::Parse;
use pecan_jsonld::canonicalize::{Budget, canonicalize};
use pecan_jsonld::rdf::{BlankNode, Dataset, Object, Quad, RDF_LANG_STRING, Resource, Text};
use rdf_types::{BlankIdBuf, LiteralType, generator};

/// Contexts that are parsed once, and an empty processor for each document: the crate offers no way to keep compiled contexts.
pub(crate) struct Oracle {
    loader: HashMap<IriBuf, RemoteDocument>,
}

impl Oracle {
    /// Takes URL and text of each context.
    pub(crate) fn new<'a>(contexts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let loader = contexts.into_iter().map(|(url, text)| {
            let url = IriBuf::new(url.to_owned()).expect("an IRI");
            (url.clone(), RemoteDocument::new(Some(url), None, parse(text)))
        });
        Self { loader: loader.collect() }
    }

    /// The canonical N-Quads of a document, or the crate's error.
    pub(crate) fn canonicalize(&self, document: &json_syntax::Value) -> Result<String, String> {
        let document = RemoteDocument::new(None, None, document.clone());
        let mut blank = generator::Blank::new();
        let rdf = ready(document.to_rdf(&mut blank, &self.loader));
        let mut rdf = rdf.map_err(|error| error.to_string())?;
        let mut nodes = Nodes::default();
        for quad in rdf.cloned_quads() {
            let quad = Quad {
                subject: nodes.resource(quad.0),
                predicate: match nodes.resource(quad.1) {
                    Resource::Iri(iri) => iri,
                    Resource::Blank(_) => continue,
                },
                object: nodes.object(quad.2),
                graph: quad.3.map(|graph| nodes.resource(graph)),
            };
            nodes.dataset.quads.push(quad);
        }
        canonicalize(&nodes.dataset, Budget::default()).map_err(|error| error.to_string())
    }
}

/// Reads a document as the crate wants it.
pub(crate) fn parse(text: &str) -> json_syntax::Value {
    json_syntax::Value::parse_str(text).expect("JSON").0
}

/// Runs a future that never waits: everything is in memory.
fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(output) = polled else { unreachable!("nothing to wait for") };
    output
}

type Id = rdf_types::Id<IriBuf, BlankIdBuf>;
type Term = rdf_types::Term<Id, rdf_types::Literal<IriBuf>>;

/// Turns the crate's terms into ours.
#[derive(Default)]
struct Nodes {
    dataset: Dataset<'static>,
    known: HashMap<BlankIdBuf, BlankNode>,
}

impl Nodes {
    fn resource(&mut self, id: Id) -> Resource<'static> {
        match id {
            Id::Iri(iri) => Resource::Iri(Text::Owned(iri.into_string())),
            Id::Blank(blank) => {
                let dataset = &mut self.dataset;
                let known = self.known.entry(blank);
                Resource::Blank(*known.or_insert_with(|| dataset.add_blank_node(String::new())))
            }
        }
    }

    fn object(&mut self, term: Term) -> Object<'static> {
        match term {
            Term::Id(id) => Object::Resource(self.resource(id)),
            Term::Literal(literal) => {
                let (datatype, language) = match literal.type_ {
                    LiteralType::Any(datatype) => (Text::Owned(datatype.into_string()), None),
                    LiteralType::LangString(tag) => {
                        (Text::Borrowed(RDF_LANG_STRING), Some(Text::Owned(tag.to_string())))
                    }
                };
                Object::Literal { value: Text::Owned(literal.value), datatype, language }
            }
        }
    }
}
