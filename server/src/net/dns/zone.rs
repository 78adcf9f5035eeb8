//! A zone of our own: names that a local box knows, each port of them wherever it really listens. Nothing here goes over
//! the network, and a name that is not in the zone does not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::{DnsError, Mx, Resolver, Srv};
use crate::net::BoxFuture;

#[derive(Clone, Debug, Default)]
struct Records {
    mx: Vec<Mx>,
    ports: BTreeMap<u16, SocketAddr>,
    txt: Vec<String>,
    srv: Vec<Srv>,
}

/// Names and where they lead. Names are compared without regard to case and to a final dot.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    names: BTreeMap<String, Records>,
    broken: BTreeSet<String>,
}

impl Zone {
    /// A zone without names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a domain a mail exchanger; an empty `host` is the null MX (RFC 7505).
    #[must_use]
    pub fn with_mx(mut self, domain: &str, preference: u16, host: &str) -> Self {
        let records = self.names.entry(key(domain)).or_default();
        records.mx.push(Mx { preference, host: key(host) });
        records.mx.sort();
        self
    }

    /// Says where a host's `port` really is.
    #[must_use]
    pub fn with_port(mut self, host: &str, port: u16, at: SocketAddr) -> Self {
        self.names.entry(key(host)).or_default().ports.insert(port, at);
        self
    }

    /// Gives a name a text.
    #[must_use]
    pub fn with_txt(mut self, name: &str, text: &str) -> Self {
        self.names.entry(key(name)).or_default().txt.push(text.to_owned());
        self
    }

    /// Says where a service is.
    #[must_use]
    pub fn with_srv(mut self, name: &str, service: Srv) -> Self {
        let records = self.names.entry(key(name)).or_default();
        records.srv.push(Srv { host: key(&service.host), ..service });
        records.srv.sort();
        self
    }

    /// Makes every look-up of a name fail, as when its servers do not answer.
    #[must_use]
    pub fn with_broken(mut self, name: &str) -> Self {
        self.broken.insert(key(name));
        self
    }

    fn find(&self, name: &str) -> Result<&Records, DnsError> {
        let name = key(name);
        if self.broken.contains(&name) {
            return Err(DnsError::Temporary(None));
        }
        self.names.get(&name).ok_or(DnsError::NotFound)
    }
}

fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

impl Resolver for Zone {
    fn mx<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Mx>, DnsError>> {
        Box::pin(async move { Ok(self.find(domain)?.mx.clone()) })
    }

    fn addresses<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, Result<Vec<SocketAddr>, DnsError>> {
        Box::pin(async move { Ok(vec![*self.find(host)?.ports.get(&port).ok_or(DnsError::NotFound)?]) })
    }

    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>, DnsError>> {
        Box::pin(async move { Ok(self.find(name)?.txt.clone()) })
    }

    fn srv<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<Srv>, DnsError>> {
        Box::pin(async move { Ok(self.find(name)?.srv.clone()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_lead_where_the_zone_says() {
        let at: SocketAddr = "127.0.0.1:8025".parse().unwrap();
        let zone = Zone::new()
            .with_mx("home.test", 20, "second.home.test")
            .with_mx("Home.Test.", 10, "mail.home.test.")
            .with_port("mail.home.test", 25, at)
            .with_txt("home.test", "v=spf1 mx -all")
            .with_srv(
                "_imaps._tcp.home.test",
                Srv { priority: 0, weight: 1, port: 993, host: "Mail.home.test.".into() },
            )
            .with_broken("slow.test");
        let hosts: Vec<_> = zone.mx("HOME.test").await.unwrap().into_iter().map(|mx| mx.host).collect();
        assert_eq!(hosts, ["mail.home.test", "second.home.test"]);
        assert_eq!(zone.addresses("mail.home.test", 25).await.unwrap(), [at]);
        assert!(zone.mx("mail.home.test").await.unwrap().is_empty());
        assert!(matches!(zone.addresses("mail.home.test", 443).await, Err(DnsError::NotFound)));
        assert!(matches!(zone.mx("elsewhere.test").await, Err(DnsError::NotFound)));
        assert_eq!(zone.txt("home.test.").await.unwrap(), ["v=spf1 mx -all"]);
        assert!(zone.txt("mail.home.test").await.unwrap().is_empty());
        assert_eq!(zone.srv("_imaps._tcp.home.test").await.unwrap()[0].host, "mail.home.test");
        assert!(matches!(zone.srv("_pop3s._tcp.home.test").await, Err(DnsError::NotFound)));
        assert!(matches!(zone.mx("slow.test").await, Err(DnsError::Temporary(_))));
    }
}
