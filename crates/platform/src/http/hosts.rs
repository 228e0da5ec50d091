//! How many exchanges run at the same time, with one origin and with all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::target::Origin;
use crate::process;

/// The exchanges with one origin at the same time; each has a connection of its own.
pub(super) const EXCHANGES_PER_HOST_MAX: usize = 5;

/// The exchanges that run at the same time, with all origins, if the system lets us have that many files.
const EXCHANGES_MAX: usize = 1024;

/// The exchanges that are possible whatever the system says.
const EXCHANGES_MIN: usize = 64;

/// Hands out the right to exchange with an origin. Its table holds the origins for which somebody runs or waits, so that it has no more
/// entries than there are requests.
#[derive(Clone)]
pub(super) struct Hosts {
    all: Arc<Semaphore>,
    table: Arc<Mutex<HashMap<Origin, Arc<Semaphore>>>>,
}

/// The right to one exchange; it returns when dropped.
pub(super) struct Turn {
    hosts: Hosts,
    origin: Origin,
    host: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
    all: Option<OwnedSemaphorePermit>,
}

impl Hosts {
    pub(super) fn new() -> Self {
        // SECURITY: parties that do not answer must not hold the files that the listeners and the database need.
        let files = process::open_files_max().unwrap_or(EXCHANGES_MAX);
        let exchanges = (files / 8).clamp(EXCHANGES_MIN, EXCHANGES_MAX);
        Self {
            all: Arc::new(Semaphore::new(exchanges)),
            table: Arc::new(Mutex::new(HashMap::new())),
        }
    }

    /// Waits for the right to exchange with an origin.
    pub(super) async fn turn(&self, origin: &Origin) -> Turn {
        let host = Arc::clone(
            self.table
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(origin.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(EXCHANGES_PER_HOST_MAX))),
        );
        // Made before the wait, so that a wait that is given up is cleaned up too.
        let mut turn = Turn {
            hosts: self.clone(),
            origin: origin.clone(),
            host: Arc::clone(&host),
            permit: None,
            all: None,
        };
        // SECURITY: in this order, or those who wait for one slow party keep everybody else waiting.
        // Neither semaphore is ever closed, so that both permits are there.
        turn.permit = host.acquire_owned().await.ok();
        turn.all = Arc::clone(&self.all).acquire_owned().await.ok();
        turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        (self.permit, self.all) = (None, None);
        let mut table = self.hosts.table.lock().unwrap_or_else(PoisonError::into_inner);
        // INVARIANT: references are added under this lock; two are left (the table's and ours) when nobody else runs or waits.
        if Arc::strong_count(&self.host) <= 2 {
            table.remove(&self.origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use url::Url;

    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&Url::parse(url).expect("a URL"), false).expect("may be called")
    }

    #[tokio::test]
    async fn the_sixth_exchange_with_a_host_waits_and_another_host_does_not() {
        let hosts = Hosts::new();
        let busy = origin("http://a.nl");
        let mut turns = Vec::new();
        for _ in 0..EXCHANGES_PER_HOST_MAX {
            turns.push(hosts.turn(&busy).await);
        }
        assert!(hosts.turn(&busy).now_or_never().is_none());
        assert!(hosts.turn(&origin("http://b.nl")).now_or_never().is_some());
        turns.pop();
        assert!(hosts.turn(&busy).now_or_never().is_some());
    }

    #[tokio::test]
    async fn those_who_wait_for_one_host_do_not_keep_others_waiting() {
        let hosts = Hosts::new();
        let slow = origin("http://a.nl");
        let mut waiting: Vec<_> = (0..EXCHANGES_MAX + EXCHANGES_PER_HOST_MAX)
            .map(|_| Box::pin(hosts.turn(&slow)))
            .collect();
        let turns: Vec<_> = waiting.iter_mut().filter_map(FutureExt::now_or_never).collect();
        assert_eq!(turns.len(), EXCHANGES_PER_HOST_MAX);
        assert!(hosts.turn(&origin("http://b.nl")).now_or_never().is_some());
    }

    #[tokio::test]
    async fn hosts_without_exchanges_are_forgotten() {
        let hosts = Hosts::new();
        let busy = origin("http://a.nl");
        let mut turns = Vec::new();
        for _ in 0..EXCHANGES_PER_HOST_MAX {
            turns.push(hosts.turn(&busy).await);
        }
        assert!(hosts.turn(&busy).now_or_never().is_none(), "a wait that is given up");
        drop(turns);
        assert!(hosts.table.lock().expect("not poisoned").is_empty());
    }
}
