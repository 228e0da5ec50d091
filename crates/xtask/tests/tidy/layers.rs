//! Where SQL may stand, and which folder of `node` may use which.

use std::path::Path;

use super::{assert_none, files, read, root};

/// How a statement begins.
const STATEMENTS: [&str; 16] = [
    "ALTER",
    "BEGIN",
    "COMMIT",
    "CREATE",
    "DELETE",
    "DROP",
    "INSERT",
    "LOCK",
    "PRAGMA",
    "REPLACE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "TRUNCATE",
    "UPDATE",
    "WITH",
];

/// Names of the crate root of `node` that every folder may use.
const SHARED: [&str; 5] = ["failure", "public_url", "recent", "FailureKind", "PublicUrl"];

#[test]
fn sql_stands_in_stores_only() {
    let (mut findings, mut in_stores) = (Vec::new(), 0);
    for member in std::fs::read_dir(root().join("crates")).expect("a folder can be listed") {
        let source = member.expect("a folder can be listed").path().join("src");
        for file in files(&source, "rs") {
            let count = statements(&read(&file));
            if may_have_sql(&file) {
                in_stores += count;
            } else if count > 0 {
                findings.push(format!("{}: {count}", file.display()));
            }
        }
    }
    assert_none("SQL outside a store:", &findings);
    assert!(in_stores > 30, "{in_stores} statements found: the search is broken");
}

/// Stores, the machine below them, the table of sessions, and what fills databases for benchmarks.
fn may_have_sql(file: &Path) -> bool {
    let path = file.to_string_lossy().replace('\\', "/");
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let is_session_table = path.contains("/platform/src/session/")
        && (name.starts_with("sql") || name.contains("store"));
    name == "store.rs"
        || is_session_table
        || path.contains("/platform/src/sql/")
        || path.ends_with("/xtask/src/bench/seed.rs")
}

/// How many string literals begin like a statement.
fn statements(source: &str) -> usize {
    let literals = source.split('"').skip(1);
    let starts = literals.map(|text| text.trim_start_matches(['\\', '\n', ' ']));
    starts
        .filter(|text| {
            let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            // A word alone is a method of HTTP.
            let is_whole = text[word.len()..].chars().next().is_some_and(char::is_whitespace);
            is_whole && STATEMENTS.contains(&word)
        })
        .count()
}

#[test]
fn folders_of_node_use_what_is_to_their_left() {
    let order = order();
    let source = root().join("crates/node/src");
    let (mut findings, mut arrows) = (Vec::new(), 0);
    for file in files(&source, "rs") {
        let inside = file.strip_prefix(&source).expect("it was found there");
        let folder = inside.iter().next().unwrap_or_default().to_string_lossy().into_owned();
        // `lib.rs` wires; the shared words are left of everything.
        if folder == "lib.rs" {
            continue;
        }
        let place = place(&order, folder.trim_end_matches(".rs"));
        for used in used(&read(&file), depth(inside)) {
            if used == folder || SHARED.contains(&used.as_str()) {
                continue;
            }
            arrows += 1;
            let is_left = place.zip(self::place(&order, &used)).map(|(here, there)| there < here);
            if is_left != Some(true) {
                findings.push(format!("{}: {used}", inside.display()));
            }
        }
    }
    assert_none("arrows in `node` that point to the right, or to nothing known:", &findings);
    assert!(arrows > 20, "{arrows} arrows found: the search is broken");
}

#[test]
fn every_folder_of_node_has_its_place_in_the_order() {
    let order = order();
    let mut findings = Vec::new();
    for entry in std::fs::read_dir(root().join("crates/node/src")).expect("it can be listed") {
        let path = entry.expect("a folder can be listed").path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_wired = name == "lib" || SHARED.contains(&name.as_str());
        if !is_wired && place(&order, &name).is_none() {
            findings.push(name);
        }
    }
    for name in order.iter().flatten() {
        if !root().join("crates/node/src").join(name).is_dir() {
            findings.push(format!("{name} is no folder"));
        }
    }
    assert_none("folders and the order of ARCHITECTURE.md:", &findings);
    let library = read(&root().join("crates/node/src/lib.rs"));
    let groups: Vec<String> = order.iter().map(|group| group.join(" · ")).collect();
    assert!(
        library.replace("\n//! ", " ").contains(&groups.join(" → ")),
        "`node/src/lib.rs` tells another order"
    );
}

/// The groups of folders, from left to right, as ARCHITECTURE.md has them.
fn order() -> Vec<Vec<String>> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let line = text.lines().find(|line| line.starts_with("key · ")).expect("the order is there");
    let group = |group: &str| group.split('·').map(|name| name.trim().to_owned()).collect();
    line.split('→').map(group).collect()
}

fn place(order: &[Vec<String>], folder: &str) -> Option<usize> {
    order.iter().position(|group| group.iter().any(|name| name == folder))
}

/// How many modules below the root of its crate a file is.
fn depth(file: &Path) -> usize {
    file.iter().count() - usize::from(file.ends_with("mod.rs"))
}

/// The first names of all paths that begin at the root of the crate.
fn used(source: &str, depth: usize) -> Vec<String> {
    let code: Vec<&str> =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found: Vec<String> = code.split("crate::").skip(1).flat_map(heads).collect();
    let from_root = "super::".repeat(depth);
    for rest in code.split(&from_root).skip(1) {
        // In a module of tests within the file, the same path ends one lower; only names of folders count.
        let folders = root().join("crates/node/src");
        let is_folder = |name: &String| !name.is_empty() && folders.join(name).is_dir();
        found.extend(heads(rest).into_iter().filter(is_folder));
    }
    found
}

/// The first names of what follows a path: one, or those of a group in braces.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut names, mut level, mut start) = (Vec::new(), 0_usize, 0);
    for (index, c) in group.char_indices() {
        match c {
            '{' => level += 1,
            '}' if level > 0 => level -= 1,
            ',' | '}' if level == 0 => {
                names.push(name(&group[start..index]));
                start = index + 1;
            }
            _ => {}
        }
        if c == '}' && level == 0 && start == index + 1 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}
