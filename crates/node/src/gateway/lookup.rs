//! What a policy wants to know before it decides: of the FHIR server behind a route, and of the access facts about other resources.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use pecan_jose::dpop::exact_path;
use pecan_jose::json;
use pecan_platform::Env;
use pecan_platform::http::{HeaderValue, HttpError, Request, header};
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use url::Url;

use super::Gateway;
use super::decide::Judged;
use crate::access_facts::{FindError, Resource};

/// What the requests of lookups are for.
pub(super) const PURPOSE: &str = "policy-lookup";
/// The most lookups of one policy.
const LOOKUPS_MAX: usize = 8;
/// The most different lookups of one decision, which may be about a Bundle.
const ALL_LOOKUPS_MAX: usize = 32;
/// How long all lookups of one decision may take together.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest relative URL, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// What a need for access facts begins with.
const ACCESS: &str = "access:";

/// What was looked up for one decision. What was asked before is not asked again.
#[derive(Default)]
pub(super) struct Lookups {
    found: HashMap<String, Value>,
    /// From the first lookup on.
    deadline: Option<Instant>,
}

/// Where the answer to a need is.
enum Need {
    /// At the FHIR server of the route.
    Fhir(Url),
    /// In the access facts about the client and a resource: `Type/id`.
    Access(String),
}

/// Why a policy was not told what it wants to know; for the operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookupError {
    #[error("the policy wants to know more than {LOOKUPS_MAX} things")]
    TooMany,
    #[error("the policies want to know more than {ALL_LOOKUPS_MAX} things about one request")]
    TooManyForAll,
    #[error("lookup `{0}` is no relative URL of a FHIR request")]
    NotRelative(String),
    #[error("lookup `{0}` names no resource for its access facts")]
    NotResource(String),
    #[error("the route has no FHIR server for lookups")]
    NoServer,
    #[error("no time is left for lookups")]
    NoTime,
    #[error("lookup `{name}` failed: {cause}")]
    Failed { name: String, cause: HttpError },
    #[error("lookup `{name}` was answered with JSON that cannot be read")]
    NotJson { name: String },
    #[error("lookup `{name}`: {cause}")]
    Access { name: String, cause: FindError },
}

impl Gateway {
    /// Finds what a policy needs, all at once: name to `{status, etag, body}`. The body of access facts is their list.
    pub(super) async fn look_up(
        &self,
        request: Judged<'_>,
        lookups: &mut Lookups,
        needs: &Map<String, Value>,
    ) -> Result<Map<String, Value>, LookupError> {
        if needs.len() > LOOKUPS_MAX {
            return Err(LookupError::TooMany);
        }
        let mut asked = Vec::with_capacity(needs.len());
        for (name, told) in needs {
            let need = Need::read(name, told, request.route.route.fhir_server.as_ref())?;
            asked.push((name, need.key(), need));
        }
        let is_new = |key: &str| !lookups.found.contains_key(key);
        let new: Vec<_> = asked.iter().filter(|(_, key, _)| is_new(key)).collect();
        if lookups.found.len() + new.len() > ALL_LOOKUPS_MAX {
            return Err(LookupError::TooManyForAll);
        }
        let deadline = *lookups.deadline.get_or_insert_with(|| Instant::now() + TIMEOUT);
        let timeout = deadline.saturating_duration_since(Instant::now());
        if timeout.is_zero() && !new.is_empty() {
            return Err(LookupError::NoTime);
        }
        let answers = new.into_iter().map(|(name, key, need)| async move {
            let answer = match need {
                Need::Fhir(url) => fetch_one(&self.env, name, url.clone(), timeout).await?,
                Need::Access(resource) => self.facts_about(request, name, resource).await?,
            };
            Ok((key.clone(), answer))
        });
        for answer in join_all(answers).await {
            lookups.found.extend([answer?]);
        }
        let told = asked
            .iter()
            .filter_map(|(name, key, _)| Some(((*name).clone(), lookups.found.get(key)?.clone())));
        Ok(told.collect())
    }

