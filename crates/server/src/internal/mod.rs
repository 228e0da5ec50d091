//! Endpoints: one file per area, each with its rows of the table.

mod access_facts;
mod dpop;
mod dpop_validate;
mod explain;
mod introspect;
mod issuer;
mod received;
mod subject;
mod tokens;
mod verifier;
mod wallet;

use crate::routes::Endpoint;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(access_facts::endpoints());
    all.extend(dpop::endpoints());
    all.extend(dpop_validate::endpoints());
    all.extend(explain::endpoints());
    all.extend(introspect::endpoints());
    all.extend(issuer::endpoints());
    all.extend(subject::endpoints());
    all.extend(tokens::endpoints());
    all.extend(verifier::endpoints());
    all.extend(wallet::endpoints());
    all
}
