//! The rows of the gateway's decision: one question for token, proof and policy.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bare::{Bare, on_all_cores};
use super::guard::{self, Policy};
use super::load::{Plan, Source};
use super::parties::{Signer, form_urlencoded};
use super::request;
use super::rows::{Bench, drive, one_bearer_token, one_token};
use super::server::Server;
use super::table::{Row, Verdict};
use super::three_calls::ThreeCalls;

/// Proofs that are signed ahead of a row: what a row can use up while they are fresh.
const PROOFS_AHEAD: usize = 120_000;
/// The share of the highest rate at which latency counts.
const SHARE_OF_RATE: f64 = 0.6;

/// What the client presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Bearer,
    Bound,
}

/// A node that decides, with a client that may read.
struct Guarded {
    server: Server,
    signer: Arc<Signer>,
    bearer: String,
    bound: String,
    bare: Bare,
    /// CPU seconds of one introspection.
    introspection: f64,
}

impl Bench<'_> {
    /// All rows of the decision.
    pub(super) async fn gateway(&mut self) -> Result<(), String> {
        if !self.wants("gateway") && self.options.only.is_some() {
            return Ok(());
        }
        let server = Server::start_guarded(self.options).await?;
        let signer = server.signer().await?;
        guard::permit(&server).await?;
        let bearer = one_bearer_token(&server, &signer).await?;
        let bound = one_token(&server, &signer).await?;
        let bare = Bare::measure(&signer.clinic.private_key);
        let introspection = self.introspection_cost(&server, &bearer).await?;
        let guarded = Guarded { server, signer, bearer, bound, bare, introspection };
        self.decision(&guarded, Token::Bearer, Policy::Allow).await?;
        self.decision(&guarded, Token::Bound, Policy::Allow).await?;
        self.decision(&guarded, Token::Bound, Policy::EOverdracht).await?;
        match &self.options.opa {
            Some(opa) => self.beside_three_calls(&guarded, opa).await,
            None => Ok(()),
        }
    }

    /// One question and the three calls that it replaces, each through NGINX.
    async fn beside_three_calls(&mut self, guarded: &Guarded, opa: &Path) -> Result<(), String> {
        let calls = ThreeCalls::start(&guarded.server, opa).await?;
        let mut loads = Vec::new();
        for (port, name) in [
            (calls.three, "gateway: NGINX with three calls (introspection, proof, OPA)"),
            (calls.one, "gateway: NGINX with one question"),
        ] {
            let questions = guarded.proved(Policy::EOverdracht, |proof| {
                let authorization = format!("DPoP {}", guarded.bound);
                let headers = [
                    ("Accept", "application/fhir+json"),
                    ("Authorization", authorization.as_str()),
                    ("DPoP", proof),
                ];
                request("GET", "/fhir/Task/1", &headers, "")
            })?;
            let next = AtomicUsize::new(0);
            let source: Source =
                Arc::new(move || questions.get(next.fetch_add(1, Ordering::Relaxed)).cloned());
            let load = drive(self.plan(port), &source, &guarded.server.process).await?;
            loads.push((load.outcome.rate(), load.outcome.quantile(990).as_secs_f64()));
            self.add(Row { name: name.to_owned(), load: Some(load), verdict: None });
        }
        if let [(three_rate, three_p99), (one_rate, one_p99)] = loads[..] {
            let verdict = Verdict::at_least(one_rate / three_rate, 3.0, "three calls");
            self.figure("gateway: throughput of one question", verdict);
            let verdict = Verdict::at_most(one_p99 / three_p99, 1.0 / 3.0, "three calls");
            self.figure("gateway: p99 of one question", verdict);
        }
        Ok(())
    }

    async fn introspection_cost(&mut self, server: &Server, token: &str) -> Result<f64, String> {
        let form = form_urlencoded(&[("token", token)]);
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let path = "/internal/auth/v2/accesstoken/introspect";
        let bytes = request("POST", path, &headers, &form);
        let source: Source = Arc::new(move || Some(bytes.clone()));
        let load = drive(self.plan(server.internal), &source, &server.process).await?;
        let cpu = load.cpu;
        let name = "gateway: one introspection, beside the decisions".to_owned();
        self.add(Row { name, load: Some(load), verdict: None });
        Ok(cpu)
    }

    /// A decision as fast as it goes, and its latency at a part of that rate.
    async fn decision(
        &mut self,
        guarded: &Guarded,
        token: Token,
        policy: Policy,
    ) -> Result<(), String> {
        let evaluation = guard::Bare::compile(&guarded.server, policy)?;
        let evaluation = on_all_cores(&|| evaluation.evaluate());
        let checks = if token == Token::Bound { guarded.bare.check } else { 0.0 };
        let sum = guarded.introspection + checks + evaluation;
        let label = format!(
            "gateway: decision, {}{}",
            match token {
                Token::Bearer => "Bearer",
                Token::Bound => "DPoP",
            },
            match policy {
                Policy::Allow => "",
                Policy::EOverdracht => ", eOverdracht",
            }
        );
        let plan = self.plan(guarded.server.gateway);
        let source = guarded.questions(token, policy)?;
        let load = drive(plan, &source, &guarded.server.process).await?;
        let what = format!(
            "introspection{} and policy ({:.1} us)",
            if token == Token::Bound { ", check" } else { "" },
            evaluation * 1e6
        );
        let verdict = Some(match token {
            Token::Bound => Verdict::at_most(load.cpu / sum, 1.5, &what),
            // The budget is that of a decision about a proof.
            Token::Bearer => Verdict::figure(format!("{:.2} x {what}", load.cpu / sum)),
        });
        let rate = load.outcome.rate() * SHARE_OF_RATE;
        self.add(Row { name: label.clone(), load: Some(load), verdict });
        let source = guarded.questions(token, policy)?;
        let load =
            drive(Plan { rate: Some(rate), ..plan }, &source, &guarded.server.process).await?;
        let p99 = load.outcome.quantile(990).as_secs_f64() * 1e3;
        let verdict = Some(Verdict {
            figure: format!("p99 {p99:.2} ms"),
            budget: "<= 5 ms".to_owned(),
            is_met: p99 <= 5.0,
        });
        self.add(Row { name: format!("{label}, at 60 % load"), load: Some(load), verdict });
        Ok(())
    }
}

impl Guarded {
    /// Questions, each with a proof of its own if the token is bound.
    fn questions(&self, token: Token, policy: Policy) -> Result<Source, String> {
        if token == Token::Bearer {
            let bytes = guard::question(policy, &self.bearer, None);
            return Ok(Arc::new(move || Some(bytes.clone())));
        }
        let questions =
            self.proved(policy, |proof| guard::question(policy, &self.bound, Some(proof)))?;
        let next = AtomicUsize::new(0);
        Ok(Arc::new(move || questions.get(next.fetch_add(1, Ordering::Relaxed)).cloned()))
    }

    /// Requests made of fresh proofs, signed on all cores.
    fn proved(
        &self,
        policy: Policy,
        request: impl Fn(&str) -> Vec<u8> + Sync,
    ) -> Result<Vec<Vec<u8>>, String> {
        let sign = || -> Vec<Vec<u8>> {
            (0..PROOFS_AHEAD / 2)
                .map(|_| request(&guard::proof(&self.signer, policy, &self.bound)))
                .collect()
        };
        std::thread::scope(|scope| {
            let threads = [scope.spawn(sign), scope.spawn(sign)];
            let mut all = Vec::with_capacity(PROOFS_AHEAD);
            for thread in threads {
                all.extend(thread.join().map_err(|_| "a signing thread failed")?);
            }
            Ok(all)
        })
    }
}
