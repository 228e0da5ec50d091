//! Why a token would come, or not: for operators, beyond the API of other nodes.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use pecan_node::explain::{About, ExplainError, Question};
use serde::Deserialize;
use serde_json::Value;

use crate::App;
use crate::extract::JsonBody;
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, Listener};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Listener::Internal,
        Method::POST,
        "/internal/pecan/v1/explain",
        "Explain",
        explain,
    )]
}

async fn explain(
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Failure> {
    let explanation = app.node.explainer.explain(&body.into_question()?).await?;
    Ok(json(StatusCode::OK, &explanation))
}

#[derive(Deserialize)]
struct Body {
    subject: Option<String>,
    scope: Option<String>,
    authorization_server: Option<String>,
    presentation_definition: Option<Value>,
    credentials: Option<Vec<Value>>,
    credential_selection: Option<BTreeMap<String, String>>,
}

impl Body {
    /// One of the three: a scope, a scope at a server, a definition.
    fn into_question(self) -> Result<Question, Failure> {
        let about = match (self.presentation_definition, self.authorization_server, self.scope) {
            (Some(definition), None, None) => About::Definition(definition),
            (None, None, Some(scope)) => About::Scope(scope),
            (None, Some(authorization_server), Some(scope)) => {
                About::Server { authorization_server, scope }
            }
            (Some(_), _, _) | (None, _, None) => {
                return Err(Failure::request(
                    "give `scope`, `scope` and `authorization_server`, or `presentation_definition`",
                ));
            }
        };
        Ok(Question {
            subject: self.subject.unwrap_or_default(),
            about,
            credentials: self.credentials.unwrap_or_default(),
            selection: self.credential_selection.unwrap_or_default(),
        })
    }
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        Self::api(error.kind(), error.to_string()).because(error)
    }
}
