//! From sources to code: one program for each policy, and programs for all rules, which are asked for by path.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write as _};

use regorus::{CompiledPolicy, Engine, Value as RegoValue};
use serde_json::{Map, Value};

use crate::analysis::Analysis;
use crate::built_in;
use crate::convert::{to_json, to_rego};
use crate::error::LoadError;
use crate::files::{Module, Sources};
use crate::layout;
use crate::nesting::{NESTING_MAX, too_deep_at};
use crate::program::{Code, line_of, reason_of};
use crate::rules::ParsedModule;

/// The rules whose values are an answer.
const ANSWER_RULES: [&str; 4] = ["allow", "reasons", "obligations", "needs"];
/// The package of the rules that gather answers; no policy may use it.
const ANSWER_PACKAGE: &str = "pecan_answer";
/// The most rules of one program: the machine has 255 registers, and each entry takes one.
const ENTRIES_MAX: usize = 200;

/// Policies that were read and analysed.
pub(crate) struct Compilation {
    engine: Engine,
    compiled: CompiledPolicy,
    analysis: Analysis,
    /// The packages of the policies by name.
    names: BTreeMap<String, String>,
    /// The paths of all rules that have a value.
    declared: BTreeSet<String>,
    notes: BTreeSet<String>,
}

impl Compilation {
    pub(crate) fn new(sources: &Sources) -> Result<Self, LoadError> {
        let mut engine = engine(sources, sources.modules.iter().filter(|module| !module.is_test))?;
        let modules = parsed(&mut engine)?;
        let names = layout::policies(sources, &modules)?;
        let declared = declared(&modules);
        check_data(&declared, &sources.data)?;
        for package in names.values() {
            let gather = gathering_module(package, &declared);
            add(&mut engine, &format!("{ANSWER_PACKAGE}/{package}"), gather)?;
        }
        let analysis = Analysis::new(engine.get_modules())?;
        let entry = names.values().next().map(|package| entry_of(package)).unwrap_or_default();
        let compiled = engine.compile_with_entrypoint(&entry.into());
        let compiled = compiled.map_err(|error| engine_error(&error))?;
        Ok(Self { engine, compiled, analysis, names, declared, notes: BTreeSet::new() })
    }

    /// The programs of all rules, each with the paths of its rules.
    pub(crate) fn rules(&mut self) -> Result<Vec<(Vec<String>, Code)>, LoadError> {
        let all = self.declared.clone();
        let (interpreted, plain): (Vec<&str>, Vec<&str>) = all
            .iter()
            .map(String::as_str)
            .partition(|rule| self.analysis.why_interpreted(rule).is_some());
        let mut programs = Vec::new();
        for rules in plain.chunks(ENTRIES_MAX).chain(interpreted.chunks(ENTRIES_MAX)) {
            let code = self.code(rules)?;
            programs.push((rules.iter().map(|rule| (*rule).to_owned()).collect(), code));
        }
        Ok(programs)
    }

    /// The program of each policy, with its name and the rule that gathers its answer.
    pub(crate) fn policies(&mut self) -> Result<Vec<(String, String, Code)>, LoadError> {
        let mut programs = Vec::new();
        for (name, package) in self.names.clone() {
            let entry = entry_of(&package);
            let code = self.code(&[&entry])?;
            programs.push((name, entry, code));
        }
        Ok(programs)
    }

    fn code(&mut self, rules: &[&str]) -> Result<Code, LoadError> {
        if let Some(why) = rules.iter().find_map(|rule| self.analysis.why_interpreted(rule)) {
            self.notes.insert(interpreted(why));
            return Ok(Code::interpreted(&self.engine));
        }
        let (code, why) = Code::compile(&self.engine, &self.compiled, rules)?;
        self.notes.extend(why.as_deref().map(interpreted));
        Ok(code)
    }

    /// What the operator should know.
    pub(crate) fn into_notes(self) -> impl Iterator<Item = String> {
        self.notes.into_iter()
    }
}

fn interpreted(why: &str) -> String {
    format!("{why}: interpreted, three times as slow")
}

