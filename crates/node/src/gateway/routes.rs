//! Finds the route that a request is for: by the authority and the longest base path, in a table that is made once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pecan_jose::dpop::exact_authority;

use super::{Registration, Route, SettingsError};

/// A route, with what is derived from it.
pub(super) struct Prepared {
    /// As configured.
    pub(super) route: Route,
    /// Its public URL, without a slash at the end.
    pub(super) url: String,
    /// The issuer whose access tokens count.
    pub(super) issuer: String,
    /// Where its metadata are (RFC 9728 §3.1).
    pub(super) metadata_url: String,
    /// `host[:port]` of the public URL.
    authority: String,
    /// The path under which gateways see it, without a slash at the end.
    base: String,
}

/// Where a route was found.
pub(super) struct Found<'p> {
    /// The route.
    pub(super) route: Arc<Prepared>,
    /// The path below it: empty, or with a slash at its beginning.
    pub(super) rest: &'p str,
}

/// Why no route was found; for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RouteError {
    #[error("the authority is no host with a port")]
    Authority,
    #[error("no route of this gateway has this authority and path")]
    None,
    #[error("several routes have this path, and the gateway does not tell the authority")]
    Several,
}

/// Routes by base path.
type Bases = HashMap<String, Vec<Arc<Prepared>>>;

/// All routes.
#[derive(Default)]
pub(super) struct Routes {
    /// By the scheme's default port, and the authority.
    by_authority: HashMap<(u16, String), Bases>,
    everywhere: Bases,
    by_url: HashMap<String, Arc<Prepared>>,
    /// The most slashes that a base path has.
    depth: usize,
}

impl Routes {
    /// The table of routes that were checked; `issuer` tells the issuer of a subject.
    pub(super) fn new(
        routes: &[Route],
        issuer: impl Fn(&str) -> String,
    ) -> Result<Self, SettingsError> {
        let mut table = Self::default();
        for route in routes {
            let prepared = Arc::new(prepare(route, issuer(&route.subject))?);
            table.add(&prepared)?;
        }
        Ok(table)
    }

    fn add(&mut self, route: &Arc<Prepared>) -> Result<(), SettingsError> {
        let key = (default_port(route), route.authority.clone());
        let same = self.by_authority.entry(key).or_default().entry(route.base.clone()).or_default();
        if let Some(other) = same.iter().find(|other| shares_gateway(&other.route, &route.route)) {
            return Err(SettingsError::SameRoute {
                first: other.route.name.clone(),
                second: route.route.name.clone(),
            });
        }
        same.push(Arc::clone(route));
        self.everywhere.entry(route.base.clone()).or_default().push(Arc::clone(route));
        self.depth = self.depth.max(route.base.matches('/').count());
        self.by_url.insert(route.url.clone(), Arc::clone(route));
        Ok(())
    }

    /// The route of a path, in its exact form, below an authority, if the gateway tells it.
    pub(super) fn find<'p>(
        &self,
        gateway: &Registration,
        authority: Option<&str>,
        path: &'p str,
    ) -> Result<Found<'p>, RouteError> {
        let tables: Vec<&Bases> = match authority {
            None => vec![&self.everywhere],
            Some(authority) => {
                let mut tables = Vec::with_capacity(2);
                for port in [443, 80] {
                    let authority =
                        exact_authority(authority, port).map_err(|_| RouteError::Authority)?;
                    tables.extend(self.by_authority.get(&(port, authority)));
                }
                tables
            }
        };
        for base in bases(path, self.depth) {
            let mut open = tables
                .iter()
                .filter_map(|table| table.get(base))
                .flatten()
                .filter(|route| is_open(&route.route, gateway));
            if let Some(route) = open.next() {
                if open.next().is_some() {
                    return Err(RouteError::Several);
                }
                let rest = path.strip_prefix(base).unwrap_or_default();
                return Ok(Found { route: Arc::clone(route), rest });
            }
        }
        Err(RouteError::None)
    }

    /// The route with a public URL.
    pub(super) fn find_by_url(&self, url: &str) -> Option<&Prepared> {
        self.by_url.get(url.trim_end_matches('/')).map(|route| &**route)
    }
}

impl Prepared {
    /// The rest of the public path of a request, or of the path that gateways see.
    pub(super) fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let is_below = |rest: &&str| rest.is_empty() || rest.starts_with('/');
        let public = self.route.url.path().trim_end_matches('/');
        [public, self.base.as_str()]
            .into_iter()
            .find_map(|base| path.strip_prefix(base).filter(is_below))
    }

    /// Whether an authority that was asked for is that of this route.
    pub(super) fn has_authority(&self, scheme: &str, authority: &str) -> bool {
        scheme.eq_ignore_ascii_case(self.route.url.scheme())
            && exact_authority(authority, default_port(self)).is_ok_and(|it| it == self.authority)
    }
}

/// A route, with what is derived from it.
pub(super) fn prepare(route: &Route, issuer: String) -> Result<Prepared, SettingsError> {
    let fault = |reason| SettingsError::Route { name: route.name.clone(), reason };
    let url = route.url.as_str().trim_end_matches('/').to_owned();
    let host = route.url.host_str().unwrap_or_default();
    let authority = match route.url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    // A URL that was parsed leaves the default port out.
    let authority =
        exact_authority(&authority, 0).map_err(|_| fault("its URL has no plain host"))?;
    let path = route.url.path().trim_end_matches('/');
    let base = route.gateway_path.as_deref().unwrap_or(path).trim_end_matches('/').to_owned();
    let metadata_url =
        format!("{}://{authority}/.well-known/oauth-protected-resource{path}", route.url.scheme());
    Ok(Prepared { route: route.clone(), url, issuer, metadata_url, authority, base })
}

