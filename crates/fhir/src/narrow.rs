//! Narrowing: more conditions for a search, so that it finds less.
//!
//! A condition is appended as a repetition, which FHIR joins by AND: the client's own values of that name can then only narrow further.
//! Nothing is put into a list, nothing replaced.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::content::Content;
use crate::error::Unplaceable;
use crate::place::{Interaction, Method};
use crate::query;
use crate::request::{Body, FhirRequest, Request, read};
use crate::search::Search;

/// The most conditions that are added to one request.
pub const ADDITIONS_MAX: usize = 32;

/// One condition: the name and the value of a parameter, not escaped. The value may be a list, which is an OR.
pub type Addition = (String, String);

/// A request, narrowed: what changes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The whole query to use.
    pub query: Option<String>,
    /// The whole body to use.
    pub body: Option<Vec<u8>>,
}

/// Why a request cannot be narrowed. A request that must be and cannot be is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotNarrow {
    /// Only searches, and operations that take parameters, have something to add to.
    #[error("{interaction} cannot be narrowed")]
    Interaction {
        /// The interaction.
        interaction: &'static str,
    },
    /// The parameters of the operation are in a resource.
    #[error("an operation with a body of parameters cannot be narrowed")]
    Parameters,
    /// A parameter that does not narrow: an inclusion, or one for the shape of the answer.
    #[error("parameter `{name}` does not narrow")]
    Name {
        /// The name.
        name: String,
    },
    /// More than [`ADDITIONS_MAX`].
    #[error("more than {ADDITIONS_MAX} conditions to add")]
    TooMany,
    /// There is no entry of this number.
    #[error("the bundle has no entry {index}")]
    NoEntry {
        /// Counted from 0.
        index: usize,
    },
    /// The request is not the one that was read.
    #[error("the request is not the one that was read")]
    OtherRequest,
    /// What came out cannot be read, or means something else.
    #[error("the narrowed request cannot be placed: {reason}")]
    Unplaceable {
        /// Why.
        reason: Unplaceable,
    },
}

impl FhirRequest {
    /// Adds conditions to this request, which was read from the one that is given too.
    pub fn narrow(
        &self,
        request: &Request<'_>,
        additions: &[Addition],
    ) -> Result<Narrowed, CannotNarrow> {
        check(additions)?;
        let query = request.query.unwrap_or_default();
        let narrowed = match self.place_to_add(request)? {
            Part::Query => Narrowed { query: Some(appended(query, additions)), body: None },
            Part::Form(form) => {
                Narrowed { query: None, body: Some(appended(form, additions).into_bytes()) }
            }
        };
        confirm(request, &narrowed, |again| self.has_narrowed(again, additions))?;
        Ok(narrowed)
    }

    /// Adds conditions to entries of a Bundle, by their number; entries that are not named stay as they are.
    pub fn narrow_entries(
        &self,
        request: &Request<'_>,
        additions: &[(usize, Vec<Addition>)],
    ) -> Result<Narrowed, CannotNarrow> {
        let Body::Whole(body) = request.body else { return Err(CannotNarrow::OtherRequest) };
        let text = std::str::from_utf8(body).map_err(|_| CannotNarrow::OtherRequest)?;
        let lines: Lines<'_> =
            serde_json::from_str(text).map_err(|_| CannotNarrow::OtherRequest)?;
        let mut narrowed = String::with_capacity(text.len() + 128);
        let mut copied = 0;
        for (index, line) in lines.entry.iter().enumerate() {
            let Some((_, added)) = additions.iter().find(|(number, _)| *number == index) else {
                continue;
            };
            let entry = self.entries.get(index).ok_or(CannotNarrow::OtherRequest)?;
            check(added)?;
            entry.check_entry()?;
            let (start, end) = span(text, line.request.url);
            narrowed.push_str(text.get(copied..start).ok_or(CannotNarrow::OtherRequest)?);
            let url: String = serde_json::from_str(line.request.url.get())
                .map_err(|_| CannotNarrow::OtherRequest)?;
            let (path, query) = url.split_once('?').unwrap_or((&url, ""));
            narrowed.push_str(
                &serde_json::Value::from(format!("{path}?{}", appended(query, added))).to_string(),
            );
            copied = end;
        }
        if let Some((index, _)) = additions.iter().find(|(index, _)| *index >= self.entries.len()) {
            return Err(CannotNarrow::NoEntry { index: *index });
        }
        narrowed.push_str(text.get(copied..).unwrap_or_default());
        let narrowed = Narrowed { query: None, body: Some(narrowed.into_bytes()) };
        confirm(request, &narrowed, |again| {
            self.entries.len() == again.entries.len()
                && self.entries.iter().zip(&again.entries).enumerate().all(
                    |(index, (before, after))| {
                        let added = additions.iter().find(|(number, _)| *number == index);
                        before.has_narrowed(
                            after,
                            added.map(|(_, added)| added.as_slice()).unwrap_or_default(),
                        )
                    },
                )
        })?;
        Ok(narrowed)
    }

