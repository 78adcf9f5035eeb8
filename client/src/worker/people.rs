//! Whose key is it: what is remembered of people's certificates, opened, changed and sealed again.

use rand::{CryptoRng, RngCore};
use shared::access::Unlocked;
use shared::api::account::Language;
use shared::api::keys::{PeopleRequest, PeopleResponse};
use shared::api::mailbox::Came;
use shared::api::{EmailAddress, Timestamp};
use shared::people::{Book, Brought, brought_by, compared_words, fingerprint_uri};
use shared::pgp::{Certificate, Fingerprint, OpenedMessage};

use super::protocol::AskError;
use super::protocol::people::{CompareKeys, Compared, DecideKey};
use super::protocol::reading::{MessageView, Problem};
use super::sent_key::KEY_TYPE;

/// What is remembered, opened.
pub(super) struct Remembered {
    generation: u64,
    before: Book,
    /// It, to be changed.
    pub(super) book: Book,
}

impl Remembered {
    /// Opens it.
    pub(super) fn open(account: &Unlocked, people: &PeopleResponse) -> Result<Self, AskError> {
        let sealed = people.sealed.as_ref().map(|sealed| sealed.0.as_slice());
        let book = Book::open(account.account_key(), people.generation, sealed).map_err(|_| AskError::KeysDamaged)?;
        Ok(Self { generation: people.generation, before: book.clone(), book })
    }

    /// Seals it where it was changed.
    pub(super) fn news(
        mut self,
        account: &Unlocked,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Option<PeopleRequest>, AskError> {
        if self.book == self.before {
            return Ok(None);
        }
        let generation = self.generation + 1;
        let sealed = self.book.seal(account.account_key(), generation, rng).map_err(|_| AskError::TooLarge)?;
        Ok(Some(PeopleRequest { generation, sealed: sealed.into() }))
    }
}

/// The one author of a message, where that is somebody else.
pub(super) fn author(account: &Unlocked, view: &MessageView) -> Option<EmailAddress> {
    let [author] = view.from.as_slice() else { return None };
    let author: EmailAddress = author.address.parse().ok()?;
    let is_own = author.canonical() == account.address().canonical();
    (!is_own && !view.problems.contains(&Problem::OtherAuthor)).then_some(author)
}

/// What a message brings for its author. Only what came from outside: for the people of this box the box speaks, and what came through
/// a link is asked about.
pub(super) fn brought(
    account: &Unlocked,
    opened: &OpenedMessage,
    view: &MessageView,
    author: &EmailAddress,
    now: Timestamp,
) -> Option<Brought> {
    let is_from_here = author.domain().eq_ignore_ascii_case(account.address().domain());
    if view.came != Some(Came::Outside) || is_from_here {
        return None;
    }
    let attached: Vec<Vec<u8>> =
        view.attachments.iter().filter(|file| file.media_type == KEY_TYPE).map(|file| file.bytes.to_vec()).collect();
    brought_by(&opened.original, author, attached.iter().map(Vec::as_slice), now)
}

/// Makes what two people compare.
pub(super) fn compare(account: &Unlocked, ask: &CompareKeys) -> Result<Compared, AskError> {
    let theirs: Fingerprint = ask.fingerprint.parse().map_err(|_| AskError::Unexpected)?;
    let own = account.certificate().fingerprint();
    let words = |language| (language, compared_words(&own, &theirs, language));
    Ok(Compared {
        words: [Language::Fr, Language::En].map(words).into(),
        own: own.to_string(),
        code: fingerprint_uri(&own),
    })
}

/// Takes note of a decision.
pub(super) fn decide(
    account: &Unlocked,
    ask: &DecideKey,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Option<PeopleRequest>, AskError> {
    let fingerprint: Fingerprint = ask.fingerprint.parse().map_err(|_| AskError::Unexpected)?;
    let found = ask.found.as_ref().and_then(|found| Certificate::parse_all(&found.0).ok()).unwrap_or_default();
    let found = found.iter().find(|one| one.fingerprint() == fingerprint);
    let mut remembered = Remembered::open(account, &ask.people)?;
    let found = found.map(|one| (one, ask.origin));
    if !remembered.book.decide(&ask.address, &fingerprint, found, ask.decision, ask.now) {
        return Err(AskError::KeyGone);
    }
    remembered.news(account, rng)
}
