//! What a request is about: read once, as the service behind the route would understand it.

use pecan_fhir::{
    Addition, Body as FhirBody, CannotNarrow, FhirRequest, Request, Unplaceable, Version,
};
use serde_json::{Map, Value};

use super::http::HttpRequest;
use super::routes::Prepared;
use super::target::Target;
use super::{Body, Narrowing, Question, Registration, RouteKind};

/// A request that was understood.
pub(super) enum Facts<'r> {
    /// By the rules of FHIR.
    Fhir {
        /// What was read.
        source: Source<'r>,
        /// What it means.
        request: Box<FhirRequest>,
    },
    /// A plain HTTP service.
    Http(HttpRequest<'r>),
}

/// What a FHIR request is read from.
pub(super) struct Source<'r> {
    version: Version,
    bases: Vec<&'r str>,
    method: &'r str,
    path: &'r str,
    query: &'r str,
    headers: Vec<(&'r str, &'r [u8])>,
    body: FhirBody<'r>,
}

/// One thing that must be allowed for a request to pass. A Bundle is as many things as it has entries, and more.
pub(super) struct Part<'f> {
    /// `resource` and `action` of the input.
    pub(super) members: Map<String, Value>,
    /// The patient whose records are asked for, if the request says so by itself.
    pub(super) patient_id: String,
    /// `Type/id` and `Type` of the resource, or the path, for access facts.
    pub(super) resources: Vec<String>,
    /// Where it stands.
    pub(super) place: Place,
    /// What it means by the rules of FHIR, if it is of FHIR.
    pub(super) fhir: Option<&'f FhirRequest>,
}

/// Where a part of a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the request.
    Whole,
    /// It is an entry of a Bundle, counted from 0.
    Entry(usize),
    /// It is a search that the server makes on the way.
    Implied,
}

/// Why a request cannot be judged; for the operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum FactsError {
    #[error("the body is larger than what is read")]
    BodyTooLarge,
    #[error("the request cannot be placed: {0}")]
    Unplaceable(#[from] Unplaceable),
    #[error("parameter `_method` would override the method")]
    MethodOverride,
    #[error("the method is no token")]
    Method,
}

/// Reads a request. `rest` is the path below the route.
pub(super) fn read<'r>(
    route: &'r Prepared,
    gateway: &Registration,
    question: &'r Question,
    target: &Target<'r>,
    rest: &'r str,
) -> Result<Facts<'r>, FactsError> {
    if question.body == Body::TooLarge {
        return Err(FactsError::BodyTooLarge);
    }
    // SECURITY: a gateway that is not registered for bodies may send an empty one where the client's was not.
    let body = if gateway.abilities.tells_body { &question.body } else { &Body::Untold };
    let fhir_body = match body {
        Body::Whole(bytes) => FhirBody::Whole(bytes),
        Body::Untold => FhirBody::Untold,
        Body::TooLarge => FhirBody::TooLarge,
    };
    let version = match route.route.kind {
        RouteKind::FhirStu3 => Version::Stu3,
        RouteKind::FhirR4 => Version::R4,
        RouteKind::Http => {
            return HttpRequest::read(question, target.query, rest, body).map(Facts::Http);
        }
    };
    let server = route.route.fhir_server.as_ref().map(|url| url.as_str().trim_end_matches('/'));
    let source = Source {
        version,
        bases: std::iter::once(route.url.as_str()).chain(server).collect(),
        method: &question.method,
        path: rest,
        query: target.query,
        headers: question.headers.iter().map(|(name, value)| (&**name, &**value)).collect(),
        body: fhir_body,
    };
    let request = Box::new(pecan_fhir::read(&source.request())?);
    Ok(Facts::Fhir { source, request })
}

