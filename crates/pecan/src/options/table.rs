//! Every option, once. The reader, the flags, the help, the print at the start and `docs/configuration.md` come from here.

/// What an option holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, kept as it was written.
    Text,
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Integer,
    /// A duration as Go writes it: `10m`, `1h30m`, `500ms`.
    Duration,
    /// Texts, in order.
    List,
    /// Texts by name.
    Map,
}

/// What becomes of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It does what it says.
    Active,
    /// It is read, and does nothing in this version.
    Later,
    /// It belongs to a part of the reference node that Pecan does not have.
    Ignored,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) kind: Kind,
    /// The default, as on the command line; empty for none.
    pub(crate) default: &'static str,
    /// One sentence without a dot.
    pub(crate) help: &'static str,
    pub(crate) used: Use,
    /// Whether its value is never shown.
    pub(crate) is_secret: bool,
    /// The option that it is an older name of.
    pub(crate) alias_of: Option<&'static str>,
}

impl Row {
    /// SECURITY: a secret on the command line can be read by everybody on the machine (contract/platform.md 3.1).
    pub(crate) fn may_be_flag(&self) -> bool {
        !self.key.ends_with("token") && !self.key.ends_with("password")
    }

    const fn later(self) -> Self {
        Self { used: Use::Later, ..self }
    }

    const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    const fn alias_of(self, key: &'static str) -> Self {
        Self { alias_of: Some(key), ..self }
    }
}

const fn row(key: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Row {
    Row { key, kind, default, help, used: Use::Active, is_secret: false, alias_of: None }
}

/// An option of the reference node that means nothing here.
const fn ignored(key: &'static str, kind: Kind, default: &'static str) -> Row {
    Row { used: Use::Ignored, ..row(key, kind, default, "Of no use without did:nuts") }
}

/// The row of a key.
pub(crate) fn find(key: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.key == key)
}

/// The heading under which an option is explained.
pub(crate) fn heading(row: &Row) -> &'static str {
    const HEADINGS: [(&str, &str); 17] = [
        ("http.client.", "Calls to other nodes"),
        ("http.cache.", "Calls to other nodes"),
        ("httpclient.", "Calls to other nodes"),
        ("http.", "Listeners"),
        ("storage.session.", "Sessions"),
        ("storage.", "Database"),
        ("crypto.", "Private keys"),
        ("policy.", "Policies"),
        ("gateway.", "Resource access"),
        ("auth.", "Access tokens"),
        ("vcr.", "Credentials"),
        ("jsonld.", "JSON-LD"),
        ("discovery.", "Discovery"),
        ("pki.", "Certificates"),
        ("tls.", "Certificates"),
        ("tracing.", "Tracing"),
        ("", "General"),
    ];
    let found = HEADINGS.iter().find(|(prefix, _)| row.key.starts_with(prefix));
    found.map_or("General", |(_, heading)| heading)
}

use Kind::{Duration, Integer, List, Map, Switch, Text};

/// The policy folder that may be missing.
pub(crate) const DEFAULT_POLICY_DIRECTORY: &str = "./config/policy";

/// The file that may be missing.
pub(crate) const DEFAULT_CONFIG_FILE: &str = "./config/nuts.yaml";

