//! Whether DNS says what it should.

use std::net::IpAddr;

use super::{Record, Value};
use crate::core::dkim::holds_key_of;
use crate::net::dns::{DnsError, Resolver};

/// The port that addresses are asked for; DNS does not care.
const PORT: u16 = 443;

/// What DNS says of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// That.
    There,
    /// Nothing of the kind.
    Missing,
    /// Something else, as it is told to people.
    Other(String),
    /// It could not be asked.
    Unknown,
}

/// Asks for a record.
pub async fn check(record: &Record, resolver: &dyn Resolver) -> State {
    let name = &record.name;
    let asked = match &record.value {
        Value::Address(expected) => addresses(name, *expected, resolver).await,
        Value::Alias(host) => alias(name, host, resolver).await,
        Value::Mx(host) => resolver.mx(name).await.map(|found| {
            let hosts = found.into_iter().map(|mx| mx.host).collect::<Vec<_>>();
            among(&hosts, host)
        }),
        Value::Srv(host, port) => resolver.srv(name).await.map(|found| {
            let places = found.into_iter().map(|srv| format!("{}:{}", srv.host, srv.port)).collect::<Vec<_>>();
            among(&places, &format!("{host}:{port}"))
        }),
        Value::Txt(text) => resolver.txt(name).await.map(|found| texts(&found, text)),
    };
    asked.unwrap_or_else(|error| match error {
        DnsError::NotFound => State::Missing,
        DnsError::NotPublic => State::Other("it leads to no public address".to_owned()),
        DnsError::Temporary(_) => State::Unknown,
    })
}

fn among(found: &[String], wanted: &str) -> State {
    match found {
        [] => State::Missing,
        found if found.iter().any(|found| found.eq_ignore_ascii_case(wanted)) => State::There,
        found => State::Other(found.join(", ")),
    }
}

async fn addresses(name: &str, expected: Option<IpAddr>, resolver: &dyn Resolver) -> Result<State, DnsError> {
    let found = ips(name, resolver).await?;
    Ok(match expected {
        Some(expected) if !found.contains(&expected) => State::Other(listed(&found)),
        _ => State::There,
    })
}

/// However that is said: by an alias, or by addresses of its own.
async fn alias(name: &str, host: &str, resolver: &dyn Resolver) -> Result<State, DnsError> {
    let found = ips(name, resolver).await?;
    let of_host = ips(host, resolver).await.or_else(|error| match error {
        DnsError::NotFound | DnsError::NotPublic => Ok(Vec::new()),
        error => Err(error),
    })?;
    Ok(if found.iter().any(|ip| of_host.contains(ip)) { State::There } else { State::Other(listed(&found)) })
}

async fn ips(name: &str, resolver: &dyn Resolver) -> Result<Vec<IpAddr>, DnsError> {
    Ok(resolver.addresses(name, PORT).await?.into_iter().map(|address| address.ip()).collect())
}

fn listed(ips: &[IpAddr]) -> String {
    ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A key must be that key. What others may do with mail in the domain's name is its owner's to say, in one record (RFC 7208 §3.2,
/// RFC 7489 §6.6.3).
fn texts(found: &[String], wanted: &str) -> State {
    let version = wanted.split([';', ' ']).next().unwrap_or_default();
    let of_kind: Vec<_> = found.iter().filter(|text| is_of(text, version)).collect();
    match of_kind.as_slice() {
        _ if version == "v=DKIM1" && !found.is_empty() => keys(found, wanted),
        [] => State::Missing,
        [_] => State::There,
        several => State::Other(format!("{} records instead of one, so none of them counts", several.len())),
    }
}

fn keys(found: &[String], wanted: &str) -> State {
    let is_there = found.iter().any(|found| holds_key_of(found, wanted));
    if is_there { State::There } else { State::Other("another key, or a part of it".to_owned()) }
}

fn is_of(text: &str, version: &str) -> bool {
    let head = text.trim_start().get(..version.len()).unwrap_or_default();
    head.eq_ignore_ascii_case(version)
}

#[cfg(test)]
mod tests {
    use super::super::tests::example;
    use super::*;
    use crate::net::dns::{Srv, Zone};

    async fn states(records: &[Record], zone: &Zone) -> Vec<State> {
        let mut states = Vec::new();
        for record in records {
            states.push(check(record, zone).await);
        }
        states
    }

    #[tokio::test]
    async fn what_is_published_is_there_and_what_is_not_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut records) = example(folder.path());
        // A zone gives a port one address.
        records.remove(1);
        let at = "9.9.9.9:443".parse().unwrap();
        let mut zone = Zone::new().with_mx("example.org", 10, "mail.example.org");
        for host in ["mail", "openpgpkey", "autoconfig"] {
            zone = zone.with_port(&format!("{host}.example.org"), 443, at);
        }
        for record in &records {
            zone = match &record.value {
                Value::Txt(text) => zone.with_txt(&record.name, text),
                Value::Srv(host, port) => {
                    let srv = Srv { priority: 0, weight: 1, port: *port, host: host.clone() };
                    zone.with_srv(&record.name, srv)
                }
                _ => zone,
            };
        }
        assert!(states(&records, &zone).await.iter().all(|state| *state == State::There));
        assert!(states(&records, &Zone::new()).await.iter().all(|state| *state == State::Missing));
        let broken = records.iter().fold(Zone::new(), |zone, record| zone.with_broken(&record.name));
        assert!(states(&records, &broken).await.iter().all(|state| *state == State::Unknown));
    }

    #[tokio::test]
    async fn what_says_something_else_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let (_, records) = example(folder.path());
        let other = |text: &str| State::Other(text.to_owned());
        let elsewhere = "8.8.8.8:443".parse().unwrap();
        let mut zone = Zone::new().with_mx("example.org", 10, "mx.provider.test");
        for host in ["mail", "openpgpkey"] {
            zone = zone.with_port(&format!("{host}.example.org"), 443, elsewhere);
        }
        zone = zone.with_port("autoconfig.example.org", 443, "1.1.1.1:443".parse().unwrap());
        let srv = |port| Srv { priority: 0, weight: 1, port, host: "mail.example.org".into() };
        zone = zone.with_srv("_imaps._tcp.example.org", srv(1993)).with_srv("_submissions._tcp.example.org", srv(465));
        zone = zone.with_txt("example.org", "v=spf1 mx ~all").with_txt("example.org", "V=spf1 -all");
        zone = zone.with_txt("_dmarc.example.org", "v=DMARC1; p=reject");
        let Value::Txt(rsa) = &records[9].value else { panic!() };
        zone = zone.with_txt(&records[9].name, &rsa[..255]);
        zone = zone.with_txt(&records[10].name, "v=spf1 -all");
        let expected = [
            other("8.8.8.8"),
            other("8.8.8.8"),
            other("mx.provider.test"),
            State::There,
            other("1.1.1.1"),
            other("mail.example.org:1993"),
            State::There,
            other("2 records instead of one, so none of them counts"),
            State::There,
            other("another key, or a part of it"),
            other("another key, or a part of it"),
        ];
        assert_eq!(states(&records, &zone).await, expected);
    }
}
