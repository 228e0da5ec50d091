//! Options from the configuration file: sections and dotted keys (contract/platform.md 3.1).

use super::problem::Source;
use super::table::{self, Kind};
use super::value::Given;
use super::yaml::{self, Content, Entry, Node};

/// A configuration file that was found.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The path, as it was given.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// A value of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) key: String,
    pub(crate) given: Given,
    pub(crate) source: Source,
}

/// The values of a file, in its order. A value that is empty says nothing. `Err`: why the file cannot be read.
pub(crate) fn read(file: &File) -> Result<Vec<Said>, String> {
    let entries = yaml::read(&file.bytes)
        .map_err(|error| format!("unable to load config file: {}:{error}", file.path))?;
    let mut said = Vec::new();
    flatten(&file.path, "", entries, &mut said);
    Ok(said)
}

fn flatten(path: &str, prefix: &str, entries: Vec<Entry>, said: &mut Vec<Said>) {
    for Entry { key, line, value } in entries {
        let key = format!("{prefix}{key}");
        let is_map = table::find(&key).is_some_and(|row| row.kind == Kind::Map);
        let given = match value.content {
            Content::Null => continue,
            Content::Section(entries) if !is_map && table::find(&key).is_none() => {
                flatten(path, &format!("{key}."), entries, said);
                continue;
            }
            Content::Text(text) => Given::One(text),
            Content::List(nodes) => Given::Many(nodes.into_iter().filter_map(text).collect()),
            Content::Section(entries) => {
                let pairs = entries.into_iter().filter_map(|e| Some((e.key, text(e.value)?)));
                Given::Pairs(pairs.collect())
            }
        };
        said.push(Said { key, given, source: Source::File { path: path.to_owned(), line } });
    }
}

/// The text of an item. What is nested deeper belongs to no option and says nothing.
fn text(node: Node) -> Option<String> {
    match node.content {
        Content::Text(text) => Some(text),
        Content::Null | Content::List(_) | Content::Section(_) => None,
    }
}
