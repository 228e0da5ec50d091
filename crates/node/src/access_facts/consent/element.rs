//! An element of a FHIR resource, and where it is.

use serde_json::{Map, Value};

use super::ConsentProblem;

/// An object in a resource.
pub(super) struct Element<'r> {
    /// Where it is.
    pub(super) path: String,
    pub(super) members: &'r Map<String, Value>,
}

impl<'r> Element<'r> {
    pub(super) fn new(path: impl Into<String>, value: &'r Value) -> Result<Self, ConsentProblem> {
        let path = path.into();
        match value.as_object() {
            Some(members) => Ok(Self { path, members }),
            None => Err(ConsentProblem { path, problem: "is no object" }),
        }
    }

    pub(super) fn problem(&self, member: &str, problem: &'static str) -> ConsentProblem {
        ConsentProblem { path: format!("{}.{member}", self.path), problem }
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// A member that is an object.
    pub(super) fn find(&self, member: &str) -> Result<Option<Self>, ConsentProblem> {
        let path = || format!("{}.{member}", self.path);
        self.members.get(member).map(|value| Self::new(path(), value)).transpose()
    }

    /// A member that must be an object.
    pub(super) fn one(&self, member: &str) -> Result<Self, ConsentProblem> {
        self.find(member)?.ok_or_else(|| self.problem(member, "is missing"))
    }

    /// A member that is a list of objects; empty if it is missing.
    pub(super) fn list(&self, member: &str) -> Result<Vec<Self>, ConsentProblem> {
        match self.members.get(member) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| Self::new(format!("{}.{member}[{index}]", self.path), item))
                .collect(),
            Some(_) => Err(self.problem(member, "is no list")),
        }
    }

    /// A member that must be a text.
    pub(super) fn text(&self, member: &str) -> Result<&'r str, ConsentProblem> {
        match self.members.get(member) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(self.problem(member, "is no text")),
            None => Err(self.problem(member, "is missing")),
        }
    }

    /// The code of a concept with one coding in a system that is known.
    pub(super) fn code(&self, systems: &[&str]) -> Result<&'r str, ConsentProblem> {
        match self.list("coding")?.as_slice() {
            [coding] if systems.contains(&coding.text("system")?) => coding.text("code"),
            [coding] => Err(coding.problem("system", "is not known")),
            _ => Err(self.problem("coding", "is not one")),
        }
    }

    // SECURITY: an element that is not understood may take back what another one gives.
    pub(super) fn refuse_all_but(&self, known: &[&str]) -> Result<(), ConsentProblem> {
        match self.members.keys().find(|member| !known.contains(&member.as_str())) {
            None => Ok(()),
            Some(member) => Err(self.problem(member, "cannot be said by access facts")),
        }
    }
}
