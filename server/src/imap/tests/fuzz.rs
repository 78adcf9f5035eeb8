//! Inputs that nobody would write: what the scripts say and what stands in `corpus.txt`, changed at random, for the parser of
//! commands, sets, sections, the intake and whole sessions. The seed is fixed, so a run is always the same; where one fails, what was
//! fed is told, and belongs into the corpus then.
//!
//! `FUZZ_SECONDS=300` (as `make soak` sets it) goes on for so long, with other seeds.

use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use super::believer::Said;
use super::scripts::ALL;
use super::{PEER, Stage};
use crate::imap::session::{Replies, Session};
use crate::imap::wire::fetch::Item;
use crate::imap::wire::intake::{Intake, Taken, TooMuch};
use crate::imap::wire::scan::Cursor;
use crate::imap::wire::sequence::{SequenceSet, compact};
use crate::imap::wire::{Command, Dialect, command};

/// Inputs of the short run, for what is pure, and sessions with as many commands each.
const INPUTS: usize = 6000;
const SESSIONS: usize = 12;
const COMMANDS: usize = 40;
/// A message that is announced larger is refused, octets.
const ACCEPTED: u64 = 100_000;
/// Octets of it that there is room for at once.
const GROWN: usize = 1000;
/// No input of these sizes takes longer to understand, on a busy machine and without optimisation.
const QUICK: Duration = Duration::from_secs(5);

const CORPUS: &str = include_str!("corpus.txt");
const TOKENS: [&[u8]; 38] = [
    b" ",
    b"  ",
    b"(",
    b")",
    b"((((((((((((((((((((((((((((((((((((((((",
    b"[",
    b"]",
    b"<",
    b">",
    b"\"",
    b"\\",
    b"\"\\\"",
    b"{0}\r\n",
    b"{3+}\r\nabc",
    b"~{2+}\r\n\0\0",
    b"{18446744073709551616}",
    b"0",
    b"1:*",
    b"*",
    b"*:1",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"$",
    b"1,1,1,1:4294967295",
    b"NIL",
    b"BODY[",
    b"HEADER.FIELDS (",
    b"1.1.1.1.1.1.1.1",
    b".MIME]",
    b"<0.4294967295>",
    b"NOT NOT NOT NOT NOT ",
    b"OR OR OR ",
    b"\0",
    b"\r",
    b"\n",
    "é".as_bytes(),
    b"\xff",
];

/// Where inputs come from.
struct Source {
    seeds: Vec<Vec<u8>>,
    random: ChaCha20Rng,
}

impl Source {
    fn new(seed: u64) -> Self {
        let said = ALL.iter().flat_map(|script| script.lines());
        let said = said.filter(|line| line.starts_with('C')).filter_map(|line| Some(line.split_once(": ")?.1));
        let known = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
        let seeds = said.map(|line| line.as_bytes().to_vec()).chain(known.map(unescaped)).collect();
        Self { seeds, random: ChaCha20Rng::seed_from_u64(seed) }
    }

    fn seed(&mut self) -> Vec<u8> {
        self.seeds.choose(&mut self.random).unwrap().clone()
    }

    /// Something like what stands in the corpus.
    fn next(&mut self) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..self.random.gen_range(0..5) {
            self.change(&mut input);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let random = &mut self.random;
        let at = random.gen_range(0..=input.len());
        let end = random.gen_range(at..=input.len().min(at + 20));
        match random.gen_range(0..6) {
            0 => drop(input.drain(at..end)),
            1 => {
                let token = *TOKENS.choose(random).unwrap();
                input.splice(at..end, token.iter().copied());
            }
            2 => {
                let token = *TOKENS.choose(random).unwrap();
                input.splice(at..at, token.iter().copied());
            }
            3 => input.insert(at, random.r#gen()),
            4 => {
                let (again, times) = (input[at..end].to_vec(), random.gen_range(1..30));
                input.splice(at..at, again.repeat(times));
            }
            _ => {
                let other = self.seed();
                let from = self.random.gen_range(0..=other.len());
                input.splice(at..end, other[from..].iter().copied());
            }
        }
    }
}

/// A line of the corpus, `\r`, `\n`, `\\` and `\xHH` taken out.
fn unescaped(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, used) = match (first, after) {
            (b'\\', [b'r', ..]) => (b'\r', 2),
            (b'\\', [b'n', ..]) => (b'\n', 2),
            (b'\\', [b'x', high, low, ..]) => {
                let digits = String::from_utf8_lossy(&[*high, *low]).into_owned();
                (u8::from_str_radix(&digits, 16).unwrap(), 4)
            }
            (b'\\', [b'\\', ..]) => (b'\\', 2),
            (first, _) => (*first, 1),
        };
        bytes.push(byte);
        rest = &rest[used..];
    }
    bytes
}

