//! Who gets which bit of a status list (contract/credentials.md 9.2).

use pecan_credentials::did::Did;
use pecan_credentials::status::Bitstring;
use pecan_credentials::status::status_list_2021::Entry;
use pecan_jose::base64url;
use pecan_platform::sql::SqlError;

use super::StatusLists;
use super::scatter::ScatterKey;
use super::store::{self, ListKey, Place};

/// A place that was reserved, and what it takes to give it back.
pub(super) struct Reserved {
    pub(super) place: Place,
    count: u32,
}

impl StatusLists {
    /// The entry of a credential at a place.
    pub(super) fn entry(&self, place: &Place) -> Entry {
        let url = self.url(&place.list);
        Entry::revocation(&url, usize::try_from(place.index).expect("an index has 17 bits"))
    }

    /// Reserves a place for a credential of an issuer.
    pub(super) async fn reserve(&self, issuer: &Did) -> Result<Reserved, SqlError> {
        let mut new_key = [0; 32];
        self.env.random.fill(&mut new_key);
        let (new_key, empty) = (base64url::encode(&new_key), Bitstring::new().encode());
        let handed_out = self
            .env
            .db
            .write("issuer.reserve", async |tx| store::hand_out(tx, issuer, &new_key, &empty).await)
            .await?;
        let scatter_key = ScatterKey::derive(&handed_out.scatter_key);
        let list = ListKey { issuer: issuer.clone(), page: handed_out.page };
        // The count includes this credential, and starts from 1.
        let index = scatter_key.index(handed_out.count.saturating_sub(1));
        Ok(Reserved { place: Place { list, index }, count: handed_out.count })
    }

    /// Gives a place back that no credential got. It is lost if somebody reserved the next one meanwhile, which harms nobody.
    pub(super) async fn give_back(&self, reserved: &Reserved) {
        let (list, count) = (&reserved.place.list, reserved.count);
        let taken: Result<(), SqlError> = self
            .env
            .db
            .write("issuer.give_back", async |tx| store::take_back(tx, list, count).await)
            .await;
        if let Err(cause) = taken {
            tracing::warn!(%cause, issuer = %list.issuer, "a place in a status list is lost");
        }
    }
}
