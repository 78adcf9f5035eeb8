//! The names of a local box: a zone, and in it what `own-mailbox dns` prints, as if it had been published at once.

use std::net::SocketAddr;

use crate::core::dkim::Keys;
use crate::core::records::{self, About, Value};
use crate::net::BoxFuture;
use crate::net::dns::{DnsError, Mx, Resolver, Srv, Zone};

/// A zone with the records of the box's own domain.
#[derive(Debug)]
pub(super) struct OwnNames {
    zone: Zone,
    about: About,
    keys: Keys,
}

impl OwnNames {
    pub(super) fn new(zone: Zone, about: About, keys: Keys) -> Self {
        Self { zone, about, keys }
    }

    /// What the records of a name say. They are put together for each question, because other keys may have been made since the last.
    async fn records(&self, name: &str) -> Result<Vec<Value>, DnsError> {
        let (about, keys) = (self.about.clone(), self.keys.clone());
        let all = tokio::task::spawn_blocking(move || records::of(&about, &keys)).await;
        let all = all.ok().and_then(Result::ok).ok_or(DnsError::Temporary(None))?;
        let of_name = all.into_iter().filter(|record| record.name.eq_ignore_ascii_case(name));
        Ok(of_name.map(|record| record.value).collect())
    }
}

impl Resolver for OwnNames {
    fn mx<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Mx>, DnsError>> {
        self.zone.mx(domain)
    }

    fn addresses<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, Result<Vec<SocketAddr>, DnsError>> {
        self.zone.addresses(host, port)
    }

    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>, DnsError>> {
        Box::pin(async move {
            let texts = self.records(name).await?.into_iter().filter_map(|value| match value {
                Value::Txt(text) => Some(text),
                _ => None,
            });
            let texts: Vec<_> = texts.collect();
            if texts.is_empty() { self.zone.txt(name).await } else { Ok(texts) }
        })
    }

    fn srv<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<Srv>, DnsError>> {
        Box::pin(async move {
            let services = self.records(name).await?.into_iter().filter_map(|value| match value {
                Value::Srv(host, port) => Some(Srv { priority: 0, weight: 1, port, host }),
                _ => None,
            });
            let services: Vec<_> = services.collect();
            if services.is_empty() { self.zone.srv(name).await } else { Ok(services) }
        })
    }
}
