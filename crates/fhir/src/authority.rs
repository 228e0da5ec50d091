//! Schemes and authorities of URLs, to compare bases ([RFC 3986 §6.2](https://www.rfc-editor.org/rfc/rfc3986#section-6.2)).

/// `http` or `https`.
pub(crate) fn known_scheme(scheme: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
}

/// Host in lower case, and the port unless it is the one of the scheme (RFC 3986 §6.2.3). None if it has a user name, no host, a dot at its end, or no plain port.
pub(crate) fn normal_authority(scheme: &str, authority: &str) -> Option<String> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_host = if let Some(address) = host.strip_prefix('[') {
        address.ends_with(']')
            && address
                .bytes()
                .rev()
                .skip(1)
                .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
    } else {
        !host.is_empty()
            && !host.ends_with('.')
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    if !is_host {
        return None;
    }
    let mut normal = host.to_ascii_lowercase();
    if let Some(port) = port.filter(|port| !port.is_empty()) {
        let is_plain = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
        let number: u16 = port.parse().ok().filter(|_| is_plain)?;
        if (scheme, number) != ("http", 80) && (scheme, number) != ("https", 443) {
            normal.push(':');
            normal.push_str(port);
        }
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_default_port_do_not_matter() {
        for (scheme, authority, normal) in [
            ("https", "A.Example", "a.example"),
            ("https", "a.example:443", "a.example"),
            ("https", "a.example:", "a.example"),
            ("https", "a.example:80", "a.example:80"),
            ("http", "a.example:443", "a.example:443"),
            ("http", "[::1]:80", "[::1]"),
            ("http", "[::1]", "[::1]"),
        ] {
            assert_eq!(
                normal_authority(scheme, authority).as_deref(),
                Some(normal),
                "{scheme} {authority}"
            );
        }
    }

    #[test]
    fn other_authorities_are_none() {
        for authority in [
            "",
            ":443",
            "u@a.example",
            "u:p@a.example",
            "a.example.",
            "a.example:99999",
            "a.example:0443",
            "a.example:+443",
            "a%2eexample",
            "[::1",
            "a:b:c",
            "a b",
            "\u{e9}",
        ] {
            assert_eq!(normal_authority("https", authority), None, "{authority}");
        }
    }
}
