//! The key of somebody without an account, made or brought along in the page that reads letters behind links: so that letters come sealed
//! to whom they were behind links before. And reading what comes: such people have a mail program, or a webmail, that shows a sealed
//! letter as a file.
//!
//! Invariants: nothing of a secret key is in what is checked to be sent; a letter that does not open whole does not open.

use rand::{CryptoRng, RngCore};

use super::keys::user_id;
use crate::api::{EmailAddress, Timestamp};
use crate::link::{File, Manifest, Packer, Payload, Person};
use crate::mime::header::Header;
use crate::mime::{self, Mailbox, Message};
use crate::pgp::{
    self, Certificate, EndToEnd, KeyError, OpenError, OpenedMessage, Purpose, SecretKey, SignatureVerdict, pgpmime,
    usable_keys,
};
use crate::vault::Secret;

/// How an OpenPGP message in armor begins (RFC 9580 §6.2).
const ARMOR: &str = "-----BEGIN PGP MESSAGE-----";
/// Boundary of the message that is put around such a block: no line of armor is like it.
const BOUNDARY: &str = "sealed";
/// Before a block that was in a text.
const AS_TEXT: &str = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";

/// Why somebody's certificate is not one to be written to with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFlaw {
    /// There is a secret key in it.
    #[error("a secret key, which must not be sent")]
    Secret,
    /// It is no certificate.
    #[error("not a certificate")]
    NoCertificate,
    /// It does not carry the address.
    #[error("a certificate of another address")]
    OtherAddress,
    /// It is out of date, withdrawn or too weak.
    #[error("a certificate that cannot be sealed to")]
    Unusable,
}

/// Why a letter does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenFlaw {
    /// There is nothing sealed in it.
    #[error("nothing sealed in it")]
    NotSealed,
    /// It is sealed for other keys.
    #[error("sealed for other keys")]
    OtherKeys,
    /// It was altered or cut off.
    #[error("altered or damaged")]
    Damaged,
    /// It is, or becomes, too large.
    #[error("too large")]
    TooLarge,
}

