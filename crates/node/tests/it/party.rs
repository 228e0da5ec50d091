//! A node as far as keys, resolution and subjects go, and the world that it lives in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pecan_node::PublicUrl;
use pecan_node::key::Keys;
use pecan_node::resolver::Resolver;
use pecan_node::subject::{NewSubject, Subjects};
use pecan_platform::http::{HttpClient, HttpError, Request, Response, StatusCode, header};
use pecan_platform::random::{self, SystemRandom};
use pecan_platform::sql::Db;
use pecan_platform::{BoxFuture, Env};
use pecan_testkit::{ManualClock, World};

pub(crate) const URL: &str = "https://node.example.nl/care";

pub(crate) struct Party {
    pub(crate) env: Env,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) network: Arc<Network>,
    pub(crate) keys: Keys,
    pub(crate) resolver: Resolver,
    pub(crate) subjects: Subjects,
}

impl Party {
    pub(crate) async fn new() -> Self {
        let world = World::new();
        let network = Arc::new(Network::default());
        let env = Env { http: network.clone(), ..world.env().await };
        let clock = Arc::clone(&world.clock);
        Self::on(env, clock, network)
    }

    /// A party on each kind of database that is there: SQLite, and the PostgreSQL that the run names.
    pub(crate) async fn on_each_database() -> Vec<Self> {
        let mut parties = vec![Self::new().await];
        if let Some(connection) = postgres() {
            let mut party = Self::new().await;
            party.env.db = Db::open(&connection).await.unwrap();
            // The database outlives the run: nothing in it may come twice.
            party.env.random = Arc::new(SystemRandom);
            parties.push(party.twin());
        }
        parties
    }

    /// A name that no other run has.
    pub(crate) fn name(&self) -> String {
        random::uuid(&*self.env.random)
    }

    /// Another node on the same database, vault, clock and network.
    pub(crate) fn twin(&self) -> Self {
        Self::on(self.env.clone(), self.clock.clone(), self.network.clone())
    }

    fn on(env: Env, clock: Arc<ManualClock>, network: Arc<Network>) -> Self {
        let public_url = PublicUrl::parse(URL).unwrap();
        let keys = Keys::new(env.clone());
        let resolver = Resolver::new(env.clone(), &public_url);
        let subjects = Subjects::new(env.clone(), public_url, keys.clone(), resolver.own().clone());
        Self { env, clock, network, keys, resolver, subjects }
    }

    /// Makes a subject; its DID.
    pub(crate) async fn create(&self, name: &str) -> pecan_credentials::did::Did {
        let request = NewSubject { name: Some(name.to_owned()), ..NewSubject::default() };
        self.subjects.create(request).await.unwrap().subject.dids[0].clone()
    }

    pub(crate) async fn vault_size(&self) -> usize {
        self.env.vault.list().await.unwrap().len()
    }
}

#[expect(clippy::disallowed_methods, reason = "a server is an option of the test run")]
pub(crate) fn postgres() -> Option<String> {
    std::env::var("PECAN_TEST_POSTGRES").ok()
}

/// Answers by URL, each time with the same bytes, as a cache does.
#[derive(Default)]
pub(crate) struct Network {
    answers: Mutex<HashMap<String, Response>>,
    pub(crate) sent: Mutex<Vec<Request>>,
}

impl Network {
    pub(crate) fn answer(&self, url: &str, status: u16, media_type: &str, body: &str) {
        self.answer_with(url, status, media_type, body, &[]);
    }

    pub(crate) fn answer_with(
        &self,
        url: &str,
        status: u16,
        media_type: &str,
        body: &str,
        headers: &[(&'static str, &str)],
    ) {
        let mut response = Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: http::HeaderMap::new(),
            body: body.to_owned().into(),
        };
        if !media_type.is_empty() {
            response.headers.insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        }
        for (name, value) in headers {
            response.headers.insert(*name, value.parse().unwrap());
        }
        self.answers.lock().unwrap().insert(url.to_owned(), response);
    }
}

impl HttpClient for Network {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let url = request.url.to_string();
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().get(&url).cloned();
        Box::pin(async move {
            answer.ok_or_else(|| HttpError::Unreachable {
                host: "10.0.0.1".to_owned(),
                cause: "connection refused".into(),
            })
        })
    }
}
