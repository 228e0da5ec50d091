//! One gateway of the file: how it proves who it is, what it speaks, what it can do.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use axum::http::HeaderName;
use pecan_jose::digest;
use pecan_node::gateway::{
    Abilities, CertificateSource, CertificateVerified, Credential, Dialect, OriginalHeaders,
    Registration,
};

use super::super::suggest::nearest_of;
use super::Surroundings;
use super::section::{Place, Report, Said, Section};

/// The fewest characters of a secret: nobody shall find it by trying.
const SECRET_LENGTH_MIN: usize = 16;

/// Kinds of certificate headers.
const CERTIFICATE_KINDS: [&str; 6] = ["caddy", "envoy", "haproxy", "nginx", "rfc9440", "traefik"];

/// Abilities by name.
const ABILITIES: [&str; 7] = [
    "tells_body",
    "narrows_query",
    "narrows_body",
    "sets_headers",
    "introspects",
    "checks_proof",
    "tells_certificate",
];

/// Reads gateways.
pub(super) struct Reader<'a, 'r> {
    pub(super) surroundings: Surroundings<'a>,
    /// The folder of the file.
    pub(super) folder: &'a Path,
    pub(super) report: &'a mut Report<'r>,
}

impl Reader<'_, '_> {
    /// One gateway; `None` if it cannot prove who it is.
    pub(super) fn gateway(&mut self, mut section: Section) -> Option<Registration> {
        let name = section.name().to_owned();
        let credential = self.credential(&mut section);
        let dialects = self.dialects(&mut section);
        let mut abilities = self.abilities(&mut section);
        let obligations = section.texts("obligations", self.report);
        abilities.obligations = obligations.into_iter().map(|said| said.value).collect();
        let original = self.original(&mut section, &dialects);
        let certificate = self.certificate(&mut section);
        if certificate.is_some() {
            abilities.tells_certificate = true;
        } else if abilities.tells_certificate && !dialects.contains(&Dialect::Envoy) {
            let remedy = "write a section `certificate` that says which header has it";
            self.report.error(&section.place, "it tells a certificate, and not where", remedy);
        }
        section.finish(self.report);
        let credential = credential?;
        Some(Registration { name, credential, abilities, dialects, original, certificate })
    }

