//! What policies say of a request, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::super::shown;
use super::{Part, Verdict};
use crate::commands::explain::render::plain;

/// For people.
pub(super) fn pretty(parts: &[Part], shows_input: bool) -> String {
    let mut page = String::new();
    let is_allowed = parts.iter().all(Part::is_allowed);
    let _ = writeln!(page, "{}", if is_allowed { "ALLOWED" } else { "DENIED" });
    for (index, part) in parts.iter().enumerate() {
        let number = if parts.len() == 1 { String::new() } else { format!("{}. ", index + 1) };
        let _ = writeln!(page, "\n{number}{}", subject_line(&part.input));
        for verdict in &part.verdicts {
            put(&mut page, verdict, &part.input);
        }
        if shows_input {
            let _ = writeln!(page, "\n  input\n{}", indented(&part.input));
        }
    }
    page
}

/// `PUT /Task/1?x=y: update`.
fn subject_line(input: &Value) -> String {
    let text = |path: &str| {
        let value = input.pointer(path).and_then(Value::as_str);
        plain(value.unwrap_or_default())
    };
    let mut line = format!("{} {}", text("/action/request/method"), text("/action/request/path"));
    let query = text("/action/request/query");
    if !query.is_empty() {
        let _ = write!(line, "?{query}");
    }
    let interaction = text("/action/fhir_rest/interaction_type");
    if !interaction.is_empty() {
        let _ = write!(line, ": {interaction}");
    }
    if line.trim().is_empty() { "the document".to_owned() } else { line }
}

fn put(page: &mut String, verdict: &Verdict, input: &Value) {
    let word = if verdict.is_allowed(input) { "allow" } else { "deny" };
    let scope = match &verdict.scope {
        Some(scope) => format!(" for scope `{}`", plain(scope)),
        None => String::new(),
    };
    let _ = writeln!(page, "  {word}  policy `{}`{scope}", verdict.policy);
    match &verdict.answer {
        Err(reason) => {
            let _ = writeln!(page, "    no answer: {}", plain(reason));
        }
        Ok(answer) => {
            for reason in &answer.reasons {
                let (code, text) = (plain(&reason.code), plain(&reason.description));
                let _ = writeln!(page, "    reason      {code}: {text}");
            }
            for (name, value) in &answer.obligations {
                let _ = writeln!(
                    page,
                    "    obligation  {}: {}",
                    plain(name),
                    plain(&value.to_string())
                );
            }
            for (name, url) in &answer.needs {
                let is_told = !verdict.unmet(input).any(|(unmet, _)| unmet == name);
                let told =
                    if is_told { "told in `lookup`" } else { "not told: write it into `lookup`" };
                let url = url.as_str().map_or_else(|| url.to_string(), str::to_owned);
                let _ = writeln!(page, "    needs       {}: {} ({told})", plain(name), plain(&url));
            }
        }
    }
    let instructions = match verdict.instructions {
        Some(count) => format!("{count} instructions"),
        None => "not counted: interpreted".to_owned(),
    };
    let _ = writeln!(page, "    cost        {}, {instructions}", shown(verdict.duration));
}

fn indented(value: &Value) -> String {
    let text = format!("{value:#}");
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

/// For programs.
pub(super) fn json(parts: &[Part]) -> String {
    let is_allowed = parts.iter().all(Part::is_allowed);
    let parts: Vec<Value> = parts
        .iter()
        .map(|part| {
            let verdicts = part.verdicts.iter().map(|verdict| object(verdict, &part.input));
            json!({
                "is_allowed": part.is_allowed(),
                "input": part.input,
                "policies": verdicts.collect::<Vec<_>>(),
            })
        })
        .collect();
    format!("{:#}\n", json!({ "is_allowed": is_allowed, "parts": parts }))
}

fn object(verdict: &Verdict, input: &Value) -> Value {
    let mut object = Map::new();
    let mut set = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    set("policy", verdict.policy.as_str().into());
    set("scope", verdict.scope.clone().into());
    set("is_allowed", verdict.is_allowed(input).into());
    match &verdict.answer {
        Err(reason) => set("error", reason.as_str().into()),
        Ok(answer) => {
            let reasons = answer.reasons.iter();
            let reasons = reasons
                .map(|reason| json!({ "code": reason.code, "description": reason.description }));
            set("reasons", reasons.collect());
            set("obligations", answer.obligations.clone().into());
            set("needs", answer.needs.clone().into());
            set("unmet_needs", verdict.unmet(input).map(|(name, _)| name.as_str()).collect());
        }
    }
    let nanoseconds = u64::try_from(verdict.duration.as_nanos()).unwrap_or(u64::MAX);
    set("duration_nanoseconds", nanoseconds.into());
    set("instructions", verdict.instructions.into());
    Value::Object(object)
}
