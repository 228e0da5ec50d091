//! A service with its gateway before it, both running.

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderValue;
use axum_server::tls_rustls::RustlsConfig;
use tokio::task::JoinSet;
use url::Url;

use super::super::party::{Outcome, Party};
use super::proxy::{self, Passed, Proxy};
use super::sites::Site;

/// A service behind its gateway.
pub(super) struct Front {
    /// The base URL for others, which leads to the gateway.
    pub(super) url: String,
    /// The base URL for the organisation's own systems, which leads to the service.
    pub(super) own_url: String,
    /// The gateway.
    pub(super) proxy: Arc<Proxy>,
}

impl Front {
    /// Starts the service of an organisation, plain, and the gateway before it, with TLS.
    pub(super) async fn start(
        party: &Party,
        site: Site,
        service: Router,
        tls: &(PathBuf, PathBuf),
        servers: &mut JoinSet<io::Result<()>>,
    ) -> Outcome<Self> {
        let proxy = Arc::new(Proxy {
            client: Arc::clone(&party.client),
            node: Url::parse(&format!("{}/gateway/forward-auth", party.gateway))?,
            secret: HeaderValue::from_str(&site.secret)?,
            authority: HeaderValue::from_str(Url::parse(&site.url)?.authority())?,
            service: Url::parse(&site.own_url)?,
            passed: Mutex::new(Passed::default()),
        });
        let server = axum_server::from_tcp(site.service)?;
        servers.spawn(server.serve(service.into_make_service()));
        let router = proxy::router(Arc::clone(&proxy));
        serve_with_tls(site.gateway, router, tls, servers).await?;
        Ok(Self { url: site.url, own_url: site.own_url, proxy })
    }
}

impl Front {
    /// What the service was told of whoever made the last request.
    pub(super) fn told(&self) -> String {
        let identity = self.proxy.passed().identity;
        let told = |name| identity.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let user = match told("x-pecan-user-id") {
            "" => "no user".to_owned(),
            id => format!("user {id}, {}", told("x-pecan-user-role")),
        };
        let name = told("x-pecan-organization-name");
        format!("URA {}, {name}, {user}", told("x-pecan-organization-ura"))
    }
}

async fn serve_with_tls(
    listener: TcpListener,
    router: Router,
    (certificate, key): &(PathBuf, PathBuf),
    servers: &mut JoinSet<io::Result<()>>,
) -> Outcome<()> {
    let mut config = (*RustlsConfig::from_pem_file(certificate, key).await?.get_inner()).clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let config = RustlsConfig::from_config(Arc::new(config));
    let server = axum_server::tls_rustls::from_tcp_rustls(listener, config)?;
    servers.spawn(server.serve(router.into_make_service()));
    Ok(())
}
