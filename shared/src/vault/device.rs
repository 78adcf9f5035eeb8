//! Passwords for mail programs: random, made to be typed once.
//!
//! 160 random bits in 32 letters and digits, in groups of four, in Crockford's alphabet: no letter that looks like a digit. The
//! box keeps only what is derived from it, so that its database opens no door.

use std::str::FromStr;

use rand::{CryptoRng, RngCore};

use super::derive::{Purpose, derive};
use super::secret::{Key, Secret};
use crate::api::account::AccountId;
use crate::api::crockford;

const BYTES: usize = 20;
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
        Secret::new(crockford::encode(self.0.expose(), GROUP))
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
        let bytes = crockford::decode::<BYTES>(text).ok_or(InvalidDevicePassword)?;
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
