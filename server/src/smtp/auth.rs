//! Signing in over SMTP: the exchanges of PLAIN (RFC 4616) and LOGIN (no RFC, but what many programs speak), within AUTH
//! (RFC 4954 §4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shared::vault::Secret;

use super::refusal::Refusal;

/// What a client shows to sign in.
#[derive(Debug)]
pub struct Credentials {
    /// The account's address, or what the person typed for it.
    pub user: String,
    /// The device's password.
    pub password: Secret<String>,
}

/// An exchange that has begun.
#[derive(Debug)]
pub enum Exchange {
    /// PLAIN: everything in one answer.
    Plain,
    /// LOGIN: the user's name comes next.
    LoginUser,
    /// LOGIN: the password comes next.
    LoginPassword(String),
}

/// How an exchange goes on.
#[derive(Debug)]
pub enum Next {
    /// Ask for more with this text.
    Challenge(Exchange, &'static str),
    /// Everything was said.
    Done(Credentials),
}

impl Exchange {
    /// Begins an exchange.
    ///
    /// # Errors
    /// [`Refusal::Mechanism`] where there is none of this name.
    pub fn begin(mechanism: &str) -> Result<Self, Refusal> {
        match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => Ok(Self::Plain),
            "LOGIN" => Ok(Self::LoginUser),
            _ => Err(Refusal::Mechanism),
        }
    }

    /// Asks for what comes next.
    #[must_use]
    pub fn challenge(self) -> Next {
        let text = match self {
            Self::Plain => "",
            // "Username:" and "Password:"
            Self::LoginUser => "VXNlcm5hbWU6",
            Self::LoginPassword(_) => "UGFzc3dvcmQ6",
        };
        Next::Challenge(self, text)
    }

    /// Takes the client's answer: base64, `=` for an empty one (RFC 4954 §4), `*` to give up.
    ///
    /// # Errors
    /// Where the client gives up, or the answer is not of the right form.
    pub fn answer(self, line: &[u8]) -> Result<Next, Refusal> {
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        if line == b"*" {
            return Err(Refusal::Cancelled);
        }
        let line = if line == b"=" { &[][..] } else { line };
        let decoded = Secret::new(STANDARD.decode(line).map_err(|_| Refusal::BadResponse)?);
        let text = std::str::from_utf8(decoded.expose()).map_err(|_| Refusal::BadResponse)?;
        match self {
            Self::Plain => plain(text).map(Next::Done),
            Self::LoginUser => Ok(Self::LoginPassword(text.to_owned()).challenge()),
            Self::LoginPassword(user) => Ok(Next::Done(Credentials { user, password: Secret::new(text.to_owned()) })),
        }
    }
}

/// `[authorization identity] NUL user NUL password`; nobody acts for somebody else here.
fn plain(text: &str) -> Result<Credentials, Refusal> {
    let mut fields = text.split('\0');
    match (fields.next(), fields.next(), fields.next(), fields.next()) {
        (Some(identity), Some(user), Some(password), None) if identity.is_empty() || identity == user => {
            Ok(Credentials { user: user.to_owned(), password: Secret::new(password.to_owned()) })
        }
        _ => Err(Refusal::BadResponse),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(exchange: Exchange, text: &str) -> Result<Next, Refusal> {
        exchange.answer(format!("{}\r\n", STANDARD.encode(text)).as_bytes())
    }

    #[test]
    fn plain_comes_in_one_piece() {
        for text in ["\0marie\0abcd", "marie\0marie\0abcd"] {
            let Ok(Next::Done(credentials)) = answer(Exchange::Plain, text) else { panic!("{text:?}") };
            assert_eq!((credentials.user.as_str(), credentials.password.expose().as_str()), ("marie", "abcd"));
        }
        for text in ["", "marie\0abcd", "paul\0marie\0abcd", "\0a\0b\0c"] {
            assert_eq!(answer(Exchange::Plain, text).unwrap_err(), Refusal::BadResponse, "{text:?}");
        }
    }

    #[test]
    fn login_asks_twice() {
        let Ok(Next::Challenge(exchange, "VXNlcm5hbWU6")) = Exchange::begin("login").map(Exchange::challenge) else {
            panic!("no challenge")
        };
        let Ok(Next::Challenge(exchange, "UGFzc3dvcmQ6")) = answer(exchange, "marie") else { panic!("no challenge") };
        let Ok(Next::Done(credentials)) = answer(exchange, "abcd") else { panic!("not done") };
        assert_eq!((credentials.user.as_str(), credentials.password.expose().as_str()), ("marie", "abcd"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert_eq!(Exchange::begin("CRAM-MD5").unwrap_err(), Refusal::Mechanism);
        assert_eq!(Exchange::Plain.answer(b"*\r\n").unwrap_err(), Refusal::Cancelled);
        for line in [&b"?\r\n"[..], b"=\r\n", b"/w==\r\n"] {
            assert_eq!(Exchange::Plain.answer(line).unwrap_err(), Refusal::BadResponse);
        }
    }

    #[test]
    fn credentials_do_not_print() {
        let credentials = Credentials { user: "marie".into(), password: Secret::new("abcd".into()) };
        assert!(!format!("{credentials:?}").contains("abcd"));
    }
}
