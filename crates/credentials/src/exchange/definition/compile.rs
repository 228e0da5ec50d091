//! Compiles a definition, part by part, with the place of whatever is wrong.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    DESCRIPTORS_MAX, DefinitionError, DefinitionReason, FIELD_PATHS_MAX, FIELDS_MAX, LIST_MAX,
    PATHS_MAX, PATTERNS_MAX, Parts, RESERVED_FIELD_IDS,
};
use crate::exchange::descriptor::Descriptor;
use crate::exchange::field::{Field, FieldPath};
use crate::exchange::filter::Filter;
use crate::exchange::formats::Formats;
use crate::exchange::path::Path;
use crate::exchange::read::{Place, Reader, expect_array, expect_text, expect_texts};
use crate::exchange::requirement::{self, Requirement};
use crate::exchange::warning::{Warning, WarningReason};

const DEFINITION_MEMBERS: [&str; 7] =
    ["id", "name", "purpose", "format", "frame", "submission_requirements", "input_descriptors"];
const DESCRIPTOR_MEMBERS: [&str; 6] = ["id", "name", "purpose", "format", "group", "constraints"];
const CONSTRAINTS_MEMBERS: [&str; 6] =
    ["limit_disclosure", "statuses", "fields", "subject_is_issuer", "is_holder", "same_subject"];
const FIELD_MEMBERS: [&str; 8] =
    ["id", "optional", "path", "purpose", "name", "intent_to_retain", "filter", "predicate"];
const PREFERENCES: &[&str] = &["required", "preferred"];

pub(super) fn definition(value: &Value) -> Result<Parts, DefinitionError> {
    let reader = Reader::new(value, Place::ROOT, &DEFINITION_MEMBERS)?;
    let mut compiler = Compiler::default();
    let id = reader.require_text("id")?.to_owned();
    compiler.warn_if_empty(&reader, &["id", "name", "purpose"]);
    let (name, purpose) = (reader.text("name")?, reader.text("purpose")?);
    if let Some((frame, place)) = reader.find("frame") {
        if !frame.is_object() {
            return Err(place.error(DefinitionReason::NotAnObject));
        }
        compiler.warn(&place, WarningReason::Ignored);
    }
    let formats = formats(&reader)?;
    let requirements = match reader.find("submission_requirements") {
        Some((value, place)) => requirement::Compiler::default().list(value, place, 0)?,
        None => Vec::new(),
    };
    let (list, place) = reader.require("input_descriptors")?;
    let mut descriptors = Vec::new();
    for (value, place) in expect_array(list, &place, DESCRIPTORS_MAX)? {
        let descriptor = compiler.descriptor(value, place)?;
        compiler.warn_of_groups(&descriptor, &requirements, &place);
        descriptors.push(descriptor);
    }
    Ok(Parts {
        id,
        name: name.map(str::to_owned),
        purpose: purpose.map(str::to_owned),
        formats,
        descriptors,
        requirements,
        warnings: compiler.warnings,
        source: value.clone(),
    })
}

fn formats(reader: &Reader<'_, '_>) -> Result<Formats, DefinitionError> {
    match reader.find("format") {
        Some((value, place)) => Formats::compile(value, place),
        None => Ok(Formats::default()),
    }
}

#[derive(Default)]
struct Compiler {
    warnings: Vec<Warning>,
    descriptor_ids: HashSet<String>,
    field_ids: HashSet<String>,
    paths: usize,
    patterns: usize,
}

impl Compiler {
    fn warn(&mut self, place: &Place<'_>, reason: WarningReason) {
        self.warnings.push(Warning { place: place.to_string(), reason });
    }

    fn warn_if_empty(&mut self, reader: &Reader<'_, '_>, names: &[&str]) {
        for name in names {
            if let Some((Value::String(text), place)) = reader.find(name)
                && text.is_empty()
            {
                self.warn(&place, WarningReason::Empty);
            }
        }
    }

    fn warn_of_groups(
        &mut self,
        descriptor: &Descriptor,
        requirements: &[Requirement],
        place: &Place<'_>,
    ) {
        // Without requirements nobody looks at groups.
        if requirements.is_empty() {
            return;
        }
        for group in descriptor.groups() {
            if !requirements.iter().any(|requirement| requirement.names_group(group)) {
                self.warn(
                    &place.member("group"),
                    WarningReason::UnusedGroup { group: group.clone() },
                );
            }
        }
    }

    fn descriptor(
        &mut self,
        value: &Value,
        place: Place<'_>,
    ) -> Result<Descriptor, DefinitionError> {
        let reader = Reader::new(value, place, &DESCRIPTOR_MEMBERS)?;
        let id = reader.require_text("id")?.to_owned();
        self.warn_if_empty(&reader, &["id", "name", "purpose"]);
        if !self.descriptor_ids.insert(id.clone()) {
            let id = id.clone();
            self.warn(&place.member("id"), WarningReason::DuplicateDescriptor { id });
        }
        let (name, purpose) = (reader.text("name")?, reader.text("purpose")?);
        let groups = match reader.find("group") {
            Some((value, place)) => expect_texts(value, place, LIST_MAX)?,
            None => Vec::new(),
        };
        let formats = formats(&reader)?;
        let (constraints, place) = reader.require("constraints")?;
        let fields = self.constraints(constraints, place)?;
        Ok(Descriptor {
            id,
            name: name.map(str::to_owned),
            purpose: purpose.map(str::to_owned),
            groups,
            formats,
            fields,
        })
    }

