//! What the keeper does.

use rand::{CryptoRng, RngCore};
use shared::access::{OpenFlaw, SealedLetter, SendFlaw, key_file, make_reader_key, to_be_sent};
use shared::api::Timestamp;
use shared::pgp::{Certificate, Fingerprint, KeyError, SecretKey};

use super::{Answer, Ask, Flaw};

/// Answers an ask, with what crosses beside it.
///
/// # Errors
/// [`Flaw`].
pub fn work(ask: Ask, bytes: &[Vec<u8>], rng: &mut (impl RngCore + CryptoRng)) -> Result<(Answer, Vec<Vec<u8>>), Flaw> {
    let (first, others) = bytes.split_first().map_or((&[][..], &[][..]), |(first, others)| (first.as_slice(), others));
    match ask {
        Ask::Make { name, address, now } => {
            key(&make_reader_key(&name, &address, now, rng).map_err(|error| not_a_key(&error))?, now)
        }
        Ask::Check { address, now } => {
            let certificate = to_be_sent(first, &address, now).map_err(not_to_be_sent)?;
            let fingerprint = told(&certificate.fingerprint());
            Ok((Answer::Certificate { fingerprint }, vec![certificate.to_bytes()]))
        }
        Ask::Export { passphrase } => {
            let key = SecretKey::parse(first).map_err(|error| not_a_key(&error))?;
            let file = key_file(&key, &passphrase, rng).map_err(|error| not_a_key(&error))?;
            Ok((Answer::File, vec![file.expose().clone().into_bytes()]))
        }
        Ask::Import { passphrase, now } => {
            let keys = SecretKey::import_all(first, &passphrase).map_err(|error| not_a_key(&error))?;
            key(keys.iter().find(|key| key.can_open()).ok_or(Flaw::NoKey)?, now)
        }
        Ask::Open { signers, now } => {
            let keys: Vec<_> = others.iter().filter_map(|key| SecretKey::parse(key).ok()).collect();
            let keys: Vec<_> = keys.iter().collect();
            let signers: Vec<_> = signers.iter().filter_map(|one| Certificate::parse(&one.0).ok()).collect();
            let letter = SealedLetter::open(first, &keys, &signers, now, rng).map_err(not_opened)?;
            let (payload, chunks) = letter.packed(rng).map_err(not_opened)?;
            let payload = payload.describe().expose().clone().into();
            let signed_by = letter.is_signed.then(|| letter.manifest.from.address.clone());
            Ok((Answer::Letter { payload, signed_by }, chunks))
        }
    }
}

fn key(key: &SecretKey, now: Timestamp) -> Result<(Answer, Vec<Vec<u8>>), Flaw> {
    let certificate = key.certificate();
    // One that is over carries no address any more, and opens what was sealed before.
    let was_good = certificate.last_good(now).unwrap_or(now);
    let address = certificate.addresses(was_good).into_iter().next().ok_or(Flaw::OtherAddress)?;
    let answer = Answer::Key { address, fingerprint: told(&key.fingerprint()) };
    Ok((answer, vec![key.to_bytes().expose().clone(), certificate.to_bytes()]))
}

fn told(fingerprint: &Fingerprint) -> String {
    fingerprint.to_string().to_uppercase()
}

fn not_a_key(error: &KeyError) -> Flaw {
    match error {
        KeyError::NotASecretKey(_) | KeyError::OnlyPublic => Flaw::NoKey,
        KeyError::TooLarge => Flaw::TooLarge,
        KeyError::WrongPassphrase => Flaw::WrongPassphrase,
        _ => Flaw::Internal,
    }
}

fn not_to_be_sent(flaw: SendFlaw) -> Flaw {
    match flaw {
        SendFlaw::Secret => Flaw::Secret,
        SendFlaw::NoCertificate => Flaw::NoCertificate,
        SendFlaw::OtherAddress => Flaw::OtherAddress,
        SendFlaw::Unusable => Flaw::Unusable,
    }
}

fn not_opened(flaw: OpenFlaw) -> Flaw {
    match flaw {
        OpenFlaw::NotSealed => Flaw::NotSealed,
        OpenFlaw::OtherKeys => Flaw::OtherKeys,
        OpenFlaw::Damaged => Flaw::Damaged,
        OpenFlaw::TooLarge => Flaw::TooLarge,
    }
}
