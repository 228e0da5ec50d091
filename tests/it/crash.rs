//! The process is killed while it grants tokens: what it answered still holds when it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use crate::database::Database;
use crate::organizations::Organizations;
use crate::presentation::{Presentation, is_refused_as_used, now};
use crate::settings;

/// How many requests are under way at once.
const WORKERS: usize = 8;
/// After how many tokens the process is killed.
const TOKENS_BEFORE_KILL: usize = 40;
/// The most presentations of a worker.
const ROUNDS_MAX: usize = 200;

/// A presentation that was sent, and the token that came for it, if an answer came.
type Sent = (Presentation, Option<String>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_loses_no_token_and_forgets_no_nonce_with_sqlite() {
    check(Organizations::start(None).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_loses_no_token_and_forgets_no_nonce_with_postgresql() {
    let Some(server) = settings::postgres("a crash of a node on PostgreSQL") else { return };
    let database = Database::create(&server).await;
    check(Organizations::start(Some(database.connection())).await).await;
    database.remove().await;
}

async fn check(organizations: Organizations) {
    let sent = grant_until_killed(&organizations).await;
    let client = organizations.client.clone();
    organizations.hospital.run(&client).await;

    let hospital = &organizations.hospital;
    let again = join_all(sent.iter().map(|(presentation, _)| presentation.send(&client, hospital)));
    let again: Vec<_> = again.await.into_iter().map(Result::unwrap).collect();
    let resent_at = now();
    let mut granted = 0;
    for ((presentation, token), again) in sent.iter().zip(&again) {
        let Some(token) = token else { continue };
        granted += 1;
        assert_ne!(again.status, 200, "a nonce was accepted twice");
        // Later it is refused for its age, whether the nonce is remembered or not.
        if presentation.counts_at(resent_at) {
            assert!(is_refused_as_used(again), "{}", again.text());
        }
        assert_eq!(
            organizations.introspect(hospital, token).await["active"],
            true,
            "a token is lost"
        );
    }
    assert!(granted >= TOKENS_BEFORE_KILL, "{granted} tokens");

    // Those that broke off may have been granted before or now; not once more, either way.
    let unanswered = sent.iter().filter(|(_, token)| token.is_none());
    let third = join_all(unanswered.map(|(presentation, _)| presentation.send(&client, hospital)));
    assert!(third.await.into_iter().all(|answer| answer.unwrap().status != 200));
}

/// Sends presentations from several sides until the process is killed in the midst of them.
async fn grant_until_killed(organizations: &Organizations) -> Vec<Sent> {
    let credential =
        organizations.issue(&organizations.hospital, &organizations.clinic_did, "jwt").await;
    let granted = Arc::new(AtomicUsize::new(0));
    let workers = (0..WORKERS).map(async |worker| {
        let mut sent: Vec<Sent> = Vec::new();
        for round in 0..ROUNDS_MAX {
            let nonce = format!("{worker}-{round}");
            let presentation = Presentation::make(organizations, &credential, &nonce).await;
            let answer = presentation.send(&organizations.client, &organizations.hospital).await;
            let Ok(answer) = answer else {
                sent.push((presentation, None));
                break;
            };
            sent.push((presentation, Some(answer.expect(200).member("access_token"))));
            granted.fetch_add(1, Ordering::Relaxed);
        }
        sent
    });
    let killer = async {
        while granted.load(Ordering::Relaxed) < TOKENS_BEFORE_KILL {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        organizations.hospital.kill();
    };
    let (sent, ()) = futures_util::future::join(join_all(workers), killer).await;
    sent.into_iter().flatten().collect()
}
