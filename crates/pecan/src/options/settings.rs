//! What the options mean: checked and typed, with nothing left to decide.

mod gateway;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::str::FromStr;

use axum::http::HeaderName;
use pecan_node::{PublicUrl, decision_point, policy, verifier};
use pecan_platform::http::{self as outbound, check_target, parse_cidr};
use tracing::level_filters::LevelFilter;
use url::{Host, Url};

use super::gateway_file::Files;
use super::problem::{Problems, Source};
use super::raw::RawOptions;
use super::table::DEFAULT_POLICY_DIRECTORY;
pub(crate) use gateway::GatewaySettings;

/// What a node is started with.
pub(crate) struct Settings {
    pub(crate) log: LogSettings,
    pub(crate) is_strict: bool,
    pub(crate) data_folder: PathBuf,
    pub(crate) public_url: PublicUrl,
    pub(crate) public: ListenerSettings,
    pub(crate) internal_address: String,
    pub(crate) has_access_log: bool,
    pub(crate) client_ip_header: Option<HeaderName>,
    pub(crate) outbound: outbound::Settings,
    pub(crate) database: ConnectionString,
    pub(crate) sessions: Sessions,
    pub(crate) policy: policy::Settings,
    pub(crate) status: verifier::status::Settings,
    pub(crate) decision_point: decision_point::Settings,
    pub(crate) gateway: Option<GatewaySettings>,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogSettings {
    pub(crate) level: LevelFilter,
    pub(crate) is_json: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: LevelFilter::INFO, is_json: false }
    }
}

/// The public listener.
pub(crate) struct ListenerSettings {
    pub(crate) address: String,
    /// The files of certificate and key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
}

/// How the database is reached. It may hold a password: it has no `Debug` and no `Display`.
pub(crate) struct ConnectionString(pub(crate) String);

/// Where session data is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sessions {
    Sql,
    Memory,
}

impl Settings {
    /// The settings, if nothing is wrong with the options.
    pub(crate) fn read(
        options: &RawOptions,
        files: Files<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        if problems.is_without_file {
            // What the file would have said is not missing.
            return None;
        }
        let mut reader =
            Reader { options, files, problems, is_strict: options.switch("strictmode") };
        reader.check_the_rest();
        let settings = Self {
            log: reader.log(),
            is_strict: reader.is_strict,
            data_folder: PathBuf::from(options.text("datadir")),
            public: reader.public(),
            internal_address: options.text("http.internal.address").to_owned(),
            has_access_log: reader.has_access_log(),
            client_ip_header: reader.client_ip_header(),
            database: reader.database(),
            sessions: reader.sessions(),
            outbound: reader.outbound(),
            policy: reader.policy(),
            decision_point: reader.decision_point(),
            gateway: reader.gateway(),
            status: verifier::status::Settings {
                accept_unknown: options.switch("vcr.statuslist.acceptunknown"),
                accept_unknown_types: options.switch("vcr.statuslist.acceptunknowntypes"),
            },
            public_url: reader.public_url()?,
        };
        problems.errors.is_empty().then_some(settings)
    }
}

struct Reader<'a> {
    options: &'a RawOptions,
    /// Files that options name and that are read before the node starts.
    files: Files<'a>,
    problems: &'a mut Problems,
    is_strict: bool,
}

