//! The rows: what is driven, what it is compared with, and its budget.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pecan_credentials::credential::Credential;
use pecan_credentials::format::Format;
use serde_json::{Value, json};

use super::bare::Bare;
use super::empty::Empty;
use super::load::{self, Outcome, Plan, Source};
use super::options::Options;
use super::parties::{SCOPE, Signer, call, form_urlencoded};
use super::process::Process;
use super::request;
use super::seed;
use super::server::{Change, Server, Storage};
use super::table::{self, Load, Row, Verdict, megabytes};

/// Requests that are signed ahead of a run at most: what a run can use up while they are fresh.
const SIGNED_AHEAD_MAX: usize = 50_000;
/// Checks of signatures in one token request: presentation, credential, proof of possession.
const CHECKS: f64 = 3.0;
/// Time before the counted time.
const WARM_UP: Duration = Duration::from_millis(800);
/// Live tokens of the memory row.
const LIVE_TOKENS: usize = 100_000;

/// Runs all rows.
pub(super) async fn run(options: &Options) -> Result<String, String> {
    let mut bench = Bench { options, rows: Vec::new(), embedded: HashMap::new() };
    bench.storage(&Storage::Sqlite).await?;
    bench.storage(&Storage::Memory).await?;
    if let Some(url) = &options.postgres {
        let url = seed::fresh_database(url).await?;
        bench.storage(&Storage::Postgres(url)).await?;
    }
    bench.gateway().await?;
    bench.at_rest().await?;
    if options.large {
        bench.large().await?;
    }
    let missed =
        bench.rows.iter().filter(|row| row.verdict.as_ref().is_some_and(|v| !v.is_met)).count();
    Ok(format!("{}\n{} rows, {missed} budgets missed", table::print(&bench.rows), bench.rows.len()))
}

/// The rows so far, and how more are made.
pub(super) struct Bench<'o> {
    pub(super) options: &'o Options,
    rows: Vec<Row>,
    /// What a token request cost with SQLite, by format: seconds of CPU.
    embedded: HashMap<Format, f64>,
}

