//! What DNS must say of the box's domain: so that mail finds the box, programs find their servers, and others believe what leaves it.
//!
//! `check`: whether it says so.

mod check;

use std::fmt;
use std::net::IpAddr;

use shared::api::Timestamp;

pub use check::{State, check};

use super::dkim::{self, Kept, Keys, Use};
use crate::store::StoreError;

/// How long others may keep a record, seconds, unless its owner says otherwise.
const TTL: u32 = 3600;
/// Octets of one string of a text (RFC 1035 §3.3).
const STRING: usize = 255;

/// What the records tell of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// The domain of the box's addresses.
    pub domain: String,
    /// The host name of the box.
    pub host: String,
    /// The box's public addresses, as far as they are known.
    pub addresses: Vec<IpAddr>,
    /// The port of IMAPS.
    pub imaps_port: u16,
    /// The port of submission with TLS from the first byte.
    pub submissions_port: u16,
}

/// A record that should be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Its whole name, without the final dot.
    pub name: String,
    /// What it says.
    pub value: Value,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a record says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// An address; `None` where it is not known.
    Address(Option<IpAddr>),
    /// The same addresses as this host.
    Alias(String),
    /// This host takes mail (RFC 5321 §5.1).
    Mx(String),
    /// A service is on this host and port (RFC 6186, RFC 8314 §5.1).
    Srv(String, u16),
    /// A text.
    Txt(String),
}

/// What a record is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The box is found.
    Host,
    /// Mail comes in.
    Mail,
    /// Mail programs and correspondents find what they need.
    Programs,
    /// Others can tell mail from the box from what is only written in its name.
    Sender,
    /// The same, with keys for DKIM: what they are for now.
    Keys(Use),
}

/// All records of a domain, those of its keys included.
///
/// # Errors
/// [`StoreError::Io`] where the keys cannot be read.
pub fn of(about: &About, keys: &Keys) -> Result<Vec<Record>, StoreError> {
    let About { domain, host, addresses, imaps_port, submissions_port } = about;
    let record = |name: String, value, purpose| Record { name, value, purpose };
    let mut records = Vec::new();
    if addresses.is_empty() {
        records.push(record(host.clone(), Value::Address(None), Purpose::Host));
    }
    records.extend(addresses.iter().map(|ip| record(host.clone(), Value::Address(Some(*ip)), Purpose::Host)));
    records.push(record(domain.clone(), Value::Mx(host.clone()), Purpose::Mail));
    for label in ["openpgpkey", "autoconfig"] {
        records.push(record(format!("{label}.{domain}"), Value::Alias(host.clone()), Purpose::Programs));
    }
    for (service, port) in [("_imaps", *imaps_port), ("_submissions", *submissions_port)] {
        records.push(record(format!("{service}._tcp.{domain}"), Value::Srv(host.clone(), port), Purpose::Programs));
    }
    let text = |name: String, text: &str, purpose| record(name, Value::Txt(text.to_owned()), purpose);
    records.push(text(domain.clone(), "v=spf1 mx -all", Purpose::Sender));
    records.push(text(format!("_dmarc.{domain}"), "v=DMARC1; p=quarantine", Purpose::Sender));
    for Kept { name, use_ } in keys.all()? {
        for (selector, key) in keys.pair(&name)?.records() {
            records.push(text(dkim::name_of(&selector, domain), &key, Purpose::Keys(use_)));
        }
    }
    Ok(records)
}

impl Record {
    /// Its type, as DNS names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Address(None) => "A/AAAA",
            Value::Address(Some(IpAddr::V4(_))) => "A",
            Value::Address(Some(IpAddr::V6(_))) => "AAAA",
            Value::Alias(_) => "CNAME",
            Value::Mx(_) => "MX",
            Value::Srv(..) => "SRV",
            Value::Txt(_) => "TXT",
        }
    }

    /// Until when it must be there, if not for good.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self.purpose {
            Purpose::Keys(Use::Old { until }) => Some(until),
            _ => None,
        }
    }
}

