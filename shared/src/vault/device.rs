//! Passwords for mail programs: random, made to be typed once.
//!
//! 160 random bits in 32 letters and digits, in groups of four, in Crockford's alphabet: no letter that looks like a digit. The
//! box keeps only what is derived from it, so that its database opens no door.

use std::str::FromStr;

use rand::{CryptoRng, RngCore};

use super::derive::{Purpose, derive};
use super::secret::{Key, Secret};
use crate::api::account::AccountId;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const BYTES: usize = 20;
const LETTERS: usize = BYTES * 8 / 5;
const GROUP: usize = 4;

/// The password of one device.
#[derive(Clone, Debug)]
pub struct DevicePassword(Secret<[u8; BYTES]>);

/// The text cannot be a device password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a device password")]
pub struct InvalidDevicePassword;

impl DevicePassword {
    /// Makes one.
    #[must_use]
    pub fn make(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret::random(rng))
    }

    /// Its form for people, `abcd-efgh-…`.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let mut text = String::with_capacity(LETTERS + LETTERS / GROUP);
        let (mut bits, mut held, mut written) = (0_u16, 0_u32, 0);
        for &byte in self.0.expose() {
            bits = (bits << 8) | u16::from(byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                if written > 0 && written % GROUP == 0 {
                    text.push('-');
                }
                let letter = ALPHABET.get(usize::from((bits >> held) & 31)).copied().unwrap_or_default();
                text.push(char::from(letter));
                written += 1;
            }
            bits &= (1 << held) - 1;
        }
        Secret::new(text)
    }

    /// What the box keeps and compares: HKDF(password, "device/auth").
    #[must_use]
    pub fn auth(&self, account: AccountId) -> Key {
        derive(self.0.expose(), Purpose::DeviceAuth, &account.0)
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl FromStr for DevicePassword {
    type Err = InvalidDevicePassword;

    /// Reads it back as people type it: capitals, spaces and dashes do not count, nor `o` for `0`, nor `i` or `l` for `1`.
    fn from_str(text: &str) -> Result<Self, InvalidDevicePassword> {
        let mut bytes = zeroize::Zeroizing::new([0; BYTES]);
        let mut out = bytes.iter_mut();
        let (mut bits, mut held, mut letters) = (0_u16, 0_u32, 0);
        for letter in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–')) {
            let letter = match letter.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            };
            let value = ALPHABET.iter().position(|&known| char::from(known) == letter).ok_or(InvalidDevicePassword)?;
            letters += 1;
            bits = (bits << 5) | u16::try_from(value).map_err(|_| InvalidDevicePassword)?;
            held += 5;
            if held >= 8 {
                held -= 8;
                *out.next().ok_or(InvalidDevicePassword)? =
                    u8::try_from(bits >> held).map_err(|_| InvalidDevicePassword)?;
                bits &= (1 << held) - 1;
            }
        }
        if letters != LETTERS {
            return Err(InvalidDevicePassword);
        }
        Ok(Self(Secret::new(*bytes)))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn what_is_shown_can_be_typed_back() {
        let password = DevicePassword::make(&mut ChaCha20Rng::seed_from_u64(1));
        let text = password.to_text();
        assert_eq!(text.expose().len(), 39);
        let typed = text.expose().to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l");
        for text in [text.expose().as_str(), &typed, &text.expose().replace('-', "")] {
            let read: DevicePassword = text.parse().unwrap();
            assert!(read.0.equals(password.0.expose()));
        }
    }

    #[test]
    fn what_cannot_be_one_is_refused() {
        let text = DevicePassword::make(&mut ChaCha20Rng::seed_from_u64(1)).to_text();
        let text = text.expose();
        for bad in ["", "u", &text[1..], &format!("{text}0"), &text.replace('-', "_"), &"é".repeat(32)] {
            assert!(bad.parse::<DevicePassword>().is_err(), "{bad}");
        }
    }
}