/// The table, in the order in which it is explained.
#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    row("url", Text, "", "Public base URL of this node: the root of its DIDs and of its OAuth issuer URLs. Required"),
    row("strictmode", Switch, "true", "Refuse what is only good for trying things out: http, names and addresses that are not public, defaults for keys and database"),
    row("configfile", Text, DEFAULT_CONFIG_FILE, "The configuration file"),
    row("datadir", Text, "./data", "Folder for what the node keeps in files; it is made if it does not exist"),
    row("didmethods", List, "web", "DID methods of new subjects. `web` is the only one; `nuts` is accepted and left out"),
    row("verbosity", Text, "info", "What is logged: trace, debug, info, warn or error"),
    row("loggerformat", Text, "text", "Form of the log: text or json"),
    row("internalratelimiter", Switch, "true", "Limit the rate of expensive calls of did:nuts").later(),
    row("cpuprofile", Text, "", "File for a profile of the processor").later(),

    row("http.public.address", Text, ":8080", "Address that other nodes and wallets reach, directly or through a proxy"),
    row("http.public.tls.certfile", Text, "", "Certificate chain (PEM). With it the node ends TLS itself"),
    row("http.public.tls.keyfile", Text, "", "Private key of that certificate (PEM)"),
    row("http.internal.address", Text, "127.0.0.1:8081", "Address for the organisation's own systems. Whoever reaches it acts for every subject"),
    row("http.internal.auth.type", Text, "", "How callers of the internal address prove who they are: token_v2, or nothing"),
    row("http.internal.auth.audience", Text, "", "Audience that their tokens must have; the host name by default").later(),
    row("http.internal.auth.authorizedkeyspath", Text, "", "File of the keys that sign their tokens, in the form of SSH").later(),
    row("http.log", Text, "metadata", "What is logged of a request: nothing, metadata or metadata-and-body. Bodies are never logged"),
    row("http.clientipheader", Text, "X-Forwarded-For", "Header in which a proxy names the client. Empty: the address of the connection"),

    row("httpclient.timeout", Duration, "30s", "Time for a call to another node"),
    row("http.cache.maxbytes", Integer, "10485760", "Size of the cache for answers of other nodes, in bytes. 0: no cache"),
    row("http.client.allowedinternalcidrs", List, "", "Address ranges that may be called in strict mode although they are not public"),
    row("http.client.deniedcidrs", List, "", "Address ranges that are never called in strict mode"),

    row("storage.sql.connection", Text, "", "Connection string of the database: `sqlite:file:…` or `postgres://…`. Required in strict mode").secret(),
    row("storage.sql.rdsiam.enabled", Switch, "false", "Log in to the database with AWS IAM").later(),
    row("storage.sql.rdsiam.region", Text, "", "AWS region of the database").later(),
    row("storage.sql.rdsiam.dbuser", Text, "", "User for AWS IAM").later(),
    row("storage.sql.rdsiam.tokenrefreshinterval", Duration, "14m", "How often the AWS IAM token is renewed").later(),
    row("storage.debug", Switch, "false", "Log database statements").later(),

    row("storage.session.type", Text, "sql", "Where access tokens and nonces are kept: sql (survives restarts, shared by nodes) or memory"),
    row("storage.session.memcached.address", List, "", "Memcached servers").later(),
    row("storage.session.redis.address", Text, "", "Redis server").later(),
    row("storage.session.redis.username", Text, "", "User at the Redis server").later(),
    row("storage.session.redis.password", Text, "", "Password at the Redis server").later().secret(),
    row("storage.session.redis.database", Text, "", "Prefix of the keys in Redis").later(),
    row("storage.session.redis.tls.truststorefile", Text, "", "Certificate authorities for Redis").later(),
    row("storage.session.redis.sentinel.master", Text, "", "Master name of Redis Sentinel").later(),
    row("storage.session.redis.sentinel.nodes", List, "", "Servers of Redis Sentinel").later(),
    row("storage.session.redis.sentinel.username", Text, "", "User at Redis Sentinel").later(),
    row("storage.session.redis.sentinel.password", Text, "", "Password at Redis Sentinel").later().secret(),

    row("crypto.storage", Text, "", "Where private keys are kept: fs (files below the data folder). Required in strict mode"),
    row("crypto.vault.address", Text, "", "Address of HashiCorp Vault").later(),
    row("crypto.vault.token", Text, "", "Token for HashiCorp Vault").later().secret(),
    row("crypto.vault.pathprefix", Text, "kv", "Path of the keys in HashiCorp Vault").later(),
    row("crypto.vault.timeout", Duration, "5s", "Time for a call to HashiCorp Vault").later(),
    row("crypto.azurekv.url", Text, "", "Address of Azure Key Vault").later(),
    row("crypto.azurekv.timeout", Duration, "10s", "Time for a call to Azure Key Vault").later(),
    row("crypto.azurekv.hsm", Switch, "false", "Keep keys in hardware in Azure Key Vault").later(),
    row("crypto.azurekv.auth.type", Text, "default", "How to log in to Azure Key Vault").later(),
    row("crypto.external.address", Text, "", "Address of an external key store").later(),
    row("crypto.external.timeout", Duration, "100ms", "Time for a call to an external key store").later(),

    row("policy.directory", Text, DEFAULT_POLICY_DIRECTORY, "Folder of policy files (`*.json`): which credentials a scope asks for. Only the default one may be missing"),
    row("policy.authzen.endpoint", Text, "", "AuthZEN decision point, for scopes whose policy is `dynamic`"),

    row("gateway.address", Text, "", "Address at which API gateways ask whether a request may pass. Empty: nothing is decided for gateways"),
    row("gateway.grpc.address", Text, "", "Address at which Envoy asks over gRPC. In executables that were built with the feature `grpc`"),
    row("gateway.url", Text, "", "URL under which gateways reach `gateway.address`, for the metadata of AuthZEN"),
    row("gateway.configfile", Text, "", "File of the gateways that may ask, and of the routes behind them; see docs/resource-access/gateway.yaml"),
    row("gateway.policies", Text, "", "Folder or OPA bundle (`.tar.gz`) of the Rego policies that decide. It is read again when it changes"),
    row("gateway.opa", Text, "", "Open Policy Agent that decides instead: URL of its data API, to which the name of a policy is added"),
    row("gateway.authzen", Text, "", "AuthZEN decision point that decides instead"),
    row("gateway.tls.certfile", Text, "", "Certificate chain (PEM) of the addresses for gateways. With it the node ends TLS itself"),
    row("gateway.tls.keyfile", Text, "", "Private key of that certificate (PEM)"),
    row("gateway.tls.clientcafile", Text, "", "Authorities (PEM) of the certificates by which gateways may prove who they are"),

    row("auth.authorizationendpoint.enabled", Switch, "false", "Offer the authorization endpoint for flows with a user").later(),
    row("auth.experimental.jwtbearerclient", Switch, "false", "Request access tokens with two presentations").later(),

    row("vcr.statuslist.acceptunknown", Switch, "true", "Accept a credential whose `StatusList2021Entry` cannot be determined, as when its list is unreachable"),
    row("vcr.statuslist.acceptunknowntypes", Switch, "false", "Accept a credential with a status of an unknown type"),

    row("jsonld.contexts.localmapping", Map, "", "JSON-LD contexts by URL, as files").later(),
    row("jsonld.contexts.remoteallowlist", List, "https://schema.org,https://www.w3.org/2018/credentials/v1,https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json,https://w3id.org/vc/status-list/2021/v1", "JSON-LD contexts that may be fetched").later(),

    row("discovery.definitions.directory", Text, "./config/discovery", "Folder of discovery service definitions").later(),
    row("discovery.server.ids", List, "", "Discovery services that this node is the server of").later(),
    row("discovery.client.refreshinterval", Duration, "10m", "How often discovery services are asked for changes").later(),
    row("discovery.client.refresh_interval", Duration, "0", "Older name of discovery.client.refreshinterval").later().alias_of("discovery.client.refreshinterval"),

    row("pki.maxupdatefailhours", Integer, "4", "How old a revocation list may be, in hours").later(),
    row("pki.softfail", Switch, "true", "Accept a certificate whose revocation cannot be determined").later(),
    row("pki.denylist.url", Text, "https://cdn.jsdelivr.net/gh/nuts-foundation/denylist@main/denylist/denylist.jws", "List of certificates that are refused. Empty: none").later(),
    row("pki.denylist.trustedsigner", Text, "", "Public key (PEM) that signs that list").later(),
    row("tls.truststorefile", Text, "./config/ssl/truststore.pem", "Certificate authorities whose revocation lists are watched").later(),

    row("tracing.endpoint", Text, "", "OTLP collector, `host:port`. Empty: no tracing").later(),
    row("tracing.insecure", Switch, "false", "Speak http to the collector").later(),
    row("tracing.servicename", Text, "nuts-node", "Name of this node in traces").later(),

    ignored("auth.accesstokenlifespan", Integer, "60"),
    ignored("auth.clockskew", Integer, "5000"),
    ignored("auth.contractvalidators", List, "irma,dummy,employeeid"),
    ignored("auth.http.timeout", Integer, ""),
    ignored("auth.irma.autoupdateschemas", Switch, "true"),
    ignored("auth.irma.schememanager", Text, "pbdf"),
    ignored("auth.irma.cors.origin", List, ""),
    ignored("events.nats.hostname", Text, "0.0.0.0"),
    ignored("events.nats.port", Integer, "4222"),
    ignored("events.nats.storagedir", Text, ""),
    ignored("events.nats.timeout", Integer, "30"),
    ignored("goldenhammer.enabled", Switch, "true"),
    ignored("goldenhammer.interval", Duration, "10m"),
    ignored("network.bootstrapnodes", List, ""),
    ignored("network.connectiontimeout", Integer, "5000"),
    ignored("network.enablediscovery", Switch, "true"),
    ignored("network.grpcaddr", Text, ":5555"),
    ignored("network.maxbackoff", Duration, "24h"),
    ignored("network.nodedid", Text, ""),
    ignored("network.protocols", List, ""),
    ignored("network.v2.diagnosticsinterval", Integer, "5000"),
    ignored("network.v2.gossipinterval", Integer, "5000"),
    ignored("network.truststorefile", Text, ""),
    ignored("network.certfile", Text, ""),
    ignored("network.certkeyfile", Text, ""),
    ignored("storage.bbolt.locktimeout", Duration, "1s"),
    ignored("storage.bbolt.backup.directory", Text, ""),
    ignored("storage.bbolt.backup.interval", Duration, "0"),
    ignored("storage.redis.address", Text, ""),
    ignored("storage.redis.username", Text, ""),
    ignored("storage.redis.password", Text, "").secret(),
    ignored("storage.redis.database", Text, ""),
    ignored("storage.redis.tls.truststorefile", Text, ""),
    ignored("storage.redis.sentinel.master", Text, ""),
    ignored("storage.redis.sentinel.nodes", List, ""),
    ignored("storage.redis.sentinel.username", Text, ""),
    ignored("storage.redis.sentinel.password", Text, "").secret(),
    ignored("tls.certfile", Text, ""),
    ignored("tls.certkeyfile", Text, ""),
    ignored("tls.certheader", Text, ""),
    ignored("tls.offload", Text, ""),
    ignored("vcr.openid4vci.definitionsdir", Text, ""),
    ignored("vcr.openid4vci.enabled", Switch, "true"),
    ignored("vcr.openid4vci.timeout", Duration, "30s"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_there_once_and_can_be_written_in_the_environment() {
        let mut keys: Vec<_> = TABLE.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        let all = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), all);
        for row in TABLE {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
            assert!(row.alias_of.is_some() || row.key.chars().all(is_plain), "{}", row.key);
            assert!(row.alias_of.is_none_or(|key| find(key).is_some()), "{}", row.key);
            assert!(!row.help.ends_with('.'), "{}", row.key);
        }
    }

    #[test]
    fn what_names_a_secret_is_one() {
        for row in TABLE {
            assert!(row.may_be_flag() || row.is_secret, "{}", row.key);
        }
    }
}
