//! Commands before and about the session: LOGIN, AUTHENTICATE, ENABLE, ID (RFC 9051 §6.2, §6.3.1; RFC 4616; RFC 2971).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shared::vault::Secret;
use zeroize::Zeroizing;

use super::scan::{Cursor, Malformed, Parsed};

/// Most pairs of ID (RFC 2971 §3.3).
const ID_PAIRS: usize = 30;

/// A name and its password.
#[derive(Debug)]
pub(in crate::imap) struct Credentials {
    pub(in crate::imap) user: String,
    pub(in crate::imap) password: Secret<String>,
}

impl Credentials {
    /// Reads a response of the mechanism PLAIN (RFC 4616 §2); who acts for somebody else is refused.
    pub(in crate::imap) fn from_plain(response: &[u8]) -> Parsed<Self> {
        const WHAT: Malformed = Malformed("a response of the mechanism PLAIN is missing");
        let decoded = Zeroizing::new(STANDARD.decode(response).map_err(|_| WHAT)?);
        let mut parts = decoded.split(|&byte| byte == 0);
        let (Some(acting), Some(user), Some(password), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(WHAT);
        };
        if !acting.is_empty() && acting != user {
            return Err(Malformed("nobody may act for somebody else here"));
        }
        Self::new(user, password)
    }

    /// Reads the two responses of the mechanism LOGIN (draft-murchison-sasl-login).
    pub(in crate::imap) fn from_login(user: &str, password: &[u8]) -> Parsed<Self> {
        let password = Zeroizing::new(STANDARD.decode(password).map_err(|_| NOT_BASE64)?);
        Self::new(user.as_bytes(), &password)
    }

    fn new(user: &[u8], password: &[u8]) -> Parsed<Self> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Malformed("not UTF-8"));
        Ok(Self { user: text(user)?, password: Secret::new(text(password)?) })
    }
}

const NOT_BASE64: Malformed = Malformed("a response of the mechanism LOGIN is missing");

/// The first response of the mechanism LOGIN: a name.
pub(in crate::imap) fn login_user(response: &[u8]) -> Parsed<String> {
    let decoded = STANDARD.decode(response).map_err(|_| NOT_BASE64)?;
    String::from_utf8(decoded).map_err(|_| Malformed("not UTF-8"))
}

/// `LOGIN user password`.
pub(super) fn login(cursor: &mut Cursor<'_>) -> Parsed<Credentials> {
    cursor.space()?;
    let user = cursor.astring()?;
    cursor.space()?;
    let password = match cursor.astring()? {
        std::borrow::Cow::Owned(bytes) => Zeroizing::new(bytes),
        std::borrow::Cow::Borrowed(bytes) => Zeroizing::new(bytes.to_vec()),
    };
    Credentials::new(&user, &password)
}

/// What AUTHENTICATE asks for.
#[derive(Debug)]
pub(in crate::imap) struct Authenticate {
    pub(in crate::imap) mechanism: String,
    /// The response that came with the command, if one did.
    pub(in crate::imap) response: Option<Zeroizing<Vec<u8>>>,
}

/// `AUTHENTICATE mechanism [response]`; `=` is an empty response (RFC 9051 §6.2.2).
pub(super) fn authenticate(cursor: &mut Cursor<'_>) -> Parsed<Authenticate> {
    cursor.space()?;
    let mechanism = cursor.atom()?.to_ascii_uppercase();
    let mut response = None;
    if cursor.eat(b' ') {
        let text = cursor.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
        response = Some(Zeroizing::new(if text == b"=" { Vec::new() } else { text.to_vec() }));
    }
    Ok(Authenticate { mechanism, response })
}

/// `ENABLE capability…`.
pub(super) fn enable(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    let mut wanted = Vec::new();
    while cursor.eat(b' ') {
        wanted.push(cursor.atom()?.to_ascii_uppercase());
    }
    if wanted.is_empty() { Err(Malformed("a capability is missing")) } else { Ok(wanted) }
}

/// `ID (name value…)` or `ID NIL`. What a client says of itself is not kept.
pub(super) fn id(cursor: &mut Cursor<'_>) -> Parsed<()> {
    cursor.space()?;
    if cursor.peek() != Some(b'(') {
        return cursor.nstring().map(drop);
    }
    let said = cursor.list(Cursor::nstring)?;
    if said.len() > 2 * ID_PAIRS { Err(Malformed("too much")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bytes: &[u8]) -> Parsed<(String, String)> {
        let read = Credentials::from_plain(STANDARD.encode(bytes).as_bytes())?;
        Ok((read.user, read.password.expose().clone()))
    }

    #[test]
    fn plain_says_who_and_with_what() {
        let expected = Ok(("marie@home.test".to_owned(), "é b".to_owned()));
        assert_eq!(plain("\0marie@home.test\0é b".as_bytes()), expected);
        assert_eq!(plain("marie@home.test\0marie@home.test\0é b".as_bytes()), expected);
        for bytes in [&b"a\0b\0c"[..], b"\0b", b"\0b\0c\0d", b"", b"\0\xff\0c"] {
            assert!(plain(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let read = Credentials::new(b"marie", b"open sesame").unwrap();
        assert!(!format!("{read:?}").contains("sesame"));
    }
}
