//! One line per request (contract/platform.md 2.5), without the secrets that travel in targets.

use std::borrow::Cow;
use std::net::IpAddr;

use http::{Method, StatusCode, Uri};

use crate::extract::decode_form;

/// The most bytes of a target that are logged.
const TARGET_MAX: usize = 1024;

/// Parameters whose value opens something.
const SECRETS: [&str; 14] = [
    "access_token",
    "assertion",
    "client_assertion",
    "code",
    "code_verifier",
    "id_token",
    "nonce",
    "pre-authorized_code",
    "refresh_token",
    "request",
    "request_uri",
    "state",
    "token",
    "vp_token",
];

/// Whether requests of a path are logged at all: probes would drown the rest.
pub(crate) fn is_logged(template: &str) -> bool {
    !["/metrics", "/status", "/health"].iter().any(|prefix| template.starts_with(prefix))
}

/// Writes the line.
pub(crate) fn write(
    method: &Method,
    uri: &Uri,
    secret_segment: Option<usize>,
    client: Option<IpAddr>,
    status: StatusCode,
) {
    tracing::info!(
        module = "HTTP",
        remote_ip = client.map(tracing::field::display),
        %method,
        uri = %shown(uri, secret_segment),
        status = status.as_u16(),
        "HTTP request"
    );
}

/// Path and query, with `***` for secrets.
fn shown(uri: &Uri, secret_segment: Option<usize>) -> String {
    // SECURITY: a gateway that asks with a path of ours, but not quite, still writes its secret there.
    let secret_segment = secret_segment.or_else(|| after_key_prefix(uri.path()));
    let path = match secret_segment {
        None => Cow::Borrowed(uri.path()),
        Some(at) => {
            let parts = uri.path().split('/').enumerate();
            let parts = parts.map(|(index, part)| if index == at { "***" } else { part });
            Cow::Owned(parts.collect::<Vec<_>>().join("/"))
        }
    };
    let mut text = path.into_owned();
    let mut separator = '?';
    for part in uri.query().into_iter().flat_map(|query| query.split('&')) {
        text.push(separator);
        separator = '&';
        match part.split_once('=') {
            Some((name, _)) if is_secret(name) => {
                text.push_str(name);
                text.push_str("=***");
            }
            Some(_) | None => text.push_str(part),
        }
    }
    text.truncate(text.floor_char_boundary(TARGET_MAX));
    printable(text)
}

/// The segment behind `gateway/k/`, wherever that is.
fn after_key_prefix(path: &str) -> Option<usize> {
    let mut segments = path.split('/').zip(path.split('/').skip(1));
    segments.position(|(first, second)| first == "gateway" && second == "k").map(|at| at + 2)
}

/// SECURITY: a target may hold any letter; one that turns or moves what a terminal shows forges lines of the log.
fn printable(text: String) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text;
    }
    let escaped = |letter: char| match letter {
        ' '..='~' => letter.to_string(),
        _ => letter.escape_unicode().to_string(),
    };
    text.chars().map(escaped).collect()
}

/// SECURITY: a name is compared decoded and without case; one that cannot be decoded counts as secret.
fn is_secret(name: &str) -> bool {
    decode_form(name)
        .map_or(true, |name| SECRETS.iter().any(|secret| name.trim().eq_ignore_ascii_case(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_the_target_are_masked() {
        for (target, segment, expected) in [
            ("/status?a=b", None, "/status?a=b"),
            ("/oauth2/s/user?token=x", None, "/oauth2/s/user?token=***"),
            (
                "/oauth2/callback?code=c&state=s&iss=i",
                None,
                "/oauth2/callback?code=***&state=***&iss=i",
            ),
            ("/a?t%6fken=x&TOKEN=y&%zz=1", None, "/a?t%6fken=***&TOKEN=***&%zz=***"),
            ("/a?token", None, "/a?token"),
            ("//gateway/k/s3cret/v1", None, "//gateway/k/***/v1"),
            ("/internal/auth/v2/accesstoken/s3cret", Some(5), "/internal/auth/v2/accesstoken/***"),
        ] {
            assert_eq!(shown(&target.parse().unwrap(), segment), expected);
        }
    }

    #[test]
    fn letters_that_forge_a_log_are_spelled_out() {
        assert_eq!(printable("/a\u{202e}b\u{85}é".to_owned()), "/a\\u{202e}b\\u{85}\\u{e9}");
    }

    #[test]
    fn a_long_target_is_cut() {
        let target = format!("/{}", "x".repeat(5000));
        assert_eq!(shown(&target.parse().unwrap(), None).len(), TARGET_MAX);
    }
}