impl Bench<'_> {
    pub(super) fn wants(&self, name: &str) -> bool {
        self.options.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    pub(super) fn plan(&self, port: u16) -> Plan {
        Plan {
            port,
            connections: self.options.connections,
            warm_up: WARM_UP,
            duration: self.options.duration,
            rate: None,
        }
    }

    /// Keeps a row, and shows it at once: a run takes minutes.
    pub(super) fn add(&mut self, row: Row) {
        eprintln_progress(
            table::print(std::slice::from_ref(&row)).lines().last().unwrap_or_default(),
        );
        self.rows.push(row);
    }

    pub(super) fn figure(&mut self, name: &str, verdict: Verdict) {
        self.add(Row { name: name.to_owned(), load: None, verdict: Some(verdict) });
    }

    /// The rows of one kind of storage.
    async fn storage(&mut self, storage: &Storage) -> Result<(), String> {
        let label = match storage {
            Storage::Sqlite => "sqlite",
            Storage::Memory => "memory",
            Storage::Postgres(_) => "postgres",
        };
        if !self.wants(label) && self.options.only.is_some() {
            return Ok(());
        }
        let server = Server::start(self.options, label, storage).await?;
        let signer = server.signer().await?;
        let bare = Bare::measure(&signer.clinic.private_key);
        eprintln_progress(&format!(
            "{label}: with all cores busy one ES256 check {:.1} us, one signature {:.1} us; a check alone {:.1} us",
            bare.check * 1e6,
            bare.sign * 1e6,
            bare.check_alone * 1e6
        ));
        let jwt = self.token(&server, &signer, label, Format::JwtVc, Seen::First, &bare).await?;
        let mut server = emptied(server, storage).await?;
        let json_ld =
            self.token(&server, &signer, label, Format::LdpVc, Seen::First, &bare).await?;
        for (format, first) in [(Format::JwtVc, jwt), (Format::LdpVc, json_ld)] {
            server = emptied(server, storage).await?;
            let again = self.token(&server, &signer, label, format, Seen::Before, &bare).await?;
            if !server.process.with_stores {
                let name = format!("{label}: {format}, per CPU second, credential seen before");
                self.figure(&name, Verdict::at_least(first / again, 1.4, "first seen"));
            }
        }
        if let Some(rate) = self.options.rate {
            self.token_at(&server, &signer, label, rate).await?;
        }
        self.introspection(&server, &signer, label).await?;
        let server = emptied(server, storage).await?;
        self.client(&server, &signer, label, &bare).await
    }

    /// The token endpoint; CPU per request.
    async fn token(
        &mut self,
        server: &Server,
        signer: &Arc<Signer>,
        label: &str,
        format: Format,
        seen: Seen,
        bare: &Bare,
    ) -> Result<f64, String> {
        let plan = self.plan(server.public);
        let source = signed_ahead(signer, format, seen, SIGNED_AHEAD_MAX)?;
        let load = drive(plan, &source, &server.process).await?;
        let cpu = load.cpu;
        let budget = match format {
            Format::JwtVc => 1.6,
            Format::LdpVc => 2.0,
        };
        let embedded = self.embedded.get(&format);
        let verdict = match (seen, server.process.with_stores, embedded) {
            (Seen::Before, ..) | (_, true, None) => None,
            (Seen::First, true, Some(embedded)) => {
                Some(Verdict::at_most(cpu / embedded, 1.5, "SQLite, database server included"))
            }
            (Seen::First, false, _) => {
                Some(Verdict::at_most(cpu / (CHECKS * bare.check), budget, "three bare checks"))
            }
        };
        if label == "sqlite" && seen == Seen::First {
            self.embedded.insert(format, cpu);
        }
        let name = format!("{label}: POST /token, {format}, credential {seen}");
        self.add(Row { name, load: Some(load), verdict });
        Ok(cpu)
    }

    /// The token endpoint at a fixed rate.
    async fn token_at(
        &mut self,
        server: &Server,
        signer: &Arc<Signer>,
        label: &str,
        rate: f64,
    ) -> Result<(), String> {
        let plan = Plan { rate: Some(rate), ..self.plan(server.public) };
        let source = signed_ahead(signer, Format::JwtVc, Seen::First, SIGNED_AHEAD_MAX)?;
        let load = drive(plan, &source, &server.process).await?;
        let name = format!("{label}: POST /token, jwt_vc, at {rate:.0}/s");
        self.add(Row { name, load: Some(load), verdict: None });
        Ok(())
    }

    /// Introspection beside an empty server.
    async fn introspection(
        &mut self,
        server: &Server,
        signer: &Arc<Signer>,
        label: &str,
    ) -> Result<(), String> {
        let token = one_token(server, signer).await?;
        let form = form_urlencoded(&[("token", &token)]);
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let empty = Empty::start().await?;
        let fixed = |path: &str| -> Source {
            let bytes = request("POST", path, &headers, &form);
            Arc::new(move || Some(bytes.clone()))
        };
        let connections = 100;
        let plan = Plan { connections, ..self.plan(empty.port) };
        let nothing = drive(plan, &fixed("/empty"), &empty.process).await?;
        let plan = Plan { port: server.internal, ..plan };
        let path = "/internal/auth/v2/accesstoken/introspect";
        let load = drive(plan, &fixed(path), &server.process).await?;
        let share = load.outcome.rate() / nothing.outcome.rate();
        let name = format!("{label}: an empty server, 100 connections");
        self.add(Row { name, load: Some(nothing), verdict: None });
        let name = format!("{label}: introspection, 100 connections");
        let verdict = Some(Verdict::at_least(share, 0.5, "the empty server's rate"));
        self.add(Row { name, load: Some(load), verdict });
        Ok(())
    }

    /// `request-service-access-token`: cached, and both halves in one process.
    async fn client(
        &mut self,
        server: &Server,
        signer: &Arc<Signer>,
        label: &str,
        bare: &Bare,
    ) -> Result<(), String> {
        let credential = signer.credential(Format::JwtVc);
        let loaded = Value::String(credential.raw().to_owned());
        call(server.internal, "POST", "/internal/vcr/v2/holder/clinic/vc", Some(&loaded)).await?;
        let body = json!({"authorization_server": signer.audience, "scope": SCOPE}).to_string();
        let path = "/internal/auth/v2/clinic/request-service-access-token";
        let json = ("Content-Type", "application/json");
        let cached = request("POST", path, &[json], &body);
        let fresh = request("POST", path, &[json, ("Cache-Control", "no-cache")], &body);
        let plan = self.plan(server.internal);
        let empty = Empty::start().await?;
        let source: Source = Arc::new(move || Some(request("POST", "/empty", &[json], "{}")));
        let nothing = drive(Plan { port: empty.port, ..plan }, &source, &empty.process).await?;
        let load =
            drive(plan, &(Arc::new(move || Some(cached.clone())) as Source), &server.process)
                .await?;
        let share = load.outcome.rate() / nothing.outcome.rate();
        let name = format!("{label}: request-service-access-token, cached");
        let verdict = Some(Verdict::at_least(share, 0.5, "the empty server's rate"));
        self.add(Row { name, load: Some(load), verdict });
        let load = drive(plan, &(Arc::new(move || Some(fresh.clone())) as Source), &server.process)
            .await?;
        let bare = CHECKS * bare.check + 2.0 * bare.sign;
        let verdict = (!server.process.with_stores)
            .then(|| Verdict::at_most(load.cpu / bare, 2.0, "three checks and two signatures"));
        let name = format!("{label}: request-service-access-token, both halves");
        self.add(Row { name, load: Some(load), verdict });
        Ok(())
    }

    /// Memory and start of a node with nothing stored, and memory with live tokens.
    async fn at_rest(&mut self) -> Result<(), String> {
        let server = Server::start(self.options, "rest", &Storage::Sqlite).await?;
        let ready = server.process.ready_after;
        let verdict = Verdict {
            figure: format!("{:.0} ms", ready.as_secs_f64() * 1e3),
            budget: "<= 100 ms".to_owned(),
            is_met: ready <= Duration::from_millis(100),
        };
        // A first start makes the database; the next one is what an operator waits for.
        self.figure("first start to ready, nothing stored", verdict);
        let server = server.restart(Change::Nothing).await?;
        let ready = server.process.ready_after;
        self.figure("start to ready, nothing stored", limit_time(ready, 100));
        let memory = server.process.memory();
        self.figure("idle memory", limit_memory(memory, 40));
        let signer = server.signer().await?;
        let mut tokens = 0;
        while tokens < LIVE_TOKENS {
            let count = (LIVE_TOKENS - tokens).min(SIGNED_AHEAD_MAX / 2);
            let source = signed_ahead(&signer, Format::JwtVc, Seen::First, count)?;
            let plan = Plan {
                warm_up: Duration::ZERO,
                duration: Duration::from_secs(12),
                ..self.plan(server.public)
            };
            let load = drive(plan, &source, &server.process).await?;
            tokens += usize::try_from(load.outcome.answered).unwrap_or(count);
        }
        let memory = server.process.memory();
        self.figure("memory with 100,000 live tokens", limit_memory(memory, 150));
        Ok(())
    }

    /// The same work with a million stored tokens and credentials and 100,000 subjects.
    async fn large(&mut self) -> Result<(), String> {
        let server = Server::start(self.options, "large", &Storage::Sqlite).await?;
        let signer = server.signer().await?;
        let bare = Bare::measure(&signer.clinic.private_key);
        let before = self.large_rows(&server, &signer, "few stored", &bare).await?;
        let server = server.restart(Change::Fill).await?;
        let ready = server.process.ready_after;
        self.figure(
            "start to ready, 1,000,000 credentials, 100,000 subjects",
            limit_time(ready, 500),
        );
        let server = server.restart(Change::FillTokens).await?;
        let ready = server.process.ready_after;
        // The budget does not count tokens; whoever restarts a busy node wants to know.
        let verdict = Verdict::figure(format!("{:.0} ms", ready.as_secs_f64() * 1e3));
        self.figure("start to ready, 1,000,000 live tokens besides", verdict);
        let after = self.large_rows(&server, &signer, "1,000,000 stored", &bare).await?;
        for (what, (before, after)) in
            ["token", "introspection", "request"].iter().zip(before.iter().zip(&after))
        {
            let name = format!("{what}: CPU with 1,000,000 stored");
            self.figure(&name, Verdict::at_most(after / before, 1.5, "few stored"));
        }
        Ok(())
    }

    async fn large_rows(
        &mut self,
        server: &Server,
        signer: &Arc<Signer>,
        label: &str,
        bare: &Bare,
    ) -> Result<Vec<f64>, String> {
        let first = self.rows.len();
        self.token(server, signer, label, Format::JwtVc, Seen::First, bare).await?;
        self.introspection(server, signer, label).await?;
        self.client(server, signer, label, bare).await?;
        let rows = self.rows.get(first..).unwrap_or_default();
        let cpu = |part: &str| {
            let row = rows.iter().find(|row| row.name.contains(part))?;
            row.load.as_ref().map(|load| load.cpu)
        };
        let parts = ["POST /token", "introspection", "both halves"];
        Ok(parts.iter().filter_map(|part| cpu(part)).collect())
    }
}

