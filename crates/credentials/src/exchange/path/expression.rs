//! The expressions in `[?(…)]` and `[(…)]`: constants, paths, comparisons, logic.
//!
//! [RFC 9535 §2.3.5](https://www.rfc-editor.org/rfc/rfc9535#section-2.3.5), without functions.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::evaluate::{Evaluation, Node};
use super::{Segment, TooCostly};

/// Something that holds for a node, or does not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Or(Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Compare(Operand, Comparison, Operand),
    /// A path alone: it selects something.
    Exists(Operand),
}

/// How two values are compared.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A constant, or a path from the current node or the root.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Constant(Value),
    Path { is_from_root: bool, segments: Vec<Segment> },
}

impl Expression {
    /// Whether the expression holds for a node.
    pub(super) fn holds<'a>(
        &self,
        evaluation: &mut Evaluation<'a>,
        node: &'a Value,
    ) -> Result<bool, TooCostly> {
        match self {
            Self::Or(left, right) => {
                Ok(left.holds(evaluation, node)? || right.holds(evaluation, node)?)
            }
            Self::And(left, right) => {
                Ok(left.holds(evaluation, node)? && right.holds(evaluation, node)?)
            }
            Self::Not(inner) => Ok(!inner.holds(evaluation, node)?),
            Self::Exists(operand) => operand.exists(evaluation, node),
            Self::Compare(left, comparison, right) => {
                let left = left.value(evaluation, node)?;
                let right = right.value(evaluation, node)?;
                compare(left, *comparison, right, evaluation)
            }
        }
    }
}

impl Operand {
    pub(super) fn is_singular(&self) -> bool {
        match self {
            Self::Constant(_) => true,
            Self::Path { segments, .. } => segments.iter().all(Segment::is_singular),
        }
    }

    /// The value of a constant or a singular path.
    pub(super) fn value<'o: 'v, 'a: 'v, 'v>(
        &'o self,
        evaluation: &mut Evaluation<'a>,
        node: &'a Value,
    ) -> Result<Option<&'v Value>, TooCostly> {
        match self {
            Self::Constant(value) => Ok(Some(value)),
            Self::Path { is_from_root, segments } => {
                let from = if *is_from_root { evaluation.document() } else { node };
                evaluation.follow(segments, Node::root(from))
            }
        }
    }

    fn exists<'a>(
        &self,
        evaluation: &mut Evaluation<'a>,
        node: &'a Value,
    ) -> Result<bool, TooCostly> {
        match self {
            Self::Constant(value) => Ok(*value == Value::Bool(true)),
            Self::Path { is_from_root, segments } => {
                let from = if *is_from_root { evaluation.document() } else { node };
                if self.is_singular() {
                    return Ok(evaluation.follow(segments, Node::root(from))?.is_some());
                }
                Ok(!evaluation.select(segments, from)?.is_empty())
            }
        }
    }
}

fn compare(
    left: Option<&Value>,
    comparison: Comparison,
    right: Option<&Value>,
    evaluation: &mut Evaluation<'_>,
) -> Result<bool, TooCostly> {
    let equal = match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => is_equal(left, right, evaluation)?,
        (None, Some(_)) | (Some(_), None) => false,
    };
    let order = match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => order(left, right),
        (Some(Value::String(left)), Some(Value::String(right))) => Some(left.cmp(right)),
        _ => None, // RFC 9535 §2.3.5.2.2: other values have no order.
    };
    Ok(match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => !equal,
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => equal || order == Some(Ordering::Less),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => equal || order == Some(Ordering::Greater),
    })
}

/// Equality of JSON values, where `1` is `1.0`.
fn is_equal(
    left: &Value,
    right: &Value,
    evaluation: &mut Evaluation<'_>,
) -> Result<bool, TooCostly> {
    evaluation.step()?;
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            Ok(order(left, right) == Some(Ordering::Equal))
        }
        (Value::Array(left), Value::Array(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right) {
                if !is_equal(left, right, evaluation)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(left), Value::Object(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (name, left) in left {
                let Some(right) = right.get(name) else { return Ok(false) };
                if !is_equal(left, right, evaluation)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(left == right),
    }
}

fn order(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}
