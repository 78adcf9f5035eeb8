//! Unicode's normal forms (UAX #15): the same text, typed on whatever keyboard, gives the same characters.
//!
//! The page asks the browser, which has the tables for it. What a normal form is never changes for characters that Unicode has
//! (its stability policy), so it does not matter that the box and a browser may know different versions of Unicode.
//!
//! What is given to a browser is copied there and cannot be wiped, no more than the field into which a passphrase is typed.

/// With each letter and its marks as one character, as far as there is one (NFC).
#[must_use]
pub fn composed(text: &str) -> String {
    form::nfc(text)
}

/// With each letter and its marks apart (NFD).
#[must_use]
pub fn decomposed(text: &str) -> String {
    form::nfd(text)
}

#[cfg(not(target_arch = "wasm32"))]
mod form {
    use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

    pub(super) fn nfc(text: &str) -> String {
        ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
    }

    pub(super) fn nfd(text: &str) -> String {
        DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned()
    }
}

#[cfg(target_arch = "wasm32")]
mod form {
    use js_sys::JsString;

    pub(super) fn nfc(text: &str) -> String {
        JsString::from(text).normalize("NFC").into()
    }

    pub(super) fn nfd(text: &str) -> String {
        JsString::from(text).normalize("NFD").into()
    }
}
