//! One certificate in every form, and every form with something wrong.

use pecan_node::gateway::Certificate;
use rcgen::{CertificateParams, DnType, KeyPair, OtherNameValue, SanType, SerialNumber};

use super::*;

const URA: [u64; 4] = [2, 5, 5, 5];

fn pem() -> String {
    let mut params = CertificateParams::new(vec!["vendor.example.nl".to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "NL");
    params.distinguished_name.push(DnType::OrganizationName, "Vendor, Inc.");
    params.distinguished_name.push(DnType::CommonName, "vendor.example.nl");
    params.serial_number = Some(SerialNumber::from_slice(&[0x0a, 0xbc]));
    let value = OtherNameValue::Utf8String("2.16.528.1.1007.99.2110-1-S-1".to_owned());
    params.subject_alt_names.push(SanType::OtherName((URA.to_vec(), value)));
    params.subject_alt_names.push(SanType::URI("urn:vendor".try_into().unwrap()));
    let key = KeyPair::generate().unwrap();
    params.self_signed(&key).unwrap().pem()
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn der_of(pem: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().as_ref().to_vec()
}

fn told(kind: &str, fields: &[(&str, &str)]) -> Result<Option<Certificate>, Unreadable> {
    let source = CertificateSource::find(kind).unwrap();
    let headers: Vec<_> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes())))
        .collect();
    read(&source, &headers)
}

#[test]
fn facts_are_those_of_the_certificate_itself() {
    let pem = pem();
    let facts = told("nginx", &[("X-Client-Cert", &escaped(&pem)), ("x-client-verify", "SUCCESS")]);
    let facts = facts.unwrap().unwrap();
    assert!(facts.is_verified);
    assert_eq!(facts.subject, "CN=vendor.example.nl,O=Vendor\\, Inc.,C=NL");
    assert_eq!(facts.issuer, facts.subject);
    assert_eq!(facts.serial, "0abc");
    assert_eq!(facts.dns_names, ["vendor.example.nl"]);
    assert_eq!(facts.uris, ["urn:vendor"]);
    let ura = ("2.5.5.5".to_owned(), "2.16.528.1.1007.99.2110-1-S-1".to_owned());
    assert_eq!(facts.other_names, [ura]);
    assert_eq!(facts.sha256, name::hexadecimal(&pecan_jose::digest::sha256(&der_of(&pem))));
    assert_eq!(subject(&der_of(&pem)), Some(facts.subject));
}

#[test]
fn every_form_tells_the_same_certificate() {
    let pem = pem();
    let der = der_of(&pem);
    let base64 = base64::encode(&der);
    let hash = name::hexadecimal(&pecan_jose::digest::sha256(&der));
    let expected = facts::facts(&der, true).unwrap();
    let envoy = format!(
        "By=spiffe://far;Cert=\"other\",By=x;Hash={hash};Subject=\"O=\\\"a,b;\\\"\";DNS=a;DNS=b;Cert=\"{}\"",
        escaped(&pem)
    );
    for (kind, fields) in [
        ("envoy", vec![("x-forwarded-client-cert", envoy)]),
        ("traefik", vec![("X-Forwarded-Tls-Client-Cert", format!("{base64},{base64}"))]),
        ("traefik", vec![("X-Forwarded-Tls-Client-Cert", escaped(&base64))]),
        ("caddy", vec![("X-Client-Cert", base64.clone())]),
        ("haproxy", vec![("X-Client-Cert", base64.clone()), ("X-Client-Verify", "0".to_owned())]),
        ("rfc9440", vec![("Client-Cert", format!(":{base64}:"))]),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(told(kind, &fields).unwrap().as_ref(), Some(&expected), "{kind}");
    }
}

#[test]
fn no_certificate_is_a_fact_and_not_a_failure() {
    for (kind, fields) in [
        ("envoy", vec![]),
        ("rfc9440", vec![("Client-Cert", "")]),
        ("nginx", vec![("X-Client-Cert", ""), ("X-Client-Verify", "NONE")]),
        ("haproxy", vec![("X-Client-Verify", "0")]),
        ("haproxy", vec![]),
    ] {
        assert!(matches!(told(kind, &fields), Ok(None)), "{kind} {fields:?}");
    }
}

#[test]
fn a_certificate_that_failed_is_told_as_such() {
    let escaped = escaped(&pem());
    for verdict in ["FAILED:unable to verify the first certificate", "21"] {
        let facts = told("nginx", &[("X-Client-Cert", &escaped), ("X-Client-Verify", verdict)]);
        assert!(!facts.unwrap().unwrap().is_verified, "{verdict}");
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let pem = pem();
    let escaped = escaped(&pem);
    let base64 = base64::encode(&der_of(&pem));
    let envoy = |hash: &str| format!("Hash={hash};Cert=\"{escaped}\"");
    for (kind, fields) in [
        ("nginx", vec![("X-Client-Cert", escaped.clone())]),
        ("nginx", vec![("X-Client-Cert", escaped.clone()), ("X-Client-Verify", "NONE".into())]),
        ("nginx", vec![("X-Client-Cert", escaped.clone()), ("X-Client-Verify", "yes".into())]),
        ("nginx", vec![("X-Client-Verify", "SUCCESS".into())]),
        ("nginx", vec![("X-Client-Cert", base64.clone()), ("X-Client-Verify", "SUCCESS".into())]),
        ("rfc9440", vec![("Client-Cert", base64.clone())]),
        (
            "rfc9440",
            vec![("Client-Cert", format!(":{base64}:")), ("client-cert", format!(":{base64}:"))],
        ),
        ("caddy", vec![("X-Client-Cert", format!("{base64}{base64}"))]),
        ("caddy", vec![("X-Client-Cert", "MIIB".into())]),
        ("envoy", vec![("x-forwarded-client-cert", "Subject=\"CN=x\"".into())]),
        ("envoy", vec![("x-forwarded-client-cert", envoy(&"0".repeat(64)))]),
        ("envoy", vec![("x-forwarded-client-cert", format!("Cert=\"{escaped}\";Cert=\"x\""))]),
        ("envoy", vec![("x-forwarded-client-cert", format!("Cert=\"{escaped}"))]),
        ("envoy", vec![("x-forwarded-client-cert", format!("Cert=\"{escaped}\","))]),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert!(told(kind, &fields).is_err(), "{kind} {fields:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(text in ".{0,80}", elements in "([a-zA-Z]=|Cert=|Hash=|[,;\"\\\\%a0:]){0,24}") {
        for kind in ["envoy", "traefik", "nginx", "haproxy", "caddy", "rfc9440"] {
            for value in [&text, &elements] {
                let source = CertificateSource::find(kind).unwrap();
                let value = Bytes::copy_from_slice(value.as_bytes());
                let verify = ("x-client-verify".to_owned(), Bytes::from_static(b"SUCCESS"));
                let _ = read(&source, &[(source.header.clone(), value), verify]);
            }
        }
    }
}
