//! Caddy with `forward_auth`: `examples/caddy`.

use std::process::Command;

use super::checks;
use super::example::{Running, copy, examples};
use super::world::{SECRET, World};
use crate::settings;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caddy_lets_pass_what_the_node_allows_and_nothing_else() {
    let Some(caddy) = settings::program("CADDY", "Caddy before a FHIR server") else { return };
    let world = World::with_packs("caddy").await;
    copy(
        &examples().join("caddy/Caddyfile"),
        &world.example.join("Caddyfile"),
        &[
            ("127.0.0.1:8082", &format!("127.0.0.1:{}", world.gateway_port)),
            ("127.0.0.1:8090", &format!("127.0.0.1:{}", world.stub.port_for_gateway)),
            ("https://fhir.hospital.example.nl", &world.url("")),
            ("certificate.pem", world.certificate.certificate.to_str().unwrap()),
            ("certificate.key", world.certificate.key.to_str().unwrap()),
        ],
    );
    let mut command = Command::new(caddy);
    command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]);
    command.env("PECAN_GATEWAY_SECRET", SECRET).env("XDG_DATA_HOME", &world.example);
    command.env("XDG_CONFIG_HOME", &world.example);
    let running = Running::start(&mut command, &world.example, world.front_port).await;
    checks::bodies_are_refused(&world).await;
    checks::check(&world).await;
    drop(running);
}
