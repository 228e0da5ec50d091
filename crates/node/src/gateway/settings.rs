//! What a node is told about the gateways before it, and whether that can be.

use std::collections::BTreeSet;

use pecan_jose::dpop::{exact_path, exact_uri};
use pecan_platform::http::ConfiguredServer;
use url::Url;

use super::{Credential, Registration, Route, lookup};

/// What a node is told about the gateways before it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Who may ask.
    pub gateways: Vec<Registration>,
    /// What is behind them.
    pub routes: Vec<Route>,
}

/// Why gateways and routes cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A name is empty or there twice.
    #[error("{kind} `{name}`: each needs a name of its own")]
    Name {
        /// `gateway` or `route`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Two gateways cannot be told apart.
    #[error("gateway `{name}` has the secret or the certificate of another")]
    SharedCredential {
        /// The second of them.
        name: String,
    },
    /// A route cannot be used.
    #[error("route `{name}`: {reason}")]
    Route {
        /// Its name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// Two routes are the same to a gateway.
    #[error("routes `{first}` and `{second}` have the same authority and path for one gateway")]
    SameRoute {
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
}

impl Settings {
    /// The FHIR servers in which policies look things up.
    pub fn configured_servers(&self) -> impl Iterator<Item = ConfiguredServer> {
        let servers = self.routes.iter().filter_map(|route| route.fhir_server.clone());
        servers.map(|url| ConfiguredServer { purpose: lookup::PURPOSE, url })
    }

    /// Checks what can be checked without asking anybody. That two routes differ is seen when they are prepared.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let mut names = BTreeSet::new();
        let mut credentials = BTreeSet::new();
        for gateway in &self.gateways {
            if gateway.name.is_empty() || !names.insert(&gateway.name) {
                let name = gateway.name.clone();
                return Err(SettingsError::Name { kind: "gateway", name });
            }
            let credential = match &gateway.credential {
                Credential::Secret(hash) => hash.to_vec(),
                Credential::CertificateSubject(subject) => subject.clone().into_bytes(),
            };
            if !credentials.insert(credential) {
                return Err(SettingsError::SharedCredential { name: gateway.name.clone() });
            }
        }
        let mut route_names = BTreeSet::new();
        for route in &self.routes {
            if route.name.is_empty() || !route_names.insert(&route.name) {
                return Err(SettingsError::Name { kind: "route", name: route.name.clone() });
            }
            let unknown = route.gateways.iter().any(|gateway| !names.contains(gateway));
            let reason =
                if unknown { Some("it names a gateway that is not there") } else { fault(route) };
            if let Some(reason) = reason {
                return Err(SettingsError::Route { name: route.name.clone(), reason });
            }
        }
        Ok(())
    }
}

/// What is wrong with a route by itself.
fn fault(route: &Route) -> Option<&'static str> {
    if route.subject.is_empty() {
        return Some("it has no subject");
    }
    if !is_base(&route.url) || exact_uri(route.url.as_str()).is_err() {
        return Some(
            "its URL is no http or https URL without query, fragment and user, in the form in which clients write it",
        );
    }
    if route.gateway_path.as_deref().is_some_and(|path| exact_path(path).is_err()) {
        return Some("the path under which gateways see it is no path");
    }
    if route.fhir_server.as_ref().is_some_and(|url| !is_base(url)) {
        return Some("its FHIR server is no http or https URL without query, fragment and user");
    }
    None
}

fn is_base(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}