    /// Exactly one credential.
    fn credential(&mut self, section: &mut Section) -> Option<Credential> {
        let in_file = section.text("secret_file", self.report);
        let in_place = section.text("secret", self.report);
        let subject = section.text("certificate_subject", self.report);
        let given = [&in_file, &in_place, &subject].into_iter().flatten().count();
        if given != 1 {
            let text =
                if given == 0 { "it has no credential" } else { "it has several credentials" };
            let remedy = "write one of secret_file, secret and certificate_subject";
            self.report.error(&section.place, text, remedy);
            return None;
        }
        if let Some(said) = subject {
            return self.certificate_subject(said);
        }
        if let Some(said) = in_place {
            self.report.warn(&said.place, "a secret in the file; better name a `secret_file`");
            return self.secret(said);
        }
        let said = in_file?;
        let path = self.folder.join(&said.value);
        match (self.surroundings.files)(&path) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).unwrap_or_default();
                self.secret(Said { value: text.trim().to_owned(), place: said.place })
            }
            Err(error) => {
                let text = format!("`{}` cannot be read: {error}", path.display());
                self.report.error(&said.place, text, "name a file that holds the secret");
                None
            }
        }
    }

    // SECURITY: a problem never holds the secret.
    fn secret(&mut self, Said { value, place }: Said<String>) -> Option<Credential> {
        let remedy = "draw one, as with `openssl rand -hex 32`";
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.report.error(&place, "a secret with characters that no header can have", remedy);
        } else if value.len() < SECRET_LENGTH_MIN {
            let text = format!("a secret of less than {SECRET_LENGTH_MIN} characters");
            self.report.error(&place, text, remedy);
        } else {
            return Some(Credential::Secret(digest::sha256(value.as_bytes())));
        }
        None
    }

    fn certificate_subject(&mut self, said: Said<String>) -> Option<Credential> {
        if !self.surroundings.takes_certificates {
            let text = "the listener asks nobody for a certificate";
            let remedy = "set gateway.tls.clientcafile to the authorities of gateways";
            self.report.error(&said.place, text, remedy);
        }
        if !said.value.contains('=') {
            let remedy = "write it as in `CN=gateway.example.nl,O=Hospital` (RFC 4514)";
            self.report.error(&said.place, "not the name of a certificate", remedy);
            return None;
        }
        Some(Credential::CertificateSubject(said.value))
    }

    fn dialects(&mut self, section: &mut Section) -> BTreeSet<Dialect> {
        let names = Dialect::ALL.map(Dialect::as_str);
        let said = section.texts("dialects", self.report);
        if said.is_empty() {
            let remedy = format!("write `dialects:` with some of {}", names.join(", "));
            self.report.error(&section.place, "it speaks no dialect", &remedy);
        }
        let mut dialects = BTreeSet::new();
        for Said { value, place } in said {
            match Dialect::find(&value) {
                Some(dialect) => {
                    dialects.insert(dialect);
                }
                None => self.unknown("dialect", &value, &place, &names),
            }
        }
        dialects
    }

    fn abilities(&mut self, section: &mut Section) -> Abilities {
        let mut abilities = Abilities::default();
        for Said { value, place } in section.texts("abilities", self.report) {
            let ability = match value.replace('-', "_").as_str() {
                "tells_body" => &mut abilities.tells_body,
                "narrows_query" => &mut abilities.narrows_query,
                "narrows_body" => &mut abilities.narrows_body,
                "sets_headers" => &mut abilities.sets_headers,
                "introspects" => &mut abilities.introspects,
                "checks_proof" => &mut abilities.checks_proof,
                "tells_certificate" => &mut abilities.tells_certificate,
                _ => {
                    self.unknown("ability", &value, &place, &ABILITIES);
                    continue;
                }
            };
            *ability = true;
        }
        abilities
    }

    fn original(&mut self, section: &mut Section, dialects: &BTreeSet<Dialect>) -> OriginalHeaders {
        let mut original = OriginalHeaders::default();
        let Some(mut section) = section.section("original", self.report) else { return original };
        if !dialects.contains(&Dialect::AuthRequest) {
            let text = "only the dialect `auth-request` reads these headers";
            self.report.error(&section.place, text, "leave it out");
        }
        for (name, header) in [
            ("method", &mut original.method),
            ("uri", &mut original.uri),
            ("host", &mut original.host),
            ("scheme", &mut original.scheme),
        ] {
            if let Some(said) = section.text(name, self.report) {
                *header = self.header(said);
            }
        }
        section.finish(self.report);
        original
    }

    fn certificate(&mut self, section: &mut Section) -> Option<CertificateSource> {
        let mut section = section.section("certificate", self.report)?;
        let remedy = format!("write one of {}", CERTIFICATE_KINDS.join(", "));
        let kind = section.required("from", &remedy, self.report);
        let header = section.text("header", self.report);
        let verified = section.text("verified_header", self.report);
        section.finish(self.report);
        let Said { value, place } = kind?;
        let Some(mut source) = CertificateSource::find(&value) else {
            self.unknown("kind of certificate header", &value, &place, &CERTIFICATE_KINDS);
            return None;
        };
        if let Some(said) = header {
            source.header = self.header(said);
        }
        if let Some(said) = verified {
            source.verified = CertificateVerified::Header(self.header(said));
        }
        Some(source)
    }

    fn header(&mut self, Said { value, place }: Said<String>) -> String {
        if HeaderName::from_str(&value).is_err() {
            self.report.error(&place, "not the name of a header", "write it as in X-Client-Cert");
        }
        value
    }

    fn unknown(&mut self, what: &str, value: &str, place: &Place, known: &[&str]) {
        let remedy = match nearest_of(value, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("write one of {}", known.join(", ")),
        };
        self.report.error(place, format!("no {what} `{value}`"), &remedy);
    }
}
