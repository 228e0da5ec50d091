//! Two nodes that share what is used up: each with a decider, sessions and connections of its own.

use std::sync::Arc;
use std::time::Duration;

use pecan_node::authorization_server::{ACCESS_TOKEN_LIFETIME, AuthorizationServer};
use pecan_node::gateway::{Gateway, Outcome, Question, Settings};
use pecan_platform::random::{self, SystemRandom};
use pecan_platform::sql::Db;
use pecan_platform::tasks::Tasks;
use pecan_platform::{Env, session};
use pecan_testkit::{Folder, NodeOptions, ORGANIZATION_POLICY};

use super::{Gate, READ_TASK, draft, gateway_on, registration, route};
use crate::party::postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_calls_at_two_nodes_with_one_proof_one_passes() {
    let mut gate = Gate::new(READ_TASK).await;
    let tasks = Tasks::default();
    let env = gate.scenario.hospital.node.env.clone();
    check(&gate, [env.clone(), env]).await;
    if let Some(connection) = postgres() {
        // The clinic keeps a token for as long as it lives.
        gate.scenario.world.clock.advance(ACCESS_TOKEN_LIFETIME);
        // The database outlives the run: no nonce in it may come twice.
        let env = gate.scenario.clinic.node.env.clone();
        let env = Env { random: Arc::new(SystemRandom), ..env };
        let clinic = gate.scenario.world.node_on(env, "clinic.example.nl", NodeOptions::default());
        gate.scenario.clinic = clinic;
        let envs = [
            with_sessions(&gate, &connection, &tasks).await,
            with_sessions(&gate, &connection, &tasks).await,
        ];
        check(&gate, envs).await;
    }
    tasks.stop(Duration::from_secs(5)).await;
}

/// The hospital's ports, with sessions in a database that others write to, too.
async fn with_sessions(gate: &Gate, connection: &str, tasks: &Tasks) -> Env {
    let env = gate.scenario.hospital.node.env.clone();
    let db = Db::open(connection).await.unwrap();
    let sessions = session::start(&db, Arc::clone(&env.clock), tasks).await.unwrap();
    // Nor may a token.
    Env { sessions, random: Arc::new(SystemRandom), ..env }
}

async fn check(gate: &Gate, envs: [Env; 2]) {
    let policy = Folder::with(&[("test.json", ORGANIZATION_POLICY)]);
    let access = Folder::with(&[("test.rego", READ_TASK)]);
    let settings = Settings { gateways: vec![registration()], routes: vec![route()] };
    let gateways: Vec<Gateway> = envs
        .into_iter()
        .map(|env| {
            let mut options = NodeOptions::default();
            options.policy.directory = Some(policy.path().to_owned());
            let world = &gate.scenario.world;
            let twin = world.node_on(env.clone(), "hospital.example.nl", options);
            let server: AuthorizationServer = twin.node.authorization_server.clone();
            gateway_on(env, &settings, server, twin.node.access_facts.clone(), &access)
        })
        .collect();
    // The last of the twins answers on the network, and issues it.
    let token = gate.bound().await;
    let id = random::uuid(&SystemRandom);
    let proof = gate.proof(&token, draft(&token, &id)).await;
    let asked = || super::proofs::asked(&token.text, &proof);
    let calls = gateways.iter().cycle().take(100).map(|gateway| decide(gate, gateway, asked()));
    let decisions = futures_util::future::join_all(calls).await;
    assert_eq!(decisions.into_iter().filter(|passed| *passed).count(), 1);
}

async fn decide(gate: &Gate, gateway: &Gateway, asked: Question) -> bool {
    let decision = gateway.decide(&gate.registration, asked).await;
    match decision.outcome {
        Outcome::Allow(_) => true,
        Outcome::Deny(denied) => {
            assert!(denied.reason.contains("used before"), "{}", denied.reason);
            false
        }
    }
}
