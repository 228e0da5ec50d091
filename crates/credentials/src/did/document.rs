//! A DID document: which keys speak for a DID, and what its services are.
//!
//! [DID Core §5](https://www.w3.org/TR/did-core/#core-properties). Reads the members that Nuts knows and drops the others; does
//! no JSON-LD processing.

use std::collections::BTreeMap;

use pecan_jose::json;
use pecan_jose::jwk::PublicKey;
use serde_json::{Map, Value};

use super::did::{self, Did};
use super::did_url::{self, DidUrl};
use super::service::Service;
use super::verification_method::{self, VerificationMethod};

/// The context of every DID document.
pub const DID_V1: &str = "https://www.w3.org/ns/did/v1";
/// Most entries accepted in each list of a document.
pub const LIST_MAX: usize = 256;

/// What a key may be used for, [DID Core §5.3](https://www.w3.org/TR/did-core/#verification-relationships).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relationship {
    /// To sign credentials and presentations. The only one that verification consults.
    AssertionMethod,
    /// To prove control over the DID.
    Authentication,
    /// To hand a capability on.
    CapabilityDelegation,
    /// To use a capability.
    CapabilityInvocation,
    /// To receive encrypted messages.
    KeyAgreement,
}

impl Relationship {
    /// All of them, in the order in which a document prints them.
    pub const ALL: [Self; 5] = [
        Self::AssertionMethod,
        Self::Authentication,
        Self::CapabilityDelegation,
        Self::CapabilityInvocation,
        Self::KeyAgreement,
    ];

    /// The member of the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssertionMethod => "assertionMethod",
            Self::Authentication => "authentication",
            Self::CapabilityDelegation => "capabilityDelegation",
            Self::CapabilityInvocation => "capabilityInvocation",
            Self::KeyAgreement => "keyAgreement",
        }
    }
}

/// An entry of a verification relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// INVARIANT: names a method in `verificationMethod` of the same document.
    Reference(DidUrl),
    Embedded(VerificationMethod),
}

/// A DID document. All identifiers in it are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    id: Did,
    contexts: Vec<Value>,
    controllers: Vec<Did>,
    methods: Vec<VerificationMethod>,
    relationships: BTreeMap<Relationship, Vec<Entry>>,
    services: Vec<Service>,
}

impl Document {
    /// An empty document.
    pub fn new(id: Did) -> Self {
        Self {
            id,
            contexts: Vec::new(),
            controllers: Vec::new(),
            methods: Vec::new(),
            relationships: BTreeMap::new(),
            services: Vec::new(),
        }
    }

    /// Adds the URL of a JSON-LD context.
    #[must_use]
    pub fn with_context(mut self, url: &str) -> Self {
        self.contexts.push(url.into());
        self
    }

    /// Adds a DID that may change this document.
    #[must_use]
    pub fn with_controller(mut self, controller: Did) -> Self {
        self.controllers.push(controller);
        self
    }

    /// Adds a key after those already there, and refers to it from each of the relationships.
    #[must_use]
    pub fn with_method(
        mut self,
        method: VerificationMethod,
        relationships: &[Relationship],
    ) -> Self {
        for relationship in relationships {
            let entries = self.relationships.entry(*relationship).or_default();
            entries.push(Entry::Reference(method.id().clone()));
        }
        self.methods.push(method);
        self
    }

    /// Adds a service.
    #[must_use]
    pub fn with_service(mut self, service: Service) -> Self {
        self.services.push(service);
        self
    }

    /// Replaces all services.
    #[must_use]
    pub fn with_services(mut self, services: Vec<Service>) -> Self {
        self.services = services;
        self
    }

    /// Parses a JSON text of at most [`json::TEXT_BYTES_MAX`] bytes.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, ParseError> {
        Self::from_value(&json::parse(text.as_ref())?)
    }

    /// Reads a document that is JSON already.
    pub fn from_value(value: &Value) -> Result<Self, ParseError> {
        let members = value.as_object().ok_or(ParseError::NotAnObject)?;
        let id = members.get("id").and_then(Value::as_str).ok_or(ParseError::wrong("id"))?;
        let id = Did::parse(id)?;
        let mut methods = Vec::new();
        for method in list(members, "verificationMethod")? {
            methods.push(VerificationMethod::parse(method, &id)?);
        }
        let mut relationships = BTreeMap::new();
        for relationship in Relationship::ALL {
            let entries = entries(members, relationship, &id, &methods)?;
            if !entries.is_empty() {
                relationships.insert(relationship, entries);
            }
        }
        Ok(Self {
            contexts: contexts(members)?,
            controllers: controllers(members)?,
            services: services(members)?,
            id,
            methods,
            relationships,
        })
    }

    /// The document as JSON: members sorted by name, one-element `@context` and `controller` as plain values.
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        let contexts = match self.contexts.as_slice() {
            [] => Value::Null,
            [single] => single.clone(),
            several => several.into(),
        };
        members.insert("@context".to_owned(), contexts);
        for (relationship, entries) in &self.relationships {
            let entries = entries.iter().map(|entry| match entry {
                Entry::Reference(id) => id.as_str().into(),
                Entry::Embedded(method) => method.to_value(),
            });
            members.insert(relationship.name().to_owned(), entries.collect());
        }
        match self.controllers.as_slice() {
            [] => {}
            [single] => {
                members.insert("controller".to_owned(), single.as_str().into());
            }
            several => {
                let several = several.iter().map(Did::as_str);
                members.insert("controller".to_owned(), several.collect());
            }
        }
        members.insert("id".to_owned(), self.id.as_str().into());
        if !self.services.is_empty() {
            let services = self.services.iter().map(Service::to_value);
            members.insert("service".to_owned(), services.collect());
        }
        if !self.methods.is_empty() {
            let methods = self.methods.iter().map(VerificationMethod::to_value);
            members.insert("verificationMethod".to_owned(), methods.collect());
        }
        members.sort_keys();
        Value::Object(members)
    }

    /// The DID that this document is about.
    pub fn id(&self) -> &Did {
        &self.id
    }

    /// The DIDs that may change this document, if it names any.
    pub fn controllers(&self) -> &[Did] {
        &self.controllers
    }

    /// The methods of `verificationMethod`. Those embedded in a relationship are not among them.
    pub fn methods(&self) -> &[VerificationMethod] {
        &self.methods
    }

    /// The services, in the order of the document.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The methods of a relationship, in the order of the document.
    pub fn methods_for(
        &self,
        relationship: Relationship,
    ) -> impl Iterator<Item = &VerificationMethod> {
        self.relationships.get(&relationship).into_iter().flatten().filter_map(
            |entry| match entry {
                Entry::Reference(id) => self.methods.iter().find(|method| method.id() == id),
                Entry::Embedded(method) => Some(method),
            },
        )
    }

    /// The method whose `id` is this text, if it may sign credentials and presentations.
    pub fn find_assertion_method(&self, key_id: &str) -> Option<&VerificationMethod> {
        // SECURITY: no other relationship counts, whatever purpose a proof claims.
        self.methods_for(Relationship::AssertionMethod).find(|method| *method.id() == *key_id)
    }

    /// The key of that method.
    pub fn assertion_key(&self, key_id: &str) -> Result<PublicKey, KeyError> {
        let method = self.find_assertion_method(key_id).ok_or(KeyError::NotFound)?;
        Ok(method.public_key()?)
    }

    /// The method to encrypt messages for: the first of `keyAgreement`.
    pub fn key_agreement(&self) -> Option<&VerificationMethod> {
        self.methods_for(Relationship::KeyAgreement).next()
    }
}

