//! Bytes that may be many: ciphertext, attachments, files.

use js_sys::{ArrayBuffer, Uint8Array};
#[cfg(target_arch = "wasm32")]
use send_wrapper::SendWrapper;

/// Bytes that are only passed on by the page. In the browser they lie in an `ArrayBuffer` outside of WebAssembly's memory,
/// which never shrinks; a clone is another handle to the same bytes.
#[derive(Clone)]
pub struct Buffer {
    #[cfg(target_arch = "wasm32")]
    bytes: SendWrapper<ArrayBuffer>,
    #[cfg(not(target_arch = "wasm32"))]
    bytes: std::sync::Arc<[u8]>,
}

impl Buffer {
    /// How many octets.
    #[must_use]
    pub fn len(&self) -> usize {
        #[cfg(target_arch = "wasm32")]
        return usize::try_from(self.bytes.byte_length()).unwrap_or(usize::MAX);
        #[cfg(not(target_arch = "wasm32"))]
        return self.bytes.len();
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes what JavaScript gave; no copy in the browser.
    #[must_use]
    pub fn from_js(bytes: ArrayBuffer) -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self { bytes: SendWrapper::new(bytes) };
        #[cfg(not(target_arch = "wasm32"))]
        return Self { bytes: Uint8Array::new(&bytes).to_vec().into() };
    }

    /// The same bytes for JavaScript; no copy in the browser.
    #[must_use]
    pub fn to_js(&self) -> ArrayBuffer {
        #[cfg(target_arch = "wasm32")]
        return (*self.bytes).clone();
        #[cfg(not(target_arch = "wasm32"))]
        return Uint8Array::from(&*self.bytes).buffer();
    }

    /// Copies the bytes into the program's own memory.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        #[cfg(target_arch = "wasm32")]
        return Uint8Array::new(&self.bytes).to_vec();
        #[cfg(not(target_arch = "wasm32"))]
        return self.bytes.to_vec();
    }
}

impl From<&[u8]> for Buffer {
    fn from(bytes: &[u8]) -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self::from_js(Uint8Array::from(bytes).buffer());
        #[cfg(not(target_arch = "wasm32"))]
        return Self { bytes: bytes.into() };
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl PartialEq for Buffer {
    /// Compares handles first, then length and bytes.
    fn eq(&self, other: &Self) -> bool {
        #[cfg(target_arch = "wasm32")]
        if *self.bytes == *other.bytes {
            return true;
        }
        self.len() == other.len() && self.to_vec() == other.to_vec()
    }
}

impl Eq for Buffer {}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} bytes)", self.len())
    }
}
