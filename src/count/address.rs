//! Whose request it is: the client's address behind trusted proxies.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;

/// The client's address: the peer, unless the peer is a trusted proxy; then the right-most hop of the one configured
/// forwarding header that is not itself trusted. `values` are that header's values from the last line to the first.
/// Ports are dropped, IPv4 written as IPv6 is IPv4, and where a hop cannot be read the peer's address is taken.
/// `elements` tells whether the header is `Forwarded` (RFC 7239) with its `for=` pairs, or a plain list of addresses.
pub fn client_address<'a>(
    peer: IpAddr,
    trusted: &[IpNet],
    elements: bool,
    values: impl Iterator<Item = &'a [u8]>,
) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    if !is_trusted(peer) {
        return peer;
    }
    let mut client = peer;
    for value in values {
        for hop in value.rsplit(|byte| *byte == b',') {
            let Some(address) = hop_address(hop, elements) else { return peer };
            client = address;
            if !is_trusted(address) {
                return address;
            }
        }
    }
    client
}

fn hop_address(hop: &[u8], elements: bool) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let text = if elements {
        text.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
        })?
    } else {
        text
    };
    let text = text.trim_matches('"');
    let address = text.parse::<IpAddr>().ok().or_else(|| {
        if let Ok(with_port) = text.parse::<SocketAddr>() {
            return Some(with_port.ip());
        }
        text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
    })?;
    Some(address.to_canonical())
}

/// The bytes of an address that tell visitors apart: IPv4 whole, IPv6 without what lies behind `ipv6_prefix_bits`.
/// The first byte says which of the two it is.
pub(crate) fn visitor_bytes(address: IpAddr, ipv6_prefix_bits: u8) -> [u8; 17] {
    let mut bytes = [0; 17];
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            bytes[0] = 4;
            bytes[1..5].copy_from_slice(&v4.octets());
        }
        IpAddr::V6(v6) => {
            let keep = u32::from(ipv6_prefix_bits.min(128));
            let mask = u128::MAX.checked_shl(128 - keep).unwrap_or(0);
            bytes[0] = 6;
            bytes[1..].copy_from_slice(&(v6.to_bits() & mask).to_be_bytes());
        }
    }
    bytes
}

/// The address of a request whose peer is not known (called in process, without a socket).
pub const NO_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn client(peer: &str, values: &[&str], elements: bool) -> IpAddr {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|n| n.parse().expect("a network")).to_vec();
        client_address(ip(peer), &trusted, elements, values.iter().rev().map(|value| value.as_bytes()))
    }

    #[test]
    fn a_forwarding_header_is_believed_only_from_a_trusted_proxy() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"], false), ip("203.0.113.9"));
        assert_eq!(client("10.0.0.1", &["198.51.100.1"], false), ip("198.51.100.1"));
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.1"], false), ip("198.51.100.1"));
    }

    #[test]
    fn the_right_most_untrusted_hop_is_the_client() {
        assert_eq!(client("10.0.0.1", &["192.0.2.66, 198.51.100.1, 10.2.2.2"], false), ip("198.51.100.1"));
        assert_eq!(client("10.0.0.1", &["192.0.2.66, 198.51.100.1", "10.2.2.2"], false), ip("198.51.100.1"));
        assert_eq!(client("10.0.0.1", &["10.9.9.9, 10.2.2.2"], false), ip("10.9.9.9"));
        assert_eq!(client("10.0.0.1", &[], false), ip("10.0.0.1"));
    }

    #[test]
    fn ports_are_dropped_and_mapped_addresses_are_ipv4() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1:4711"], false), ip("198.51.100.1"));
        assert_eq!(client("10.0.0.1", &["[2001:db8::1]:4711"], false), ip("2001:db8::1"));
        assert_eq!(client("10.0.0.1", &["::ffff:198.51.100.1"], false), ip("198.51.100.1"));
        assert_eq!(client("10.0.0.1", &["for=\"[2001:db8::1]:80\";proto=https"], true), ip("2001:db8::1"));
    }

    #[test]
    fn an_unreadable_hop_leaves_the_peer() {
        for value in ["unknown", "", "198.51.100.1, _hidden", "198.51.100.1,", "1.2.3", "\u{3000}"] {
            assert_eq!(client("10.0.0.1", &[value], false), ip("10.0.0.1"), "{value}");
        }
        assert_eq!(client("10.0.0.1", &["198.51.100.1"], true), ip("10.0.0.1"));
    }

    #[test]
    fn ipv6_visitors_are_told_apart_by_their_network() {
        let of = |text| visitor_bytes(ip(text), 64);
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
