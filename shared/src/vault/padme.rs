//! Padding by Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019):
//! at most 12 % more, and of a size no more than O(log log n) bits leak.

/// Ends the content; zeros up to the padded length follow.
const END: u8 = 0x80;

/// The padded length of `length` octets.
pub(crate) fn padded(length: usize) -> usize {
    let Some(exponent) = length.checked_ilog2().filter(|&exponent| exponent > 0) else { return length };
    let kept = exponent.ilog2() + 1;
    let mask = (1_usize << (exponent - kept)) - 1;
    length.saturating_add(mask) & !mask
}

/// Appends the padding to what stands in `buffer` from `start` on.
pub(super) fn pad(buffer: &mut Vec<u8>, start: usize) {
    buffer.push(END);
    let length = buffer.len().saturating_sub(start);
    buffer.resize(start.saturating_add(padded(length)), 0);
}

/// The length of the content without its padding; `None` where the padding is not one.
pub(super) fn content_length(plaintext: &[u8]) -> Option<usize> {
    let end = plaintext.iter().rposition(|&byte| byte != 0)?;
    (plaintext.get(end) == Some(&END)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_paper() {
        for (length, expected) in
            [(0, 0), (1, 1), (9, 10), (17, 18), (33, 36), (100, 104), (1000, 1024), (10_000, 10_240)]
        {
            assert_eq!(padded(length), expected, "{length}");
        }
        assert!((1..100_000).all(|length| padded(length) >= length && padded(length) * 100 <= length * 112 + 100));
    }

    #[test]
    fn padding_is_taken_away_again() {
        for content in [&b""[..], b"a", b"a\x80", b"a\x80\0\0", b"\0\0\0", &[0x80; 300]] {
            let mut buffer = b"head".to_vec();
            buffer.extend_from_slice(content);
            pad(&mut buffer, 4);
            assert_eq!(buffer.len() - 4, padded(content.len() + 1));
            assert_eq!(content_length(&buffer[4..]), Some(content.len()));
        }
        assert_eq!(content_length(b""), None);
        assert_eq!(content_length(b"\0\0"), None);
        assert_eq!(content_length(b"no end"), None);
    }
}
