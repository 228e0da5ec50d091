//! Counts and durations, and `/metrics` in the text format of Prometheus (contract/platform.md 4.4).

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use pecan_node::decision_point::{RemoteStatus, Status};
use pecan_node::gateway::{Denied, Outcome, Refusal};
use pecan_platform::process;

use crate::App;
use crate::respond::typed;

/// Bounds of the durations in seconds: from an answer out of memory to one that waited for a peer.
const SECONDS: [f64; 12] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// How often durations that were put aside on the request path are added up. Until then they take memory.
const UPKEEP_PERIOD: Duration = Duration::from_secs(5);

/// The counts of one operation. Made once, since finding a counter by its labels costs more than counting.
pub(crate) struct Meter {
    by_class: [Counter; 5],
    crashes: Counter,
    seconds: Histogram,
}

impl Meter {
    /// The counts of an operation; `None` for what is not routed.
    pub(crate) fn new(operation: Option<&'static str>) -> Self {
        let _installed = recorder();
        let operation = operation.unwrap_or("none");
        let of = |class: &'static str| metrics::counter!("http_requests_total", "operation" => operation, "status" => class);
        Self {
            by_class: [of("1xx"), of("2xx"), of("3xx"), of("4xx"), of("5xx")],
            crashes: metrics::counter!("http_crashes_total", "operation" => operation),
            seconds: metrics::histogram!("http_request_duration_seconds", "operation" => operation),
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, status: StatusCode, duration: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = self.by_class.get(class) {
            counter.increment(1);
        }
        self.seconds.record(duration);
    }

    /// Counts a handler that crashed.
    pub(crate) fn crashed(&self) {
        self.crashes.increment(1);
    }
}

/// Adds up what was put aside, for ever.
pub(crate) async fn keep() {
    loop {
        tokio::time::sleep(UPKEEP_PERIOD).await;
        recorder().run_upkeep();
    }
}

/// Counts a decision for a gateway.
pub(crate) fn decided(outcome: &Outcome) {
    static COUNTERS: OnceLock<[Counter; 3]> = OnceLock::new();
    let [allowed, unauthenticated, denied] = COUNTERS.get_or_init(|| {
        let _installed = recorder();
        // Labels come from this list only: a client cannot make new ones.
        ["allow", "unauthenticated", "deny"]
            .map(|outcome| metrics::counter!("pecan_gateway_decisions_total", "outcome" => outcome))
    });
    let counter = match outcome {
        Outcome::Allow(_) => allowed,
        Outcome::Deny(Denied { refusal: Refusal::Unauthenticated { .. }, .. }) => unauthenticated,
        Outcome::Deny(Denied { refusal: Refusal::Forbidden, .. }) => denied,
    };
    counter.increment(1);
}

pub(crate) async fn get(State(app): State<App>) -> Response {
    let mut page = recorder().render();
    append_process(&mut page);
    if let Some(status) = app.node.decision_point.status() {
        append_policies(&mut page, &status);
    }
    if let Some(status) = app.node.decision_point.remote_status() {
        append_remote(&mut page, &status);
    }
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    typed(StatusCode::OK, content_type, page)
}

/// The recorder of the process: every crate counts through the `metrics` facade, which has one for all.
fn recorder() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .expect("the list of bounds is not empty");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are recorded by another recorder: /metrics stays empty");
        }
        handle
    })
}

fn append(page: &mut String, name: &str, kind: &str, value: f64) {
    writeln!(page, "# TYPE {name} {kind}\n{name} {value}").expect("a string takes any text");
}

fn append_remote(page: &mut String, status: &RemoteStatus) {
    let flag = |is_set| if is_set { 1.0 } else { 0.0 };
    append(page, "pecan_policy_alert", "gauge", flag(status.alert.is_some()));
    append(page, "pecan_policy_circuit_open", "gauge", flag(status.is_open));
    append(page, "pecan_policy_remote_failures_total", "counter", to_float(status.failures_total));
    append(page, "pecan_policy_remote_skipped_total", "counter", to_float(status.skipped_total));
}

fn append_policies(page: &mut String, status: &Status) {
    let flag = |is_set| if is_set { 1.0 } else { 0.0 };
    append(page, "pecan_policy_loaded", "gauge", to_float(status.policies as u64));
    append(page, "pecan_policy_alert", "gauge", flag(status.alert.is_some()));
    append(page, "pecan_policy_reload_failures_total", "counter", to_float(status.reloads_failed));
    if let Some(at) = status.loaded_at {
        let seconds = u64::try_from(at.unix_timestamp()).unwrap_or_default();
        append(page, "pecan_policy_loaded_time_seconds", "gauge", to_float(seconds));
    }
}

fn append_process(page: &mut String) {
    let mut line = |name: &str, kind: &str, value: f64| append(page, name, kind, value);
    if let Some(usage) = process::usage() {
        line("process_cpu_seconds_total", "counter", usage.cpu_seconds);
        line("process_resident_memory_bytes", "gauge", to_float(usage.resident_bytes));
        line("process_virtual_memory_bytes", "gauge", to_float(usage.virtual_bytes));
        line("process_open_fds", "gauge", to_float(usage.open_files as u64));
        line("process_start_time_seconds", "gauge", usage.started_at_seconds);
    }
    if let Some(files) = process::open_files_max() {
        line("process_max_fds", "gauge", to_float(files as u64));
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory and files stay far below 2^53")]
fn to_float(number: u64) -> f64 {
    number as f64
}
