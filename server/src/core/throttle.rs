//! Bounds on guessing, at every door: how many tries are heard, and how long a caller waits for the next.
//!
//! A try is counted *before* its secret is looked at (an OPAQUE client knows from the box's first answer whether a guess was
//! right, and tries that run side by side must not slip through together); success takes the count back. Counters live in
//! the store, so a restart forgives nothing.
//!
//! - From a place that nobody knows, a try counts against the account, the network (IPv4 /24; IPv6 /64 and /48) and the door
//!   as a whole. Past a free number of failures each further one doubles the waiting time, up to a limit.
//! - From a place that the account signed in from before (its browser's cookie, or its network) only that place's own
//!   counter counts: strangers' failures never lock an owner out.
//! - Doors whose secrets cannot be guessed (device passwords, recovery codes, invitations: 128 bits and more) open to the right
//!   secret whatever the counters say; their callers look at the secret first and count failures only.
//! - A wrong answer to a link's question counts against the link and the network; that there is a limit for good stands with the link
//!   itself. Who asks for a link that is none counts against the network and the door.
//! - An answer to a letter behind a link, and a report about it, counts against the link and the network: there is nothing to guess.
//! - What a guest asks with a good invitation, whether an address is taken, counts against that invitation alone.
//!
//! An address that nobody has is counted like any other: the counters do not tell whether it exists.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use shared::api::link::LinkId;
use shared::api::{Base64, EmailAddress, Timestamp};

use crate::store::throttle::{self, Counter};
use crate::store::{AccountNo, ReadTx, StoreError, Tx};

/// A counter that was not raised for so long starts anew, seconds.
pub const FORGOTTEN_AFTER_SECONDS: i64 = 24 * 60 * 60;
/// A place stays known for so long after its last sign-in, seconds.
pub const PLACE_KNOWN_SECONDS: i64 = 90 * 24 * 60 * 60;

/// What a counter allows.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// Its name in the store.
    scope: &'static str,
    /// Failures without waiting.
    free: u32,
    /// Waiting time after the first failure past those, seconds; doubles with each further one.
    first_wait: i64,
    /// Longest waiting time, seconds.
    longest_wait: i64,
}

/// One account, guessed at from unknown places: after five mistakes, at most about 30 guesses a day.
const ACCOUNT: Rule = Rule { scope: "account", free: 5, first_wait: 4, longest_wait: 3600 };
/// One account from one place that it knows.
const PLACE: Rule = Rule { scope: "place", free: 10, first_wait: 2, longest_wait: 300 };
/// One network: an IPv4 /24 or an IPv6 /64. A household makes mistakes with several accounts.
const NETWORK: Rule = Rule { scope: "network", free: 20, first_wait: 2, longest_wait: 3600 };
/// One IPv6 /48: what a customer of a provider may have of networks.
const SITE: Rule = Rule { scope: "site", free: 60, first_wait: 2, longest_wait: 3600 };
/// The whole door: against guessing from everywhere at once. Short, because it holds up unknown places of everybody.
const TOTAL: Rule = Rule { scope: "total", free: 200, first_wait: 1, longest_wait: 60 };

/// The guest of one invitation, who asks for addresses that others have. A person looks for a free one; a list is tried out.
const GUEST: Rule = Rule { scope: "guest", free: 20, first_wait: 4, longest_wait: 3600 };
/// One link whose answer is guessed at.
const LINK: Rule = Rule { scope: "link", free: 5, first_wait: 4, longest_wait: 3600 };
/// One link that is answered: a lively conversation does not wait, and whoever fills a mailbox does.
const REPLIES: Rule = Rule { scope: "link", free: 20, first_wait: 15, longest_wait: 3600 };
/// Answers from one network, to whatever links: a provider may have many people behind one.
const NETWORK_REPLIES: Rule = Rule { scope: "network", free: 60, first_wait: 15, longest_wait: 3600 };
/// One link that is reported: once is enough, and twice may be a mistake.
const REPORTS: Rule = Rule { scope: "link", free: 2, first_wait: 600, longest_wait: 12 * 3600 };
/// Reports from one network, about whatever links.
const NETWORK_REPORTS: Rule = Rule { scope: "network", free: 5, first_wait: 600, longest_wait: 12 * 3600 };

/// The doors; each kind counts apart, so that a mail program with a revoked password does not close the page's door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Login with the passphrase.
    Passphrase,
    /// A mail program's password, over IMAP or submission.
    Device,
    /// A recovery code.
    Recovery,
    /// The token of an invitation.
    Invitation,
    /// The name of a link, or the answer that it asks for.
    Link,
    /// Answers to letters behind links.
    Reply,
    /// Reports about letters behind links.
    Report,
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Device => "device",
            Self::Recovery => "recovery",
            Self::Invitation => "invitation",
            Self::Link => "link",
            Self::Reply => "reply",
            Self::Report => "report",
        }
    }
}

