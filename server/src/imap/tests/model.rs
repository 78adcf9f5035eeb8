//! Several sessions of one mailbox against a model: random commands from two and three of them, and letters that arrive. What each
//! was told, and nothing else, must add up to what the store holds, whatever it understands: plain IMAP4rev1, CONDSTORE, or
//! QRESYNC, also across connections that break and come back with what they knew; whether it is told when it asks or at any time
//! (NOTIFY), and whether its mail is opened.
//!
//! The sessions have no sockets: whole commands go in and replies come out, in an order that the story sets, so every run is
//! the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use shared::api::Timestamp;

use super::Stage;
use super::believer::{Believer, Kind, Known, Way};
use crate::store::{StoreError, mailboxes, messages, views};

/// Stories that are tried.
const CASES: u32 = 128;
/// What stands in every letter, under its seal.
const SUBJECT: &str = "marker of the letter";

/// What happens. Numbers choose among what there is at that time.
#[derive(Clone, Debug)]
enum Act {
    Arrive,
    /// A command of flags: which message and how many from there, by UID, silently, on condition, what.
    Store {
        at: usize,
        more: usize,
        uid: bool,
        silent: bool,
        conditional: bool,
        change: usize,
    },
    Expunge,
    UidExpunge {
        at: usize,
    },
    Fetch {
        at: usize,
        more: usize,
        uid: bool,
    },
    /// Reads, which marks as seen.
    Read {
        at: usize,
    },
    Copy {
        at: usize,
    },
    Move {
        at: usize,
        uid: bool,
    },
    Search,
    Noop,
    Idle,
    /// The connection breaks, and the client comes back.
    Break,
    Close,
}

#[derive(Clone, Debug)]
struct Story {
    kinds: Vec<(Kind, Way)>,
    acts: Vec<(usize, Act)>,
}

fn story() -> impl Strategy<Value = Story> {
    let kind = prop::sample::select(vec![Kind::Plain, Kind::Condstore, Kind::Qresync, Kind::Qresync]);
    let kind = (kind, any::<bool>(), prop::bool::weighted(0.3))
        .prop_map(|(kind, opened, notified)| (kind, Way { opened, notified }));
    let (at, more) = (0_usize..8, 0_usize..3);
    let act = prop_oneof![
        4 => Just(Act::Arrive),
        8 => (at.clone(), more.clone(), any::<bool>(), any::<bool>(), any::<bool>(), 0_usize..6)
            .prop_map(|(at, more, uid, silent, conditional, change)| Act::Store { at, more, uid, silent, conditional, change }),
        2 => Just(Act::Expunge),
        1 => at.clone().prop_map(|at| Act::UidExpunge { at }),
        3 => (at.clone(), more, any::<bool>()).prop_map(|(at, more, uid)| Act::Fetch { at, more, uid }),
        2 => at.clone().prop_map(|at| Act::Read { at }),
        1 => at.clone().prop_map(|at| Act::Copy { at }),
        4 => (at, any::<bool>()).prop_map(|(at, uid)| Act::Move { at, uid }),
        1 => Just(Act::Search),
        3 => Just(Act::Noop),
        2 => Just(Act::Idle),
        4 => Just(Act::Break),
        1 => Just(Act::Close),
    ];
    (prop::collection::vec(kind, 2..=3), prop::collection::vec((0_usize..3, act), 1..40))
        .prop_map(|(kinds, acts)| Story { kinds, acts })
}

impl Stage {
    /// A letter as the box stores it that was filed in clear; made once.
    async fn sealed(&self) -> Vec<u8> {
        let find = async || {
            let alice = self.alice;
            let found: Result<_, StoreError> = self
                .home
                .context
                .store
                .read(move |tx| {
                    let inbox = mailboxes::by_name(tx, alice, "INBOX")?.id;
                    let first = views::by_uids(tx, inbox, &[1])?;
                    first.first().map(|message| messages::bytes(tx, message.body)).transpose()
                })
                .await;
            found.unwrap()
        };
        if let Some(bytes) = find().await {
            return bytes;
        }
        self.file(format!("Subject: {SUBJECT}\r\n\r\nbody\r\n").as_bytes()).await;
        find().await.unwrap()
    }
}

