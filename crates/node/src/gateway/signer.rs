//! Signs who the client is, so that the service behind need not believe the gateway.
//!
//! One signed identity serves the calls of one token at one route for a few seconds: it says who asks, not what for.

use std::sync::Arc;

use moka::sync::Cache;
use pecan_jose::algorithm::Algorithm;
use pecan_jose::digest;
use pecan_jose::jws::{HeaderFields, Unsigned};
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};
use tokio::sync::OnceCell;

use super::routes::Prepared;
use super::token::Client;
use crate::key::{KeyError, Keys, NamedKey};

/// How long a signed identity holds, or less: never longer than the token.
const LIFETIME: Duration = Duration::seconds(60);
/// How long it is handed out: what is left is for the way to the service behind.
const HANDED_OUT: Duration = Duration::seconds(20);
/// `typ` of a signed identity.
const TYPE: &str = "pecan-identity+jwt";
/// The name of the key in the vault.
const KEY_NAME: &str = "pecan-gateway-identity";
/// The most bytes of the signed identities that are kept.
const KEPT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Signs with a key of this node, which is made when it is first needed. Nodes with one vault share it.
pub(super) struct Signer {
    keys: Keys,
    key: OnceCell<Key>,
    issuer: String,
    /// By the hash of route and claims.
    signed: Cache<[u8; 32], Signed>,
}

struct Key {
    key: NamedKey,
    id: String,
}

#[derive(Clone)]
struct Signed {
    text: Arc<str>,
    issued_at: i64,
}

/// What a signed identity says.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
    /// As in RFC 9701 §5.
    token_introspection: &'a Map<String, Value>,
}

impl Signer {
    /// `issuer` is who signs: the public URL of this node.
    pub(super) fn new(keys: Keys, issuer: String) -> Self {
        let weigh = |_: &[u8; 32], signed: &Signed| {
            u32::try_from(signed.text.len()).unwrap_or(u32::MAX).saturating_add(128)
        };
        let signed = Cache::builder().max_capacity(KEPT_BYTES_MAX).weigher(weigh).build();
        Self { keys, key: OnceCell::new(), issuer, signed }
    }

    /// The public keys as a JWK set (RFC 7517 §5).
    pub(super) async fn key_set(&self) -> Result<Value, KeyError> {
        let Key { key, id } = self.key().await?;
        let mut jwk = Map::new();
        jwk.insert("kid".to_owned(), id.as_str().into());
        jwk.insert("use".to_owned(), "sig".into());
        jwk.insert("alg".to_owned(), Algorithm::Es256.name().into());
        jwk.extend(key.public_key().to_jwk());
        Ok(json!({ "keys": [jwk] }))
    }

    /// The signed identity of a client, for the service behind a route.
    pub(super) async fn signed(
        &self,
        route: &Prepared,
        client: &Client<'_>,
        now: OffsetDateTime,
    ) -> Result<Arc<str>, KeyError> {
        let now = now.unix_timestamp();
        // INVARIANT: all that is signed is in what is hashed, but the time.
        let name = digest::sha256(&[route.url.as_bytes(), b"\n", &client.json].concat());
        if let Some(signed) = self.signed.get(&name)
            && (0..HANDED_OUT.whole_seconds()).contains(&(now - signed.issued_at))
        {
            return Ok(signed.text);
        }
        let token_ends = client.claims.get("exp").and_then(Value::as_i64).unwrap_or(i64::MAX);
        let claims = Claims {
            iss: &self.issuer,
            aud: &route.url,
            sub: client.text("client_id"),
            iat: now,
            exp: token_ends.min(now + LIFETIME.whole_seconds()),
            token_introspection: &client.claims,
        };
        let text: Arc<str> = self.sign(&claims).await?.into();
        self.signed.insert(name, Signed { text: Arc::clone(&text), issued_at: now });
        Ok(text)
    }

    async fn sign(&self, claims: &Claims<'_>) -> Result<String, KeyError> {
        let Key { key, id } = self.key().await?;
        let header = HeaderFields {
            algorithm: Algorithm::Es256,
            key_id: Some(id.clone()),
            typ: Some(TYPE.to_owned()),
            extra: Map::new(),
        };
        let payload = serde_json::to_vec(claims).expect("a map of JSON values prints");
        let unsigned = Unsigned::new(header, &payload);
        let signature = self.keys.sign_named(key, unsigned.signing_input()).await?;
        Ok(unsigned.attach(&signature))
    }

    async fn key(&self) -> Result<&Key, KeyError> {
        self.key
            .get_or_try_init(|| async {
                let key = self.keys.named(KEY_NAME).await?;
                let id = key.public_key().thumbprint();
                Ok(Key { key, id })
            })
            .await
    }
}
