//! A client that believes what a view tells it ends with what the store holds.

use proptest::prelude::*;
use shared::api::Timestamp;
use shared::api::mailbox::MessageId;

use super::*;
use crate::store::flags::FlagBits;
use crate::store::messages::BodyId;

/// A mailbox as the store keeps it, and a client that believes what it is told.
#[derive(Default)]
struct Model {
    messages: BTreeMap<u32, MessageRecord>,
    gone: BTreeMap<u32, u64>,
    last_uid: u32,
    modseq: u64,
    client: Vec<Option<FlagBits>>,
    recent: usize,
}

#[derive(Clone, Debug)]
enum Act {
    Arrive,
    Flag(usize, i64),
    Expunge(usize),
    Sync(bool),
}

impl Model {
    fn act(&mut self, view: &mut View, act: &Act) {
        self.modseq += 1;
        let nth = |at: usize, messages: &BTreeMap<u32, MessageRecord>| {
            messages.keys().nth(at % messages.len().max(1)).copied()
        };
        match act {
            Act::Arrive => {
                self.last_uid += 1;
                self.messages.insert(self.last_uid, record(self.last_uid, self.modseq));
            }
            Act::Flag(at, bits) => {
                if let Some(message) = nth(*at, &self.messages).and_then(|uid| self.messages.get_mut(&uid)) {
                    (message.flags, message.modseq) = (FlagBits(*bits), self.modseq);
                }
            }
            Act::Expunge(at) => {
                if let Some(uid) = nth(*at, &self.messages) {
                    self.messages.remove(&uid);
                    self.gone.insert(uid, self.modseq);
                }
            }
            Act::Sync(tell_gone) => self.sync(view, *tell_gone),
        }
    }

    fn sync(&mut self, view: &mut View, tell_gone: bool) {
        let Position { modseq, gone_modseq } = view.position();
        let news = News {
            uids: Arc::new(self.messages.keys().copied().collect()),
            uid_next: self.last_uid + 1,
            modseq: self.modseq,
            recent: 1,
            gone: self.gone.iter().filter(|(_, at)| **at > gone_modseq).map(|(uid, _)| *uid).collect(),
            changed: self.messages.values().filter(|message| message.modseq > modseq).cloned().collect(),
        };
        for update in view.advance(&news, tell_gone) {
            match update {
                Update::Gone(gone) => {
                    assert!(tell_gone);
                    for Gone { number, .. } in gone {
                        self.client.remove(number as usize - 1);
                    }
                }
                Update::Exists(count) => {
                    assert!(count as usize >= self.client.len());
                    self.client.resize(count as usize, None);
                }
                Update::Recent(count) => self.recent = count,
                Update::Flags { number, message } => {
                    assert!(message.flags.has(FlagBits::RECENT), "no other session was told");
                    assert_eq!(view.number_of(message.uid), Some(number));
                    self.client[number as usize - 1] = Some(message.flags.without(FlagBits::RECENT));
                }
                Update::Keywords(_) => {}
            }
        }
        assert_eq!(view.exists() as usize, self.client.len());
        assert_eq!(self.recent, self.client.len());
    }
}

fn record(uid: u32, modseq: u64) -> MessageRecord {
    MessageRecord {
        id: MessageId(uid.into()),
        mailbox: MailboxId(1),
        uid,
        modseq,
        body: BodyId(1),
        size: 1,
        flags: FlagBits::default(),
        keywords: Keywords::default(),
        received_at: Timestamp(0),
        saved_at: Timestamp(0),
        came: None,
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        Just(Act::Arrive),
        (any::<usize>(), 0_i64..8).prop_map(|(at, bits)| Act::Flag(at, bits)),
        any::<usize>().prop_map(Act::Expunge),
        any::<bool>().prop_map(Act::Sync),
    ];
    prop::collection::vec(act, 0..60)
}