impl Believer<'_> {
    async fn store(&mut self, at: usize, more: usize, uid: bool, silent: bool, conditional: bool, change: usize) {
        let Some((set, range)) = self.named(at, more, uid) else { return };
        let uids: Vec<u32> = self.known[range].iter().map(|known| known.uid).collect();
        let (word, flag) = [
            ("+FLAGS", "\\Deleted"),
            ("+FLAGS", "\\Seen"),
            ("-FLAGS", "\\Deleted"),
            ("-FLAGS", "\\Seen"),
            ("FLAGS", "\\Flagged"),
            ("+FLAGS", "word"),
        ][change];
        let condition = match conditional && self.kind != Kind::Plain {
            true => format!("(UNCHANGEDSINCE {}) ", self.modseq),
            false => String::new(),
        };
        let before: BTreeMap<u32, Known> = self.known.iter().map(|known| (known.uid, known.clone())).collect();
        let (by, quiet) = (if uid { "UID " } else { "" }, if silent { ".SILENT" } else { "" });
        let end = self.say(&format!("{by}STORE {set} {condition}{word}{quiet} ({flag})")).await;
        if silent {
            // Who is not told what became of flags knows it by what they were.
            let whole = end.starts_with("OK") && !end.contains("MODIFIED");
            for known in self.known.iter_mut().filter(|known| uids.contains(&known.uid)) {
                if before.get(&known.uid) != Some(known) {
                    continue;
                }
                known.flags = known.flags.take().filter(|_| whole).map(|mut flags| {
                    match word {
                        "+FLAGS" if !flags.iter().any(|known| known == flag) => flags.push(flag.to_owned()),
                        "-FLAGS" => flags.retain(|known| known != flag),
                        "FLAGS" => flags = vec![flag.to_owned()],
                        _ => {}
                    }
                    flags
                });
            }
        }
        self.learn_uids().await;
    }

    async fn act(&mut self, act: &Act) {
        self.done().await;
        let archive = "Archive";
        match *act {
            Act::Arrive => {}
            Act::Store { at, more, uid, silent, conditional, change } => {
                self.store(at, more, uid, silent, conditional, change).await;
            }
            Act::Expunge => drop(self.command("EXPUNGE").await),
            Act::UidExpunge { at } => {
                if let Some((set, _)) = self.named(at, 1, true) {
                    self.command(&format!("UID EXPUNGE {set}")).await;
                }
            }
            Act::Fetch { at, more, uid } => {
                if let Some((set, _)) = self.named(at, more, uid) {
                    self.command(&format!("{}FETCH {set} (UID FLAGS)", if uid { "UID " } else { "" })).await;
                }
            }
            Act::Read { at } => {
                if let Some((set, _)) = self.named(at, 0, false) {
                    self.command(&format!("FETCH {set} (UID BODY[9])")).await;
                }
            }
            Act::Copy { at } => {
                if let Some((set, _)) = self.named(at, 0, false) {
                    let mailbox = self.mailbox.clone();
                    self.command(&format!("COPY {set} {mailbox}")).await;
                }
            }
            Act::Move { at, uid } => {
                if let Some((set, _)) = self.named(at, 1, uid) {
                    self.command(&format!("{}MOVE {set} {archive}", if uid { "UID " } else { "" })).await;
                }
            }
            Act::Search => drop(self.command("SEARCH UNSEEN").await),
            Act::Noop => drop(self.command("NOOP").await),
            Act::Idle => {
                self.say("IDLE").await;
                self.idles = true;
                if self.known.iter().any(|known| known.uid == 0) {
                    self.done().await;
                }
            }
            Act::Break => self.come_back().await,
            Act::Close => {
                self.command("CLOSE").await;
                self.known.clear();
                self.select("").await;
            }
        }
    }

    /// Who is served opened mail sees what was sealed, everybody else does not.
    async fn check_subjects(&mut self) {
        let subjects = self.subjects().await;
        assert_eq!(subjects.len(), self.known.len());
        let wanted = if self.way.opened { SUBJECT } else { "[...]" };
        assert!(subjects.iter().all(|subject| subject == wanted), "{:?}: {subjects:?}", self.way);
    }

    /// What it knows is what there is.
    async fn check(&mut self) {
        self.done().await;
        self.command("NOOP").await;
        let (alice, mailbox) = (self.stage.alice, self.mailbox.clone());
        let stored: Result<_, StoreError> = self
            .stage
            .home
            .context
            .store
            .read(move |tx| {
                let id = mailboxes::by_name(tx, alice, &mailbox)?.id;
                views::by_uids(tx, id, &views::uids(tx, id)?)
            })
            .await;
        let stored = stored.unwrap();
        self.check_recent();
        let uids = |found: &[Known]| found.iter().map(|known| known.uid).collect::<Vec<_>>();
        assert_eq!(uids(&self.known), stored.iter().map(|message| message.uid).collect::<Vec<_>>());
        for (known, message) in self.known.iter().zip(&stored) {
            let Some(flags) = &known.flags else { continue };
            let mut flags = flags.clone();
            flags.sort();
            let mut there: Vec<String> = message.flags.names().map(str::to_owned).collect();
            there.extend(message.keywords.names().map(str::to_owned));
            there.sort();
            assert_eq!(flags, there, "UID {} as {:?} knows it", known.uid, self.kind);
        }
    }
}