/// Where a try comes from.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The address of the other end.
    pub network: IpAddr,
    /// The token of the browser's cookie that marks it as having signed in before.
    pub browser: Option<Base64>,
    /// What the program calls itself; shown to the account's owner, believed by nobody.
    pub program: String,
}

/// A try at a door.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Which door.
    pub door: Door,
    /// The address that was named, whether somebody has it or not.
    pub address: Option<EmailAddress>,
    /// Who tries.
    pub visitor: Visitor,
}

/// A try that is not heard.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Too many failures.
    #[error("too many tries; the next is heard in {0} seconds")]
    Wait(u32),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// A try that was heard and counted as a failure until [`succeeded`] takes it back.
#[derive(Clone, Debug)]
pub struct Charge {
    counted: Vec<Counted>,
}

#[derive(Clone, Debug)]
struct Counted {
    bucket: Bucket,
    before: Counter,
    after: Counter,
}

#[derive(Clone, Debug)]
struct Bucket {
    rule: Rule,
    scope: String,
    subject: String,
}

/// Hears a try, or says how long its caller must wait. A try that must wait is not counted.
///
/// # Errors
/// [`Refused::Wait`] with whole seconds, at least one.
pub fn charge(tx: &Tx<'_>, attempt: &Attempt, account: Option<AccountNo>, now: Timestamp) -> Result<Charge, Refused> {
    count(tx, buckets(tx, attempt, account, now)?, attempt.door, now)
}

/// Hears whether an address is taken from the guest of an invitation, whose token has this hash.
///
/// # Errors
/// As [`charge`].
pub fn charge_guest(tx: &Tx<'_>, invitation: [u8; 32], now: Timestamp) -> Result<Charge, Refused> {
    count(tx, vec![bucket(Door::Invitation, GUEST, &[&Base64(invitation.to_vec()).to_string()])], Door::Invitation, now)
}

/// Hears an answer to the question of the link whose name has this hash.
///
/// # Errors
/// As [`charge`].
pub fn charge_link(tx: &Tx<'_>, name_hash: [u8; 32], visitor: &Visitor, now: Timestamp) -> Result<Charge, Refused> {
    let mut counted = vec![link_bucket(name_hash)];
    counted.extend(networks(visitor.network).into_iter().map(|(rule, name)| bucket(Door::Link, rule, &[&name])));
    count(tx, counted, Door::Link, now)
}

/// Hears an answer to the letter behind the link of this number.
///
/// # Errors
/// As [`charge`].
pub fn charge_reply(tx: &Tx<'_>, link: LinkId, visitor: &Visitor, now: Timestamp) -> Result<Charge, Refused> {
    charge_note(tx, Door::Reply, [REPLIES, NETWORK_REPLIES], (link, visitor), now)
}

/// Hears a report about the letter behind the link of this number.
///
/// # Errors
/// As [`charge`].
pub fn charge_report(tx: &Tx<'_>, link: LinkId, visitor: &Visitor, now: Timestamp) -> Result<Charge, Refused> {
    charge_note(tx, Door::Report, [REPORTS, NETWORK_REPORTS], (link, visitor), now)
}

fn charge_note(
    tx: &Tx<'_>,
    door: Door,
    [of_link, of_network]: [Rule; 2],
    (link, visitor): (LinkId, &Visitor),
    now: Timestamp,
) -> Result<Charge, Refused> {
    let mut counted = vec![bucket(door, of_link, &[&link.to_string()])];
    let networks = networks(visitor.network).into_iter();
    counted.extend(networks.map(|(rule, name)| bucket(door, Rule { scope: rule.scope, ..of_network }, &[&name])));
    count(tx, counted, door, now)
}

/// Forgets the wrong answers to a link's question: its sender allows more.
///
/// # Errors
/// Where the store fails.
pub fn forgive_link(tx: &Tx<'_>, name_hash: [u8; 32]) -> Result<(), StoreError> {
    let Bucket { scope, subject, .. } = link_bucket(name_hash);
    throttle::forget_counter(tx, &scope, &subject)
}

fn link_bucket(name_hash: [u8; 32]) -> Bucket {
    bucket(Door::Link, LINK, &[&Base64(name_hash.to_vec()).to_string()])
}

fn count(tx: &Tx<'_>, buckets: Vec<Bucket>, door: Door, now: Timestamp) -> Result<Charge, Refused> {
    let mut counted = Vec::new();
    let mut wait = 0;
    for bucket in buckets {
        let before = throttle::counter(tx, &bucket.scope, &bucket.subject)?;
        wait = wait.max(waiting(before, bucket.rule, now));
        let after = raised(before, bucket.rule, now);
        counted.push(Counted { bucket, before, after });
    }
    if wait > 0 {
        return Err(Refused::Wait(u32::try_from(wait).unwrap_or(u32::MAX)));
    }
    for Counted { bucket, after, .. } in &counted {
        throttle::set_counter(tx, &bucket.scope, &bucket.subject, *after)?;
        if after.blocked_until > now {
            let seconds = after.blocked_until.0 - now.0;
            tracing::warn!(door = door.name(), scope = bucket.rule.scope, seconds, "too many failed tries");
        }
    }
    Ok(Charge { counted })
}