    async fn facts_about(
        &self,
        request: Judged<'_>,
        name: &str,
        resource: &str,
    ) -> Result<Value, LookupError> {
        // What is laid down for a type holds for its resources: a denial, for one.
        let resource_type = resource.split('/').next().unwrap_or_default();
        let resources = [resource.to_owned(), resource_type.to_owned()];
        let found = self.find_access(request, &resources).await;
        let found = found.map_err(|cause| LookupError::Access { name: name.to_owned(), cause })?;
        Ok(json!({ "status": 200, "etag": "", "body": found }))
    }
}

impl Need {
    fn read(name: &str, told: &Value, server: Option<&Url>) -> Result<Self, LookupError> {
        let told = told.as_str().unwrap_or_default();
        if let Some(resource) = told.strip_prefix(ACCESS) {
            let is_instance = resource.contains('/') && !resource.starts_with('/');
            let resource = Resource::parse(resource).filter(|_| is_instance);
            let resource = resource.ok_or_else(|| LookupError::NotResource(name.to_owned()))?;
            return Ok(Self::Access(resource.as_str().to_owned()));
        }
        let server = server.ok_or(LookupError::NoServer)?;
        let url = below(server, told).ok_or_else(|| LookupError::NotRelative(name.to_owned()))?;
        Ok(Self::Fhir(url))
    }

    /// What was found is kept under it. No URL begins as access facts do.
    fn key(&self) -> String {
        match self {
            Self::Fhir(url) => url.to_string(),
            Self::Access(resource) => format!("{ACCESS}{resource}"),
        }
    }
}

async fn fetch_one(
    env: &Env,
    name: &str,
    url: Url,
    timeout: Duration,
) -> Result<Value, LookupError> {
    let mut request = Request::get(PURPOSE, url);
    let accept = HeaderValue::from_static("application/fhir+json, application/json;q=0.5");
    request.headers.insert(header::ACCEPT, accept);
    // What is stored may have changed a moment ago.
    request.use_cache = false;
    request.timeout = Some(timeout);
    let answer = env.http.send(request).await;
    let answer = answer.map_err(|cause| LookupError::Failed { name: name.to_owned(), cause })?;
    let is_json = answer.media_type().is_some_and(|it| it.ends_with("json"));
    let body = if is_json && !answer.body.is_empty() {
        json::parse(&answer.body).map_err(|_| LookupError::NotJson { name: name.to_owned() })?
    } else {
        Value::Null
    };
    let etag = answer.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
    Ok(json!({ "status": answer.status.as_u16(), "etag": etag.unwrap_or_default(), "body": body }))
}

/// The URL of a relative one below a base.
// SECURITY: parts of it come from the client's request; they must not lead out of the base, nor to another host.
fn below(server: &Url, relative: &str) -> Option<Url> {
    if relative.len() > URL_BYTES_MAX || !relative.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let path = relative.split_once('?').map_or(relative, |(path, _)| path);
    let path = exact_path(&format!("/{path}")).ok()?;
    if path == "/" || path.contains(['%', ':', '@']) || relative.contains('#') {
        return None;
    }
    let base = server.as_str().trim_end_matches('/');
    let url = Url::parse(&format!("{base}/{relative}")).ok()?;
    (url.origin() == server.origin() && url.path().starts_with(server.path())).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_stay_below_the_server() {
        let server = Url::parse("http://fhir.internal:8080/fhir/").unwrap();
        for (relative, expected) in [
            ("Task/1", "http://fhir.internal:8080/fhir/Task/1"),
            (
                "Patient/1?_elements=identifier",
                "http://fhir.internal:8080/fhir/Patient/1?_elements=identifier",
            ),
            (
                "Consent?data=Task/1&x=a|b",
                "http://fhir.internal:8080/fhir/Consent?data=Task/1&x=a|b",
            ),
        ] {
            assert_eq!(below(&server, relative).unwrap().as_str(), expected);
        }
        let long = "x".repeat(URL_BYTES_MAX + 1);
        for relative in [
            "",
            "/Task/1",
            "//evil.example/x",
            "../admin",
            "Task/../../admin",
            "Task/%2e%2e/x",
            "Task%2f1",
            "http://evil.example/",
            "@evil.example/",
            "Task/1#x",
            "Task/1?x#y",
            "Task\\..\\x",
            "Task/1;x",
            "Task/ 1",
            "Task//1",
            "?x=y",
            &long,
        ] {
            assert_eq!(below(&server, relative), None, "{relative}");
        }
    }
}
