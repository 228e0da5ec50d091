//! One request: what is told of it, and what it means.

use crate::bundle;
use crate::content::{self, Content, Input};
use crate::error::Unplaceable;
use crate::headers::{Conditions, Headers, Preferences};
use crate::implied;
use crate::parameters;
use crate::path;
use crate::place::{Compartment, Interaction, Method, Place};
use crate::query::{self, QUERY_BYTES_MAX};
use crate::search::{Context, Kind, Parameter, Search, UnusualKind, is_shape};
use crate::types::Version;

/// What is told of a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The version that the server speaks.
    pub version: Version,
    /// The base URLs of the server: absolute references and entries below one of them are its own. The public one first.
    pub bases: &'a [&'a str],
    /// The method, as it was sent.
    pub method: &'a str,
    /// The path below the base: empty, or beginning with a slash.
    pub path: &'a str,
    /// The query, as it was sent, without the question mark.
    pub query: Option<&'a str>,
    /// The header fields, in order, names as they were sent.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: Body<'a>,
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// It is not known whether there is one.
    Untold,
    /// All of it; empty if there is none.
    Whole(&'a [u8]),
    /// It is too large, or was cut.
    TooLarge,
}

/// What a request means.
#[derive(Clone, Debug, PartialEq)]
pub struct FhirRequest {
    /// The version that the server speaks.
    pub version: Version,
    /// The method; GET also for HEAD.
    pub method: Method,
    /// The path below the base, written in one way.
    pub path: String,
    /// What it does.
    pub interaction: Interaction,
    /// The type that it is about; none for the whole system.
    pub resource_type: Option<&'static str>,
    /// The id of the resource.
    pub id: Option<String>,
    /// The version of the resource, of a vread.
    pub version_id: Option<String>,
    /// Where it searches.
    pub compartment: Option<Compartment>,
    /// The operation, with its `$`.
    pub operation: Option<String>,
    /// Its parameters, of URL, form and Parameters together.
    pub search: Search,
    /// Header fields that were read, names in lower case.
    pub headers: Vec<(&'static str, Vec<String>)>,
    /// What must hold.
    pub conditions: Conditions,
    /// What the client prefers.
    pub preferences: Preferences,
    /// Whether `Accept` or `_format` asks for something else than JSON.
    pub asks_other_format: bool,
    /// What it carries. Entries of a Bundle carry theirs themselves.
    pub content: Content,
    /// The requests in a Bundle, by the number of their entry. Each is a request of its own.
    pub entries: Vec<FhirRequest>,
    /// Searches that the server makes on the way: those of conditional writes and of references by condition.
    pub implied: Vec<FhirRequest>,
}

/// Reads a request, or tells why it cannot be placed.
pub fn read(request: &Request<'_>) -> Result<FhirRequest, Unplaceable> {
    let headers = Headers::read(request.headers)?;
    let method = Method::parse(request.method)?;
    let path = path::canonical(request.path)?;
    let place = Place::find(request.version, method, &path)?;
    let mut fhir = FhirRequest::at(request.version, method, path.into_owned(), place);
    fhir.conditions = headers.conditions(method)?;
    fhir.preferences = headers.preferences();
    fhir.asks_other_format = headers.asks_other_format();
    fhir.headers = headers
        .present()
        .map(|(name, list)| (name, list.iter().map(|text| (*text).to_owned()).collect()))
        .collect();
    let query = request.query.unwrap_or_default();
    if query.len() > QUERY_BYTES_MAX {
        return Err(Unplaceable::QueryTooLong { place: "query", limit: QUERY_BYTES_MAX });
    }
    fhir.add_pairs(request.bases, query, "query")?;
    fhir.read_body(request, &headers)?;
    fhir.finish(request.bases, headers.if_none_exist())?;
    Ok(fhir)
}

impl FhirRequest {
    /// A request at a place, with nothing else known.
    pub(crate) fn at(version: Version, method: Method, path: String, place: Place) -> Self {
        let Place { interaction, resource_type, id, version_id, compartment, operation } = place;
        Self {
            version,
            method,
            path,
            interaction,
            resource_type,
            id,
            version_id,
            compartment,
            operation,
            search: Search::default(),
            headers: Vec::new(),
            conditions: Conditions::default(),
            preferences: Preferences::default(),
            asks_other_format: false,
            content: Content::None,
            entries: Vec::new(),
            implied: Vec::new(),
        }
    }

    /// All requests that must be allowed for this one to pass: itself, or the entries of a Bundle; and the searches that these imply.
    pub fn decisions(&self) -> impl Iterator<Item = &Self> {
        let own = (!self.is_bundle()).then_some(self);
        own.into_iter()
            .chain(&self.entries)
            .flat_map(|request| std::iter::once(request).chain(&request.implied))
    }

    /// Whether it is a batch or a transaction.
    pub fn is_bundle(&self) -> bool {
        matches!(self.interaction, Interaction::Batch | Interaction::Transaction)
    }

    /// Whether it writes what a search finds.
    pub fn is_conditional(&self) -> bool {
        self.is_conditional_by_query() || self.conditions.if_none_exist.is_some()
    }

    fn is_conditional_by_query(&self) -> bool {
        self.id.is_none() && self.interaction.is_write() && self.interaction != Interaction::Create
    }

