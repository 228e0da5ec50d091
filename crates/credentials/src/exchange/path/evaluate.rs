//! Evaluates a compiled path on a document, within a budget of visited nodes.

use serde_json::Value;

use super::expression::Operand;
use super::{Segment, Selector, TooCostly};

pub(super) const SUBJECT: &str = "credentialSubject";

/// What a path gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    /// No value: a name, an index or a container is missing.
    Nothing,
    /// The node of a singular path.
    Node(&'a Value),
    /// The nodes of any other path, in document order, maybe none.
    Nodes(Vec<&'a Value>),
}

/// How `$.credentialSubject.name` reads a credential whose subject is written as an array.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An array has no members.
    AsWritten,
    /// The array of one subject is that subject.
    SingleElement,
}

/// A node, and what must be known of the way to it.
#[derive(Copy, Clone)]
pub(super) struct Node<'a> {
    value: &'a Value,
    place: Place,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Place {
    Root,
    Subject,
    Elsewhere,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, place: Place::Root }
    }

    fn elsewhere(value: &'a Value) -> Self {
        Self { value, place: Place::Elsewhere }
    }
}

/// One evaluation.
pub(super) struct Evaluation<'a> {
    document: &'a Value,
    subject: Subject,
    steps: usize,
}

impl<'a> Evaluation<'a> {
    /// An evaluation that may still visit so many nodes.
    pub(super) fn new(document: &'a Value, subject: Subject, steps: usize) -> Self {
        Self { document, subject, steps }
    }

    /// How many nodes are left to visit.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// What a path gives.
    pub(super) fn find(
        &mut self,
        segments: &[Segment],
        is_singular: bool,
    ) -> Result<Found<'a>, TooCostly> {
        let document = self.document;
        if is_singular {
            let node = self.follow(segments, Node::root(document))?;
            return Ok(node.map_or(Found::Nothing, Found::Node));
        }
        self.select(segments, document).map(Found::Nodes)
    }

    pub(super) fn document(&self) -> &'a Value {
        self.document
    }

    /// Follows a singular path, without building lists.
    pub(super) fn follow(
        &mut self,
        segments: &[Segment],
        from: Node<'a>,
    ) -> Result<Option<&'a Value>, TooCostly> {
        let mut node = from;
        for segment in segments {
            let Segment::Child(selector) = segment else { return Ok(None) };
            self.step()?;
            match self.child(selector, node)? {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(node.value))
    }

    /// Follows any path.
    pub(super) fn select(
        &mut self,
        segments: &[Segment],
        from: &'a Value,
    ) -> Result<Vec<&'a Value>, TooCostly> {
        let mut nodes = vec![Node::root(from)];
        for segment in segments {
            let mut selected = Vec::new();
            for node in nodes {
                self.apply(segment, node, &mut selected)?;
            }
            nodes = selected;
        }
        Ok(nodes.into_iter().map(|node| node.value).collect())
    }

    fn apply(
        &mut self,
        segment: &Segment,
        node: Node<'a>,
        selected: &mut Vec<Node<'a>>,
    ) -> Result<(), TooCostly> {
        match segment {
            Segment::Child(selector) => self.take(selector, node, selected),
            Segment::Union(selectors) => {
                selectors.iter().try_for_each(|selector| self.take(selector, node, selected))
            }
            Segment::Descent(selectors) => {
                // Depth first with the children pushed backwards: document order, without recursion.
                let mut open = vec![node.value];
                while let Some(value) = open.pop() {
                    self.step()?;
                    for selector in selectors {
                        self.take(selector, Node::elsewhere(value), selected)?;
                    }
                    let from = open.len();
                    open.extend(
                        children(value).filter(|child| child.is_object() || child.is_array()),
                    );
                    open.get_mut(from..).unwrap_or_default().reverse();
                }
                Ok(())
            }
        }
    }

    fn take(
        &mut self,
        selector: &Selector,
        node: Node<'a>,
        selected: &mut Vec<Node<'a>>,
    ) -> Result<(), TooCostly> {
        self.step()?;
        match selector {
            Selector::Name(_) | Selector::Index(_) | Selector::Computed(_) => {
                selected.extend(self.child(selector, node)?);
            }
            Selector::Wildcard => {
                for value in children(node.value) {
                    self.step()?;
                    selected.push(Node::elsewhere(value));
                }
            }
            Selector::Slice { start, end, step } => {
                for value in slice(node.value, *start, *end, *step) {
                    self.step()?;
                    selected.push(Node::elsewhere(value));
                }
            }
            Selector::Filter(expression) => {
                for value in children(node.value) {
                    self.step()?;
                    if expression.holds(self, value)? {
                        selected.push(Node::elsewhere(value));
                    }
                }
            }
        }
        Ok(())
    }

    fn child(
        &mut self,
        selector: &Selector,
        node: Node<'a>,
    ) -> Result<Option<Node<'a>>, TooCostly> {
        Ok(match selector {
            Selector::Name(name) => self.member(node, name),
            Selector::Index(index) => element(node.value, *index).map(Node::elsewhere),
            Selector::Computed(operand) => self.computed(operand, node)?,
            Selector::Wildcard | Selector::Slice { .. } | Selector::Filter(_) => None,
        })
    }

    fn member(&self, node: Node<'a>, name: &str) -> Option<Node<'a>> {
        let mut container = node.value;
        if node.place == Place::Subject
            && self.subject == Subject::SingleElement
            && let Value::Array(subjects) = container
            && let [subject] = subjects.as_slice()
        {
            container = subject;
        }
        let value = container.as_object()?.get(name)?;
        let place = match node.place {
            Place::Root if name == SUBJECT => Place::Subject,
            Place::Root | Place::Subject | Place::Elsewhere => Place::Elsewhere,
        };
        Some(Node { value, place })
    }

    fn computed(
        &mut self,
        operand: &Operand,
        node: Node<'a>,
    ) -> Result<Option<Node<'a>>, TooCostly> {
        let key = operand.value(self, node.value)?;
        Ok(match key {
            Some(Value::String(name)) => self.member(node, name),
            Some(Value::Number(index)) => {
                index.as_i64().and_then(|index| element(node.value, index)).map(Node::elsewhere)
            }
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
        })
    }

    /// Counts one visited or selected node.
    pub(super) fn step(&mut self) -> Result<(), TooCostly> {
        self.steps = self.steps.checked_sub(1).ok_or(TooCostly)?;
        Ok(())
    }
}

