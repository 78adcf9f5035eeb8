//! A client that believes what it is told, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use futures_util::FutureExt;
use zeroize::Zeroizing;

use super::{PEER, Stage};
use crate::imap::session::{BoxFuture, Replies, Session, Sink};

/// What a client understands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Plain,
    Condstore,
    Qresync,
}

/// How a client is served, and told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Way {
    /// Mail is opened for its device.
    pub(super) opened: bool,
    /// It asked with NOTIFY to be told at any time.
    pub(super) notified: bool,
}

/// Keeps what a session says.
#[derive(Default)]
pub(super) struct Said(pub(super) Vec<u8>);

impl Sink for Said {
    fn send<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        self.0.extend_from_slice(bytes);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A message as a client knows it; flags that it cannot know are `None`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Known {
    pub(super) uid: u32,
    pub(super) flags: Option<Vec<String>>,
}

/// A client that believes what it is told, and nothing else.
pub(super) struct Believer<'s> {
    pub(super) stage: &'s Stage,
    pub(super) mailbox: String,
    pub(super) kind: Kind,
    pub(super) way: Way,
    session: Session,
    pub(super) idles: bool,
    pub(super) known: Vec<Known>,
    /// UIDs of messages that this session was the first to hear of, and those of its sessions before.
    recent: BTreeSet<u32>,
    recent_before: Vec<u32>,
    /// How many of the first kind it was told that there are.
    recent_told: usize,
    uid_validity: u32,
    /// Up to where it was told everything (RFC 7162 §6).
    pub(super) modseq: u64,
    /// Since the last tagged response: the highest MODSEQ that was shown, and the mark that was told.
    shown: u64,
    told: Option<u64>,
}

impl<'s> Believer<'s> {
    pub(super) async fn new(stage: &'s Stage, mailbox: &str, kind: Kind, way: Way) -> Self {
        let session = Session::new(stage.service.clone(), PEER);
        let (known, mailbox) = (Vec::new(), mailbox.to_owned());
        let mut believer = Self {
            stage,
            mailbox,
            kind,
            way,
            session,
            idles: false,
            known,
            recent: BTreeSet::new(),
            recent_before: Vec::new(),
            recent_told: 0,
            uid_validity: 0,
            modseq: 0,
            shown: 0,
            told: None,
        };
        believer.sign_in().await;
        believer.select("").await;
        believer
    }

    async fn sign_in(&mut self) {
        let password = if self.way.opened { &self.stage.opened } else { &self.stage.password };
        self.say(&format!("LOGIN alice {password}")).await;
        match self.kind {
            Kind::Plain => {}
            Kind::Condstore => drop(self.say("ENABLE CONDSTORE").await),
            Kind::Qresync => drop(self.say("ENABLE QRESYNC").await),
        }
        if self.way.notified {
            let end = self.say("NOTIFY SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange))").await;
            assert!(end.starts_with("OK"), "{end}");
        }
    }

    pub(super) async fn select(&mut self, with: &str) {
        self.recent_before.extend(std::mem::take(&mut self.recent));
        let command = format!("SELECT {}{with}", self.mailbox);
        assert!(self.say(&command).await.starts_with("OK"), "{command}");
        self.learn_uids().await;
    }

    /// What came after the messages that it knows.
    pub(super) async fn learn_uids(&mut self) {
        while let Some(first) = self.known.iter().position(|known| known.uid == 0) {
            let after = first.checked_sub(1).map_or(0, |before| self.known[before].uid);
            self.say(&format!("UID FETCH {}:* (FLAGS)", after + 1)).await;
        }
    }

    /// Gives a command, believes what comes, and answers how it ended.
    pub(super) async fn say(&mut self, command: &str) -> String {
        let mut said = Said::default();
        let input = Zeroizing::new(format!("x {command}\r\n").into_bytes());
        self.session.input(input, &mut Replies::new(&mut said)).await.unwrap();
        self.believe(command, said.0)
    }

    pub(super) async fn command(&mut self, command: &str) -> String {
        let end = self.say(command).await;
        self.learn_uids().await;
        end
    }

    /// What a client that idles, or asked to be told at any time, is told by itself.
    pub(super) async fn listen(&mut self) {
        while (self.idles || self.way.notified)
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

    pub(super) async fn done(&mut self) {
        if std::mem::take(&mut self.idles) {
            let mut said = Said::default();
            self.session.input(Zeroizing::new(b"DONE".to_vec()), &mut Replies::new(&mut said)).await.unwrap();
            assert!(self.believe("DONE", said.0).starts_with("OK"));
        }
        self.learn_uids().await;
    }

    /// The subjects of all messages, as they are served to it.
    pub(super) async fn subjects(&mut self) -> Vec<String> {
        let mut said = Said::default();
        let input = b"x UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])\r\n".to_vec();
        self.session.input(Zeroizing::new(input), &mut Replies::new(&mut said)).await.unwrap();
        let text = String::from_utf8_lossy(&said.0).into_owned();
        self.believe("UID FETCH", said.0);
        text.lines().filter_map(|line| line.strip_prefix("Subject: ")).map(str::to_owned).collect()
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
                ["*", count, "RECENT"] => self.recent_told = count.parse().unwrap(),
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
            let flags = after.split(')').next().unwrap().split_whitespace();
            let (recent, flags): (Vec<String>, Vec<String>) =
                flags.map(str::to_owned).partition(|flag| flag == "\\Recent");
            known.flags = Some(flags);
            if !recent.is_empty() {
                self.recent.insert(known.uid);
            } else {
                assert!(!self.recent.contains(&known.uid), "{command}: {line}: was recent");
            }
        }
        let modseq = value(line, "MODSEQ (").map(|modseq| modseq.parse::<u64>().unwrap());
        let asked = command.contains("FETCH");
        assert!(asked || uid.is_some(), "{command}: {line}");
        assert!(asked || modseq.is_some() == (self.kind != Kind::Plain), "{command}: {line}");
        self.shown = self.shown.max(modseq.unwrap_or_default());
    }

    /// What it was told of recent messages is one thing, and no session of it had one of another.
    pub(super) fn check_recent(&self) {
        let there = self.known.iter().filter(|known| self.recent.contains(&known.uid)).count();
        assert_eq!(there, self.recent_told, "{:?}", self.recent);
    }

    /// The UIDs of all messages that it was the first to hear of, in all its sessions.
    pub(super) fn all_recent(&self) -> Vec<u32> {
        self.recent_before.iter().copied().chain(self.recent.iter().copied()).collect()
    }

    /// How the command names messages, and where they stand.
    pub(super) fn named(&self, at: usize, more: usize, uid: bool) -> Option<(String, std::ops::RangeInclusive<usize>)> {
        let first = at.checked_rem(self.known.len())?;
        let last = (first + more).min(self.known.len() - 1);
        let name = |at: usize| if uid { self.known[at].uid } else { u32::try_from(at + 1).unwrap() };
        Some((format!("{}:{}", name(first), name(last)), first..=last))
    }

    /// The connection breaks; a client that can says what it knew when it comes back.
    pub(super) async fn come_back(&mut self) {
        self.session = Session::new(self.stage.service.clone(), PEER);
        self.recent_before.extend(std::mem::take(&mut self.recent));
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
                let flags = line.split_once("FLAGS (").unwrap().1.split(')').next().unwrap().split_whitespace();
                let flags = flags.filter(|flag| *flag != "\\Recent").map(str::to_owned).collect();
                cached.insert(uid.parse().unwrap(), Some(flags));
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