impl Facts<'_> {
    /// Everything that must be allowed for the request to pass.
    // INVARIANT: the same requests as `FhirRequest::decisions` gives, with their places.
    pub(super) fn parts(&self) -> Vec<Part<'_>> {
        let request = match self {
            Self::Http(request) => return vec![request.part()],
            Self::Fhir { request, .. } => request,
        };
        let mut parts = Vec::with_capacity(1);
        let mut add = |request, place| {
            parts.push(part(request, place));
            parts.extend(request.implied.iter().map(|implied| part(implied, Place::Implied)));
        };
        if !request.is_bundle() {
            add(request, Place::Whole);
        }
        for (index, entry) in request.entries.iter().enumerate() {
            add(entry, Place::Entry(index));
        }
        parts
    }

    /// The request with these conditions more.
    pub(super) fn narrow(
        &self,
        additions: &[(Place, Vec<Addition>)],
    ) -> Result<Narrowing, CannotNarrow> {
        let (source, request) = match (self, additions) {
            (Self::Http(request), [(Place::Whole, added)]) => return Ok(request.narrow(added)),
            (Self::Http(_), _) => return Err(CannotNarrow::OtherRequest),
            (Self::Fhir { source, request }, _) => (source.request(), request),
        };
        if let [(Place::Whole, added)] = additions {
            let narrowed = request.narrow(&source, added)?;
            let body = narrowed.body.map(Into::into);
            return Ok(Narrowing { query: narrowed.query, body, added: added.clone() });
        }
        let mut entries = Vec::with_capacity(additions.len());
        for (place, added) in additions {
            match place {
                Place::Entry(index) => entries.push((*index, added.clone())),
                Place::Whole | Place::Implied => return Err(CannotNarrow::OtherRequest),
            }
        }
        let narrowed = request.narrow_entries(&source, &entries)?;
        let body = narrowed.body.map(Into::into);
        Ok(Narrowing { query: narrowed.query, body, added: Vec::new() })
    }
}

impl Source<'_> {
    fn request(&self) -> Request<'_> {
        Request {
            version: self.version,
            bases: &self.bases,
            method: self.method,
            path: self.path,
            query: Some(self.query),
            headers: &self.headers,
            body: self.body,
        }
    }
}

fn part(request: &FhirRequest, place: Place) -> Part<'_> {
    Part {
        members: request.to_input(),
        patient_id: patient_id(request),
        resources: resources(request),
        place,
        fhir: Some(request),
    }
}

/// The patient that path, compartment or the parameter `patient` name: one, or nobody is meant for sure.
fn patient_id(request: &FhirRequest) -> String {
    let mut ids = patient_ids(request);
    match (ids.next(), ids.next()) {
        (Some(id), None) => id.to_owned(),
        _ => String::new(),
    }
}

fn patient_ids(request: &FhirRequest) -> impl Iterator<Item = &str> {
    let around = request.compartment.as_ref().filter(|around| around.resource_type == "Patient");
    let of_path = request.id.as_deref().filter(|_| request.resource_type == Some("Patient"));
    let parameters = request.search.parameters.iter().filter(|parameter| {
        parameter.base() == "patient"
            && parameter.modifier().is_none()
            && parameter.chain().is_none()
    });
    let is_id = |value: &&str| !value.contains(['|', '/', ':']);
    around
        .map(|around| around.id.as_str())
        .into_iter()
        .chain(of_path)
        .chain(parameters.flat_map(|parameter| &parameter.values).map(String::as_str).filter(is_id))
}

/// A search about a patient is also looked up by the patient: that is how a treatment relation is laid down, or a denial.
fn resources(request: &FhirRequest) -> Vec<String> {
    let Some(resource_type) = request.resource_type else { return Vec::new() };
    let instance = request.id.as_ref().map(|id| format!("{resource_type}/{id}"));
    let mut names: Vec<String> = instance.into_iter().chain([resource_type.to_owned()]).collect();
    if request.id.is_none() {
        names.extend(patient_ids(request).map(|id| format!("Patient/{id}")));
    }
    names
}
