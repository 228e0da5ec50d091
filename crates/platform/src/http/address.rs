//! Which addresses a node in strict mode connects to (contract/platform.md 2.8).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub use ipnet::IpNet as AddressRange;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Why a text is no address range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid CIDR \"{text}\": {reason}")]
pub struct CidrError {
    text: String,
    reason: &'static str,
}

/// Reads an address range such as `10.0.0.0/8`. IPv4 in IPv6 spelling is IPv4, as it is for the addresses that are judged.
pub fn parse_cidr(text: &str) -> Result<IpNet, CidrError> {
    let error = |reason| CidrError { text: text.to_owned(), reason };
    if !text.contains('/') {
        return Err(error("no '/'"));
    }
    let range: IpNet = text.parse().map_err(|_| error("not an address range"))?;
    let IpNet::V6(v6) = range else { return Ok(range) };
    let (Some(v4), Some(prefix)) =
        (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(MAPPED_PREFIX))
    else {
        return Ok(range);
    };
    Ipv4Net::new(v4, prefix).map(IpNet::V4).map_err(|_| error("not an address range"))
}

/// Judges addresses of connections that are about to be made.
#[derive(Clone, Debug)]
pub(super) struct AddressGuard {
    strict: bool,
    allowed_internal: Vec<IpNet>,
    denied: Vec<IpNet>,
}

/// Why an address is not connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Blocked {
    /// In a range that is never called.
    #[error("strictmode: blocked connection to denied address {0}")]
    Denied(IpAddr),
    /// Not a public unicast address, and not allowed by the operator.
    #[error("strictmode: blocked connection to non-public address {0}")]
    NonPublic(IpAddr),
}

impl AddressGuard {
    pub(super) fn new(strict: bool, allowed_internal: Vec<IpNet>, denied: Vec<IpNet>) -> Self {
        Self { strict, allowed_internal, denied }
    }

    /// Judges an address; outside strict mode each may be called. That of a configured server need not be public.
    // SECURITY: called with the very address that is then connected to, or a second look-up could answer otherwise.
    pub(super) fn judge(&self, address: &SocketAddr, is_configured: bool) -> Result<(), Blocked> {
        if !self.strict {
            return Ok(());
        }
        let ip = address.ip().to_canonical();
        // Each IPv4 address that a translator or tunnel could make of this address counts like the address itself.
        let inner = embedded(ip);
        let denied = [Some(ip), inner].into_iter().flatten().find(|ip| self.is_denied(*ip));
        if denied.is_some() {
            return Err(Blocked::Denied(ip));
        }
        if is_configured {
            return Ok(());
        }
        let is_zoned = matches!(address, SocketAddr::V6(v6) if v6.scope_id() != 0);
        if is_zoned || !self.is_allowed(ip) || inner.is_some_and(|inner| !self.is_allowed(inner)) {
            return Err(Blocked::NonPublic(ip));
        }
        Ok(())
    }

    fn is_denied(&self, ip: IpAddr) -> bool {
        // The platform address of a large cloud: it answers with secrets of the machine, and no option lifts this.
        const BUILT_IN: IpAddr = IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16));
        ip == BUILT_IN || self.denied.iter().any(|range| range.contains(&ip))
    }

    fn is_allowed(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.allowed_internal.iter().any(|range| range.contains(&ip))
    }
}

/// The length of `::ffff:0:0/96`.
const MAPPED_PREFIX: u8 = 96;

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// IPv4 that is not public unicast.
const NON_PUBLIC_V4: [Ipv4Net; 18] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 52, 193, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(192, 175, 48, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// IPv6 that may be public unicast; nothing outside is.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// IPv6 inside [`GLOBAL_V6`] that is not public unicast.
const NON_PUBLIC_V6: [Ipv6Net; 5] = [
    v6(0x2001, 0, 0, 23),
    v6(0x2001, 0xdb8, 0, 32),
    v6(0x2002, 0, 0, 16),
    v6(0x2620, 0x4f, 0x8000, 48),
    v6(0x3fff, 0, 0, 20),
];

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !NON_PUBLIC_V4.iter().any(|range| range.contains(&ip)),
        IpAddr::V6(ip) => {
            GLOBAL_V6.contains(&ip) && !NON_PUBLIC_V6.iter().any(|range| range.contains(&ip))
        }
    }
}

/// The first 96 bits of `64:ff9b::/96`.
const NAT64: u128 = 0x64_ff9b << 64;

