//! A presentation buys one token, however often and wherever it is sent at once.

use futures_util::future::join_all;

use crate::database::Database;
use crate::node::Node;
use crate::organizations::Organizations;
use crate::presentation::{Presentation, is_refused_as_used};
use crate::settings;

/// How often the presentation is sent at once.
const PARALLEL: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_parallel_requests_with_one_presentation_one_gets_a_token() {
    let organizations = Organizations::start(None).await;
    check(&organizations, &[&organizations.hospital]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_parallel_requests_to_two_nodes_on_one_database_one_gets_a_token() {
    let Some(server) = settings::postgres("two nodes on one database, one presentation") else {
        return;
    };
    let database = Database::create(&server).await;
    let organizations = Organizations::start(Some(database.connection())).await;
    let second = organizations.second_hospital(database.connection()).await;
    check(&organizations, &[&organizations.hospital, &second]).await;
    drop((organizations, second));
    database.remove().await;
}

async fn check(organizations: &Organizations, nodes: &[&Node]) {
    let Organizations { client, hospital, clinic_did, .. } = organizations;
    let credential = organizations.issue(hospital, clinic_did, "jwt").await;
    let presentation = Presentation::make(organizations, &credential, "used-once").await;
    let sending = nodes.iter().cycle().take(PARALLEL).map(|node| presentation.send(client, node));
    let answers: Vec<_> = join_all(sending).await.into_iter().map(Result::unwrap).collect();
    let tokens: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(tokens.len(), 1, "{}", answers[0].text());
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        assert!(is_refused_as_used(refused), "{}", refused.text());
    }
    let token = tokens[0].member("access_token");
    for node in nodes {
        assert_eq!(organizations.introspect(node, &token).await["active"], true);
    }
}
