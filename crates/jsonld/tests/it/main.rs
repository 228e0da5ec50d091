//! The JSON-LD crate against published suites, recorded signatures and hostile documents.

#![cfg(test)]

mod built_in;
mod differential;
mod expand_suite;
mod hostile;
mod json_ld_suite;
mod nuts_canon;
mod oracle;
mod rdf_canon;
mod recorded;
mod to_rdf_suite;
mod uncovered;
mod vc_data_model;
