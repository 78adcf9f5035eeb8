//! The second lock of a link: an answer that both know, or a code that the sender gives by telephone.
//!
//! A code of six digits can be guessed, and so can most answers. What keeps them is that a guess needs two things at once: the
//! fragment, without which the answer key cannot be computed, and the box, which counts tries and gives its share to nobody
//! before the answer is right.

use argon2::{Algorithm, Argon2, Params, Version};
use rand::{CryptoRng, Rng, RngCore};
use serde::{Deserialize, Serialize};

use super::fragment::Fragment;
use crate::api::limits;
use crate::unicode;
use crate::vault::{Key, Purpose, Secret, derive};

/// The number of the only key stretching there is: Argon2id (RFC 9106) version 0x13, 64 MiB, 3 passes, 1 lane.
const STRETCH: u8 = 1;
/// Digits of a code.
const CODE_DIGITS: usize = 6;

/// What a link asks for before its share is given out. Part of the cover, so that the box does not read the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// What is asked.
    pub kind: LockKind,
    /// How the answer is stretched; readers refuse a number that they do not know.
    pub stretch: u8,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockKind {
    /// A question whose answer both know.
    Question(String),
    /// A code that the sender gives by telephone or in person.
    Code,
}

/// An answer as it was meant: capitals, accents, blanks and punctuation do not count.
#[derive(Clone, Debug)]
pub struct Answer(Secret<String>);

/// Why a text cannot be an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAnswer {
    /// It has no letter and no digit.
    #[error("the answer has no letter and no digit")]
    Empty,
    /// It is longer than [`limits::LINK_ANSWER_BYTES`].
    #[error("the answer is longer than {} octets", limits::LINK_ANSWER_BYTES)]
    TooLong,
}

/// The key stretching found no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not enough memory for Argon2id")]
pub struct OutOfMemory;

/// The answer is to be stretched in a way that this program does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lock is of version {0}, which this program does not know")]
pub struct UnknownStretch(pub u8);

/// What an answer adds to a link's key.
#[derive(Clone, Debug)]
pub struct AnswerKey(Key);

impl Lock {
    /// A lock of the present kind.
    #[must_use]
    pub fn new(kind: LockKind) -> Self {
        Self { kind, stretch: STRETCH }
    }

    /// The key of an answer to this lock: some hundred milliseconds and 64 MiB.
    ///
    /// # Errors
    /// [`UnknownStretch`] where the lock was made by a newer program; inside, [`OutOfMemory`].
    pub fn answer_key(
        &self,
        answer: &Answer,
        fragment: &Fragment,
    ) -> Result<Result<AnswerKey, OutOfMemory>, UnknownStretch> {
        if self.stretch == STRETCH {
            Ok(AnswerKey::stretch(answer, fragment))
        } else {
            Err(UnknownStretch(self.stretch))
        }
    }
}

impl Answer {
    /// Whether a text can be an answer, without the tables that bring it into its form: a page that only asks need not carry them.
    ///
    /// # Errors
    /// [`InvalidAnswer`], where [`Answer::new`] would give it.
    pub fn check(typed: &str) -> Result<(), InvalidAnswer> {
        if typed.len() > limits::LINK_ANSWER_BYTES {
            return Err(InvalidAnswer::TooLong);
        }
        // What is left of a letter or digit when it is decomposed and its marks go is a letter or digit.
        let counts = |c: char| c.is_alphanumeric() && !is_mark(c);
        if typed.chars().any(counts) { Ok(()) } else { Err(InvalidAnswer::Empty) }
    }

    /// Takes an answer as it was typed: decomposed (NFD), in lower case, and of that only letters and digits (Unicode's
    /// Alphabetic and the general category N).
    ///
    /// # Errors
    /// [`InvalidAnswer`].
    pub fn new(typed: &str) -> Result<Self, InvalidAnswer> {
        Self::check(typed)?;
        let decomposed = Secret::new(unicode::decomposed(typed));
        let letters = decomposed.expose().chars().flat_map(char::to_lowercase);
        // Lower case of a few capitals has a mark of its own; marks go last.
        let kept: String = letters.filter(|c| c.is_alphanumeric() && !is_mark(*c)).collect();
        if kept.is_empty() { Err(InvalidAnswer::Empty) } else { Ok(Self(Secret::new(kept))) }
    }

    /// What is stretched.
    #[must_use]
    pub fn normalised(&self) -> &Secret<String> {
        &self.0
    }

    /// Makes a code of six digits, to be given by telephone; answers how it is written, too.
    #[must_use]
    pub fn make_code(rng: &mut (impl CryptoRng + RngCore)) -> (Self, Secret<String>) {
        let digits: String = (0..CODE_DIGITS).map(|_| char::from(b'0' + rng.gen_range(0..10_u8))).collect();
        (Self(Secret::new(digits.clone())), Secret::new(digits))
    }
}

fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

impl AnswerKey {
    /// That of a link without a lock.
    #[must_use]
    pub fn none() -> Self {
        Self(Key::new([0; 32]))
    }

    fn stretch(answer: &Answer, fragment: &Fragment) -> Result<Self, OutOfMemory> {
        let salt = fragment.derive(Purpose::LinkAnswer, &fragment.name().0);
        let mut key = [0; 32];
        let params = Params::new(64 * 1024, 3, 1, Some(key.len())).map_err(|_| OutOfMemory)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(answer.0.expose().as_bytes(), salt.expose(), &mut key)
            .map_err(|_| OutOfMemory)?;
        Ok(Self(Secret::new(key)))
    }

    /// What shows the box that somebody knows the answer, of which it keeps the SHA-256: HKDF(answer key, "link/proof").
    #[must_use]
    pub fn proof(&self, fragment: &Fragment) -> Key {
        derive(self.0.expose(), Purpose::LinkProof, &fragment.name().0)
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}
