//! The decision log of both nodes, as their operators read it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::super::party::Outcome;
use super::super::printer::{Printer, Tone, line};

/// Where nodes write their decisions.
const TARGET: &str = "pecan::decision";

/// How many decisions are kept.
const KEPT_MAX: usize = 256;

/// One decision.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Its id.
    pub(super) decision: String,
    /// `allow`, `unauthenticated` or `deny`.
    pub(super) outcome: String,
    /// The policies that allowed.
    pub(super) policy: String,
    /// Why not.
    pub(super) reason: String,
    method: String,
    path: String,
}

/// The decisions of both nodes, the last ones.
pub(in crate::demo) struct DecisionLog {
    entries: Mutex<VecDeque<Entry>>,
    is_followed: AtomicBool,
    printer: Printer,
}

impl DecisionLog {
    /// Listens to what nodes of this process log.
    pub(in crate::demo) fn start(printer: Printer) -> Outcome<Arc<Self>> {
        let entries = Mutex::default();
        let log = Arc::new(Self { entries, is_followed: AtomicBool::new(false), printer });
        let targets = Targets::new().with_target(TARGET, LevelFilter::INFO);
        tracing_subscriber::registry().with(targets).with(Reader(Arc::clone(&log))).try_init()?;
        Ok(log)
    }

    /// The decision of an id.
    pub(super) fn find(&self, id: &str) -> Outcome<Entry> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries.iter().rfind(|entry| entry.decision == id).cloned();
        found.ok_or_else(|| format!("the log has no decision `{id}`").into())
    }

    /// Prints each decision from now on.
    pub(super) fn follow(&self) {
        self.is_followed.store(true, Ordering::Relaxed);
    }

    fn add(&self, entry: Entry) {
        if self.is_followed.load(Ordering::Relaxed) {
            self.print(&entry);
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == KEPT_MAX {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    fn print(&self, entry: &Entry) {
        let Entry { decision, outcome, policy, reason, method, path } = entry;
        let tone = if outcome == "allow" { Tone::Good } else { Tone::Bad };
        let outcome = self.printer.tone(tone, outcome);
        line(&format!("   {decision}  {outcome}  {method} {path}  {policy}{reason}"));
    }
}

struct Reader(Arc<DecisionLog>);

impl<S: Subscriber> Layer<S> for Reader {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut entry = Entry::default();
        event.record(&mut entry);
        self.0.add(entry);
    }
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let member = match field.name() {
            "decision" => &mut self.decision,
            "outcome" => &mut self.outcome,
            "policy" => &mut self.policy,
            "reason" => &mut self.reason,
            "method" => &mut self.method,
            "path" => &mut self.path,
            _ => return,
        };
        value.clone_into(member);
    }
}
