//! What makes the letters of one sender to one person a conversation: the earlier letters that a link tells of, the note that the
//! sender keeps of a link for that, and what its reader finds again of answers.
//!
//! A letter tells of those before it, never of those after: a link that was passed on opens nothing that was written later.

use rand::{CryptoRng, RngCore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fragment::Fragment;
use super::key::{CoverError, LinkKey};
use super::payload::InvalidPayload;
use crate::api::limits::{LINK_EARLIER, LINK_REPLY_COPY_BYTES, LINK_SUBJECT_CHARS};
use crate::api::{EmailAddress, Timestamp};
use crate::vault::{AccountKey, Drawer, Purpose};

/// Most octets of what is kept of an answer before sealing: version, nonce, commitment, tag and the padding of Padmé stay within the
/// eighth that is left.
const REPLY_BYTES: usize = LINK_REPLY_COPY_BYTES / 8 * 7;

/// An earlier letter to the same person.
#[derive(Clone, Debug)]
pub struct EarlierLetter {
    /// The secret of its link.
    pub fragment: Fragment,
    /// Its subject, perhaps cut.
    pub subject: String,
    /// When it was written.
    pub date: Timestamp,
}

/// What is kept of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReply {
    /// When it was written.
    pub date: Timestamp,
    /// Its text.
    pub text: String,
    /// Its files: what they are called, and their octets.
    pub files: Vec<(String, u64)>,
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// [`EarlierLetter`], as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    fragment: String,
    subject: String,
    date: Timestamp,
}

impl EarlierLetter {
    /// A letter, as later ones will tell of it.
    #[must_use]
    pub fn new(fragment: Fragment, subject: &str, date: Timestamp) -> Self {
        let subject = subject.chars().filter(|c| !c.is_control()).take(LINK_SUBJECT_CHARS).collect();
        Self { fragment, subject, date }
    }

    /// Seals what the sender keeps of it. It is bound to the person, so that the box cannot have one person's link told to another.
    #[must_use]
    pub fn note(&self, account: &AccountKey, person: &EmailAddress, rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
        account.seal(Drawer::Links, object(person).as_bytes(), 0, &json(&self.written()), rng)
    }

    /// Opens what the sender has kept of a letter to a person.
    ///
    /// # Errors
    /// [`CoverError`], also where it is of a letter to somebody else.
    pub fn open_note(account: &AccountKey, person: &EmailAddress, note: &[u8]) -> Result<Self, CoverError> {
        let opened = account.open(Drawer::Links, object(person).as_bytes(), 0, note)?;
        read::<Written>(opened.content.expose())?.read()
    }

    fn written(&self) -> Written {
        let Self { fragment, subject, date } = self;
        Written { fragment: fragment.to_text().expose().clone(), subject: subject.clone(), date: *date }
    }
}

impl Written {
    fn read(self) -> Result<EarlierLetter, CoverError> {
        let fragment = self.fragment.parse().map_err(|_| InvalidPayload::Malformed)?;
        Ok(EarlierLetter::new(fragment, &self.subject, self.date))
    }
}

impl LinkKey {
    /// Seals what a link tells of earlier letters, the newest first; empty where there are none.
    #[must_use]
    pub fn seal_earlier(&self, letters: &[EarlierLetter], rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
        let written: Vec<_> = letters.iter().take(LINK_EARLIER).map(EarlierLetter::written).collect();
        if written.is_empty() { Vec::new() } else { self.seal(Purpose::LinkEarlier, &json(&written), rng) }
    }

    /// Opens what a link tells of earlier letters.
    ///
    /// # Errors
    /// [`CoverError`].
    pub fn open_earlier(&self, sealed: &[u8]) -> Result<Vec<EarlierLetter>, CoverError> {
        if sealed.is_empty() {
            return Ok(Vec::new());
        }
        let written: Vec<Written> = read(&self.open(Purpose::LinkEarlier, sealed)?)?;
        written.into_iter().take(LINK_EARLIER).map(Written::read).collect()
    }

    /// Seals what its author finds again of an answer.
    #[must_use]
    pub fn seal_reply(&self, reply: &KeptReply, rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
        self.seal(Purpose::LinkReply, &json(reply), rng)
    }

    /// Opens what was kept of an answer.
    ///
    /// # Errors
    /// [`CoverError`].
    pub fn open_reply(&self, sealed: &[u8]) -> Result<KeptReply, CoverError> {
        read(&self.open(Purpose::LinkReply, sealed)?)
    }
}

impl KeptReply {
    /// Of an answer, as much as is kept.
    #[must_use]
    pub fn new(date: Timestamp, text: &str, files: Vec<(String, u64)>) -> Self {
        let mut kept = Self { date, text: text.to_owned(), files, is_whole: true };
        while json(&kept).len() > REPLY_BYTES {
            kept.is_whole = false;
            if kept.text.len() > kept.files.len() {
                let half = kept.text.floor_char_boundary(kept.text.len() / 2);
                kept.text.truncate(half);
            } else {
                kept.files.truncate(kept.files.len() / 2);
            }
        }
        kept
    }
}

