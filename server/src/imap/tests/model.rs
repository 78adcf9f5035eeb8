//! Several sessions of one mailbox against a model: random commands from two and three of them, and letters that arrive. What each
//! was told, and nothing else, must add up to what the store holds, whatever it understands: plain IMAP4rev1, CONDSTORE, or
//! QRESYNC, also across connections that break and come back with what they knew.
//!
//! The sessions have no sockets: whole commands go in and replies come out, in an order that the story sets, so every run is
//! the same.

use std::collections::BTreeMap;
use std::io;

use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use shared::api::Timestamp;
use zeroize::Zeroizing;

use super::{PEER, Stage};
use crate::imap::session::{BoxFuture, Replies, Session, Sink};
use crate::store::{StoreError, mailboxes, views};

/// Stories that are tried.
const CASES: u32 = 96;

/// What a client understands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Plain,
    Condstore,
    Qresync,
}

/// What happens. Numbers choose among what there is at that time.
#[derive(Clone, Debug)]
enum Act {
    Arrive,
    /// A command of flags: which message and how many from there, by UID, silently, on condition, what.
    Store { at: usize, more: usize, uid: bool, silent: bool, conditional: bool, change: usize },
    Expunge,
    UidExpunge { at: usize },
    Fetch { at: usize, more: usize, uid: bool },
    /// Reads, which marks as seen.
    Read { at: usize },
    Copy { at: usize },
    Move { at: usize, uid: bool },
    Search,
    Noop,
    Idle,
    /// The connection breaks, and the client comes back.
    Break,
    Close,
}

#[derive(Clone, Debug)]
struct Story {
    kinds: Vec<Kind>,
    acts: Vec<(usize, Act)>,
}

fn story() -> impl Strategy<Value = Story> {
    let kind = prop::sample::select(vec![Kind::Plain, Kind::Condstore, Kind::Qresync, Kind::Qresync]);
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
        2 => (at, any::<bool>()).prop_map(|(at, uid)| Act::Move { at, uid }),
        1 => Just(Act::Search),
        3 => Just(Act::Noop),
        2 => Just(Act::Idle),
        2 => Just(Act::Break),
        1 => Just(Act::Close),
    ];
    (prop::collection::vec(kind, 2..=3), prop::collection::vec((0_usize..3, act), 1..40))
        .prop_map(|(kinds, acts)| Story { kinds, acts })
}

/// Keeps what a session says.
#[derive(Default)]
struct Said(Vec<u8>);

impl Sink for Said {
    fn send<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        self.0.extend_from_slice(bytes);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A message as a client knows it; flags that it cannot know are `None`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Known {
    uid: u32,
    flags: Option<Vec<String>>,
}

/// A client that believes what it is told, and nothing else.
struct Believer<'s> {
    stage: &'s Stage,
    mailbox: String,
    kind: Kind,
    session: Session,
    idles: bool,
    known: Vec<Known>,
    uid_validity: u32,
    /// Up to where it was told everything (RFC 7162 §6).
    modseq: u64,
    /// Since the last tagged response: the highest MODSEQ that was shown, and the mark that was told.
    shown: u64,
    told: Option<u64>,
}

impl<'s> Believer<'s> {
    async fn new(stage: &'s Stage, mailbox: &str, kind: Kind) -> Self {
        let session = Session::new(stage.service.clone(), PEER);
        let (known, mailbox) = (Vec::new(), mailbox.to_owned());
        let mut believer =
            Self { stage, mailbox, kind, session, idles: false, known, uid_validity: 0, modseq: 0, shown: 0, told: None };
        believer.sign_in().await;
        believer.select("").await;
        believer
    }

    async fn sign_in(&mut self) {
        let password = &self.stage.password;
        self.say(&format!("LOGIN alice {password}")).await;
        match self.kind {
            Kind::Plain => {}
            Kind::Condstore => drop(self.say("ENABLE CONDSTORE").await),
            Kind::Qresync => drop(self.say("ENABLE QRESYNC").await),
        }
    }

    async fn select(&mut self, with: &str) {
        let command = format!("SELECT {}{with}", self.mailbox);
        assert!(self.say(&command).await.starts_with("OK"), "{command}");
        self.learn_uids().await;
    }

