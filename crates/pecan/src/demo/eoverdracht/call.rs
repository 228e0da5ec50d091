//! A call of one organisation's systems to a service of the other, through its gateway: what was asked, and what came of it.

use pecan_platform::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use super::super::party::{Outcome, Party, text};
use super::super::printer::Tone;
use super::Handover;
use super::decision_log::Entry;
use super::front::Front;

/// How the log names the policy of Hospital.
const POLICY: &str = "policy `eoverdracht_sender`: ";

/// An access token that is bound to a key of the node.
pub(super) struct Token {
    value: String,
    /// The id of the key, escaped for a path.
    key_id: String,
}

/// One call.
pub(super) struct Call<'c> {
    pub(super) method: Method,
    /// Below the base of the service.
    pub(super) path: &'c str,
    pub(super) proof: Proof<'c>,
    pub(super) if_match: Option<&'c str>,
    pub(super) body: Option<Value>,
}

/// The proof of possession of a call.
pub(super) enum Proof<'c> {
    /// One for this call.
    Own,
    /// One for the same method and another path.
    ForPath(&'c str),
    /// One that was made before.
    Made(&'c str),
    /// None: the token comes as `Bearer`.
    Missing,
}

/// What the caller gets.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
    /// The proof that went with the call.
    pub(super) proof: String,
}

impl Token {
    /// Reads an answer of the node.
    pub(super) fn read(answer: &Value) -> Outcome<Self> {
        let key_id = text(answer, "/dpop_kid")?.as_bytes();
        let key_id = url::form_urlencoded::byte_serialize(key_id).collect();
        Ok(Self { value: text(answer, "/access_token")?.to_owned(), key_id })
    }

    /// Lets the node make a proof.
    async fn prove(&self, party: &Party, method: &Method, url: &str) -> Outcome<String> {
        let request = json!({"htm": method.as_str(), "htu": url, "token": self.value});
        let path = format!("/internal/auth/v2/dpop/{}", self.key_id);
        let proof = party.call(&path, &request).await?.ok("make a proof")?;
        Ok(text(&proof, "/dpop")?.to_owned())
    }
}

impl<'c> Call<'c> {
    /// Reads something.
    pub(super) fn get(path: &'c str) -> Self {
        Self { method: Method::GET, path, proof: Proof::Own, if_match: None, body: None }
    }

    /// Writes a resource over the version that is meant.
    pub(super) fn put(path: &'c str, body: Value, if_match: &'c str) -> Self {
        let method = Method::PUT;
        Self { method, path, proof: Proof::Own, if_match: Some(if_match), body: Some(body) }
    }

    /// The same with another proof.
    pub(super) fn with(self, proof: Proof<'c>) -> Self {
        Self { proof, ..self }
    }

    /// Makes the call.
    async fn send(&self, party: &Party, front: &Front, token: &Token) -> Outcome<Reply> {
        let url = Url::parse(&format!("{}{}", front.url, self.path))?;
        let proof = self.prove(party, front, token).await?;
        let scheme = if proof.is_empty() { "Bearer" } else { "DPoP" };
        let credentials = format!("{scheme} {}", token.value);
        let mut request = Request::get("demo", url);
        request.method = self.method.clone();
        request.use_cache = false;
        request.body = self.body.as_ref().map(Value::to_string).unwrap_or_default().into();
        let media_type = self.body.as_ref().map_or("", |_| "application/fhir+json");
        let if_match = self.if_match.unwrap_or_default();
        for (name, value) in [
            ("authorization", credentials.as_str()),
            ("dpop", &proof),
            ("if-match", if_match),
            ("content-type", media_type),
        ] {
            if !value.is_empty() {
                request.headers.insert(name, HeaderValue::from_str(value)?);
            }
        }
        let answer = party.client.send(request).await?;
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok(Reply { status: answer.status, headers: answer.headers, body, proof })
    }

