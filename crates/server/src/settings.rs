//! What the listeners are told.

use http::HeaderName;
use url::Url;

/// What the listeners are told. The default is a node that runs behind a proxy that sets `X-Forwarded-For`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The header that names the client (`http.clientipheader`); `None`: the address of the connection.
    pub client_ip_header: Option<HeaderName>,
    /// Whether requests are logged (`http.log` is not `nothing`).
    pub access_log: bool,
    /// The version that status pages show: a tag or a branch.
    pub software_version: String,
    /// The commit that status pages show.
    pub git_commit: String,
    /// Where gateways reach their listener (`gateway.url`), for the metadata that say so; `None`: there are none.
    pub gateway_url: Option<Url>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client_ip_header: Some(crate::middleware::X_FORWARDED_FOR),
            access_log: true,
            software_version: "development".to_owned(),
            git_commit: "0".to_owned(),
            gateway_url: None,
        }
    }
}
