//! How a message becomes what the box keeps of it: the message itself and its summary, both sealed to one account. The one
//! place for mail that arrives and for what mail programs file.

use shared::api::Timestamp;
use shared::mime::header::Header;
use shared::mime::readable::Kind;
use shared::mime::{self, Summary, Verdict};
use shared::pgp::{self, Certificate, CertificateError, SealError};

use std::sync::Arc;

use moka::sync::Cache;

use super::Random;
use crate::store::flags::{FlagBits, Keywords};
use crate::store::messages::{IndexedBytes, NewMessage};

/// What reading and sealing a message holds of it in memory at once, measured with one of 49 MB.
const COPIES: usize = 6;

/// Largest message whose two seals are made beside each other, octets: with larger ones memory counts for more than time.
const BESIDE_BYTES: usize = 256 * 1024;

/// Octets of certificates that are kept read; those of accounts take about one kB.
const CERTIFICATES_BYTES: u64 = 1024 * 1024;

/// Certificates of accounts, read: their signatures are verified once, not for each message. What was read is found by its
/// octets, so a certificate that changed is another one. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Certificates(Cache<Vec<u8>, Arc<Certificate>>);

impl Certificates {
    pub(super) fn new() -> Self {
        let octets = |bytes: &Vec<u8>, _: &Arc<Certificate>| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(CERTIFICATES_BYTES).weigher(octets).build())
    }

    fn read(&self, bytes: &[u8]) -> Result<Arc<Certificate>, CertificateError> {
        if let Some(known) = self.0.get(bytes) {
            return Ok(known);
        }
        let read = Arc::new(Certificate::parse(bytes)?);
        self.0.insert(bytes.to_vec(), Arc::clone(&read));
        Ok(read)
    }
}

/// Octets that sealing a message takes in memory, where so many sealed copies of it are held.
pub(super) fn octets(message: usize, sealed: usize) -> usize {
    // Armor makes four octets of three.
    message.saturating_mul(COPIES).saturating_add((message / 2 * 3).saturating_mul(sealed))
}

/// Seals a message with its summary to the certificate of the account that it is for. The result has no flags and is
/// received now. Takes a millisecond, and tens with large messages: not for async threads.
///
/// # Errors
/// Where the certificate cannot be read or used.
pub(super) fn seal<E>(
    message: &[u8],
    kind: Kind,
    (certificates, certificate): (&Certificates, &[u8]),
    verdict: Option<&Verdict>,
    now: Timestamp,
    random: &Random,
) -> Result<NewMessage, E>
where
    E: From<CertificateError> + From<SealError>,
{
    let certificate = certificates.read(certificate)?;
    // The end of a key is for others, who may not know that it was lost. Mail of an account whose owner was long away is sealed
    // all the same: the other choices are to lose it or to keep it in clear.
    let at = certificate.last_good(now).unwrap_or(now);
    let whole = |mut random: Random| -> Result<_, SealError> {
        let sealed = match kind {
            Kind::Letter => pgp::seal_incoming(message, &certificate, at, &mut random)?,
            Kind::Draft => pgp::seal_draft(message, &certificate, at, &mut random)?,
        };
        Ok((IndexedBytes::from(sealed.bytes), sealed.header))
    };
    let summary = |mut random: Random| pgp::seal_summary(&summary(message, verdict), &certificate, at, &mut random);
    let (whole, sealed_summary) = both(message.len(), || whole(random.clone()), || summary(random.clone()));
    let (bytes, header) = whole?;
    Ok(NewMessage {
        bytes,
        sealed_summary: sealed_summary?,
        sealed_header: header.unwrap_or_default(),
        flags: FlagBits::default(),
        keywords: Keywords::default(),
        received_at: now,
        saved_at: now,
        came: None,
    })
}

/// What a list shows of a message; of one that its sender had encrypted the header alone says something.
fn summary(message: &[u8], verdict: Option<&Verdict>) -> Summary {
    let is_closed = pgp::looks_sealed(message);
    let mut summary = Summary::of(&mime::read(if is_closed { Header::of(message).bytes() } else { message }));
    summary.verdict = verdict.cloned();
    if is_closed {
        summary.close();
    }
    summary
}

/// Does two things for a message of so many octets, beside each other where there is a processor for each.
fn both<A: Send, B: Send>(octets: usize, one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    if octets > BESIDE_BYTES { (one(), other()) } else { rayon::join(one, other) }
}
