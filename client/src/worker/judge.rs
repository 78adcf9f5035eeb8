//! Judges certificates that a look-up found: the box finds them, the page decides.

use rand::{CryptoRng, RngCore};
use shared::access::Unlocked;
use shared::api::keys::{LookupOutcome, LookupResult, Source};
use shared::api::{EmailAddress, Timestamp};
use shared::people::{Book, Choice, Doubt, Origin};
use shared::pgp::{Certificate, Purpose, Unusable, usable_keys};

use super::people::Remembered;
use super::protocol::AskError;
use super::protocol::reading::{CertificateFlaw, JudgeCertificates, Judged, JudgedAddress, Judgement, KeyDoubt};

/// Judges each, by what is remembered of its owner too.
pub(super) fn certificates(
    account: &Unlocked,
    ask: &JudgeCertificates,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Judged, AskError> {
    let mut people = Remembered::open(account, &ask.people)?;
    let mut addresses = Vec::new();
    for LookupResult { address, outcome } in ask.found.read()?.results {
        // Of the own key the account knows better.
        let mut own = Book::default();
        let is_own = address.canonical() == account.address().canonical();
        let book = if is_own { &mut own } else { &mut people.book };
        let judgement = match outcome {
            LookupOutcome::Found { certificate, source } => {
                let all = Certificate::parse_all(&certificate.0).unwrap_or_default();
                book.hear_copies(&address, &all, ask.now);
                let found = first_usable(all, &address, ask.now);
                let flaw = found.as_ref().err().copied();
                let usable = found.as_ref().ok().map(|one| (one, Origin::from(source)));
                // What a key server has proves no signature: the book keeps it, as it keeps what letters bring.
                let given = if source == Source::KeyServer { &[] } else { certificate.0.as_slice() };
                let judgement = chosen(book, &address, usable, given, ask.now);
                // What is published and cannot be used is told, rather than that nothing else is there.
                flaw.filter(|_| judgement == Judgement::None).map_or(judgement, Judgement::Unusable)
            }
            LookupOutcome::None => chosen(book, &address, None, &[], ask.now),
            LookupOutcome::Unreachable => match judged(book.choose_unasked(&address, ask.now), &[]) {
                Judgement::None => Judgement::Unreachable,
                kept => kept,
            },
        };
        addresses.push(JudgedAddress { address, judgement });
    }
    Ok(Judged { addresses, people: people.news(account, rng)? })
}

/// What the book makes of what was found.
fn chosen(
    book: &mut Book,
    address: &EmailAddress,
    usable: Option<(&Certificate, Origin)>,
    found: &[u8],
    now: Timestamp,
) -> Judgement {
    judged(book.choose(address, usable, now), found)
}

fn judged(choice: Choice, found: &[u8]) -> Judgement {
    let doubt = |doubt| match doubt {
        Doubt::OtherKey => KeyDoubt::OtherKey,
        Doubt::Differs => KeyDoubt::Differs,
    };
    match choice {
        Choice::Seal(certificate, standing) => {
            let (certificate, signers) = (certificate.to_bytes().into(), found.to_vec().into());
            Judgement::Usable { certificate, signers, standing }
        }
        Choice::Ask(why, standing) => Judgement::Ask { doubt: doubt(why), standing, found: found.to_vec().into() },
        Choice::Unusable(error) => Judgement::Unusable(flaw(&error)),
        Choice::GivenUp => Judgement::Unusable(CertificateFlaw::GivenUp),
        Choice::None => Judgement::None,
    }
}

/// The first certificate that can be used, else the flaw of the first; where there is none, what was found is damaged.
fn first_usable(
    found: Vec<Certificate>,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<Certificate, CertificateFlaw> {
    let mut flaw = None;
    for certificate in found {
        match usable(&certificate, address, now) {
            Ok(()) => return Ok(certificate),
            Err(found) => flaw = flaw.or(Some(found)),
        }
    }
    Err(flaw.unwrap_or(CertificateFlaw::Damaged))
}

fn usable(certificate: &Certificate, address: &EmailAddress, now: Timestamp) -> Result<(), CertificateFlaw> {
    // First whether it can be used at all: a revoked one carries no name any more, and its owner's word counts most.
    usable_keys(certificate, Purpose::Seal, now).map_err(|error| flaw(&error))?;
    let names = certificate.addresses(now);
    let is_named = names.iter().any(|name| name.canonical() == address.canonical());
    if is_named { Ok(()) } else { Err(CertificateFlaw::OtherAddress) }
}

fn flaw(error: &Unusable) -> CertificateFlaw {
    match error {
        Unusable::Revoked => CertificateFlaw::Revoked,
        Unusable::Expired | Unusable::NotYetValid => CertificateFlaw::Expired,
        Unusable::NotBound => CertificateFlaw::Damaged,
        _ => CertificateFlaw::NoUsableKey,
    }
}