/// The node without the sessions of earlier rows, where they are in memory.
///
/// That store has a limit which seconds of full load reach, since a token lives for a quarter of an hour.
async fn emptied(server: Server, storage: &Storage) -> Result<Server, String> {
    match storage {
        Storage::Memory => server.restart(Change::Nothing).await,
        Storage::Sqlite | Storage::Postgres(_) => Ok(server),
    }
}

fn limit_time(time: Duration, milliseconds: u64) -> Verdict {
    Verdict {
        figure: format!("{:.0} ms", time.as_secs_f64() * 1e3),
        budget: format!("<= {milliseconds} ms"),
        is_met: time <= Duration::from_millis(milliseconds),
    }
}

fn limit_memory(bytes: u64, megabytes_max: u64) -> Verdict {
    Verdict {
        figure: megabytes(bytes),
        budget: format!("<= {megabytes_max} MB"),
        is_met: bytes <= megabytes_max * 1_000_000,
    }
}

/// Whether the node has seen the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    First,
    Before,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::First => "first seen",
            Self::Before => "seen before",
        })
    }
}

/// Token requests that are signed now, on all cores, so that the generator only sends while it is counted.
fn signed_ahead(
    signer: &Arc<Signer>,
    format: Format,
    seen: Seen,
    count: usize,
) -> Result<Source, String> {
    let count = if format == Format::LdpVc { count.min(25_000) } else { count };
    let known: Option<Credential> = (seen == Seen::Before).then(|| signer.credential(format));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (signer, known) = (Arc::clone(signer), known.clone());
            std::thread::spawn(move || -> Vec<Vec<u8>> {
                let credential = || known.clone().unwrap_or_else(|| signer.credential(format));
                (0..count / 2).map(|_| signer.token_request(credential())).collect()
            })
        })
        .collect();
    let mut requests = Vec::with_capacity(count);
    for thread in threads {
        requests.extend(thread.join().map_err(|_| "a signing thread failed")?);
    }
    let requests: Vec<Mutex<Vec<u8>>> = requests.into_iter().map(Mutex::new).collect();
    let next = AtomicUsize::new(0);
    Ok(Arc::new(move || {
        let request = requests.get(next.fetch_add(1, Ordering::Relaxed))?;
        Some(std::mem::take(&mut *request.lock().ok()?))
    }))
}

