//! The text of a did:x509: which authority, and what it must have certified.

use pecan_jose::base64url;
use pecan_jose::digest::Hash;

use super::Error;
use crate::did::did::Did;

/// A did:x509, taken apart.
pub(super) struct Identifier {
    hash: Hash,
    fingerprint: String,
    pub(super) policies: Policies,
}

impl Identifier {
    pub(super) fn parse(did: &Did) -> Result<Self, Error> {
        if did.method() != "x509" {
            return Err(Error::Method);
        }
        let mut parts = did.method_specific_id().split("::");
        let authority: Vec<&str> = parts.next().unwrap_or_default().split(':').collect();
        let [version, hash, fingerprint] = authority.as_slice() else {
            return Err(Error::Malformed);
        };
        if *version != "0" {
            return Err(Error::Version);
        }
        let hash = match hash.to_ascii_lowercase().as_str() {
            "sha1" => Hash::Sha1,
            "sha256" => Hash::Sha256,
            "sha384" => Hash::Sha384,
            "sha512" => Hash::Sha512,
            _ => return Err(Error::UnsupportedHash),
        };
        let policies = parts.map(Policy::parse).collect::<Result<_, _>>()?;
        Ok(Self { hash, fingerprint: (*fingerprint).to_owned(), policies: Policies(policies) })
    }

    /// Whether the fingerprint is that of a certificate.
    pub(super) fn names(&self, der: &[u8]) -> bool {
        base64url::encode(&self.hash.digest(der)) == self.fingerprint
    }
}

/// The policies of a DID, in its order.
///
/// A policy that is named twice counts with all its values; the reference knows the last one only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies(Vec<Policy>);

impl Policies {
    /// All of them, as often as they are named.
    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.0.iter()
    }

    /// Whether the DID has a policy of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|policy| policy.name.as_str() == name)
    }

    /// The values of a key in all policies of a name, percent-decoded.
    pub fn values<'a>(&'a self, name: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |policy| policy.name.as_str() == name)
            .flat_map(|policy| &policy.pairs)
            .filter(move |(each, _)| each == key)
            .map(|(_, value)| value.as_str())
    }
}

/// What a policy looks at.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum PolicyName {
    /// The distinguished name of the leaf.
    Subject,
    /// The alternative names of the leaf.
    San,
}

impl PolicyName {
    /// The name in the DID, and in the subject of a credential.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::San => "san",
        }
    }
}

/// What the leaf must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it looks at.
    pub name: PolicyName,
    /// Keys with percent-decoded values.
    pub pairs: Vec<(String, String)>,
}

impl Policy {
    fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.split(':');
        let name = match parts.next().unwrap_or_default() {
            "subject" => PolicyName::Subject,
            "san" => PolicyName::San,
            _ => return Err(Error::UnknownPolicy),
        };
        let mut pairs = Vec::new();
        while let Some(key) = parts.next() {
            let value = parts.next().ok_or(Error::Malformed)?;
            pairs.push((key.to_owned(), decode(value)?));
        }
        if pairs.is_empty() { Err(Error::Malformed) } else { Ok(Self { name, pairs }) }
    }
}

/// Decodes percent escapes. The syntax of a DID has made sure that each has its two digits.
fn decode(text: &str) -> Result<String, Error> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(Error::Malformed)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| Error::Malformed)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| Error::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(id: &str) -> Result<Policies, Error> {
        let did = Did::parse(&format!("did:x509:{id}")).unwrap();
        Identifier::parse(&did).map(|identifier| identifier.policies)
    }

    #[test]
    fn policies_of_one_name_are_merged() {
        let policies =
            parse("0:sha256:x::subject:L:A%20B::san:dns:c::subject:O:%C3%A9:L:D").unwrap();
        let values = |name, key| policies.values(name, key).collect::<Vec<_>>();
        assert_eq!(values("subject", "L"), ["A B", "D"]);
        assert_eq!(values("subject", "O"), ["\u{e9}"]);
        assert_eq!(values("san", "dns"), ["c"]);
        assert_eq!(values("san", "L"), Vec::<&str>::new());
        assert!(policies.has("san") && !policies.has("eku"));
        assert_eq!(policies.iter().count(), 3);
    }

    #[test]
    fn no_policies_and_a_hash_in_capitals_are_accepted() {
        assert_eq!(parse("0:SHA512:x"), Ok(Policies(Vec::new())));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (id, expected) in [
            ("0:sha256", Error::Malformed),
            ("0:sha256:x:y", Error::Malformed),
            ("1:sha256:x", Error::Version),
            ("0:md5:x", Error::UnsupportedHash),
            ("0:sha256:x::eku:1.2.3", Error::UnknownPolicy),
            ("0:sha256:x::", Error::UnknownPolicy),
            ("0:sha256:x::san", Error::Malformed),
            ("0:sha256:x::san:dns", Error::Malformed),
            ("0:sha256:x::san:dns:a:b", Error::Malformed),
            ("0:sha256:x::san:dns:%FF", Error::Malformed),
        ] {
            assert_eq!(parse(id), Err(expected), "{id}");
        }
        let other = Did::parse("did:web:a").unwrap();
        assert!(matches!(Identifier::parse(&other), Err(Error::Method)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(id in "(0|1)?:?(sha1|md5)?:x(::?(subject|san|[A-Z]|%[0-9a-f]{2}){0,3}){0,6}") {
            let _ = parse(&id);
        }
    }
}
