//! One route of the file: its public URL, whose tokens count, what is behind it.

use std::collections::BTreeMap;

use pecan_jose::dpop::{exact_path, exact_uri};
use pecan_node::decision_point::normalize;
use pecan_node::gateway::{Route, RouteKind};
use url::Url;

use super::super::suggest::nearest_of;
use super::Surroundings;
use super::section::{Report, Said, Section};

/// Kinds of routes by name.
const KINDS: [&str; 3] = ["fhir-r4", "fhir-stu3", "http"];

/// One route; `None` if something that it needs is missing or wrong.
pub(super) fn route(
    mut section: Section,
    gateways: &[String],
    surroundings: Surroundings<'_>,
    report: &mut Report,
) -> Option<Route> {
    let name = section.name().to_owned();
    let url = section.required("url", "write the URL under which clients reach it", report);
    let url = url.and_then(|said| public_url(&said, surroundings.is_strict, report));
    let subject = section.required("subject", "name the subject whose tokens count", report);
    let kind = section.required("kind", "write fhir-r4, fhir-stu3 or http", report);
    let kind = kind.and_then(|said| route_kind(&said, report));
    let gateway_path = section.text("gateway_path", report);
    let fhir_server = section.text("fhir_server", report);
    let (ura, facility_type) = holder(&mut section, report);
    let route = Route {
        gateway_path: gateway_path.and_then(|said| path(said, report)),
        gateways: names(&mut section, gateways, report),
        policies: policies(&mut section, report),
        fhir_server: fhir_server.and_then(|said| base(&said, report)),
        holder_ura: ura,
        holder_facility_type: facility_type,
        requires_nonce: section.switch("requires_nonce", report),
        requires_certificate: section.switch("requires_certificate", report),
        name,
        url: url?,
        subject: subject?.value,
        kind: kind?,
    };
    section.finish(report);
    Some(route)
}

/// Proofs name this URL, so it stands here as clients write it.
fn public_url(said: &Said<String>, is_strict: bool, report: &mut Report) -> Option<Url> {
    let url = base(said, report)?;
    if is_strict && url.scheme() != "https" {
        let remedy = "use https, or set strictmode to false to try things out";
        report.error(&said.place, "an access token would travel in the clear", remedy);
        return None;
    }
    Some(url)
}

/// A base URL in the one form that everybody writes alike.
fn base(said: &Said<String>, report: &mut Report) -> Option<Url> {
    let remedy = "write it as in https://fhir.example.nl/fhir";
    let url = match Url::parse(&said.value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url,
        Ok(_) | Err(_) => {
            report.error(&said.place, "not an http or https URL", remedy);
            return None;
        }
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    let text = if has_user {
        "a URL with a user"
    } else if said.value.contains(['?', '#']) {
        "a URL with a query or fragment"
    } else if said.value.ends_with('/') {
        "a URL with a slash at its end"
    } else if let Err(error) = exact_uri(&said.value) {
        return refuse(said, &format!("a URL that cannot be used: {error}"), remedy, report);
    } else {
        return Some(url);
    };
    refuse(said, text, remedy, report)
}

fn refuse<T>(said: &Said<String>, text: &str, remedy: &str, report: &mut Report) -> Option<T> {
    report.error(&said.place, text, remedy);
    None
}

fn path(said: Said<String>, report: &mut Report) -> Option<String> {
    let remedy = "write it as in /fhir";
    if said.value.ends_with('/') && said.value != "/" {
        return refuse(&said, "a path with a slash at its end", remedy, report);
    }
    match exact_path(&said.value) {
        Ok(_) => Some(said.value),
        Err(error) => {
            refuse(&said, &format!("a path that cannot be used: {error}"), remedy, report)
        }
    }
}

fn route_kind(said: &Said<String>, report: &mut Report) -> Option<RouteKind> {
    match said.value.as_str() {
        "fhir-r4" => Some(RouteKind::FhirR4),
        "fhir-stu3" => Some(RouteKind::FhirStu3),
        "http" => Some(RouteKind::Http),
        other => {
            let remedy = format!("write one of {}", KINDS.join(", "));
            refuse(said, &format!("no kind of route `{other}`"), &remedy, report)
        }
    }
}

fn names(section: &mut Section, gateways: &[String], report: &mut Report) -> Vec<String> {
    let mut names = Vec::new();
    for said in section.texts("gateways", report) {
        if gateways.contains(&said.value) {
            names.push(said.value);
            continue;
        }
        let remedy = match nearest_of(&said.value, gateways.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "name one of `gateways`".to_owned(),
        };
        report.error(&said.place, format!("there is no gateway `{}`", said.value), &remedy);
    }
    names
}

/// The policies of scopes. Scopes are what they are; names of policies have one spelling.
fn policies(section: &mut Section, report: &mut Report) -> BTreeMap<String, String> {
    let mut policies = BTreeMap::new();
    for (scope, said) in section.named_texts("policies", report) {
        if scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || c.is_control()) {
            report.error(&said.place, "not one scope", "write one line for each scope");
        }
        let policy = normalize(&said.value);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins_well = policy.starts_with(|first: char| first.is_ascii_alphabetic());
        if !begins_well || !policy.bytes().all(is_plain) {
            let remedy = "write the name of its file or folder in gateway.policies";
            report.error(&said.place, "not the name of a policy", remedy);
        }
        policies.insert(scope, policy);
    }
    policies
}

fn holder(section: &mut Section, report: &mut Report) -> (String, String) {
    let Some(mut holder) = section.section("holder", report) else {
        return (String::new(), String::new());
    };
    let mut text =
        |name, report: &mut _| holder.text(name, report).map(|said| said.value).unwrap_or_default();
    let found = (text("ura", report), text("facility_type", report));
    holder.finish(report);
    found
}