/// The IPv4 address inside an IPv6 address: NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-compatible (RFC 4291 §2.5.5.1).
fn embedded(ip: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(ip) = ip else { return None };
    let bits = ip.to_bits();
    let inner = match (bits >> 32, bits >> 112) {
        (NAT64 | 0, _) => bits,
        (_, 0x2002) => bits >> 80,
        _ => return None,
    };
    let inner = u32::try_from(inner & u128::from(u32::MAX)).ok()?;
    Some(IpAddr::V4(Ipv4Addr::from_bits(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| parse_cidr(text).expect("a range")).collect()
    }

    fn judge(guard: &AddressGuard, address: &str) -> Result<(), String> {
        let ip: IpAddr = address.parse().expect("an address");
        guard.judge(&SocketAddr::new(ip, 443), false).map_err(|blocked| blocked.to_string())
    }

    #[test]
    fn only_public_unicast_addresses_are_called_in_strict_mode() {
        let guard = AddressGuard::new(true, Vec::new(), Vec::new());
        let public = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "2a02::1",
            "2001:200::1",
            "2001:db9::1",
            "3fff:1000::1",
            "::ffff:1.1.1.1",
        ];
        for address in public {
            assert_eq!(judge(&guard, address), Ok(()), "{address}");
        }
        let blocked = [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "192.168.1.1",
            "192.175.48.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::1.1.1.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:101:101::1",
            "2620:4f:8000::1",
            "3fff:fff::1",
            "4000::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
        ];
        for address in blocked {
            let text = judge(&guard, address).expect_err(address);
            assert!(text.starts_with("strictmode: blocked connection to non-public address "));
        }
    }

    #[test]
    fn a_mapped_address_is_named_as_the_address_it_stands_for() {
        let guard = AddressGuard::new(true, Vec::new(), Vec::new());
        assert_eq!(
            judge(&guard, "::ffff:127.0.0.1"),
            Err("strictmode: blocked connection to non-public address 127.0.0.1".to_owned())
        );
    }

    #[test]
    fn a_denied_address_stays_denied_whatever_is_allowed() {
        let everything = ["0.0.0.0/0", "::/0"];
        let guard = AddressGuard::new(true, ranges(&everything), ranges(&["10.1.0.0/16"]));
        for address in [
            "168.63.129.16",
            "::ffff:168.63.129.16",
            "64:ff9b::168.63.129.16",
            "2002:a83f:8110::1",
            "10.1.2.3",
            "64:ff9b::10.1.2.3",
        ] {
            let text = judge(&guard, address).expect_err(address);
            assert!(text.starts_with("strictmode: blocked connection to denied address "));
        }
        assert_eq!(judge(&guard, "10.2.0.1"), Ok(()));
        assert_eq!(judge(&guard, "127.0.0.1"), Ok(()));
    }

    #[test]
    fn a_configured_server_may_be_anywhere_but_where_it_is_denied() {
        let guard = AddressGuard::new(true, Vec::new(), ranges(&["10.1.0.0/16"]));
        let configured = |address: &str| {
            let ip: IpAddr = address.parse().expect("an address");
            guard.judge(&SocketAddr::new(ip, 443), true).is_ok()
        };
        assert!(configured("127.0.0.1") && configured("10.2.0.1") && configured("fd12::1"));
        assert!(!configured("10.1.2.3") && !configured("168.63.129.16"));
    }

    #[test]
    fn an_allowed_translator_reaches_public_addresses_only() {
        let guard = AddressGuard::new(true, ranges(&["64:ff9b::/96"]), Vec::new());
        assert_eq!(judge(&guard, "64:ff9b::1.1.1.1"), Ok(()));
        assert!(judge(&guard, "64:ff9b::10.0.0.1").is_err());
        assert!(judge(&guard, "64:ff9b::127.0.0.1").is_err());
    }

    #[test]
    fn an_address_with_a_zone_is_not_public() {
        let guard = AddressGuard::new(true, ranges(&["fe80::/10"]), Vec::new());
        let ip = "fe80::1".parse().expect("an address");
        let zoned = std::net::SocketAddrV6::new(ip, 443, 0, 2);
        assert!(guard.judge(&SocketAddr::V6(zoned), false).is_err());
    }

    #[test]
    fn nothing_is_judged_outside_strict_mode() {
        let guard = AddressGuard::new(false, Vec::new(), ranges(&["10.0.0.0/8"]));
        for address in ["127.0.0.1", "168.63.129.16", "10.0.0.1", "fe80::1"] {
            assert_eq!(judge(&guard, address), Ok(()));
        }
    }

    #[test]
    fn ranges_are_read_in_both_spellings_or_refused_with_their_text() {
        assert_eq!(parse_cidr("::ffff:10.0.0.0/104"), parse_cidr("10.0.0.0/8"));
        for text in ["foo", "10.0.0.1", "10.0.0.0/33", "/8", ""] {
            let error = parse_cidr(text).expect_err(text);
            assert!(error.to_string().starts_with(&format!("invalid CIDR \"{text}\": ")));
        }
    }
}
