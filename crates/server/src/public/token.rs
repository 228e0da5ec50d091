//! The token endpoint (contract/iam.md 8).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use pecan_node::authorization_server::{ACCESS_TOKEN_LIFETIME, AccessToken, TokenError};
use pecan_oauth::token::{TokenAnswer, TokenRequest};

use crate::App;
use crate::extract::{OAuthForm, RawPath};
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, Listener};

/// The header with a proof of possession, RFC 9449 §4.1.
const DPOP: HeaderName = HeaderName::from_static("dpop");

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Listener::Public,
        Method::POST,
        "/oauth2/{subject}/token",
        "HandleTokenRequest",
        token,
    )]
}

async fn token(
    State(app): State<App>,
    path: RawPath,
    headers: HeaderMap,
    form: OAuthForm,
) -> Result<Response, Failure> {
    let request = TokenRequest::parse(|name| form.find(name));
    // SECURITY: a proof that is no text stays a wrong proof; as an absent one it would yield a token that is bound to nothing.
    let dpop = headers.get(DPOP).map(|proof| String::from_utf8_lossy(proof.as_bytes()));
    let token = app.node.authorization_server.token(&path.text(0), request, dpop.as_deref()).await;
    Ok(render(&token.map_err(failure)?))
}

fn render(token: &AccessToken) -> Response {
    let answer = TokenAnswer {
        access_token: &token.token,
        expires_in: ACCESS_TOKEN_LIFETIME.whole_seconds(),
        token_type: token.token_type,
        scope: &token.scope,
    };
    json(StatusCode::OK, &answer)
}

fn failure(error: TokenError) -> Failure {
    Failure::oauth(error.code(), error.to_string()).because(error)
}