    fn constraints(
        &mut self,
        value: &Value,
        place: Place<'_>,
    ) -> Result<Vec<Field>, DefinitionError> {
        let reader = Reader::new(value, place, &CONSTRAINTS_MEMBERS)?;
        reader.choice("limit_disclosure", PREFERENCES)?;
        reader.choice("subject_is_issuer", PREFERENCES)?;
        if let Some((statuses, place)) = reader.find("statuses") {
            check_statuses(statuses, place)?;
        }
        for name in ["is_holder", "same_subject"] {
            if let Some((relations, place)) = reader.find(name) {
                check_relations(relations, place)?;
            }
        }
        for name in CONSTRAINTS_MEMBERS.iter().filter(|name| **name != "fields") {
            if let Some((_, place)) = reader.find(name) {
                self.warn(&place, WarningReason::Ignored);
            }
        }
        let Some((fields, place)) = reader.find("fields") else { return Ok(Vec::new()) };
        let fields = expect_array(fields, &place, FIELDS_MAX)?;
        fields.map(|(value, place)| self.field(value, place)).collect()
    }

    fn field(&mut self, value: &Value, place: Place<'_>) -> Result<Field, DefinitionError> {
        let reader = Reader::new(value, place, &FIELD_MEMBERS)?;
        let id = reader.text("id")?;
        if let Some(id) = id {
            self.warn_of_id(id, &place.member("id"));
        }
        self.warn_if_empty(&reader, &["id", "name", "purpose"]);
        reader.text("name")?;
        reader.text("purpose")?;
        if reader.choice("predicate", PREFERENCES)?.is_some() {
            reader.require("filter")?;
        }
        for name in ["predicate", "intent_to_retain"] {
            if let Some((_, place)) = reader.find(name) {
                self.warn(&place, WarningReason::Ignored);
            }
        }
        reader.flag("intent_to_retain")?;
        let is_optional = reader.flag("optional")?.unwrap_or(false);
        let (paths, paths_place) = reader.require("path")?;
        let paths = self.paths(paths, paths_place)?;
        let filter = match reader.find("filter") {
            Some((value, place)) => Some(self.filter(value, place)?),
            None => None,
        };
        Ok(Field { id: id.map(str::to_owned), paths, filter, is_optional })
    }

    fn warn_of_id(&mut self, id: &str, place: &Place<'_>) {
        if !self.field_ids.insert(id.to_owned()) {
            self.warn(place, WarningReason::DuplicateField { id: id.to_owned() });
        }
        if RESERVED_FIELD_IDS.contains(&id) {
            self.warn(place, WarningReason::ReservedName { id: id.to_owned() });
        }
    }

    fn paths(
        &mut self,
        value: &Value,
        place: Place<'_>,
    ) -> Result<Vec<FieldPath>, DefinitionError> {
        let mut paths = Vec::new();
        for (value, place) in expect_array(value, &place, FIELD_PATHS_MAX)? {
            let text = expect_text(value, place)?;
            self.paths += 1;
            if self.paths > PATHS_MAX {
                return Err(place.error(DefinitionReason::TooManyPaths));
            }
            let path = Path::parse(text);
            if let Err(error) = path {
                self.warn(&place, WarningReason::BadPath { error });
            }
            paths.push(FieldPath { text: text.to_owned(), path });
        }
        if paths.is_empty() {
            self.warn(&place, WarningReason::Empty);
        }
        Ok(paths)
    }

    fn filter(&mut self, value: &Value, place: Place<'_>) -> Result<Filter, DefinitionError> {
        // Counted before it is compiled: compiling is what costs.
        if value.get("pattern").is_some() {
            self.patterns += 1;
            if self.patterns > PATTERNS_MAX {
                return Err(place.error(DefinitionReason::TooManyPatterns));
            }
        }
        Filter::compile(value, place, &mut |place, reason| self.warn(place, reason))
    }
}

fn check_statuses(value: &Value, place: Place<'_>) -> Result<(), DefinitionError> {
    let statuses = ["active", "suspended", "revoked"];
    let reader = Reader::new(value, place, &statuses)?;
    for status in &statuses {
        let Some((directive, place)) = reader.find(status) else { continue };
        let reader = Reader::new(directive, place, &["directive", "type"])?;
        reader.choice("directive", &["required", "allowed", "disallowed"])?;
        if let Some((types, place)) = reader.find("type")
            && expect_texts(types, place, LIST_MAX)?.is_empty()
        {
            return Err(place.error(DefinitionReason::Empty));
        }
    }
    Ok(())
}

fn check_relations(value: &Value, place: Place<'_>) -> Result<(), DefinitionError> {
    for (relation, place) in expect_array(value, &place, LIST_MAX)? {
        let reader = Reader::new(relation, place, &["field_id", "directive"])?;
        let (ids, place) = reader.require("field_id")?;
        expect_texts(ids, place, LIST_MAX)?;
        reader.require("directive")?;
        reader.choice("directive", PREFERENCES)?;
    }
    Ok(())
}