fn view(uids: &[u32]) -> View {
    let news = News { uids: Arc::new(uids.to_vec()), uid_next: 100, recent: 100, ..News::default() };
    View::new(MailboxId(1), false, Claim::Take, news, Keywords::default())
}

fn named(view: &View, text: &str, by_uid: bool) -> Option<Vec<u32>> {
    let set = SequenceSet::parse(&mut crate::imap::wire::scan::Cursor::new(text.as_bytes())).unwrap();
    view.named(&set, by_uid).ok()
}

proptest! {
    #[test]
    fn a_client_that_believes_what_it_is_told_ends_with_what_is_there(acts in acts()) {
        let mut view = View::new(
            MailboxId(1),
            false,
            Claim::Take,
            News { uid_next: 1, recent: 1, ..News::default() },
            Keywords::default(),
        );
        let mut model = Model::default();
        for act in &acts {
            model.act(&mut view, act);
        }
        model.sync(&mut view, true);
        prop_assert_eq!(view.all(), model.messages.keys().copied().collect::<Vec<_>>());
        prop_assert!(!view.holds_back());
        for (known, message) in model.client.iter().zip(model.messages.values()) {
            prop_assert!(known.is_none_or(|known| known == message.flags));
        }
    }
}

#[test]
fn sets_name_messages_by_number_and_by_uid() {
    let known = view(&[3, 5, 9]);
    assert_eq!(named(&known, "1,3", false), Some(vec![3, 9]));
    assert_eq!(named(&known, "2:*", false), Some(vec![5, 9]));
    assert_eq!(named(&known, "4", false), None);
    assert_eq!(named(&known, "4:6", true), Some(vec![5]));
    assert_eq!(named(&known, "2:4", false), None);
    let set = SequenceSet::parse(&mut crate::imap::wire::scan::Cursor::new(b"2:4")).unwrap();
    assert_eq!(known.found(&set, false), [5, 9], "a search finds what there is");
    assert_eq!(named(&known, "50:*", true), Some(vec![9]));
    assert_eq!(named(&known, "1:4294967295", true), Some(vec![3, 5, 9]));
    let empty = view(&[]);
    assert_eq!(named(&empty, "1:*", false), None);
    assert_eq!(named(&empty, "1:*", true), Some(vec![]));
}

#[test]
fn the_mark_stays_behind_expunges_that_are_held_back() {
    let mut known = view(&[3, 5]);
    let uids = Arc::new(vec![3]);
    let news = News { uids, uid_next: 100, recent: 100, modseq: 8, gone: vec![5], changed: vec![record(3, 7)] };
    known.advance(&news, false);
    assert_eq!(known.take_due_mark(), Some(0));
    known.advance(&News { changed: Vec::new(), ..news }, true);
    assert_eq!((known.take_due_mark(), known.take_due_mark()), (Some(8), None));
    known.shown(9);
    assert!(known.is_behind_what_was_shown());
}

#[test]
fn what_left_is_named_by_uids_that_nothing_has() {
    let known = view(&[3, 5]);
    let set = |text: &str| SequenceSet::parse(&mut crate::imap::wire::scan::Cursor::new(text.as_bytes())).unwrap();
    assert_eq!(known.named_but_unknown(None, vec![1, 3, 4, 99]), [1, 4, 99]);
    assert_eq!(known.named_but_unknown(Some(&set("1:2,4:*")), vec![1, 3, 4, 99]), [1, 4, 99]);
    assert_eq!(known.named_but_unknown(Some(&set("2:5,98")), vec![1, 3, 4, 99]), [4]);
}

#[test]
fn what_a_client_asked_for_is_not_told_twice() {
    let mut known = view(&[3, 5]);
    let changed = vec![record(3, 7), record(5, 8)];
    known.told(&changed[0]);
    let news = News { uids: Arc::new(vec![3, 5]), uid_next: 100, recent: 100, modseq: 8, gone: Vec::new(), changed };
    let updates = known.advance(&news, true);
    assert!(matches!(updates.as_slice(), [Update::Flags { number: 2, .. }]), "{updates:?}");
}
