//! `pecan policy eval`: what policies say of a recorded request, and what that costs.
//!
//! Ends with 0 for allowed, 1 for denied, 2 when there is no answer, as `pecan explain` does.

mod render;

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use pecan_platform::clock::{Clock as _, SystemClock};
use pecan_rego::{Answer, PolicySet};
use serde_json::{Map, Value};

use super::check::compile;
use super::http_request::{self, Recorded};
use super::{Printed, elapsed, format_flag, is_json};
use crate::options::file::File;

const EXAMPLES: &str = "\
Examples:
  pecan policy eval --policies policies --policy bgz --input input.json
  pecan policy eval --policies policies --gateways gateway.yaml --input request.yaml

The input is JSON or YAML, one of
  - the document that a policy sees (`subject`, `resource`, `action`, `context`), alone or as the member `input`;
  - a request, from which that document is made as at a gateway:

      method: GET
      url: https://fhir.hospital.example.nl/fhir/Task/1
      headers: {Accept: application/fhir+json}
      body: \"\"                       # a text, or JSON
      claims: {client_id: https://clinic.example.nl/oauth2/clinic, scope: eOverdracht-sender, organization_ura: \"12345678\"}
      route: {url: https://fhir.hospital.example.nl/fhir, subject: hospital, kind: fhir-stu3}    # or --gateways
      lookup: {task: {status: 200, body: {resourceType: Task, id: \"1\"}}}   # what the node would have looked up
      access: []                     # facts about the client and the resource
      time: 2026-01-31T12:00:00Z     # now, if left out

Without --policy the policies of the token's scopes are asked, of which one has to allow. A Bundle is many requests, of which each has to
be allowed. Token, proof and certificate are not checked here. Ends with 0 for allowed, 1 for denied, 2 for no answer.";

/// What one policy says of one document.
struct Verdict {
    policy: String,
    scope: Option<String>,
    /// A text: why there is no answer.
    answer: Result<Answer, String>,
    duration: std::time::Duration,
    instructions: Option<usize>,
}

/// One document, and what policies say of it.
struct Part {
    input: Value,
    verdicts: Vec<Verdict>,
}

impl Verdict {
    /// What the policy wants to know and the document does not tell.
    fn unmet<'a>(&'a self, input: &'a Value) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let needs = self.answer.iter().flat_map(|answer| &answer.needs);
        needs.filter(|(name, _)| input.pointer("/lookup").and_then(|it| it.get(*name)).is_none())
    }

    fn is_allowed(&self, input: &Value) -> bool {
        self.answer.as_ref().is_ok_and(|answer| answer.is_allowed)
            && self.unmet(input).next().is_none()
    }
}

impl Part {
    fn is_allowed(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.is_allowed(&self.input))
    }
}

pub(super) fn command() -> Command {
    let file = |name, value, help| {
        let arg = Arg::new(name).long(name).value_name(value).help(help);
        arg.value_parser(value_parser!(PathBuf))
    };
    Command::new("eval")
        .about("Tell what policies say of a recorded request, and why")
        .arg(file("policies", "PATH", "Folder or OPA bundle of policies").default_value("policies"))
        .arg(Arg::new("policy").long("policy").value_name("NAME").help("The policy to ask"))
        .arg(file("input", "FILE", "Document or request, as JSON or YAML").required(true))
        .arg(file("gateways", "FILE", "File of gateways and routes (`gateway.configfile`)"))
        .arg(
            Arg::new("show-input")
                .long("show-input")
                .action(ArgAction::SetTrue)
                .help("Print the document that the policies see, too"),
        )
        .arg(format_flag())
        .after_help(EXAMPLES)
}

pub(super) fn run(matches: &ArgMatches) -> Printed {
    match ask(matches) {
        Ok(parts) => {
            let code = u8::from(!parts.iter().all(Part::is_allowed));
            let text = if is_json(matches) {
                render::json(&parts)
            } else {
                render::pretty(&parts, matches.get_flag("show-input"))
            };
            Printed { text, code, ..Printed::default() }
        }
        Err(problem) => {
            Printed { problems: format!("Error: {problem}\n"), code: 2, ..Printed::default() }
        }
    }
}

fn ask(matches: &ArgMatches) -> Result<Vec<Part>, String> {
    let path = |name: &str| matches.get_one::<PathBuf>(name);
    let policies = path("policies").ok_or("--policies is missing")?;
    let input = path("input").ok_or("--input is missing")?;
    let named = matches.get_one::<String>("policy").map(String::as_str);
    let routes = path("gateways").map(|file| http_request::routes(file)).transpose()?;
    let bytes = std::fs::read(input).map_err(|error| format!("`{}`: {error}", input.display()))?;
    let file = File { path: input.display().to_string(), bytes };
    let set = compile(policies)?;
    let members = read(&file)?;
    let (asked, inputs) = if Recorded::is_request(&members) {
        let routes = &routes.unwrap_or_default();
        let recorded = Recorded { file: &file, members: &members, routes };
        let described =
            recorded.describe().map_err(|reason| format!("`{}`: {reason}", file.path))?;
        let asked = described.policies.into_iter().map(|(scope, policy)| (Some(scope), policy));
        (asked.collect(), described.inputs)
    } else {
        (Vec::new(), vec![document(members)])
    };
    let asked = asked_policies(&set, named, asked, &inputs)?;
    Ok(inputs.into_iter().map(|input| part(&set, &asked, input)).collect())
}

/// A scope, where one is known, and the policy that is asked for it.
type Asked = (Option<String>, String);

/// The policy that is named, or those of the scopes.
fn asked_policies(
    set: &PolicySet,
    named: Option<&str>,
    of_scopes: Vec<Asked>,
    inputs: &[Value],
) -> Result<Vec<Asked>, String> {
    let known = || set.names().collect::<Vec<_>>().join(", ");
    if let Some(name) = named {
        if !set.contains(name) {
            return Err(format!("there is no policy `{name}`: there are {}", known()));
        }
        let scope = of_scopes.into_iter().find(|(_, policy)| policy == name);
        return Ok(vec![(scope.and_then(|(scope, _)| scope), name.to_owned())]);
    }
    let recorded = inputs.first().and_then(|input| input.pointer("/context/policy"));
    let recorded = recorded.and_then(Value::as_str).map(|policy| (None, policy.to_owned()));
    let asked: Vec<Asked> =
        of_scopes.into_iter().chain(recorded).filter(|(_, name)| set.contains(name)).collect();
    if asked.is_empty() {
        return Err(format!("no scope of the token has a policy; name one of {}", known()));
    }
    Ok(asked)
}

fn part(set: &PolicySet, asked: &[Asked], mut input: Value) -> Part {
    let mut verdicts = Vec::new();
    for (scope, policy) in asked {
        if let Some(context) = input.get_mut("context").and_then(Value::as_object_mut) {
            context.insert("policy".to_owned(), policy.as_str().into());
            context.extend(scope.iter().map(|scope| ("scope".to_owned(), scope.as_str().into())));
        }
        let start = SystemClock.now();
        let answer = set.evaluate(policy, &input).map_err(|error| error.to_string());
        let duration = elapsed(start);
        let instructions = set.instructions(policy, &input);
        let (policy, scope) = (policy.clone(), scope.clone());
        verdicts.push(Verdict { policy, scope, answer, duration, instructions });
    }
    Part { input, verdicts }
}

fn read(file: &File) -> Result<Map<String, Value>, String> {
    let wrong = |reason: String| format!("`{}`: {reason}", file.path);
    let text = str::from_utf8(&file.bytes).map_err(|_| wrong("not UTF-8 text".to_owned()))?;
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) => serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?,
    };
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(wrong("not an object".to_owned())),
    }
}

/// The document of a file: alone, or as it is sent to Open Policy Agent.
fn document(mut members: Map<String, Value>) -> Value {
    match members.remove("input") {
        Some(input @ Value::Object(_)) if members.is_empty() => input,
        Some(other) => {
            members.insert("input".to_owned(), other);
            Value::Object(members)
        }
        None => Value::Object(members),
    }
}
