//! An access fact, and how policies and callers see it.

use pecan_credentials::date_time;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::draft::Content;

/// Whether a fact gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The operations are allowed, as far as the policy of the scope goes.
    Permit,
    /// They are not, whatever other facts say.
    Deny,
}

impl Effect {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Deny => "deny",
        }
    }

    /// Finds the effect of a name.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "permit" => Some(Self::Permit),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// The other party of a fact. What it names must all be true of the client of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its OAuth client id.
    pub client_id: Option<String>,
    /// The number of its organisation in the register of care providers.
    pub ura: Option<String>,
}

/// A stored fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its id: a UUID.
    pub id: String,
    /// The subject whose fact it is.
    pub subject: String,
    /// What it says.
    pub content: Content,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was changed last.
    pub updated_at: OffsetDateTime,
    /// How often it was written, from 1.
    pub version: i64,
}

impl Fact {
    /// The fact as a policy sees it.
    pub fn to_input(&self) -> Value {
        Value::Object(self.members())
    }

    /// The fact as a caller of the API sees it.
    pub fn to_json(&self) -> Value {
        let mut members = self.members();
        members.insert("created_at".to_owned(), date_time::format(self.created_at).into());
        members.insert("updated_at".to_owned(), date_time::format(self.updated_at).into());
        members.insert("version".to_owned(), self.version.into());
        Value::Object(members)
    }

    fn members(&self) -> Map<String, Value> {
        let content = &self.content;
        let mut peer = Map::new();
        for (name, value) in [("client_id", &content.peer.client_id), ("ura", &content.peer.ura)] {
            if let Some(value) = value {
                peer.insert(name.to_owned(), value.as_str().into());
            }
        }
        let members = json!({
            "id": self.id,
            "scope": content.scope,
            "subject": self.subject,
            "peer": peer,
            "resource": content.resource.as_str(),
            "operations": content.operations,
            "conditions": content.conditions,
            "effect": content.effect.name(),
            "expires_at": content.expires_at.map(date_time::format),
            "task": content.task,
        });
        match members {
            Value::Object(members) => members,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Map::new(),
        }
    }
}
