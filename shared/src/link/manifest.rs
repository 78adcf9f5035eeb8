//! What a payload says of itself, and where each of its parts lies: `length of the manifest (4, big endian) ‖ manifest (JSON) ‖
//! text ‖ HTML ‖ files`, then zeros up to the length of Padmé. The manifest lies in the first chunk.

use serde::{Deserialize, Serialize};

use crate::api::limits::{LINK_FILES, LINK_MANIFEST_BYTES};
use crate::api::{Base64, Timestamp, limits};
use crate::vault::padme;

/// Octets of the manifest's length.
const LENGTH_BYTES: usize = 4;

/// A letter without its content. A reader passes over fields that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Who wrote.
    pub from: Person,
    /// To whom, as the letter says; not who it was hidden from.
    pub to: Vec<Person>,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub date: Timestamp,
    /// Its Message-ID without angle brackets, for answers.
    pub message_id: String,
    /// Octets of its text, in UTF-8.
    pub text: u64,
    /// Octets of the same in HTML, in UTF-8; 0 where there is none.
    #[serde(default)]
    pub html: u64,
    /// Its files, in the order in which they lie in the payload.
    #[serde(default)]
    pub files: Vec<File>,
    /// How it is answered from the page that opened it; `None` where its sender wants no answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<Replies>,
}

/// What an answer to a letter needs. It stands in the letter, so that the box cannot exchange it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replies {
    /// The sender's OpenPGP certificate, binary, to which answers are sealed.
    pub certificate: Base64,
}

/// A person in a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name; empty where there is none.
    #[serde(default)]
    pub name: String,
    /// The address.
    pub address: String,
}

/// A file in a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name, as its sender gave it: whoever saves it makes it safe.
    pub name: String,
    /// Its media type (RFC 6838).
    #[serde(rename = "type")]
    pub media_type: String,
    /// Octets.
    pub octets: u64,
    /// What the HTML calls it by (`cid:`), without angle brackets; empty where it does not.
    #[serde(default)]
    pub content_id: String,
}

/// A part of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Its text.
    Text,
    /// The same in HTML.
    Html,
    /// One of its files; 0 is the first.
    File(usize),
}

/// A manifest that no payload can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    /// It is too large, or names too many files.
    #[error("the letter has too many files, or names that are too long")]
    TooLarge,
    /// What it describes is more than a payload holds.
    #[error("the letter with its files is too large")]
    PayloadTooLarge,
}

impl Manifest {
    /// The parts of the letter in their order, and the octets of each; parts without octets too.
    pub fn parts(&self) -> impl Iterator<Item = (Part, u64)> {
        let files = self.files.iter().enumerate().map(|(place, file)| (Part::File(place), file.octets));
        [(Part::Text, self.text), (Part::Html, self.html)].into_iter().chain(files)
    }

    /// Octets of all parts together.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.parts().fold(0, |sum, (_, octets)| sum.saturating_add(octets))
    }

    /// The beginning of the payload, and the octets of all of it, padding included.
    ///
    /// # Errors
    /// [`InvalidManifest`].
    pub fn begin(&self) -> Result<(Vec<u8>, u64), InvalidManifest> {
        let json = serde_json::to_vec(self).map_err(|_| InvalidManifest::TooLarge)?;
        if json.len() > LINK_MANIFEST_BYTES || self.files.len() > LINK_FILES {
            return Err(InvalidManifest::TooLarge);
        }
        let length = u32::try_from(json.len()).map_err(|_| InvalidManifest::TooLarge)?;
        let head = [length.to_be_bytes().as_slice(), &json].concat();
        let octets = padded(self.octets().saturating_add(head.len() as u64));
        if octets > limits::LINK_PAYLOAD_BYTES {
            return Err(InvalidManifest::PayloadTooLarge);
        }
        Ok((head, octets))
    }

    /// Reads the manifest of a payload of so many octets from its first chunk; answers where its parts begin, too. `None` where
    /// it makes no sense, or describes a payload of another length.
    pub(super) fn read(first: &[u8], octets: u64) -> Option<(Self, usize)> {
        let (length, rest) = first.split_first_chunk::<LENGTH_BYTES>()?;
        let length =
            usize::try_from(u32::from_be_bytes(*length)).ok().filter(|&length| length <= LINK_MANIFEST_BYTES)?;
        let manifest: Self = serde_json::from_slice(rest.get(..length)?).ok()?;
        let start = LENGTH_BYTES + length;
        let is_whole = padded(manifest.octets().checked_add(start as u64)?) == octets;
        (is_whole && manifest.files.len() <= LINK_FILES).then_some((manifest, start))
    }
}

/// The padded length of so many octets.
fn padded(octets: u64) -> u64 {
    usize::try_from(octets).map_or(u64::MAX, |octets| padme::padded(octets) as u64)
}
