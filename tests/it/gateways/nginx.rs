//! NGINX with `auth_request`: `examples/nginx`.

use std::fs;
use std::process::Command;

use super::checks;
use super::example::{Running, copy, examples};
use super::world::{SECRET, World};
use crate::settings;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_lets_pass_what_the_node_allows_and_nothing_else() {
    let Some(nginx) = settings::program("NGINX", "NGINX before a FHIR server") else { return };
    let world = World::with_packs("nginx").await;
    let source = examples().join("nginx");
    let secret = format!("proxy_set_header X-Pecan-Gateway-Secret \"{SECRET}\";\n");
    fs::write(world.example.join("secret.conf"), secret).unwrap();
    copy(&source.join("nginx.conf"), &world.example.join("nginx.conf"), &[]);
    copy(
        &source.join("fhir.conf"),
        &world.example.join("fhir.conf"),
        &[
            ("127.0.0.1:8082", &format!("127.0.0.1:{}", world.gateway_port)),
            ("127.0.0.1:8090", &format!("127.0.0.1:{}", world.stub.port_for_gateway)),
            ("listen 443 ssl", &format!("listen 127.0.0.1:{} ssl", world.front_port)),
            ("server_name fhir.hospital.example.nl", "server_name localhost"),
            ("certificate.pem", world.certificate.certificate.to_str().unwrap()),
            ("certificate.key", world.certificate.key.to_str().unwrap()),
        ],
    );
    let mut command = Command::new(nginx);
    command.arg("-p").arg(&world.example).args(["-c", "nginx.conf", "-g", "daemon off;"]);
    let running = Running::start(&mut command, &world.example, world.front_port).await;
    checks::bodies_are_refused(&world).await;
    checks::check(&world).await;
    drop(running);
}
