//! The browser's own AES-GCM (WebCrypto): it runs beside the page, on what the processor has for it, so that the page never waits.

use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::buffer::Buffer;

/// The browser has no WebCrypto, or no memory for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the browser cannot seal")]
pub struct CannotSeal;

/// A key of AES-256-GCM.
#[derive(Debug)]
pub struct GcmKey {
    subtle: SubtleCrypto,
    key: CryptoKey,
}

impl GcmKey {
    /// Takes the octets of a key.
    ///
    /// # Errors
    /// [`CannotSeal`].
    pub async fn import(octets: &[u8; 32]) -> Result<Self, CannotSeal> {
        let subtle = web_sys::window().and_then(|window| window.crypto().ok()).ok_or(CannotSeal)?.subtle();
        let uses = js_sys::Array::of1(&"encrypt".into());
        let octets = Uint8Array::from(octets.as_slice());
        let key = subtle.import_key_with_str("raw", &octets, "AES-GCM", false, &uses).map_err(|_| CannotSeal)?;
        let key = JsFuture::from(key).await.map_err(|_| CannotSeal)?;
        // The browser keeps a copy of its own.
        octets.fill(0, 0, octets.length());
        Ok(Self { key: key.dyn_into().map_err(|_| CannotSeal)?, subtle })
    }

    /// Seals octets: ciphertext and tag.
    ///
    /// # Errors
    /// [`CannotSeal`].
    pub async fn seal(&self, nonce: &[u8], associated: &[u8], octets: &Uint8Array) -> Result<Buffer, CannotSeal> {
        let algorithm = Object::new();
        let fields: [(&str, JsValue); 3] = [
            ("name", "AES-GCM".into()),
            ("iv", Uint8Array::from(nonce).into()),
            ("additionalData", Uint8Array::from(associated).into()),
        ];
        for (name, value) in fields {
            Reflect::set(&algorithm, &name.into(), &value).map_err(|_| CannotSeal)?;
        }
        let sealed = self.subtle.encrypt_with_object_and_buffer_source(&algorithm, &self.key, octets);
        let sealed = JsFuture::from(sealed.map_err(|_| CannotSeal)?).await.map_err(|_| CannotSeal)?;
        Ok(Buffer::from_js(sealed.dyn_into::<ArrayBuffer>().map_err(|_| CannotSeal)?))
    }
}
