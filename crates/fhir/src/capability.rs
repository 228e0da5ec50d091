//! Capability statements: whether a request is one that a server says it can answer.
//!
//! A policy's statement lists what its use case needs. It does not know modifiers and chains: those are not listed, so they do not fit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::JsonError;
use crate::json;
use crate::place::Interaction;
use crate::request::FhirRequest;
use crate::search::{Include, is_shape};
use crate::types::Version;

/// What a server can do: the `server` part of a `CapabilityStatement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    version: Version,
    interactions: BTreeSet<String>,
    parameters: BTreeSet<String>,
    compartments: BTreeSet<String>,
    operations: BTreeSet<String>,
    types: BTreeMap<&'static str, TypeCapability>,
}

/// What it can do with one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct TypeCapability {
    interactions: BTreeSet<String>,
    parameters: BTreeSet<String>,
    includes: BTreeSet<String>,
    revincludes: BTreeSet<String>,
    operations: BTreeSet<String>,
    /// `create`, `update`, `patch`, `delete`.
    conditional: BTreeSet<&'static str>,
}

/// Why a statement was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// It is no JSON.
    #[error("capability statement: {reason}")]
    Json {
        /// Why.
        reason: JsonError,
    },
    /// It is something else.
    #[error("capability statement {why}")]
    Shape {
        /// Why.
        why: &'static str,
    },
    /// It has a type of another version.
    #[error("capability statement has the type `{name}`, which is none of its version")]
    UnknownType {
        /// The name.
        name: String,
    },
}

/// Why a request does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCapable {
    /// The request is one of another version.
    #[error("the capability statement is one of FHIR {}", version.code())]
    Version {
        /// The version of the statement.
        version: Version,
    },
    /// The type is not listed.
    #[error("type `{name}` is not in the capability statement")]
    Type {
        /// The type.
        name: &'static str,
    },
    /// The interaction is not listed.
    #[error("interaction `{interaction}` is not in the capability statement")]
    Interaction {
        /// The interaction.
        interaction: &'static str,
    },
    /// The conditional form of a write is not listed.
    #[error("conditional `{interaction}` is not in the capability statement")]
    Conditional {
        /// The write.
        interaction: &'static str,
    },
    /// The operation is not listed at this level and type.
    #[error("operation `{name}` is not in the capability statement at this level")]
    Operation {
        /// The operation.
        name: String,
    },
    /// The compartment is not listed.
    #[error("compartment `{name}` is not in the capability statement")]
    Compartment {
        /// The type around which it is.
        name: &'static str,
    },
    /// The parameter is not listed, or a modifier or a chain makes it another one.
    #[error("parameter `{name}` is not in the capability statement")]
    Parameter {
        /// The whole name.
        name: String,
    },
    /// The inclusion is not listed.
    #[error("inclusion `{path}` is not in the capability statement")]
    Include {
        /// What is included.
        path: String,
    },
}

impl Capability {
    /// Reads a `CapabilityStatement` in JSON.
    pub fn parse(text: &[u8], version: Version) -> Result<Self, CapabilityError> {
        let statement = json::parse(text).map_err(|reason| CapabilityError::Json { reason })?;
        Self::read(&statement, version)
    }

    /// Reads a `CapabilityStatement` of the version that its `fhirVersion` tells.
    pub fn of_its_version(statement: &Value) -> Result<Self, CapabilityError> {
        let told = text_of(statement, "fhirVersion").unwrap_or_default();
        let version = match told.split('.').take(2).collect::<Vec<_>>()[..] {
            ["3", "0"] => Version::Stu3,
            ["4", "0"] => Version::R4,
            _ => {
                return Err(CapabilityError::Shape {
                    why: "has a `fhirVersion` other than 3.0 and 4.0",
                });
            }
        };
        Self::read(statement, version)
    }

