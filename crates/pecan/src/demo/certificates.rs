//! A certificate authority for one run, and certificates for `localhost` below it.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// The authority, with its certificate in a file for `curl --cacert`.
pub(super) struct Authority {
    /// Its certificate.
    pub(super) file: PathBuf,
    /// The same, as DER.
    pub(super) certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes an authority and writes its certificate into a folder.
    pub(super) fn create(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Pecan demo CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        let file = folder.join("ca.pem");
        fs::write(&file, certificate.pem())?;
        Ok(Self { file, certificate: certificate.der().to_vec(), issuer: Issuer::new(params, key) })
    }

    /// A certificate for `localhost` and its key, as PEM files `<name>.pem` and `<name>-key.pem`.
    pub(super) fn issue(
        &self,
        folder: &Path,
        name: &str,
    ) -> Result<(PathBuf, PathBuf), Box<dyn std::error::Error>> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec!["localhost".to_owned()])?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let files = (folder.join(format!("{name}.pem")), folder.join(format!("{name}-key.pem")));
        fs::write(&files.0, certificate.pem())?;
        fs::write(&files.1, key.serialize_pem())?;
        Ok(files)
    }
}
