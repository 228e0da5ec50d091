//! Who may ask at all: a gateway with a secret of its own, or with a certificate on its connection.
//!
//! Without that, whoever reaches the listener could try tokens. A refusal here tells nothing, not even to a gateway whose
//! secret is right and whose dialect is not.

use std::sync::Arc;

use axum::extract::MatchedPath;
use axum::response::Response;
use axum_server::tls::TlsInfo;
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, StatusCode, header};
use pecan_node::gateway::{Decision, Dialect, Gateway, Presented, Question, Registration};

use super::question::Unreadable;
use crate::App;
use crate::extract::{RawPath, parameters};
use crate::operations::metrics;
use crate::respond::json;

/// The header in which a gateway sends its secret, where `Authorization` belongs to the client.
pub(crate) const SECRET: HeaderName = HeaderName::from_static("x-pecan-gateway-secret");

/// A gateway that may ask.
#[derive(Clone)]
pub(crate) struct Asker {
    gateway: Gateway,
    /// What is known about it.
    pub(crate) registration: Arc<Registration>,
}

impl Asker {
    /// Whether it may ask in a dialect.
    pub(crate) fn speaks(&self, dialect: Dialect) -> bool {
        self.registration.dialects.contains(&dialect)
    }

    /// Decides. What could not be read is denied.
    pub(crate) async fn decide(&self, question: Result<Question, Unreadable>) -> Decision {
        match question {
            Ok(question) => {
                let decision = self.gateway.decide(&self.registration, question).await;
                metrics::decided(&decision.outcome);
                decision
            }
            Err(unreadable) => self.refuse(&unreadable),
        }
    }

    /// Denies what could not be read.
    pub(crate) fn refuse(&self, unreadable: &Unreadable) -> Decision {
        let decision = self.gateway.refuse(&self.registration, unreadable.to_string());
        metrics::decided(&decision.outcome);
        decision
    }
}

/// The gateway that asks, if it may in one of these dialects. The answer to everybody else is the same.
pub(crate) fn admit(
    app: &App,
    parts: &Parts,
    dialects: &[Dialect],
) -> Result<Asker, Box<Response>> {
    let secret = secret_of_path(parts);
    let shown = Shown { headers: &parts.headers, extensions: &parts.extensions, secret };
    shown.find(app, dialects).ok_or_else(|| {
        Box::new(json(StatusCode::UNAUTHORIZED, &serde_json::json!({ "error": "unauthorized" })))
    })
}

/// What a gateway shows of itself.
pub(crate) struct Shown<'r> {
    /// The header fields of its own request.
    pub(crate) headers: &'r HeaderMap,
    /// What is known of its connection.
    pub(crate) extensions: &'r Extensions,
    /// A secret that stood elsewhere.
    pub(crate) secret: Option<String>,
}

impl Shown<'_> {
    /// The gateway, if it is known and may ask in one of these dialects.
    pub(crate) fn find(&self, app: &App, dialects: &[Dialect]) -> Option<Asker> {
        let bearer_is_of_gateway = dialects.iter().all(|dialect| has_client_token_inside(*dialect));
        let found = self.find_known(app, bearer_is_of_gateway);
        let found = found.filter(|asker| dialects.iter().any(|dialect| asker.speaks(*dialect)));
        if found.is_none() {
            let dialect = dialects.first().map_or("", |dialect| dialect.as_str());
            tracing::warn!(dialect, "a gateway that is not known, or not in this dialect");
        }
        found
    }

    fn find_known(&self, app: &App, bearer_is_of_gateway: bool) -> Option<Asker> {
        let gateway = app.node.gateway.as_ref()?;
        let secret = self.secret(bearer_is_of_gateway).ok()?;
        let certificate_subject = certificate_subject(self.extensions);
        let presented = Presented {
            secret: secret.as_deref(),
            certificate_subject: certificate_subject.as_deref(),
        };
        let registration = gateway.authenticate(presented)?;
        Some(Asker { gateway: gateway.clone(), registration })
    }

    /// The secret, if one was sent.
    fn secret(&self, bearer_is_of_gateway: bool) -> Result<Option<String>, NoSecret> {
        let mut all: Vec<String> = self.secret.clone().into_iter().collect();
        for value in self.headers.get_all(SECRET) {
            all.push(value.to_str().map_err(|_| NoSecret)?.to_owned());
        }
        if bearer_is_of_gateway {
            for value in self.headers.get_all(header::AUTHORIZATION) {
                let value = value.to_str().ok().and_then(bearer).ok_or(NoSecret)?;
                all.push(value.to_owned());
            }
        }
        let mut all = all.into_iter();
        match (all.next(), all.next()) {
            (secret, None) => Ok(secret),
            (_, Some(_)) => Err(NoSecret),
        }
    }
}

/// Something was sent as a secret that is none, or several were, whichever they are.
struct NoSecret;

/// Whether the question is the body of a request, so that the headers of that request are the gateway's own.
fn has_client_token_inside(dialect: Dialect) -> bool {
    match dialect {
        Dialect::ForwardAuth | Dialect::AuthRequest | Dialect::Envoy => false,
        Dialect::Opa | Dialect::OpaData | Dialect::AuthZen => true,
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| secret.trim_start_matches(' '))
}

fn secret_of_path(parts: &Parts) -> Option<String> {
    let template = parts.extensions.get::<MatchedPath>()?.as_str();
    let has_secret = template.starts_with("/gateway/k/{secret}");
    has_secret.then(|| RawPath(parameters(template, parts.uri.path())).text(0))
}

/// The subject of the certificate with which the connection was made. Its chain was verified in the handshake.
pub(crate) fn certificate_subject(extensions: &Extensions) -> Option<String> {
    let info = extensions.get::<Arc<TlsInfo>>()?;
    super::certificate::subject(info.peer_certificates.first()?)
}
