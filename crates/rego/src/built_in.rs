//! Functions of OPA that the engine does not bring, and those that are refused.
//!
//! What a function of OPA cannot compute is undefined, as it is there.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ipnet::IpNet;
use regex::RegexBuilder;
use serde_json::Value;

/// The largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// A function beside the engine's own.
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    pub(crate) arguments: u8,
    call: fn(&[Value]) -> Option<Value>,
}

/// All of them.
pub(crate) const ADDED: [BuiltIn; 8] = [
    BuiltIn { name: "io.jwt.decode", arguments: 1, call: decode_jwt },
    BuiltIn { name: "crypto.sha1", arguments: 1, call: sha1 },
    BuiltIn { name: "crypto.sha256", arguments: 1, call: sha256 },
    BuiltIn { name: "crypto.hmac.sha256", arguments: 2, call: hmac_sha256 },
    BuiltIn { name: "crypto.hmac.sha512", arguments: 2, call: hmac_sha512 },
    BuiltIn { name: "crypto.hmac.equal", arguments: 2, call: are_macs_equal },
    BuiltIn { name: "regex.find_all_string_submatch_n", arguments: 3, call: find_all_submatches },
    BuiltIn { name: "net.cidr_intersects", arguments: 2, call: do_networks_intersect },
];

/// Those that would reach the network.
const CALLS_OUT: [&str; 2] = ["http.send", "net.lookup_ip_addr"];

/// The name spaces of OPA's functions, to tell a function that is missing here from one that is misspelled.
const OPA_NAME_SPACES: [&str; 24] = [
    "array",
    "base64",
    "base64url",
    "bits",
    "crypto",
    "glob",
    "graph",
    "graphql",
    "hex",
    "io",
    "json",
    "net",
    "numbers",
    "object",
    "opa",
    "providers",
    "rand",
    "regex",
    "rego",
    "semver",
    "strings",
    "time",
    "urlquery",
    "yaml",
];

/// Whether a function reaches the network.
pub(crate) fn calls_out(name: &str) -> bool {
    CALLS_OUT.contains(&name)
}

/// Whether a name is one that OPA gives its functions.
pub(crate) fn is_opa(name: &str) -> bool {
    name.split_once('.').is_some_and(|(space, _)| OPA_NAME_SPACES.contains(&space))
}

/// Calls the function of this name; `None`: undefined, or no such function.
pub(crate) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    ADDED.iter().find(|it| it.name == name).and_then(|it| it.call(arguments))
}

impl BuiltIn {
    pub(crate) fn call(&self, arguments: &[Value]) -> Option<Value> {
        (self.call)(arguments)
    }
}

fn text(arguments: &[Value], at: usize) -> Option<&str> {
    arguments.get(at)?.as_str()
}

/// Header, payload and signature (in hexadecimal digits) of a JWS. Nothing is verified.
fn decode_jwt(arguments: &[Value]) -> Option<Value> {
    let parts: Vec<&str> = text(arguments, 0)?.split('.').collect();
    let &[header, payload, signature] = parts.as_slice() else { return None };
    let json = |part: &str| {
        let document: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
        document.is_object().then_some(document)
    };
    Some(Value::from(vec![
        json(header)?,
        json(payload)?,
        Value::from(hexadecimal(&URL_SAFE_NO_PAD.decode(signature).ok()?)),
    ]))
}

fn sha1(arguments: &[Value]) -> Option<Value> {
    digest_of(&digest::SHA1_FOR_LEGACY_USE_ONLY, arguments)
}

fn sha256(arguments: &[Value]) -> Option<Value> {
    digest_of(&digest::SHA256, arguments)
}

fn digest_of(algorithm: &'static digest::Algorithm, arguments: &[Value]) -> Option<Value> {
    let digest = digest::digest(algorithm, text(arguments, 0)?.as_bytes());
    Some(Value::from(hexadecimal(digest.as_ref())))
}

fn hmac_sha256(arguments: &[Value]) -> Option<Value> {
    mac(hmac::HMAC_SHA256, arguments)
}

fn hmac_sha512(arguments: &[Value]) -> Option<Value> {
    mac(hmac::HMAC_SHA512, arguments)
}

fn mac(algorithm: hmac::Algorithm, arguments: &[Value]) -> Option<Value> {
    let key = hmac::Key::new(algorithm, text(arguments, 1)?.as_bytes());
    let tag = hmac::sign(&key, text(arguments, 0)?.as_bytes());
    Some(Value::from(hexadecimal(tag.as_ref())))
}

fn are_macs_equal(arguments: &[Value]) -> Option<Value> {
    let are_equal =
        verify_slices_are_equal(text(arguments, 0)?.as_bytes(), text(arguments, 1)?.as_bytes());
    Some(Value::from(are_equal.is_ok()))
}

/// Each match of a pattern with its groups; a group that took no part is the empty text. A negative count: all.
fn find_all_submatches(arguments: &[Value]) -> Option<Value> {
    let pattern =
        RegexBuilder::new(text(arguments, 0)?).size_limit(PATTERN_BYTES_MAX).build().ok()?;
    let count = usize::try_from(arguments.get(2)?.as_i64()?).unwrap_or(usize::MAX);
    let groups = |captures: regex::Captures<'_>| {
        captures
            .iter()
            .map(|group| Value::from(group.map_or("", |group| group.as_str())))
            .collect::<Value>()
    };
    Some(pattern.captures_iter(text(arguments, 1)?).take(count).map(groups).collect())
}

fn do_networks_intersect(arguments: &[Value]) -> Option<Value> {
    let network = |at| text(arguments, at)?.parse::<IpNet>().ok();
    let (one, other) = (network(0)?, network(1)?);
    Some(Value::from(one.contains(&other) || other.contains(&one)))
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