/// The members or elements, in document order; none for a scalar.
fn children(value: &Value) -> impl Iterator<Item = &Value> {
    let (elements, members) = match value {
        Value::Array(elements) => (Some(elements.iter()), None),
        Value::Object(members) => (None, Some(members.values())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (None, None),
    };
    elements.into_iter().flatten().chain(members.into_iter().flatten())
}

/// The element at an index, which counts from the end when it is negative.
fn element(value: &Value, index: i64) -> Option<&Value> {
    let elements = value.as_array()?;
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    let position = if index < 0 { elements.len().checked_sub(distance)? } else { distance };
    elements.get(position)
}

/// RFC 9535 §2.3.4: the elements between two bounds.
fn slice(value: &Value, start: Option<i64>, end: Option<i64>, step: i64) -> Vec<&Value> {
    let Some(elements) = value.as_array() else { return Vec::new() };
    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
    let from_end = |bound: i64| if bound < 0 { length.saturating_add(bound) } else { bound };
    let mut positions = Vec::new();
    if step > 0 {
        let (mut at, upper) = (
            start.map_or(0, from_end).clamp(0, length),
            end.map_or(length, from_end).clamp(0, length),
        );
        while at < upper {
            positions.push(at);
            at = at.saturating_add(step);
        }
    } else if step < 0 {
        let (mut at, lower) = (
            start.map_or(length - 1, from_end).clamp(-1, length - 1),
            end.map_or(-1, from_end).clamp(-1, length - 1),
        );
        while at > lower {
            positions.push(at);
            at = at.saturating_add(step);
        }
    }
    let positions = positions.into_iter().filter_map(|at| usize::try_from(at).ok());
    positions.filter_map(|at| elements.get(at)).collect()
}
