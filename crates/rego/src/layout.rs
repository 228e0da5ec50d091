//! Which packages are policies, and what they are called.
//!
//! In a folder, each entry is one policy: `name.rego`, or the files below `name/`, in the package `name`; entries whose names begin with
//! `_` are libraries. A bundle may be laid out in any way: there, each package with a rule `allow` is a policy.

use std::collections::BTreeMap;

use crate::error::LoadError;
use crate::files::Sources;
use crate::rules::ParsedModule;

/// The rule that makes a package a policy.
const ALLOW: &str = "allow";

/// The name by which policies are found: lower case, with `_` for `-`.
pub fn normalize(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// The packages of the policies by name.
pub(crate) fn policies(
    sources: &Sources,
    modules: &[ParsedModule],
) -> Result<BTreeMap<String, String>, LoadError> {
    let found = if sources.is_bundle { of_bundle(sources, modules)? } else { of_folder(modules)? };
    if found.is_empty() { Err(LoadError::NoPolicy) } else { Ok(found) }
}

fn of_folder(modules: &[ParsedModule]) -> Result<BTreeMap<String, String>, LoadError> {
    let mut units: BTreeMap<String, &str> = BTreeMap::new();
    for module in modules {
        let entry = module.path.split('/').next().unwrap_or_default();
        let stem = entry.strip_suffix(".rego").unwrap_or(entry);
        let expected = if stem.starts_with('_') { "lib".to_owned() } else { normalize(stem) };
        if module.package.split('.').next() != Some(expected.as_str()) {
            return Err(LoadError::WrongPackage {
                file: module.path.clone(),
                line: module.line,
                package: module.package.clone(),
                expected,
            });
        }
        if stem.starts_with('_') {
            continue;
        }
        match units.insert(expected.clone(), entry) {
            Some(first) if first != entry => {
                return Err(LoadError::DuplicateName {
                    name: expected,
                    first: first.to_owned(),
                    second: entry.to_owned(),
                });
            }
            _ => {}
        }
    }
    for (name, entry) in &units {
        if !modules.iter().any(|module| module.package == *name && module.has_rule(ALLOW)) {
            return Err(LoadError::NoAllow { unit: (*entry).to_owned(), package: name.clone() });
        }
    }
    Ok(units.into_keys().map(|name| (name.clone(), name)).collect())
}

fn of_bundle(
    sources: &Sources,
    modules: &[ParsedModule],
) -> Result<BTreeMap<String, String>, LoadError> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for module in modules {
        let path: Vec<String> = module.package.split('.').map(str::to_owned).collect();
        if sources
            .roots
            .as_ref()
            .is_some_and(|roots| !roots.iter().any(|root| path.starts_with(root)))
        {
            return Err(LoadError::OutsideOfRoots {
                what: format!("package `{}`", module.package),
            });
        }
        if !module.has_rule(ALLOW) {
            continue;
        }
        let name = normalize(&module.package);
        match found.insert(name.clone(), module.package.clone()) {
            Some(first) if first != module.package => {
                return Err(LoadError::DuplicateName {
                    name,
                    first,
                    second: module.package.clone(),
                });
            }
            _ => {}
        }
    }
    Ok(found)
}
