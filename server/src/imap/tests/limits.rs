//! What is bounded: mistakes, connections, sizes, waits; and that large messages come through whole.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use shared::api::Timestamp;
use tokio::io::AsyncReadExt;

use super::{Client, Stage};
use crate::imap::limits::{CONNECTIONS_PER_ACCOUNT, MISTAKES, SIGN_IN_TRIES, Waits};
use crate::imap::opening::ReadingRoom;
use crate::store::tests::forget_what_is_kept_beside_bytes;

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn who_only_makes_mistakes_is_not_heard_any_more() {
    let stage = Stage::new().await;
    let mut client = stage.connect();
    client.line().await.unwrap();
    for _ in 0..MISTAKES {
        assert!(client.command("FROB").await.last().unwrap().starts_with("x BAD"));
    }
    assert_eq!(client.line().await.as_deref(), Some("* BYE too many mistakes"));
    assert_eq!(client.line().await, None);

    let mut client = stage.connect();
    client.line().await.unwrap();
    for _ in 0..SIGN_IN_TRIES {
        assert!(client.command("LOGIN alice wrong").await.last().unwrap().starts_with("x NO [AUTHENTICATIONFAILED]"));
    }
    assert_eq!(client.line().await.as_deref(), Some("* BYE too many mistakes"));
}

#[tokio::test]
async fn an_account_has_an_end_of_connections() {
    let stage = Stage::new().await;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS_PER_ACCOUNT {
        clients.push(stage.sign_in().await);
    }
    let mut late = stage.connect();
    late.line().await.unwrap();
    let answer = late.command(&format!("LOGIN alice {}", stage.password)).await;
    assert_eq!(answer, ["x NO [LIMIT] this account has too many connections"]);
    clients.pop().unwrap().command("LOGOUT").await;
    let answer = late.command(&format!("LOGIN alice {}", stage.password)).await;
    assert!(answer.last().unwrap().starts_with("x OK"), "{answer:?}");
}

/// A letter with a part of so many octets in base64.
pub(super) fn with_part(octets: usize) -> Vec<u8> {
    let part = "QUFBQUFB\r\n".repeat(octets / 6);
    format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n\
         --a\r\nContent-Transfer-Encoding: base64\r\n\r\n{part}--a--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_message_that_is_read_whole_waits_for_room_and_a_small_one_does_not() {
    const ROOM: usize = 8 << 20;
    const PART: usize = 1_200_000;
    let mut stage = Stage::new().await;
    stage.service.reading_room = Arc::new(ReadingRoom::with_room(ROOM));
    let room = Arc::clone(&stage.service.reading_room);
    stage.store_bytes(with_part(PART), "INBOX", Timestamp(0)).await;
    stage.store_bytes(with_part(600), "INBOX", Timestamp(0)).await;
    // So that structures have to be found out.
    forget_what_is_kept_beside_bytes(&stage.home.context.store).await;
    let mut client = stage.sign_in().await;
    client.command("SELECT INBOX").await;

    for item in ["BODYSTRUCTURE", "BODY", "BINARY.SIZE[1]", "BODY.PEEK[1.MIME]"] {
        let others = room.budget.reserve(ROOM).await;
        let small = client.command(&format!("FETCH 2 {item}")).await;
        assert!(small.last().unwrap().starts_with("x OK"), "{small:?}");
        client.send(format!("a FETCH 1 {item}\r\n").as_bytes()).await;
        while room.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        drop(others);
        while !client.line().await.unwrap().starts_with("a OK") {}
        assert!(room.budget.try_reserve(ROOM).is_some(), "{item}");
    }

    // What is told of it has its room until it is taken.
    client.send(b"a FETCH 1 BINARY.PEEK[1]\r\n").await;
    let head = client.line().await.unwrap();
    assert!(head.ends_with(&format!("{{{PART}}}")), "{head}");
    assert!(room.budget.try_reserve(ROOM).is_none());
    assert!(room.budget.try_reserve(ROOM - 2 * PART).is_some());
    let mut octets = vec![0; PART];
    client.stream.read_exact(&mut octets).await.unwrap();
    assert!(octets.iter().all(|octet| *octet == b'A'));
    while !client.line().await.unwrap().starts_with("a OK") {}
    assert!(room.budget.try_reserve(ROOM).is_some());
}

#[tokio::test]
async fn a_line_without_end_is_refused() {
    let stage = Stage::new().await;
    let mut client = stage.connect();
    client.line().await.unwrap();
    client.send(b"a LOGIN ").await;
    client.send(&[b'x'; 100_000]).await;
    client.send(b"\r\nb NOOP\r\n").await;
    assert_eq!(client.line().await.as_deref(), Some("a BAD the command is too long"));
    assert_eq!(client.line().await.as_deref(), Some("b OK done"));
}

#[tokio::test]
async fn nobody_is_waited_for_for_ever() {
    let mut stage = Stage::new().await;
    let standard = Waits::STANDARD;
    stage.service.waits = Waits { before_login: SHORT, ..standard };
    let mut silent = stage.connect();
    silent.line().await.unwrap();
    assert_eq!(silent.line().await.as_deref(), Some("* BYE nothing came for too long"));
    assert_eq!(silent.line().await, None);

    stage.service.waits = Waits { autologout: SHORT, ..standard };
    let mut idle = stage.sign_in().await;
    idle.send(b"a IDLE\r\n").await;
    assert_eq!(idle.line().await.as_deref(), Some("+ idling"));
    assert_eq!(idle.line().await.as_deref(), Some("* BYE nothing came for too long"));

    stage.service.waits = Waits { within_command: SHORT, ..standard };
    let mut stuck = stage.sign_in().await;
    stuck.send(b"a APPEND INBOX {50000+}\r\nabc").await;
    assert_eq!(stuck.line().await.as_deref(), Some("* BYE nothing came for too long"));
}

#[tokio::test]
async fn who_does_not_read_is_left_and_holds_nobody_up() {
    let mut stage = Stage::new().await;
    stage.service.waits = Waits { write_stall: SHORT, ..Waits::STANDARD };
    stage.store_bytes(vec![b'x'; 3_000_000], "INBOX", Timestamp(0)).await;
    let mut slow = stage.sign_in().await;
    slow.command("SELECT INBOX").await;
    slow.send(b"a FETCH 1 BODY.PEEK[]\r\n").await;
    tokio::time::sleep(SHORT * 2).await;
    // Others read and write meanwhile.
    let mut other = stage.sign_in().await;
    other.command("SELECT INBOX").await;
    assert!(other.command("STORE 1 +FLAGS.SILENT (\\Seen)").await.last().unwrap().starts_with("x OK"));
    let mut rest = Vec::new();
    slow.stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() < 3_000_000);
}

