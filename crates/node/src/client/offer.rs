//! What a subject can present to an authorization server, per DID. Does not choose.

use pecan_credentials::credential::Credential;
use pecan_credentials::did::Did;
use pecan_credentials::format::{Format, PresentationFormat};
use serde_json::Value;
use time::OffsetDateTime;

use super::error::ServiceTokenError;
use super::service_token::PRESENTED_BEFORE;
use super::{Client, self_attested};
use crate::subject::Subject;

/// What one DID of a subject can present, in the order in which it is tried.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The DID.
    pub did: Did,
    /// Self-attested credentials first, then those of the wallet.
    pub credentials: Vec<Credential>,
}

/// Why a credential that is valid is not offered to a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsuitable {
    /// The server does not resolve DIDs of the issuer's method.
    #[error("the authorization server does not resolve did:{method}, the method of the issuer; it names {}", .supported.join(", "))]
    IssuerMethod {
        /// The issuer's.
        method: String,
        /// Those of the server.
        supported: Vec<String>,
    },
    /// A JSON-LD presentation does not cover a JWT.
    #[error(
        "a JWT credential cannot be in a JSON-LD presentation, the only format that both sides share"
    )]
    JwtInJsonLd,
}

/// What a server's side of an exchange leaves to choose from.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The methods of the DIDs that it resolves; `None` if nothing is known of a server.
    pub did_methods: Option<&'a [String]>,
    /// The format that a presentation will have, if there is one.
    pub format: Option<PresentationFormat>,
}

impl Client {
    /// What each usable DID of a subject can present now, in order of preference (contract/iam.md 7.2 step 7).
    pub async fn offers(
        &self,
        subject: &Subject,
        self_attested: &[Value],
        terms: Terms<'_>,
        now: OffsetDateTime,
    ) -> Result<Vec<Offer>, ServiceTokenError> {
        let mut offers = Vec::new();
        for did in usable_dids(&subject.dids, terms.did_methods.unwrap_or_default())? {
            let stated_at = now - PRESENTED_BEFORE;
            let mut credentials =
                self_attested::fill(self_attested, did, &*self.env.random, stated_at)?;
            let held = self.wallet.presentable(did, now).await?;
            credentials.extend(held.into_iter().filter(|held| unsuitable(held, terms).is_none()));
            offers.push(Offer { did: did.clone(), credentials });
        }
        Ok(offers)
    }
}

/// Why a credential of the wallet is not offered, if it is not.
pub fn unsuitable(credential: &Credential, terms: Terms<'_>) -> Option<Unsuitable> {
    let Terms { did_methods, format } = terms;
    if format == Some(PresentationFormat::LdpVp) && credential.format() == Format::JwtVc {
        return Some(Unsuitable::JwtInJsonLd);
    }
    let supported = did_methods?;
    let issuer = credential.issuer().and_then(|issuer| issuer.strip_prefix("did:"));
    let method = issuer.and_then(|rest| rest.split(':').next()).unwrap_or_default();
    let is_supported = supported.iter().any(|supported| supported == method);
    (!is_supported).then(|| Unsuitable::IssuerMethod {
        method: method.to_owned(),
        supported: supported.to_vec(),
    })
}

/// The DIDs whose method a server resolves, in order of preference.
pub fn usable_dids<'d>(
    dids: &'d [Did],
    supported: &[String],
) -> Result<Vec<&'d Did>, ServiceTokenError> {
    let is_supported = |did: &&Did| supported.iter().any(|method| method == did.method());
    let usable: Vec<&Did> = dids.iter().filter(is_supported).collect();
    if usable.is_empty() {
        let mut available: Vec<String> = Vec::new();
        for did in dids {
            if !available.iter().any(|method| method == did.method()) {
                available.push(did.method().to_owned());
            }
        }
        return Err(ServiceTokenError::DidMethods { requested: supported.to_vec(), available });
    }
    Ok(usable)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn issued_by(issuer: Option<&str>) -> Credential {
        Credential::from_value(json!({ "type": ["VerifiableCredential"], "issuer": issuer }))
            .unwrap()
    }

    #[test]
    fn a_credential_is_offered_only_where_its_issuer_can_be_resolved() {
        let web = ["web".to_owned()];
        let check = |issuer: Option<&str>, did_methods: Option<&[String]>, is_offered: bool| {
            let found = unsuitable(&issued_by(issuer), Terms { did_methods, format: None });
            assert_eq!(found.is_none(), is_offered, "{issuer:?} {found:?}");
        };
        check(Some("did:web:issuer.example.nl"), Some(&web), true);
        check(Some("did:x509:0:sha256:abc::san:otherName:1"), Some(&web), false);
        check(Some("did:website:x"), Some(&web), false);
        check(Some("https://issuer.example.nl"), Some(&web), false);
        check(None, Some(&web), false);
        check(Some("did:web:issuer.example.nl"), Some(&[]), false);
        check(Some("did:x509:0:sha256:abc::san:otherName:1"), None, true);
    }

    #[test]
    fn dids_keep_their_order_and_each_method_is_named_once() {
        let texts = ["did:web:a", "did:key:z6Mk", "did:web:b"];
        let dids: Vec<Did> = texts.iter().map(|text| Did::parse(text).unwrap()).collect();
        let of = |methods: &[&str]| {
            let methods: Vec<String> = methods.iter().map(|method| (*method).to_owned()).collect();
            let usable = usable_dids(&dids, &methods);
            usable.map(|dids| dids.iter().map(|did| did.as_str().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(of(&["jwk", "web"]).unwrap(), ["did:web:a", "did:web:b"]);
        assert_eq!(of(&["key", "web"]).unwrap(), texts);
        assert_eq!(
            of(&["nuts", "jwk"]).unwrap_err().to_string(),
            "precondition failed\ndid method mismatch, requested: [nuts jwk], available: [web key]"
        );
    }
}
