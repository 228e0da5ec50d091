//! What holds behind every gateway.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH, TRANSFER_ENCODING, WWW_AUTHENTICATE};
use http::request::Builder;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::stub::{Passed, RECEIVER_URA, task};
use super::world::{Token, World, bearer};
use crate::client::Answer;

const TASK: &str = "/fhir/Task/1";
const FORGED: &str = "forged-by-the-client";

/// All of it, and at the end that nothing passes without the node.
pub(crate) async fn check(world: &World) {
    let token = world.token("Bearer").await;
    let bound = world.token("DPoP").await;
    bearer_passes(world, &token).await;
    proof_passes_once(world, &bound).await;
    what_is_not_proven_is_refused(world, &bound).await;
    policy_refuses(world, &token).await;
    identity_is_the_gateways(world, &token).await;
    head_is_decided_as_get(world, &token).await;
    spellings_of_a_path_do_not_pass(world, &token).await;
    request_lines_are_those_of_the_client(world, &token).await;
    metadata_are_found(world).await;
    world.node.kill();
    nothing_passes(world).await;
}

/// Whoever cannot ask refuses.
pub(crate) async fn nothing_passes(world: &World) {
    let request = world.request(&Method::GET, TASK).header(AUTHORIZATION, "Bearer whatever");
    let answer = world.send(request).await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    nothing_passed(world);
}

/// A body that the gateway does not tell: what depends on it is refused, and the operator reads why.
pub(crate) async fn bodies_are_refused(world: &World) {
    let token = world.token("Bearer").await;
    let request = world.request(&Method::POST, "/fhir/Task/_search");
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = world.client.send(bearer(request, &token), "_id=1").await;
    refused(world, &answer, 403);
    let log = world.node.log_tail();
    assert!(log.contains("cannot be judged: its body"), "{log}");
    let request = world.request(&Method::PUT, TASK).header(IF_MATCH, "W/\"1\"");
    let request = request.header(CONTENT_TYPE, "application/fhir+json");
    let request = bearer(request.header(TRANSFER_ENCODING, "chunked"), &token);
    let answer = world.client.send(request, task("accepted").to_string()).await;
    refused(world, &answer, 403);
}

/// A body that the gateway tells is judged, and what passes is what was judged.
pub(crate) async fn bodies_are_judged(world: &World) {
    let token = world.token("Bearer").await;
    let put = || {
        let request = world.request(&Method::PUT, TASK).header(IF_MATCH, "W/\"1\"");
        bearer(request.header(CONTENT_TYPE, "application/fhir+json"), &token)
    };
    let accepted = task("accepted").to_string();
    world.client.send(put(), accepted.clone()).await.expect(200);
    assert_eq!(passed_with_identity(world, &Method::PUT).body, accepted);
    let mut more = task("accepted");
    more["description"] = "more than a status".into();
    let answer = world.client.send(put(), more.to_string()).await;
    refused(world, &answer, 403);
    let answer = world.client.send(put(), "").await;
    refused(world, &answer, 403);
    let request = world.request(&Method::POST, "/fhir/Task/_search");
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = world.client.send(bearer(request, &token), "_id=1").await;
    refused(world, &answer, 403);
    let log = world.node.log_tail();
    assert!(log.contains("the request is not part of this use case"), "{log}");
    // Without a length, nobody knows whether the gateway has all of it.
    let chunked = put().header(TRANSFER_ENCODING, "chunked");
    let answer = world.client.send(chunked, accepted).await;
    refused(world, &answer, 411);
    // More than the gateway keeps is nobody's to judge.
    let mut large = task("accepted");
    large["description"] = "x".repeat(1024 * 1024).into();
    // The answer may come before the body has gone, which breaks the connection for this client.
    if let Ok(answer) = world.client.try_send(put(), large.to_string()).await {
        assert!(answer.status.is_client_error(), "{}", answer.status);
    }
    nothing_passed(world);
}

async fn bearer_passes(world: &World, token: &Token) {
    let answer = world.send(bearer(world.request(&Method::GET, TASK), token)).await.expect(200);
    assert_eq!(answer.member("resourceType"), "Task");
    passed_with_identity(world, &Method::GET);
    let target = "/fhir/Task/1?_format=json&_pretty=true";
    world.send(bearer(world.request(&Method::GET, target), token)).await.expect(200);
    assert_eq!(only(world).target, target);
}

/// The one request that passed.
fn only(world: &World) -> Passed {
    let mut passed = world.stub.take_passed();
    assert_eq!(passed.len(), 1, "{passed:?}");
    passed.remove(0)
}