/// Makes a key for an address.
///
/// # Errors
/// As [`SecretKey::make`].
pub fn make_reader_key(
    name: &str,
    address: &EmailAddress,
    now: Timestamp,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<SecretKey, KeyError> {
    SecretKey::make(&user_id(name, address), now, rng)
}

/// The file of a key, armored: under a passphrase, or without one as it is.
///
/// # Errors
/// As [`SecretKey::export`].
pub fn key_file(
    key: &SecretKey,
    passphrase: &str,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Secret<String>, KeyError> {
    if passphrase.is_empty() { Ok(key.armored()) } else { Ok(Secret::new(key.export(passphrase, rng)?)) }
}

/// The certificate in a file or a text that letters to an address can be sealed with.
///
/// # Errors
/// [`SendFlaw`]; nothing of it may be sent then.
pub fn to_be_sent(bytes: &[u8], address: &EmailAddress, now: Timestamp) -> Result<Certificate, SendFlaw> {
    if pgp::holds_secret_key(bytes) {
        return Err(SendFlaw::Secret);
    }
    let all = Certificate::parse_all(bytes).map_err(|_| SendFlaw::NoCertificate)?;
    let (named, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| carries(one, address.as_str(), now));
    let is_any = !named.is_empty() || !others.is_empty();
    match named.into_iter().map(|one| (usable_keys(&one, Purpose::Seal, now).is_ok(), one)).max_by_key(|(is, _)| *is) {
        Some((true, certificate)) => Ok(certificate),
        Some((false, _)) => Err(SendFlaw::Unusable),
        // One that was withdrawn, or is over, carries no address any more.
        None if others.iter().any(|one| one.addresses(now).is_empty()) => Err(SendFlaw::Unusable),
        None if is_any => Err(SendFlaw::OtherAddress),
        None => Err(SendFlaw::NoCertificate),
    }
}

/// A letter that came sealed, open.
#[derive(Debug)]
pub struct SealedLetter {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Whether it is signed, by one of those whose certificates are known and whose address it bears.
    pub is_signed: bool,
    /// Its text, its HTML, and its files, in the order of the manifest.
    parts: Vec<Secret<Vec<u8>>>,
}

impl SealedLetter {
    /// Opens a letter as it came: a message, the sealed part of one (`encrypted.asc`), or a text with such a block in it.
    ///
    /// # Errors
    /// [`OpenFlaw`].
    pub fn open(
        bytes: &[u8],
        keys: &[&SecretKey],
        signers: &[Certificate],
        now: Timestamp,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, OpenFlaw> {
        let opened = opened(bytes, keys, signers, now, rng)?;
        let message = mime::read(opened.shown());
        let author = message.from.first().map(|author| author.address.clone()).unwrap_or_default();
        let is_signed = message.from.len() == 1
            && opened.signatures.iter().any(|verdict| {
                let SignatureVerdict::Good { certificate, .. } = verdict else { return false };
                signers.iter().any(|one| one.fingerprint() == *certificate && carries(one, &author, now))
            });
        Ok(Self::of(message, is_signed, now))
    }

    fn of(message: Message, is_signed: bool, now: Timestamp) -> Self {
        let person = |mailbox: &Mailbox| Person {
            name: mailbox.honest_name().unwrap_or_default().to_owned(),
            address: mailbox.address.clone(),
        };
        let (text, html) = (message.text.unwrap_or_default(), message.html.unwrap_or_default());
        let files = message.attachments.iter().map(|file| File {
            name: file.name.clone().unwrap_or_default(),
            media_type: file.media_type.clone(),
            octets: file.bytes.len() as u64,
            content_id: file.content_id.clone().unwrap_or_default(),
        });
        let manifest = Manifest {
            from: message.from.first().map(person).unwrap_or(Person { name: String::new(), address: String::new() }),
            to: message.to.iter().chain(&message.cc).map(person).collect(),
            subject: message.subject.unwrap_or_default(),
            date: message.date.unwrap_or(now),
            message_id: message.message_id.unwrap_or_default(),
            text: text.len() as u64,
            html: html.len() as u64,
            files: files.collect(),
            replies: None,
        };
        let parts = [text.into_bytes(), html.into_bytes()].into_iter();
        let parts = parts.chain(message.attachments.into_iter().map(|file| file.bytes)).map(Secret::new).collect();
        Self { manifest, is_signed, parts }
    }

    /// The letter in sealed chunks as those behind a link are, so that what shows such letters shows it.
    ///
    /// # Errors
    /// [`OpenFlaw::TooLarge`].
    pub fn packed(&self, rng: &mut (impl CryptoRng + RngCore)) -> Result<(Payload, Vec<Vec<u8>>), OpenFlaw> {
        let mut packer = Packer::begin(&self.manifest, rng).map_err(|_| OpenFlaw::TooLarge)?;
        let mut chunks = Vec::new();
        for part in &self.parts {
            let mut rest = part.expose().as_slice();
            while !rest.is_empty() {
                let (taken, chunk) = packer.take(rest).map_err(|_| OpenFlaw::TooLarge)?;
                chunks.extend(chunk.map(|chunk| chunk.bytes));
                rest = rest.get(taken..).unwrap_or_default();
            }
        }
        while let Some(chunk) = packer.rest().map_err(|_| OpenFlaw::TooLarge)? {
            chunks.push(chunk.bytes);
        }
        Ok((packer.payload().clone(), chunks))
    }
}

/// Finds what is sealed, and opens it.
fn opened(
    bytes: &[u8],
    keys: &[&SecretKey],
    signers: &[Certificate],
    now: Timestamp,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<OpenedMessage, OpenFlaw> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if pgp::is_encrypted_message(bytes) {
        let wrapped = pgpmime::wrap(b"", bytes, rng);
        return open_block(block(&wrapped).unwrap_or_default(), keys, signers, now);
    }
    if bytes.starts_with(ARMOR.as_bytes()) {
        return open_block(bytes, keys, signers, now);
    }
    let is_message = Header::of(bytes).first("From").is_some() || Header::of(bytes).first("Content-Type").is_some();
    if is_message {
        if pgp::looks_sealed(bytes) {
            return unsealed(bytes, keys, signers, now);
        }
        // What a server or a webmail made of it, which puts it beside a text of its own.
        let files = mime::read(bytes).attachments;
        let sealed = files.iter().find_map(|file| {
            if pgp::is_encrypted_message(&file.bytes) {
                return Some(pgpmime::wrap(b"", &file.bytes, rng));
            }
            block(&file.bytes).map(<[u8]>::to_vec)
        });
        return match &sealed {
            Some(sealed) => open_block(block(sealed).unwrap_or_default(), keys, signers, now),
            None => Err(OpenFlaw::NotSealed),
        };
    }
    open_block(block(bytes).ok_or(OpenFlaw::NotSealed)?, keys, signers, now)
}

/// From where a block begins.
fn block(bytes: &[u8]) -> Option<&[u8]> {
    let at = bytes.windows(ARMOR.len()).position(|window| window == ARMOR.as_bytes())?;
    bytes.get(at..)
}

/// Opens a block that is the sealed part of a message or, where there is no message in it, was its text.
fn open_block(
    block: &[u8],
    keys: &[&SecretKey],
    signers: &[Certificate],
    now: Timestamp,
) -> Result<OpenedMessage, OpenFlaw> {
    let before = format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary={BOUNDARY}\r\n\r\n\
         --{BOUNDARY}\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
         --{BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    let part = [before.as_bytes(), block, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
    let opened = unsealed(&part, keys, signers, now)?;
    if Header::of(opened.shown()).first("Content-Type").is_some() {
        return Ok(opened);
    }
    unsealed(&[AS_TEXT.as_bytes(), block].concat(), keys, signers, now)
}

fn unsealed(
    message: &[u8],
    keys: &[&SecretKey],
    signers: &[Certificate],
    now: Timestamp,
) -> Result<OpenedMessage, OpenFlaw> {
    let opened = pgp::open_message(message, None, keys, signers, now).map_err(|error| flaw(&error))?;
    match &opened.end_to_end {
        EndToEnd::Closed(error) => Err(flaw(error)),
        EndToEnd::No => Err(OpenFlaw::NotSealed),
        EndToEnd::Opened { .. } => Ok(opened),
    }
}

fn flaw(error: &OpenError) -> OpenFlaw {
    match error {
        OpenError::NotForOurKeys { .. } => OpenFlaw::OtherKeys,
        OpenError::TooLarge | OpenError::TooManyLayers => OpenFlaw::TooLarge,
        _ => OpenFlaw::Damaged,
    }
}

/// Whether a certificate carries an address.
fn carries(certificate: &Certificate, address: &str, now: Timestamp) -> bool {
    let Ok(address) = address.parse::<EmailAddress>() else { return false };
    certificate.addresses(now).iter().any(|found| found.canonical() == address.canonical())
}
