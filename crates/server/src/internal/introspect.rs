//! Introspection of access tokens (contract/iam.md 9.3, 9.4).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use pecan_node::FailureKind;
use pecan_node::authorization_server::{IntrospectError, IntrospectionDetail};
use url::form_urlencoded;

use crate::App;
use crate::extract::RawBody;
use crate::respond::{Failure, typed};
use crate::routes::{Endpoint, auth_paths};

/// The one media type that is read.
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let paths = auth_paths!("/accesstoken/introspect");
    let mut all = Endpoint::auth(Method::POST, paths, "IntrospectAccessToken", introspect);
    let paths = auth_paths!("/accesstoken/introspect_extended");
    let operation = "IntrospectAccessTokenExtended";
    all.extend(Endpoint::auth(Method::POST, paths, operation, introspect_extended));
    all
}

async fn introspect(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Failure> {
    answer(&app, &token(&uri, &headers, &body)?, IntrospectionDetail::Plain).await
}

async fn introspect_extended(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Failure> {
    answer(&app, &token(&uri, &headers, &body)?, IntrospectionDetail::Extended).await
}

async fn answer(app: &App, token: &str, detail: IntrospectionDetail) -> Result<Response, Failure> {
    let answer = app.node.authorization_server.introspect(token, detail).await;
    let json = HeaderValue::from_static("application/json");
    Ok(typed(StatusCode::OK, json, answer.map_err(failure)?))
}

/// The first `token` of the body, or else of the query; empty if there is none.
fn token(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<String, Failure> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case(FORM) {
        return Err(Failure::api(
            FailureKind::UnsupportedMediaType,
            "Content-Type MUST be set to application/x-www-form-urlencoded",
        ));
    }
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut parameters = form_urlencoded::parse(body).chain(form_urlencoded::parse(query));
    let found = parameters.find(|(name, _)| name == "token");
    Ok(found.map_or_else(String::new, |(_, token)| token.into_owned()))
}

fn failure(error: IntrospectError) -> Failure {
    Failure::api(error.kind(), error.to_string()).because(error)
}