/// A rule and a document of data cannot be at one place: the document would be lost.
fn check_data(declared: &BTreeSet<String>, data: &Map<String, Value>) -> Result<(), LoadError> {
    for rule in declared {
        let mut parts = rule.split('.').skip(1).peekable();
        let mut place = Some(data);
        while let (Some(part), Some(members)) = (parts.next(), place) {
            place = match (members.get(part), parts.peek()) {
                (None, _) => None,
                (Some(Value::Object(below)), Some(_)) => Some(below),
                (Some(_), _) => {
                    let reason = "data and a rule are at this place".to_owned();
                    return Err(LoadError::Data { file: rule.clone(), reason });
                }
            };
        }
    }
    Ok(())
}

/// An engine with these modules, the data and the functions of this crate.
pub(crate) fn engine<'a>(
    sources: &Sources,
    modules: impl Iterator<Item = &'a Module>,
) -> Result<Engine, LoadError> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(false);
    // Or the interpreter would print what policies print.
    engine.set_gather_prints(true);
    for built_in in &built_in::ADDED {
        let call = |arguments: Vec<RegoValue>| {
            let arguments: Vec<Value> = arguments.iter().filter_map(to_json).collect();
            Ok(built_in.call(&arguments).map_or(RegoValue::Undefined, |value| to_rego(&value)))
        };
        engine
            .add_extension(built_in.name.to_owned(), built_in.arguments, Box::new(call))
            .map_err(|error| engine_error(&error))?;
    }
    for module in modules {
        add(&mut engine, &module.path, module.text.clone())?;
    }
    let data = to_rego(&Value::Object(sources.data.clone()));
    engine.add_data(data).map_err(|error| engine_error(&error))?;
    Ok(engine)
}

fn add(engine: &mut Engine, path: &str, text: String) -> Result<(), LoadError> {
    if let Some(line) = too_deep_at(&text) {
        let reason = format!("brackets or signs are nested more than {NESTING_MAX} deep");
        return Err(LoadError::Rego { file: path.to_owned(), line, reason });
    }
    engine.add_policy(path.to_owned(), text).map(|_| ()).map_err(|error| {
        let message = error.to_string();
        LoadError::Rego {
            file: path.to_owned(),
            line: line_of(&message),
            reason: reason_of(&message).to_owned(),
        }
    })
}

fn engine_error(error: &impl Display) -> LoadError {
    let message = error.to_string();
    let place =
        message.split_once("--> ").map_or("", |(_, rest)| rest).lines().next().unwrap_or_default();
    let file = place.rsplitn(3, ':').nth(2).unwrap_or("policies").to_owned();
    LoadError::Rego { file, line: line_of(&message), reason: reason_of(&message).to_owned() }
}

fn parsed(engine: &mut Engine) -> Result<Vec<ParsedModule>, LoadError> {
    let mut modules = Vec::new();
    for module in engine.get_modules() {
        let span = &module.package.span;
        let wrong = |reason: &str| LoadError::Rego {
            file: span.source.get_path().clone(),
            line: span.line,
            reason: reason.to_owned(),
        };
        let parsed = ParsedModule::new(module).ok_or_else(|| wrong("a package has plain names"))?;
        if parsed.package.split('.').next() == Some(ANSWER_PACKAGE) {
            return Err(wrong("this package is reserved"));
        }
        modules.push(parsed);
    }
    Ok(modules)
}

/// The paths of all rules that have a value.
fn declared(modules: &[ParsedModule]) -> BTreeSet<String> {
    let paths = modules.iter().flat_map(|module| {
        module.rules.iter().map(move |rule| format!("data.{}.{rule}", module.package))
    });
    paths.collect()
}

fn entry_of(package: &str) -> String {
    format!("data.{ANSWER_PACKAGE}.{package}.answer")
}

/// A rule that gathers the defined ones of the answer's rules, so that one evaluation computes what they share only once.
fn gathering_module(package: &str, declared: &BTreeSet<String>) -> String {
    let mut text = format!("package {ANSWER_PACKAGE}.{package}\n");
    for rule in declared {
        let Some(below) = rule.strip_prefix(&format!("data.{package}.")) else { continue };
        let path: Vec<&str> = below.split('.').collect();
        if path.first().is_some_and(|first| ANSWER_RULES.contains(first)) {
            let path = Value::from(path);
            // Writing to a text cannot fail.
            let _ = writeln!(text, "answer contains [{path}, value] if value := {rule}");
        }
    }
    text
}
