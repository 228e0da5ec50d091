//! Takes all keys and services from the documents of a subject, for good (contract/credentials.md 3.3).

use pecan_credentials::did::web;

use super::change::Change;
use super::{SubjectError, Subjects};

impl Subjects {
    /// Deactivates a subject. Done already is done. Name, versions and private keys stay.
    pub async fn deactivate(&self, name: &str) -> Result<(), SubjectError> {
        let now = self.env.clock.now();
        let change = Change { name: "subject.deactivate", subject: name, keys: &[], now };
        self.change(change, |own| Ok(web::document(own.document().id(), [])))
            .await
            .map_err(SubjectError::of("could not deactivate DID documents: "))?;
        Ok(())
    }
}
