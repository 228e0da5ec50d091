//! Reads an HTTP request as a FHIR server (STU3, R4) would understand it.
//!
//! An access policy decides about what a request *means*. This crate finds the meaning: which interaction it is, with which resource,
//! which conditions a search has, and what besides comes along (inclusions, conditional writes, the requests inside a Bundle). What
//! it cannot place with certainty is an error, [`Unplaceable`], that tells an operator what and where. What is certain but out of the
//! ordinary is a fact, [`Unusual`], which a policy can refuse as a whole.
//!
//! ```
//! use pecan_fhir::{Body, Request, Version};
//!
//! let request = Request {
//!     version: Version::R4,
//!     bases: &["https://hospital.example/fhir"],
//!     method: "GET",
//!     path: "/Observation",
//!     query: Some("patient=1&category=vital-signs,laboratory"),
//!     headers: &[],
//!     body: Body::Whole(b""),
//! };
//! let facts = pecan_fhir::read(&request)?.to_input();
//! assert_eq!(facts["action"]["fhir_rest"]["interaction_type"], "search-type");
//! assert_eq!(facts["action"]["fhir_rest"]["search_params"]["category"][0][1], "laboratory");
//! # Ok::<(), pecan_fhir::Unplaceable>(())
//! ```
//!
//! Pure: does not ask a FHIR server, knows no policy, and never repairs what it reads.

mod authority;
mod bundle;
mod capability;
mod content;
mod error;
mod excerpt;
mod headers;
mod implied;
mod input;
mod json;
mod narrow;
mod parameters;
mod path;
mod place;
mod query;
mod request;
mod search;
mod types;

pub use bundle::ENTRIES_MAX;
pub use capability::{Capability, CapabilityError, NotCapable};
pub use content::{BODY_BYTES_MAX, Content, FORM_BYTES_MAX};
pub use error::{JsonError, Unplaceable};
pub use headers::{Conditions, Preferences};
pub use json::DEPTH_MAX;
pub use narrow::{ADDITIONS_MAX, Addition, CannotNarrow, Narrowed};
pub use path::PATH_BYTES_MAX;
pub use place::{Compartment, Interaction, Method};
pub use query::{PARAMETERS_MAX, QUERY_BYTES_MAX};
pub use request::{Body, FhirRequest, Request, read};
pub use search::{Include, Parameter, Search, Unusual, UnusualKind};
pub use types::Version;
