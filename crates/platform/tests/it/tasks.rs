//! Background work. The time of the runtime stands still and jumps to the next timer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pecan_platform::tasks::Tasks;
use tokio::sync::mpsc;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_round_runs_at_once_and_then_every_period() {
    let tasks = Tasks::default();
    let (told, mut rounds) = mpsc::unbounded_channel();
    let started = Instant::now();
    tasks.every("tick", 10 * SECOND, move || {
        told.send(started.elapsed().as_secs()).unwrap();
        Box::pin(async { Ok(()) })
    });
    for expected in [0, 10, 20] {
        assert_eq!(rounds.recv().await, Some(expected));
    }
    assert_eq!(tasks.states()[0].name, "tick");
    assert!(tasks.states()[0].rounds >= 2);
    tasks.stop(SECOND).await;
    assert_eq!(rounds.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_round_that_fails_or_panics_is_tried_again_after_a_pause_that_grows() {
    let tasks = Tasks::default();
    let (told, mut rounds) = mpsc::unbounded_channel();
    let (started, count) = (Instant::now(), AtomicU32::new(0));
    tasks.every("fragile", 1000 * SECOND, move || {
        told.send(started.elapsed().as_secs()).unwrap();
        match count.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("before the future"),
            1 => Box::pin(async { panic!("in the future") }),
            2..=8 => Box::pin(async { Err("no".to_owned()) }),
            _ => Box::pin(async { Ok(()) }),
        }
    });
    for expected in [0, 1, 3, 7, 15, 31, 63, 123, 183] {
        assert_eq!(rounds.recv().await, Some(expected));
    }
    assert_eq!(tasks.states()[0].last_error.as_deref(), Some("no"));
    assert_eq!(rounds.recv().await, Some(243));
    assert_eq!(rounds.recv().await, Some(1243));
    assert_eq!(tasks.states()[0].last_error, None);
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_the_current_round_but_not_for_ever() {
    let tasks = Tasks::default();
    let ended = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&ended);
    tasks.every("slow", SECOND, move || {
        let counted = Arc::clone(&counted);
        Box::pin(async move {
            tokio::time::sleep(5 * SECOND).await;
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    });
    tasks.spawn("endless", std::future::pending());
    tasks.spawn("panicking", async { panic!("it is logged") });
    tokio::task::yield_now().await;
    let started = Instant::now();
    tasks.stop(20 * SECOND).await;
    assert_eq!((started.elapsed(), ended.load(Ordering::Relaxed)), (20 * SECOND, 1));
}

#[tokio::test(start_paused = true)]
async fn work_without_an_end_is_told_to_stop() {
    let tasks = Tasks::default();
    tasks.spawn("watching", tasks.stopping());
    let started = Instant::now();
    tasks.stop(20 * SECOND).await;
    assert_eq!(started.elapsed(), Duration::ZERO);
}
