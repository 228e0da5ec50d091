//! What a hostile or broken party can do to the client: waste a little of its time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use pecan_platform::http::{HttpClient, HttpError, Request};
use pecan_platform::sql::{Db, SqlError};
use tokio::sync::Barrier;

use super::http_server::{Answer, Server, answer, client, get, ok};

const MIB: usize = 1_048_576;

/// Long enough for loopback on a busy machine where an answer comes; where none comes, any limit does.
const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_broken_answer_is_no_answer() {
    let cases: [(&str, Answer); 12] = [
        ("closed at once", Answer::ThenClose(Vec::new())),
        ("reset", Answer::Reset),
        ("no HTTP", Answer::ThenClose(b"\x15\x03\x01\x00\x02\x02\x46".to_vec())),
        ("garbage status line", Answer::ThenClose(b"HTTP/1.1 abc OK\r\n\r\n".to_vec())),
        ("status of four digits", Answer::ThenClose(b"HTTP/1.1 2000 OK\r\n\r\n".to_vec())),
        ("half a head", Answer::ThenClose(b"HTTP/1.1 200 OK\r\nContent-".to_vec())),
        ("space before colon", Answer::ThenClose(b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n".to_vec())),
        (
            "two lengths",
            Answer::ThenClose(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc".to_vec(),
            ),
        ),
        (
            "length that is no number",
            Answer::ThenClose(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nab".to_vec()),
        ),
        (
            "body shorter than announced",
            Answer::ThenClose(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec()),
        ),
        (
            "bad chunk",
            Answer::ThenClose(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc".to_vec(),
            ),
        ),
        (
            "chunks without end",
            Answer::ThenClose(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n".to_vec(),
            ),
        ),
    ];
    for (name, case) in cases {
        let server = Server::always(case).await;
        let error = get(server.url("/")).await.expect_err(name);
        assert!(matches!(error, HttpError::Unreachable { .. }), "{name}: {error:?}");
        assert_eq!(error.to_string(), format!("could not reach `{}`", server.address));
    }
}

#[tokio::test]
async fn headers_have_a_limit() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let one_large = [head.clone(), b"X: ".to_vec(), vec![b'x'; 70_000]].concat();
    for case in [
        Answer::ThenClose([one_large, b"\r\n\r\n".to_vec()].concat()),
        Answer::Endless(head.clone(), b"X: y\r\n".to_vec()),
        Answer::Endless([head, b"X: ".to_vec()].concat(), vec![b'x'; 1000]),
    ] {
        let server = Server::always(case).await;
        let error = get(server.url("/")).await.expect_err("too many headers");
        assert!(matches!(error, HttpError::Unreachable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_body_has_a_limit_whatever_its_head_says() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"3e8\r\n".to_vec(), vec![b'x'; 1000], b"\r\n".to_vec()].concat();
    let until_close = b"HTTP/1.0 200 OK\r\n\r\n".to_vec();
    for case in [
        Answer::ThenSilence(announced),
        Answer::Endless(chunked, chunk),
        Answer::Endless(until_close, vec![b'x'; 1000]),
        ok("", &"x".repeat(MIB + 1)),
    ] {
        let server = Server::always(case).await;
        let error = get(server.url("/")).await.expect_err("too large");
        assert!(matches!(error, HttpError::TooLarge { .. }), "{error:?}");
        assert_eq!(error.to_string(), "data to read exceeds max. safety limit of 1048576 bytes");
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let server = Server::always(ok("", &"x".repeat(MIB))).await;
    assert_eq!(get(server.url("/")).await.expect("an answer").body.len(), MIB);
}

#[tokio::test]
async fn who_does_not_answer_costs_the_time_of_the_request_and_no_more() {
    for case in [
        Answer::ThenSilence(Vec::new()),
        Answer::ThenSilence(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        Answer::ThenSilence(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec()),
        Answer::ThenSilence(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()),
        Answer::Endless(Vec::new(), b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec()),
    ] {
        let server = Server::always(case).await;
        let request =
            Request { timeout: Some(SHORT), ..Request::get("test", server.url("/secret?a=b")) };
        let error = client().send(request).await.expect_err("no answer");
        let HttpError::Timeout { host, limit } = error else { panic!("{error:?}") };
        assert_eq!((host, limit), (server.address.to_string(), SHORT));
    }
}

#[tokio::test]
async fn what_follows_the_end_of_an_answer_is_not_the_next_answer() {
    let twice = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\n\
                 Content-Length: 6\r\n\r\nforged";
    let server = Server::start(move |number, _| match number {
        0 => Answer::Complete(twice.to_owned()),
        _ => ok("", "two"),
    })
    .await;
    let client = client();
    for expected in ["one", "two"] {
        let answer = client.send(Request::get("test", server.url("/"))).await.expect("an answer");
        assert_eq!(answer.body, expected);
    }
}

#[tokio::test]
async fn a_request_names_itself_its_host_and_nothing_of_the_url_that_is_private() {
    let server =
        Server::always(ok("Content-Type: application/JSON; charset=utf-8\r\n", "{}")).await;
    let url = format!("http://user:password@{}/a%20b?c=d%2F&e#fragment", server.address);
    let form = "application/x-www-form-urlencoded";
    let request = Request::post("test", url.parse().expect("a URL"), form, "x=y");
    let answer = client().send(request).await.expect("an answer");
    assert_eq!(answer.media_type().as_deref(), Some("application/json"));
    let expected = format!(
        "POST /a%20b?c=d%2F&e HTTP/1.1\r\naccept: application/json\r\ncontent-type: {form}\r\n\
         host: {}\r\nuser-agent: pecan/{}\r\ncontent-length: 3\r\n\r\nx=y",
        server.address,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(server.requests(), [expected]);
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    let server = Server::always(ok("", "x")).await;
    let client = client();
    for _ in 0..3 {
        client.send(Request::get("test", server.url("/"))).await.expect("an answer");
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 3));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_is_replaced() {
    let body = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx".to_vec();
    let server = Server::always(Answer::ThenClose(body)).await;
    let client = client();
    for _ in 0..3 {
        client.send(Request::get("test", server.url("/"))).await.expect("an answer");
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_post_is_sent_once_even_when_its_connection_breaks() {
    let server = Server::start(|number, _| match number {
        0 => ok("", "x"),
        _ => Answer::ThenClose(Vec::new()),
    })
    .await;
    let client = client();
    client.send(Request::get("test", server.url("/"))).await.expect("an answer");
    let post = Request::post("test", server.url("/token"), "text/plain", "once");
    client.send(post).await.expect_err("broken off");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a server in a test ends with its runtime")]
async fn a_host_has_five_connections_and_the_sixth_request_waits() {
    // Five requests must be there at once, or none is answered; a sixth connection is never seen.
    let barrier = Arc::new(Barrier::new(5));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let accepted = tokio::spawn(async move {
        let mut connections = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            connections += 1;
            assert!(connections <= 5, "a sixth connection");
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut bytes = [0; 4096];
                while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                    barrier.wait().await;
                    let text = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
                    let _ = stream.write_all(text).await;
                }
            });
        }
    });
    let client = client();
    let requests = (0..20).map(|number| {
        let url = format!("{url}{number}").parse().expect("a URL");
        client.send(Request::get("test", url))
    });
    for answer in join_all(requests).await {
        assert_eq!(answer.expect("an answer").body, "x");
    }
    assert!(!accepted.is_finished());
}

#[tokio::test]
async fn the_wait_for_a_busy_host_counts_as_time_of_the_request() {
    let server = Server::always(Answer::ThenSilence(Vec::new())).await;
    let client = client();
    let request = |path: &str| Request::get("test", server.url(path));
    let five = join_all((0..5).map(|number| client.send(request(&format!("/{number}")))));
    let sixth = client.send(Request { timeout: Some(SHORT), ..request("/sixth") });
    tokio::select! {
        biased;
        answers = five => panic!("the server is silent: {answers:?}"),
        answer = sixth => assert!(matches!(answer, Err(HttpError::Timeout { .. })), "{answer:?}"),
    }
    assert!(!server.requests().iter().any(|request| request.contains("/sixth")));
}

#[tokio::test]
async fn every_status_is_an_answer() {
    for status in ["204 No Content", "400 Bad Request", "404 Not Found", "500 Oops", "599 "] {
        let body = if status.starts_with("204") { "" } else { "x" };
        let server = Server::always(answer(status, "", body)).await;
        let found = get(server.url("/")).await.expect("an answer");
        assert!(status.starts_with(found.status.as_str()));
        assert_eq!(found.body, body);
    }
}

#[tokio::test]
async fn nobody_listening_is_an_error_that_names_the_host() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let url = format!("http://{address}/x").parse().expect("a URL");
    let error = get(url).await.expect_err("refused");
    assert_eq!(error.to_string(), format!("could not reach `{address}`"));
}

#[tokio::test]
async fn plain_text_where_tls_is_asked_for_is_an_error() {
    let server = Server::always(ok("", "x")).await;
    let url = format!("https://{}/", server.address).parse().expect("a URL");
    let request = Request { timeout: Some(SHORT), ..Request::get("test", url) };
    client().send(request).await.expect_err("no TLS");
    assert!(server.requests().is_empty());
}

#[tokio::test]
#[cfg(debug_assertions)]
#[should_panic(expected = "a request while a transaction is open")]
async fn nobody_is_called_while_a_transaction_is_open() {
    let server = Server::always(ok("", "x")).await;
    let (db, client) = (Db::in_memory().await.expect("a database"), client());
    let request = Request::get("test", server.url("/"));
    let sent = db.write("test", async |_| {
        let _ = client.send(request).await;
        Ok::<_, SqlError>(())
    });
    sent.await.expect("a transaction");
}