    /// What came after the messages that it knows.
    async fn learn_uids(&mut self) {
        while let Some(first) = self.known.iter().position(|known| known.uid == 0) {
            let after = first.checked_sub(1).map_or(0, |before| self.known[before].uid);
            self.say(&format!("UID FETCH {}:* (FLAGS)", after + 1)).await;
        }
    }

    /// Gives a command, believes what comes, and answers how it ended.
    async fn say(&mut self, command: &str) -> String {
        let mut said = Said::default();
        let input = Zeroizing::new(format!("x {command}\r\n").into_bytes());
        self.session.input(input, &mut Replies::new(&mut said)).await.unwrap();
        self.believe(command, said.0)
    }

    async fn command(&mut self, command: &str) -> String {
        let end = self.say(command).await;
        self.learn_uids().await;
        end
    }

    /// What a client that idles is told by itself.
    async fn listen(&mut self) {
        while self.idles
            && let Some(heard) = self.session.hear().now_or_never()
        {
            let mut said = Said::default();
            self.session.told(heard, &mut Replies::new(&mut said)).await.unwrap();
            self.believe("IDLE", said.0);
            if self.known.iter().any(|known| known.uid == 0) {
                self.done().await;
            }
        }
    }

    async fn done(&mut self) {
        if std::mem::take(&mut self.idles) {
            let mut said = Said::default();
            self.session.input(Zeroizing::new(b"DONE".to_vec()), &mut Replies::new(&mut said)).await.unwrap();
            assert!(self.believe("DONE", said.0).starts_with("OK"));
        }
        self.learn_uids().await;
    }