fn default_port(route: &Prepared) -> u16 {
    if route.route.url.scheme() == "https" { 443 } else { 80 }
}

/// The path up to each of its slashes, longest first.
fn bases(path: &str, depth: usize) -> impl Iterator<Item = &str> {
    let mut ends: Vec<usize> =
        path.match_indices('/').map(|(index, _)| index).take(depth + 1).collect();
    // Beyond the last slash there is a base only if the path has no more slashes than a base may have.
    if ends.len() <= depth {
        ends.push(path.len());
    }
    ends.into_iter().rev().filter_map(|end| path.get(..end))
}

fn is_open(route: &Route, gateway: &Registration) -> bool {
    route.gateways.is_empty() || route.gateways.contains(&gateway.name)
}

fn shares_gateway(one: &Route, other: &Route) -> bool {
    if one.gateways.is_empty() || other.gateways.is_empty() {
        return true;
    }
    let names: BTreeSet<_> = one.gateways.iter().collect();
    other.gateways.iter().any(|name| names.contains(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use url::Url;

    use super::super::{Abilities, Credential, OriginalHeaders, RouteKind};
    use super::*;

    fn route(name: &str, url: &str, gateways: &[&str]) -> Route {
        Route {
            name: name.to_owned(),
            url: Url::parse(url).unwrap(),
            gateway_path: None,
            gateways: gateways.iter().map(|&name| name.to_owned()).collect(),
            subject: "hospital".to_owned(),
            kind: RouteKind::FhirR4,
            policies: BTreeMap::new(),
            fhir_server: None,
            holder_ura: String::new(),
            holder_facility_type: String::new(),
            requires_nonce: false,
            requires_certificate: false,
        }
    }

    fn gateway(name: &str) -> Registration {
        Registration {
            name: name.to_owned(),
            credential: Credential::Secret([0; 32]),
            abilities: Abilities::default(),
            dialects: BTreeSet::new(),
            original: OriginalHeaders::default(),
            certificate: None,
        }
    }

    fn table() -> Routes {
        let routes = [
            route("fhir", "https://api.example.nl/fhir", &[]),
            route("deep", "https://api.example.nl/fhir/deep/", &[]),
            route("root", "https://other.example.nl", &[]),
            route("port", "https://api.example.nl:8443/fhir", &[]),
            route("secret", "https://api.example.nl/secret", &["inner"]),
            Route {
                gateway_path: Some("/gw/".to_owned()),
                ..route("moved", "http://moved.example.nl/a", &[])
            },
        ];
        Routes::new(&routes, |subject| format!("https://node/oauth2/{subject}")).unwrap()
    }

    #[test]
    fn the_longest_base_of_the_authority_is_found() {
        let table = table();
        let cases = [
            (Some("api.example.nl"), "/fhir/Task/1", Ok(("fhir", "/Task/1"))),
            (Some("API.example.nl:443"), "/fhir", Ok(("fhir", ""))),
            (Some("api.example.nl"), "/fhir/", Ok(("fhir", "/"))),
            (Some("api.example.nl"), "/fhir/deep", Ok(("deep", ""))),
            (Some("api.example.nl"), "/fhir/deep/Task", Ok(("deep", "/Task"))),
            (Some("api.example.nl"), "/fhir/deeper", Ok(("fhir", "/deeper"))),
            (Some("api.example.nl"), "/fhirs", Err(RouteError::None)),
            (Some("api.example.nl"), "/", Err(RouteError::None)),
            (Some("api.example.nl:8443"), "/fhir/x", Ok(("port", "/x"))),
            (Some("api.example.nl:80"), "/fhir/x", Err(RouteError::None)),
            (Some("api.example.nl."), "/fhir/x", Err(RouteError::Authority)),
            (Some("user@api.example.nl"), "/fhir/x", Err(RouteError::Authority)),
            (Some("other.example.nl"), "/any/thing/at/all/x", Ok(("root", "/any/thing/at/all/x"))),
            (Some("other.example.nl"), "/", Ok(("root", "/"))),
            (Some("moved.example.nl"), "/gw/b", Ok(("moved", "/b"))),
            (Some("moved.example.nl:80"), "/gw", Ok(("moved", ""))),
            (Some("moved.example.nl"), "/a/b", Err(RouteError::None)),
            (Some("api.example.nl"), "/secret/x", Err(RouteError::None)),
            (None, "/gw/b", Ok(("moved", "/b"))),
            (None, "/fhir/x", Err(RouteError::Several)),
        ];
        for (authority, path, expected) in cases {
            let found = table.find(&gateway("outer"), authority, path);
            let found = found.as_ref().map(|it| (it.route.route.name.as_str(), it.rest));
            assert_eq!(found.map_err(|error| *error), expected, "{authority:?} {path}");
        }
        let found = table.find(&gateway("inner"), Some("api.example.nl"), "/secret/x");
        assert!(found.is_ok_and(|found| found.rest == "/x"));
    }

    #[test]
    fn metadata_are_at_the_place_that_rfc_9728_gives_them() {
        let table = table();
        let found = table.find_by_url("https://api.example.nl:8443/fhir/").unwrap();
        let expected = "https://api.example.nl:8443/.well-known/oauth-protected-resource/fhir";
        assert_eq!(found.metadata_url, expected);
    }

    #[test]
    fn routes_that_a_gateway_could_not_tell_apart_are_refused() {
        let twice = |first: &[&str], second: &[&str]| {
            let routes = [
                route("a", "https://api.example.nl/fhir", first),
                route("b", "https://api.example.nl/fhir/", second),
            ];
            Routes::new(&routes, str::to_owned).is_err()
        };
        assert!(twice(&[], &["g"]));
        assert!(twice(&["f", "g"], &["g"]));
        assert!(!twice(&["f"], &["g"]));
    }
}
