//! Reading never fails: real mail, broken mail, mutated mail.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

mod support;

use std::collections::BTreeMap;

use rand_chacha::rand_core::RngCore;
use shared::mime::{Problem, Summary, header, read};
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

/// A message of these parts, each with its header.
fn multipart(kind: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\r\n{part}\r\n")).collect();
    format!("Content-Type: multipart/{kind}; boundary=b\r\n\r\n{parts}--b--\r\n")
}

#[test]
fn of_alternatives_the_best_of_each_kind_is_shown() {
    let message = multipart(
        "alternative",
        &[
            "Content-Type: text/plain\r\n\r\nplain",
            "Content-Type: text/html\r\n\r\n<p>html</p>",
            "Content-Type: text/calendar; name=invite.ics\r\n\r\nBEGIN:VCALENDAR",
        ],
    );
    let read = read(message.as_bytes());
    assert_eq!((read.text.as_deref(), read.html.as_deref()), (Some("plain"), Some("<p>html</p>")));
    assert_eq!(read.attachments.iter().map(|file| file.name.as_deref()).collect::<Vec<_>>(), [Some("invite.ics")]);
    assert_eq!(read.problems, []);
}

#[test]
fn a_footer_is_lost_in_neither_view() {
    let message = multipart("mixed", &["Content-Type: text/html\r\n\r\n<p>Hello</p>", "\r\n-- \r\nthe <list>"]);
    let read = read(message.as_bytes());
    assert_eq!(read.html.as_deref(), Some("<p>Hello</p>\n<pre>-- \nthe &lt;list&gt;</pre>"));
    let text = read.text.unwrap();
    assert!(text.contains("Hello") && text.contains("the <list>"), "{text}");
}

#[test]
fn related_images_are_part_of_their_page() {
    let message = multipart(
        "related; start=\"<page@x>\"",
        &[
            "Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==",
            "Content-Type: text/html; charset=utf-8\r\nContent-ID: <page@x>\r\n\r\n<img src=\"cid:logo@x\">",
        ],
    );
    let read = read(message.as_bytes());
    assert_eq!(read.html.as_deref(), Some("<img src=\"cid:logo@x\">"));
    let image = &read.attachments[0];
    assert!(image.inline && image.content_id.as_deref() == Some("logo@x") && image.bytes == b"\x89PNG");
    assert!(Summary::of(&read).attachments.is_empty());
}

#[test]
fn names_of_files_are_read_as_they_are_written_in_the_wild() {
    for (field, name) in [
        ("attachment; filename=\"plain.txt\"", "plain.txt"),
        ("attachment; filename=plain name.txt", "plain name.txt"),
        ("attachment; filename*=UTF-8''caf%C3%A9.txt", "café.txt"),
        ("attachment; filename*0*=UTF-8''caf%C3%A9; filename*1*=%20noir; filename*2=\".txt\"", "café noir.txt"),
        ("attachment; filename=\"=?utf-8?B?Y2Fmw6kudHh0?=\"", "café.txt"),
        ("attachment; filename=\"caf\u{e9}.txt\"", "café.txt"),
        ("attachment; filename=\"../../etc/passwd\"", "passwd"),
        ("attachment; filename=\"C:\\\\temp\\\\x.doc\"", "x.doc"),
        ("attachment; filename=\"..\"", "_"),
    ] {
        let part = format!("Content-Type: application/octet-stream\r\nContent-Disposition: {field}\r\n\r\nx");
        let read = read(multipart("mixed", &[&part]).as_bytes());
        assert_eq!(read.attachments[0].name.as_deref(), Some(name), "{field}");
    }
}

#[test]
fn a_message_inside_stays_whole() {
    let message =
        multipart("mixed", &["\r\nsee below", "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello"]);
    let read = read(message.as_bytes());
    assert_eq!(read.text.as_deref(), Some("see below"));
    let inner = &read.attachments[0];
    assert_eq!((inner.name.as_deref(), inner.media_type.as_str()), (Some("inner.eml"), "message/rfc822"));
    assert_eq!(inner.bytes, b"Subject: inner\r\n\r\nhello");
}