/// A person, as notes are bound to them.
fn object(person: &EmailAddress) -> String {
    person.canonical().to_string()
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts and numbers are JSON")
}

fn read<T: DeserializeOwned>(content: &[u8]) -> Result<T, CoverError> {
    serde_json::from_slice(content).map_err(|_| InvalidPayload::Malformed.into())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::super::key::Share;
    use super::super::lock::AnswerKey;
    use super::*;
    use crate::api::account::AccountId;
    use crate::api::limits::{LINK_EARLIER_BYTES, LINK_NOTE_BYTES};

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(5)
    }

    fn key(rng: &mut ChaCha20Rng) -> LinkKey {
        LinkKey::new(&Fragment::make(rng), &Share::make(rng), &AnswerKey::none())
    }

    #[test]
    fn a_note_is_of_one_person_and_one_account() {
        let mut rng = rng();
        let account = AccountKey::make(AccountId([1; 16]), &mut rng);
        let (ines, bob): (EmailAddress, EmailAddress) =
            ("Ines@elsewhere.test".parse().unwrap(), "bob@elsewhere.test".parse().unwrap());
        let letter = EarlierLetter::new(Fragment::make(&mut rng), "\u{1f41e}".repeat(300).as_str(), Timestamp(5));
        let note = letter.note(&account, &ines, &mut rng);
        assert!(note.len() <= LINK_NOTE_BYTES);
        let opened = EarlierLetter::open_note(&account, &"ines@elsewhere.test".parse().unwrap(), &note).unwrap();
        assert_eq!(opened.fragment.to_text().expose(), letter.fragment.to_text().expose());
        assert_eq!((opened.subject.chars().count(), opened.date), (LINK_SUBJECT_CHARS, Timestamp(5)));
        let other = AccountKey::make(AccountId([1; 16]), &mut rng);
        for refused in [EarlierLetter::open_note(&account, &bob, &note), EarlierLetter::open_note(&other, &ines, &note)]
        {
            assert!(matches!(refused, Err(CoverError::Sealed(_))));
        }
    }

    #[test]
    fn earlier_letters_are_told_to_who_opens_the_link_and_stay_within_their_limit() {
        let mut rng = rng();
        let subject = "\u{1f41e}\"\n".repeat(LINK_SUBJECT_CHARS);
        let letters: Vec<_> = (0..LINK_EARLIER as i64 + 5)
            .map(|date| EarlierLetter::new(Fragment::make(&mut rng), &subject, Timestamp(i64::MAX - date)))
            .collect();
        let key = key(&mut rng);
        let sealed = key.seal_earlier(&letters, &mut rng);
        assert!(sealed.len() <= LINK_EARLIER_BYTES, "{}", sealed.len());
        let opened = key.open_earlier(&sealed).unwrap();
        assert_eq!(opened.len(), LINK_EARLIER);
        for (letter, told) in letters.iter().zip(&opened) {
            assert_eq!(letter.fragment.name(), told.fragment.name());
            assert_eq!((&letter.subject, letter.date), (&told.subject, told.date));
        }
        assert_eq!(key.seal_earlier(&[], &mut rng), b"");
        assert!(key.open_earlier(b"").unwrap().is_empty());
        assert!(super::tests::key(&mut rng).open_earlier(&sealed).is_err());
        assert!(key.open_reply(&sealed).is_err(), "one is not taken for the other");
    }

    #[test]
    fn what_is_kept_of_an_answer_stays_within_its_limit() {
        let mut rng = rng();
        let key = key(&mut rng);
        let file = |name: &str| (name.to_owned(), u64::MAX);
        for (text, files, is_whole) in [
            ("Merci !\n\"À dimanche\"".to_owned(), vec![file("plan.png")], true),
            ("é".repeat(6000), vec![], true),
            ("\n".repeat(6000), vec![], true),
            ("\u{1}é".repeat(20_000), vec![file("a"); 100], false),
            (String::new(), vec![file(&"\n".repeat(255)); 100], false),
        ] {
            let kept = KeptReply::new(Timestamp(7), &text, files.clone());
            let sealed = key.seal_reply(&kept, &mut rng);
            assert!(sealed.len() <= LINK_REPLY_COPY_BYTES, "{}", sealed.len());
            let opened = key.open_reply(&sealed).unwrap();
            assert_eq!(opened, kept);
            assert_eq!(opened.is_whole, is_whole);
            assert!(text.starts_with(&opened.text) && files.starts_with(&opened.files));
            assert!(!is_whole || (opened.text == text && opened.files == files));
        }
    }
}
