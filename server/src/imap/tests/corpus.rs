//! Real messages, some of them malformed on purpose, taken apart as a session that sees them in clear would serve them. The
//! folder is named by `MAIL_CORPUS`; where it is absent this says so and checks nothing.

use std::fs;
use std::path::{Path, PathBuf};

use super::Stage;
use crate::structure::{Part, print_bodystructure, print_envelope};

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

/// Reads one value of a response (RFC 9051 §9): a list, a string, a number or NIL; answers what is left.
fn value(text: &[u8]) -> Option<&[u8]> {
    match text.first()? {
        b'(' => {
            let mut rest = &text[1..];
            while rest.first()? != &b')' {
                rest = value(rest.strip_prefix(b" ").unwrap_or(rest))?;
            }
            Some(&rest[1..])
        }
        b'"' => {
            let mut at = 1;
            while text.get(at)? != &b'"' {
                assert!((b' '..=b'~').contains(&text[at]) || text[at] == b'\t');
                at += if text[at] == b'\\' { 2 } else { 1 };
            }
            text.get(at + 1..)
        }
        b'{' => {
            let end = text.iter().position(|&byte| byte == b'}')?;
            let octets: usize = std::str::from_utf8(&text[1..end]).ok()?.parse().ok()?;
            let literal = text.get(end + 3..end + 3 + octets)?;
            assert!(!literal.contains(&0));
            text.get(end + 3 + octets..)
        }
        _ => {
            let end = text.iter().position(|byte| matches!(byte, b' ' | b')' | b'(')).unwrap_or(text.len());
            (end > 0).then(|| &text[end..])
        }
    }
}

/// All real messages; none where the folder is not named.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    match std::env::var_os("MAIL_CORPUS") {
        Some(folder) => files_below(Path::new(&folder), &mut files),
        None => println!("MAIL_CORPUS is not set: no real messages were looked at"),
    }
    files
}

#[tokio::test]
async fn every_real_message_comes_back_to_an_opened_device_as_it_was_filed() {
    let stage = Stage::new().await;
    let mut messages: Vec<_> = files().into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect();
    messages.retain(|(message, _)| !message.is_empty());
    for (message, _) in &messages {
        stage.file(message).await;
    }
    let mut client = stage.reads_opened().await;
    for (number, (message, file)) in (1..).zip(&messages) {
        assert!(client.octets(&format!("FETCH {number} BODY.PEEK[]")).await == *message, "{}", file.display());
        let size = client.command(&format!("FETCH {number} RFC822.SIZE")).await;
        assert_eq!(size[0], format!("* {number} FETCH (RFC822.SIZE {})", message.len()), "{}", file.display());
    }
}

#[test]
fn every_real_message_has_a_structure_that_can_be_read() {
    for file in files() {
        let message = fs::read(&file).unwrap();
        let part = Part::of_message(&message);
        for extended in [false, true] {
            let mut out = Vec::new();
            print_bodystructure(&mut out, &message, &part, extended);
            assert_eq!(value(&out), Some(&b""[..]), "{}: {}", file.display(), String::from_utf8_lossy(&out));
        }
        let mut out = Vec::new();
        print_envelope(&mut out, &message);
        assert_eq!(value(&out), Some(&b""[..]), "{}: {}", file.display(), String::from_utf8_lossy(&out));
        assert_eq!(part.find(&[]), Some(&part));
        // Whatever the message is, its first part can be had, and lies in it.
        let first = part.find(&[1]).unwrap();
        assert!(first.body.end <= message.len() && first.body.start <= first.body.end, "{}", file.display());
    }
}
