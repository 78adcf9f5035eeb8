//! Who is at the other end: the network that limits are counted by, and which addresses are reachable by everybody.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What limits are counted by: one IPv4 address, or one IPv6 network of 64 bits, which is what one customer has at least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// The network that an address belongs to; an IPv4 address in its IPv6 form counts as IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self { address: IpAddr::V4(v4), bits: 32 },
            IpAddr::V6(v6) => Self { address: IpAddr::V6(cut(v6, 64)), bits: 64 },
        }
    }

    /// The IPv6 network of 48 bits around it, which is what one customer has at most; an IPv4 address is for itself.
    #[must_use]
    pub fn site(self) -> Option<Self> {
        match self.address {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => Some(Self { address: IpAddr::V6(cut(v6, 48)), bits: 48 }),
        }
    }
}

/// The address of the network of so many bits.
fn cut(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from(u128::from(address) >> (128 - bits) << (128 - bits))
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/{}", self.bits),
        }
    }
}

/// Whether an address is one of the public Internet: not of this machine, not of a home or office network, not reserved
/// (RFC 6890). The box fetches and delivers to public addresses only, so that nobody can point it at its own neighbours.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol_assignments = a == 192 && b == 0 && c == 0;
    let benchmarks = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 240
        || shared
        || protocol_assignments
        || benchmarks
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Global unicast is 2000::/3. Of it, documentation is not reachable, and the ways to wrap an IPv4 address (6to4, Teredo)
    // could lead to a private one.
    let global_unicast = a & 0xe000 == 0x2000;
    let documentation = (a == 0x2001 && b == 0x0db8) || a & 0xfff0 == 0x3ff0;
    let wraps_v4 = a == 0x2002 || (a == 0x2001 && b == 0);
    global_unicast && !documentation && !wraps_v4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_home_counts_as_one_network() {
        let network = |text: &str| Network::of(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        let site = |text: &str| Network::of(text.parse().unwrap()).site().map(|site| site.to_string());
        assert_eq!(site("2001:db8:1:2:3:4:5:6").as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(site("::ffff:192.0.2.7"), None);
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for text in ["9.9.9.9", "172.15.0.1", "100.128.0.1", "2606:4700::1", "::ffff:9.9.9.9"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fd00::1",
            "2001:db8::1",
            "2002:0a00:0001::1",
            "2001::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }
}
