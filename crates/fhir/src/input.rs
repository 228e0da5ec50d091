//! What a policy sees of a request.

use serde_json::{Map, Value};

use crate::content::Content;
use crate::query;
use crate::request::FhirRequest;
use crate::search::{Include, Parameter, Search, is_shape};

impl FhirRequest {
    /// The members `resource` and `action` of the input of a policy.
    ///
    /// `resource.type`, `id` and `version_id` are empty where the path names none; a search in a compartment has the type that it
    /// searches. `resource.content` is the body of a write or an operation. `action.request` is written in one way: `method` is
    /// `GET` for HEAD, `query` has the parameters of URL and form, `header` only the fields that were read here, in lower case.
    ///
    /// | `action.fhir_rest` | |
    /// |---|---|
    /// | `interaction_type` | [`Interaction::code`](crate::Interaction::code) |
    /// | `operation`, `level` | `$lastn` or null; `system`, `type` or `instance` |
    /// | `search_params` | all parameters but inclusions: whole name to AND list of OR lists. A name with modifier or chain is another name |
    /// | `modifiers`, `chains`, `has` | those of the names that have a modifier, a chain, a reverse chain |
    /// | `include`, `revinclude` | `Type:parameter`, `Type:parameter:Target`, `Type:*`, `*`; with `iterate:` before it if it also applies to what was included |
    /// | `shape` | those of the parameters that say how an answer looks |
    /// | `asks_other_format` | `Accept` or `_format` asks for something else than JSON |
    /// | `compartment` | `{"type", "id"}` or null |
    /// | `conditions` | `if_match` and `if_none_match`: version id or `*` or null; `if_none_exist`: lists as in `search_params`, or null |
    /// | `is_conditional` | a write of what a search finds; that search is a request of its own, [`FhirRequest::decisions`] |
    /// | `prefer`, `returns_representation` | `return`, `handling`, `respond_async`; whether the client asks to see what was written. Servers may show it unasked |
    /// | `content` | [`Content::code`]: whether `resource.content` is there, and why not |
    /// | `unusual` | `{"code", "name"}` of what a policy that does not speak of it should refuse, [`UnusualKind`](crate::UnusualKind) |
    /// | `capability_checked`, `fhir_version` | false, until somebody compares the request with a [`Capability`](crate::Capability); `3.0` or `4.0` |
    ///
    /// References are `Type/id`, and the bare id under `patient`, however they were written; FHIR's escapes stay in values. Lists are
    /// in the order of the request: a policy that compares them as wholes compares sets.
    pub fn to_input(&self) -> Map<String, Value> {
        let content = match &self.content {
            Content::Json(content) => content.clone(),
            Content::None | Content::Xml | Content::Bytes | Content::Untold | Content::TooLarge => {
                Value::Null
            }
        };
        let resource = object([
            ("type", self.resource_type.unwrap_or_default().into()),
            ("id", self.id.as_deref().unwrap_or_default().into()),
            ("version_id", self.version_id.as_deref().unwrap_or_default().into()),
            ("content", content),
            ("consents", Value::Array(Vec::new())),
        ]);
        let headers =
            self.headers.iter().map(|(name, list)| ((*name).to_owned(), list.as_slice().into()));
        let request = object([
            ("method", self.method.as_str().into()),
            ("protocol", "HTTP/1.1".into()),
            ("path", self.path.as_str().into()),
            ("query", self.canonical_query().into()),
            ("header", Value::Object(headers.collect())),
            ("body", "".into()),
        ]);
        let action = object([
            ("name", self.interaction.code().into()),
            ("connection_type_code", "hl7-fhir-rest".into()),
            ("request", request),
            ("fhir_rest", self.fhir_rest()),
        ]);
        Map::from_iter([("resource".to_owned(), resource), ("action".to_owned(), action)])
    }

    /// All parameters, of the URL and the form, written in one way.
    pub fn canonical_query(&self) -> String {
        let mut text = String::new();
        for parameter in &self.search.parameters {
            query::append(&mut text, parameter.name(), &parameter.values.join(","));
        }
        for (name, list) in
            [("_include", &self.search.includes), ("_revinclude", &self.search.revincludes)]
        {
            for include in list {
                let name =
                    if include.is_iterated { format!("{name}:iterate") } else { name.to_owned() };
                query::append(&mut text, &name, &include.path);
            }
        }
        text
    }

    fn fhir_rest(&self) -> Value {
        let search = &self.search;
        let names = |is_one: fn(&Parameter) -> bool| -> Value {
            search
                .parameters
                .iter()
                .filter(|parameter| is_one(parameter))
                .map(Parameter::name)
                .collect()
        };
        let around = self.compartment.as_ref().map(|around| {
            object([("type", around.resource_type.into()), ("id", around.id.as_str().into())])
        });
        let unusual = search.unusual.iter().map(|one| {
            object([("code", one.kind.code().into()), ("name", one.name.as_str().into())])
        });
        object([
            ("interaction_type", self.interaction.code().into()),
            ("operation", self.operation.as_deref().into()),
            ("level", self.level().into()),
            ("include", inclusions(&search.includes)),
            ("revinclude", inclusions(&search.revincludes)),
            ("capability_checked", false.into()),
            ("search_params", Value::Object(search.to_lists())),
            ("modifiers", names(|parameter| parameter.modifier().is_some())),
            ("chains", names(|parameter| parameter.chain().is_some() && !parameter.is_reverse())),
            ("has", names(Parameter::is_reverse)),
            ("shape", Value::Object(search.lists_of(|parameter| is_shape(parameter.name())))),
            ("fhir_version", self.version.code().into()),
            ("asks_other_format", self.asks_other_format.into()),
            ("compartment", around.into()),
            ("conditions", self.conditions_input()),
            ("is_conditional", self.is_conditional().into()),
            ("returns_representation", (self.preferences.returns == Some("representation")).into()),
            ("prefer", self.preferences_input()),
            ("content", self.content.code().into()),
            ("unusual", unusual.collect()),
        ])
    }

    fn conditions_input(&self) -> Value {
        let conditions = &self.conditions;
        object([
            ("if_match", conditions.if_match.as_deref().into()),
            ("if_none_match", conditions.if_none_match.as_deref().into()),
            ("if_none_exist", conditions.if_none_exist.as_ref().map(Search::to_lists).into()),
        ])
    }

    fn preferences_input(&self) -> Value {
        object([
            ("return", self.preferences.returns.into()),
            ("handling", self.preferences.handling.into()),
            ("respond_async", self.preferences.is_asynchronous.into()),
        ])
    }

    /// Whether it is about one resource, a type or the whole system.
    pub fn level(&self) -> &'static str {
        match (self.resource_type, &self.id) {
            (_, Some(_)) => "instance",
            (Some(_), None) => "type",
            (None, None) => "system",
        }
    }
}

/// An object in the order of its members, without room to grow.
fn object<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Value {
    let mut object = Map::with_capacity(COUNT);
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// Inclusions in one list; those that also apply to what was included begin with `iterate:`.
fn inclusions(list: &[Include]) -> Value {
    list.iter()
        .map(|include| {
            if include.is_iterated {
                format!("iterate:{}", include.path)
            } else {
                include.path.clone()
            }
        })
        .collect()
}
