//! The packet that GnuPG 2.3 and later write to whoever says so (draft-ietf-openpgp-rfc4880bis-10 §5.16), in OCB. It is read, and never written.

use pgp::crypto::sym::SymmetricKeyAlgorithm;

use super::aes::{self, Mode};
use super::chunks::{self, Chunks, Numbers};

/// What was encrypted, from the body of the packet; `Ok(None)` where it is not in a mode that is known here, or the session key is not for
/// it, `None` where anything was altered.
pub(super) fn decrypted(cipher: SymmetricKeyAlgorithm, key: &[u8], mut body: Vec<u8>) -> Option<Option<Vec<u8>>> {
    /// Version, cipher, mode and size of chunks, in front of the first nonce.
    const FIELDS: usize = 4;
    let [1, named, mode, chunk, ..] = *body.as_slice() else { return Some(None) };
    if SymmetricKeyAlgorithm::from(named) != cipher || Mode::of(mode) != Some(Mode::Ocb) || chunk > chunks::LARGEST {
        return Some(None);
    }
    let (nonce, data) = body.get_mut(FIELDS..)?.split_at_mut_checked(Mode::Ocb.nonce_bytes())?;
    let begin = FIELDS + nonce.len();
    // In front the header of the packet, in the new form, without its length.
    let info = [0xd4, 1, named, mode, chunk];
    let opened = Chunks::new(aes::aead(Mode::Ocb, key)?, nonce.to_vec(), info, Numbers::InBoth, chunk).open(data)?;
    body.copy_within(begin..begin + opened, 0);
    body.truncate(opened);
    Some(Some(body))
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_nothing_else_opens;
    use super::*;

    /// Sample AEAD-OCB encryption and decryption (draft-ietf-openpgp-rfc4880bis-10 §A.4): the session key, and the packet's body.
    const KEY: u128 = 0xd1f0_1ba3_0e13_0aa7_d258_2c16_e050_ae44;
    const BODY: &str = "0107020e5ed2bc1e470abe8f1d644c7a6c8a567b0f7701196611a154ba9c2574cd056284a8ef68035c623d93cc708a43211bb6eaf2b2\
                        7f7c18d571bcd83b20add3a08b73af15b9a098";

    fn body() -> Vec<u8> {
        (0..BODY.len()).step_by(2).map(|at| u8::from_str_radix(&BODY[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_sample_of_the_draft_opens_and_nothing_else() {
        let open = |body: Vec<u8>| decrypted(SymmetricKeyAlgorithm::AES128, &KEY.to_be_bytes(), body);
        // A literal packet.
        let opened = open(body()).unwrap().unwrap();
        assert!(opened.ends_with(b"Hello, world!\n"), "{opened:?}");
        assert_nothing_else_opens(&body(), 4, |altered| open(altered).map(Option::unwrap));
    }

    #[test]
    fn chunks_of_any_size_open() {
        let info = |chunk: u8| [0xd4, 1, 7, 2, chunk];
        let key = KEY.to_be_bytes();
        // Over a mebioctet, which the crate that does it elsewhere cannot have at once where addresses have 32 bits.
        let data: Vec<u8> = (0..1_500_000_u32).map(|at| (at % 251) as u8).collect();
        for chunk in [0, 14, 15, 16] {
            let mut body = info(chunk)[1..].to_vec();
            body.extend_from_slice(&[9; 15]);
            let cipher = aes::aead(Mode::Ocb, &key).unwrap();
            let mut chunks = Chunks::new(cipher, vec![9; 15], info(chunk), Numbers::InBoth, chunk);
            chunks.seal(&[&data], &mut body).unwrap();
            assert!(decrypted(SymmetricKeyAlgorithm::AES128, &key, body).unwrap().unwrap() == data, "{chunk}");
        }
    }
}