#[test]
fn what_is_broken_is_said() {
    let problems = |message: &str| read(message.as_bytes()).problems;
    assert_eq!(problems("Subject: x\r\n\r\nfine"), []);
    assert_eq!(problems("no header"), [Problem::NoHeader]);
    assert_eq!(problems("Subject: x\r\nno end"), [Problem::NoHeaderEnd]);
    assert_eq!(problems("From: a@b.test\r\nFrom: c@d.test\r\n\r\n"), [Problem::RepeatedField("From".to_owned())]);
    let repeated =
        |second: &str| problems(&format!("Subject: =?utf-8?q?=C3=A9t=C3=A9?= 1\r\nSubject: {second}\r\n\r\n"));
    assert_eq!(repeated("=?utf-8?B?w6l0w6k=?=\r\n 1"), [], "the same in other words");
    assert_eq!(repeated("x"), [Problem::RepeatedField("Subject".to_owned())]);
    assert_eq!(problems("To: a@b.test\r\nTO:  a@b.test \r\n\r\n"), []);
    assert_eq!(
        problems("Content-Type: text/plain; charset=klingon\r\n\r\nx"),
        [Problem::UnknownCharset("klingon".to_owned())]
    );
    assert_eq!(problems("Content-Transfer-Encoding: rot13\r\n\r\nx"), [Problem::UnknownEncoding("rot13".to_owned())]);
    assert_eq!(problems("Content-Transfer-Encoding: base64\r\n\r\naGVs*bG8"), [Problem::BrokenEncoding]);
    assert_eq!(read(b"Content-Transfer-Encoding: base64\r\n\r\naGVs*bG8").text.as_deref(), Some("hello"));
    assert_eq!(problems("Content-Type: multipart/mixed\r\n\r\nx"), [Problem::NoBoundary]);
    assert_eq!(problems("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx"), [Problem::Truncated]);
    assert_eq!(read(b"Subject: mac\r\rline one\rline two").text.as_deref(), Some("line one\nline two"));
}

#[test]
fn copies_of_protected_fields_are_not_shown_twice() {
    let new = "Subject: x\r\nContent-Type: text/plain; hp=cipher; hp-legacy-display=1\r\n\r\nSubject: x\r\n\r\nhello";
    assert_eq!(read(new.as_bytes()).text.as_deref(), Some("hello"));
    let html = "Content-Type: text/html; hp=cipher; hp-legacy-display=1\r\n\r\n<div class=\"header-protection-legacy-display\"><pre>Subject: x</pre></div><p>hello";
    assert_eq!(read(html.as_bytes()).html.as_deref(), Some("<p>hello"));
    let unprotected = "Content-Type: text/plain; hp-legacy-display=1\r\n\r\nSubject: x\r\n\r\nhello";
    assert_eq!(read(unprotected.as_bytes()).text.as_deref(), Some("Subject: x\n\nhello"));
}

#[test]
fn hostile_shapes_end_in_time() {
    let deep = (0..100_000).fold(String::new(), |text, _| text + "Content-Type: message/rfc822\r\n\r\n");
    let _ = read(deep.as_bytes());
    let nested: String =
        (0..5000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let shown = read(nested.as_bytes());
    assert!(shown.problems.contains(&Problem::TooDeep));
    let many = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(200_000));
    let shown = read(many.as_bytes());
    assert!(shown.problems.contains(&Problem::TooManyParts));
    let _ = read("a:\n".repeat(1_000_000).as_bytes());
    let _ = read(format!("To: {}\r\n\r\n", "<".repeat(1_000_000)).as_bytes());
    let _ = read(format!("To: {}\r\n\r\n", "a@b,".repeat(300_000)).as_bytes());
    let _ = read(format!("To: {}\r\n\r\n", "(".repeat(300_000)).as_bytes());
    let _ = read(format!("Subject: {}\r\n\r\n", "=?utf-8?q?".repeat(100_000)).as_bytes());
    let _ = read(format!("Content-Type: text/plain; {}\r\n\r\n", "x*0*=a;".repeat(100_000)).as_bytes());
    let _ = read(format!("Content-Type: text/html\r\n\r\n{}", "<div>".repeat(500_000)).as_bytes());
    let _ = Summary::of(&read(format!("Content-Type: text/html\r\n\r\n{}", "<".repeat(1_000_000)).as_bytes()));
}
