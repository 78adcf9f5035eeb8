//! Judges certificates that a look-up found: the box finds them, the page decides.

use shared::api::keys::{LookupOutcome, LookupResult, Source};
use shared::api::{EmailAddress, Timestamp};
use shared::pgp::{Certificate, Purpose, Unusable, usable_keys};

use super::protocol::AskError;
use super::protocol::reading::{CertificateFlaw, JudgeCertificates, JudgedAddress, Judgement};

/// Judges each.
pub(super) fn certificates(ask: &JudgeCertificates) -> Result<Vec<JudgedAddress>, AskError> {
    let judge = |LookupResult { address, outcome }| {
        let judgement = match outcome {
            LookupOutcome::Found { certificate, source } => judgement(&certificate.0, source, &address, ask.now),
            LookupOutcome::None => Judgement::None,
            LookupOutcome::Unreachable => Judgement::Unreachable,
        };
        JudgedAddress { address, judgement }
    };
    Ok(ask.found.read()?.results.into_iter().map(judge).collect())
}

/// The first certificate that can be used decides, else the flaw of the first.
fn judgement(found: &[u8], source: Source, address: &EmailAddress, now: Timestamp) -> Judgement {
    let Ok(certificates) = Certificate::parse_all(found) else { return Judgement::Unusable(CertificateFlaw::Damaged) };
    let mut flaw = None;
    for certificate in certificates {
        match usable(&certificate, address, now) {
            Ok(()) => {
                return Judgement::Usable {
                    fingerprint: certificate.fingerprint().to_string().to_uppercase(),
                    certificate: certificate.to_bytes().into(),
                    signers: found.to_vec().into(),
                    source,
                };
            }
            Err(found) => flaw = flaw.or(Some(found)),
        }
    }
    Judgement::Unusable(flaw.unwrap_or(CertificateFlaw::Damaged))
}

fn usable(certificate: &Certificate, address: &EmailAddress, now: Timestamp) -> Result<(), CertificateFlaw> {
    // First whether it can be used at all: a revoked one carries no name any more, and its owner's word counts most.
    usable_keys(certificate, Purpose::Seal, now).map_err(|error| match error {
        Unusable::Revoked => CertificateFlaw::Revoked,
        Unusable::Expired | Unusable::NotYetValid => CertificateFlaw::Expired,
        Unusable::NotBound => CertificateFlaw::Damaged,
        _ => CertificateFlaw::NoUsableKey,
    })?;
    let names = certificate.addresses(now);
    let is_named = names.iter().any(|name| name.canonical() == address.canonical());
    if is_named { Ok(()) } else { Err(CertificateFlaw::OtherAddress) }
}
