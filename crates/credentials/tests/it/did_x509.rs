//! did:x509 against the published suite, and against certificates made here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pecan_credentials::did::document::{Document, Relationship};
use pecan_credentials::did::x509::{self, CERTIFICATES_MAX, ChainError, Error, Resolved};
use pecan_credentials::did::{Did, DidUrl};
use pecan_jose::base64url;
use pecan_jose::digest::sha256;
use pecan_vectors::Suite;
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, SanType, SignatureAlgorithm,
};
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-25 12:00 UTC);

fn resolve(did: &str, chain: &[Vec<u8>]) -> Result<Resolved, Error> {
    let x5c: Vec<String> = chain.iter().map(|der| STANDARD.encode(der)).collect();
    x509::resolve(&Did::parse(did).unwrap(), Some(&x5c), NOW)
}

// The published suite.

fn resolve_case(case: &Value) -> Result<Document, String> {
    let url = DidUrl::parse(case["input"]["did"].as_str().unwrap()).map_err(|e| e.to_string())?;
    if url.query().is_some() {
        return Err("a DID has no query".to_owned());
    }
    let chain: Vec<Vec<u8>> = case["input"]["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|der| base64url::decode(der.as_str().unwrap()).unwrap())
        .collect();
    match resolve(url.did().as_str(), &chain) {
        Ok(resolved) => Ok(resolved.document),
        Err(error) => Err(error.to_string()),
    }
}

fn check_document(document: &Document, expected: &Value) -> Result<(), String> {
    for relationship in [Relationship::AssertionMethod, Relationship::KeyAgreement] {
        let ids: Vec<&str> =
            document.methods_for(relationship).map(|method| method.id().as_str()).collect();
        let expected = expected[relationship.name()].as_array().cloned().unwrap_or_default();
        if ids != expected {
            return Err(format!("{relationship:?}: {ids:?}"));
        }
    }
    let ours = &document.to_value()["verificationMethod"][0]["publicKeyJwk"];
    let theirs = &expected["verificationMethod"][0]["publicKeyJwk"];
    if ours == theirs { Ok(()) } else { Err(format!("{ours}")) }
}

#[test]
fn the_published_cases_resolve_or_fail_as_stated() {
    let Some(suite) = Suite::find("vectors/did-x509") else { return };
    let mut tally = suite.tally();
    for case in suite.json("test-vectors.json").as_array().unwrap() {
        let name = format!("{} {}", case["index"], case["id"].as_str().unwrap());
        let outcome = match case["output"].get("document") {
            Some(expected) => {
                resolve_case(case).and_then(|document| check_document(&document, expected))
            }
            None => resolve_case(case).err().map(|_| ()).ok_or_else(|| "resolved".to_owned()),
        };
        match case["index"].as_u64().unwrap() {
            6 | 34 => tally.exception(&name, "policy `fulcio-issuer` is not supported", &outcome),
            30 | 38 | 54 => tally.exception(&name, "policy `eku` is not supported", &outcome),
            50 => tally.exception(&name, "subject keys are names, not dotted OIDs", &outcome),
            52 => tally.exception(&name, "sha1 is accepted, as by the reference", &outcome),
            _ => tally.case(&name, outcome),
        }
    }
    let passed = tally.passed();
    tally.finish();
    assert_eq!(passed, 22);
}

// Certificates made here: a root, an intermediate and a leaf, each as the test wants it.

type Edit = fn(&mut CertificateParams);

struct Pki {
    root: Edit,
    intermediate: Edit,
    leaf: Edit,
    algorithm: &'static SignatureAlgorithm,
}

impl Default for Pki {
    fn default() -> Self {
        Self {
            root: |_| {},
            intermediate: |_| {},
            leaf: |_| {},
            algorithm: &rcgen::PKCS_ECDSA_P256_SHA256,
        }
    }
}

fn params(name: &str, edit: Edit) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = datetime!(2026-01-01 0:00 UTC);
    params.not_after = datetime!(2027-01-01 0:00 UTC);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    edit(&mut params);
    params
}