fn passed_with_identity(world: &World, method: &Method) -> Passed {
    let passed = only(world);
    assert_eq!((&passed.method, passed.target.as_str()), (method, TASK));
    let header = |name: &str| text(&passed.headers, name);
    assert_eq!(header("x-pecan-client-id"), [world.client_id()]);
    assert_eq!(header("x-pecan-scope"), ["eOverdracht-sender"]);
    assert_eq!(header("x-pecan-organization-ura"), [RECEIVER_URA]);
    assert_eq!(header("x-pecan-organization-name"), ["Clinic"]);
    assert_eq!(header("x-pecan-decision-id").len(), 1);
    for (name, parts) in [("x-userinfo", 1), ("x-pecan-identity", 3)] {
        let values = header(name);
        let [value] = values.as_slice() else { panic!("{name}: {values:?}") };
        assert_eq!(value.split('.').filter(|part| !part.is_empty()).count(), parts, "{value}");
    }
    // Without a user in the token, these are empty or not there.
    for name in ["x-pecan-user-id", "x-pecan-user-role"] {
        assert!(header(name).iter().all(String::is_empty), "{name}");
    }
    for name in ["authorization", "dpop", "x-pecan-gateway-secret"] {
        assert_eq!(header(name), [""; 0], "{name}");
    }
    passed
}

