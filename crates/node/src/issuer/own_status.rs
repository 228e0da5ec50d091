//! What our own status lists say, for the verifier: from the bits in the database, not from the signed copy.

use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_credentials::status::Bitstring;
use pecan_platform::BoxFuture;
use pecan_platform::sql::SqlError;

use super::StatusLists;
use super::store::{self, ListKey, Place};
use crate::verifier::{OwnStatus, OwnStatusLists};

/// The bits of a list; `None` if there is no such list.
pub(super) type Bits = Option<Arc<Bitstring>>;

impl OwnStatusLists for StatusLists {
    fn find<'a>(
        &'a self,
        list_url: &'a str,
        index: usize,
    ) -> BoxFuture<'a, Result<Option<OwnStatus>, SqlError>> {
        Box::pin(self.own_status(list_url, index))
    }
}

impl StatusLists {
    async fn own_status(
        &self,
        list_url: &str,
        index: usize,
    ) -> Result<Option<OwnStatus>, SqlError> {
        let Some(list) = self.parse_url(list_url) else { return Ok(None) };
        let now = self.env.clock.now();
        let Some(bits) = self.bits.find_or(&list, now, self.read_bits(&list)).await? else {
            return Ok(None);
        };
        let issuer = list.issuer.as_str().to_owned();
        // Almost always: nobody else has to be asked.
        if bits.get(index) == Some(false) {
            return Ok(Some(OwnStatus { issuer, revoked_at: None }));
        }
        let Ok(index) = u32::try_from(index) else { return Ok(None) };
        let place = Place { list, index };
        let revoked_at = self
            .env
            .db
            .read("issuer.revoked_at", async |tx| store::find_revocation(tx, &place).await)
            .await?;
        Ok(Some(OwnStatus { issuer, revoked_at }))
    }

    /// The list that a URL of ours names.
    fn parse_url(&self, url: &str) -> Option<ListKey> {
        let rest = url.strip_prefix(self.public_url.as_str())?.strip_prefix("/statuslist/")?;
        let (issuer, page) = rest.rsplit_once('/')?;
        let list = ListKey { issuer: Did::parse(issuer).ok()?, page: page.parse().ok()? };
        // One list has one spelling: `01` is no page.
        (self.url(&list) == url).then_some(list)
    }

    async fn read_bits(&self, list: &ListKey) -> Result<Bits, SqlError> {
        let row = self.load(list).await?;
        // Bits that cannot be read say nothing; each credential of the list is then looked up by itself.
        let bits = row.map(|row| Bitstring::decode(&row.encoded).unwrap_or_else(|_| all_set()));
        Ok(bits.map(Arc::new))
    }
}

/// Bits that make every credential be looked up.
fn all_set() -> Bitstring {
    let mut bits = Bitstring::new();
    for index in 0..bits.bits() {
        bits.set(index, true).expect("the index is below the length");
    }
    bits
}

/// What a list weighs in memory, in bytes.
pub(super) fn weigh(bits: &Bits) -> u32 {
    let bytes = bits.as_ref().map_or(0, |bits| bits.bits() / 8);
    u32::try_from(bytes).unwrap_or(u32::MAX).saturating_add(128)
}