/// Runs one round of work with a fixed seed, and as many more with others as there is time for.
fn rounds(mut work: impl FnMut(u64)) {
    let time = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let began = Instant::now();
    let mut seed = 1;
    work(seed);
    while time.is_some_and(|time| began.elapsed() < time) {
        seed += 1;
        work(seed);
    }
}

/// Feeds inputs to something; what panics or takes long tells which input it was.
fn feed(mut eat: impl FnMut(&mut Source, &[u8])) {
    rounds(|seed| {
        let mut source = Source::new(seed);
        for _ in 0..INPUTS {
            let input = source.next();
            let told = Told(&input);
            let began = computed();
            eat(&mut source, &input);
            let took = computed() - began;
            assert!(took < QUICK, "it took {took:?}");
            std::mem::forget(told);
        }
    });
}

/// Time that this thread has computed: what else the machine does is nobody's fault.
fn computed() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Says what was fed, where it is dropped by a panic.
struct Told<'i>(&'i [u8]);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        eprintln!("fed: {}", self.0.escape_ascii());
    }
}

#[test]
fn commands_are_understood_or_refused_and_always_alike() {
    feed(|_, input| {
        let line = [b"a ", input, b"\r\n"].concat();
        for dialect in [Dialect::Rev1, Dialect::Utf8, Dialect::Rev2] {
            let read = || command::parse(Zeroizing::new(line.clone()), dialect);
            let (once, twice) = (read(), read());
            assert_eq!(format!("{:?}", once.is_ok()), format!("{:?}", twice.is_ok()));
            // What is told back of an item is what asks for it.
            let Ok(command::Tagged { command: Command::Fetch(fetch), .. }) = once else { continue };
            for item in fetch.items.iter().filter(|item| !names_a_piece(item)) {
                let mut name = Vec::new();
                item.print_name(&mut name);
                let ask = [b"a FETCH 1 (", name.as_slice(), b")\r\n"].concat();
                let again = command::parse(Zeroizing::new(ask), dialect);
                let Ok(command::Tagged { command: Command::Fetch(again), .. }) = again else {
                    panic!("{} is not understood", name.escape_ascii());
                };
                let mut same = Vec::new();
                again.items[0].print_name(&mut same);
                assert_eq!(name.escape_ascii().to_string(), same.escape_ascii().to_string());
            }
        }
    });
}

/// Whether an item asks for a piece, whose end is not told back.
fn names_a_piece(item: &Item) -> bool {
    matches!(item, Item::Body { partial: Some(_), .. } | Item::Binary { partial: Some(_), .. })
}

#[test]
fn sets_name_numbers_in_order_each_once() {
    feed(|source, input| {
        let last = source.random.r#gen::<u32>() >> source.random.gen_range(0..32);
        // From every place, as sets stand anywhere in a command.
        let from = source.random.gen_range(0..=input.len());
        let Ok(set) = SequenceSet::parse(&mut Cursor::new(&input[from..])) else { return };
        let Some(ranges) = set.numbers(last) else { return };
        assert!(ranges.iter().all(|(first, last)| first <= last));
        assert!(ranges.windows(2).all(|pair| u64::from(pair[0].1) + 1 < u64::from(pair[1].0)), "{ranges:?}");
        let few: Vec<u32> =
            ranges.iter().flat_map(|(first, last)| *first..=(*last).min(first.saturating_add(9))).collect();
        if few.first() != Some(&0) {
            let printed = compact(few.iter().copied());
            let again = SequenceSet::parse(&mut Cursor::new(printed.as_bytes())).unwrap().numbers(last).unwrap();
            let again: Vec<u32> = again.into_iter().flat_map(|(first, last)| first..=last).collect();
            assert_eq!(again, few);
        }
    });
}

/// What an intake gives for pieces of bytes.
fn taken<'b>(pieces: impl Iterator<Item = &'b [u8]>) -> Vec<String> {
    let mut intake = Intake::new();
    intake.signed_in();
    let mut all = Vec::new();
    for piece in pieces {
        intake.push(piece);
        loop {
            match intake.take() {
                Taken::More => break,
                // A program that waits to be invited is not one that has sent more already.
                Taken::Invite => {}
                Taken::Message { octets } if octets > ACCEPTED => {
                    let refused = intake.refuse(TooMuch::Message);
                    if let Taken::Refused(tag, why) = refused {
                        all.push(format!("refused {tag:?} {why:?}"));
                    }
                }
                Taken::Message { .. } => _ = intake.accept(),
                Taken::Room { octets } => intake.grow(octets.min(GROWN)),
                Taken::Command(command) => all.push(command.escape_ascii().to_string()),
                Taken::Refused(tag, why) => all.push(format!("refused {tag:?} {why:?}")),
            }
        }
    }
    all
}

#[test]
fn bytes_are_the_same_commands_however_they_are_cut() {
    feed(|source, input| {
        let more = source.next();
        let stream = [b"a ", input, b"\r\nb ", &more, b"\r\nc NOOP\r\n"].concat();
        let whole = taken(std::iter::once(stream.as_slice()));
        let cut = source.random.gen_range(1..40);
        assert_eq!(taken(stream.chunks(cut)), whole, "in pieces of {cut}");
    });
}

