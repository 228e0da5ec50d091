//! Which configurations a node starts with, and what it says otherwise. The cases are those of the recording of the reference node.

use crate::program::{Folder, Running, end, pecan};

/// The configuration of the recording, with ports that the system chooses.
const GOOD: &str = "\
url: http://localhost:48080
strictmode: false
datadir: <dir>/data
didmethods: [web]
http: {public: {address: \"127.0.0.1:0\"}, internal: {address: \"127.0.0.1:0\"}}
auth: {irma: {autoupdateschemas: false}, contractvalidators: [dummy]}
events: {nats: {hostname: 127.0.0.1, port: 44222}}
network: {grpcaddr: \"127.0.0.1:45555\"}
goldenhammer: {enabled: false}
pki: {denylist: {url: \"\"}}
";

/// A node of the recording: everything that the others set, and leftovers.
const CLINIC: &str = "\
url: https://localhost:18443
strictmode: false
verbosity: debug
datadir: <dir>/data
didmethods: [web]
http:
  log: metadata-and-body
  public:
    address: 127.0.0.1:0
  internal:
    address: 127.0.0.1:0
policy:
  directory: <dir>/policy
  authzen:
    endpoint: http://127.0.0.1:38999
discovery:
  definitions:
    directory: <dir>/discovery
  client:
    refreshinterval: 5s
  server:
    ids: [dev:golden, dev:nuts-only, dev:short]

auth:
  authorizationendpoint:
    enabled: true
  contractvalidators: [dummy]
  irma:
    autoupdateschemas: false
network:
  grpcaddr: 127.0.0.1:15555
  enablediscovery: false
events:
  nats:
    hostname: 127.0.0.1
    port: 14222
goldenhammer:
  enabled: false
pki:
  denylist:
    url: \"\"
";

/// Runs `pecan server` with a configuration.
fn server(folder: &Folder, yaml: &str) -> std::process::Command {
    let file = folder.write("nuts.yaml", yaml);
    pecan(folder, &["server", "--configfile", file.to_str().unwrap()])
}

#[test]
fn a_node_starts_with_the_recorded_configurations() {
    let strict = "url: https://nuts.nl\ndatadir: <dir>/data\n\
                  http: {public: {address: '127.0.0.1:0'}, internal: {address: '127.0.0.1:0'}}\n\
                  storage: {sql: {connection: 'sqlite:file:<dir>/data/s.db'}}\ncrypto: {storage: fs}\n";
    for yaml in [
        GOOD.to_owned(),
        CLINIC.to_owned(),
        strict.to_owned(),
        format!("{GOOD}vdr: {{didmethods: [web]}}\nauth.tlsenabled: true\n"),
        format!("{GOOD}foo: {{bar: 1}}\n"),
        GOOD.replace("[web]", "[web, nuts]"),
    ] {
        let folder = Folder::new();
        folder.write("policy/none.json", "{}");
        let node = Running::start(server(&folder, &yaml));
        for listener in ["internal", "public"] {
            assert!(node.get(listener, "/status").ends_with("\r\n\r\nOK"), "{yaml}");
        }
        let (code, rest) = node.stop("-TERM");
        assert_eq!(code, 0, "{rest}");
        assert!(rest.contains("Stopped"), "{rest}");
    }
}

#[test]
fn a_node_that_cannot_start_says_why_in_one_line_and_exits_with_1() {
    for (yaml, expected) in [
        (GOOD.replace("url:", "link:"), "'url' must be configured"),
        (
            GOOD.replace("http://localhost:48080", "foo"),
            "invalid 'url': url must contain scheme and host",
        ),
        (format!("{GOOD}verbosity: loud\n"), "not a valid level: 'loud'"),
        (format!("{GOOD}loggerformat: xml\n"), "invalid formatter: 'xml'"),
        (
            format!("{GOOD}policy: {{directory: <dir>/nope}}\n"),
            "failed to load policy from directory",
        ),
        (
            format!("{GOOD}storage: {{sql: {{connection: 'foo:bar secret'}}}}\n"),
            "failed to initialize SQL database",
        ),
        (GOOD.replace("<dir>/data", "/proc/nope"), "datadir `/proc/nope` cannot be used"),
        (
            GOOD.replace("public: {address: \"127.0.0.1:0\"}", "public: {address: \"nowhere\"}"),
            "unable to listen",
        ),
        (
            format!("{GOOD}http.public.tls: {{certfile: <dir>/a, keyfile: <dir>/b}}\n"),
            "/a` cannot be read: ",
        ),
        ("url: [\n".to_owned(), "unable to load config file: "),
    ] {
        let folder = Folder::new();
        let (code, log) = end(server(&folder, &yaml));
        assert_eq!(code, 1, "{log}");
        let errors: Vec<_> = log.lines().filter(|line| line.contains("level=error")).collect();
        assert_eq!(errors.len(), 1, "{log}");
        assert!(errors[0].contains("msg=\"Could not start the server\""), "{log}");
        assert!(errors[0].contains(expected), "{expected}: {log}");
        assert!(!log.contains("bar secret"), "{log}");
    }
    let folder = Folder::new();
    let (code, log) = end(pecan(&folder, &["server", "--configfile", "nope.yaml"]));
    assert_eq!(code, 1);
    assert!(log.contains("unable to load config file: open nope.yaml: no such file or directory"));
}

#[test]
fn an_address_that_is_taken_stops_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    let yaml = GOOD.replace(
        "internal: {address: \"127.0.0.1:0\"",
        &format!("internal: {{address: \"{address}\""),
    );
    let (code, log) = end(server(&folder, &yaml));
    assert_eq!(code, 1, "{log}");
    assert!(log.contains(&address), "{log}");
}

#[test]
fn flags_and_environment_are_enough() {
    let folder = Folder::new();
    let mut command = pecan(
        &folder,
        &[
            "server",
            "--strictmode=false",
            "--http.public.address=127.0.0.1:0",
            "--loggerformat=json",
        ],
    );
    command.env("NUTS_URL", "http://localhost:8080");
    command.env("NUTS_HTTP_INTERNAL_ADDRESS", "127.0.0.1:0");
    let node = Running::start(command);
    assert!(
        node.start.contains("\"msg\":\"url -> http://localhost:8080 (NUTS_URL)\""),
        "{}",
        node.start
    );
    assert!(folder.0.join("data/sqlite.db").exists());
    assert_eq!(node.stop("-INT").0, 0);
}

#[test]
fn a_wrong_command_line_fails() {
    let folder = Folder::new();
    for arguments in [&["server", "--foo"][..], &["nope"], &["server", "extra"], &[]] {
        let (code, text) = end(pecan(&folder, arguments));
        assert_ne!(code, 0, "{text}");
        assert!(text.contains("Usage:"), "{text}");
    }
    let (code, text) = end(pecan(&folder, &["server", "--crypto.vault.token=swordfish"]));
    assert_eq!(code, 1);
    assert!(text.contains("flag crypto.vault.token is a secret") && !text.contains("swordfish"));
}

#[test]
fn config_prints_what_is_in_force_and_what_is_wrong() {
    let folder = Folder::new();
    let file = folder.write("nuts.yaml", GOOD);
    let arguments = [
        "config",
        "--configfile",
        file.to_str().unwrap(),
        "--storage.sql.connection=postgres://u:swordfish@h/d",
    ];
    let (code, text) = end(pecan(&folder, &arguments));
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("Current system config\n"));
    assert!(text.contains("storage.sql.connection -> (redacted) (--storage.sql.connection)\n"));
    assert!(!text.contains("swordfish"));

    let (code, text) = end(pecan(&folder, &["config"]));
    assert_eq!(code, 1);
    assert!(text.contains("error: 'url' must be configured"), "{text}");
}

#[test]
fn status_asks_a_running_node() {
    let folder = Folder::new();
    let node = Running::start(server(&folder, GOOD));
    let address = node.address("internal");
    let (code, text) = end(pecan(&folder, &["status", "--address", &address]));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("software_version"), "{text}");
    node.stop("-TERM");

    let (code, text) = end(pecan(&folder, &["status", "--address", &address]));
    assert_eq!((code, text), (1, format!("Error: could not reach `{address}`\n")));
}

const GATEWAY: &str = "\
gateways: {door: {secret_file: door.secret, dialects: [forward-auth]}}
routes: {fhir: {url: 'http://localhost:9/fhir', subject: hospital, kind: fhir-r4, policies: {a: b}}}
";

#[test]
fn gateways_have_a_listener_of_their_own() {
    let folder = Folder::new();
    folder.write("gateway.yaml", GATEWAY);
    folder.write("door.secret", "0123456789abcdef0123456789abcdef\n");
    folder.write("rules/a.rego", "package a\nallow := true\n");
    let options = "gateway: {address: '127.0.0.1:0', configfile: <dir>/gateway.yaml, policies: <dir>/rules}\n";
    let yaml = format!("{GOOD}{options}");
    let node = Running::start(server(&folder, &yaml));
    assert!(node.start.contains("msg=\"access policies loaded\" policies=a"), "{}", node.start);
    assert!(node.start.contains("msg=\"no policy of this name\""), "{}", node.start);
    assert!(node.get("gateway", "/gateway/forward-auth").starts_with("HTTP/1.1 401 "));
    assert!(node.get("internal", "/gateway/forward-auth").starts_with("HTTP/1.1 404 "));
    assert!(node.get("gateway", "/status/diagnostics").starts_with("HTTP/1.1 404 "));
    assert!(node.get("internal", "/health").contains("\"gateway.policies\":{\"status\":\"UP\"}"));
    node.stop("-TERM");

    for (file, text, expected) in [
        ("rules/a.rego", "package a\nallow := {\n", "/rules`: a.rego:"),
        ("gateway.yaml", "gateways: {}\n", "there are no routes"),
        ("door.secret", "x", "a secret of less than 16 characters"),
    ] {
        let folder = Folder::new();
        folder.write("gateway.yaml", GATEWAY);
        folder.write("door.secret", "0123456789abcdef0123456789abcdef\n");
        folder.write("rules/a.rego", "package a\nallow := true\n");
        folder.write(file, text);
        let (code, log) = end(server(&folder, &yaml));
        assert_eq!(code, 1, "{log}");
        assert!(log.contains(expected), "{expected}: {log}");
    }
}

#[test]
fn an_address_for_grpc_needs_an_executable_that_speaks_it() {
    let folder = Folder::new();
    folder.write("gateway.yaml", GATEWAY);
    folder.write("door.secret", "0123456789abcdef0123456789abcdef\n");
    folder.write("rules/a.rego", "package a\nallow := true\n");
    let options = "gateway: {grpc: {address: '127.0.0.1:0'}, configfile: <dir>/gateway.yaml, policies: <dir>/rules}\n";
    let command = server(&folder, &format!("{GOOD}{options}"));
    if cfg!(feature = "grpc") {
        let node = Running::start(command);
        assert!(node.address("grpc").starts_with("127.0.0.1:"), "{}", node.start);
        assert_eq!(node.stop("-TERM").0, 0);
    } else {
        let (code, log) = end(command);
        assert_eq!(code, 1, "{log}");
        assert!(log.contains("this executable was built without gRPC"), "{log}");
    }
}
