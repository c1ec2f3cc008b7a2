//! Which hosts and which addresses of the network may be asked.
//!
//! A host has to be listed by the operator, and every address its name leads to has to be one of the public internet,
//! unless the operator names the network it lies in. The classes are those of IANA's special-purpose registries (RFC 6890
//! and its successors); of IPv6 only the space for global unicast (2000::/3) can be public at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What the operator allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Hosts: `data.example.jp`, `*.example.jp` (all below it), `catalogue.city.local:8080` (another port than usual).
    pub hosts: Vec<String>,
    /// Networks beside the public internet in which a host may lie.
    pub networks: Vec<IpNet>,
}

impl Allowed {
    /// Whether a host is listed. `port` is that of the address, `usual` that of its scheme.
    pub fn host(&self, host: &str, port: u16, usual: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.iter().any(|listed| {
            let listed = listed.trim().to_ascii_lowercase();
            let (name, listed_port) = split_port(&listed);
            let fits = match name.strip_prefix("*.") {
                Some(above) => host.strip_suffix(above).is_some_and(|own| own.len() > 1 && own.ends_with('.')),
                None => host == name,
            };
            fits && listed_port.unwrap_or(usual) == port
        })
    }

    /// Why an address of the network may not be asked; `None` where it may.
    pub fn forbidden(&self, address: IpAddr) -> Option<&'static str> {
        let plain = plain(address);
        if self.networks.iter().any(|network| network.contains(&plain) || network.contains(&address)) {
            return None;
        }
        class(address)
    }
}

/// The name and the port of `host:port`; an IPv6 address stands in brackets, as in URLs.
fn split_port(listed: &str) -> (&str, Option<u16>) {
    match listed.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (listed, None),
        },
        _ => (listed, None),
    }
}

/// An IPv4 address that is written as an IPv6 one (`::ffff:0:0/96`) as what it is.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// What an address is, where it is no public one.
fn class(address: IpAddr) -> Option<&'static str> {
    match plain(address) {
        IpAddr::V4(four) => class_of_four(four),
        IpAddr::V6(six) => class_of_six(six),
    }
}

fn class_of_four(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => "this network",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "private",
        (100, 64..=127, _) => "shared by providers (CGNAT)",
        (127, ..) => "loopback",
        (169, 254, _) => "link-local",
        (192, 0, 0) => "protocol assignments",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "documentation",
        (192, 88, 99) => "6to4 relay",
        (198, 18..=19, _) => "benchmarking",
        (224..=239, ..) => "multicast",
        (240..=255, ..) => "reserved",
        _ => return None,
    })
}

fn class_of_six(address: Ipv6Addr) -> Option<&'static str> {
    let [a, b, ..] = address.segments();
    if address.is_unspecified() {
        return Some("unspecified");
    }
    if address.is_loopback() {
        return Some("loopback");
    }
    // An address that leads on to an IPv4 one is judged by what lies behind it.
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() {
        return class_of_four(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    Some(match (a, b) {
        (0xfe80..=0xfebf, _) => "link-local",
        (0xfec0..=0xfeff, _) => "site-local",
        (0xfc00..=0xfdff, _) => "private",
        (0xff00..=0xffff, _) => "multicast",
        (0x2002, _) => "6to4",
        (0x2001, 0x0db8) | (0x3fff, 0..=0x0fff) => "documentation",
        (0x2001, 0..=0x01ff) => "protocol assignments",
        (0x2000..=0x3fff, _) => return None,
        _ => "reserved",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_asked() {
        let allowed = Allowed::default();
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(allowed.forbidden(text.parse().expect(text)).is_some(), "{text}");
        }
        for text in ["8.8.8.8", "100.63.255.255", "172.32.0.1", "2400:4000::1", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
            assert_eq!(allowed.forbidden(text.parse().expect(text)), None, "{text}");
        }
    }

    #[test]
    fn a_network_of_the_operator_opens_itself_and_nothing_else() {
        let allowed = Allowed { hosts: Vec::new(), networks: vec!["10.20.0.0/16".parse().expect("a network")] };
        for (text, may) in [("10.20.3.4", true), ("::ffff:10.20.3.4", true), ("10.21.0.1", false), ("127.0.0.1", false)]
        {
            assert_eq!(allowed.forbidden(text.parse().expect(text)).is_none(), may, "{text}");
        }
    }

    #[test]
    fn hosts_are_those_that_are_listed_with_their_port() {
        let hosts =
            ["data.example.jp", "*.city.jp", "inner.local:8080", "[::1]:9000", "EXAMPLE.org"].map(str::to_owned);
        let allowed = Allowed { hosts: hosts.to_vec(), networks: Vec::new() };
        for (host, port, may) in [
            ("data.example.jp", 443, true),
            ("DATA.example.jp.", 443, true),
            ("data.example.jp", 8443, false),
            ("evil-data.example.jp", 443, false),
            ("data.example.jp.evil.com", 443, false),
            ("odp.city.jp", 443, true),
            ("a.b.city.jp", 443, true),
            ("city.jp", 443, false),
            ("evilcity.jp", 443, false),
            ("inner.local", 8080, true),
            ("inner.local", 443, false),
            ("[::1]", 9000, true),
            ("example.org", 443, true),
            ("", 443, false),
        ] {
            assert_eq!(allowed.host(host, port, 443), may, "{host}:{port}");
        }
    }
}
