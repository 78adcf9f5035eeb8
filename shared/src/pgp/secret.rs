//! A value that must not be seen.

use std::fmt;

use zeroize::Zeroize;

/// Holds a secret: nothing prints it, and its memory is wiped when it is dropped. [`Secret::expose`] is the only way to it.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes a secret into keeping.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The secret itself; every use of it can be found by this name.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
