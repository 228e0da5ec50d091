//! Who the client is, behind how many proxies ever (contract/platform.md 2.9).

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, HeaderName};

/// The header that is read hop by hop.
pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address; `None` where there is no connection, as in tests.
pub(crate) fn client_ip(
    headers: &HeaderMap,
    extensions: &Extensions,
    header: Option<&HeaderName>,
) -> Option<IpAddr> {
    let connection =
        extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    match header {
        None => connection,
        Some(name) if *name == X_FORWARDED_FOR => forwarded(headers, connection),
        Some(name) => {
            let text = headers.get(name).and_then(|value| value.to_str().ok());
            text.and_then(address).or(connection)
        }
    }
}

/// Walks from the connection backwards. Private addresses are proxies of ours; the first other one is the client.
///
/// SECURITY: a client writes what it likes into the header, but only to the left of what our own proxy appends.
fn forwarded(headers: &HeaderMap, connection: Option<IpAddr>) -> Option<IpAddr> {
    if !connection.is_none_or(is_trusted_hop) {
        return connection;
    }
    let mut client = connection;
    for value in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        let Ok(text) = value.to_str() else { return connection };
        for hop in text.rsplit(',') {
            let Some(address) = address(hop) else { return connection };
            client = Some(address);
            if !is_trusted_hop(address) {
                return client;
            }
        }
    }
    client
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn is_trusted_hop(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(connection: &str, headers: &[&str], expected: &str) {
        let mut map = HeaderMap::new();
        for value in headers {
            map.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        let peer: IpAddr = connection.parse().unwrap();
        extensions.insert(ConnectInfo(SocketAddr::new(peer, 1)));
        let found = client_ip(&map, &extensions, Some(&X_FORWARDED_FOR));
        assert_eq!(found, Some(expected.parse().unwrap()), "{connection} {headers:?}");
    }

    #[test]
    fn the_first_stranger_from_the_right_is_the_client() {
        check("10.0.0.1", &["203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &["1.2.3.4, 203.0.113.9, 192.168.1.1"], "203.0.113.9");
        check("10.0.0.1", &["1.2.3.4", "203.0.113.9, fd00::1"], "203.0.113.9");
        check("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
        check("::ffff:10.0.0.1", &["203.0.113.9"], "203.0.113.9");
    }

    #[test]
    fn a_stranger_cannot_name_another() {
        check("198.51.100.7", &["203.0.113.9"], "198.51.100.7");
    }

    #[test]
    fn among_proxies_only_the_leftmost_counts_and_garbage_counts_for_nothing() {
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        check("10.0.0.1", &["unknown, 10.0.0.2"], "10.0.0.1");
        check("10.0.0.1", &[""], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn another_header_is_believed_as_it_is() {
        let name = HeaderName::from_static("x-real-ip");
        let mut map = HeaderMap::new();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        map.insert(&name, "[2001:db8::2]".parse().unwrap());
        let found = |map: &HeaderMap| client_ip(map, &extensions, Some(&name));
        assert_eq!(found(&map), "2001:db8::2".parse().ok());
        map.insert(&name, "nonsense".parse().unwrap());
        assert_eq!(found(&map), "192.0.2.1".parse().ok());
        assert_eq!(client_ip(&map, &extensions, None), "192.0.2.1".parse().ok());
    }
}
