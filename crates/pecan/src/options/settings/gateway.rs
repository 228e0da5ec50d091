//! The options of gateways and of access policies.

use std::path::{Path, PathBuf};

use pecan_node::{decision_point, gateway};
use url::Url;

use super::super::file::File;
use super::super::gateway_file::{self, Surroundings};
use super::Reader;

/// The listener for gateways, and what it decides for.
pub(crate) struct GatewaySettings {
    /// For HTTP; `None`: nothing is answered there.
    pub(crate) address: Option<String>,
    /// The URL under which gateways reach it.
    pub(crate) url: Option<Url>,
    /// For gRPC; `None`: nothing is answered there.
    #[cfg(feature = "grpc")]
    pub(crate) grpc_address: Option<String>,
    /// The files of certificate and key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// The file of the authorities of gateways.
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) decision: gateway::Settings,
}

const ADDRESS: &str = "gateway.address";
const GRPC_ADDRESS: &str = "gateway.grpc.address";
const URL: &str = "gateway.url";
const FILE: &str = "gateway.configfile";
const POLICIES: &str = "gateway.policies";
const OPA: &str = "gateway.opa";
const AUTHZEN: &str = "gateway.authzen";
const AUTHORITIES: &str = "gateway.tls.clientcafile";

impl Reader<'_> {
    /// `None`: there are no gateways.
    pub(super) fn gateway(&mut self) -> Option<GatewaySettings> {
        let tls = self.identity("gateway.tls.certfile", "gateway.tls.keyfile");
        let authorities = self.path(AUTHORITIES);
        if authorities.is_some() && tls.is_none() {
            let text = "certificates of gateways can only be asked for on TLS connections";
            self.error(AUTHORITIES, text, "set gateway.tls.certfile and gateway.tls.keyfile");
        }
        let address = self.address(ADDRESS);
        let grpc_address = self.address(GRPC_ADDRESS);
        self.check_grpc(grpc_address.as_deref());
        let file = self.path(FILE);
        match (address.as_ref().or(grpc_address.as_ref()), &file) {
            (None, None) => return None,
            (Some(_), None) => {
                let remedy = "set gateway.configfile to a file of gateways and routes";
                self.error(ADDRESS, "nobody is known who may ask there", remedy);
                return None;
            }
            (None, Some(_)) => {
                self.error(FILE, "gateways have no address to ask at", "set gateway.address");
            }
            (Some(_), Some(_)) => self.check_that_somebody_decides(),
        }
        let decision = self.gateway_file(&file?, authorities.is_some());
        let url = self.url(URL);
        Some(GatewaySettings {
            address,
            url,
            #[cfg(feature = "grpc")]
            grpc_address,
            tls,
            authorities,
            decision,
        })
    }

    fn address(&mut self, key: &'static str) -> Option<String> {
        let address = self.options.text(key);
        if address.is_empty() {
            return None;
        }
        let others = ["http.public.address", "http.internal.address", ADDRESS];
        for other in others.into_iter().filter(|other| *other != key) {
            // Port 0 is a wish, not an address.
            if self.options.text(other) == address && !address.ends_with(":0") {
                let text = format!("{other} is the same address");
                self.error(key, text, "gateways need one of their own");
            }
        }
        Some(address.to_owned())
    }

    fn check_grpc(&mut self, address: Option<&str>) {
        if address.is_some() && !cfg!(feature = "grpc") {
            let text = "this executable was built without gRPC";
            self.error(GRPC_ADDRESS, text, "build it with `--features grpc`, or remove this");
        }
    }

    fn gateway_file(&mut self, path: &Path, takes_certificates: bool) -> gateway::Settings {
        let bytes = match (self.files)(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let text = format!("`{}` cannot be read: {error}", path.display());
                self.error(FILE, text, "name a file that can be read");
                return gateway::Settings::default();
            }
        };
        let file = File { path: path.display().to_string(), bytes };
        let surroundings =
            Surroundings { is_strict: self.is_strict, takes_certificates, files: self.files };
        gateway_file::read(&file, surroundings, self.problems)
    }

    /// Who decides by policy, with or without gateways: scopes may be decided, too.
    pub(super) fn decision_point(&mut self) -> decision_point::Settings {
        let policies = self.path(POLICIES);
        let (opa, authzen) = (self.url(OPA), self.url(AUTHZEN));
        let given = [POLICIES, OPA, AUTHZEN].into_iter().filter(|key| self.options.is_set(key));
        if let [_, second, ..] = given.collect::<Vec<_>>()[..] {
            let text = "only one can decide: gateway.policies, gateway.opa or gateway.authzen";
            self.error(second, text, "remove the others");
        }
        decision_point::Settings { policies, opa, authzen }
    }

    fn check_that_somebody_decides(&mut self) {
        if ![POLICIES, OPA, AUTHZEN].into_iter().any(|key| self.options.is_set(key)) {
            let text = "no policy decides, so every request would be refused";
            self.error(ADDRESS, text, "set gateway.policies to a folder or bundle of policies");
        }
    }

    fn path(&self, key: &'static str) -> Option<PathBuf> {
        let text = self.options.text(key);
        (!text.is_empty()).then(|| text.into())
    }

    fn url(&mut self, key: &'static str) -> Option<Url> {
        let text = self.options.text(key);
        if text.is_empty() {
            return None;
        }
        let url = Url::parse(text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            self.error(key, "not an http or https URL", "write it as in https://pdp.example.nl");
        }
        url
    }
}
