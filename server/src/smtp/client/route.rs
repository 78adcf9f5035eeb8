//! Which hosts take a domain's mail, and in which order (RFC 5321 §5.1, RFC 7505).

use std::net::SocketAddr;

use rand::seq::SliceRandom;
use shared::api::submit::FailureReason;

use crate::core::Random;
use crate::core::carrier::{Fate, Why};
use crate::net::dns::{DnsError, Mx, Resolver};

/// Where mail is taken.
const SMTP_PORT: u16 = 25;
/// Hosts of a domain that are tried, and addresses in all.
const TARGETS: usize = 6;

/// A host and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) address: SocketAddr,
}

/// Where a domain's mail goes.
#[derive(Debug)]
pub(super) struct Route {
    /// Those to try first in front; at least one.
    pub(super) targets: Vec<Target>,
    /// Why a host of the domain is not among them that may be there another time.
    pub(super) missing: Option<Why>,
}

/// The hosts of a domain.
///
/// # Errors
/// The fate of mail to this domain, where there are none.
pub(super) async fn find(
    resolver: &dyn Resolver,
    domain: &str,
    own_host: &str,
    random: &mut Random,
) -> Result<Route, Fate> {
    let mx = resolver.mx(domain).await.map_err(|error| unknown(&error))?;
    if let [only] = mx.as_slice()
        && only.host.is_empty()
    {
        return Err(Fate::Never(Why::own(FailureReason::NoSuchDomain, "5.1.10")));
    }
    let implicit = mx.is_empty();
    let hosts = if implicit { vec![domain.to_owned()] } else { order(mx, own_host, random) };
    if hosts.is_empty() {
        // All that is left of the way leads back here.
        return Err(Fate::Never(Why::own(FailureReason::Refused, "5.4.6")));
    }
    let (mut targets, mut worst) = (Vec::new(), None);
    for host in hosts.into_iter().take(TARGETS) {
        match resolver.addresses(&host, SMTP_PORT).await {
            Ok(found) => targets.extend(found.into_iter().map(|address| Target { host: host.clone(), address })),
            // A domain without mail hosts and without an address of its own takes no mail. A mail host without an address is
            // somebody's mistake, which may be put right.
            Err(DnsError::NotFound) if implicit => return Err(unknown(&DnsError::NotFound)),
            Err(DnsError::NotFound) => worst = worst.or(Some(Why::own(FailureReason::Unreachable, "4.4.4"))),
            Err(error) => return_or_remember(&error, &mut worst),
        }
    }
    targets.truncate(TARGETS);
    match (targets.is_empty(), worst) {
        (false, worst) => Ok(Route { targets, missing: worst.filter(|why| !why.status.starts_with('5')) }),
        (true, Some(why)) if why.status.starts_with('5') => Err(Fate::Never(why)),
        (true, why) => Err(Fate::Later(why.unwrap_or_else(|| Why::own(FailureReason::Unreachable, "4.4.4")))),
    }
}

/// Remembers why a host has no address; what may pass outweighs what is for good.
fn return_or_remember(error: &DnsError, worst: &mut Option<Why>) {
    match error {
        DnsError::Temporary(_) => *worst = Some(Why::own(FailureReason::Unreachable, "4.4.3")),
        DnsError::NotPublic | DnsError::NotFound => {
            worst.get_or_insert_with(|| Why::own(FailureReason::NoSuchDomain, "5.4.4"));
        }
    }
}

/// The hosts by preference, equal ones at random. Where this host is one of them, it and those after it are left out: mail
/// would come back here.
fn order(mut mx: Vec<Mx>, own_host: &str, random: &mut Random) -> Vec<String> {
    mx.shuffle(random);
    mx.sort_by_key(|mx| mx.preference);
    let own = mx.iter().find(|mx| mx.host.eq_ignore_ascii_case(own_host)).map(|mx| mx.preference);
    let before = |mx: &Mx| own.is_none_or(|own| mx.preference < own);
    mx.into_iter().filter(before).map(|mx| mx.host).filter(|host| !host.is_empty()).collect()
}

fn unknown(error: &DnsError) -> Fate {
    match error {
        DnsError::NotFound => Fate::Never(Why::own(FailureReason::NoSuchDomain, "5.1.2")),
        DnsError::NotPublic => Fate::Never(Why::own(FailureReason::NoSuchDomain, "5.4.4")),
        DnsError::Temporary(_) => Fate::Later(Why::own(FailureReason::Unreachable, "4.4.3")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::dns::Zone;

    async fn hosts(zone: &Zone, domain: &str) -> Result<Vec<String>, String> {
        match find(zone, domain, "own.test", &mut Random::system()).await {
            Ok(route) => Ok(route.targets.into_iter().map(|target| target.host).collect()),
            Err(Fate::Never(why)) => Err(format!("never {} {:?}", why.status, why.reason)),
            Err(Fate::Later(why)) => Err(format!("later {} {:?}", why.status, why.reason)),
            Err(Fate::Delivered) => Err("delivered".into()),
        }
    }

    fn zone() -> Zone {
        let at = "127.0.0.1:1".parse().unwrap();
        ["a.test", "b.test", "c.test", "own.test", "alone.test"]
            .into_iter()
            .fold(Zone::new(), |zone, host| zone.with_port(host, SMTP_PORT, at))
    }

    #[tokio::test]
    async fn preference_says_who_is_first() {
        let zone =
            zone().with_mx("d.test", 20, "b.test").with_mx("d.test", 10, "a.test").with_mx("d.test", 30, "gone.test");
        assert_eq!(hosts(&zone, "d.test").await.unwrap(), ["a.test", "b.test"]);
        assert_eq!(hosts(&zone, "alone.test").await.unwrap(), ["alone.test"]);
    }

    #[tokio::test]
    async fn mail_does_not_go_in_circles() {
        let zone =
            zone().with_mx("d.test", 10, "a.test").with_mx("d.test", 20, "own.test").with_mx("d.test", 30, "b.test");
        assert_eq!(hosts(&zone, "d.test").await.unwrap(), ["a.test"]);
        let zone = zone.with_mx("e.test", 10, "own.test");
        assert_eq!(hosts(&zone, "e.test").await.unwrap_err(), "never 5.4.6 Refused");
    }

    #[tokio::test]
    async fn no_hosts_for_good_or_for_now() {
        let zone = zone().with_mx("null.test", 0, "").with_mx("dead.test", 10, "gone.test").with_broken("slow.test");
        assert_eq!(hosts(&zone, "null.test").await.unwrap_err(), "never 5.1.10 NoSuchDomain");
        assert_eq!(hosts(&zone, "nowhere.test").await.unwrap_err(), "never 5.1.2 NoSuchDomain");
        assert_eq!(hosts(&zone, "dead.test").await.unwrap_err(), "later 4.4.4 Unreachable");
        assert_eq!(hosts(&zone, "slow.test").await.unwrap_err(), "later 4.4.3 Unreachable");
    }
}
