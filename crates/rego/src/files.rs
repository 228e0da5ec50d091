//! The files of a policy folder or bundle, sorted into rules, tests and data.
//!
//! Data is placed as OPA places it: in a folder, each `*.json` is merged where its folder is; in a bundle, only `data.json` is data.

use serde_json::{Map, Value};

use crate::bundle::{self, Manifest};
use crate::error::LoadError;

/// A file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path in the folder, with `/` between the parts.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Policies as text, not compiled yet.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub(crate) modules: Vec<Module>,
    pub(crate) data: Map<String, Value>,
    pub(crate) is_bundle: bool,
    pub(crate) revision: Option<String>,
    pub(crate) notes: Vec<String>,
    /// The paths below `data` that a bundle owns; a folder owns all.
    pub(crate) roots: Option<Vec<Vec<String>>>,
}

/// A file of Rego.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) is_test: bool,
}

impl Sources {
    /// Takes the files of a folder. Files and folders whose names begin with a dot are left alone, and so is what is neither Rego nor data.
    pub fn from_folder(files: Vec<SourceFile>) -> Result<Self, LoadError> {
        let mut sources = Self::default();
        for file in files {
            if file.path.split('/').any(|part| part.starts_with('.')) {
                continue;
            }
            let is_data = ending(&file.path) == Some("json");
            sources.add(file, is_data)?;
        }
        Ok(sources)
    }

    /// Takes the bytes of an OPA bundle (`.tar.gz`). Signatures are not checked; the notes say so.
    pub fn from_bundle(bytes: &[u8]) -> Result<Self, LoadError> {
        let bundle = bundle::read(bytes)?;
        let mut sources = Self { is_bundle: true, ..Self::default() };
        if bundle.is_signed {
            sources.notes.push("the signature of the bundle is not checked".to_owned());
        }
        for file in bundle.files {
            let is_data = file.path.rsplit('/').next() == Some("data.json");
            sources.add(file, is_data)?;
        }
        sources.check_data_roots(&bundle.manifest)?;
        sources.revision = bundle.manifest.revision;
        sources.roots = Some(bundle.manifest.roots);
        Ok(sources)
    }

    /// What the operator should know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the bundle calls its state.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    fn add(&mut self, file: SourceFile, is_data: bool) -> Result<(), LoadError> {
        let reason = |reason: &str| reason.to_owned();
        match ending(&file.path) {
            Some("rego") => {
                let is_test = file.path.ends_with("_test.rego");
                let path = file.path;
                let text = String::from_utf8(file.bytes).map_err(|_| LoadError::Rego {
                    file: path.clone(),
                    line: 0,
                    reason: reason("not UTF-8"),
                })?;
                self.modules.push(Module { path, text, is_test });
                Ok(())
            }
            Some("json") if is_data => self.add_data(&file),
            // OPA would load these, so the policies would see other data there than here.
            Some("yaml" | "yml") if !self.is_bundle || is_data_yaml(&file.path) => {
                Err(LoadError::Data {
                    file: file.path,
                    reason: reason("data is read from JSON, not from YAML"),
                })
            }
            _ => Ok(()),
        }
    }

    fn add_data(&mut self, file: &SourceFile) -> Result<(), LoadError> {
        let wrong = |reason: String| LoadError::Data { file: file.path.clone(), reason };
        let document: Value =
            serde_json::from_slice(&file.bytes).map_err(|error| wrong(error.to_string()))?;
        let Value::Object(document) = document else {
            return Err(wrong("not an object".to_owned()));
        };
        let folders = file.path.rsplit_once('/').map_or("", |(folders, _)| folders);
        let mut place = &mut self.data;
        for folder in folders.split('/').filter(|part| !part.is_empty()) {
            let next = place.entry(folder).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(next) = next else {
                return Err(wrong(format!("`{folder}` has a value already")));
            };
            place = next;
        }
        merge(place, document).map_err(|at| wrong(format!("`{at}` has a value already")))
    }

    fn check_data_roots(&self, manifest: &Manifest) -> Result<(), LoadError> {
        check_roots(&self.data, manifest, &mut Vec::new())
    }
}

/// What stands behind the last dot of the name.
fn ending(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    name.rsplit_once('.').map(|(_, ending)| ending)
}

fn is_data_yaml(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("data.yaml" | "data.yml"))
}

/// Merges objects into objects; anything else may be there once.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) -> Result<(), String> {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (None, value) => {
                into.insert(name, value);
            }
            (Some(Value::Object(into)), Value::Object(from)) => {
                merge(into, from).map_err(|at| format!("{name}.{at}"))?;
            }
            (Some(_), _) => return Err(name),
        }
    }
    Ok(())
}

fn check_roots(
    data: &Map<String, Value>,
    manifest: &Manifest,
    path: &mut Vec<String>,
) -> Result<(), LoadError> {
    for (name, value) in data {
        path.push(name.clone());
        if !manifest.owns(path) {
            match value {
                Value::Object(below) if manifest.owns_below(path) => {
                    check_roots(below, manifest, path)?;
                }
                _ => {
                    return Err(LoadError::OutsideOfRoots {
                        what: format!("data at `{}`", path.join("/")),
                    });
                }
            }
        }
        path.pop();
    }
    Ok(())
}