fn authority(name: &str, edit: Edit) -> CertificateParams {
    let mut params = params(name, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    });
    edit(&mut params);
    params
}

impl Pki {
    /// Leaf, intermediate and root.
    fn chain(self) -> Vec<Vec<u8>> {
        let [root_key, intermediate_key, leaf_key] =
            [(); 3].map(|()| KeyPair::generate_for(self.algorithm).unwrap());
        let root = authority("Root", self.root);
        let intermediate = authority("Intermediate", self.intermediate);
        let leaf = params("Leaf", self.leaf);
        let root_der = root.self_signed(&root_key).unwrap().der().to_vec();
        let root = Issuer::new(root, root_key);
        let intermediate_der = intermediate.signed_by(&intermediate_key, &root).unwrap();
        let intermediate_der = intermediate_der.der().to_vec();
        let intermediate = Issuer::new(intermediate, intermediate_key);
        let leaf_der = leaf.signed_by(&leaf_key, &intermediate).unwrap().der().to_vec();
        vec![leaf_der, intermediate_der, root_der]
    }
}

/// A DID that names the last certificate.
fn did(chain: &[Vec<u8>], policies: &str) -> String {
    did_of(&chain[chain.len() - 1], policies)
}

fn did_of(der: &[u8], policies: &str) -> String {
    format!("did:x509:0:sha256:{}{policies}", base64url::encode(&sha256(der)))
}

fn outcome(pki: Pki, policies: &str) -> Result<(), Error> {
    let chain = pki.chain();
    resolve(&did(&chain, policies), &chain).map(|_| ())
}

#[test]
fn a_chain_of_each_kind_of_key_resolves() {
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
    ] {
        let chain = Pki { algorithm, ..Pki::default() }.chain();
        let did = did(&chain, "::subject:CN:Leaf");
        let resolved = resolve(&did, &chain).unwrap();
        let expected = [("subject", "CN", "Leaf")];
        for (policy, key, value) in expected {
            let values: Vec<_> = resolved.policies.values(policy, key).collect();
            assert_eq!(values, [value]);
        }
        assert_eq!(resolved.not_after, datetime!(2027-01-01 0:00 UTC));
        assert!(resolved.document.assertion_key(&format!("{did}#0")).is_ok());
        let ders: Vec<_> = resolved.chain.iter().map(|facts| facts.der.clone()).collect();
        assert_eq!(ders, chain);
    }
}

#[test]
fn the_header_holds_the_chain_and_nothing_else_in_its_order() {
    let chain = Pki::default().chain();
    let other = Pki::default().chain();
    let [leaf, intermediate, root] = [chain[0].clone(), chain[1].clone(), chain[2].clone()];
    let did = did(&chain, "");
    let unknown = || Error::Chain(ChainError::UnknownAuthority);
    for (chain, expected) in [
        (vec![leaf.clone()], Error::TooFewCertificates),
        (vec![], Error::TooFewCertificates),
        (vec![leaf.clone(), intermediate.clone()], unknown()),
        (vec![leaf.clone(), root.clone()], unknown()),
        (vec![leaf.clone(), root.clone(), intermediate.clone()], Error::Order),
        (vec![root.clone(), intermediate.clone(), leaf.clone()], unknown()),
        (
            vec![leaf.clone(), intermediate.clone(), root.clone(), other[2].clone()],
            Error::UnusedCertificates,
        ),
        (
            vec![leaf.clone(), intermediate.clone(), intermediate.clone(), root.clone()],
            Error::UnusedCertificates,
        ),
        (
            vec![leaf.clone(), other[0].clone(), intermediate.clone(), root.clone()],
            Error::UnusedCertificates,
        ),
        (vec![leaf; CERTIFICATES_MAX + 1], Error::TooManyCertificates { limit: CERTIFICATES_MAX }),
        (other.clone(), Error::FingerprintNotFound),
    ] {
        assert_eq!(resolve(&did, &chain), Err(expected));
    }
    let forged = vec![other[0].clone(), intermediate, root];
    assert_eq!(resolve(&did, &forged), Err(Error::Chain(ChainError::Signature)));
}

