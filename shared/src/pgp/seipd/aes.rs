//! AES: in a browser that of `simd-aes`, elsewhere that of the processor.

#[cfg(not(target_arch = "wasm32"))]
use aes_gcm::aead::{AeadInPlace, KeyInit, Nonce, Tag};
#[cfg(target_arch = "wasm32")]
use subtle::ConstantTimeEq;

/// Encrypts in CFB mode with an initialisation vector of zeros, in place; `None` for a key that is none of AES-256.
#[cfg(target_arch = "wasm32")]
pub(super) fn encrypt_cfb(key: &[u8], data: &mut [u8]) -> Option<()> {
    simd_aes::ChainedAes::new(key).map(|cipher| cipher.encrypt_cfb(data))
}

/// The same, with the processor's instructions for AES. We seal with keys of 256 bits alone.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn encrypt_cfb(key: &[u8], data: &mut [u8]) -> Option<()> {
    use cfb_mode::Encryptor;
    use cfb_mode::cipher::{AsyncStreamCipher, KeyIvInit};

    Encryptor::<::aes::Aes256>::new_from_slices(key, &[0; 16]).ok()?.encrypt(data);
    Some(())
}

/// Decrypts CFB mode with an initialisation vector of zeros, in place; `None` for a key that is none of AES.
#[cfg(target_arch = "wasm32")]
pub(super) fn decrypt_cfb(key: &[u8], data: &mut [u8]) -> Option<()> {
    simd_aes::WideAes::new(key).map(|cipher| cipher.decrypt_cfb(data))
}

/// The same, with the processor's instructions for AES.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn decrypt_cfb(key: &[u8], data: &mut [u8]) -> Option<()> {
    use ::aes::{Aes128, Aes192, Aes256};
    use cfb_mode::Decryptor;
    use cfb_mode::cipher::{AsyncStreamCipher, KeyIvInit};

    let iv = [0; 16];
    match key.len() {
        16 => Decryptor::<Aes128>::new_from_slices(key, &iv).ok()?.decrypt(data),
        24 => Decryptor::<Aes192>::new_from_slices(key, &iv).ok()?.decrypt(data),
        32 => Decryptor::<Aes256>::new_from_slices(key, &iv).ok()?.decrypt(data),
        _ => return None,
    }
    Some(())
}

/// Octets of the tag by which a mode tells that nothing was altered.
pub(super) const TAG_BYTES: usize = 16;

/// A mode that authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// OCB (RFC 7253).
    Ocb,
    /// GCM (NIST SP 800-38D).
    Gcm,
}

impl Mode {
    /// By its number (RFC 9580 §9.6).
    pub(super) fn of(number: u8) -> Option<Self> {
        [Self::Ocb, Self::Gcm].into_iter().find(|mode| mode.number() == number)
    }

    pub(super) fn number(self) -> u8 {
        match self {
            Self::Ocb => 2,
            Self::Gcm => 3,
        }
    }

    /// Octets of a nonce (RFC 9580 §9.6).
    pub(super) fn nonce_bytes(self) -> usize {
        match self {
            Self::Ocb => 15,
            Self::Gcm => 12,
        }
    }
}

/// A key of AES in such a mode. Its nonces have as many octets as the mode wants; with others nothing is done.
pub(super) trait Aead {
    /// Encrypts in place; the tag.
    fn seal(&self, nonce: &[u8], associated: &[u8], data: &mut [u8]) -> Option<[u8; TAG_BYTES]>;
    /// Decrypts in place; `None` where anything was altered, and what stands there then is not to be looked at.
    fn open(&self, nonce: &[u8], associated: &[u8], data: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()>;
}

/// Takes a key; `None` for one that is none of AES.
#[cfg(target_arch = "wasm32")]
pub(super) fn aead(mode: Mode, key: &[u8]) -> Option<Box<dyn Aead>> {
    Some(match mode {
        Mode::Ocb => Box::new(simd_aes::Ocb::new(key)?),
        Mode::Gcm => Box::new(simd_aes::Gcm::new(key)?),
    })
}

#[cfg(target_arch = "wasm32")]
impl Aead for simd_aes::Ocb {
    fn seal(&self, nonce: &[u8], associated: &[u8], data: &mut [u8]) -> Option<[u8; TAG_BYTES]> {
        Some(self.seal(nonce.try_into().ok()?, associated, data))
    }

    fn open(&self, nonce: &[u8], associated: &[u8], data: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()> {
        is_same(&self.open(nonce.try_into().ok()?, associated, data), tag)
    }
}

#[cfg(target_arch = "wasm32")]
impl Aead for simd_aes::Gcm {
    fn seal(&self, nonce: &[u8], associated: &[u8], data: &mut [u8]) -> Option<[u8; TAG_BYTES]> {
        Some(self.seal(nonce.try_into().ok()?, associated, data))
    }

    fn open(&self, nonce: &[u8], associated: &[u8], data: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()> {
        is_same(&self.open(nonce.try_into().ok()?, associated, data), tag)
    }
}

#[cfg(target_arch = "wasm32")]
fn is_same(one: &[u8; TAG_BYTES], other: &[u8; TAG_BYTES]) -> Option<()> {
    bool::from(one.ct_eq(other)).then_some(())
}

/// Takes a key; `None` for one that is none of AES.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn aead(mode: Mode, key: &[u8]) -> Option<Box<dyn Aead>> {
    use ::aes::{Aes128, Aes192, Aes256};
    use aes_gcm::AesGcm;
    use aes_gcm::aead::consts::{U12, U15};
    use ocb3::Ocb3;

    match (mode, key.len()) {
        (Mode::Ocb, 16) => of_crate::<Ocb3<Aes128, U15>>(key),
        (Mode::Ocb, 24) => of_crate::<Ocb3<Aes192, U15>>(key),
        (Mode::Ocb, _) => of_crate::<Ocb3<Aes256, U15>>(key),
        (Mode::Gcm, 16) => of_crate::<AesGcm<Aes128, U12>>(key),
        (Mode::Gcm, 24) => of_crate::<AesGcm<Aes192, U12>>(key),
        (Mode::Gcm, _) => of_crate::<AesGcm<Aes256, U12>>(key),
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn of_crate<C: KeyInit + AeadInPlace + 'static>(key: &[u8]) -> Option<Box<dyn Aead>> {
    C::new_from_slice(key).ok().map(|cipher| -> Box<dyn Aead> { Box::new(cipher) })
}

#[cfg(not(target_arch = "wasm32"))]
impl<C: AeadInPlace> Aead for C {
    fn seal(&self, nonce: &[u8], associated: &[u8], data: &mut [u8]) -> Option<[u8; TAG_BYTES]> {
        let nonce = Nonce::<C>::from_exact_iter(nonce.iter().copied())?;
        self.encrypt_in_place_detached(&nonce, associated, data).ok()?.as_slice().try_into().ok()
    }

    fn open(&self, nonce: &[u8], associated: &[u8], data: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()> {
        let nonce = Nonce::<C>::from_exact_iter(nonce.iter().copied())?;
        let tag = Tag::<C>::from_exact_iter(tag.iter().copied())?;
        self.decrypt_in_place_detached(&nonce, associated, data, &tag).ok()
    }
}