    fn believe(&mut self, command: &str, said: Vec<u8>) -> String {
        let said = String::from_utf8(said).unwrap();
        let by_number = ["FETCH", "STORE", "SEARCH"].iter().any(|word| command.starts_with(word));
        let mut end = String::new();
        for line in said.lines() {
            self.note_mark(line);
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["*", count, "EXISTS"] => {
                    let count: usize = count.parse().unwrap();
                    if command.starts_with("SELECT") {
                        // A client that comes back finds the places of what it knew by what it is told.
                        self.known.clear();
                    }
                    assert!(count >= self.known.len(), "{command}: messages went without a word: {line}");
                    self.known.resize_with(count, Known::default);
                }
                ["*", number, "EXPUNGE"] => {
                    assert!(!by_number && self.kind != Kind::Qresync, "{command}: {line}");
                    self.known.remove(number.parse::<usize>().unwrap() - 1);
                }
                ["*", "VANISHED", set] => {
                    assert!(!by_number && self.kind == Kind::Qresync, "{command}: {line}");
                    for uid in numbers(set) {
                        let at = self.known.iter().position(|known| known.uid == uid);
                        self.known.remove(at.unwrap_or_else(|| panic!("{command}: {line}: never heard of {uid}")));
                    }
                }
                ["*", number, "FETCH", ..] => self.fetched(command, number.parse().unwrap(), line),
                ["x", "BAD", ..] => panic!("{command}: {line}"),
                ["x", ..] => {
                    line.strip_prefix("x ").unwrap().clone_into(&mut end);
                    self.modseq = self.told.take().unwrap_or(self.modseq.max(self.shown));
                    self.shown = 0;
                }
                _ => {}
            }
        }
        end
    }

    fn note_mark(&mut self, line: &str) {
        if let Some((_, after)) = line.split_once("[HIGHESTMODSEQ ") {
            self.told = Some(after.split(']').next().unwrap().parse().unwrap());
        }
        if let Some((_, after)) = line.split_once("[UIDVALIDITY ") {
            self.uid_validity = after.split(']').next().unwrap().parse().unwrap();
        }
    }

    fn fetched(&mut self, command: &str, number: usize, line: &str) {
        let known = &mut self.known[number - 1];
        let uid = value(line, "UID ").map(|uid| uid.parse::<u32>().unwrap());
        if let Some(uid) = uid {
            assert!(known.uid == 0 || known.uid == uid, "{command}: {line}: was {known:?}");
            known.uid = uid;
        }
        if let Some((_, after)) = line.split_once("FLAGS (") {
            let flags = after.split(')').next().unwrap();
            known.flags = Some(flags.split_whitespace().map(str::to_owned).collect());
        }
        let modseq = value(line, "MODSEQ (").map(|modseq| modseq.parse::<u64>().unwrap());
        let asked = command.contains("FETCH");
        assert!(asked || uid.is_some(), "{command}: {line}");
        assert!(asked || modseq.is_some() == (self.kind != Kind::Plain), "{command}: {line}");
        self.shown = self.shown.max(modseq.unwrap_or_default());
    }

    /// How the command names messages, and where they stand.
    fn named(&self, at: usize, more: usize, uid: bool) -> Option<(String, std::ops::RangeInclusive<usize>)> {
        let first = at.checked_rem(self.known.len())?;
        let last = (first + more).min(self.known.len() - 1);
        let name = |at: usize| if uid { self.known[at].uid } else { u32::try_from(at + 1).unwrap() };
        Some((format!("{}:{}", name(first), name(last)), first..=last))
    }

    async fn store(&mut self, at: usize, more: usize, uid: bool, silent: bool, conditional: bool, change: usize) {
        let Some((set, range)) = self.named(at, more, uid) else { return };
        let uids: Vec<u32> = self.known[range].iter().map(|known| known.uid).collect();
        let (word, flag) = [
            ("+FLAGS", "\\Deleted"), ("+FLAGS", "\\Seen"), ("-FLAGS", "\\Deleted"), ("-FLAGS", "\\Seen"),
            ("FLAGS", "\\Flagged"), ("+FLAGS", "word"),
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

    /// The connection breaks; a client that can says what it knew when it comes back.
    async fn come_back(&mut self) {
        self.session = Session::new(self.stage.service.clone(), PEER);
        self.idles = false;
        let (validity, modseq) = (self.uid_validity, self.modseq);
        let mut cached: BTreeMap<u32, Option<Vec<String>>> =
            self.known.drain(..).map(|known| (known.uid, known.flags)).collect();
        self.sign_in().await;
        if self.kind != Kind::Qresync {
            return self.select("").await;
        }
        let mut said = Said::default();
        let command = format!("SELECT {} (QRESYNC ({validity} {modseq}))", self.mailbox);
        let input = Zeroizing::new(format!("x {command}\r\n").into_bytes());
        self.session.input(input, &mut Replies::new(&mut said)).await.unwrap();
        for line in String::from_utf8_lossy(&said.0).lines() {
            if let Some(set) = line.strip_prefix("* VANISHED (EARLIER) ") {
                numbers(set).into_iter().for_each(|uid| drop(cached.remove(&uid)));
            }
            if let Some(uid) = value(line, "UID ") {
                let flags = line.split_once("FLAGS (").unwrap().1.split(')').next().unwrap();
                cached.insert(uid.parse().unwrap(), Some(flags.split_whitespace().map(str::to_owned).collect()));
            }
        }
        self.believe(&command, said.0);
        let places: Vec<Known> = cached.into_iter().map(|(uid, flags)| Known { uid, flags }).collect();
        assert_eq!(places.len(), self.known.len(), "what was known and what was missed is all there is: {places:?}");
        for (place, known) in places.iter().zip(&self.known) {
            assert!(known.uid == 0 || known.uid == place.uid, "{places:?} {:?}", self.known);
        }
        self.known = places;
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

/// What follows a word, up to a space or parenthesis.
fn value<'l>(line: &'l str, word: &str) -> Option<&'l str> {
    let (_, after) = line.split_once(word)?;
    after.split([' ', ')']).next()
}

/// The numbers of a set.
fn numbers(set: &str) -> Vec<u32> {
    let range = |part: &str| {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        first.parse().unwrap()..=last.parse().unwrap()
    };
    set.split(',').flat_map(range).collect()
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
    for kind in &story.kinds {
        believers.push(Believer::new(stage, mailbox, *kind).await);
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
    }
}

async fn arrive(stage: &Stage, mailbox: &str) {
    stage.store_bytes(b"Subject: x\r\n\r\n".to_vec(), mailbox, Timestamp(0)).await;
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
