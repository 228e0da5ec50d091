//! Bodies: what is in them, as far as it can be known.

use serde_json::Value;

use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::headers::{Headers, is_json, media_type};
use crate::json;
use crate::place::Interaction;
use crate::request::Body;

/// The most bytes of a JSON body.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The most bytes of a form.
pub const FORM_BYTES_MAX: usize = 64 * 1024;

/// What a request carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    /// Nothing, or something that has no meaning.
    #[default]
    None,
    /// A resource or a JSON Patch.
    Json(Value),
    /// A resource or a patch in XML, which is not read.
    Xml,
    /// The bytes of a Binary.
    Bytes,
    /// The gateway does not tell bodies.
    Untold,
    /// It is larger than what is read.
    TooLarge,
}

impl Content {
    /// The code in the input of a policy.
    pub fn code(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Json(_) => "json",
            Self::Xml => "xml",
            Self::Bytes => "bytes",
            Self::Untold => "untold",
            Self::TooLarge => "too_large",
        }
    }
}

/// The media types that a body may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    JsonPatch,
    Xml,
    XmlPatch,
    Form,
    Other,
}

/// A body that may be parameters.
pub(crate) enum Input<'a> {
    /// None.
    Empty,
    /// A form.
    Form(&'a str),
    /// JSON, of an operation or a Bundle.
    Json(Value),
}

/// Reads the body of a create, update or patch.
pub(crate) fn read_resource(
    headers: &Headers<'_>,
    body: &Body<'_>,
    interaction: Interaction,
    resource_type: Option<&str>,
) -> Result<Content, Unplaceable> {
    headers.check_encoding()?;
    let bytes = match body {
        Body::Untold => return Ok(Content::Untold),
        Body::TooLarge => return Ok(Content::TooLarge),
        Body::Whole(bytes) => *bytes,
    };
    if bytes.is_empty() {
        return Err(Unplaceable::BodyNeeded { interaction: interaction.code(), why: "is empty" });
    }
    let format = format(headers, interaction)?;
    match (format, interaction) {
        (Format::JsonPatch, Interaction::Patch) => {
            let patch = parse(bytes)?;
            if !patch.is_array() {
                return Err(Unplaceable::Content { why: "is no json patch" });
            }
            Ok(Content::Json(patch))
        }
        (Format::Json, _) => {
            let resource = parse(bytes)?;
            // A JSON Patch under the name of a resource.
            if !resource.is_object() {
                return Err(Unplaceable::Content { why: "is no resource" });
            }
            Ok(Content::Json(resource))
        }
        (Format::Xml, _) | (Format::XmlPatch, Interaction::Patch) => Ok(Content::Xml),
        (Format::Other, _)
            if resource_type == Some("Binary") && interaction != Interaction::Patch =>
        {
            Ok(Content::Bytes)
        }
        (Format::JsonPatch | Format::XmlPatch | Format::Form | Format::Other, _) => {
            Err(unfit(headers, interaction))
        }
    }
}

/// Reads a body that must be a form.
pub(crate) fn read_form<'a>(
    headers: &Headers<'_>,
    body: &Body<'a>,
    interaction: Interaction,
) -> Result<&'a str, Unplaceable> {
    headers.check_encoding()?;
    let bytes = told(body, interaction)?;
    // SECURITY: also an empty body needs its type: a search whose parameters are not seen is a search for everything.
    if format(headers, interaction)? != Format::Form {
        return Err(unfit(headers, interaction));
    }
    form(bytes)
}

