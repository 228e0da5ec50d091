//! Compares what the JSON of a credential shows with what its signature covers, for the members that decisions hang on.
//!
//! Names were checked before: [`naming`](crate::proof::naming). What is left are contexts that have two terms for one property, and
//! objects with the id of the credential in other places.

use std::collections::HashSet;

use pecan_jsonld::rdf::{Dataset, Object, Resource};
use serde_json::Value;

use crate::one_or_many::items;

/// Members that decide what a credential counts for, and their properties.
const MEMBERS: [(&str, &str); 5] = [
    ("issuer", "https://www.w3.org/2018/credentials#issuer"),
    ("issuanceDate", "https://www.w3.org/2018/credentials#issuanceDate"),
    ("expirationDate", "https://www.w3.org/2018/credentials#expirationDate"),
    ("credentialStatus", "https://www.w3.org/2018/credentials#credentialStatus"),
    ("credentialSubject", "https://www.w3.org/2018/credentials#credentialSubject"),
];

/// A member shows less, or more, than the statements that are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("jsonld: `{member}` does not show what is signed")]
pub struct HiddenStatement {
    /// Its name.
    pub member: &'static str,
}

/// Checks that the members show as many values as there are statements.
pub(super) fn check(document: &Value, dataset: &Dataset<'_>) -> Result<(), HiddenStatement> {
    for (member, property) in MEMBERS {
        if shown(items(document, member)) != signed(dataset, property) {
            return Err(HiddenStatement { member });
        }
    }
    Ok(())
}

/// How many different values are shown. Objects with one id are one.
fn shown(values: &[Value]) -> usize {
    let mut ids = HashSet::new();
    values.iter().filter(|value| value["id"].as_str().is_none_or(|id| ids.insert(id))).count()
}

/// How many different values a property has.
fn signed(dataset: &Dataset<'_>, property: &str) -> usize {
    let quads = dataset.quads.iter();
    let quads = quads.filter(|quad| quad.graph.is_none() && *quad.predicate == *property);
    quads.map(|quad| Signed::of(&quad.object)).collect::<HashSet<_>>().len()
}

#[derive(PartialEq, Eq, Hash)]
enum Signed<'a> {
    Iri(&'a str),
    Blank(u32),
    Literal(&'a str, &'a str),
}

impl<'a> Signed<'a> {
    fn of(object: &'a Object<'_>) -> Self {
        match object {
            Object::Resource(Resource::Iri(iri)) => Self::Iri(iri),
            Object::Resource(Resource::Blank(node)) => Self::Blank(node.0),
            Object::Literal { value, datatype, .. } => Self::Literal(value, datatype),
        }
    }
}
