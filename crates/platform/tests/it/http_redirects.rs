//! Redirects: followed for GET, a few times, to where the first request could have gone.

use pecan_platform::http::{HeaderValue, HttpClient, HttpError, Request, StatusCode, header};

use super::http_server::{Server, answer, client, get, ok};

/// A redirect to somewhere.
fn redirect(location: &str) -> super::http_server::Answer {
    answer("302 Found", &format!("Location: {location}\r\n"), "elsewhere")
}

#[tokio::test]
async fn a_get_is_redirected_by_each_status_that_means_it() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(move |number, _| match number {
            0 => answer(&format!("{status} X"), "Location: ../other?x=1\r\n", ""),
            _ => ok("", "there"),
        })
        .await;
        let found = get(server.url("/a/b/c")).await.expect("an answer");
        assert_eq!(found.body, "there");
        assert!(server.requests()[1].starts_with("GET /a/other?x=1 HTTP/1.1\r\n"));
    }
    for status in [300, 304, 305] {
        let server = Server::always(answer(&format!("{status} X"), "Location: /x\r\n", "")).await;
        assert_eq!(get(server.url("/")).await.expect("an answer").status.as_u16(), status);
    }
}

#[tokio::test]
async fn ten_redirects_are_followed_and_the_eleventh_is_not() {
    let server = Server::start(|number, _| match number {
        10 => ok("", "there"),
        _ => redirect(&format!("/{number}")),
    })
    .await;
    assert_eq!(get(server.url("/")).await.expect("an answer").body, "there");

    let server = Server::always(redirect("/")).await;
    let error = get(server.url("/")).await.expect_err("a loop");
    assert_eq!(error.to_string(), "stopped after 10 redirects");
    assert_eq!(server.requests().len(), 11);
}

#[tokio::test]
async fn a_redirect_leads_to_http_and_to_nothing_else() {
    for (location, expected) in [
        ("file:///etc/passwd", "invalid redirect target: url must contain scheme and host"),
        ("data:text/plain,x", "invalid redirect target: url must contain scheme and host"),
        ("javascript:alert(1)", "invalid redirect target: url must contain scheme and host"),
        ("ftp://localhost/x", "invalid redirect target: scheme must be http or https"),
        ("http://", "redirect to something that is no URL"),
        ("http://[::1", "redirect to something that is no URL"),
    ] {
        let server = Server::always(redirect(location)).await;
        let error = get(server.url("/")).await.expect_err(location);
        assert_eq!(error.to_string(), expected, "{location}");
    }
    let server = Server::always(answer("302 Found", "", "")).await;
    let error = get(server.url("/")).await.expect_err("nowhere");
    assert!(matches!(error, HttpError::Redirect(_)), "{error:?}");
}

#[tokio::test]
async fn a_redirected_post_is_returned_as_it_is() {
    let server = Server::always(redirect("/other")).await;
    let request = Request::post("token", server.url("/"), "text/plain", "secret");
    let found = client().send(request).await.expect("an answer");
    assert_eq!((found.status, found.body.as_ref()), (StatusCode::FOUND, b"elsewhere".as_slice()));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn credentials_stay_with_the_party_they_are_for() {
    let other = Server::always(ok("", "there")).await;
    let target = other.url("/").to_string();
    let first = Server::start(move |number, _| match number {
        0 => redirect("/again"),
        _ => redirect(&target),
    })
    .await;
    let mut request = Request::get("test", first.url("/"));
    for name in [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION] {
        request.headers.insert(name, HeaderValue::from_static("secret"));
    }
    client().send(request).await.expect("an answer");
    assert_eq!(first.requests()[1].matches("secret").count(), 3);
    assert_eq!(other.requests()[0].matches("secret").count(), 0);
    assert!(other.requests()[0].contains("accept: application/json\r\n"));
}