/// Takes a try back that turned out right: the account's own counter starts anew, shared ones lose this one try only, so that
/// nobody clears a network's counter with an account of his own.
///
/// # Errors
/// Where the store fails.
pub fn succeeded(tx: &Tx<'_>, charge: &Charge) -> Result<(), StoreError> {
    for Counted { bucket, before, after } in &charge.counted {
        let mut now = throttle::counter(tx, &bucket.scope, &bucket.subject)?;
        now.failures = now.failures.saturating_sub(1);
        if now.blocked_until == after.blocked_until {
            now.blocked_until = before.blocked_until;
        }
        let own = [ACCOUNT.scope, PLACE.scope, LINK.scope].contains(&bucket.rule.scope);
        if own || now.failures == 0 {
            throttle::forget_counter(tx, &bucket.scope, &bucket.subject)?;
        } else {
            throttle::set_counter(tx, &bucket.scope, &bucket.subject, now)?;
        }
    }
    Ok(())
}

/// Notes the place of a successful sign-in, so that others' failures will not count against it.
///
/// # Errors
/// Where the store fails.
pub fn remember(tx: &Tx<'_>, account: AccountNo, visitor: &Visitor, now: Timestamp) -> Result<(), StoreError> {
    places(visitor).into_iter().try_for_each(|place| throttle::remember(tx, account, place, now))
}

/// Removes what counts no more.
///
/// # Errors
/// Where the store fails.
pub fn tidy(tx: &Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    throttle::remove_old(tx, now.plus(-FORGOTTEN_AFTER_SECONDS), now.plus(-PLACE_KNOWN_SECONDS))
}

/// The counters that a try counts against.
fn buckets(
    tx: &ReadTx<'_>,
    attempt: &Attempt,
    account: Option<AccountNo>,
    now: Timestamp,
) -> Result<Vec<Bucket>, StoreError> {
    let bucket = |rule: Rule, subject: &[&str]| bucket(attempt.door, rule, subject);
    let address = attempt.address.as_ref().map(EmailAddress::canonical);
    // Looked up for addresses that nobody has too, so that these take the same time.
    let asked = account.unwrap_or(AccountNo(0));
    let since = now.plus(-PLACE_KNOWN_SECONDS);
    for place in places(&attempt.visitor) {
        if throttle::is_known(tx, asked, place, since)? {
            let place = Base64(place.to_vec()).to_string();
            let address = address.as_ref().map_or("", EmailAddress::as_str);
            return Ok(vec![bucket(PLACE, &[address, &place])]);
        }
    }
    let mut found = vec![bucket(TOTAL, &[])];
    found.extend(networks(attempt.visitor.network).into_iter().map(|(rule, name)| bucket(rule, &[&name])));
    found.extend(address.map(|address| bucket(ACCOUNT, &[address.as_str()])));
    Ok(found)
}

fn bucket(door: Door, rule: Rule, subject: &[&str]) -> Bucket {
    let scope = format!("{}/{}", door.name(), rule.scope);
    Bucket { rule, scope, subject: Base64(digest(subject).to_vec()).to_string() }
}

/// The marks of a place, the browser's before the network's: the browser is nobody else's.
fn places(visitor: &Visitor) -> Vec<[u8; 32]> {
    let browser = visitor.browser.as_ref().map(|token| digest(&["browser", &token.to_string()]));
    let network = networks(visitor.network).into_iter().next().map(|(_, name)| digest(&["network", &name]));
    browser.into_iter().chain(network).collect()
}

/// The networks that an address belongs to, the smallest first.
fn networks(address: IpAddr) -> Vec<(Rule, String)> {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            vec![(NETWORK, format!("{a}.{b}.{c}.0/24"))]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            vec![(NETWORK, format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")), (SITE, format!("{a:x}:{b:x}:{c:x}::/48"))]
        }
    }
}

/// Seconds that a caller must wait. A counter from the future was written before the clock was set back; it does not block.
fn waiting(counter: Counter, rule: Rule, now: Timestamp) -> i64 {
    if counter.last_at > now { 0 } else { (counter.blocked_until.0 - now.0).clamp(0, rule.longest_wait) }
}

/// The counter after one more failure.
fn raised(counter: Counter, rule: Rule, now: Timestamp) -> Counter {
    let forgotten = now.0 - counter.last_at.0 > FORGOTTEN_AFTER_SECONDS;
    let failures = if forgotten { 1 } else { counter.failures.saturating_add(1) };
    let wait = match failures.checked_sub(rule.free) {
        None | Some(0) => 0,
        Some(over) => rule.first_wait.saturating_mul(1_i64 << (over - 1).min(32)).min(rule.longest_wait),
    };
    Counter { failures, last_at: now, blocked_until: now.plus(wait) }
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
