//! Documents that point at files which exist, decisions that are listed, differences that are explained.

use std::path::Path;

use serde_json::Value;

use super::{assert_none, files, read, root};

#[test]
fn relative_links_lead_somewhere() {
    let mut findings = Vec::new();
    for document in files(&root(), "md") {
        let folder = document.parent().unwrap_or(Path::new("."));
        for target in links(&read(&document)) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                findings.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert_none("links to nowhere:", &findings);
}

/// The targets of the Markdown links of a text: `[words](target)`.
fn links(text: &str) -> Vec<String> {
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

#[test]
fn sources_that_documents_name_are_there() {
    let sources = files(&root(), "rs");
    let (mut findings, mut count) = (Vec::new(), 0);
    for document in files(&root(), "md") {
        for name in read(&document).split('`').skip(1).step_by(2) {
            let is_source = Path::new(name).extension().is_some_and(|extension| extension == "rs");
            if !is_source || name.contains(['*', '<', '{', ' ']) {
                continue;
            }
            count += 1;
            if !sources.iter().any(|source| is_short_for(Path::new(name), source)) {
                findings.push(format!("{}: {name}", document.display()));
            }
        }
    }
    assert_none("sources that are not there:", &findings);
    assert!(count > 50, "{count} names found: the search is broken");
}

/// Whether a path is another one with folders left out (`server/internal/tokens.rs`): never its last part.
fn is_short_for(short: &Path, whole: &Path) -> bool {
    let mut parts = whole.iter();
    short.file_name() == whole.file_name() && short.iter().all(|part| parts.any(|p| p == part))
}

#[test]
fn every_decision_is_listed_with_its_title() {
    let folder = root().join("docs/adr");
    let index = read(&folder.join("README.md"));
    let mut findings = Vec::new();
    for decision in files(&folder, "md") {
        let name = decision.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let text = read(&decision);
        let title =
            text.lines().next().and_then(|line| line.split_once(". ")).map(|(_, title)| title);
        if !title.is_some_and(|title| index.contains(&format!("]({name}) | {title} |"))) {
            findings.push(name);
        }
    }
    assert_none("decisions that the index does not list by number and title:", &findings);
}

#[test]
fn every_difference_from_the_reference_is_explained() {
    let text = read(&root().join("docs/replay-expected.json"));
    let entries: Vec<Value> = serde_json::from_str(&text).expect("a list of entries");
    let conformance = read(&root().join("docs/conformance.md"));
    let (_, tables) = conformance
        .split_once("\n## Different from the reference on purpose\n")
        .expect("the section is there");
    let rows: Vec<&str> =
        tables.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
    let mut findings = Vec::new();
    let mut reasons = Vec::new();
    for entry in &entries {
        // An exchange may differ in more than one way.
        for reason in entry["reason"].as_str().expect("a reason is text").split("; ") {
            if !rows.contains(&reason) {
                findings.push(format!("{}/{}: {reason}", entry["area"], entry["name"]));
            }
            reasons.push(reason);
        }
    }
    let is_header = |row: &&&str| **row == "difference";
    let stale = rows.iter().filter(|row| !is_header(row) && !reasons.contains(row));
    findings.extend(stale.map(|row| format!("no exchange differs so: {row}")));
    assert_none("differences and docs/conformance.md:", &findings);
}