async fn play(stage: &Stage, mailbox: &str, story: &Story) {
    let (alice, name) = (stage.alice, mailbox.to_owned());
    let made: Result<_, StoreError> =
        stage.home.context.store.write(move |tx| mailboxes::create(tx, alice, &name, None)).await;
    made.unwrap();
    for _ in 0..3 {
        arrive(stage, mailbox).await;
    }
    let mut believers = Vec::new();
    for (kind, way) in &story.kinds {
        believers.push(Believer::new(stage, mailbox, *kind, *way).await);
    }
    for (who, act) in &story.acts {
        if matches!(act, Act::Arrive) {
            arrive(stage, mailbox).await;
        } else {
            let who = who % believers.len();
            believers[who].act(act).await;
            if matches!(act, Act::Noop | Act::Break) {
                believers[who].check().await;
            }
        }
        for believer in &mut believers {
            believer.listen().await;
        }
    }
    for believer in &mut believers {
        believer.check().await;
        believer.check_subjects().await;
    }
    let mut recent: Vec<u32> = believers.iter().flat_map(Believer::all_recent).collect();
    recent.sort_unstable();
    assert!(recent.is_sorted_by(|one, next| one < next), "each is recent to one session alone: {recent:?}");
}

/// A letter that the box sealed.
async fn arrive(stage: &Stage, mailbox: &str) {
    stage.store_bytes(stage.sealed().await, mailbox, Timestamp(0)).await;
}

#[test]
fn every_session_knows_what_the_store_holds() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(Stage::new());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let case = std::cell::Cell::new(0);
    let played = runner.run(&story(), |story| {
        case.set(case.get() + 1);
        runtime.block_on(play(&stage, &format!("box{}", case.get()), &story));
        Ok(())
    });
    played.unwrap();
}

/// Plays one story.
fn told(kinds: &[Kind], acts: &[(usize, Act)]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let kinds = kinds.iter().map(|kind| (*kind, Way::default())).collect();
    let story = Story { kinds, acts: acts.to_vec() };
    runtime.block_on(async { play(&Stage::new().await, "box", &story).await });
}

fn mark(at: usize, silent: bool, change: usize) -> Act {
    Act::Store { at, more: 0, uid: false, silent, conditional: false, change }
}

#[test]
fn what_is_held_back_is_not_lost_when_the_connection_breaks() {
    told(&[Kind::Qresync, Kind::Plain], &[(1, Act::Move { at: 0, uid: true }), (0, mark(2, true, 1)), (0, Act::Break)]);
}

#[test]
fn what_others_changed_is_told_even_to_who_marks_silently() {
    for kind in [Kind::Plain, Kind::Condstore, Kind::Qresync] {
        told(&[kind, Kind::Plain], &[(1, mark(1, false, 4)), (0, mark(1, true, 1)), (0, Act::Noop)]);
    }
}
