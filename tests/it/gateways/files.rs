//! Every example has files that the node takes as they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::example::{copy, examples};
use super::world::SECRET;
use crate::binary;
use crate::organizations::Folder;

#[test]
fn the_node_takes_the_files_of_every_example() {
    let mut seen = BTreeSet::new();
    let folder = Folder::new();
    for entry in fs::read_dir(examples()).unwrap() {
        let source = entry.unwrap().path();
        if !source.join("gateway.yaml").is_file() {
            continue;
        }
        let name = source.file_name().unwrap().to_str().unwrap().to_owned();
        let target = folder.path().join(&name);
        fs::create_dir(&target).unwrap();
        copy(&source.join("gateway.yaml"), &target.join("gateway.yaml"), &[]);
        fs::write(target.join("gateway.secret"), SECRET).unwrap();
        let own = source.join("nuts.yaml");
        let shared = examples().join("pecan/nuts.yaml");
        takes(if own.is_file() { &own } else { &shared }, &target.join("gateway.yaml"));
        assert!(source.join("README.md").is_file(), "{name} has no README.md");
        seen.insert(name);
    }
    let expected = [
        "apisix-forward-auth",
        "apisix-opa",
        "caddy",
        "envoy",
        "haproxy",
        "kong-forward-auth",
        "kong-opa",
        "nginx",
        "opa",
        "traefik",
    ];
    assert_eq!(seen, expected.map(str::to_owned).into());
}

fn takes(configuration: &Path, gateways: &Path) {
    let output = Command::new(binary::path())
        .args(["config", "--configfile"])
        .arg(configuration)
        .arg("--gateway.configfile")
        .arg(gateways)
        .current_dir(configuration.parent().unwrap())
        .env_clear()
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let is_complaint = |line: &&str| line.starts_with("warning: ") || line.starts_with("error: ");
    let complaints: Vec<_> = text.lines().filter(is_complaint).collect();
    assert_eq!(complaints, [""; 0], "{}", gateways.display());
    assert!(output.status.success(), "{text}");
}
