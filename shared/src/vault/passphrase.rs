//! The passphrase as it was meant: the same characters on every keyboard give the same bytes.

use super::secret::Secret;
use crate::api::limits::{PASSPHRASE_MAX_BYTES, PASSPHRASE_MIN_CHARS};
use crate::unicode;

/// A passphrase, prepared as RFC 8265 §4.2.2 (OpaqueString) asks: composed (NFC), every kind of space as a plain space.
#[derive(Clone, Debug)]
pub struct Passphrase(Secret<String>);

/// Why a text cannot be a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassphrase {
    /// Fewer than [`PASSPHRASE_MIN_CHARS`] characters.
    #[error("the passphrase has fewer than {PASSPHRASE_MIN_CHARS} characters")]
    TooShort,
    /// More than [`PASSPHRASE_MAX_BYTES`] octets.
    #[error("the passphrase is longer than {PASSPHRASE_MAX_BYTES} octets")]
    TooLong,
    /// It holds a control character: a line end or a tab from a paste.
    #[error("the passphrase holds a control character")]
    ControlCharacter,
}

impl Passphrase {
    /// Takes a passphrase as it was typed.
    ///
    /// # Errors
    /// [`InvalidPassphrase`] where no account of this product can have it.
    pub fn new(typed: &str) -> Result<Self, InvalidPassphrase> {
        if typed.len() > PASSPHRASE_MAX_BYTES {
            return Err(InvalidPassphrase::TooLong);
        }
        let spaced = Secret::new(typed.chars().map(plain_space).collect::<String>());
        let composed = Secret::new(unicode::composed(spaced.expose()));
        if composed.expose().chars().any(char::is_control) {
            return Err(InvalidPassphrase::ControlCharacter);
        }
        match composed.expose() {
            text if text.chars().count() < PASSPHRASE_MIN_CHARS => Err(InvalidPassphrase::TooShort),
            text if text.len() > PASSPHRASE_MAX_BYTES => Err(InvalidPassphrase::TooLong),
            _ => Ok(Self(composed)),
        }
    }

    /// The prepared text, for what takes a passphrase as it is: the export of a secret key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

fn plain_space(c: char) -> char {
    if c.is_whitespace() && !c.is_control() { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_passphrase_from_two_keyboards_is_the_same() {
        let composed = Passphrase::new("caf\u{e9} du coin\u{a0}!").unwrap();
        let decomposed = Passphrase::new("cafe\u{301} du coin !").unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
        assert_ne!(composed.expose(), Passphrase::new("Café du coin !").unwrap().expose());
    }

    #[test]
    fn lengths_count_characters_below_and_octets_above() {
        assert!(Passphrase::new("éééééééééé").is_ok());
        assert_eq!(Passphrase::new("ééééééééé").unwrap_err(), InvalidPassphrase::TooShort);
        assert_eq!(Passphrase::new(&"a".repeat(1025)).unwrap_err(), InvalidPassphrase::TooLong);
        assert_eq!(Passphrase::new("a long passphrase\n").unwrap_err(), InvalidPassphrase::ControlCharacter);
    }
}
