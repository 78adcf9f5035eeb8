//! What the box thinks of a message that comes in: refused for one of a closed list of reasons, or taken with a verdict.
//!
//! What is not looked at is not claimed: the results name only what was really checked (RFC 8601 §2.2, `none`).

use shared::api::EmailAddress;
use shared::api::mailbox::Came;
use shared::mime::header::Header;
use shared::mime::{SenderProof, Verdict};

/// Hosts that a message may have passed through (RFC 5321 §6.3: at least 100 is asked of those who only count).
const HOPS: usize = 100;

/// Where a message comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Another host, that proved nothing.
    Elsewhere,
    /// An account of this box, that signed in; its envelope sender (`None`: the null reverse-path) and From were checked when it
    /// handed the message in.
    Here(Option<EmailAddress>),
    /// Who had opened a letter behind a link; whom the link is for is its author, as far as the box knows.
    Link,
}

impl Origin {
    /// How the message came, as its reader is told.
    #[must_use]
    pub fn came(&self) -> Came {
        match self {
            Self::Elsewhere => Came::Outside,
            Self::Here(_) => Came::Here,
            Self::Link => Came::Link,
        }
    }
}

/// Why a message is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// It goes around in circles.
    #[error("the message has passed through too many hosts")]
    Loop,
}

/// What is thought of a message that is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// The value of Authentication-Results, past the host's name.
    pub results: String,
    /// What its reader is told.
    pub verdict: Verdict,
}

/// Judges a message.
///
/// # Errors
/// [`Refused`] says why it is not taken.
pub fn judge(message: &[u8], origin: &Origin) -> Result<Judgement, Refused> {
    let hops = Header::of(message).fields().filter(|field| field.is("Received")).count();
    if hops > HOPS {
        return Err(Refused::Loop);
    }
    let (results, sender) = match origin {
        // Who has the link may be anybody that it was passed on to.
        Origin::Elsewhere | Origin::Link => ("none".to_owned(), SenderProof::Unproven),
        Origin::Here(Some(from)) => (format!("auth=pass smtp.mailfrom={from}"), SenderProof::Proven),
        Origin::Here(None) => ("auth=pass".to_owned(), SenderProof::Proven),
    };
    Ok(Judgement { results, verdict: Verdict { sender, junk: None } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_goes_in_circles_is_refused() {
        let message = "Received: by a\r\n".repeat(HOPS) + "\r\n";
        assert!(judge(message.as_bytes(), &Origin::Elsewhere).is_ok());
        let message = format!("Received: by b\r\n{message}");
        assert_eq!(judge(message.as_bytes(), &Origin::Elsewhere), Err(Refused::Loop));
    }

    #[test]
    fn only_who_signed_in_is_proven() {
        let judged = |origin: Origin| {
            let judgement = judge(b"From: a@b.test\r\n\r\n", &origin).unwrap();
            (judgement.verdict.sender, origin.came())
        };
        assert_eq!(judged(Origin::Elsewhere), (SenderProof::Unproven, Came::Outside));
        assert_eq!(judged(Origin::Here(Some("a@home.test".parse().unwrap()))), (SenderProof::Proven, Came::Here));
        assert_eq!(judged(Origin::Here(None)), (SenderProof::Proven, Came::Here));
        assert_eq!(judged(Origin::Link), (SenderProof::Unproven, Came::Link));
    }
}
