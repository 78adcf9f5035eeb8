//! Making links to a payload, one for each recipient, with what the box is told of each.

use rand::{CryptoRng, RngCore};

use super::conversation::EarlierLetter;
use super::fragment::Fragment;
use super::key::{Cover, LinkKey, Share, seal_cover};
use super::lock::{Answer, AnswerKey, Lock, OutOfMemory};
use super::manifest::Manifest;
use super::payload::{Payload, hash_of};
use crate::api::link::{EarlierLink, NewLink};
use crate::api::{EmailAddress, Timestamp};
use crate::vault::AccountKey;

/// What the links of a letter lead to, and how they open.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'o> {
    /// The sender's key, under which notes of links are sealed.
    pub account: &'o AccountKey,
    /// The letter.
    pub manifest: &'o Manifest,
    /// What its chunks are sealed with.
    pub payload: &'o Payload,
    /// The links of earlier letters to its recipients, as the box told them.
    pub earlier: &'o [EarlierLink],
    /// After this they do not open.
    pub expires_at: Timestamp,
    /// How often each opens; `None`: as often as one likes.
    pub openings: Option<u32>,
    /// Only the browser that opens one first can open it again.
    pub first_browser: bool,
}

impl Offer<'_> {
    /// Makes the link of one recipient, which asks for the answer where there is one. It can be answered where the manifest says how.
    ///
    /// # Errors
    /// [`OutOfMemory`] where there is none to stretch the answer.
    pub fn make(
        &self,
        recipient: EmailAddress,
        locked: Option<(Lock, Answer)>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Fragment, NewLink), OutOfMemory> {
        let (fragment, share) = (Fragment::make(rng), Share::make(rng));
        let answer = match &locked {
            None => AnswerKey::none(),
            Some((lock, answer)) => lock.answer_key(answer, &fragment).expect("a lock of this program")?,
        };
        let key = LinkKey::new(&fragment, &share, &answer);
        let Manifest { from, subject, date, replies, .. } = self.manifest;
        let this = EarlierLetter::new(fragment.clone(), subject, *date);
        let answer_hash = locked.is_some().then(|| hash_of(answer.proof(&fragment).expose()).to_vec().into());
        let cover = Cover { from: from.clone(), lock: locked.map(|(lock, _)| lock) };
        let new = NewLink {
            name: fragment.name(),
            share: share.to_bytes().into(),
            wrapped: key.wrap(self.payload, rng).into(),
            cover: seal_cover(&cover, &fragment, rng).into(),
            answer_hash,
            opened_hash: hash_of(self.payload.opened_proof(&fragment).expose()).to_vec().into(),
            expires_at: self.expires_at,
            openings: self.openings,
            first_browser: self.first_browser,
            replies: replies.is_some(),
            earlier: key.seal_earlier(&self.earlier_to(&recipient), rng).into(),
            note: this.note(self.account, &recipient, rng).into(),
            recipient,
        };
        Ok((fragment, new))
    }

    /// The earlier letters to a person. What the box gives as a note of another person's link does not open.
    fn earlier_to(&self, person: &EmailAddress) -> Vec<EarlierLetter> {
        let of_them = self.earlier.iter().filter(|link| link.recipient.canonical() == person.canonical());
        of_them.filter_map(|link| EarlierLetter::open_note(self.account, person, &link.note.0).ok()).collect()
    }
}