    fn read(statement: &Value, version: Version) -> Result<Self, CapabilityError> {
        if statement.get("resourceType").and_then(Value::as_str) != Some("CapabilityStatement") {
            return Err(CapabilityError::Shape { why: "is another resource" });
        }
        let rest = elements(statement, "rest")
            .find(|rest| text_of(rest, "mode") == Some("server"))
            .ok_or(CapabilityError::Shape { why: "has no `rest` of a server" })?;
        let mut capability = Self {
            version,
            interactions: texts(rest, "interaction", "code"),
            parameters: texts(rest, "searchParam", "name"),
            compartments: strings(rest, "compartment")
                .map(|url| last_segment(url).to_ascii_lowercase())
                .collect(),
            operations: BTreeSet::new(),
            types: BTreeMap::new(),
        };
        for resource in elements(rest, "resource") {
            let name = text_of(resource, "type").unwrap_or_default();
            let resource_type = version.resource_type(name).ok_or_else(|| {
                CapabilityError::UnknownType { name: crate::excerpt::excerpt(name) }
            })?;
            if capability.types.insert(resource_type, TypeCapability::read(resource)).is_some() {
                return Err(CapabilityError::Shape { why: "lists a type twice" });
            }
        }
        capability.add_operations(rest);
        Ok(capability)
    }

    /// R4 lists operations of the system here; STU3 lists all, and only the definition's name tells the type: `Observation-lastn`.
    fn add_operations(&mut self, rest: &Value) {
        for operation in elements(rest, "operation") {
            let name = operation_name(operation);
            let definition = match operation.get("definition") {
                Some(Value::String(url)) => last_segment(url),
                Some(reference) => {
                    text_of(reference, "reference").map(last_segment).unwrap_or_default()
                }
                None => "",
            };
            let of_type = definition
                .split_once('-')
                .filter(|_| self.version == Version::Stu3)
                .map(|(name, _)| name);
            match of_type.and_then(|name| self.types.get_mut(name)) {
                Some(capability) => {
                    capability.operations.insert(name);
                }
                // `Resource-validate` is of every type.
                None if of_type == Some("Resource") => {
                    for capability in self.types.values_mut() {
                        capability.operations.insert(name.clone());
                    }
                }
                None => {
                    self.operations.insert(name);
                }
            }
        }
    }

    /// Whether a request fits; a Bundle if all of its entries do.
    ///
    /// Searches that a write implies are requests of their own, [`FhirRequest::decisions`].
    pub fn allows(&self, request: &FhirRequest) -> Result<(), NotCapable> {
        if request.version != self.version {
            return Err(NotCapable::Version { version: self.version });
        }
        let interaction = request.interaction.code();
        let Some(name) = request.resource_type.filter(|_| !request.is_bundle()) else {
            return self.allows_system(request);
        };
        let of_type = self.types.get(name).ok_or(NotCapable::Type { name })?;
        match request.interaction {
            Interaction::Operation => of_type.check_operation(request)?,
            Interaction::SearchCompartment => {
                self.check_compartment(request)?;
                of_type.check_interaction("search-type")?;
            }
            _ => of_type.check_interaction(interaction)?,
        }
        if request.is_conditional() && !of_type.conditional.contains(interaction) {
            return Err(NotCapable::Conditional { interaction });
        }
        self.check_parameters(request, &of_type.parameters)?;
        self.check_includes(&request.search.includes, &of_type.includes, |of_type| {
            &of_type.includes
        })?;
        self.check_includes(&request.search.revincludes, &of_type.revincludes, |of_type| {
            &of_type.revincludes
        })
    }

    fn allows_system(&self, request: &FhirRequest) -> Result<(), NotCapable> {
        let interaction = request.interaction.code();
        match request.interaction {
            Interaction::Capabilities => return Ok(()),
            Interaction::Operation => {
                let name = request.operation.as_deref().unwrap_or_default();
                if !self.operations.contains(name.trim_start_matches('$')) {
                    return Err(NotCapable::Operation { name: name.to_owned() });
                }
            }
            Interaction::SearchCompartment => {
                self.check_compartment(request)?;
                self.check_interaction("search-system")?;
            }
            _ => self.check_interaction(interaction)?,
        }
        self.check_parameters(request, &BTreeSet::new())?;
        let inclusions = [&request.search.includes, &request.search.revincludes];
        if let Some(include) = inclusions.into_iter().flatten().next() {
            return Err(NotCapable::Include { path: include.path.clone() });
        }
        request.entries.iter().try_for_each(|entry| self.allows(entry))
    }

    fn check_interaction(&self, interaction: &'static str) -> Result<(), NotCapable> {
        if self.interactions.contains(interaction) {
            Ok(())
        } else {
            Err(NotCapable::Interaction { interaction })
        }
    }