fn text(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

async fn proof_passes_once(world: &World, bound: &Token) {
    let proof = world.proof(bound, &Method::GET, TASK).await;
    let request = || with_proof(world.request(&Method::GET, TASK), bound, &proof);
    world.send(request()).await.expect(200);
    passed_with_identity(world, &Method::GET);
    let again = world.send(request()).await;
    unauthenticated(world, &again, "error=\"invalid_dpop_proof\"");
}

fn with_proof(request: Builder, token: &Token, proof: &str) -> Builder {
    request.header(AUTHORIZATION, token.under("DPoP")).header("DPoP", proof)
}

async fn what_is_not_proven_is_refused(world: &World, bound: &Token) {
    let request = || world.request(&Method::GET, TASK);
    let answer = world.send(request()).await;
    unauthenticated(world, &answer, "Bearer resource_metadata=");
    let answer = world.send(request().header(AUTHORIZATION, "Bearer unknown")).await;
    unauthenticated(world, &answer, "error=\"invalid_token\"");
    let answer = world.send(request().header(AUTHORIZATION, bound.under("DPoP"))).await;
    unauthenticated(world, &answer, "error=\"invalid_dpop_proof\"");
    let answer = world.send(bearer(request(), bound)).await;
    unauthenticated(world, &answer, "error=\"invalid_token\"");
    for (method, target) in [(Method::HEAD, TASK), (Method::GET, "/fhir/Task/2")] {
        let proof = world.proof(bound, &method, target).await;
        let answer = world.send(with_proof(request(), bound, &proof)).await;
        unauthenticated(world, &answer, "error=\"invalid_dpop_proof\"");
    }
}

/// 401, with a challenge for each scheme, one of which has a text.
fn unauthenticated(world: &World, answer: &Answer, challenge: &str) {
    refused(world, answer, 401);
    let challenges = text(&answer.headers, WWW_AUTHENTICATE.as_str()).join(", ");
    for part in ["DPoP algs=\"", "Bearer ", challenge, "/.well-known/oauth-protected-resource/fhir"]
    {
        assert!(challenges.contains(part), "no `{part}` in {challenges}");
    }
}

/// A body that does not tell which layer refused, and nothing at the FHIR server.
fn refused(world: &World, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    nothing_passed(world);
    let body = answer.text();
    for word in ["policy", "token names", "Task", "nginx", "HAProxy"] {
        assert!(!body.contains(word), "{body}");
    }
    if let Ok(outcome) = serde_json::from_str::<Value>(&body) {
        assert!(
            outcome.get("error").is_some() || outcome["issue"][0]["code"].is_string(),
            "{body}"
        );
    } else {
        assert_eq!(body, "");
    }
}

fn nothing_passed(world: &World) {
    let passed = world.stub.take_passed();
    assert!(passed.is_empty(), "{passed:?}");
}

async fn policy_refuses(world: &World, token: &Token) {
    for (method, target) in [
        (Method::GET, "/fhir/Composition/1"),
        (Method::GET, "/fhir/Task?_id=1"),
        (Method::GET, "/fhir/Task/1/_history"),
        (Method::DELETE, TASK),
        (Method::GET, "/fhir/Unknown/1"),
    ] {
        let answer = world.send(bearer(world.request(&method, target), token)).await;
        refused(world, &answer, 403);
    }
    let override_method =
        world.request(&Method::GET, TASK).header("X-HTTP-Method-Override", "DELETE");
    let answer = world.send(bearer(override_method, token)).await;
    refused(world, &answer, 403);
}

/// What a client writes into headers of identity never arrives, under whatever spelling: the request is refused, or they are
/// replaced.
async fn identity_is_the_gateways(world: &World, token: &Token) {
    for name in ["X-Userinfo", "X-Pecan-User-Id", "X-Pecan-Organization-Ura", "X-Pecan-Identity"] {
        let request = world.request(&Method::GET, TASK).header(name, FORGED);
        world.send(bearer(request, token)).await.expect(200);
        let passed = passed_with_identity(world, &Method::GET);
        has_nothing_forged(&passed);
    }
    for name in ["x_userinfo", "X-Pecan_User-Id", "x.pecan.user.id", "x_pecan_identity"] {
        let request = world.request(&Method::GET, TASK).header(name, FORGED);
        let answer = world.send(bearer(request, token)).await;
        if answer.status == 200 {
            has_nothing_forged(&passed_with_identity(world, &Method::GET));
        } else {
            refused(world, &answer, 403);
        }
    }
    let request = world.request(&Method::GET, TASK).header("X-Pecan-Gateway-Secret", FORGED);
    let answer = world.send(bearer(request, token)).await;
    assert!(matches!(answer.status.as_u16(), 200 | 403), "{}", answer.status);
    world.stub.take_passed().iter().for_each(has_nothing_forged);
}

fn has_nothing_forged(passed: &Passed) {
    let mut values = passed.headers.values();
    assert!(values.all(|value| value != FORGED), "{passed:?}");
}

async fn head_is_decided_as_get(world: &World, token: &Token) {
    let answer = world.send(bearer(world.request(&Method::HEAD, TASK), token)).await.expect(200);
    assert_eq!(answer.body, Bytes::new());
    passed_with_identity(world, &Method::HEAD);
    let target = "/fhir/Composition/1";
    let answer = world.send(bearer(world.request(&Method::HEAD, target), token)).await;
    refused(world, &answer, 403);
    let answer = world.send(world.request(&Method::HEAD, TASK)).await;
    unauthenticated(world, &answer, "Bearer resource_metadata=");
    assert_eq!(answer.body, Bytes::new());
}

async fn spellings_of_a_path_do_not_pass(world: &World, token: &Token) {
    for target in [
        "//fhir/Task/1",
        "/fhir//Task/1",
        "/fhir/Task/1/",
        "/fhir/Task/1/../1",
        "/fhir/../fhir/Task/1",
        "/other/../fhir/Task/1",
        "/fhir/Task/%2e%2e/Task/1",
        "/fhir/Task/1;v=2",
        "/fhir/Task%2F1",
        "/fhir/Task/1%3F_format=json",
        "/FHIR/Task/1",
        "/fhir/task/1",
        "/fhirs/Task/1",
        "/fhir\\Task/1",
    ] {
        let Ok(_) = world.url(target).parse::<http::Uri>() else { continue };
        let answer = world.send(bearer(world.request(&Method::GET, target), token)).await;
        assert!(answer.status.is_client_error(), "{target}: {}", answer.status);
        nothing_passed(world);
    }
    // A second field of one name is two requests in one.
    let request = bearer(bearer(world.request(&Method::GET, TASK), token), token);
    let answer = world.send(request).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    nothing_passed(world);
}

/// What a client writes into the headers of the question is not believed, and a target of another host does not pass.
async fn request_lines_are_those_of_the_client(world: &World, token: &Token) {
    let mut request = world.request(&Method::GET, "/fhir/Composition/1");
    for prefix in ["X-Forwarded", "X-Original"] {
        for (name, value) in
            [("Method", "GET"), ("Uri", TASK), ("Host", "localhost"), ("Proto", "https")]
        {
            request = request.header(format!("{prefix}-{name}"), value);
        }
    }
    let answer = world.send(bearer(request, token)).await;
    refused(world, &answer, 403);
    for authority in ["other.example.nl", "localhost.", "localhost:1", "user@localhost"] {
        let bytes = format!(
            "GET https://{authority}{TASK} HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: {}\r\nConnection: close\r\n\r\n",
            world.front_port,
            token.under("Bearer"),
        );
        world.client.exchange_bytes(&world.url("/"), bytes.as_bytes()).await;
        nothing_passed(world);
    }
}

async fn metadata_are_found(world: &World) {
    let url = world.url("/.well-known/oauth-protected-resource/fhir");
    let metadata = world.client.get(&url).await.expect(200).json();
    assert_eq!(metadata["resource"], world.url("/fhir"));
    let server = format!("{}/oauth2/hospital", world.node.url);
    assert_eq!(metadata["authorization_servers"], serde_json::json!([server]));
}
