//! Documents that point at files which exist, and decisions that are listed.

use std::path::Path;

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
