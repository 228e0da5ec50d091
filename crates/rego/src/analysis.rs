//! What is found out about rules before they are compiled: calls that cannot be made, rules that need themselves, and rules that the byte
//! code would get wrong.
//!
//! OPA ends an evaluation in which a rule, a function or a key has two different values. The byte code of the engine does not: it takes the
//! last one, or none. A lost value could be an obligation, so rules of which it cannot be excluded are left to the interpreter, which does
//! as OPA does. The interpreter in turn has no guard against rules that need themselves.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{BUILTINS, Expr, Import, Module, Ref, Rule, RuleBody, RuleHead, Span};
use regorus::utils::get_path_string;

use crate::built_in;
use crate::error::LoadError;
use crate::solutions::{constant, expr_iterates, has_keys_of_its_source, is_constant, varies};
use crate::walk::{Visitor, Walk, arguments};

/// What is known about all rules and functions, by path (`data.package.name`).
pub(crate) struct Analysis {
    rules: BTreeMap<String, Facts>,
}

#[derive(Default)]
struct Facts {
    /// The rules and functions that it refers to.
    uses: BTreeSet<String>,
    /// Why it is left to the interpreter, with file and line.
    interpreted: Option<String>,
}

/// The definitions of one path.
#[derive(Default)]
struct Declared<'a> {
    rules: Vec<(&'a Module, &'a Rule)>,
}

type Declarations<'a> = BTreeMap<String, Declared<'a>>;

impl Analysis {
    pub(crate) fn new(modules: &[Ref<Module>]) -> Result<Self, LoadError> {
        let declarations = declarations(modules);
        let mut rules = BTreeMap::new();
        for (path, declared) in &declarations {
            let has_parts =
                declarations.keys().any(|other| other != path && is_at_or_below(other, path));
            let interpreted = if has_parts {
                declared.first_place().map(two_values)
            } else {
                declared.why_interpreted()
            };
            let mut facts = Facts { uses: BTreeSet::new(), interpreted };
            for (module, rule) in &declared.rules {
                let mut uses = Uses::new(module, &declarations, &mut facts);
                Walk::rule(rule, &mut uses);
                uses.error.map_or(Ok(()), Err)?;
            }
            rules.insert(path.clone(), facts);
        }
        let analysis = Self { rules };
        match analysis.find_recursion() {
            Some(path) => {
                let span = declarations
                    .get(&path)
                    .and_then(|it| it.rules.first())
                    .map(|(_, rule)| rule.span());
                let (file, line) = span
                    .map_or((String::new(), 0), |span| (span.source.get_path().clone(), span.line));
                Err(LoadError::Rego { file, line, reason: format!("`{path}` needs itself") })
            }
            None => Ok(analysis),
        }
    }

    /// Why a rule is left to the interpreter: it, or one that it uses, with file and line.
    pub(crate) fn why_interpreted(&self, rule: &str) -> Option<&str> {
        let mut seen = BTreeSet::from([rule]);
        let mut open = vec![rule];
        while let Some(path) = open.pop() {
            let Some(facts) = self.rules.get(path) else { continue };
            if let Some(why) = &facts.interpreted {
                return Some(why);
            }
            open.extend(facts.uses.iter().map(String::as_str).filter(|path| seen.insert(path)));
        }
        None
    }

    /// A rule that needs itself, if there is one.
    fn find_recursion(&self) -> Option<String> {
        let mut done = BTreeSet::new();
        for start in self.rules.keys() {
            let mut way: Vec<(&str, Vec<&str>)> = vec![(start, self.used_by(start))];
            while let Some((path, open)) = way.last_mut() {
                let path = *path;
                match open.pop() {
                    None => {
                        done.insert(path);
                        way.pop();
                    }
                    Some(next) if way.iter().any(|(on_way, _)| *on_way == next) => {
                        return Some(next.to_owned());
                    }
                    Some(next) if done.contains(next) => {}
                    Some(next) => way.push((next, self.used_by(next))),
                }
            }
        }
        None
    }

