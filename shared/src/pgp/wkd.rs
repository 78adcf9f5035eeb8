//! Web Key Directory: where a certificate for an address lies (draft-koch-openpgp-webkey-service §3.1).

use sha1::{Digest, Sha1};

use crate::api::EmailAddress;

/// The alphabet of z-base-32 (RFC 6189 §5.1.6).
const ALPHABET: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";

/// The name of an address's file in its directory: the SHA-1 of the local part in lower case, in z-base-32.
#[must_use]
pub fn hash(local_part: &str) -> String {
    zbase32(&Sha1::digest(local_part.to_ascii_lowercase()))
}

/// The address's file on the host `openpgpkey.<domain>`: asked first.
#[must_use]
pub fn advanced_url(address: &EmailAddress) -> String {
    let domain = address.domain();
    let (hash, local) = (hash(address.local_part()), percent(address.local_part()));
    format!("https://openpgpkey.{domain}/.well-known/openpgpkey/{domain}/hu/{hash}?l={local}")
}

/// The address's file on the host of the domain itself: asked where `openpgpkey.<domain>` does not exist.
#[must_use]
pub fn direct_url(address: &EmailAddress) -> String {
    let (hash, local) = (hash(address.local_part()), percent(address.local_part()));
    format!("https://{}/.well-known/openpgpkey/hu/{hash}?l={local}", address.domain())
}

fn zbase32(bytes: &[u8]) -> String {
    let bits = |at: usize| {
        let byte = bytes.get(at / 8).copied().unwrap_or(0);
        usize::from(byte >> (7 - at % 8) & 1)
    };
    (0..bytes.len() * 8)
        .step_by(5)
        .map(|at| (at..at + 5).fold(0, |value, bit| value << 1 | bits(bit)))
        .filter_map(|value| ALPHABET.get(value).copied().map(char::from))
        .collect()
}

/// Percent-encoding of everything but the unreserved characters (RFC 3986 §2.3).
pub(super) fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example() {
        let address: EmailAddress = "Joe.Doe@Example.ORG".parse().unwrap();
        assert_eq!(hash(address.local_part()), "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
        assert_eq!(
            advanced_url(&address),
            "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe"
        );
        assert_eq!(
            direct_url(&address),
            "https://example.org/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe"
        );
    }

    #[test]
    fn a_local_part_that_needs_escaping() {
        let address: EmailAddress = "josé+a/b@example.org".parse().unwrap();
        assert!(direct_url(&address).ends_with("?l=jos%C3%A9%2Ba%2Fb"));
    }
}