    fn check_entry(&self) -> Result<(), CannotNarrow> {
        match self.interaction {
            interaction if interaction.is_search() => Ok(()),
            Interaction::Operation if self.method == Method::Get => Ok(()),
            interaction => Err(CannotNarrow::Interaction { interaction: interaction.code() }),
        }
    }

    /// Where parameters are added.
    fn place_to_add<'a>(&self, request: &Request<'a>) -> Result<Part<'a>, CannotNarrow> {
        if !self.interaction.is_search() && self.interaction != Interaction::Operation {
            return Err(CannotNarrow::Interaction { interaction: self.interaction.code() });
        }
        match (self.method, &request.body) {
            (Method::Get, _) => Ok(Part::Query),
            (_, _) if self.content != Content::None => Err(CannotNarrow::Parameters),
            (_, Body::Whole(b"")) if self.interaction == Interaction::Operation => Ok(Part::Query),
            // Servers need not take parameters of the URL there.
            (_, Body::Whole(form)) => {
                std::str::from_utf8(form).map(Part::Form).map_err(|_| CannotNarrow::OtherRequest)
            }
            (_, Body::Untold | Body::TooLarge) => Err(CannotNarrow::OtherRequest),
        }
    }

    fn has_narrowed(&self, again: &Self, additions: &[Addition]) -> bool {
        let (before, after) = (&self.search, &again.search);
        let added = after.parameters.get(before.parameters.len()..).unwrap_or_default();
        self.path == again.path
            && self.interaction == again.interaction
            && after.parameters.starts_with(&before.parameters)
            && (&after.includes, &after.revincludes) == (&before.includes, &before.revincludes)
            && added.len() == additions.len()
    }
}

// INVARIANT: what goes on to the server is read as the same request with exactly these conditions more.
fn confirm(
    request: &Request<'_>,
    narrowed: &Narrowed,
    is_meant: impl Fn(&FhirRequest) -> bool,
) -> Result<(), CannotNarrow> {
    let query = narrowed.query.as_deref().or(request.query);
    let body = narrowed.body.as_deref().map_or(request.body, Body::Whole);
    let again = read(&Request { query, body, ..*request })
        .map_err(|reason| CannotNarrow::Unplaceable { reason })?;
    if is_meant(&again) { Ok(()) } else { Err(CannotNarrow::OtherRequest) }
}

/// Where parameters can be added.
enum Part<'a> {
    Query,
    Form(&'a str),
}

/// The request lines of a Bundle, as they stand in its text.
#[derive(Deserialize)]
struct Lines<'a> {
    #[serde(borrow)]
    entry: Vec<Line<'a>>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    request: Url<'a>,
}

#[derive(Deserialize)]
struct Url<'a> {
    #[serde(borrow)]
    url: &'a RawValue,
}

/// Where a raw value stands in the text that it borrows from.
fn span(text: &str, raw: &RawValue) -> (usize, usize) {
    let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
    (start, start + raw.get().len())
}

/// Refuses conditions that are none.
fn check(additions: &[Addition]) -> Result<(), CannotNarrow> {
    if additions.len() > ADDITIONS_MAX {
        return Err(CannotNarrow::TooMany);
    }
    for (name, _) in additions {
        if !Search::narrows(name) {
            return Err(CannotNarrow::Name { name: crate::excerpt::excerpt(name) });
        }
    }
    Ok(())
}

fn appended(text: &str, additions: &[Addition]) -> String {
    let mut text = text.to_owned();
    for (name, value) in additions {
        query::append(&mut text, name, value);
    }
    text
}
