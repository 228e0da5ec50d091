//! What a caller wants to lay down, and whether it is a fact.

use pecan_credentials::date_time;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::fact::{Effect, Peer};
use super::resource::{Resource, is_reference};

/// The most operations of a fact.
const OPERATIONS_MAX: usize = 32;
/// The longest name of an operation, in bytes.
const OPERATION_BYTES_MAX: usize = 64;
/// The longest scope, in bytes.
const SCOPE_BYTES_MAX: usize = 256;
/// The longest client id, in bytes.
const CLIENT_ID_BYTES_MAX: usize = 2048;
/// The longest number of an organisation, in bytes.
const URA_BYTES_MAX: usize = 64;
/// The most states of a Task in a condition.
const STATUSES_MAX: usize = 16;
/// The longest conditions, in bytes of JSON.
const CONDITIONS_BYTES_MAX: usize = 8192;

/// A fact as a caller writes it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The scope of the tokens that it counts for.
    pub scope: String,
    /// The other party.
    pub peer: Peer,
    /// What it is about: see [`Resource`].
    pub resource: String,
    /// What may be done, or not: `read`, `update`, … as the policy of the scope knows them. In a denial `*` is all.
    pub operations: Vec<String>,
    /// When it counts: `user` (whether there must be one), `task_status` (list), and what the policy of the scope knows beside them.
    pub conditions: Map<String, Value>,
    /// `permit`, which is also meant by nothing, or `deny`.
    pub effect: Option<String>,
    /// When it ends, in the form of RFC 3339; never if absent.
    pub expires_at: Option<String>,
    /// The Task that it goes with: `Task/{id}`.
    pub task: Option<String>,
}

/// What a fact says.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The scope of the tokens that it counts for.
    pub scope: String,
    /// The other party.
    pub peer: Peer,
    /// What it is about.
    pub resource: Resource,
    /// What may be done, or not.
    pub operations: Vec<String>,
    /// When it counts.
    pub conditions: Map<String, Value>,
    /// Whether it gives or takes.
    pub effect: Effect,
    /// When it ends, in whole seconds.
    pub expires_at: Option<OffsetDateTime>,
    /// The Task that it goes with.
    pub task: Option<String>,
}

/// A member that makes a draft no fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{member}` {problem}")]
pub struct InvalidFact {
    /// The member.
    pub member: &'static str,
    /// What is the matter with it.
    pub problem: &'static str,
}

fn invalid(member: &'static str, problem: &'static str) -> InvalidFact {
    InvalidFact { member, problem }
}

impl Draft {
    /// What it says, if that is a fact.
    pub(super) fn check(self, now: OffsetDateTime) -> Result<Content, InvalidFact> {
        let effect = match self.effect.as_deref() {
            None => Effect::Permit,
            Some(name) => Effect::find(name)
                .ok_or_else(|| invalid("effect", "is neither `permit` nor `deny`"))?,
        };
        let peer = check_peer(self.peer)?;
        let resource = Resource::parse(&self.resource).ok_or_else(|| {
            invalid("resource", "is none of `Type/id`, `Type`, `/path`, `/path/*` and `*`")
        })?;
        if !is_text(&self.scope, SCOPE_BYTES_MAX) || self.scope.contains(' ') {
            return Err(invalid("scope", "is not one scope"));
        }
        if self.task.as_deref().is_some_and(|task| !is_task(task)) {
            return Err(invalid("task", "is not of the form `Task/{id}`"));
        }
        check_operations(&self.operations, effect)?;
        check_conditions(&self.conditions, effect, self.task.is_some())?;
        Ok(Content {
            scope: self.scope,
            peer,
            resource,
            operations: self.operations,
            conditions: self.conditions,
            effect,
            expires_at: check_end(self.expires_at.as_deref(), now)?,
            task: self.task,
        })
    }
}

fn check_peer(peer: Peer) -> Result<Peer, InvalidFact> {
    // SECURITY: the empty text stands for "any" in the database; a peer that says it must not become one.
    if peer.client_id.as_deref().is_some_and(|id| !is_text(id, CLIENT_ID_BYTES_MAX)) {
        return Err(invalid(
            "peer.client_id",
            "is empty, too long, or has characters of another kind",
        ));
    }
    if peer.ura.as_deref().is_some_and(|ura| !is_text(ura, URA_BYTES_MAX)) {
        return Err(invalid("peer.ura", "is empty, too long, or has characters of another kind"));
    }
    if peer == Peer::default() {
        return Err(invalid("peer", "names neither `client_id` nor `ura`"));
    }
    Ok(peer)
}

fn check_operations(operations: &[String], effect: Effect) -> Result<(), InvalidFact> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_.".contains(&byte);
    let is_operation = |name: &str| {
        let fits = !name.is_empty() && name.len() <= OPERATION_BYTES_MAX;
        (name == "*" && effect == Effect::Deny) || (fits && name.bytes().all(is_plain))
    };
    if operations.is_empty() || operations.len() > OPERATIONS_MAX {
        return Err(invalid("operations", "is empty or has more than 32 names"));
    }
    if !operations.iter().all(|name| is_operation(name)) {
        return Err(invalid("operations", "has something that is no name of an operation"));
    }
    Ok(())
}

fn check_conditions(
    conditions: &Map<String, Value>,
    effect: Effect,
    has_task: bool,
) -> Result<(), InvalidFact> {
    // SECURITY: whoever cannot check a condition leaves a permission out, which is safe, and a denial, which is not.
    if effect == Effect::Deny && !conditions.is_empty() {
        return Err(invalid("conditions", "is not for a denial, which always holds"));
    }
    if conditions.get("user").is_some_and(|user| !user.is_boolean()) {
        return Err(invalid("conditions.user", "is neither true nor false"));
    }
    if let Some(statuses) = conditions.get("task_status") {
        if !has_task {
            return Err(invalid("conditions.task_status", "needs `task`"));
        }
        let is_list = statuses.as_array().is_some_and(|statuses| {
            !statuses.is_empty()
                && statuses.len() <= STATUSES_MAX
                && statuses.iter().all(Value::is_string)
        });
        if !is_list {
            return Err(invalid("conditions.task_status", "is no list of 1 to 16 texts"));
        }
    }
    let size = serde_json::to_vec(conditions).map_or(usize::MAX, |text| text.len());
    if size > CONDITIONS_BYTES_MAX {
        return Err(invalid("conditions", "is longer than 8192 bytes"));
    }
    Ok(())
}

fn check_end(
    text: Option<&str>,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, InvalidFact> {
    let Some(text) = text else { return Ok(None) };
    let end = date_time::parse(text)
        .ok()
        .and_then(|end| OffsetDateTime::from_unix_timestamp(end.unix_timestamp()).ok())
        .ok_or_else(|| invalid("expires_at", "is no time in the form of RFC 3339"))?;
    if end <= now {
        return Err(invalid("expires_at", "has passed"));
    }
    Ok(Some(end))
}

/// Whether a text is the reference of a Task on this server.
pub(super) fn is_task(text: &str) -> bool {
    text.starts_with("Task/") && is_reference(text)
}

fn is_text(text: &str, bytes_max: usize) -> bool {
    !text.is_empty() && text.len() <= bytes_max && !text.contains(char::is_control)
}
