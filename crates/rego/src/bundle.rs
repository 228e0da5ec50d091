//! OPA bundles: a gzipped tar archive of policies, data and a manifest.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::files::SourceFile;
use crate::tar::{self, TarError};

/// The largest bundle, in bytes.
pub const BUNDLE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most bytes of an unpacked bundle.
pub const BUNDLE_UNPACKED_MAX: usize = 64 * 1024 * 1024;
/// How many times as large as itself a bundle may become.
pub const BUNDLE_RATIO_MAX: usize = 100;
/// The most files of a bundle.
pub const BUNDLE_FILES_MAX: usize = 1_000;

/// What even a small bundle may become: an archive of one short policy is padded to 10 kB, nearly all of them zero.
const UNPACKED_ALWAYS: usize = 1024 * 1024;

/// Why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A limit.
    #[error("the bundle has {0}")]
    TooMuch(&'static str),
    /// It is not gzipped, or damaged.
    #[error("the bundle is not gzipped, or damaged")]
    Gzip(#[source] std::io::Error),
    /// It is no archive, or one with more than plain files in it.
    #[error("bundle: {0}")]
    Archive(#[from] TarError),
    /// A name that leads out of the bundle, or that is not a path.
    #[error("bundle: the name `{0}` is not a relative path")]
    Name(String),
    /// A file is there twice.
    #[error("bundle: `{0}` is there twice")]
    Twice(String),
    /// The manifest.
    #[error("bundle: .manifest: {0}")]
    Manifest(String),
}

/// A bundle, taken apart.
pub(crate) struct Bundle {
    pub(crate) files: Vec<SourceFile>,
    pub(crate) manifest: Manifest,
    pub(crate) is_signed: bool,
}

/// What a bundle says about itself.
#[derive(Default)]
pub(crate) struct Manifest {
    pub(crate) revision: Option<String>,
    /// The paths below `data` that it owns.
    pub(crate) roots: Vec<Vec<String>>,
}

pub(crate) fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    let archive = unpack(bytes)?;
    let mut files: Vec<SourceFile> = Vec::new();
    let mut manifest = None;
    let mut is_signed = false;
    for entry in tar::read(&archive, BUNDLE_FILES_MAX)? {
        let path = relative_path(&entry.name)?;
        match path.as_str() {
            ".manifest" if manifest.is_some() => return Err(BundleError::Twice(path)),
            ".manifest" => manifest = Some(Manifest::read(entry.bytes)?),
            ".signatures.json" => is_signed = true,
            _ if files.iter().any(|file| file.path == path) => {
                return Err(BundleError::Twice(path));
            }
            _ => files.push(SourceFile { path, bytes: entry.bytes.to_vec() }),
        }
    }
    Ok(Bundle { files, manifest: manifest.unwrap_or_else(Manifest::of_everything), is_signed })
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, BundleError> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        return Err(BundleError::TooMuch("more bytes than are read"));
    }
    // SECURITY: a few bytes can unpack to any size; what is allowed follows from what was sent.
    let limit =
        bytes.len().saturating_mul(BUNDLE_RATIO_MAX).clamp(UNPACKED_ALWAYS, BUNDLE_UNPACKED_MAX);
    let mut unpacked = Vec::new();
    let mut decoder = MultiGzDecoder::new(bytes).take(limit as u64 + 1);
    decoder.read_to_end(&mut unpacked).map_err(BundleError::Gzip)?;
    if unpacked.len() > limit {
        return Err(BundleError::TooMuch("more bytes than are unpacked"));
    }
    Ok(unpacked)
}

/// The path without a leading `/` or `./`, as OPA and `tar` write them.
fn relative_path(name: &str) -> Result<String, BundleError> {
    let path = name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(name);
    let is_plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !part.contains(['\\', '\0', ':', '\u{fffd}'])
    };
    // SECURITY: names become places in `data`, so one that climbs would put a document where another's is expected.
    if path.split('/').all(is_plain) {
        Ok(path.to_owned())
    } else {
        Err(BundleError::Name(name.to_owned()))
    }
}

impl Manifest {
    fn of_everything() -> Self {
        Self { revision: None, roots: vec![Vec::new()] }
    }

    fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        let wrong = |reason: &str| BundleError::Manifest(reason.to_owned());
        let manifest: Value = serde_json::from_slice(bytes)
            .map_err(|error| BundleError::Manifest(error.to_string()))?;
        let manifest = manifest.as_object().ok_or_else(|| wrong("not an object"))?;
        if manifest.get("rego_version").is_some_and(|version| version.as_u64() != Some(1))
            || manifest.contains_key("file_rego_versions")
        {
            return Err(wrong("only version 1 of Rego is read"));
        }
        let roots = match manifest.get("roots") {
            None | Some(Value::Null) => {
                return Ok(Self { revision: revision(manifest), ..Self::of_everything() });
            }
            Some(Value::Array(roots)) => {
                roots.iter().map(Value::as_str).collect::<Option<Vec<_>>>()
            }
            Some(_) => None,
        };
        let roots = roots.ok_or_else(|| wrong("`roots` is not a list of texts"))?;
        Ok(Self { revision: revision(manifest), roots: roots.into_iter().map(segments).collect() })
    }

    /// Whether a path below `data` belongs to the bundle.
    pub(crate) fn owns(&self, path: &[String]) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }

    /// Whether a root lies below a path.
    pub(crate) fn owns_below(&self, path: &[String]) -> bool {
        self.roots.iter().any(|root| root.starts_with(path))
    }
}

fn revision(manifest: &serde_json::Map<String, Value>) -> Option<String> {
    manifest
        .get("revision")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn segments(root: &str) -> Vec<String> {
    root.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
