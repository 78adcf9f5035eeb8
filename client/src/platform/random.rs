//! Random octets of the browser (Web Cryptography).

/// So many octets that nobody can guess.
///
/// # Panics
/// In a browser without Web Cryptography, in which nothing of this page works.
#[must_use]
pub fn bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    getrandom::getrandom(&mut bytes).expect("a browser that runs the page has Web Cryptography");
    bytes
}