#[test]
fn an_authority_is_named_and_not_the_leaf() {
    let chain = Pki::default().chain();
    assert!(resolve(&did_of(&chain[1], ""), &chain).is_ok());
    assert_eq!(resolve(&did_of(&chain[0], ""), &chain), Err(Error::FingerprintOfLeaf));
}

#[test]
fn each_certificate_must_be_valid_now() {
    let ended = datetime!(2026-11-25 11:59:59 UTC);
    let end: Edit = |params| params.not_after = datetime!(2026-11-25 11:59:59 UTC);
    let start: Edit = |params| params.not_before = datetime!(2026-11-25 12:00:01 UTC);
    let started = datetime!(2026-11-25 12:00:01 UTC);
    let expired = Error::Chain(ChainError::Expired { now: NOW, not_after: ended });
    let early = Error::Chain(ChainError::NotYetValid { now: NOW, not_before: started });
    for (edit, expected) in [(end, &expired), (start, &early)] {
        for pki in [
            Pki { leaf: edit, ..Pki::default() },
            Pki { intermediate: edit, ..Pki::default() },
            Pki { root: edit, ..Pki::default() },
        ] {
            assert_eq!(outcome(pki, "").as_ref(), Err(expected));
        }
    }
    assert_eq!(
        expired.to_string(),
        "did:509 certificate chain validation failed: x509: certificate has expired or is not yet \
         valid: current time 2026-11-25T12:00:00Z is after 2026-11-25T11:59:59Z"
    );
}

fn critical(params: &mut CertificateParams) {
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    params.custom_extensions.push(extension);
}

#[test]
fn an_authority_must_be_allowed_to_certify() {
    let is_leaf: Edit = |params| params.is_ca = IsCa::ExplicitNoCa;
    let no_sign: Edit = |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let depth_zero: Edit = |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let depth_one: Edit = |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    let ca: Edit = |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let no_usage: Edit = |params| params.key_usages = vec![];
    let failed = |error| Err(Error::Chain(error));
    let pki = Pki::default;
    for (pki, expected) in [
        (Pki { intermediate: is_leaf, ..pki() }, failed(ChainError::UnknownAuthority)),
        (Pki { root: is_leaf, ..pki() }, failed(ChainError::NotAnAuthority)),
        (Pki { intermediate: no_sign, ..pki() }, failed(ChainError::NotAnAuthority)),
        (Pki { root: no_sign, ..pki() }, failed(ChainError::NotAnAuthority)),
        (Pki { root: depth_zero, ..pki() }, failed(ChainError::PathLength)),
        (Pki { intermediate: depth_zero, root: depth_one, ..pki() }, Ok(())),
        (Pki { leaf: ca, ..pki() }, failed(ChainError::AuthorityAsLeaf)),
        (Pki { intermediate: no_usage, root: no_usage, ..pki() }, Ok(())),
        (Pki { leaf: critical, ..pki() }, failed(ChainError::CriticalExtension)),
        (Pki { intermediate: critical, ..pki() }, failed(ChainError::CriticalExtension)),
        (Pki { root: critical, ..pki() }, failed(ChainError::CriticalExtension)),
    ] {
        assert_eq!(outcome(pki, ""), expected);
    }
}

#[test]
fn names_outside_those_permitted_are_refused() {
    fn constrain(params: &mut CertificateParams) {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("example.com".to_owned())];
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees, excluded_subtrees: vec![] });
    }
    fn inside(params: &mut CertificateParams) {
        params.subject_alt_names = vec![SanType::DnsName("a.example.com".try_into().unwrap())];
    }
    fn outside(params: &mut CertificateParams) {
        params.subject_alt_names = vec![SanType::DnsName("a.example.org".try_into().unwrap())];
    }
    let violation = Err(Error::Chain(ChainError::NameConstraint));
    for (root, intermediate) in [(constrain as Edit, (|_| {}) as Edit), (|_| {}, constrain)] {
        let pki = |leaf| Pki { root, intermediate, leaf, ..Pki::default() };
        assert_eq!(outcome(pki(inside), "::san:dns:a.example.com"), Ok(()));
        assert_eq!(outcome(pki(outside), "::san:dns:a.example.org"), violation);
    }
}

