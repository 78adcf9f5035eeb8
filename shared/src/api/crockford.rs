//! Bytes as letters and digits that people can type: base 32 in Crockford's alphabet, where no letter looks like a digit.

use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// In lower case, with a dash between groups of so many.
pub(crate) fn encode(bytes: &[u8], group: usize) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let (mut bits, mut held, mut written) = (0_u16, 0_u32, 0);
    for &byte in bytes {
        bits = (bits << 8) | u16::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            if written > 0 && written % group == 0 {
                text.push('-');
            }
            let letter = ALPHABET.get(usize::from((bits >> held) & 31)).copied().unwrap_or_default();
            text.push(char::from(letter));
            written += 1;
        }
        bits &= (1 << held) - 1;
    }
    text
}

/// Reads `N` bytes, a multiple of five, back as people type them: capitals, spaces and dashes do not count, nor `o` for `0`,
/// nor `i` or `l` for `1`. `None` for anything else.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    let mut out = bytes.iter_mut();
    let (mut bits, mut held, mut letters) = (0_u16, 0_u32, 0);
    for letter in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–')) {
        let letter = match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let value = ALPHABET.iter().position(|&known| char::from(known) == letter)?;
        letters += 1;
        bits = (bits << 5) | u16::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            *out.next()? = u8::try_from(bits >> held).ok()?;
            bits &= (1 << held) - 1;
        }
    }
    (letters * 5 == N * 8).then_some(bytes)
}
