//! Files of gateways: what they mean, and everything that is wrong with them.

use std::io;
use std::path::Path;

use pecan_node::gateway::{CertificateForm, CertificateVerified, Credential, Dialect, RouteKind};

use super::super::file::File;
use super::super::problem::Problems;
use super::*;

const EXAMPLE: &str = include_str!("../../../../../docs/resource-access/gateway.yaml");

const SECRET: &str = "0123456789abcdef";

fn secrets(path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("etc/front-door.secret") => Ok(format!("{SECRET}\n").into_bytes()),
        Some("etc/script.secret") => Ok(b"another-secret-of-a-script".to_vec()),
        Some("etc/short") => Ok(b"swordfish".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn read_with(yaml: &str, takes_certificates: bool) -> (gateway::Settings, Problems) {
    let file = File { path: "etc/gateway.yaml".to_owned(), bytes: yaml.as_bytes().to_vec() };
    let surroundings = Surroundings { is_strict: true, takes_certificates, files: &secrets };
    let mut problems = Problems::default();
    (read(&file, surroundings, &mut problems), problems)
}

/// A file with one gateway and one route, to which these members are added.
fn with(gateway: &str, route: &str) -> String {
    format!(
        "gateways:\n  door: {{secret_file: front-door.secret, dialects: [forward-auth]{gateway}}}\n\
         routes:\n  fhir: {{url: 'https://h.nl/fhir', subject: s, kind: fhir-r4{route}}}\n"
    )
}

#[test]
fn the_example_says_what_it_explains() {
    let (settings, problems) = read_with(EXAMPLE, true);
    assert_eq!(problems.summary(), "");
    let [door, mesh, script] = &settings.gateways[..] else { panic!("three gateways") };
    let Credential::Secret(hash) = &door.credential else { panic!("a secret") };
    assert_eq!(*hash, pecan_jose::digest::sha256(SECRET.as_bytes()));
    assert!(door.abilities.narrows_query && door.abilities.tells_certificate);
    let certificate = door.certificate.as_ref().unwrap();
    assert_eq!(certificate.form, CertificateForm::EscapedPem);
    assert_eq!(certificate.verified, CertificateVerified::Header("X-Client-Verify".to_owned()));
    assert!(mesh.dialects.contains(&Dialect::Envoy) && mesh.certificate.is_none());
    assert!(mesh.abilities.obligations.contains("response_check"));
    assert_eq!(script.dialects.len(), 3);

    let [fhir, notifications] = &settings.routes[..] else { panic!("two routes") };
    assert_eq!((fhir.name.as_str(), fhir.kind), ("fhir", RouteKind::FhirStu3));
    assert_eq!(fhir.policies["eOverdracht-sender"], "eoverdracht_sender");
    assert_eq!((&*fhir.holder_ura, &*fhir.holder_facility_type), ("87654321", "Z3"));
    assert!(notifications.requires_nonce && notifications.requires_certificate);
    assert!(notifications.gateways.is_empty());
}

#[test]
fn all_problems_are_told_at_once_each_with_its_place_and_remedy() {
    let yaml = "\
gateways:
  door:
    secret_file: nowhere
    dialect: [forward-auth]
  window: {secret: swordfish, dialects: [fax], abilities: [narrow_query]}
routes:
  fhir:
    url: https://h.nl/fhir/
    gateways: [dor]
    kind: fhir-r5
rutes: {}
";
    let (_, problems) = read_with(yaml, false);
    let told: Vec<String> = problems.errors.iter().map(ToString::to_string).collect();
    for expected in [
        "`etc/nowhere` cannot be read: entity not found (option gateways.door.secret_file, etc/gateway.yaml:3: name a file that holds the secret)",
        "it speaks no dialect (option gateways.door, etc/gateway.yaml:2: write `dialects:` with some of forward-auth, auth-request, envoy, opa, opa-data, authzen)",
        "there is no `dialect` (option gateways.door.dialect, etc/gateway.yaml:4: did you mean `dialects`?)",
        "a secret of less than 16 characters (option gateways.window.secret, etc/gateway.yaml:5: draw one, as with `openssl rand -hex 32`)",
        "no dialect `fax` (option gateways.window.dialects, etc/gateway.yaml:5: write one of forward-auth, auth-request, envoy, opa, opa-data, authzen)",
        "no ability `narrow_query` (option gateways.window.abilities, etc/gateway.yaml:5: did you mean `narrows_query`?)",
        "a URL with a slash at its end (option routes.fhir.url, etc/gateway.yaml:8: write it as in https://fhir.example.nl/fhir)",
        "`subject` is missing (option routes.fhir, etc/gateway.yaml:7: name the subject whose tokens count)",
        "no kind of route `fhir-r5` (option routes.fhir.kind, etc/gateway.yaml:10: write one of fhir-r4, fhir-stu3, http)",
        "there is no gateway `dor` (option routes.fhir.gateways, etc/gateway.yaml:9: did you mean `door`?)",
        "there is no `rutes` (option rutes, etc/gateway.yaml:11: did you mean `routes`?)",
    ] {
        assert!(told.iter().any(|problem| problem == expected), "{expected}\n{told:#?}");
    }
    assert_eq!(told.len(), 11, "{told:#?}");
    assert!(!told.concat().contains("swordfish"));
}

#[test]
fn what_cannot_be_is_refused() {
    let check = |yaml: &str, expected: &str| {
        let (_, problems) = read_with(yaml, false);
        let told = problems.summary();
        assert!(!problems.errors.is_empty() && told.starts_with(expected), "{yaml}: {told}");
    };
    check("", "there are no gateways");
    check("gateways: [", "unable to load the gateway file: etc/gateway.yaml:1:");
    check(
        "gateways: {a: {}, a: {}}",
        "unable to load the gateway file: etc/gateway.yaml:1:19: `a`",
    );
    for (gateway, expected) in [
        (", secret: x", "it has several credentials"),
        (", certificate_subject: CN=x", "it has several credentials"),
        (", abilities: [tells_certificate]", "it tells a certificate, and not where"),
        (", certificate: {from: apache}", "no kind of certificate header `apache`"),
        (", certificate: {header: X}", "`from` is missing"),
        (", certificate: {from: nginx, header: 'a b'}", "not the name of a header"),
        (", original: {uri: X-Uri}", "only the dialect `auth-request` reads these headers"),
        (", abilities: {a: b}", "not a list of texts"),
        (", can: [fly]", "there is no `can`"),
    ] {
        check(&with(gateway, ""), expected);
    }
    for (route, expected) in [
        (", gateway_path: fhir", "a path that cannot be used: "),
        (", gateway_path: /a/../b", "a path that cannot be used: "),
        (", gateway_path: /a/", "a path with a slash at its end"),
        (", fhir_server: 'http://u:p@h/'", "a URL with a user"),
        (", fhir_server: hapi", "not an http or https URL"),
        (", requires_nonce: sometimes", "not a switch"),
        (", holder: {uraa: x}", "there is no `uraa`"),
        (", policies: {a: ../x}", "not the name of a policy"),
        (", policies: {'a b': x}", "not one scope"),
        (", policies: [a]", "not a section"),
    ] {
        check(&with("", route), expected);
    }
    for (url, expected) in [
        ("http://h.nl/fhir", "an access token would travel in the clear"),
        ("ftp://h.nl", "not an http or https URL"),
        ("/fhir", "not an http or https URL"),
        ("https://h.nl/fhir?a=b", "a URL with a query or fragment"),
        ("https://h.nl/a/../fhir", "a URL that cannot be used: its path has a dot segment"),
        ("https://h.nl/a/%2e%2e/fhir", "a URL that cannot be used: its path has a dot segment"),
        ("https://h.nl/a//fhir", "a URL that cannot be used: "),
        ("https://h.nl./fhir", "a URL that cannot be used: "),
    ] {
        check(&with("", "").replace("https://h.nl/fhir", url), expected);
    }
    let by_certificate =
        with("", "").replace("secret_file: front-door.secret", "certificate_subject: CN=x");
    check(&by_certificate, "the listener asks nobody for a certificate");
    assert_eq!(read_with(&by_certificate, true).1.summary(), "");
    check(&with("", "").replace("front-door.secret", "short"), "a secret of less than 16");
}

#[test]
fn a_secret_in_the_file_is_used_with_a_warning() {
    let yaml = with("", "").replace("secret_file: front-door.secret", &format!("secret: {SECRET}"));
    let (settings, problems) = read_with(&yaml, false);
    assert_eq!((settings.gateways.len(), problems.errors.len()), (1, 0));
    let expected = "gateways.door.secret (etc/gateway.yaml:2): a secret in the file";
    assert!(problems.warnings[0].starts_with(expected), "{:?}", problems.warnings);
    assert!(!problems.warnings[0].contains(SECRET));
}

#[test]
fn names_of_policies_have_one_spelling() {
    let (settings, problems) = read_with(&with("", ", policies: {Bgz: BgZ-Sender}"), false);
    assert_eq!(problems.summary(), "");
    assert_eq!(settings.routes[0].policies["Bgz"], "bgz_sender");
}
