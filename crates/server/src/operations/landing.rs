//! The page at the root of the public listener.

use axum::response::Response;
use http::{HeaderValue, StatusCode};

use crate::respond::typed;

const PAGE: &str = r#"<html>
<head>
    <title>Nuts Node</title>
</head>
<body>
<h1>Your Nuts Node is running!</h1>
<p>
    But, there is nothing to see here. This HTTP service is used to resolve did:web DIDs and access OAuth2 endpoints.
    See <a href="https://nuts-node.readthedocs.io/en/latest/pages/deployment/recommended-deployment.html#public-endpoints" target="_blank">Recommended Deployment</a> for which endpoints should be exposed.
</p>
</body>
</html>
"#;

pub(crate) async fn get() -> Response {
    typed(StatusCode::OK, HeaderValue::from_static("text/html; charset=utf-8"), PAGE)
}
