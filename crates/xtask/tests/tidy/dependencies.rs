//! Which crate may use which, ours and others.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{assert_none, files, read, root};

/// Arrows between our crates: normal dependencies only. A new arrow needs a decision record.
const ARROWS: [(&str, &[&str]); 13] = [
    ("pecan-jose", &[]),
    ("pecan-jsonld", &[]),
    ("pecan-credentials", &["pecan-jose", "pecan-jsonld"]),
    ("pecan-oauth", &["pecan-jose", "pecan-credentials"]),
    ("pecan-fhir", &[]),
    ("pecan-rego", &[]),
    ("pecan-platform", &["pecan-jose"]),
    (
        "pecan-node",
        &[
            "pecan-jose",
            "pecan-jsonld",
            "pecan-credentials",
            "pecan-oauth",
            "pecan-fhir",
            "pecan-rego",
            "pecan-platform",
        ],
    ),
    (
        "pecan-server",
        &["pecan-jose", "pecan-credentials", "pecan-oauth", "pecan-platform", "pecan-node"],
    ),
    (
        "pecan",
        &[
            "pecan-jose",
            "pecan-credentials",
            "pecan-oauth",
            "pecan-rego",
            "pecan-platform",
            "pecan-node",
            "pecan-server",
        ],
    ),
    (
        "pecan-testkit",
        &[
            "pecan-jose",
            "pecan-credentials",
            "pecan-oauth",
            "pecan-platform",
            "pecan-node",
            "pecan-server",
        ],
    ),
    ("pecan-vectors", &[]),
    ("xtask", &["pecan-jose", "pecan-jsonld", "pecan-credentials", "pecan-rego", "pecan-vectors"]),
];

/// The package that is shipped.
const EXECUTABLE: &str = "pecan";

/// The pure crates: no async runtime, no database, no network, no randomness anywhere below them.
const SPEC_CRATES: [&str; 4] = ["pecan-jose", "pecan-jsonld", "pecan-credentials", "pecan-oauth"];

/// Starts of crate names that a pure crate must not have below it.
const IMPURE: [&str; 24] = [
    "actix",
    "async-io",
    "async-std",
    "curl",
    "diesel",
    "fastrand",
    "getrandom",
    "h2",
    "hyper",
    "mio",
    "native-tls",
    "oorandom",
    "openssl",
    "polling",
    "postgres",
    "rand",
    "redis",
    "reqwest",
    "ring",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
];

/// Crates that decide what a crate of ours is, and the only ones of ours that may use them directly, tests aside.
const HOMES: [(&str, &[&str]); 8] = [
    ("axum", &["pecan-server", "pecan", "pecan-testkit", "xtask"]),
    ("axum-server", &["pecan-server", "pecan", "xtask"]),
    ("hyper", &["pecan-platform"]),
    ("hyper-util", &["pecan-platform", "pecan-server"]),
    ("sqlx", &["pecan-platform", "xtask"]),
    ("clap", &["pecan"]),
    ("tracing-subscriber", &["pecan"]),
    ("aws-lc-rs", &["pecan-jose", "pecan-jsonld", "pecan-platform", "pecan-rego"]),
];

/// Crates whose library has another name than its package.
const LIBRARY_NAMES: [(&str, &str); 1] = [("rustls-webpki", "webpki")];

/// Licences that a part of the executable may have. A dual licence counts if one side is here. (CDLA is the permissive one, of
/// the list of certificate authorities that the PostgreSQL driver brings.)
const LICENCES: [&str; 10] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// A crate as cargo prints it.
struct Package {
    name: String,
    licence: String,
}

/// Everything below a crate that ends up in an executable: normal dependencies, as cargo resolves them for it.
fn below(name: &str, depth: Option<u8>) -> Vec<Package> {
    let mut arguments = vec!["tree", "--package", name, "--edges", "normal", "--prefix", "none"];
    // What is released has features that the default leaves out.
    arguments.extend(["--format", "{p}|{l}", "--offline", "--locked", "--all-features"]);
    let depth = depth.map(|depth| depth.to_string());
    if let Some(depth) = &depth {
        arguments.extend(["--depth", depth]);
    }
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output();
    let output = output.expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    // The first line is the crate itself.
    let packages: Vec<Package> = tree.lines().skip(1).filter_map(package).collect();
    assert!(!packages.is_empty(), "`{name}` has nothing below it, so this reads the wrong thing");
    packages
}

