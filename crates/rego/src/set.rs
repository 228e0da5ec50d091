//! A set of policies, compiled once and asked many times.

use std::collections::BTreeMap;
use std::fmt;

use regorus::Value as RegoValue;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::compile::Compilation;
use crate::convert::{to_json, to_rego};
use crate::error::{EvaluateError, LoadError};
use crate::files::Sources;
use crate::layout::normalize;
use crate::limits::Limits;
use crate::program::{Code, Failure};

/// Compiled policies and their data. Shared between threads; an evaluation changes nothing in it.
pub struct PolicySet {
    policies: BTreeMap<String, Policy>,
    /// Where the rule of each path is.
    rules: BTreeMap<String, usize>,
    programs: Vec<Code>,
    data: RegoValue,
    limits: Limits,
    notes: Vec<String>,
    revision: Option<String>,
}

struct Policy {
    /// The rule that gathers the answer.
    entry: String,
    code: Code,
}

impl PolicySet {
    /// Compiles all policies, with the default limits. The first error is the one that is told.
    pub fn compile(sources: &Sources) -> Result<Self, LoadError> {
        Self::compile_within(sources, Limits::default())
    }

    /// Compiles all policies; each evaluation will be held to these limits.
    pub fn compile_within(sources: &Sources, limits: Limits) -> Result<Self, LoadError> {
        let mut compilation = Compilation::new(sources)?;
        let mut set = Self {
            policies: BTreeMap::new(),
            rules: BTreeMap::new(),
            programs: Vec::new(),
            data: to_rego(&Value::Object(sources.data.clone())),
            limits,
            revision: sources.revision.clone(),
            notes: sources.notes.clone(),
        };
        for (rules, code) in compilation.rules()? {
            set.rules.extend(rules.into_iter().map(|rule| (rule, set.programs.len())));
            set.programs.push(code);
        }
        for (name, entry, code) in compilation.policies()? {
            set.policies.insert(name, Policy { entry, code });
        }
        set.notes.extend(compilation.into_notes());
        Ok(set)
    }

    /// The names of the policies, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.policies.keys().map(String::as_str)
    }

    /// Whether there is a policy of this name, in any spelling that is normalised to it.
    pub fn contains(&self, name: &str) -> bool {
        self.policies.contains_key(&normalize(name))
    }

    /// What the operator should know: what is not checked, what is slow.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the bundle calls its state.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The answer of a policy. An error is a denial.
    pub fn evaluate(&self, name: &str, input: &Value) -> Result<Answer, EvaluateError> {
        let normalized = normalize(name);
        let Some(policy) = self.policies.get(&normalized) else {
            return Err(EvaluateError::UnknownPolicy { name: name.to_owned() });
        };
        let gathered = policy.code.run(&policy.entry, &self.data, to_rego(input), self.limits);
        let gathered = gathered.map_err(|failure| failure.of(&normalized))?;
        let document = gathered_document(&gathered);
        Answer::from_document(&document)
            .map_err(|cause| EvaluateError::Malformed { name: normalized, cause })
    }

    /// How many instructions an answer takes, for whoever writes policies: found by trying limits. `None` where the policy is not run as
    /// byte code, or has no answer within its limits.
    pub fn instructions(&self, name: &str, input: &Value) -> Option<usize> {
        let policy = self.policies.get(&normalize(name))?;
        let Code::Bytes { .. } = policy.code else { return None };
        let input = to_rego(input);
        let is_enough = |instructions| {
            let limits = Limits { instructions, ..self.limits };
            policy.code.run(&policy.entry, &self.data, input.clone(), limits).is_ok()
        };
        let (mut too_few, mut enough) = (0, self.limits.instructions);
        if !is_enough(enough) {
            return None;
        }
        while enough - too_few > 1 {
            let middle = too_few + (enough - too_few) / 2;
            if is_enough(middle) {
                enough = middle;
            } else {
                too_few = middle;
            }
        }
        Some(enough)
    }

    /// The document at a path below `data`, as the data API of OPA gives it (`a/b/c`); `None` where it is undefined.
    ///
    /// A package is the object of its rules and its data. Tests are no part of it.
    pub fn query(&self, path: &str, input: &Value) -> Result<Option<Value>, EvaluateError> {
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let input = to_rego(input);
        for end in (1..=segments.len()).rev() {
            let (rule, below) = segments.split_at(end);
            let rule = format!("data.{}", rule.join("."));
            if let Some(&program) = self.rules.get(&rule) {
                let value = self.run_rule(program, &rule, &input)?;
                return Ok(value.as_ref().and_then(|value| inside(value, below)).cloned());
            }
        }
        self.document(&segments, &input)
    }

    /// The data at a path, with the rules below it.
    fn document(
        &self,
        segments: &[&str],
        input: &RegoValue,
    ) -> Result<Option<Value>, EvaluateError> {
        let mut document = data_at(&self.data, segments).and_then(to_json);
        let prefix: String = ["data"].iter().chain(segments).flat_map(|part| [part, "."]).collect();
        for (rule, &program) in
            self.rules.range(prefix.clone()..).take_while(|(rule, _)| rule.starts_with(&prefix))
        {
            let document = document.get_or_insert_with(|| Value::Object(Map::new()));
            if let Some(value) = self.run_rule(program, rule, input)? {
                let below = rule.strip_prefix(&prefix).unwrap_or_default();
                place(document, &below.split('.').collect::<Vec<_>>(), value);
            }
        }
        Ok(document)
    }

    fn run_rule(
        &self,
        program: usize,
        rule: &str,
        input: &RegoValue,
    ) -> Result<Option<Value>, EvaluateError> {
        let Some(code) = self.programs.get(program) else { return Ok(None) };
        let value = code
            .run(rule, &self.data, input.clone(), self.limits)
            .map_err(|failure| failure.of(rule))?;
        Ok(to_json(&value))
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySet")
            .field("names", &self.policies.keys())
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Failure {
    fn of(self, name: &str) -> EvaluateError {
        match self {
            Self::Stopped(limit) => EvaluateError::Stopped { name: name.to_owned(), limit },
            Self::Failed(reason) => EvaluateError::Failed { name: name.to_owned(), reason },
        }
    }
}

/// The object of the gathered pairs of path and value.
fn gathered_document(gathered: &RegoValue) -> Map<String, Value> {
    let mut document = Value::Object(Map::new());
    let pairs = to_json(gathered).unwrap_or_default();
    for pair in pairs.as_array().into_iter().flatten() {
        let path: Vec<&str> = pair
            .get(0)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if let Some(value) = pair.get(1) {
            place(&mut document, &path, value.clone());
        }
    }
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

/// The data at a path.
fn data_at<'a>(data: &'a RegoValue, path: &[&str]) -> Option<&'a RegoValue> {
    path.iter().try_fold(data, |value, part| match value {
        RegoValue::Object(members) => members.get(&RegoValue::from(*part)),
        RegoValue::Array(items) => part.parse().ok().and_then(|at| items.iter().nth(at)),
        _ => None,
    })
}

/// The value at a path in another.
fn inside<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(members) => members.get(*part),
        Value::Array(items) => part.parse::<usize>().ok().and_then(|at| items.get(at)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// Puts a value at a path; objects in between are made.
fn place(document: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *document = value;
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    if let Value::Object(members) = document {
        place(members.entry(*first).or_insert(Value::Null), rest, value);
    }
}