#[test]
fn any_extended_key_usage_will_do() {
    let document_signing: Edit = |params| {
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 4, 1, 311, 10, 3, 12])];
    };
    let server: Edit =
        |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let pki = Pki { leaf: document_signing, intermediate: server, ..Pki::default() };
    assert_eq!(outcome(pki, ""), Ok(()));
}

#[test]
fn the_key_usage_of_the_leaf_decides_what_its_key_is_for() {
    let both = vec![Relationship::AssertionMethod, Relationship::KeyAgreement];
    let cases: [(Edit, Result<Vec<Relationship>, Error>); 4] = [
        (|_| {}, Ok(both)),
        (
            |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature],
            Ok(vec![Relationship::AssertionMethod]),
        ),
        (
            |params| params.key_usages = vec![KeyUsagePurpose::KeyAgreement],
            Ok(vec![Relationship::KeyAgreement]),
        ),
        (|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment], Err(Error::KeyUsage)),
    ];
    for (leaf, expected) in cases {
        let chain = Pki { leaf, ..Pki::default() }.chain();
        let used = resolve(&did(&chain, ""), &chain).map(|resolved| {
            let has = |each: &Relationship| resolved.document.methods_for(*each).next().is_some();
            Relationship::ALL.into_iter().filter(has).collect::<Vec<_>>()
        });
        assert_eq!(used, expected);
    }
}

/// DER of fewer than 128 bytes.
fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    [&[tag, u8::try_from(contents.len()).unwrap()], contents.as_slice()].concat()
}

/// A `SubjectAltName` of one `otherName`.
fn other_name(identifier: &[u8], tag: u8, text: &[u8]) -> CustomExtension {
    let value = der(0xa0, &[&der(tag, &[text])]);
    let name = der(0xa0, &[&der(0x06, &[identifier]), &value]);
    CustomExtension::from_oid_content(&[2, 5, 29, 17], der(0x30, &[&name]))
}

#[test]
fn an_other_name_is_read_in_each_string_type() {
    let utf8: Edit =
        |params| params.custom_extensions.push(other_name(&[0x55, 5, 5], 0x0c, b"a-1"));
    let ia5: Edit = |params| params.custom_extensions.push(other_name(&[0x55, 5, 5], 0x16, b"a-1"));
    let printable: Edit =
        |params| params.custom_extensions.push(other_name(&[0x55, 5, 5], 0x13, b"a-1"));
    let octets: Edit =
        |params| params.custom_extensions.push(other_name(&[0x55, 5, 5], 0x04, b"a-1"));
    let other_type: Edit =
        |params| params.custom_extensions.push(other_name(&[0x55, 5, 6], 0x0c, b"a-1"));
    let differs = Err(Error::San { key: "otherName".to_owned() });
    for (leaf, expected) in [
        (utf8, &Ok(())),
        (ia5, &Ok(())),
        (printable, &Ok(())),
        (octets, &differs),
        (other_type, &differs),
    ] {
        assert_eq!(&outcome(Pki { leaf, ..Pki::default() }, "::san:otherName:a-1"), expected);
    }
    assert_eq!(outcome(Pki { leaf: utf8, ..Pki::default() }, "::san:otherName:a-2"), differs);
}

fn full(params: &mut CertificateParams) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (name, value) in [
        (DnType::OrganizationName, "Because We Care"),
        (DnType::LocalityName, "\u{e9}"),
        (DnType::CountryName, "NL"),
        (DnType::StateOrProvinceName, "S"),
        (DnType::OrganizationalUnitName, "Care"),
        (DnType::CustomDnType(vec![2, 5, 4, 9]), "Street 1"),
        (DnType::CustomDnType(vec![2, 5, 4, 5]), "0123"),
    ] {
        params.distinguished_name.push(name, value);
    }
    params.subject_alt_names = vec![
        SanType::DnsName("a.example".try_into().unwrap()),
        SanType::Rfc822Name("b@a.example".try_into().unwrap()),
        SanType::IpAddress("192.0.2.1".parse().unwrap()),
        SanType::IpAddress("2001:db8::1".parse().unwrap()),
    ];
    let uris = vec!["http://crl.example/1.crl".to_owned()];
    params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
}

