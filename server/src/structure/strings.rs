//! Strings of IMAP in the form that can carry them (RFC 9051 §4.3).

/// Longest string that is written in quotes, octets; longer ones are literals.
const QUOTED_BYTES: usize = 1000;

/// Appends formatted text.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {{
        use std::io::Write as _;
        // Writing to memory does not fail.
        let _infallible = write!($out, $($arg)*);
    }};
}
pub(crate) use put;

/// `string`: quoted where that can carry it, else a literal. NUL, which neither can, becomes a space.
pub(crate) fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    let plain = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
    if bytes.len() <= QUOTED_BYTES && bytes.iter().all(plain) {
        out.push(b'"');
        for &byte in bytes {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        put!(out, "{{{}}}\r\n", bytes.len());
        out.extend(bytes.iter().map(|&byte| if byte == 0 { b' ' } else { byte }));
    }
}

/// `nstring`.
pub(crate) fn nstring(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => string(out, bytes),
        None => out.extend_from_slice(b"NIL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        string(&mut out, bytes);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn strings_take_the_form_that_carries_them() {
        assert_eq!(printed(b"a \"b\" \\"), r#""a \"b\" \\""#);
        assert_eq!(printed("é".as_bytes()), "{2}\r\né");
        assert_eq!(printed(b"a\r\nb"), "{4}\r\na\r\nb");
        assert_eq!(printed(b"a\0"), "{2}\r\na ");
        assert!(printed(&[b'x'; 1001]).starts_with("{1001}\r\n"));
    }
}