    fn used_by(&self, path: &str) -> Vec<&str> {
        self.rules
            .get(path)
            .map(|facts| facts.uses.iter().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

fn declarations(modules: &[Ref<Module>]) -> Declarations<'_> {
    let mut found = Declarations::new();
    for module in modules {
        for rule in &module.policy {
            if let Some(path) = path_of(module, rule) {
                found.entry(path).or_default().rules.push((module, rule));
            }
        }
    }
    found
}

/// The path of a rule or function; of a rule with members, that of the rule.
fn path_of(module: &Module, rule: &Rule) -> Option<String> {
    let refr = match rule {
        Rule::Spec {
            head:
                RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        }
        | Rule::Default { refr, .. } => refr,
    };
    let package = get_path_string(&module.package.refr, Some("data")).ok()?;
    get_path_string(base(refr), Some(&package)).ok()
}

/// A rule's name without the brackets of its members.
fn base(mut refr: &Expr) -> &Expr {
    while let Expr::RefBrack { refr: inner, .. } = refr {
        refr = inner;
    }
    refr
}

impl Declared<'_> {
    fn first_place(&self) -> Option<String> {
        self.rules.first().map(|(_, rule)| place(rule.span()))
    }

    fn why_interpreted(&self) -> Option<String> {
        let default = self
            .rules
            .iter()
            .map(|(_, rule)| *rule)
            .find(|rule| matches!(rule, Rule::Default { args, .. } if !args.is_empty()));
        if let Some(rule) = default {
            return Some(format!("{}: the default of a function", place(rule.span())));
        }
        self.ambiguous_at().map(two_values)
    }

    /// Where two values can come from.
    fn ambiguous_at(&self) -> Option<String> {
        let specs: Vec<&Rule> = self
            .rules
            .iter()
            .map(|(_, rule)| *rule)
            .filter(|rule| matches!(rule, Rule::Spec { .. }))
            .collect();
        let values: Option<Vec<&str>> = specs.iter().map(|rule| constant_of(rule)).collect();
        let are_equal =
            values.is_some_and(|values| values.iter().all(|value| values.first() == Some(value)));
        if are_equal {
            return None;
        }
        let ambiguous =
            specs.iter().find(|rule| is_ambiguous(rule)).or_else(|| second_of_overlapping(&specs));
        ambiguous.map(|rule| place(rule.span()))
    }
}

fn two_values(place: impl std::fmt::Display) -> String {
    format!("{place}: two values cannot be excluded (`else` would do so)")
}

fn place(span: &Span) -> String {
    format!("{}:{}", span.source.get_path(), span.line)
}

/// The second of two definitions that may both hold.
fn second_of_overlapping<'a, 'r>(specs: &'a [&'r Rule]) -> Option<&'a &'r Rule> {
    specs
        .iter()
        .enumerate()
        .find(|(at, rule)| specs.iter().take(*at).any(|earlier| may_both_hold(earlier, rule)))
        .map(|(_, rule)| rule)
}

fn may_both_hold(one: &Rule, other: &Rule) -> bool {
    match (head(one), head(other)) {
        // All values of a set are kept.
        (Some(RuleHead::Set { .. }), _) | (_, Some(RuleHead::Set { .. })) => false,
        (Some(RuleHead::Func { args: one, .. }), Some(RuleHead::Func { args: other, .. })) => {
            // Calls with different constants are different calls.
            !one.iter().zip(other).any(|(one, other)| matches!((constant(one), constant(other)), (Some(one), Some(other)) if one != other))
        }
        _ => true,
    }
}

fn head(rule: &Rule) -> Option<&RuleHead> {
    match rule {
        Rule::Spec { head, .. } => Some(head),
        Rule::Default { .. } => None,
    }
}

/// The value of a definition, if it is always the same.
fn constant_of(rule: &Rule) -> Option<&str> {
    let Rule::Spec { head, bodies, .. } = rule else { return None };
    let value = match head {
        RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => {
            assign.as_ref().map_or(Some("true"), |it| constant(&it.value))?
        }
        RuleHead::Set { .. } => return Some(""),
    };
    let others = bodies.iter().filter_map(|body| body.assign.as_ref());
    others.map(|it| constant(&it.value)).all(|other| other == Some(value)).then_some(value)
}

/// Whether one definition may have two values.
fn is_ambiguous(rule: &Rule) -> bool {
    let Rule::Spec { head, bodies, .. } = rule else { return false };
    let (refr, value) = match head {
        RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
            (refr, assign.as_ref().map(|it| &it.value))
        }
        RuleHead::Set { .. } => return false,
    };
    if let Expr::RefBrack { index, .. } = refr.as_ref() {
        let is_safe = |query| has_keys_of_its_source(index, query);
        return value.is_some_and(|value| !is_constant(value))
            && !bodies.iter().all(|body| is_safe(&body.query));
    }
    let arguments = arguments(head);
    let is_ambiguous = |body: &RuleBody| {
        let value = body.assign.as_ref().map(|it| &it.value).or(value);
        value.is_some_and(|value| varies(value, &body.query, &arguments))
    };
    bodies.iter().any(is_ambiguous)
        || (bodies.is_empty() && value.is_some_and(|value| expr_iterates(value, &arguments)))
}

