//! Which interaction a method and a path are ([FHIR R4 http](https://hl7.org/fhir/R4/http.html), [STU3](https://hl7.org/fhir/STU3/http.html)).

use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::path::{is_id, segments};
use crate::types::{Version, is_compartment};

/// The most segments of a path: `Type/id/_history/version`.
const SEGMENTS_MAX: usize = 4;
/// The most bytes of the name of an operation.
const OPERATION_BYTES_MAX: usize = 65;

/// A method. HEAD counts as GET: it tells as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET or HEAD.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// Reads a method; they are case-sensitive (RFC 9110 §9.1).
    pub(crate) fn parse(method: &str) -> Result<Self, Unplaceable> {
        match method {
            "GET" | "HEAD" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "PATCH" => Ok(Self::Patch),
            "DELETE" => Ok(Self::Delete),
            other => Err(Unplaceable::Method { method: excerpt(other) }),
        }
    }

    /// Its name; `GET` also for HEAD.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request does, in the words of FHIR's code system `restful-interaction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interaction {
    /// The current version of a resource.
    Read,
    /// An older version.
    Vread,
    /// Versions of one resource.
    HistoryInstance,
    /// Versions of all resources of a type.
    HistoryType,
    /// Versions of all resources.
    HistorySystem,
    /// Search in a type.
    SearchType,
    /// Search in all types.
    SearchSystem,
    /// Search in a compartment.
    SearchCompartment,
    /// Make a resource.
    Create,
    /// Replace a resource, by id or by condition.
    Update,
    /// Change a resource, by id or by condition.
    Patch,
    /// Delete a resource, by id or by condition.
    Delete,
    /// The capability statement.
    Capabilities,
    /// Requests in a Bundle, each by itself.
    Batch,
    /// Requests in a Bundle, all or none.
    Transaction,
    /// An operation.
    Operation,
}

impl Interaction {
    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Vread => "vread",
            Self::HistoryInstance => "history-instance",
            Self::HistoryType => "history-type",
            Self::HistorySystem => "history-system",
            Self::SearchType => "search-type",
            Self::SearchSystem => "search-system",
            Self::SearchCompartment => "search-compartment",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Capabilities => "capabilities",
            Self::Batch => "batch",
            Self::Transaction => "transaction",
            Self::Operation => "operation",
        }
    }

    /// Whether it is a search.
    pub fn is_search(self) -> bool {
        matches!(self, Self::SearchType | Self::SearchSystem | Self::SearchCompartment)
    }

    /// Whether it changes one resource.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Patch | Self::Delete)
    }
}

/// A compartment: all resources around one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compartment {
    /// `Patient`, `Encounter`, `Practitioner`, `RelatedPerson` or `Device`.
    pub resource_type: &'static str,
    /// The id of that resource.
    pub id: String,
}

/// Method and path, placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) interaction: Interaction,
    pub(crate) resource_type: Option<&'static str>,
    pub(crate) id: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) compartment: Option<Compartment>,
    /// With the `$`.
    pub(crate) operation: Option<String>,
}

impl Place {
    /// Places a canonical path. A POST to the base comes out as a batch: only its body tells.
    pub(crate) fn find(version: Version, method: Method, path: &str) -> Result<Self, Unplaceable> {
        Finder { version, method, path }.find()
    }

    fn new(interaction: Interaction, resource_type: Option<&'static str>) -> Self {
        Self {
            interaction,
            resource_type,
            id: None,
            version_id: None,
            compartment: None,
            operation: None,
        }
    }
}

struct Finder<'a> {
    version: Version,
    method: Method,
    path: &'a str,
}