fn package(line: &str) -> Option<Package> {
    let (package, licence) = line.split_once('|')?;
    let name = package.split(' ').next()?.to_owned();
    Some(Package { name, licence: licence.trim_end_matches(" (*)").to_owned() })
}

#[test]
fn crates_use_each_other_only_along_the_arrows() {
    let mut findings = Vec::new();
    for (name, allowed) in ARROWS {
        for dependency in below(name, Some(1)) {
            let ours = ARROWS.iter().any(|(name, _)| *name == dependency.name);
            if ours && !allowed.contains(&dependency.name.as_str()) {
                findings.push(format!("{name} -> {}", dependency.name));
            }
        }
    }
    assert_none("arrows between crates that docs/adr does not know:", &findings);
}

#[test]
fn every_crate_has_its_place_in_the_table_of_arrows() {
    let mut findings = Vec::new();
    for manifest in manifests() {
        // The end-to-end tests use none of ours, and nobody uses them.
        let is_known = ARROWS.iter().any(|(known, _)| *known == manifest.name);
        if !is_known && manifest.name != "pecan-tests" {
            findings.push(manifest.name);
        }
    }
    assert_none("crates without a row:", &findings);
}

#[test]
fn spec_crates_are_pure() {
    let mut findings = Vec::new();
    for name in SPEC_CRATES {
        for dependency in below(name, None) {
            if IMPURE.iter().any(|start| dependency.name.starts_with(start)) {
                findings.push(format!("{name} has {} below it", dependency.name));
            }
        }
    }
    assert_none("spec crates do no I/O and draw no random bytes:", &findings);
}

#[test]
fn licences_of_what_is_shipped_are_compatible() {
    let mut findings = Vec::new();
    for dependency in below(EXECUTABLE, None) {
        let accepted = dependency.licence.split(" AND ").all(|part| {
            part.split(" OR ")
                .flat_map(|side| side.split('/'))
                .any(|side| LICENCES.contains(&side.trim_matches(['(', ')', ' '])))
        });
        if !accepted {
            findings.push(format!("{}: `{}`", dependency.name, dependency.licence));
        }
    }
    findings.sort();
    findings.dedup();
    assert_none("licences that the executable must not carry:", &findings);
}

#[test]
fn manifests_take_lints_and_versions_from_the_workspace() {
    let mut findings = Vec::new();
    for manifest in manifests() {
        if manifest.parsed.get("lints").and_then(|lints| lints.get("workspace")).is_none() {
            findings.push(format!("{}: no `lints.workspace = true`", manifest.name));
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, dependency) in manifest.section(section) {
                if dependency.get("workspace").is_none() {
                    let place = &manifest.name;
                    findings.push(format!("{place}: `{name}` has a version of its own"));
                }
            }
        }
    }
    assert_none("manifests:", &findings);
}

#[test]
fn cryptography_comes_from_one_provider() {
    // The PostgreSQL driver brings hashes for its passwords; nobody else's signatures or ciphers.
    let others = [
        "boring",
        "ed25519-dalek",
        "k256",
        "openssl",
        "openssl-sys",
        "p256",
        "p384",
        "ring",
        "rsa",
    ];
    let mut findings = Vec::new();
    let dependencies = below(EXECUTABLE, None);
    for dependency in &dependencies {
        if others.contains(&dependency.name.as_str()) {
            findings.push(format!("{EXECUTABLE} has {} below it", dependency.name));
        }
    }
    assert_none("cryptography comes from aws-lc-rs alone:", &findings);
    assert!(dependencies.iter().any(|dependency| dependency.name == "aws-lc-rs"));
}

