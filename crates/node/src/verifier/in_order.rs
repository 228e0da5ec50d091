//! Waits for several checks at once, and lets the first in order that fails decide.

use std::future::Future;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;

/// The most checks of one request that wait at the same time: each may send a request of its own.
const AT_ONCE_MAX: usize = 8;

/// Runs `futures`, a few at once, and collects their results in order; the first failure in that order ends it.
///
/// What needs no waiting takes no longer than in a loop. Takes a list, since a closure that is kept while waiting would not be `Send` for
/// every lifetime.
pub(crate) async fn all_in_order<T, E, F>(futures: Vec<F>) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut futures = futures.into_iter();
    let mut results = Vec::with_capacity(futures.len());
    let Some(first) = futures.next() else { return Ok(results) };
    let Some(second) = futures.next() else {
        results.push(first.await?);
        return Ok(results);
    };
    let mut waiting: FuturesOrdered<F> = [first, second].into_iter().collect();
    loop {
        while waiting.len() < AT_ONCE_MAX
            && let Some(next) = futures.next()
        {
            waiting.push_back(next);
        }
        match waiting.next().await {
            Some(result) => results.push(result?),
            None => return Ok(results),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_first_failure_in_order_decides_even_if_a_later_one_comes_earlier() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let slow = async {
            receiver.await.unwrap();
            Err("first")
        };
        let fast = async {
            sender.send(()).unwrap();
            Err::<(), _>("second")
        };
        let both = vec![slow.left_future(), fast.right_future()];
        assert_eq!(all_in_order(both).await, Err("first"));
    }

    #[tokio::test]
    async fn results_keep_their_order_and_few_run_at_once() {
        let (running, most) = (Cell::new(0), Cell::new(0));
        let each = (0..100).map(|number| {
            let (running, most) = (&running, &most);
            async move {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                tokio::task::yield_now().await;
                running.set(running.get() - 1);
                Ok::<_, ()>(number)
            }
        });
        assert_eq!(all_in_order(each.collect()).await, Ok((0..100).collect()));
        assert_eq!(most.get(), AT_ONCE_MAX);
    }
}
