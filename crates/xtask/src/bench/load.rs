//! The load generator: keep-alive connections, closed loop or a fixed rate, and what came of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::moment;

/// Bytes of an answer that are kept at most.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// How long one answer may take before the run counts it as failed.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// How a row is driven.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Port on loopback.
    pub(super) port: u16,
    /// Connections that are kept open.
    pub(super) connections: usize,
    /// Requests that are not counted, in time.
    pub(super) warm_up: Duration,
    /// The counted time.
    pub(super) duration: Duration,
    /// Requests per second over all connections; closed loop without it. Latency then counts from the planned start.
    pub(super) rate: Option<f64>,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// Answers with status 200 within the counted time.
    pub(super) answered: u64,
    /// All others, with the first of them.
    pub(super) failed: u64,
    /// Status and body of the first answer that was not 200.
    pub(super) first_failure: Option<String>,
    /// The counted time.
    pub(super) elapsed: Duration,
    /// Latencies, sorted.
    pub(super) latencies: Vec<Duration>,
}

impl Outcome {
    /// Answers per second.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn rate(&self) -> f64 {
        self.answered as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency below which a share of the answers came.
    pub(super) fn quantile(&self, per_thousand: usize) -> Duration {
        let index = self.latencies.len().saturating_sub(1) * per_thousand / 1_000;
        self.latencies.get(index).copied().unwrap_or_default()
    }
}

/// The next request as bytes of HTTP/1.1; `None` ends the run.
pub(super) type Source = Arc<dyn Fn() -> Option<Vec<u8>> + Send + Sync>;

/// Runs a plan. `at_start` and `at_end` are called at the edges of the counted time.
pub(super) async fn run(
    plan: Plan,
    source: &Source,
    mut at_edge: impl FnMut(),
) -> Result<Outcome, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let counting = Arc::new(AtomicBool::new(false));
    let turn = Arc::new(AtomicU64::new(0));
    let begin = moment();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..plan.connections {
        let worker = Worker {
            plan,
            source: Arc::clone(source),
            stop: Arc::clone(&stop),
            counting: Arc::clone(&counting),
            turn: Arc::clone(&turn),
            begin,
        };
        workers.spawn(worker.run());
    }
    tokio::time::sleep(plan.warm_up).await;
    at_edge();
    counting.store(true, Ordering::Relaxed);
    let counted = moment();
    let mut ended = Vec::new();
    let deadline = tokio::time::Instant::now() + plan.duration;
    while let Ok(Some(worker)) = tokio::time::timeout_at(deadline, workers.join_next()).await {
        ended.push(worker);
    }
    counting.store(false, Ordering::Relaxed);
    let elapsed = counted.elapsed();
    at_edge();
    stop.store(true, Ordering::Relaxed);
    let mut outcome = Outcome { elapsed, ..Outcome::default() };
    while let Some(worker) = workers.join_next().await {
        ended.push(worker);
    }
    for worker in ended {
        let worker = worker.map_err(|error| error.to_string())??;
        outcome.answered += worker.answered;
        outcome.failed += worker.failed;
        outcome.latencies.extend(worker.latencies);
        outcome.first_failure = outcome.first_failure.or(worker.first_failure);
    }
    outcome.latencies.sort_unstable();
    Ok(outcome)
}

struct Worker {
    plan: Plan,
    source: Source,
    stop: Arc<AtomicBool>,
    counting: Arc<AtomicBool>,
    turn: Arc<AtomicU64>,
    begin: Instant,
}

impl Worker {
    async fn run(self) -> Result<Outcome, String> {
        let mut outcome = Outcome::default();
        let mut connection = Connection::open(self.plan.port).await?;
        while !self.stop.load(Ordering::Relaxed) {
            let planned = self.planned().await;
            let Some(request) = (self.source)() else {
                break;
            };
            let sent = planned.unwrap_or_else(moment);
            let answer = tokio::time::timeout(ANSWER_LIMIT, connection.exchange(&request)).await;
            let latency = sent.elapsed();
            let Ok(Ok((status, body))) = answer else {
                outcome.failed += 1;
                outcome.first_failure.get_or_insert_with(|| "no answer".to_owned());
                connection = Connection::open(self.plan.port).await?;
                continue;
            };
            if status != 200 {
                outcome.failed += 1;
                let text = String::from_utf8_lossy(&body).chars().take(300).collect::<String>();
                outcome.first_failure.get_or_insert_with(|| format!("{status} {text}"));
            } else if self.counting.load(Ordering::Relaxed) {
                outcome.answered += 1;
                outcome.latencies.push(latency);
            }
        }
        Ok(outcome)
    }

    /// Waits for the next planned start of an open loop.
    async fn planned(&self) -> Option<Instant> {
        let rate = self.plan.rate?;
        let turn = u32::try_from(self.turn.fetch_add(1, Ordering::Relaxed)).unwrap_or(u32::MAX);
        let start = self.begin + Duration::from_secs_f64(f64::from(turn) / rate);
        tokio::time::sleep_until(start.into()).await;
        Some(start)
    }
}

/// One keep-alive connection that reads answers with a `Content-Length`.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to a port on loopback.
    pub(super) async fn open(port: u16) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|e| e.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { stream, buffer: Vec::with_capacity(8_192) })
    }

    /// Sends a request and reads its answer: status and body.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>), String> {
        self.stream.write_all(request).await.map_err(|error| error.to_string())?;
        self.buffer.clear();
        let mut head = None;
        loop {
            if head.is_none() {
                head = Head::find(&self.buffer);
            }
            if let Some(head) = &head
                && self.buffer.len() >= head.end + head.length
            {
                let body = self.buffer.get(head.end..head.end + head.length).unwrap_or_default();
                return Ok((head.status, body.to_vec()));
            }
            let read = self.stream.read_buf(&mut self.buffer).await.map_err(|e| e.to_string())?;
            if read == 0 || self.buffer.len() > ANSWER_BYTES_MAX {
                return Err("the connection ended".to_owned());
            }
        }
    }
}

struct Head {
    status: u16,
    length: usize,
    end: usize,
}

impl Head {
    fn find(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let status = text.get(9..12)?.parse().ok()?;
        let mut length = 0;
        for line in text.lines().skip(1) {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok()?;
            }
        }
        Some(Self { status, length, end })
    }
}