/// Reads the body of an operation or a Bundle: nothing, a form or JSON.
pub(crate) fn read_input<'a>(
    headers: &Headers<'_>,
    body: &Body<'a>,
    interaction: Interaction,
) -> Result<Input<'a>, Unplaceable> {
    headers.check_encoding()?;
    let bytes = told(body, interaction)?;
    if bytes.is_empty() {
        return Ok(Input::Empty);
    }
    match format(headers, interaction)? {
        Format::Json => Ok(Input::Json(parse(bytes)?)),
        Format::Form if interaction == Interaction::Operation => Ok(Input::Form(form(bytes)?)),
        Format::Xml => Err(Unplaceable::BodyNeeded {
            interaction: interaction.code(),
            why: "is xml, which is not read",
        }),
        Format::Form | Format::JsonPatch | Format::XmlPatch | Format::Other => {
            Err(unfit(headers, interaction))
        }
    }
}

/// Refuses what is no patch: a JSON Patch, a Parameters resource (`FHIRPath` Patch), or in a Bundle a Binary with a patch inside.
pub(crate) fn check_patch(patch: &Value, is_entry: bool) -> Result<(), Unplaceable> {
    match patch.get("resourceType").and_then(Value::as_str) {
        Some("Parameters") => Ok(()),
        Some("Binary") if is_entry => Ok(()),
        None if patch.is_array() && !is_entry => Ok(()),
        Some(_) | None => Err(Unplaceable::Content { why: "is no patch" }),
    }
}

/// Refuses a resource that does not fit the path: a server judges by one of the two.
pub(crate) fn check_resource(
    resource: &Value,
    resource_type: Option<&str>,
    id: Option<&str>,
) -> Result<(), Unplaceable> {
    let told = resource.get("resourceType").and_then(Value::as_str);
    if told.is_none() || told != resource_type {
        return Err(Unplaceable::Content { why: "is a resource of another type than the path" });
    }
    match (id, resource.get("id")) {
        (None, _) | (Some(_), None) => Ok(()),
        (Some(id), Some(Value::String(told))) if id == told => Ok(()),
        (Some(_), Some(_)) => {
            Err(Unplaceable::Content { why: "is a resource with another id than the path" })
        }
    }
}

fn told<'a>(body: &Body<'a>, interaction: Interaction) -> Result<&'a [u8], Unplaceable> {
    let why = match body {
        Body::Whole(bytes) => return Ok(bytes),
        Body::Untold => "is not told by the gateway",
        Body::TooLarge => "is too large",
    };
    Err(Unplaceable::BodyNeeded { interaction: interaction.code(), why })
}

fn form(bytes: &[u8]) -> Result<&str, Unplaceable> {
    if bytes.len() > FORM_BYTES_MAX {
        return Err(Unplaceable::QueryTooLong { place: "form", limit: FORM_BYTES_MAX });
    }
    std::str::from_utf8(bytes).map_err(|error| Unplaceable::Encoding {
        place: "form",
        what: "bytes that are no utf-8",
        position: error.valid_up_to(),
    })
}

fn parse(bytes: &[u8]) -> Result<Value, Unplaceable> {
    json::parse(bytes).map_err(|reason| Unplaceable::Json { reason })
}

fn format(headers: &Headers<'_>, interaction: Interaction) -> Result<Format, Unplaceable> {
    let refuse = |problem: &str| Unplaceable::ContentType {
        problem: problem.to_owned(),
        interaction: interaction.code(),
    };
    let text = headers.content_type().ok_or_else(|| refuse("is missing"))?;
    let media_type = media_type(text).ok_or_else(|| refuse("is malformed or not utf-8"))?;
    Ok(match &*media_type {
        json if is_json(json) => Format::Json,
        "application/json-patch+json" => Format::JsonPatch,
        "application/fhir+xml" | "application/xml+fhir" | "application/xml" | "text/xml" => {
            Format::Xml
        }
        "application/xml-patch+xml" => Format::XmlPatch,
        "application/x-www-form-urlencoded" => Format::Form,
        _ => Format::Other,
    })
}

fn unfit(headers: &Headers<'_>, interaction: Interaction) -> Unplaceable {
    let problem = format!("`{}` does not fit", excerpt(headers.content_type().unwrap_or_default()));
    Unplaceable::ContentType { problem, interaction: interaction.code() }
}
