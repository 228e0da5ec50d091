//! Folders and bundles of access policies as they change.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use pecan_platform::clock::SystemClock;
use pecan_testkit::Folder;
use serde_json::json;

use super::EvaluateError;
use super::in_process::InProcess;

const POLICY: &str = "package a\nallow if input.x == 1\n";

fn with_policy(text: &str) -> (Folder, InProcess) {
    let folder = Folder::with(&[("a.rego", text)]);
    let policies = InProcess::load(Some(folder.path().to_owned()), Arc::new(SystemClock)).unwrap();
    (folder, policies)
}

#[test]
fn a_changed_folder_makes_a_new_set_and_a_bad_one_leaves_the_previous() {
    let (folder, policies) = with_policy(POLICY);
    let is_allowed = |x: i32| policies.evaluate("A", &json!({ "x": x })).unwrap().is_allowed;
    assert!(is_allowed(1) && !is_allowed(22));
    assert!(!policies.reload(), "nothing changed");

    fs::write(folder.path().join("a.rego"), POLICY.replace("== 1", "== 22")).unwrap();
    assert!(policies.reload());
    assert!(!is_allowed(1) && is_allowed(22));
    let loaded = policies.status().unwrap();
    assert_eq!((loaded.alert, loaded.reloads_failed, loaded.policies), (None, 0, 1));

    fs::write(folder.path().join("a.rego"), "package a\nallow if {\n").unwrap();
    assert!(!policies.reload());
    assert!(is_allowed(22), "the previous set stays");
    assert!(!policies.reload(), "one bad state is told once");
    let status = policies.status().unwrap();
    assert!(status.alert.as_ref().unwrap().contains("a.rego:"), "{status:?}");
    assert_eq!((status.reloads_failed, status.loaded_at), (1, loaded.loaded_at));

    fs::remove_file(folder.path().join("a.rego")).unwrap();
    assert!(!policies.reload() && is_allowed(22), "an empty folder is a mistake too");

    fs::write(folder.path().join("a.rego"), POLICY).unwrap();
    assert!(policies.reload());
    assert_eq!(policies.status().unwrap().alert, None);
}

#[test]
fn nothing_is_allowed_and_nothing_is_ready_until_policies_are_there() {
    let folder = Folder::with(&[]);
    let place = folder.path().join("policies");
    let policies = InProcess::load(Some(place.clone()), Arc::new(SystemClock)).unwrap();
    assert!(!policies.is_ready() && !policies.has_policy("a"));
    assert!(matches!(policies.evaluate("a", &json!({})), Err(EvaluateError::NotLoaded)));
    assert!(policies.status().unwrap().alert.is_some());
    fs::create_dir_all(place.join("A")).unwrap();
    fs::write(place.join("A").join("rules.rego"), POLICY).unwrap();
    assert!(policies.reload() && policies.is_ready() && policies.has_policy("a"));
}

#[test]
fn policies_that_are_wrong_at_the_start_are_an_error_with_their_place() {
    let folder = Folder::with(&[("a.rego", "package a\nallow if http.send({})\n")]);
    let Err(error) = InProcess::load(Some(folder.path().to_owned()), Arc::new(SystemClock)) else {
        panic!("loaded")
    };
    assert!(error.to_string().contains("a.rego:2: `http.send` is refused"), "{error}");
    let folder = Folder::with(&[("bundle.tar.gz", "no bundle")]);
    let bundle = folder.path().join("bundle.tar.gz");
    let Err(error) = InProcess::load(Some(bundle), Arc::new(SystemClock)) else { panic!("loaded") };
    assert!(error.to_string().contains("bundle.tar.gz"), "{error}");
}

#[test]
fn without_a_place_there_are_no_policies_and_nothing_to_wait_for() {
    let policies = InProcess::load(None, Arc::new(SystemClock)).unwrap();
    assert!(policies.is_ready() && policies.status().is_none());
    assert!(matches!(policies.evaluate("a", &json!({})), Err(EvaluateError::UnknownPolicy(_))));
}

#[test]
fn a_policy_that_loops_denies_and_is_counted() {
    let list = "numbers.range(1, 100000)";
    let (_folder, policies) = with_policy(&format!(
        "package a\nallow if {{ some i in {list}; some j in {list}; i * j == -1 }}\n"
    ));
    let answer = policies.evaluate("a", &json!({}));
    assert!(matches!(answer, Err(EvaluateError::Policy(_))), "{answer:?}");
    assert_eq!(policies.status().unwrap().evaluations_failed, 1);
}

#[test]
fn a_bundle_is_read_and_replaced() {
    // The smallest tar archive: one header, one block, the end mark.
    let bundle = |text: &str| {
        let mut archive = vec![0_u8; 2048];
        archive[..6].copy_from_slice(b"a.rego");
        archive[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
        archive[148..156].fill(b' ');
        let sum: usize = archive[..512].iter().map(|byte| usize::from(*byte)).sum();
        archive[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive[512..512 + text.len()].copy_from_slice(text.as_bytes());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&archive).unwrap();
        encoder.finish().unwrap()
    };
    let folder = Folder::with(&[]);
    let place = folder.path().join("policies.tar.gz");
    fs::write(&place, bundle(POLICY)).unwrap();
    let policies = InProcess::load(Some(place.clone()), Arc::new(SystemClock)).unwrap();
    assert!(policies.evaluate("a", &json!({"x": 1})).unwrap().is_allowed);
    fs::write(&place, "cut off").unwrap();
    assert!(!policies.reload() && policies.has_policy("a"));
    fs::write(&place, bundle(&POLICY.replace("package a", "package bb"))).unwrap();
    assert!(policies.reload() && policies.has_policy("bb") && !policies.has_policy("a"));
}

#[test]
fn a_policy_brings_the_capability_statement_of_its_use_case() {
    const AT: &str = "a/capability_statement/data.json";
    let load = |statement: &str| {
        let folder = Folder::with(&[("a/a.rego", POLICY), (AT, statement)]);
        let place = Some(folder.path().to_owned());
        (InProcess::load(place, Arc::new(SystemClock)), folder)
    };
    let good = r#"{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server"}]}"#;
    let (policies, folder) = load(good);
    let policies = policies.unwrap();
    assert!(policies.capability("A").is_some() && policies.capability("b").is_none());

    fs::write(folder.path().join(AT), good.replace("4.0.1", "5.0.0")).unwrap();
    assert!(!policies.reload(), "one that cannot be used is no reason to go on without one");
    assert!(policies.capability("a").is_some());
    assert!(policies.status().unwrap().alert.unwrap().contains("policy `a`: capability statement"));

    for bad in ["{}", r#"{"resourceType": "Patient"}"#, &good.replace("server", "client")] {
        let error = load(bad).0.err().unwrap().to_string();
        assert!(error.contains("policy `a`: capability statement"), "{error}");
    }
}
