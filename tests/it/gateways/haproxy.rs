//! HAProxy with the script of `examples/haproxy`.

use std::fs;
use std::process::Command;

use super::checks;
use super::example::{Running, copy, examples};
use super::world::{SECRET, World};
use crate::settings;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn haproxy_lets_pass_what_the_node_allows_and_nothing_else() {
    let Some(haproxy) = settings::program("HAPROXY", "HAProxy before a FHIR server") else {
        return;
    };
    let world = World::with_packs("haproxy").await;
    let source = examples().join("haproxy");
    copy(&source.join("pecan.lua"), &world.example.join("pecan.lua"), &[]);
    copy(
        &source.join("haproxy.cfg"),
        &world.example.join("haproxy.cfg"),
        &[
            ("127.0.0.1:8082", &format!("127.0.0.1:{}", world.gateway_port)),
            ("127.0.0.1:8090", &format!("127.0.0.1:{}", world.stub.port_for_gateway)),
            ("bind :443 ssl", &format!("bind 127.0.0.1:{} ssl", world.front_port)),
        ],
    );
    let [certificate, key] = [&world.certificate.certificate, &world.certificate.key]
        .map(|file| fs::read_to_string(file).unwrap());
    fs::write(world.example.join("certificate.pem"), format!("{certificate}{key}")).unwrap();
    let start = async |gateway: &str| {
        let mut command = Command::new(&haproxy);
        command.args(["-db", "-f", "haproxy.cfg"]);
        command.env("PECAN_GATEWAY_SECRET", SECRET).env("PECAN_GATEWAY", gateway);
        Running::start(&mut command, &world.example, world.front_port).await
    };
    let running = start(&format!("http://127.0.0.1:{}", world.gateway_port)).await;
    checks::bodies_are_judged(&world).await;
    checks::check(&world).await;
    drop(running);
    // An error inside the script is one after which HAProxy would go on.
    let running = start("no URL at all").await;
    checks::nothing_passes(&world).await;
    drop(running);
}