    pub(crate) fn context<'a>(&self, bases: &'a [&'a str]) -> Context<'a> {
        let kind =
            if self.interaction == Interaction::Operation { Kind::Operation } else { Kind::Search };
        Context { version: self.version, bases, kind }
    }

    /// Adds the parameters of a query or a form.
    pub(crate) fn add_pairs(
        &mut self,
        bases: &[&str],
        text: &str,
        place: &'static str,
    ) -> Result<(), Unplaceable> {
        let context = self.context(bases);
        for pair in query::pairs(text, place) {
            let (name, value) = pair?;
            self.search.add(context, name, &value)?;
        }
        Ok(())
    }

    fn read_body(
        &mut self,
        request: &Request<'_>,
        headers: &Headers<'_>,
    ) -> Result<(), Unplaceable> {
        let interaction = self.interaction;
        match (self.method, interaction) {
            // RFC 9110 §9.3.1, §9.3.5: it has no meaning there.
            (Method::Get | Method::Delete, _) => {}
            (_, Interaction::Create | Interaction::Update | Interaction::Patch) => {
                self.content = content::read_resource(
                    headers,
                    &request.body,
                    interaction,
                    self.resource_type,
                )?;
                self.check_content(false)?;
            }
            (_, Interaction::Batch) => {
                match content::read_input(headers, &request.body, interaction)? {
                    Input::Json(bundle) => bundle::read(self, bundle, request.bases)?,
                    Input::Empty | Input::Form(_) => {
                        return Err(Unplaceable::BodyNeeded {
                            interaction: interaction.code(),
                            why: "is empty",
                        });
                    }
                }
            }
            (_, Interaction::Operation) => {
                match content::read_input(headers, &request.body, interaction)? {
                    Input::Empty => {}
                    Input::Form(form) => self.add_form(request.bases, form)?,
                    Input::Json(resource) => parameters::add(self, request.bases, resource)?,
                }
            }
            _ => {
                let form = content::read_form(headers, &request.body, interaction)?;
                self.add_form(request.bases, form)?;
            }
        }
        Ok(())
    }

    /// Refuses a resource that contradicts the path, and a patch that is none.
    pub(crate) fn check_content(&self, is_entry: bool) -> Result<(), Unplaceable> {
        let Content::Json(resource) = &self.content else { return Ok(()) };
        if self.interaction == Interaction::Patch {
            return content::check_patch(resource, is_entry);
        }
        // Without an id in the path the server ignores the one of the resource.
        content::check_resource(resource, self.resource_type, self.id.as_deref())
    }

    fn add_form(&mut self, bases: &[&str], form: &str) -> Result<(), Unplaceable> {
        let has_url = !self.search.is_empty();
        self.add_pairs(bases, form, "form")?;
        if has_url && form.bytes().any(|byte| byte != b'&') {
            self.search.mark(UnusualKind::UrlAndForm, "");
        }
        Ok(())
    }

    /// Draws the conclusions that need the whole request.
    pub(crate) fn finish(
        &mut self,
        bases: &[&str],
        if_none_exist: Option<&str>,
    ) -> Result<(), Unplaceable> {
        if self.is_conditional_by_query() {
            if self.search.selects_everything() {
                return Err(Unplaceable::NoCondition { interaction: self.interaction.code() });
            }
            self.implied.push(implied::search(self, self.search.clone()));
        }
        if let Some(text) = if_none_exist.filter(|_| self.interaction == Interaction::Create) {
            let search = implied::if_none_exist(self, bases, text)?;
            self.implied.push(implied::search(self, search.clone()));
            self.conditions.if_none_exist = Some(search);
        }
        implied::add_references(self, bases)?;
        self.mark_misplaced();
        if self.interaction.is_search()
            && self.compartment.is_none()
            && self.search.selects_everything()
        {
            self.search.mark(UnusualKind::NoParameters, "");
        }
        self.asks_other_format |= self.search.parameters.iter().any(|parameter| {
            parameter.base() == "_format"
                && !parameter.values.iter().all(|value| is_json_format(value))
        });
        Ok(())
    }

    /// Says which parameters have no meaning with the interaction.
    fn mark_misplaced(&mut self) {
        if self.interaction.is_search()
            || self.interaction == Interaction::Operation
            || self.is_conditional_by_query()
        {
            return;
        }
        let is_history = matches!(
            self.interaction,
            Interaction::HistoryInstance | Interaction::HistoryType | Interaction::HistorySystem
        );
        let has_meaning = |name: &str| match name {
            "_elements" | "_format" | "_pretty" | "_summary" => true,
            "_at" | "_list" | "_since" => is_history,
            "mode" => self.interaction == Interaction::Capabilities,
            name => is_history && is_shape(name),
        };
        let misplaced =
            self.search.parameters.iter().map(Parameter::name).filter(|name| !has_meaning(name));
        let includes =
            [("_include", &self.search.includes), ("_revinclude", &self.search.revincludes)];
        let inclusions =
            includes.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, _)| name);
        let names: Vec<_> = misplaced.chain(inclusions).map(ToOwned::to_owned).collect();
        for name in names {
            self.search.mark(UnusualKind::MisplacedParameter, &name);
        }
    }
}

/// Whether a value of `_format` is JSON. Clients forget to escape the `+`, and servers understand.
fn is_json_format(value: &str) -> bool {
    let value =
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().replace(' ', "+");
    value == "json" || crate::headers::is_json(&value)
}
