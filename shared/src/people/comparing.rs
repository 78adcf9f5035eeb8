//! What two people compare so that both know that nobody stands between them.

use sha2::{Digest, Sha256};

use crate::api::account::Language;
use crate::pgp::Fingerprint;
use crate::vault::Secret;
use crate::vault::words;

/// How many words are compared.
pub const COMPARED_WORDS: usize = words::WORDS;
/// Before the hash stands for what it is.
const LABEL: &[u8] = b"own-mailbox/compared/1";
/// How often it is hashed again, see docs/crypto.md: each try of who looks for two keys that give the same words costs so much more.
const ROUNDS: u32 = 1 << 16;

/// The words of two keys: the same whichever comes first, so both read the same from their own screens.
#[must_use]
pub fn compared_words(one: &Fingerprint, another: &Fingerprint, language: Language) -> Vec<String> {
    let (first, second) = if one <= another { (one, another) } else { (another, one) };
    let mut hash = Sha256::new_with_prefix(LABEL);
    for fingerprint in [first, second] {
        // 20 or 32 octets: which ones are of which key is never in doubt.
        hash.update([u8::try_from(fingerprint.as_bytes().len()).unwrap_or(u8::MAX)]);
        hash.update(fingerprint.as_bytes());
    }
    let mut digest = hash.finalize();
    for _ in 0..ROUNDS {
        digest = Sha256::digest(digest);
    }
    let bits = digest.first_chunk().copied().unwrap_or_default();
    words::spell(&Secret::new(bits), language).expose().clone()
}

/// What the QR code of a key says, for OpenKeychain and others.
#[must_use]
pub fn fingerprint_uri(fingerprint: &Fingerprint) -> String {
    format!("OPENPGP4FPR:{fingerprint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(digit: &str) -> Fingerprint {
        digit.repeat(40).parse().unwrap()
    }

    #[test]
    fn both_read_the_same_words_and_another_key_gives_others() {
        let (alice, bob, mallory) = (fingerprint("a"), fingerprint("b"), fingerprint("c"));
        for language in [Language::Fr, Language::En] {
            let words = compared_words(&alice, &bob, language);
            assert_eq!(words.len(), COMPARED_WORDS);
            assert_eq!(words, compared_words(&bob, &alice, language));
            assert_ne!(words, compared_words(&alice, &mallory, language));
            assert_ne!(compared_words(&alice, &mallory, language), compared_words(&mallory, &bob, language));
        }
        assert_ne!(compared_words(&alice, &bob, Language::Fr), compared_words(&alice, &bob, Language::En));
    }

    #[test]
    fn the_words_never_change() {
        let words = compared_words(&fingerprint("a"), &"0b".repeat(32).parse().unwrap(), Language::En);
        // By a script that shares no code with this.
        assert_eq!(
            words.join(" "),
            "review tuition daring mesh cinnamon blast lecture indicate slim provide bunker reason"
        );
        assert_eq!(fingerprint_uri(&fingerprint("a")), format!("OPENPGP4FPR:{}", "A".repeat(40)));
    }
}