#[test]
fn each_policy_is_compared_with_the_leaf() {
    let chain = Pki { leaf: full, ..Pki::default() }.chain();
    let subject = |key: &str| Err(Error::Subject { key: key.to_owned() });
    let san = |key: &str| Err(Error::San { key: key.to_owned() });
    let unknown = |key: &str| Err(Error::UnknownPolicyKey { key: key.to_owned() });
    for (policies, expected) in [
        ("", Ok(())),
        ("::subject:O:Because%20We%20Care:L:%C3%A9:C:NL:ST:S:OU:Care", Ok(())),
        ("::subject:STREET:Street%201:serialNumber:0123::subject:C:NL", Ok(())),
        ("::san:dns:a.example::san:email:b%40a.example::san:ip:192.0.2.1", Ok(())),
        ("::san:ip:2001%3Adb8%3A%3A1:dns:a.example", Ok(())),
        ("::subject:L:Elsewhere", subject("L")),
        ("::subject:O:because%20we%20care", subject("O")),
        ("::subject:O:Because%20We%20Care:O:Other", subject("O")),
        ("::subject:CN:Leaf", subject("CN")),
        ("::subject:DC:a", unknown("DC")),
        ("::san:dns:b.example", san("dns")),
        ("::san:dns:192.0.2.1", san("dns")),
        ("::san:email:a.example", san("email")),
        ("::san:ip:192.0.2.2", san("ip")),
        ("::san:ip:a.example", san("ip")),
        ("::san:uri:a", unknown("uri")),
        ("::eku:1.2.3", Err(Error::UnknownPolicy)),
    ] {
        let outcome = resolve(&did(&chain, policies), &chain).map(|_| ());
        assert_eq!(outcome, expected, "{policies}");
    }
    let facts = &resolve(&did(&chain, ""), &chain).unwrap().chain[0];
    assert_eq!(facts.revocation_list_urls, ["http://crl.example/1.crl"]);
    assert_eq!(facts.issuer, "CN=Intermediate");
}

#[test]
fn a_header_without_certificates_or_with_something_else_is_refused() {
    let chain = Pki::default().chain();
    let did = Did::parse(&did(&chain, "")).unwrap();
    assert_eq!(x509::resolve(&did, None, NOW), Err(Error::NoCertificates));
    let good: Vec<String> = chain.iter().map(|der| STANDARD.encode(der)).collect();
    for bad in
        ["", "-_-_", "AAAA", "MIIB", &base64url::encode(&chain[0]), &(good[0].clone() + "AAAA")]
    {
        for position in 0..2 {
            let mut x5c = good.clone();
            x5c[position] = bad.to_owned();
            assert_eq!(
                x509::resolve(&did, Some(&x5c), NOW),
                Err(Error::InvalidCertificate),
                "{bad}"
            );
        }
    }
}

proptest! {
    #[test]
    fn a_changed_certificate_never_resolves(
        which in 0usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        thread_local! {
            static CHAIN: Vec<Vec<u8>> = Pki { leaf: full, ..Pki::default() }.chain();
        }
        let original = CHAIN.with(Clone::clone);
        let did = did(&original, "::san:dns:a.example");
        let mut chain = original.clone();
        let certificate = &mut chain[which];
        for (index, change) in changes {
            let index = index.index(certificate.len());
            certificate[index] ^= change;
        }
        if let Some(cut) = cut {
            certificate.truncate(cut.index(certificate.len()));
        }
        prop_assume!(chain != original);
        prop_assert!(resolve(&did, &chain).is_err());
    }
}
