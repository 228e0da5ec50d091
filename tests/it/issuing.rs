//! Two nodes on one PostgreSQL issue and revoke side by side.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::Value;

use crate::database::Database;
use crate::organizations::Organizations;
use crate::settings;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_one_database_share_no_place_and_lose_no_revocation() {
    let Some(server) = settings::postgres("two nodes on one database, issuing and revoking") else {
        return;
    };
    let database = Database::create(&server).await;
    let organizations = Organizations::start(Some(database.connection())).await;
    let second = organizations.second_hospital(database.connection()).await;
    let nodes = [&organizations.hospital, &second];
    let client = &organizations.client;

    let issuing = nodes.iter().cycle().take(100);
    let issuing = issuing.map(|node| organizations.issue(node, &organizations.clinic_did, "ldp"));
    let issued = join_all(issuing).await;
    let place =
        |credential: &Value| credential["credentialStatus"]["id"].as_str().unwrap().to_owned();
    let places: HashSet<String> = issued.iter().map(place).collect();
    assert_eq!(places.len(), 100);

    let revoking =
        issued.iter().zip(nodes.iter().cycle()).take(40).map(async |(credential, node)| {
            let id = credential["id"].as_str().unwrap();
            let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
            client
                .delete(&format!("{}/internal/vcr/v2/issuer/vc/{id}", node.internal))
                .await
                .expect(204)
        });
    join_all(revoking).await;
    for node in nodes {
        let verify = format!("{}/internal/vcr/v2/verifier/vc", node.internal);
        let judging = issued.iter().map(async |credential| {
            let body = serde_json::json!({"verifiableCredential": credential});
            client.post(&verify, &body).await.expect(200).json()["validity"] == true
        });
        let valid = join_all(judging).await;
        assert!(valid[..40].iter().all(|valid| !valid), "a revocation was lost");
        assert!(valid[40..].iter().all(|valid| *valid), "a credential was revoked by mistake");
    }
    drop((organizations, second));
    database.remove().await;
}