impl Finder<'_> {
    fn find(&self) -> Result<Place, Unplaceable> {
        let mut parts = [""; SEGMENTS_MAX];
        let mut count = 0;
        for segment in segments(self.path) {
            *parts.get_mut(count).ok_or_else(|| self.unknown_path())? = segment;
            count += 1;
        }
        match parts.get(..count).unwrap_or_default() {
            parts @ ([] | ["metadata" | "_history" | "_search"]) => self.system(parts),
            [operation] if operation.starts_with('$') => self.operation(operation, None, None),
            [name, rest @ ..] => {
                let resource_type = self.resource_type(name)?;
                match rest {
                    [] | ["_search" | "_history"] => self.of_type(resource_type, rest),
                    [operation] if operation.starts_with('$') => {
                        self.operation(operation, Some(resource_type), None)
                    }
                    [id, rest @ ..] => {
                        check_id(id)?;
                        self.of_instance(resource_type, id, rest)
                    }
                }
            }
        }
    }

    fn system(&self, parts: &[&str]) -> Result<Place, Unplaceable> {
        let interaction = match (self.method, parts) {
            (Method::Get, []) | (Method::Post, ["_search"]) => Interaction::SearchSystem,
            (Method::Post, []) => Interaction::Batch,
            (Method::Get, ["metadata"]) => Interaction::Capabilities,
            (Method::Get, ["_history"]) => Interaction::HistorySystem,
            _ => return Err(self.other_method()),
        };
        Ok(Place::new(interaction, None))
    }

    fn of_type(&self, resource_type: &'static str, rest: &[&str]) -> Result<Place, Unplaceable> {
        let interaction = match (self.method, rest) {
            (Method::Get, []) | (Method::Post, ["_search"]) => Interaction::SearchType,
            (Method::Post, []) => Interaction::Create,
            (Method::Put, []) => Interaction::Update,
            (Method::Patch, []) => Interaction::Patch,
            (Method::Delete, []) => Interaction::Delete,
            (Method::Get, ["_history"]) => Interaction::HistoryType,
            _ => return Err(self.other_method()),
        };
        Ok(Place::new(interaction, Some(resource_type)))
    }

    fn of_instance(
        &self,
        resource_type: &'static str,
        id: &str,
        rest: &[&str],
    ) -> Result<Place, Unplaceable> {
        let interaction = match (self.method, rest) {
            (Method::Get, []) => Interaction::Read,
            (Method::Put, []) => Interaction::Update,
            (Method::Patch, []) => Interaction::Patch,
            (Method::Delete, []) => Interaction::Delete,
            (Method::Get, ["_history"]) => Interaction::HistoryInstance,
            (Method::Get, ["_history", _]) => Interaction::Vread,
            (_, [] | ["_history"] | ["_history", _]) => return Err(self.other_method()),
            (_, [operation]) if operation.starts_with('$') => {
                return self.operation(operation, Some(resource_type), Some(id));
            }
            _ => return self.in_compartment(resource_type, id, rest),
        };
        let version_id = match rest {
            [_, version_id] => Some(check_id(version_id)?),
            _ => None,
        };
        Ok(Place {
            id: Some(id.to_owned()),
            version_id,
            ..Place::new(interaction, Some(resource_type))
        })
    }

    fn in_compartment(
        &self,
        around: &'static str,
        id: &str,
        rest: &[&str],
    ) -> Result<Place, Unplaceable> {
        let (searched, method) = match rest {
            ["_search"] => (None, Method::Post),
            // R4 only: all types of the compartment.
            ["*"] if self.version == Version::R4 => (None, Method::Get),
            [name] => (Some(self.resource_type(name)?), Method::Get),
            [name, "_search"] => (Some(self.resource_type(name)?), Method::Post),
            _ => return Err(self.unknown_path()),
        };
        if !is_compartment(around) {
            return Err(Unplaceable::NoCompartment { name: around });
        }
        if method != self.method {
            return Err(self.other_method());
        }
        let compartment = Some(Compartment { resource_type: around, id: id.to_owned() });
        Ok(Place { compartment, ..Place::new(Interaction::SearchCompartment, searched) })
    }

    fn operation(
        &self,
        name: &str,
        resource_type: Option<&'static str>,
        id: Option<&str>,
    ) -> Result<Place, Unplaceable> {
        let word = name.strip_prefix('$').unwrap_or_default();
        let is_word = word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !is_word || name.len() > OPERATION_BYTES_MAX {
            return Err(self.unknown_path());
        }
        if !matches!(self.method, Method::Get | Method::Post) {
            return Err(self.other_method());
        }
        let place = Place::new(Interaction::Operation, resource_type);
        Ok(Place { operation: Some(name.to_owned()), id: id.map(ToOwned::to_owned), ..place })
    }

    fn resource_type(&self, name: &str) -> Result<&'static str, Unplaceable> {
        let unknown = || Unplaceable::UnknownType { name: excerpt(name), place: "the path" };
        self.version.resource_type(name).ok_or_else(unknown)
    }

    fn unknown_path(&self) -> Unplaceable {
        Unplaceable::UnknownPath { path: excerpt(self.path) }
    }

    fn other_method(&self) -> Unplaceable {
        Unplaceable::MethodForPath { method: self.method.as_str(), path: excerpt(self.path) }
    }
}

fn check_id(id: &str) -> Result<String, Unplaceable> {
    if is_id(id) {
        Ok(id.to_owned())
    } else {
        Err(Unplaceable::Id { id: excerpt(id), place: "the path" })
    }
}
