//! Services in the documents of a subject (contract/credentials.md 3.5).
//!
//! A service is named by a hash of its content, so the same service has the same fragment in every document.

use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_credentials::did::document::Document;
use pecan_credentials::did::service::Service;
use pecan_platform::sql::Tx;
use serde_json::Value;

use super::change::Change;
use super::{Refusal, SubjectError, SubjectId, Subjects, store};
use crate::resolver::{OwnDocument, OwnDocuments};

/// A service without its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceDescription {
    /// What it is.
    pub kind: String,
    /// Where it is: any JSON value.
    pub endpoint: Option<Value>,
}

/// Which services are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFilter {
    /// Those of exactly this type.
    pub kind: Option<String>,
    /// Those whose endpoint is a `string`, an `object` or an `array`.
    pub endpoint_kind: Option<String>,
}

impl ServiceFilter {
    fn matches(&self, service: &Service) -> bool {
        self.kind.as_ref().is_none_or(|kind| service.has_type(kind))
            && self.endpoint_kind.as_ref().is_none_or(|kind| {
                service.endpoint.as_ref().and_then(json_kind) == Some(kind.as_str())
            })
    }
}

impl Subjects {
    /// The services of a subject, of all its DIDs.
    pub async fn find_services(
        &self,
        name: &str,
        filter: &ServiceFilter,
    ) -> Result<Vec<Service>, SubjectError> {
        let id = SubjectId::parse(name).ok_or(Refusal::NotFound)?;
        let documents = self.env.db.read("service.find", async |tx| documents(tx, &id).await);
        let mut services = Vec::new();
        for document in documents.await.map_err(SubjectError::from)? {
            let wanted = document.services().iter().filter(|service| filter.matches(service));
            services.extend(wanted.cloned());
        }
        Ok(services)
    }

    /// Adds a service to each document; one that is there already is left alone. One service per DID.
    pub async fn create_service(
        &self,
        name: &str,
        service: ServiceDescription,
    ) -> Result<Vec<Service>, SubjectError> {
        self.replace_service("service.create", name, None, service)
            .await
            .map_err(SubjectError::of("could not add service to DID Documents: "))
    }

    /// Puts a service in the place of another, which need not be there. The name changes with the content.
    pub async fn update_service(
        &self,
        name: &str,
        service_id: &str,
        service: ServiceDescription,
    ) -> Result<Vec<Service>, SubjectError> {
        self.replace_service("service.update", name, Some(service_id), service)
            .await
            .map_err(SubjectError::of("could not update service in DID Documents: "))
    }

    /// Removes a service, which need not be there.
    pub async fn delete_service(&self, name: &str, service_id: &str) -> Result<(), SubjectError> {
        let now = self.env.clock.now();
        let fragment = fragment(service_id);
        let change = Change { name: "service.delete", subject: name, keys: &[], now };
        let edit = |own: &OwnDocument| edit(own, Some(fragment), None);
        self.change(change, edit)
            .await
            .map_err(SubjectError::of("could not delete service from DID Documents: "))?;
        Ok(())
    }

    async fn replace_service(
        &self,
        action: &'static str,
        subject: &str,
        replaced: Option<&str>,
        service: ServiceDescription,
    ) -> Result<Vec<Service>, Refusal> {
        let now = self.env.clock.now();
        let named = Named::new(service)?;
        let change = Change { name: action, subject, keys: &[], now };
        let edit = |own: &OwnDocument| edit(own, replaced.map(fragment), Some(&named));
        let documents = self.change(change, edit).await?;
        Ok(documents.iter().map(|document| named.within(document.id())).collect())
    }
}

/// A service that knows its fragment, and not its document.
struct Named {
    service: Service,
    fragment: String,
}

impl Named {
    fn new(description: ServiceDescription) -> Result<Self, Refusal> {
        if description.kind.is_empty() {
            return Err(Refusal::ServiceType);
        }
        let service = Service {
            id: String::new(),
            types: vec![description.kind],
            endpoint: description.endpoint.filter(|endpoint| !endpoint.is_null()),
        };
        let fragment = service.fragment();
        Ok(Self { service, fragment })
    }

    fn within(&self, did: &Did) -> Service {
        Service { id: format!("{did}#{}", self.fragment), ..self.service.clone() }
    }
}

/// A document without one service and with another.
fn edit(
    own: &OwnDocument,
    removed: Option<&str>,
    added: Option<&Named>,
) -> Result<Document, Refusal> {
    if own.is_deactivated() {
        return Err(Refusal::Deactivated);
    }
    let document = own.document();
    let mut services = document.services().to_vec();
    services.retain(|service| removed.is_none_or(|removed| fragment(&service.id) != removed));
    if let Some(added) = added
        && !services.iter().any(|service| fragment(&service.id) == added.fragment)
    {
        services.push(added.within(document.id()));
    }
    Ok((**document).clone().with_services(services))
}

/// The part of a service id that counts; callers may leave out the rest.
fn fragment(service_id: &str) -> &str {
    service_id.split_once('#').map_or(service_id, |(_, fragment)| fragment)
}

fn json_kind(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(_) => Some("string"),
        Value::Object(_) => Some("object"),
        Value::Array(_) => Some("array"),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

async fn documents(tx: &mut Tx<'_>, subject: &SubjectId) -> Result<Vec<Arc<Document>>, Refusal> {
    let dids = store::dids(tx, subject).await?;
    if dids.is_empty() {
        return Err(Refusal::NotFound);
    }
    let mut documents = Vec::new();
    for did in dids {
        let own = OwnDocuments::newest(tx, &did).await?;
        documents.extend(own.map(|own| Arc::clone(own.document())));
    }
    Ok(documents)
}
