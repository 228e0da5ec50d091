//! Calls the internal API of a running node: where it is, how long to wait, with which token.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Arg, ArgMatches};
use pecan_platform::clock::SystemClock;
use pecan_platform::http::{self, GuardedClient, HeaderValue, HttpClient, Request, header};
use tokio::runtime;
use url::Url;

use crate::options::duration;

/// What to say below the flags.
pub(crate) const TOKEN_NOTE: &str =
    "A token is not accepted as a flag: everybody on the machine could read it.";

/// The flags of every command that calls a node.
pub(crate) fn flags() -> [Arg; 3] {
    let flag = |name, value, help| Arg::new(name).long(name).value_name(value).help(help);
    [
        flag("address", "HOST:PORT", "Internal address of the node, or NUTS_ADDRESS")
            .default_value("localhost:8081"),
        flag("timeout", "DURATION", "Time for the call, or NUTS_TIMEOUT").default_value("10s"),
        flag(
            "token-file",
            "FILE",
            "File with the token to show; `.nuts-client.cfg` in the home folder if there is one. NUTS_TOKEN counts before it",
        ),
    ]
}

/// Sends the request that `make` makes for a path of the node.
pub(crate) fn call(
    matches: &ArgMatches,
    path: &str,
    make: impl FnOnce(Url) -> Request,
) -> Result<http::Response, String> {
    let (address, timeout) = (option(matches, "address"), option(matches, "timeout"));
    let timeout = duration::parse(&timeout).filter(|timeout| !timeout.is_zero());
    let timeout = timeout.ok_or("timeout: write it as in `10s`")?;
    let base = if address.starts_with("http") { address } else { format!("http://{address}") };
    let url = format!("{}{path}", base.trim_end_matches('/'));
    let url = url.parse().map_err(|error| format!("address: {error}"))?;
    let mut request = Request { timeout: Some(timeout), ..make(url) };
    if let Some(token) = token(matches)? {
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| "the token has characters that no token has".to_owned())?;
        value.set_sensitive(true);
        request.headers.insert(header::AUTHORIZATION, value);
    }
    send(request)
}

fn send(request: Request) -> Result<http::Response, String> {
    let settings = http::Settings {
        strict: false,
        timeout: request.timeout.unwrap_or_default(),
        cache_bytes_max: 0,
        allowed_internal: Vec::new(),
        denied: Vec::new(),
        configured: Vec::new(),
    };
    let client = GuardedClient::new(settings, Arc::new(SystemClock));
    let client = client.map_err(|error| error.to_string())?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(client.send(request)).map_err(|error| error.to_string())
}

/// A flag that was given, else the variable of its name, else the default of the flag.
fn option(matches: &ArgMatches, name: &str) -> String {
    let is_given = matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
    let flag = matches.get_one::<String>(name).cloned().unwrap_or_default();
    let variable = variable(&format!("NUTS_{}", name.to_ascii_uppercase()));
    variable.filter(|_| !is_given).unwrap_or(flag)
}

fn token(matches: &ArgMatches) -> Result<Option<String>, String> {
    if let Some(token) = variable("NUTS_TOKEN") {
        return Ok(Some(token));
    }
    let named = matches.get_one::<String>("token-file").cloned();
    let named = named.or_else(|| variable("NUTS_TOKEN_FILE")).map(PathBuf::from);
    let is_named = named.is_some();
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".nuts-client.cfg"));
    let Some(file) = named.or_else(home) else { return Ok(None) };
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => Ok(None),
        Err(error) => Err(format!("token file `{}`: {error}", file.display())),
    }
}

#[expect(clippy::disallowed_methods, reason = "the options of this command")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