impl Reader<'_> {
    fn error(&mut self, key: &'static str, text: impl Into<String>, remedy: &str) {
        let source = self.options.source(key).clone();
        self.problems.error(key, &source, text, remedy);
    }

    fn log(&mut self) -> LogSettings {
        let level = self.level();
        let format = self.options.text("loggerformat");
        if !matches!(format, "text" | "json") {
            let text = format!("invalid formatter: '{format}'");
            self.error("loggerformat", text, "write text or json");
        }
        LogSettings { level, is_json: format == "json" }
    }

    fn level(&mut self) -> LevelFilter {
        let level = self.options.text("verbosity");
        match level.to_ascii_lowercase().as_str() {
            "trace" => LevelFilter::TRACE,
            "debug" => LevelFilter::DEBUG,
            "info" => LevelFilter::INFO,
            "warn" | "warning" => LevelFilter::WARN,
            "error" | "fatal" | "panic" => LevelFilter::ERROR,
            _ => {
                let text = format!("not a valid level: '{level}'");
                self.error("verbosity", text, "write trace, debug, info, warn or error");
                LevelFilter::INFO
            }
        }
    }

    fn public_url(&mut self) -> Option<PublicUrl> {
        let text = self.options.text("url");
        if text.is_empty() {
            let remedy = "set it to the https address under which others reach this node";
            self.error("url", "'url' must be configured", remedy);
            return None;
        }
        if let Err(reason) = check_url(text, self.is_strict) {
            let remedy = if self.is_strict {
                "use a public https address, or set strictmode to false to try things out"
            } else {
                "write it as in https://node.example.nl"
            };
            self.error("url", format!("invalid 'url': {reason}"), remedy);
            return None;
        }
        match PublicUrl::parse(text) {
            Ok(url) => Some(url),
            Err(error) => {
                self.error("url", error.to_string(), "write it as in https://node.example.nl");
                None
            }
        }
    }

    fn public(&mut self) -> ListenerSettings {
        let address = self.options.text("http.public.address").to_owned();
        let tls = self.identity("http.public.tls.certfile", "http.public.tls.keyfile");
        ListenerSettings { address, tls }
    }

    /// The files of certificate and key, or neither.
    fn identity(
        &mut self,
        certificate: &'static str,
        key: &'static str,
    ) -> Option<(PathBuf, PathBuf)> {
        match (self.options.text(certificate), self.options.text(key)) {
            ("", "") => None,
            ("", _) => {
                self.error(key, "a key without a certificate", &format!("set {certificate}"));
                None
            }
            (_, "") => {
                self.error(certificate, "a certificate without key", &format!("set {key}"));
                None
            }
            (certificate, key) => Some((certificate.into(), key.into())),
        }
    }

    fn has_access_log(&mut self) -> bool {
        let log = self.options.text("http.log");
        if log == "metadata-and-body" && self.is_strict {
            self.problems.warn("Body logging (http.log=metadata-and-body) is not allowed in strictmode, falling back to metadata".to_owned());
        } else if log == "metadata-and-body" {
            // SECURITY: bodies hold tokens, credentials and names of people.
            self.problems.warn(
                "bodies are never logged (http.log=metadata-and-body), falling back to metadata"
                    .to_owned(),
            );
        }
        log != "nothing"
    }

    fn client_ip_header(&mut self) -> Option<HeaderName> {
        let name = self.options.text("http.clientipheader");
        if name.is_empty() {
            return None;
        }
        let header = HeaderName::from_str(name).ok();
        if header.is_none() {
            self.error("http.clientipheader", "not the name of a header", "write X-Forwarded-For");
        }
        header
    }

    fn database(&mut self) -> ConnectionString {
        let connection = self.options.text("storage.sql.connection");
        if connection.is_empty() && self.is_strict {
            self.error(
                "storage.sql.connection",
                "no database configured: storage.sql.connection must be set in strictmode",
                "set it to postgres://… or sqlite:file:…",
            );
        }
        if connection.is_empty() {
            let folder = self.options.text("datadir");
            return ConnectionString(format!(
                "sqlite:file:{folder}/sqlite.db?_pragma=foreign_keys(1)&journal_mode(WAL)"
            ));
        }
        ConnectionString(connection.to_owned())
    }

    fn sessions(&mut self) -> Sessions {
        if self.options.is_set("storage.session.redis.address")
            && self.options.is_set("storage.session.memcached.address")
        {
            self.error(
                "storage.session.memcached.address",
                "only one of 'storage.session.redis' and 'storage.session.memcached' can be configured",
                "remove one of them",
            );
        }
        match self.options.text("storage.session.type") {
            "sql" => Sessions::Sql,
            "memory" => Sessions::Memory,
            _ => {
                self.error("storage.session.type", "unknown session store", "write sql or memory");
                Sessions::Sql
            }
        }
    }

    fn outbound(&mut self) -> outbound::Settings {
        let timeout = self.options.duration("httpclient.timeout");
        if timeout.is_zero() {
            self.error("httpclient.timeout", "no time for any call", "write it as in `30s`");
        }
        let bytes = u64::try_from(self.options.integer("http.cache.maxbytes"));
        if bytes.is_err() {
            self.error("http.cache.maxbytes", "less than nothing", "write 0 for no cache");
        }
        outbound::Settings {
            strict: self.is_strict,
            timeout,
            cache_bytes_max: bytes.unwrap_or_default(),
            allowed_internal: self.ranges("http.client.allowedinternalcidrs"),
            denied: self.ranges("http.client.deniedcidrs"),
            configured: Vec::new(),
        }
    }

    fn ranges(&mut self, key: &'static str) -> Vec<outbound::AddressRange> {
        let mut ranges = Vec::new();
        for text in self.options.list(key) {
            match parse_cidr(text) {
                Ok(range) => ranges.push(range),
                Err(error) => self.error(key, error.to_string(), "write it as in `10.0.0.0/8`"),
            }
        }
        ranges
    }

    fn policy(&mut self) -> policy::Settings {
        let directory = self.options.text("policy.directory");
        let endpoint = self.options.text("policy.authzen.endpoint");
        let authzen_endpoint = if endpoint.is_empty() {
            None
        } else {
            let url =
                Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            if url.is_none() {
                let remedy = "write it as in https://pdp.example.nl";
                self.error("policy.authzen.endpoint", "not an http or https URL", remedy);
            }
            url
        };
        policy::Settings {
            directory: (!directory.is_empty()).then(|| directory.into()),
            directory_may_be_missing: directory == DEFAULT_POLICY_DIRECTORY,
            authzen_endpoint,
        }
    }

    /// Options that are checked and leave no setting.
    fn check_the_rest(&mut self) {
        self.check_did_methods();
        self.check_key_store();
        self.check_authentication();
        self.warn_of_an_open_door();
        for key in ["network.truststorefile", "network.certfile", "network.certkeyfile"] {
            if self.options.is_set(key) {
                self.error(
                    key,
                    "invalid config parameter(s): network.{truststorefile,certkeyfile,certfile} have moved to tls.{...}",
                    "move it there, or remove it: nothing here needs it",
                );
                break;
            }
        }
    }

    fn check_did_methods(&mut self) {
        let methods = self.options.list("didmethods");
        if methods.is_empty() {
            let text = "at least one DID method should be configured";
            self.error("didmethods", text, "write web");
        }
        for method in methods {
            match method.as_str() {
                "web" => {}
                "nuts" => self.problems.warn(
                    "DID method `nuts` is not supported: new subjects have a did:web only"
                        .to_owned(),
                ),
                _ => {
                    let text = format!("unsupported DID method: {method}");
                    self.error("didmethods", text, "write web");
                }
            }
        }
    }

    fn check_key_store(&mut self) {
        let key = "crypto.storage";
        match self.options.text(key) {
            "fs" => {}
            "" if !self.is_strict => {}
            "" => self.error(key, "backend must be explicitly set in strict mode", "write fs"),
            "vaultkv" | "azure-keyvault" | "external" => {
                let text = "this version keeps private keys in files only";
                self.error(key, text, "write fs");
            }
            _ => {
                let text = "invalid config for crypto.storage. Available options are: fs";
                self.error(key, text, "write fs");
            }
        }
    }

    /// A door without a lock is worth a word where strangers may reach it.
    fn warn_of_an_open_door(&mut self) {
        let address = self.options.text("http.internal.address");
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let is_own_machine = host.starts_with("127.") || matches!(host, "localhost" | "[::1]");
        if !is_own_machine {
            self.problems.warn(format!(
                "http.internal.address is {address}: whoever reaches it acts for every subject, so let only trusted systems reach it"
            ));
        }
    }

    // SECURITY: an authentication that was asked for and is not there must not leave the door open.
    fn check_authentication(&mut self) {
        let key = "http.internal.auth.type";
        match self.options.text(key) {
            "" => {}
            "token_v2" => self.error(
                key,
                "this version cannot authenticate callers of the internal address",
                "remove it and let only trusted systems reach http.internal.address",
            ),
            other => {
                let text = format!("unsupported authentication engine: {other}");
                self.error(key, text, "remove it");
            }
        }
    }
}

/// Why a text is no public URL for this mode (contract/platform.md 2.8, 2.12).
fn check_url(text: &str, is_strict: bool) -> Result<(), String> {
    let incomplete = "url must contain scheme and host";
    let url = Url::parse(text).map_err(|_| incomplete.to_owned())?;
    check_target(&url, is_strict).map_err(|error| error.to_string())?;
    if is_strict && !matches!(url.host(), Some(Host::Domain(_))) {
        return Err("hostname is IP".to_owned());
    }
    Ok(())
}

/// The place of the configuration file, and whether it may be missing.
pub(crate) fn config_file(flag: Option<&str>, variable: Option<&str>) -> (String, bool, Source) {
    let default = super::table::DEFAULT_CONFIG_FILE;
    let (path, source) = match (flag, variable) {
        (Some(path), _) => (path, Source::Flag("configfile")),
        (None, Some(path)) => (path, Source::Environment("NUTS_CONFIGFILE".to_owned())),
        (None, None) => (default, Source::Default),
    };
    (path.to_owned(), path == default, source)
}
