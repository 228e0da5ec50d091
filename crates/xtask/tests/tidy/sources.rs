//! How a source file begins, and what it must not say.

use super::{assert_none, files, read, root};

/// Types that hold a secret. None may be printed, not even for debugging.
const SECRETS: [&str; 2] = ["PrivateKey", "Secret"];

#[test]
fn every_source_file_says_what_it_is_responsible_for() {
    let mut findings = Vec::new();
    for folder in ["crates", "fuzz"] {
        let folder = root().join(folder);
        for file in files(&folder, "rs") {
            if !read(&file).starts_with("//!") {
                findings.push(file.display().to_string());
            }
        }
    }
    assert_none("files without a module doc on their first line:", &findings);
}

#[test]
fn secrets_cannot_be_printed() {
    let (mut findings, mut found) = (Vec::new(), Vec::new());
    for file in files(&root().join("crates"), "rs") {
        let source = read(&file);
        let lines: Vec<&str> = source.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let Some(name) = declared(line) else { continue };
            if !SECRETS.contains(&name) {
                continue;
            }
            found.push(name.to_owned());
            let attributes = lines[..number]
                .iter()
                .rev()
                .take_while(|line| line.starts_with("#[") || line.starts_with("///"));
            if attributes.into_iter().any(|line| line.contains("Debug") || line.contains("Display"))
            {
                findings.push(format!("{}: {name}", file.display()));
            }
        }
        for secret in SECRETS {
            for printer in ["Debug", "Display"] {
                if source.contains(&format!("{printer} for {secret} ")) {
                    findings.push(format!("{}: {printer} for {secret}", file.display()));
                }
            }
        }
    }
    assert_none("secrets that can be printed:", &findings);
    for secret in SECRETS {
        let is_there = found.iter().any(|name| name == secret);
        assert!(is_there, "no type is called `{secret}`: the list is stale");
    }
}

/// The name of the type that a line declares.
fn declared(line: &str) -> Option<&str> {
    let rest = line
        .trim_start()
        .trim_start_matches("pub ")
        .trim_start_matches("pub(crate) ")
        .trim_start_matches("pub(super) ");
    let rest = rest.strip_prefix("struct ").or_else(|| rest.strip_prefix("enum "))?;
    rest.split(|c: char| !c.is_alphanumeric()).next()
}

#[test]
fn nothing_is_left_to_do_without_a_number() {
    let mut findings = Vec::new();
    // Put together here, so that this file does not find itself.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X ")];
    for folder in ["crates", "fuzz"] {
        for file in files(&root().join(folder), "rs") {
            for (number, line) in read(&file).lines().enumerate() {
                if marks.iter().any(|mark| line.contains(mark)) && !line.contains('#') {
                    findings.push(format!("{}:{}", file.display(), number + 1));
                }
            }
        }
    }
    assert_none("marks without an issue number:", &findings);
}
