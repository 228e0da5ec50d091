//! Which crate may use which, ours and others.

use std::process::Command;

use super::{assert_none, files, read, root};

/// Arrows between our crates: normal dependencies only. A new arrow needs a decision record.
const ARROWS: [(&str, &[&str]); 7] = [
    ("pecan-jose", &[]),
    ("pecan-jsonld", &[]),
    ("pecan-credentials", &["pecan-jose", "pecan-jsonld"]),
    ("pecan-oauth", &["pecan-jose", "pecan-credentials"]),
    ("pecan-platform", &["pecan-jose"]),
    ("pecan-vectors", &[]),
    ("xtask", &["pecan-vectors"]),
];

/// The pure crates: no async runtime, no database, no network, no randomness anywhere below them.
const SPEC_CRATES: [&str; 4] =
    ["pecan-jose", "pecan-jsonld", "pecan-credentials", "pecan-oauth"];

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

/// Licences that a part of the executable may have. A dual licence counts if one side is here.
const LICENCES: [&str; 9] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
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
    arguments.extend(["--format", "{p}|{l}", "--offline", "--locked"]);
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
    for manifest in files(&root().join("crates"), "toml") {
        let parsed: toml::Table = read(&manifest).parse().expect("a manifest is TOML");
        let Some(name) = parsed.get("package").and_then(|package| package.get("name")) else {
            continue;
        };
        let name = name.as_str().expect("a name is text").to_owned();
        if !ARROWS.iter().any(|(known, _)| *known == name) {
            findings.push(name);
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
    for name in SPEC_CRATES {
        for dependency in below(name, None) {
            let accepted = dependency.licence.split(" AND ").all(|part| {
                part.split(" OR ")
                    .flat_map(|side| side.split('/'))
                    .any(|side| LICENCES.contains(&side.trim_matches(['(', ')', ' '])))
            });
            if !accepted {
                findings.push(format!("{}: `{}`", dependency.name, dependency.licence));
            }
        }
    }
    findings.sort();
    findings.dedup();
    assert_none("licences that the executable must not carry:", &findings);
}

#[test]
fn manifests_take_lints_and_versions_from_the_workspace() {
    let mut findings = Vec::new();
    for manifest in files(&root().join("crates"), "toml") {
        let parsed: toml::Table = read(&manifest).parse().expect("a manifest is TOML");
        let place = manifest.display();
        if parsed.get("lints").and_then(|lints| lints.get("workspace")).is_none() {
            findings.push(format!("{place}: no `lints.workspace = true`"));
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = parsed.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, dependency) in dependencies {
                if dependency.get("workspace").is_none() {
                    findings.push(format!("{place}: `{name}` has a version of its own"));
                }
            }
        }
    }
    assert_none("manifests:", &findings);
}

#[test]
fn cryptography_comes_from_one_provider() {
    let others = ["boring", "ed25519-dalek", "k256", "openssl-sys", "p256", "ring", "rsa"];
    let mut findings = Vec::new();
    for name in SPEC_CRATES {
        for dependency in below(name, None) {
            if others.contains(&dependency.name.as_str()) {
                findings.push(format!("{name} has {} below it", dependency.name));
            }
        }
    }
    assert_none("cryptography comes from aws-lc-rs alone:", &findings);
}
