//! What the single question is measured against, `crates/xtask/src/bench/three_calls`: that it lets pass, and refuses, what it should.

use std::path::Path;
use std::process::Command;

use http::{Method, Request, header};
use serde_json::json;

use super::example::{Running, copy};
use super::stub::RECEIVER_URA;
use super::world::{SECRET, Token, World, packs};
use crate::node::free_ports;
use crate::settings;

const MODULES: &str = "/usr/lib/nginx/modules";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_calls_and_one_let_the_same_requests_pass() {
    let skipped = "three calls and one";
    let Some(nginx) = settings::program("NGINX", skipped) else { return };
    let Some(opa) = settings::program("OPA", skipped) else { return };
    if !Path::new(MODULES).join("ngx_http_js_module.so").is_file() {
        settings::skip("NGINX has no scripts", skipped);
        return;
    }
    let world = World::with_packs("nginx").await;
    let [three, one, opa_port] = free_ports();
    write(&world, three, one, opa_port);

    let mut command = Command::new(opa);
    command.args(["run", "--server", "--addr", &format!("127.0.0.1:{opa_port}")]);
    command.args(["--ignore", "*_test.rego", "--skip-version-check"]).arg(packs());
    let _opa = Running::start(&mut command, &world.example, opa_port).await;
    let mut command = Command::new(nginx);
    command.arg("-p").arg(&world.example).args(["-c", "nginx.conf", "-g", "daemon off;"]);
    let _nginx = Running::start(&mut command, &world.example, three).await;

    let bearer = world.token("Bearer").await;
    let bound = world.token("DPoP").await;
    for port in [three, one] {
        check(&world, port, &bearer, &bound).await;
    }
}

fn write(world: &World, three: u16, one: u16, opa: u16) {
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/xtask/src/bench/three_calls");
    copy(&source.join("pep.js"), &world.example.join("pep.js"), &[]);
    let internal = world.node.internal.strip_prefix("http://").unwrap();
    copy(
        &source.join("nginx.conf"),
        &world.example.join("nginx.conf"),
        &[
            ("MODULES", MODULES),
            ("CLIENTS_THREE", &format!("127.0.0.1:{three}")),
            ("CLIENTS_ONE", &format!("127.0.0.1:{one}")),
            ("INTERNAL", internal),
            ("GATEWAY", &format!("127.0.0.1:{}", world.gateway_port)),
            ("OPA", &format!("127.0.0.1:{opa}")),
            ("SECRET", SECRET),
        ],
    );
    let fact = json!([{
        "scope": "eOverdracht-sender",
        "subject": "hospital",
        "peer": {"ura": RECEIVER_URA},
        "resource": "Task/1",
        "operations": ["read"],
        "expires_at": (crate::presentation::now() + time::Duration::days(30))
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap(),
    }]);
    copy(
        &source.join("settings.json"),
        &world.example.join("settings.json"),
        &[
            ("https://fhir.hospital.example.nl/fhir", &world.url("/fhir")),
            ("\"access\": []", &format!("\"access\": {fact}")),
        ],
    );
}

async fn check(world: &World, port: u16, bearer: &Token, bound: &Token) {
    let request = |target: &str| Request::get(format!("http://127.0.0.1:{port}{target}"));
    let task = || request("/fhir/Task/1");
    let proof = world.proof(bound, &Method::GET, "/fhir/Task/1").await;
    let with_proof = || {
        let request = task().header(header::AUTHORIZATION, bound.under("DPoP"));
        request.header("DPoP", &proof)
    };
    for (what, request, status) in [
        ("a bearer", task().header(header::AUTHORIZATION, bearer.under("Bearer")), 200),
        ("a proof", with_proof(), 200),
        ("the same proof", with_proof(), 401),
        ("no token", task(), 401),
        ("no proof", task().header(header::AUTHORIZATION, bound.under("DPoP")), 401),
        (
            "a bound token as bearer",
            task().header(header::AUTHORIZATION, bound.under("Bearer")),
            401,
        ),
        (
            "another resource",
            request("/fhir/Composition/1").header(header::AUTHORIZATION, bearer.under("Bearer")),
            403,
        ),
    ] {
        let answer = world.send(request).await;
        assert_eq!(answer.status, status, "{what} at {port}: {}", answer.text());
    }
}
