//! Open Policy Agent beside the node, and bundles that it makes: `examples/opa`.

use std::process::Command;

use http::{Request, header};

use super::example::Running;
use super::world::{SECRET, Token, World, packs};
use crate::node::free_ports;
use crate::settings;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_policy_agent_decides_for_the_node() {
    let Some(opa) = settings::program("OPA", "Open Policy Agent that decides") else { return };
    let [port] = free_ports();
    let world = World::start("opa", &format!("opa: http://127.0.0.1:{port}/v1/data")).await;
    let token = world.token("Bearer").await;
    let mut command = Command::new(opa);
    command.args(["run", "--server", "--addr", &format!("127.0.0.1:{port}")]);
    command.args(["--ignore", "*_test.rego", "--skip-version-check"]).arg(packs());
    let running = Running::start(&mut command, &world.example, port).await;
    decides(&world, &token).await;
    drop(running);
    // Nobody decides: nobody passes.
    assert_eq!(ask(&world, &token, "/fhir/Task/1").await, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_that_open_policy_agent_made_decides_in_the_node() {
    let Some(opa) = settings::program("OPA", "a bundle of Open Policy Agent") else { return };
    let folder = crate::organizations::Folder::new();
    let bundle = folder.path().join("bundle.tar.gz");
    let mut command = Command::new(opa);
    command.args(["build", "--bundle", ".", "--ignore", "*_test.rego", "--output"]).arg(&bundle);
    assert!(command.current_dir(packs()).status().unwrap().success());
    let world = World::start("opa", &format!("policies: {}", bundle.display())).await;
    let token = world.token("Bearer").await;
    decides(&world, &token).await;
}

async fn decides(world: &World, token: &Token) {
    for (target, status) in [
        ("/fhir/Task/1", 200),
        ("/fhir/Task/1?_format=json", 200),
        ("/fhir/Task/2", 403),
        ("/fhir/Composition/1", 403),
        ("/fhir/Task?_id=1", 403),
    ] {
        assert_eq!(ask(world, token, target).await, status, "{target}: {}", world.node.log_tail());
    }
}

/// What NGINX would be answered.
async fn ask(world: &World, token: &Token, target: &str) -> u16 {
    let url = format!("http://127.0.0.1:{}/gateway/auth-request", world.gateway_port);
    let request = Request::get(url)
        .header("X-Pecan-Gateway-Secret", SECRET)
        .header("X-Original-Method", "GET")
        .header("X-Original-URI", target)
        .header("X-Original-Host", format!("localhost:{}", world.front_port))
        .header("X-Original-Proto", "https")
        .header(header::AUTHORIZATION, token.under("Bearer"));
    world.send(request).await.status.as_u16()
}
