//! The policy packs of eOverdracht, inside the executable: the demo runs from any folder.

use std::fs;
use std::io;
use std::path::Path;

macro_rules! packed {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/", $name)))),+]
    };
}

/// Every file of the packs but their tests and pages, by its path.
const FILES: &[(&str, &str)] = &packed![
    "_lib/access.rego",
    "_lib/bsn.rego",
    "_lib/caller.rego",
    "_lib/consent.rego",
    "_lib/example.rego",
    "_lib/lookup.rego",
    "_lib/patient.rego",
    "_lib/query.rego",
    "_lib/reason.rego",
    "_lib/reference.rego",
    "_lib/request.rego",
    "_lib/status_change.rego",
    "_lib/task.rego",
    "_lib/text.rego",
    "eoverdracht_receiver/data.json",
    "eoverdracht_receiver/eoverdracht_receiver.rego",
    "eoverdracht_sender/data.json",
    "eoverdracht_sender/eoverdracht_sender.rego",
];

/// Writes the packs into a folder, as an operator would put them there.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_are_whole() {
        let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
        let mut expected = Vec::new();
        for pack in ["_lib", "eoverdracht_receiver", "eoverdracht_sender"] {
            for entry in fs::read_dir(policies.join(pack)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let is_used = match name.rsplit_once('.') {
                    Some((stem, "rego")) => !stem.ends_with("_test"),
                    Some((_, kind)) => kind == "json",
                    None => false,
                };
                if is_used {
                    expected.push(format!("{pack}/{name}"));
                }
            }
        }
        expected.sort();
        let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected);
    }
}