    /// The proof of the call; empty if it has none.
    async fn prove(&self, party: &Party, front: &Front, token: &Token) -> Outcome<String> {
        let path = match self.proof {
            // RFC 9449 §4.2: a proof is for a URL without its query.
            Proof::Own => self.path.split_once('?').map_or(self.path, |(path, _)| path),
            Proof::ForPath(path) => path,
            Proof::Made(proof) => return Ok(proof.to_owned()),
            Proof::Missing => return Ok(String::new()),
        };
        token.prove(party, &self.method, &format!("{}{path}", front.url)).await
    }
}

impl Reply {
    /// The version of what was read.
    pub(super) fn tag(&self) -> Outcome<String> {
        let tag = self.headers.get(header::ETAG).ok_or("the answer has no entity tag")?;
        Ok(tag.to_str()?.to_owned())
    }
}

/// A call that must be refused: what it is, the status for the caller, and a part of the reason for the operator.
pub(super) struct Refused<'c> {
    pub(super) what: &'c str,
    pub(super) status: u16,
    pub(super) reason: &'c str,
}

impl Handover {
    /// Clinic makes a call at Hospital that must pass.
    pub(super) async fn pass(&self, token: &Token, call: Call<'_>, who: &str) -> Outcome<Reply> {
        let Self { story, fhir, .. } = self;
        let reply = call.send(&story.clinic, fhir, token).await?;
        let what = format!("{} {}{who}", call.method, call.path);
        self.tell_passed(("Clinic", fhir), &what, &reply)?;
        Ok(reply)
    }

    /// Hospital notifies Clinic, which must pass.
    pub(super) async fn ping(&self, token: &Token, path: &str) -> Outcome<()> {
        let Self { story, notification, .. } = self;
        let call = Call { method: Method::POST, ..Call::get(path) };
        let reply = call.send(&story.hospital, notification, token).await?;
        self.tell_passed(("Hospital", notification), &format!("POST /notification{path}"), &reply)
    }

    fn tell_passed(&self, (who, front): (&str, &Front), what: &str, reply: &Reply) -> Outcome<()> {
        let passed = front.proxy.passed();
        let id = passed.identity.get("x-pecan-decision-id").map(HeaderValue::to_str);
        let entry = self.log.find(id.unwrap_or(Ok(""))?)?;
        if !reply.status.is_success() || entry.outcome != "allow" {
            return Err(format!("{what}: {}, {entry:?}", reply.status).into());
        }
        let answer = format!("{}, allowed by {}", reply.status.as_u16(), entry.policy);
        self.story.printer.message(who, "Gateway", what, &answer, Tone::Good);
        Ok(())
    }

    /// Clinic makes a call at Hospital that must be refused and must not reach the service.
    pub(super) async fn refused(
        &self,
        token: &Token,
        call: Call<'_>,
        expected: Refused<'_>,
    ) -> Outcome<()> {
        let Self { story, fhir, log, .. } = self;
        let before = fhir.proxy.passed().count;
        let reply = call.send(&story.clinic, fhir, token).await?;
        let id = reply.headers.get("x-pecan-decision-id").map(HeaderValue::to_str);
        let id = id.ok_or_else(|| format!("{}: {}", expected.what, reply.status))??;
        let entry = log.find(id)?;
        let has_reason = entry.reason.contains(expected.reason);
        let was_stopped = reply.status == expected.status && fhir.proxy.passed().count == before;
        if !was_stopped || !has_reason {
            return Err(format!("{}: {}, {entry:?}", expected.what, reply.status).into());
        }
        self.tell_refused(expected.what, &reply, &entry)
    }

    fn tell_refused(&self, what: &str, reply: &Reply, entry: &Entry) -> Outcome<()> {
        let status = reply.status.as_u16();
        let seen = format!("{status} {} {}", text(&reply.body, "/error")?, short(&entry.decision));
        // The head of the table names the policy.
        let why = entry
            .reason
            .replace(POLICY, "")
            .replace(", not_allowed: ", "; ")
            .replace("not_allowed: ", "");
        let [what, seen, why] = [(what, Tone::Plain), (&*seen, Tone::Bad), (&*why, Tone::Quiet)];
        self.story.printer.row([what, seen, why]);
        Ok(())
    }
}

/// Enough of an id to find it.
fn short(id: &str) -> &str {
    id.split('-').next().unwrap_or_default()
}
