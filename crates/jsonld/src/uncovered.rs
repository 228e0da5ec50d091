//! What a document says and its N-Quads do not: claims outside a signature.

use std::fmt::Write as _;

/// A place in a document that no quad stands for, or that a reader may take for something else than its quads say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// Where, as [JSON Pointer](https://www.rfc-editor.org/rfc/rfc6901).
    pub path: String,
    /// Why.
    pub reason: Reason,
}

/// Why a place of a document is not covered by its N-Quads.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The member's name is no IRI in this context, so the member is dropped with all that it holds.
    UndefinedProperty,
    /// The object has members, but its `@id` is no absolute IRI: none of its own statements remain.
    RelativeId,
    /// A value or type should be an IRI, and is relative, malformed or a reserved word: the statement is dropped.
    ///
    /// A JWT among the credentials of a JSON-LD presentation is such a value, as is a proof purpose without definition.
    RelativeReference,
    /// A blank node identifier: the canonical form has a label of its own for the node.
    BlankNodeId,
    /// A whole number, alone or in a JSON literal, that is no 64-bit float: the canonical form has a neighbour of it.
    InexactNumber,
    /// The value of a JSON literal is no object. The reference signs the text of an error message instead.
    JsonLiteralNotObject,
    /// A context is given in the document itself, not by its URL.
    InlineContext,
    /// A context is set below the top of the document. Each credential of a JSON-LD presentation has one.
    NestedContext,
    /// A value or list that no property leads to is dropped.
    FreeFloating,
    /// An `@index`, or the key of an index map, is not part of RDF.
    Index,
    /// A direction is not part of RDF unless a [`RdfDirection`](crate::document::RdfDirection) is chosen.
    Direction,
    /// An IRI holds `>`. N-Quads has no other way to write it, so the same line can be that of another document. The place is the document.
    AmbiguousIri,
    /// The language tag is malformed: the statement is dropped.
    MalformedLanguage,
}

/// The way to the value at hand, linked through the call stack: it costs nothing until it is printed.
#[derive(Copy, Clone)]
pub(crate) struct Path<'p> {
    above: Option<&'p Path<'p>>,
    step: Step<'p>,
    /// How many arrays and objects are around the value.
    pub(crate) depth: usize,
}

#[derive(Copy, Clone)]
enum Step<'p> {
    Member(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The document.
    pub(crate) const ROOT: Self = Self { above: None, step: Step::Index(0), depth: 0 };

    pub(crate) fn is_root(&self) -> bool {
        self.above.is_none()
    }

    pub(crate) fn member(&'p self, name: &'p str) -> Self {
        Self { above: Some(self), step: Step::Member(name), depth: self.depth + 1 }
    }

    pub(crate) fn index(&'p self, index: usize) -> Self {
        Self { above: Some(self), step: Step::Index(index), depth: self.depth + 1 }
    }

    /// Prints the path, [RFC 6901 §3](https://www.rfc-editor.org/rfc/rfc6901#section-3).
    pub(crate) fn to_pointer(self) -> String {
        let mut steps = Vec::with_capacity(self.depth);
        let mut path = &self;
        while let Some(above) = path.above {
            steps.push(path.step);
            path = above;
        }
        let mut pointer = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Member(name) => {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                // Writing to a string does not fail.
                Step::Index(index) => drop(write!(pointer, "/{index}")),
            }
        }
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_in_pointers() {
        let root = Path::ROOT;
        let member = root.member("a/b~c");
        assert_eq!(member.index(3).to_pointer(), "/a~1b~0c/3");
        assert_eq!(root.to_pointer(), "");
    }
}
