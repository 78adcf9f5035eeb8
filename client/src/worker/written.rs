//! What the account has written, as a message.

use rand::{CryptoRng, RngCore};
use shared::access::Unlocked;
use shared::api::{EmailAddress, Timestamp};
use shared::mime::{self, Attachment, Mailbox};
use shared::pgp;

use super::protocol::AskError;
use super::protocol::reading::Person;
use super::protocol::writing::{Enclosure, Letter};

/// That the letter gives no secret key away.
pub(super) fn no_secret_key(letter: &Letter) -> Result<(), AskError> {
    if [&letter.subject, &letter.text].into_iter().any(|text| pgp::holds_secret_key(text.as_bytes())) {
        return Err(AskError::SecretKey(None));
    }
    let holds = |Enclosure { media_type, bytes, .. }: &Enclosure| match media_type.as_str() {
        "message/rfc822" => pgp::message_holds_secret_key(&bytes.to_vec()),
        _ => pgp::holds_secret_key(&bytes.to_vec()),
    };
    match letter.enclosures.iter().position(holds) {
        Some(place) => Err(AskError::SecretKey(Some(place))),
        None => Ok(()),
    }
}

/// The letter as a message.
pub(super) fn message(
    account: &Unlocked,
    letter: Letter,
    now: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> mime::Letter {
    let Letter { to, cc, bcc, subject, text, enclosures, in_reply_to, references, after_sealed: _, unsealed: _ } =
        letter;
    mime::Letter {
        from: author(account),
        to: mailboxes(to),
        cc: mailboxes(cc),
        bcc: mailboxes(bcc),
        subject,
        text,
        html: None,
        attachments: enclosures.into_iter().map(attachment).collect(),
        in_reply_to,
        references,
        message_id: message_id(account, rng),
        date: now,
    }
}

/// The account as an author.
pub(super) fn author(account: &Unlocked) -> Mailbox {
    mailbox(Person { name: account.display_name().to_owned(), address: account.address().to_string() })
}

/// A new Message-ID, without angle brackets.
pub(super) fn message_id(account: &Unlocked, rng: &mut (impl RngCore + CryptoRng)) -> String {
    let mut random = [0; 16];
    rng.fill_bytes(&mut random);
    mime::message_id(&random, account.address().domain())
}

fn mailboxes(people: Vec<Person>) -> Vec<Mailbox> {
    people.into_iter().map(mailbox).collect()
}

/// An address is written as it is known to be right; what is none is written as it was typed.
fn mailbox(Person { name, address }: Person) -> Mailbox {
    let address = address.parse::<EmailAddress>().map(|address| address.to_string()).unwrap_or(address);
    Mailbox { name: Some(name).filter(|name| !name.trim().is_empty()), address }
}

fn attachment(Enclosure { name, media_type, bytes }: Enclosure) -> Attachment {
    Attachment { name: Some(name), media_type, content_id: None, inline: false, bytes: bytes.to_vec() }
}