/// A member that may be absent, one value or an array of a bounded length.
fn list<'a>(
    members: &'a Map<String, Value>,
    member: &'static str,
) -> Result<&'a [Value], ParseError> {
    let values = match members.get(member) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(values)) => values.as_slice(),
        Some(single) => std::slice::from_ref(single),
    };
    if values.len() > LIST_MAX {
        return Err(ParseError::TooMany { member, limit: LIST_MAX });
    }
    Ok(values)
}

fn contexts(members: &Map<String, Value>) -> Result<Vec<Value>, ParseError> {
    let contexts = list(members, "@context")?;
    if contexts.iter().all(|context| context.is_string() || context.is_object()) {
        Ok(contexts.to_vec())
    } else {
        Err(ParseError::wrong("@context"))
    }
}

fn controllers(members: &Map<String, Value>) -> Result<Vec<Did>, ParseError> {
    let mut controllers = Vec::new();
    for value in list(members, "controller")? {
        let text = value.as_str().ok_or(ParseError::wrong("controller"))?;
        controllers.push(Did::parse(text)?);
    }
    Ok(controllers)
}

fn services(members: &Map<String, Value>) -> Result<Vec<Service>, ParseError> {
    let services = list(members, "service")?.iter().map(Service::parse);
    services.collect::<Option<_>>().ok_or(ParseError::wrong("service"))
}

fn entries(
    members: &Map<String, Value>,
    relationship: Relationship,
    document: &Did,
    methods: &[VerificationMethod],
) -> Result<Vec<Entry>, ParseError> {
    let mut entries = Vec::new();
    for value in list(members, relationship.name())? {
        let Some(reference) = value.as_str() else {
            entries.push(Entry::Embedded(VerificationMethod::parse(value, document)?));
            continue;
        };
        let id = DidUrl::resolve(document, reference)?;
        if !methods.iter().any(|method| *method.id() == id) {
            return Err(ParseError::UnresolvedReference { relationship, id });
        }
        entries.push(Entry::Reference(id));
    }
    Ok(entries)
}

/// Why a text is no DID document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not JSON, or beyond a limit.
    #[error("DID document is not valid JSON")]
    Json(#[from] json::Error),
    /// Another JSON value.
    #[error("DID document is not a JSON object")]
    NotAnObject,
    /// A required member is absent, or a member has a value of the wrong kind.
    #[error("`{member}` of DID document is missing or of the wrong type")]
    Member {
        /// Its name.
        member: &'static str,
    },
    /// A list is longer than [`LIST_MAX`].
    #[error("`{member}` of DID document has more than {limit} entries")]
    TooMany {
        /// Its name.
        member: &'static str,
        /// The limit.
        limit: usize,
    },
    /// `id` or `controller` is no DID.
    #[error(transparent)]
    Did(#[from] did::ParseError),
    /// A key is named by something else than a DID URL.
    #[error(transparent)]
    DidUrl(#[from] did_url::ParseError),
    /// A verification method cannot be read.
    #[error(transparent)]
    Method(#[from] verification_method::ParseError),
    /// A relationship names a method that the document does not have.
    #[error("`{}` of DID document refers to `{id}`, which is not in it", relationship.name())]
    UnresolvedReference {
        /// The relationship.
        relationship: Relationship,
        /// What it refers to.
        id: DidUrl,
    },
}

/// Why a document gives no key to verify with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No method with this id may sign credentials and presentations.
    #[error("key not found in DID document")]
    NotFound,
    /// The method has no usable key.
    #[error(transparent)]
    Method(#[from] verification_method::KeyError),
}

impl ParseError {
    const fn wrong(member: &'static str) -> Self {
        Self::Member { member }
    }
}

#[cfg(test)]
mod tests;