/// Gathers what one rule uses.
struct Uses<'a, 'f> {
    package: String,
    imports: BTreeMap<&'a str, String>,
    declarations: &'f Declarations<'a>,
    facts: &'f mut Facts,
    error: Option<LoadError>,
}

impl<'a, 'f> Uses<'a, 'f> {
    fn new(module: &'a Module, declarations: &'f Declarations<'a>, facts: &'f mut Facts) -> Self {
        let package = get_path_string(&module.package.refr, Some("data")).unwrap_or_default();
        let imports = module.imports.iter().filter_map(import).collect();
        Self { package, imports, declarations, facts, error: None }
    }

    /// The path that a name that is not local stands for; `None` for `input` and unknown names.
    fn resolve(&self, root: &str, fields: &[&str]) -> Option<String> {
        let own = format!("{}.{root}", self.package);
        let base = match self.imports.get(root) {
            _ if root == "data" => root.to_owned(),
            _ if self.declarations.keys().any(|path| is_at_or_below(path, &own)) => own,
            Some(path) => path.clone(),
            None => return None,
        };
        Some(fields.iter().fold(base, |path, field| format!("{path}.{field}")))
    }

    fn add(&mut self, target: &str) {
        let touched = self
            .declarations
            .keys()
            .filter(|path| is_at_or_below(path, target) || is_at_or_below(target, path));
        self.facts.uses.extend(touched.cloned());
    }
}

fn import(import: &Import) -> Option<(&str, String)> {
    let path = get_path_string(&import.refr, None).ok()?;
    let name = match &import.r#as {
        Some(span) => span.text(),
        None => match import.refr.as_ref() {
            Expr::RefDot { field: (span, _), .. } => span.text(),
            _ => return None,
        },
    };
    path.starts_with("data.").then_some((name, path))
}

/// Whether a path is another one or below it.
fn is_at_or_below(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl<'a> Visitor<'a> for Uses<'a, '_> {
    fn reference(&mut self, root: &'a str, fields: &[&'a str]) {
        if let Some(target) = self.resolve(root, fields) {
            self.add(&target);
        }
    }

    fn call(&mut self, name: String, arguments: usize, span: &'a Span) {
        if name == "print" {
            return;
        }
        let parts: Vec<&str> = name.split('.').collect();
        let Some((root, fields)) = parts.split_first() else { return };
        let target = self.resolve(root, fields);
        let declared = target.as_ref().and_then(|target| self.declarations.get(target));
        let expected = if let (Some(declared), Some(target)) = (declared, target) {
            self.facts.uses.insert(target);
            declared.arguments()
        } else if let Some(expected) = arguments_of(&name) {
            Some(expected)
        } else {
            self.error.get_or_insert_with(|| unknown_function(name, span));
            return;
        };
        // One more argument takes the result.
        if expected.is_some_and(|expected| arguments != expected && arguments != expected + 1) {
            let reason = format!(
                "`{name}` takes {} arguments, not {arguments}",
                expected.unwrap_or_default()
            );
            let (file, line) = (span.source.get_path().clone(), span.line);
            self.error.get_or_insert(LoadError::Rego { file, line, reason });
        }
    }

    fn ambiguous_object(&mut self, span: &'a Span) {
        self.facts.interpreted.get_or_insert_with(|| two_values(place(span)));
    }
}

impl Declared<'_> {
    /// How many arguments the function takes; `None`: it is none.
    fn arguments(&self) -> Option<usize> {
        self.rules.iter().find_map(|(_, rule)| match rule {
            Rule::Spec { head: RuleHead::Func { args, .. }, .. } => Some(args.len()),
            Rule::Default { args, .. } if !args.is_empty() => Some(args.len()),
            Rule::Spec { .. } | Rule::Default { .. } => None,
        })
    }
}

/// How many arguments a built-in takes; `None`: there is none of this name. `print` takes any number.
fn arguments_of(name: &str) -> Option<usize> {
    if let Some(added) = built_in::ADDED.iter().find(|it| it.name == name) {
        return Some(usize::from(added.arguments));
    }
    BUILTINS.get(name).map(|(_, arguments)| usize::from(*arguments))
}

fn unknown_function(name: String, span: &Span) -> LoadError {
    let (file, line) = (span.source.get_path().clone(), span.line);
    if built_in::calls_out(&name) {
        return LoadError::CallsOut { file, line, name };
    }
    LoadError::UnknownFunction { file, line, is_opa: built_in::is_opa(&name), name }
}
