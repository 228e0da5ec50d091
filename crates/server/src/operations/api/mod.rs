//! The API descriptions (OpenAPI 3.0) that the executable carries, to read as a page and to fetch.
//!
//! The files in `api/` are written by hand and are the contract; a test holds them against the route table, both ways.

mod document;
mod page;
mod schema;

use std::sync::OnceLock;

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use pecan_node::FailureKind;

use crate::extract::RawPath;
use crate::respond::{Failure, typed};

/// The files, by name, in the order of the page.
pub const FILES: [(&str, &str); 7] = [
    ("vdr.yaml", include_str!("../../../../../api/vdr.yaml")),
    ("vcr.yaml", include_str!("../../../../../api/vcr.yaml")),
    ("auth.yaml", include_str!("../../../../../api/auth.yaml")),
    ("gateway.yaml", include_str!("../../../../../api/gateway.yaml")),
    ("access-facts.yaml", include_str!("../../../../../api/access-facts.yaml")),
    ("public.yaml", include_str!("../../../../../api/public.yaml")),
    ("operations.yaml", include_str!("../../../../../api/operations.yaml")),
];

/// All of them on one page.
pub(crate) async fn get_page() -> Response {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| {
        let documents = FILES.map(|(name, text)| (name, document::parse(text)));
        page::write(&documents)
    });
    typed(StatusCode::OK, HeaderValue::from_static("text/html; charset=utf-8"), page.as_str())
}

/// One of them.
pub(crate) async fn get_file(path: RawPath) -> Result<Response, Failure> {
    let wanted = path.text(0);
    let file = FILES.iter().find(|(name, _)| *name == wanted);
    let (_, text) = file.ok_or_else(|| Failure::api(FailureKind::NotFound, "no such file"))?;
    Ok(typed(StatusCode::OK, HeaderValue::from_static("application/yaml"), *text))
}
