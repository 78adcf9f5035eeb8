//! Reading never fails: real mail, broken mail, mutated mail.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::collections::BTreeMap;

use rand_chacha::rand_core::RngCore;
use shared::mime::{Summary, header, read};
use support::{corpus, rng};

/// Changes for each message of the corpus.
const MUTATIONS: usize = 20;

#[test]
fn the_corpus_is_read() {
    let mut problems: BTreeMap<String, usize> = BTreeMap::new();
    let corpus = corpus();
    let (mut with_text, mut with_files) = (0, 0);
    for (_, message) in &corpus {
        let read = read(message);
        with_text += usize::from(read.text.is_some() || read.html.is_some());
        with_files += usize::from(!read.attachments.is_empty());
        for problem in &read.problems {
            *problems.entry(format!("{problem:?}").split('(').next().unwrap().to_owned()).or_default() += 1;
        }
        let summary = Summary::of(&read);
        assert_eq!(Summary::decode(&summary.encode()), Ok(summary));
    }
    println!("{} messages, {with_text} with text, {with_files} with files; {problems:?}", corpus.len());
}

#[test]
fn mutated_mail_is_read_without_panic() {
    let mut rng = rng();
    let pieces: [&[u8]; 12] = [
        b"\n",
        b"\r\n\r\n",
        b"--",
        b"boundary=",
        b"=?utf-8?q?=",
        b"base64",
        b"\"",
        b"<",
        b"(",
        b";",
        b"\0",
        b"message/rfc822",
    ];
    for (_, message) in corpus() {
        for _ in 0..MUTATIONS {
            let mut mutated = message.clone();
            for _ in 0..1 + rng.next_u32() % 8 {
                if mutated.is_empty() {
                    break;
                }
                let at = rng.next_u64() as usize % mutated.len();
                match rng.next_u32() % 4 {
                    0 => mutated[at] = rng.next_u32() as u8,
                    1 => mutated.truncate(at),
                    2 => drop(mutated.splice(at..at, pieces[rng.next_u32() as usize % pieces.len()].iter().copied())),
                    _ => drop(mutated.drain(at..(at + 20).min(mutated.len()))),
                }
            }
            let read = read(&mutated);
            let _ = Summary::of(&read).encode();
            let all: usize = header::Header::of(&mutated).fields().map(|field| field.range.len()).sum();
            assert!(all <= mutated.len());
        }
    }
}

#[test]
fn hostile_shapes_end_in_time() {
    let deep = (0..100_000).fold(String::new(), |text, _| text + "Content-Type: message/rfc822\r\n\r\n");
    let _ = read(deep.as_bytes());
    let nested: String =
        (0..5000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let shown = read(nested.as_bytes());
    assert!(shown.problems.contains(&shared::mime::Problem::TooDeep));
    let many = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(200_000));
    let shown = read(many.as_bytes());
    assert!(shown.problems.contains(&shared::mime::Problem::TooManyParts));
    let _ = read("a:\n".repeat(1_000_000).as_bytes());
    let _ = read(format!("To: {}\r\n\r\n", "<".repeat(1_000_000)).as_bytes());
    let _ = read(format!("To: {}\r\n\r\n", "a@b,".repeat(300_000)).as_bytes());
    let _ = read(format!("To: {}\r\n\r\n", "(".repeat(300_000)).as_bytes());
    let _ = read(format!("Subject: {}\r\n\r\n", "=?utf-8?q?".repeat(100_000)).as_bytes());
    let _ = read(format!("Content-Type: text/plain; {}\r\n\r\n", "x*0*=a;".repeat(100_000)).as_bytes());
    let _ = read(format!("Content-Type: text/html\r\n\r\n{}", "<div>".repeat(500_000)).as_bytes());
    let _ = Summary::of(&read(format!("Content-Type: text/html\r\n\r\n{}", "<".repeat(1_000_000)).as_bytes()));
}