/// A line of a zone file (RFC 1035 §5.1); a comment where an address is not known.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, kind) = (&self.name, self.kind());
        match &self.value {
            Value::Address(None) => write!(f, "; {name}. {TTL} IN A ADDRESS"),
            Value::Address(Some(ip)) => write!(f, "{name}. {TTL} IN {kind} {ip}"),
            Value::Alias(host) => write!(f, "{name}. {TTL} IN {kind} {host}."),
            Value::Mx(host) => write!(f, "{name}. {TTL} IN {kind} 10 {host}."),
            Value::Srv(host, port) => write!(f, "{name}. {TTL} IN {kind} 0 1 {port} {host}."),
            Value::Txt(text) => {
                write!(f, "{name}. {TTL} IN {kind}")?;
                for string in text.as_bytes().chunks(STRING) {
                    write!(f, " \"{}\"", String::from_utf8_lossy(string).replace('\\', "\\\\").replace('"', "\\\""))?;
                }
                Ok(())
            }
        }
    }
}

/// The name under which an address tells its host (RFC 1035 §3.5, RFC 3596 §2.5).
#[must_use]
pub fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let digits =
                v6.octets().iter().rev().map(|octet| format!("{:x}.{:x}.", octet & 15, octet >> 4)).collect::<String>();
            format!("{digits}ip6.arpa")
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::core::Random;

    pub(super) fn example(folder: &std::path::Path) -> (About, Vec<Record>) {
        let about = About {
            domain: "example.org".into(),
            host: "mail.example.org".into(),
            addresses: ["9.9.9.9", "2620:fe::9"].map(|ip| ip.parse().unwrap()).into(),
            imaps_port: 993,
            submissions_port: 465,
        };
        let keys = Keys::open(folder, &Random::system(), Timestamp(1_795_780_800)).unwrap();
        let records = of(&about, &keys).unwrap();
        (about, records)
    }

    #[test]
    fn a_domain_has_all_of_its_records_as_a_zone_file_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let (mut about, records) = example(folder.path());
        let lines: Vec<_> = records.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines[..9],
            [
                "mail.example.org. 3600 IN A 9.9.9.9",
                "mail.example.org. 3600 IN AAAA 2620:fe::9",
                "example.org. 3600 IN MX 10 mail.example.org.",
                "openpgpkey.example.org. 3600 IN CNAME mail.example.org.",
                "autoconfig.example.org. 3600 IN CNAME mail.example.org.",
                "_imaps._tcp.example.org. 3600 IN SRV 0 1 993 mail.example.org.",
                "_submissions._tcp.example.org. 3600 IN SRV 0 1 465 mail.example.org.",
                "example.org. 3600 IN TXT \"v=spf1 mx -all\"",
                "_dmarc.example.org. 3600 IN TXT \"v=DMARC1; p=quarantine\"",
            ]
        );
        assert!(lines[9].starts_with("20261127-rsa._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=rsa; p="));
        let strings: Vec<_> = lines[9].split('"').skip(1).step_by(2).map(str::len).collect();
        assert_eq!(strings, [255, 410 - 255]);
        assert!(lines[10].starts_with("20261127-ed25519._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=ed25519; p="));
        about.addresses.clear();
        let unknown = of(&about, &Keys::of(folder.path())).unwrap();
        assert_eq!(unknown[0].to_string(), "; mail.example.org. 3600 IN A ADDRESS");
    }

    #[test]
    fn an_address_backwards() {
        assert_eq!(reverse_name("203.0.113.7".parse().unwrap()), "7.113.0.203.in-addr.arpa");
        let v6 = reverse_name("2001:db8::7".parse().unwrap());
        assert_eq!(v6, format!("7.{}8.b.d.0.1.0.0.2.ip6.arpa", "0.".repeat(23)));
    }
}