    fn check_compartment(&self, request: &FhirRequest) -> Result<(), NotCapable> {
        let Some(around) = &request.compartment else { return Ok(()) };
        let name = around.resource_type;
        let is_listed = self.compartments.contains(&name.to_ascii_lowercase());
        if is_listed { Ok(()) } else { Err(NotCapable::Compartment { name }) }
    }

    /// Operations define their own parameters, but `$lastn`, which is a search.
    fn check_parameters(
        &self,
        request: &FhirRequest,
        of_type: &BTreeSet<String>,
    ) -> Result<(), NotCapable> {
        let is_lastn = request.operation.as_deref() == Some("$lastn");
        if request.interaction == Interaction::Operation && !is_lastn {
            return Ok(());
        }
        for parameter in &request.search.parameters {
            let name = parameter.name();
            let is_answer = is_shape(name) && !name.starts_with("_contained");
            let is_own = is_lastn && name == "max";
            let is_other =
                matches!(name, "_since" | "_at" | "mode") && !request.interaction.is_search();
            if !(is_answer
                || is_own
                || is_other
                || of_type.contains(name)
                || self.parameters.contains(name))
            {
                return Err(NotCapable::Parameter { name: name.to_owned() });
            }
        }
        Ok(())
    }

    fn check_includes<'a>(
        &'a self,
        includes: &[Include],
        listed: &BTreeSet<String>,
        list_of: impl Fn(&'a TypeCapability) -> &'a BTreeSet<String>,
    ) -> Result<(), NotCapable> {
        for include in includes {
            let source = include.path.split(':').next().unwrap_or_default();
            let of_source = self.types.get(source).map(&list_of);
            let is_listed = lists(listed, &include.path)
                // What was included is of another type; that type's list counts.
                || (include.is_iterated && of_source.is_some_and(|listed| lists(listed, &include.path)));
            if !is_listed {
                return Err(NotCapable::Include { path: include.path.clone() });
            }
        }
        Ok(())
    }
}

impl TypeCapability {
    fn read(resource: &Value) -> Self {
        let is_true = |name: &str| resource.get(name) == Some(&Value::Bool(true));
        let deletes = matches!(text_of(resource, "conditionalDelete"), Some("single" | "multiple"));
        let conditional = [
            ("create", is_true("conditionalCreate")),
            ("update", is_true("conditionalUpdate")),
            ("patch", is_true("conditionalPatch")),
            ("delete", deletes),
        ];
        Self {
            interactions: texts(resource, "interaction", "code"),
            parameters: texts(resource, "searchParam", "name"),
            includes: strings(resource, "searchInclude").map(ToOwned::to_owned).collect(),
            revincludes: strings(resource, "searchRevInclude").map(ToOwned::to_owned).collect(),
            operations: elements(resource, "operation").map(operation_name).collect(),
            conditional: conditional
                .into_iter()
                .filter(|(_, can)| *can)
                .map(|(name, _)| name)
                .collect(),
        }
    }

    fn check_interaction(&self, interaction: &'static str) -> Result<(), NotCapable> {
        if self.interactions.contains(interaction) {
            Ok(())
        } else {
            Err(NotCapable::Interaction { interaction })
        }
    }

    fn check_operation(&self, request: &FhirRequest) -> Result<(), NotCapable> {
        let name = request.operation.as_deref().unwrap_or_default();
        let is_listed = self.operations.contains(name.trim_start_matches('$'));
        if is_listed { Ok(()) } else { Err(NotCapable::Operation { name: name.to_owned() }) }
    }
}

/// Whether a list has the path, the path without its target, or everything.
fn lists(listed: &BTreeSet<String>, path: &str) -> bool {
    let without_target = match path.rsplit_once(':') {
        Some((before, _)) if before.contains(':') => before,
        _ => path,
    };
    listed.contains(path) || listed.contains(without_target) || listed.contains("*")
}

fn operation_name(operation: &Value) -> String {
    text_of(operation, "name").unwrap_or_default().trim_start_matches('$').to_owned()
}

fn elements<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn strings<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    elements(value, name).filter_map(Value::as_str)
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn texts(value: &Value, list: &str, name: &str) -> BTreeSet<String> {
    elements(value, list)
        .filter_map(|element| text_of(element, name))
        .map(ToOwned::to_owned)
        .collect()
}

fn last_segment(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default().split('|').next().unwrap_or_default()
}
