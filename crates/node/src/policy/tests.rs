//! Policy files that load, that do not, and what is resolved in them.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use url::Url;

use super::*;

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        static FOLDERS: AtomicU64 = AtomicU64::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("pecan-policies-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    fn read(&self, strict: bool) -> Result<load::PolicySet, String> {
        let settings = Settings { directory: Some(self.0.clone()), ..Settings::default() };
        load::Source { settings, strict, has_decision_point: false }
            .read()
            .map_err(|error| error.to_string().replace(self.0.to_str().unwrap(), "<dir>"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const ONE: &str = r#"{"s":{"organization":{"id":"pd","input_descriptors":[]}}}"#;

#[test]
fn files_that_cannot_be_used_are_named_with_place_and_reason() {
    let profile = |text: &str| format!(r#"{{"s/1":{text}}}"#);
    for (text, expected) in [
        (String::new(), "invalid json at line 1 column 0"),
        ("{\n\"s\": }".to_owned(), "invalid json at line 2 column 6"),
        ("[]".to_owned(), "json is not an object"),
        (r#"{"s":{},"s":{}}"#.to_owned(), "member `s` occurs twice"),
        (profile("[]"), "at /s~11: not an object"),
        (
            profile("{}"),
            "at /s~11: credential profile must define at least one of 'organization', 'service_provider', or 'user'",
        ),
        (
            profile(r#"{"organization":null}"#),
            "at /s~11: credential profile must define at least one of 'organization', 'service_provider', or 'user'",
        ),
        (
            profile(r#"{"scope_policy":"x"}"#),
            "at /s~11/scope_policy: scope_policy is none of `profile-only`, `passthrough` and `dynamic`",
        ),
        (
            profile(r#"{"scope_policy":"dynamic"}"#),
            "at /s~11: scope_policy `dynamic` but no AuthZEN endpoint is configured (policy.authzen.endpoint)",
        ),
        (
            profile(r#"{"organization":{"id":"pd"}}"#),
            "at /s~11/organization: `input_descriptors` is missing",
        ),
        (
            profile(r#"{"user":{"id":"pd","input_descriptors":[{"id":"a","foo":1}]}}"#),
            "at /s~11/user/input_descriptors/0/foo: unknown member",
        ),
    ] {
        let folder = Folder::new(&[("a.json", &text)]);
        let expected = format!("policy file <dir>/a.json: {expected}");
        assert_eq!(folder.read(true).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn a_scope_is_in_one_file_only() {
    let folder = Folder::new(&[("b.json", ONE), ("a.json", ONE), ("c.txt", "x")]);
    let expected =
        "policy file <dir>/b.json: at /s: mapping for this scope already exists in <dir>/a.json";
    assert_eq!(folder.read(true).unwrap_err(), expected);
}

#[test]
fn a_field_that_would_overwrite_a_member_of_introspection_is_refused_in_strict_mode() {
    let text = r#"{"s":{"organization":{"id":"pd","input_descriptors":[{"id":"a","constraints":{"fields":[{"id":"iss","path":["$.a"]}]}}]}}}"#;
    let folder = Folder::new(&[("a.json", text)]);
    let expected = "policy file <dir>/a.json: at /s/organization: the field id `iss` is a name that token introspection uses itself";
    assert_eq!(folder.read(true).unwrap_err(), expected);
    assert_eq!(folder.read(false).unwrap().len(), 1);
}

#[test]
fn only_the_default_folder_may_be_missing() {
    let settings = |directory_may_be_missing| Settings {
        directory: Some("/nowhere/at/all".into()),
        directory_may_be_missing,
        ..Settings::default()
    };
    let read = |settings| load::Source { settings, strict: true, has_decision_point: false }.read();
    assert_eq!(read(settings(true)).unwrap().len(), 0);
    assert!(matches!(read(settings(false)), Err(LoadError::Unreadable(_))));
    assert_eq!(read(Settings::default()).unwrap().len(), 0);
}

#[test]
fn members_that_nobody_knows_do_not_matter_in_a_profile() {
    let text =
        r#"{"s":{"foo":1,"scope_policy":"","organization":{"id":"pd","input_descriptors":[]}}}"#;
    let folder = Folder::new(&[("a.json", text)]);
    assert_eq!(folder.read(true).unwrap().len(), 1);
}

#[test]
fn a_scope_string_names_one_profile_and_the_rest_keeps_its_order() {
    let text = r#"{
        "a": {"scope_policy": "passthrough", "organization": {"id": "pd", "input_descriptors": []}},
        "b": {"user": {"id": "pd", "input_descriptors": []}},
        "d": {"scope_policy": "dynamic", "user": {"id": "pd", "input_descriptors": []}}
    }"#;
    let folder = Folder::new(&[("a.json", text)]);
    let settings = Settings {
        directory: Some(folder.0.clone()),
        authzen_endpoint: Some(Url::parse("https://pdp.example.nl").unwrap()),
        ..Settings::default()
    };
    let set = load::Source { settings, strict: true, has_decision_point: true }.read().unwrap();
    let resolve = |text: &str| scope::resolve(&set, text).map(|found| found.to_text());
    assert_eq!(resolve("z a\ty"), Ok("a z y".to_owned()));
    assert_eq!(resolve("b"), Ok("b".to_owned()));
    assert_eq!(resolve("a b").unwrap_err(), ScopeError::Ambiguous);
    assert_eq!(resolve("a x a").unwrap_err(), ScopeError::Ambiguous);
    assert_eq!(resolve("A").unwrap_err(), ScopeError::NotFound);
    assert_eq!(resolve("").unwrap_err(), ScopeError::NotFound);
    assert_eq!(resolve(&"x ".repeat(SCOPES_MAX)).unwrap_err(), ScopeError::NotFound);
    assert_eq!(resolve(&"x ".repeat(SCOPES_MAX + 1)).unwrap_err(), ScopeError::TooMany);
    let requested = |text: &str| scope::resolve(&set, text).unwrap();
    assert!(requested("b").check_others().is_ok());
    assert!(requested("b x").check_others().is_err());
    assert!(requested("d x").check_others().is_ok());
}

#[test]
fn definitions_are_told_by_the_owner_of_the_wallet() {
    let text = r#"{"s":{"user":{"id":"u","input_descriptors":[]},"organization":{"id":"o","input_descriptors":[]}}}"#;
    let folder = Folder::new(&[("a.json", text)]);
    let set = folder.read(true).unwrap();
    let profile = set.find("s").unwrap();
    assert_eq!(
        profile.definitions_json,
        r#"{"organization":{"id":"o","input_descriptors":[]},"user":{"id":"u","input_descriptors":[]}}"#
    );
    assert_eq!(profile.find_definition(WalletOwner::User).unwrap().id(), "u");
    assert!(profile.find_definition(WalletOwner::ServiceProvider).is_none());
}
