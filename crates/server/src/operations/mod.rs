//! Pages for operators: is it up, how does it fare, what does it count, what can it do.

pub mod api;
mod diagnostics;
mod health;
mod landing;
pub(crate) mod metrics;
mod status;

use http::Method;

use crate::routes::{Endpoint, Listener};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    use Listener::{Both, Internal, Public};

    vec![
        Endpoint::new(Public, Method::GET, "/", "LandingPage", landing::get),
        Endpoint::new(Both, Method::GET, "/status", "Status", status::get),
        Endpoint::new(
            Internal,
            Method::GET,
            "/status/diagnostics",
            "Diagnostics",
            diagnostics::get,
        ),
        Endpoint::new(Internal, Method::GET, "/health", "Health", health::get),
        Endpoint::new(Internal, Method::GET, "/metrics", "Metrics", metrics::get),
        Endpoint::new(Internal, Method::GET, "/internal/api/", "ApiPage", api::get_page),
        Endpoint::new(Internal, Method::GET, "/internal/api/{file}", "ApiFile", api::get_file),
    ]
}