#[tokio::test]
async fn large_messages_come_whole_and_in_parts() {
    let stage = Stage::new().await;
    let mut bytes = b"Subject: large\r\n\r\n".to_vec();
    bytes.extend((0..2_000_000_u32).map(|n| b'a' + u8::try_from(n % 23).unwrap()));
    stage.store_bytes(bytes.clone(), "INBOX", Timestamp(0)).await;
    let mut client = stage.sign_in().await;
    client.command("SELECT INBOX").await;
    for (item, from, to) in [
        ("BODY.PEEK[]", 0, bytes.len()),
        ("BODY.PEEK[TEXT]", 18, bytes.len()),
        ("BODY.PEEK[1]", 18, bytes.len()),
        ("BODY.PEEK[]<1000000.600000>", 1_000_000, 1_600_000),
        ("BODY.PEEK[TEXT]<1999990.600000>", 2_000_008, bytes.len()),
    ] {
        client.send(format!("a FETCH 1 {item}\r\n").as_bytes()).await;
        let head = client.line().await.unwrap();
        assert!(head.ends_with(&format!("{{{}}}", to - from)), "{item}: {head}");
        let mut octets = vec![0; to - from];
        client.stream.read_exact(&mut octets).await.unwrap();
        assert!(octets == bytes[from..to], "{item}");
        assert_eq!(client.line().await.as_deref(), Some(")"));
        assert_eq!(client.line().await.as_deref(), Some("a OK fetched"));
    }
}

#[tokio::test]
async fn commands_that_come_together_are_done_in_their_order() {
    let stage = Stage::new().await;
    let mut client: Client = stage.sign_in().await;
    let many: String = (0..200).map(|n| format!("t{n} STATUS INBOX (MESSAGES)\r\n")).collect();
    client.send(many.as_bytes()).await;
    for n in 0..200 {
        assert!(client.line().await.unwrap().starts_with("* STATUS"));
        assert!(client.line().await.unwrap().starts_with(&format!("t{n} OK")));
    }
}
