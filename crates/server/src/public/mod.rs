//! Endpoints: one file per area, each with its rows of the table.

mod did_web;
mod metadata;
mod oauth_client;
mod presentation_definition;
mod status_list;
mod token;

use crate::routes::Endpoint;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(did_web::endpoints());
    all.extend(metadata::endpoints());
    all.extend(oauth_client::endpoints());
    all.extend(presentation_definition::endpoints());
    all.extend(status_list::endpoints());
    all.extend(token::endpoints());
    all
}