/// A session as its connection leads it.
struct Led {
    session: Session,
    intake: Intake,
}

impl Led {
    async fn new(stage: &Stage, password: &str) -> Self {
        let mut intake = Intake::new();
        intake.signed_in();
        let mut led = Self { session: Session::new(stage.service.clone(), PEER), intake };
        let said = led.hears(format!("a LOGIN alice {password}\r\nb SELECT INBOX\r\n").as_bytes()).await;
        assert!(String::from_utf8_lossy(&said).contains("b OK"));
        led
    }

    /// What it answers to these bytes.
    async fn hears(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut said = Said::default();
        self.intake.push(bytes);
        while !self.session.is_over() {
            let taken = if self.session.wants_line() { self.intake.take_line() } else { self.intake.take() };
            let replies = &mut Replies::new(&mut said);
            match taken {
                Taken::More => break,
                Taken::Invite => replies.say(b"+ \r\n").await.unwrap(),
                // As its connection does with what is too large.
                Taken::Message { octets } if octets > ACCEPTED => {
                    if let Taken::Refused(tag, why) = self.intake.refuse(TooMuch::Message) {
                        self.session.too_much(tag, why, replies).await.unwrap();
                    }
                }
                Taken::Message { .. } => _ = self.intake.accept(),
                Taken::Room { octets } => self.intake.grow(octets.min(GROWN)),
                Taken::Refused(tag, why) => self.session.too_much(tag, why, replies).await.unwrap(),
                Taken::Command(input) => self.session.input(input, replies).await.unwrap(),
            }
        }
        said.0
    }
}

/// How many tagged lines there are in what was said, all of which must be well-formed (RFC 9051 §2.2.2, §9 `response`).
fn tagged(said: &[u8]) -> usize {
    let (mut rest, mut tagged) = (said, 0);
    while !rest.is_empty() {
        let end = line_end(rest);
        let (line, after) = rest.split_at(end);
        assert!(line.ends_with(b"\r\n"), "a reply without end: {}", line.escape_ascii());
        let words: Vec<&[u8]> = line.splitn(3, |octet| *octet == b' ').collect();
        match words.as_slice() {
            [b"*" | b"+", ..] => {}
            [tag, b"OK" | b"NO" | b"BAD", _] => {
                assert!(tag.iter().all(|octet| octet.is_ascii_graphic()), "{}", line.escape_ascii());
                tagged += 1;
            }
            _ => panic!("no reply: {}", line.escape_ascii()),
        }
        rest = after;
    }
    tagged
}

/// Where a reply ends, its literals included.
fn line_end(said: &[u8]) -> usize {
    let mut from = 0;
    loop {
        let Some(at) = said[from..].windows(2).position(|pair| pair == b"\r\n") else { return said.len() };
        let end = from + at;
        assert!(
            !said[from..end].contains(&b'\n') && !said[from..end].contains(&0),
            "{}",
            said[from..end].escape_ascii()
        );
        let line = &said[from..end];
        let digits = line.strip_suffix(b"}").and_then(|line| line.rsplit(|octet| *octet == b'{').next());
        match digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<usize>().ok()) {
            Some(octets) => from = (end + 2 + octets).min(said.len()),
            None => return end + 2,
        }
    }
}

#[test]
fn sessions_answer_whatever_they_hear_and_go_on() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rounds(|seed| runtime.block_on(lead(seed)));
}

async fn lead(seed: u64) {
    let stage = Stage::new().await;
    for name in ["sealed", "nested", "small"] {
        stage.store(name, "INBOX").await;
    }
    let mut source = Source::new(seed);
    for number in 0..SESSIONS {
        let password = if number % 3 == 0 { &stage.opened } else { &stage.password };
        let mut led = Led::new(&stage, password).await;
        for _ in 0..COMMANDS {
            let mut input = source.next();
            if source.random.gen_bool(0.7) {
                // Deeper than the tag.
                input.splice(..input.iter().position(|octet| *octet == b' ').unwrap_or_default(), b"x".iter().copied());
            }
            input.extend_from_slice(b"\r\n");
            let told = Told(&input);
            tagged(&led.hears(&input).await);
            std::mem::forget(told);
            if led.session.is_over() {
                led = Led::new(&stage, password).await;
            }
        }
        // Whatever it waits for comes to an end, and then it is asked something.
        let said = led.hears(&[b"\r\n".repeat(3).as_slice(), b"DONE\r\n", b"z NOOP\r\n"].concat()).await;
        tagged(&said);
        drop(led);
        // Nobody else was harmed.
        let mut other = Led::new(&stage, &stage.password).await;
        let said = other.hears(b"y NOOP\r\n").await;
        assert!(tagged(&said) == 1 && String::from_utf8_lossy(&said).contains("y OK"));
    }
}
