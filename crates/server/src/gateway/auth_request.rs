//! NGINX `auth_request` and HAProxy: a request without a body, with the client's headers and its request line in fields that
//! the operator names. Only 200, 401 and 403 mean something there.

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{HOST, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use pecan_node::gateway::{Dialect, Question};
use serde_json::Map;

use super::answer::by_status;
use super::gate::{Asker, admit};
use super::question::{self, Told, Unreadable, fields, find_one, find_word};
use crate::App;
use crate::routes::{Endpoint, gateway_paths};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let paths = gateway_paths!("/gateway/auth-request", "/auth-request");
    Endpoint::decision_of_any_method(paths, "AuthRequest", auth_request)
}

async fn auth_request(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asker = match admit(&app, &parts, &[Dialect::AuthRequest]) {
        Ok(asker) => asker,
        Err(refused) => return *refused,
    };
    let question = read(&asker, &parts, body).await;
    let mut response = by_status(&asker, &parts, question).await;
    join_challenges(response.headers_mut());
    response
}

/// Puts all challenges into one field, which is the same (RFC 9110 §11.6.1): NGINX before 1.23 hands on only the first field.
fn join_challenges(headers: &mut HeaderMap) {
    let all: Vec<&[u8]> =
        headers.get_all(WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b", "[..]))
        && !joined.is_empty()
    {
        headers.insert(WWW_AUTHENTICATE, joined);
    }
}

async fn read(
    asker: &Asker,
    parts: &Parts,
    body: axum::body::Body,
) -> Result<Question, Unreadable> {
    let names = &asker.registration.original;
    let headers = fields(&parts.headers);
    find_one(&headers, HOST.as_str())?;
    let missing = |name: &str| Unreadable::Missing(name.to_owned());
    let method = find_word(&headers, &names.method)?.ok_or_else(|| missing(&names.method))?;
    let target = find_one(&headers, &names.uri)?.filter(|uri| !uri.is_empty());
    let own = [&names.method, &names.uri, &names.host, &names.scheme];
    let told = Told {
        target: target.ok_or_else(|| missing(&names.uri))?.to_owned(),
        scheme: find_word(&headers, &names.scheme)?,
        authority: find_word(&headers, &names.host)?,
        // Only what is not this dialect of NGINX has a body to tell, such as a script in HAProxy.
        body: super::body::read(&asker.registration, &method, body).await?,
        method,
        own_headers: own.into_iter().cloned().chain([HOST.to_string()]).collect(),
        headers,
        introspection: None,
        context: Map::new(),
    };
    question::question(&asker.registration, told)
}
