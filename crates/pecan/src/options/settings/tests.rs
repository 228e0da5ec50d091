//! Options as tables: sources in, settings or problems out. Nothing is read from the machine.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::super::file::File;
use super::super::flags::{self, Flag};
use super::super::raw::Sources;
use super::*;

/// What a node needs in strict mode.
const COMPLETE: &str = "url: https://nuts.nl\ncrypto: {storage: fs}\nstorage: {sql: {connection: 'sqlite:file:x.db'}}\n";

/// What a node needs outside it.
const SIMPLE: &str = "url: http://localhost:48080\nstrictmode: false\n";

/// One gateway and one route.
const GATEWAY_FILE: &str = "\
gateways: {g: {secret_file: secret, dialects: [opa]}}
routes: {r: {url: 'https://fhir.nl/fhir', subject: hospital, kind: fhir-r4}}
";

fn flags(arguments: &[&str]) -> Vec<Flag> {
    let command = flags::add(clap::Command::new("server").no_binary_name(true));
    flags::read(&command.try_get_matches_from(arguments).expect("flags"))
}

fn read(
    yaml: &str,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> (Option<Settings>, Problems) {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let sources = Sources {
        file: Some(File { path: "nuts.yaml".to_owned(), bytes: yaml.as_bytes().to_vec() }),
        environment: environment.iter().map(owned).collect(),
        flags: flags(arguments),
    };
    let mut problems = Problems::default();
    let options = RawOptions::read(&sources, &mut problems);
    (Settings::read(&options, &file, &mut problems), problems)
}

/// The files of these tests.
fn file(path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("gateway.yaml") => Ok(GATEWAY_FILE.into()),
        Some("secret") => Ok(b"0123456789abcdef\n".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn settings(yaml: &str) -> Settings {
    let (settings, problems) = read(yaml, &[], &[]);
    settings.unwrap_or_else(|| panic!("{}", problems.summary()))
}

fn check_error(yaml: &str, expected: &str) {
    let (settings, problems) = read(yaml, &[], &[]);
    assert!(settings.is_none(), "{yaml}");
    assert!(problems.summary().starts_with(expected), "{yaml}: {}", problems.summary());
}

#[test]
fn each_source_counts_before_the_one_below() {
    let yaml = format!(
        "{SIMPLE}http: {{public: {{address: file}}, internal: {{address: file}}}}\ndatadir: file"
    );
    let environment = [("NUTS_HTTP_PUBLIC_ADDRESS", "variable"), ("NUTS_DATADIR", "variable")];
    let (settings, _) = read(&yaml, &environment, &["--datadir=flag"]);
    let settings = settings.expect("settings");
    assert_eq!(settings.internal_address, "file");
    assert_eq!(settings.public.address, "variable");
    assert_eq!(settings.data_folder.to_str(), Some("flag"));
    assert_eq!(settings.outbound.timeout, Duration::from_secs(30));
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let settings = settings(SIMPLE);
    assert_eq!(settings.public.address, ":8080");
    assert_eq!(settings.internal_address, "127.0.0.1:8081");
    assert_eq!(settings.outbound.cache_bytes_max, 10_485_760);
    assert_eq!(settings.client_ip_header, Some(HeaderName::from_static("x-forwarded-for")));
    assert_eq!(
        settings.database.0,
        "sqlite:file:./data/sqlite.db?_pragma=foreign_keys(1)&journal_mode(WAL)"
    );
    assert_eq!(settings.log, LogSettings { level: LevelFilter::INFO, is_json: false });
    assert_eq!(settings.sessions, Sessions::Sql);
    assert!(settings.policy.directory_may_be_missing && settings.has_access_log);
    assert!(settings.status.accept_unknown && !settings.status.accept_unknown_types);
    assert!(!settings.is_strict && settings.public.tls.is_none());
}

#[test]
fn a_configuration_that_cannot_be_is_refused_in_the_words_of_the_contract() {
    for (yaml, expected) in [
        ("strictmode: false", "'url' must be configured (option url: "),
        (
            "url: foo\nstrictmode: false",
            "invalid 'url': url must contain scheme and host (option url, nuts.yaml:1: ",
        ),
        ("url: https://nuts.nl?a=b\nstrictmode: false", "invalid 'url': url must have no query"),
        ("url: ftp://nuts.nl\nstrictmode: false", "invalid 'url': scheme must be http or https"),
    ] {
        check_error(yaml, expected);
    }
    for (url, expected) in [
        ("http://nuts.nl", "invalid 'url': scheme must be https"),
        ("https://nuts.example.com", "invalid 'url': hostname is RFC2606 reserved"),
        ("https://1.2.3.4", "invalid 'url': hostname is IP"),
        ("https://[::1]", "invalid 'url': hostname is IP"),
        ("http://1.2.3.4", "invalid 'url': scheme must be https"),
    ] {
        check_error(&COMPLETE.replace("https://nuts.nl", &format!("'{url}'")), expected);
    }
    check_error(&COMPLETE.replace("fs", "''"), "backend must be explicitly set in strict mode");
    check_error(
        &COMPLETE.replace("'sqlite:file:x.db'", "''"),
        "no database configured: storage.sql.connection must be set in strictmode",
    );
    for (line, expected) in [
        ("didmethods: [web, foo]", "unsupported DID method: foo (option didmethods, nuts.yaml:3: "),
        ("didmethods: []", "at least one DID method should be configured"),
        ("verbosity: loud", "not a valid level: 'loud'"),
        ("loggerformat: xml", "invalid formatter: 'xml'"),
        ("http: {internal: {auth: {type: token}}}", "unsupported authentication engine: token"),
        ("http: {internal: {auth: {type: token_v2}}}", "this version cannot authenticate"),
        ("http: {client: {deniedcidrs: [foo]}}", "invalid CIDR \"foo\": no '/'"),
        ("http: {client: {allowedinternalcidrs: 10.0.0.0/33}}", "invalid CIDR \"10.0.0.0/33\": "),
        (
            "network: {certfile: x}",
            "invalid config parameter(s): network.{truststorefile,certkeyfile,certfile} have moved to tls.{...}",
        ),
        ("crypto: {storage: foo}", "invalid config for crypto.storage. Available options are: "),
        ("crypto: {storage: vaultkv}", "this version keeps private keys in files only"),
        (
            "storage: {session: {redis: {address: 'a:1'}, memcached: {address: ['a:1']}}}",
            "only one of 'storage.session.redis' and 'storage.session.memcached' can be configured",
        ),
        ("storage: {session: {type: disk}}", "unknown session store"),
        ("http: {public: {tls: {certfile: a}}}", "a certificate without key"),
        ("http: {public: {tls: {keyfile: a}}}", "a key without a certificate"),
        ("http: {clientipheader: 'a b'}", "not the name of a header"),
        ("http: {cache: {maxbytes: -1}}", "less than nothing"),
        ("http: {cache: {maxbytes: 10MB}}", "not a whole number"),
        ("httpclient: {timeout: 0s}", "no time for any call"),
        ("httpclient: {timeout: soon}", "not a duration"),
        ("policy: {authzen: {endpoint: 'ftp://x'}}", "not an http or https URL"),
        ("internalratelimiter: maybe", "not a switch"),
        ("url: x", "unable to load config file: nuts.yaml:3:1: `url` is already on line 1"),
        ("http: {log: {a: b}}", "a section where one value is expected"),
        ("datadir: [a, b]", "a list where one value is expected"),
        ("http.log: nothing\nhttp: {log: nothing}", "`http.log` is already at nuts.yaml:3"),
        ("url2: [", "unable to load config file: nuts.yaml:"),
    ] {
        let (_, problems) = read(&format!("{SIMPLE}{line}\n"), &[], &[]);
        let found = problems.summary();
        assert!(found.contains(expected), "{line}: {found}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_the_only_problem() {
    let (settings, problems) = read("url: [", &[("NUTS_VERBOSITY", "loud")], &[]);
    assert!(settings.is_none());
    assert_eq!(problems.errors.len(), 1);
    assert!(problems.summary().starts_with("unable to load config file: nuts.yaml:1:6: "));
}

#[test]
fn all_problems_are_told_at_once() {
    let yaml = "verbosity: loud\ndidmethods: foo\nhttp: {cache: {maxbytes: x}}\n";
    let environment = [("NUTS_HTTPCLIENT_TIMEOUT", "soon")];
    let (settings, problems) = read(yaml, &environment, &["--loggerformat=xml"]);
    assert!(settings.is_none());
    let mut found: Vec<_> =
        problems.errors.iter().map(|e| format!("{} {}", e.key, e.source)).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "crypto.storage default",
            "didmethods nuts.yaml:2",
            "http.cache.maxbytes nuts.yaml:3",
            "httpclient.timeout NUTS_HTTPCLIENT_TIMEOUT",
            "loggerformat --loggerformat",
            "storage.sql.connection default",
            "url default",
            "verbosity nuts.yaml:1",
        ]
    );
}

#[test]
fn what_nobody_knows_is_ignored_with_a_warning() {
    let yaml = format!(
        "{SIMPLE}foo: {{bar: 1}}\nauth.tlsenabled: true\nvdr: {{didmethods: [web]}}\nhttp: {{public: {{adress: x}}}}\n"
    );
    let environment = [("NUTS_STRICTMOD", "true"), ("NUTS_TOKEN", "secret"), ("HOME", "/")];
    let (settings, problems) = read(&yaml, &environment, &[]);
    assert!(settings.is_some());
    assert_eq!(
        problems.warnings,
        [
            "unknown option `foo.bar` (nuts.yaml:3) is ignored",
            "unknown option `auth.tlsenabled` (nuts.yaml:4) is ignored",
            "unknown option `vdr.didmethods` (nuts.yaml:5) is ignored; did you mean `didmethods`?",
            "unknown option `http.public.adress` (nuts.yaml:6) is ignored; did you mean `http.public.address`?",
            "unknown option `strictmod` (NUTS_STRICTMOD) is ignored; did you mean `strictmode`?",
        ]
    );
}

#[test]
fn what_has_no_effect_says_so() {
    for (line, expected) in [
        (
            "auth: {contractvalidators: [dummy]}",
            "option `auth.contractvalidators` (nuts.yaml:3) is ignored: it belongs to a part that this node does not have",
        ),
        (
            "pki: {softfail: false}",
            "option `pki.softfail` (nuts.yaml:3) has no effect in this version",
        ),
        (
            "discovery.client.refresh_interval: 5s",
            "option `discovery.client.refresh_interval` (nuts.yaml:3) is an older name of `discovery.client.refreshinterval`",
        ),
        (
            "http: {internal: {address: ':8081'}}",
            "http.internal.address is :8081: whoever reaches it acts for every subject, so let only trusted systems reach it",
        ),
        (
            "didmethods: [web, nuts]",
            "DID method `nuts` is not supported: new subjects have a did:web only",
        ),
        (
            "httpclient: {timeout: 30}",
            "option `httpclient.timeout` (nuts.yaml:3) has no unit and so is 30ns; did you mean `30s`?",
        ),
        (
            "http: {log: metadata-and-body}",
            "bodies are never logged (http.log=metadata-and-body), falling back to metadata",
        ),
    ] {
        let (settings, problems) = read(&format!("{SIMPLE}{line}\n"), &[], &[]);
        assert!(settings.is_some(), "{line}: {}", problems.summary());
        assert_eq!(problems.warnings, [expected]);
    }
    let (settings, problems) =
        read(&format!("{COMPLETE}http: {{log: metadata-and-body}}"), &[], &[]);
    assert!(settings.is_some());
    assert!(
        problems.warnings[0]
            .starts_with("Body logging (http.log=metadata-and-body) is not allowed in strictmode")
    );
}

#[test]
fn a_text_keeps_its_letters_and_a_list_its_items() {
    let yaml = format!(
        "{SIMPLE}datadir: 0123456\nhttp:\n  public: {{address: NO}}\n  client:\n    deniedcidrs: 10.0.0.0/8\n"
    );
    let read = settings(&yaml);
    assert_eq!(read.data_folder.to_str(), Some("0123456"));
    assert_eq!(read.public.address, "NO");
    assert_eq!(read.outbound.denied.len(), 1);
    for list in ["[1.0.0.0/8, 2.0.0.0/8]", "\n    - 1.0.0.0/8\n    - 2.0.0.0/8"] {
        let yaml = format!("{SIMPLE}http:\n  client:\n   deniedcidrs: {list}\n");
        assert_eq!(settings(&yaml).outbound.denied.len(), 2);
    }
}

#[test]
fn a_comma_in_the_environment_must_be_escaped_where_one_value_is_expected() {
    let (settings, problems) =
        read(SIMPLE, &[("NUTS_STORAGE_SQL_CONNECTION", "postgres://a,secret")], &[]);
    assert!(settings.is_none());
    assert_eq!(
        problems.summary(),
        "a list where one value is expected (option storage.sql.connection, NUTS_STORAGE_SQL_CONNECTION: write one value; in the environment a comma is written `\\,`)"
    );
    let (settings, _) = read(SIMPLE, &[("NUTS_STORAGE_SQL_CONNECTION", "postgres://a\\,b")], &[]);
    assert_eq!(settings.expect("settings").database.0, "postgres://a,b");
}

#[test]
fn a_secret_is_no_flag_and_is_never_told() {
    let (settings, problems) = read(SIMPLE, &[], &["--crypto.vault.token=swordfish"]);
    assert!(settings.is_none());
    let found = problems.summary();
    assert!(found.starts_with("flag crypto.vault.token is a secret, please set it in the config file or environment variable to avoid leaking it"));
    assert!(!found.contains("swordfish"));
}

#[test]
fn secrets_are_masked_where_the_configuration_is_shown() {
    let yaml = format!(
        "{SIMPLE}storage:\n  sql: {{connection: 'postgres://u:swordfish@h/d'}}\n  session: {{redis: {{address: 'redis://u:swordfish@h', password: swordfish}}}}\n"
    );
    let sources = Sources {
        file: Some(File { path: "nuts.yaml".to_owned(), bytes: yaml.into_bytes() }),
        ..Sources::default()
    };
    let options = RawOptions::read(&sources, &mut Problems::default());
    let lines: Vec<_> = super::super::print::lines(&options)
        .map(|(row, value, source)| format!("{} -> {value} ({source})", row.key))
        .collect();
    assert!(lines.iter().all(|line| !line.contains("swordfish")));
    for expected in [
        "storage.sql.connection -> (redacted) (nuts.yaml:4)",
        "storage.session.redis.address -> redis://(redacted)@h (nuts.yaml:5)",
        "storage.session.redis.password -> (redacted) (nuts.yaml:5)",
        "crypto.vault.token ->  (default)",
        "strictmode -> false (nuts.yaml:2)",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}");
    }
}

#[test]
fn only_the_default_file_may_be_missing() {
    for (flag, variable, path, may_be_missing) in [
        (None, None, "./config/nuts.yaml", true),
        (Some("a"), Some("b"), "a", false),
        (None, Some("b"), "b", false),
        (Some("./config/nuts.yaml"), None, "./config/nuts.yaml", true),
    ] {
        let (found, missing, _) = config_file(flag, variable);
        assert_eq!((found.as_str(), missing), (path, may_be_missing));
    }
}

#[test]
fn gateways_need_an_address_a_file_and_somebody_who_decides() {
    let gateway = |lines: &str| format!("{SIMPLE}gateway: {{{lines}}}\n");
    let found = settings(&gateway("address: ':9', configfile: gateway.yaml, policies: p"));
    let found_gateway = found.gateway.expect("gateways");
    assert_eq!(found_gateway.address.as_deref(), Some(":9"));
    assert_eq!(found_gateway.decision.gateways.len(), 1);
    assert_eq!(found_gateway.decision.routes.len(), 1);
    assert_eq!(found.decision_point.policies.as_deref(), Some(Path::new("p")));
    // Policies may decide about scopes alone.
    assert!(settings(&gateway("policies: p")).gateway.is_none());
    assert!(settings(SIMPLE).gateway.is_none());

    let whole = "address: ':9', configfile: gateway.yaml, policies: p";
    for (lines, expected) in [
        ("address: ':9'", "nobody is known who may ask there"),
        ("configfile: gateway.yaml", "gateways have no address to ask at"),
        ("address: ':9', configfile: gateway.yaml", "no policy decides, so every request"),
        ("address: ':9', configfile: no.yaml, policies: p", "`no.yaml` cannot be read: "),
        ("address: ':8080', configfile: gateway.yaml, policies: p", "http.public.address is the"),
        ("grpc: {address: ':9'}", if cfg!(feature = "grpc") { "nobody is known" } else { "this" }),
        ("policies: p, opa: 'http://opa'", "only one can decide: "),
        ("opa: 'ftp://opa'", "not an http or https URL (option gateway.opa, nuts.yaml:3: "),
        (&format!("{whole}, tls: {{clientcafile: ca}}"), "certificates of gateways can only"),
        (&format!("{whole}, tls: {{keyfile: k}}"), "a key without a certificate"),
    ] {
        check_error(&gateway(lines), expected);
    }
}
