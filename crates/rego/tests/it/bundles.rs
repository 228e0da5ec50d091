//! OPA bundles, good and hostile.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use pecan_rego::{PolicySet, Sources};
use serde_json::json;

const POLICY: &str =
    "package authz.main\ndefault allow := false\nallow if input.role in data.authz.roles\n";

/// A header of ustar and the bytes behind it.
fn entry(name: &str, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: usize = header.iter().map(|byte| usize::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut block = header.to_vec();
    block.extend_from_slice(bytes);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

fn gzip(archive: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(archive).unwrap();
    encoder.finish().unwrap()
}

fn bundle(entries: &[(&str, u8, &str)]) -> Vec<u8> {
    let mut archive: Vec<u8> =
        entries.iter().flat_map(|(name, kind, text)| entry(name, *kind, text.as_bytes())).collect();
    archive.extend([0; 1024]);
    gzip(&archive)
}

fn refusal(bytes: &[u8]) -> String {
    match Sources::from_bundle(bytes).and_then(|sources| PolicySet::compile(&sources)) {
        Ok(set) => panic!("accepted: {set:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_bundle_as_opa_builds_it_is_read() {
    let bytes = bundle(&[
        ("/data.json", b'0', r#"{"authz": {"roles": ["nurse"]}}"#),
        ("/authz", b'5', ""),
        ("/authz/main.rego", b'0', POLICY),
        ("/other.json", b'0', "not data of a bundle"),
        ("/.manifest", b'0', r#"{"revision": "r7", "roots": ["authz"], "rego_version": 1}"#),
        ("/.signatures.json", b'0', "{}"),
    ]);
    let set = PolicySet::compile(&Sources::from_bundle(&bytes).unwrap()).unwrap();
    assert_eq!(
        (set.revision(), set.notes()),
        (Some("r7"), &["the signature of the bundle is not checked".to_owned()][..])
    );
    assert_eq!(set.names().collect::<Vec<_>>(), ["authz.main"]);
    assert!(set.evaluate("authz.main", &json!({"role": "nurse"})).unwrap().is_allowed);
    assert_eq!(set.query("authz/main/allow", &json!({"role": "x"})).unwrap(), Some(json!(false)));
}

#[test]
fn long_names_of_pax_and_gnu_are_read() {
    let folder = "x".repeat(120);
    let pax = format!("path={folder}/a.rego\n");
    let pax = format!("{} {pax}", pax.len() + 4);
    for (kind, attributes) in [(b'x', pax.as_str()), (b'L', &format!("{folder}/a.rego\0"))] {
        let bytes = bundle(&[
            ("attributes", kind, attributes),
            ("short", b'0', POLICY),
            ("data.json", b'0', "{}"),
        ]);
        let set = PolicySet::compile(&Sources::from_bundle(&bytes).unwrap()).unwrap();
        assert!(set.contains("authz.main"));
    }
}

#[test]
fn hostile_bundles_are_refused() {
    let policy = ("a.rego", b'0', POLICY);
    let with = |name, kind, text| refusal(&bundle(&[policy, (name, kind, text)]));
    for name in ["../x.rego", "a/../../x", "a//b", "/..", "a/./b", "C:\\x", "//x"] {
        assert!(with(name, b'0', "").contains("is not a relative path"), "{name}");
    }
    for kind in [b'1', b'2', b'3', b'6', b'S'] {
        assert!(with("link", kind, "").contains("`link` is not a plain file"));
    }
    assert!(with("a.rego", b'0', POLICY).contains("`a.rego` is there twice"));
    assert!(with("./a.rego", b'0', POLICY).contains("`a.rego` is there twice"));
    assert!(
        with(".manifest", b'0', r#"{"roots": ["other"]}"#)
            .contains("package `authz.main` is outside of the roots")
    );
    assert!(with(".manifest", b'0', r#"{"roots": "x"}"#).contains("`roots`"));
    assert!(with(".manifest", b'0', r#"{"rego_version": 0}"#).contains("version 1 of Rego"));
    assert!(with("data.yaml", b'0', "x: 1").contains("YAML"));
    let data = bundle(&[
        policy,
        ("data.json", b'0', r#"{"b": 1}"#),
        (".manifest", b'0', r#"{"roots": ["authz"]}"#),
    ]);
    assert!(refusal(&data).contains("data at `b` is outside of the roots"));
    assert!(refusal(b"not gzip").contains("not gzipped"));
    assert!(refusal(&gzip(b"not an archive")).contains("cut off"));
    assert!(refusal(&gzip(&[7; 1024])).contains("no header"));
    assert!(refusal(&gzip(&entry("a.rego", b'0', POLICY.as_bytes())[..600])).contains("cut off"));
    assert_eq!(refusal(&bundle(&[])), "no policy found: a package with a rule `allow`");
}

#[test]
fn a_bundle_that_unpacks_to_much_more_than_itself_is_refused() {
    let bomb = gzip(&vec![0; 100 * 1024 * 1024]);
    assert!(refusal(&bomb).contains("more bytes than are unpacked"));
    let many: Vec<u8> = (0..1001).flat_map(|at| entry(&format!("{at}.txt"), b'0', b"")).collect();
    let text = refusal(&gzip(&many));
    assert!(text.contains("more than 1000 files"), "{text}");
}
