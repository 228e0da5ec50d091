//! Which URLs may be called, before anything is resolved (contract/platform.md 2.8).

use std::fmt;

use url::{Host, Url};

/// Why a URL is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a URL with an authority.
    #[error("url must contain scheme and host")]
    Incomplete,
    /// Strict mode calls nothing but `https`.
    #[error("scheme must be https")]
    NotHttps,
    /// Outside strict mode `http` is called too, and nothing else.
    #[error("scheme must be http or https")]
    NotHttp,
    /// A name that cannot be public.
    #[error("hostname is RFC2606 reserved")]
    Reserved,
}

/// Checks that a URL may be called. IP literals pass: the guard judges them when it connects.
pub fn check_target(url: &Url, strict: bool) -> Result<(), TargetError> {
    Origin::of(url, strict).map(|_| ())
}

/// Where a connection leads: connections and limits are per origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) is_tls: bool,
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// Whether it is one that the operator configured, and was asked for as such.
    // INVARIANT: a part of the origin, so that nobody else gets a connection that was made for a configured server.
    pub(super) is_configured: bool,
}

impl Origin {
    /// The origin of a URL that may be called.
    pub(super) fn of(url: &Url, strict: bool) -> Result<Self, TargetError> {
        let host = url.host().ok_or(TargetError::Incomplete)?.to_owned();
        let is_tls = match url.scheme() {
            "https" => true,
            "http" if !strict => false,
            _ if strict => return Err(TargetError::NotHttps),
            _ => return Err(TargetError::NotHttp),
        };
        if strict && matches!(&host, Host::Domain(name) if is_reserved(name)) {
            return Err(TargetError::Reserved);
        }
        let port = url.port_or_known_default().ok_or(TargetError::Incomplete)?;
        Ok(Self { is_tls, host, port, is_configured: false })
    }

    /// The origin of a server that the operator configured: neither its scheme nor its name need be public.
    pub(super) fn configured(url: &Url) -> Result<Self, TargetError> {
        Ok(Self { is_configured: true, ..Self::of(url, false)? })
    }
}

/// As in a `Host` header: the port is left out where it is the default one.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_tls, self.port) {
            (true, 443) | (false, 80) => write!(f, "{}", self.host),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Whether a name is reserved by RFC 2606 or used in private networks only. A name that ends in a dot counts as such.
fn is_reserved(name: &str) -> bool {
    let mut labels = name.rsplit('.');
    let last = labels.next().unwrap_or_default();
    match last {
        "" | "corp" | "example" | "home" | "host" | "invalid" | "lan" | "local" | "localdomain"
        | "localhost" | "test" => true,
        "com" | "net" | "org" => labels.next() == Some("example"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, strict: bool) -> Result<(), TargetError> {
        check_target(&Url::parse(url).expect("a URL"), strict)
    }

    #[test]
    fn strict_mode_calls_public_names_over_https() {
        for url in [
            "https://nuts.nl",
            "https://nodeA/x",
            "https://example.nl",
            "https://notexample.com",
            "https://1.2.3.4/",
            "https://[::1]:8443/",
            "https://2130706433/",
        ] {
            assert_eq!(check(url, true), Ok(()), "{url}");
        }
        for url in [
            "https://localhost",
            "https://a.LOCALHOST/",
            "https://a.corp",
            "https://example",
            "https://example.com",
            "https://a.b.example.org",
            "https://example.net",
            "https://a.home",
            "https://a.host",
            "https://a.invalid",
            "https://a.lan",
            "https://printer.local",
            "https://a.localdomain",
            "https://a.test:8443",
            "https://hospital.nl./",
        ] {
            assert_eq!(check(url, true), Err(TargetError::Reserved), "{url}");
        }
        for url in ["http://nuts.nl", "ftp://nuts.nl", "file://nuts.nl/etc/passwd"] {
            assert_eq!(check(url, true), Err(TargetError::NotHttps), "{url}");
        }
    }

    #[test]
    fn http_and_any_name_may_be_called_outside_strict_mode() {
        for url in ["http://localhost:8080/x", "https://a.test", "http://127.0.0.1"] {
            assert_eq!(check(url, false), Ok(()), "{url}");
        }
        for url in ["ftp://nuts.nl", "gopher://nuts.nl"] {
            assert_eq!(check(url, false), Err(TargetError::NotHttp), "{url}");
        }
    }

    #[test]
    fn a_url_without_host_is_never_called() {
        for url in ["file:///etc/passwd", "data:text/plain,x", "mailto:a@b.nl", "did:web:nuts.nl"] {
            for strict in [true, false] {
                assert_eq!(check(url, strict), Err(TargetError::Incomplete), "{url}");
            }
        }
    }

    #[test]
    fn the_host_header_has_the_port_only_where_it_is_needed() {
        for (url, expected) in [
            ("https://nuts.nl/x", "nuts.nl"),
            ("https://nuts.nl:443", "nuts.nl"),
            ("https://nuts.nl:80", "nuts.nl:80"),
            ("http://nuts.nl:80", "nuts.nl"),
            ("http://[::1]:443", "[::1]:443"),
            ("http://0x7f.1", "127.0.0.1"),
        ] {
            let url = Url::parse(url).expect("a URL");
            assert_eq!(Origin::of(&url, false).expect("may be called").to_string(), expected);
        }
    }
}