pub(super) async fn drive(plan: Plan, source: &Source, process: &Process) -> Result<Load, String> {
    let mut edges = Vec::new();
    let outcome = load::run(plan, source, || edges.push(process.cpu())).await?;
    if outcome.failed > 0 {
        let first = outcome.first_failure.as_deref().unwrap_or_default();
        return Err(format!("{} requests failed, the first with {first}", outcome.failed));
    }
    let used = match edges.as_slice() {
        [start, .., end] => end.saturating_sub(*start),
        _ => Duration::ZERO,
    };
    Ok(Load { cpu: per_request(used, &outcome), memory: process.memory(), outcome })
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn per_request(used: Duration, outcome: &Outcome) -> f64 {
    used.as_secs_f64() / outcome.answered.max(1) as f64
}

/// An access token that is bound to the client's key.
pub(super) async fn one_token(server: &Server, signer: &Signer) -> Result<String, String> {
    token_of(server, signer.token_request(signer.credential(Format::JwtVc))).await
}

/// One that is not.
pub(super) async fn one_bearer_token(server: &Server, signer: &Signer) -> Result<String, String> {
    token_of(server, signer.bearer_request(signer.credential(Format::JwtVc))).await
}

async fn token_of(server: &Server, bytes: Vec<u8>) -> Result<String, String> {
    let (status, body) = load::Connection::open(server.public).await?.exchange(&bytes).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let token = answer.get("access_token").and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| format!("{status} {}", String::from_utf8_lossy(&body)))
}

#[expect(clippy::print_stderr, reason = "a benchmark says what it is doing")]
fn eprintln_progress(text: &str) {
    eprintln!("{text}");
}