#[test]
fn frameworks_and_drivers_stay_in_their_crates() {
    let mut findings = Vec::new();
    for manifest in manifests() {
        for (library, homes) in HOMES {
            let is_used = manifest.section("dependencies").any(|(name, _)| name == library);
            if is_used && !homes.contains(&manifest.name.as_str()) {
                findings.push(format!("{} uses {library}", manifest.name));
            }
        }
    }
    assert_none("what a crate must not know (ARCHITECTURE.md):", &findings);
}

#[test]
fn what_a_manifest_names_is_used() {
    let mut findings = Vec::new();
    let mut used = Vec::new();
    for manifest in manifests() {
        let product = sources(&manifest.folder, &["src"]);
        let all = sources(&manifest.folder, &["src", "tests", "benches", "examples", "it"]);
        for (section, text) in [("dependencies", product), ("dev-dependencies", all)] {
            for (name, _) in manifest.section(section) {
                if !is_named(name, &text) {
                    findings.push(format!("{} does not use {name}", manifest.name));
                }
                used.push(name.clone());
            }
        }
    }
    let workspace: toml::Table = read(&root().join("Cargo.toml")).parse().expect("TOML");
    let declared = workspace["workspace"]["dependencies"].as_table().expect("a table");
    let unused = declared.keys().filter(|name| !used.contains(name));
    findings.extend(unused.map(|name| format!("no crate uses {name}")));
    assert_none("dependencies that nothing needs:", &findings);
}

#[test]
fn every_foreign_crate_has_its_reason() {
    let text = read(&root().join("Cargo.toml"));
    let (_, section) = text.split_once("[workspace.dependencies]\n").expect("it is there");
    let (section, _) = section.split_once("\n[").expect("the lints follow");
    let mut findings = Vec::new();
    // A comment counts for the lines below it, up to an empty one.
    let mut has_reason = false;
    for line in section.lines() {
        if line.is_empty() {
            has_reason = false;
        } else if line.starts_with('#') {
            has_reason = true;
        } else if !line.starts_with("pecan-") && !has_reason && !line.contains(" # ") {
            findings.push(line.to_owned());
        }
    }
    assert_none("dependencies without a reason in the root manifest:", &findings);
}

/// A manifest of ours.
struct Manifest {
    name: String,
    folder: PathBuf,
    parsed: toml::Table,
}

impl Manifest {
    fn read(file: &Path) -> Self {
        let parsed: toml::Table = read(file).parse().expect("a manifest is TOML");
        let name = parsed["package"]["name"].as_str().expect("a name is text").to_owned();
        let folder = file.parent().expect("a file is in a folder").to_owned();
        Self { name, folder, parsed }
    }

    /// A table of dependencies; nothing if there is none.
    fn section(&self, name: &str) -> impl Iterator<Item = (&String, &toml::Value)> {
        self.parsed.get(name).and_then(toml::Value::as_table).into_iter().flatten()
    }
}

/// The manifests of all members.
fn manifests() -> Vec<Manifest> {
    let mut found = files(&root().join("crates"), "toml");
    found.extend(files(&root().join("tests"), "toml"));
    found.retain(|file| file.ends_with("Cargo.toml"));
    let found = found.iter().map(|file| Manifest::read(file));
    // A workspace of its own is no part of what is built, nor of its lock file.
    found.filter(|manifest| manifest.parsed.get("workspace").is_none()).collect()
}

/// All source text in these folders of a crate.
fn sources(crate_folder: &Path, folders: &[&str]) -> String {
    let found = folders.iter().flat_map(|folder| files(&crate_folder.join(folder), "rs"));
    found.map(|file| read(&file)).collect()
}

/// Whether a text has a path that begins with the library of this package.
fn is_named(package: &str, text: &str) -> bool {
    let renamed = LIBRARY_NAMES.iter().find(|(known, _)| *known == package);
    let library = renamed.map_or(package, |(_, library)| library).replace('-', "_");
    let path = format!("{library}::");
    text.match_indices(&path).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
    })
}
