//! Messages that come in: within the room that there is, as they come, and at a pace.

use std::time::Duration;

use super::{Client, PATIENCE, Stage};
use crate::core::budget::Sharer;
use crate::imap::limits::Waits;

const BUSY: &str = "NO [UNAVAILABLE] the box is busy; try again";
const TOO_MUCH: &str = "NO [TOOBIG] too much at once; file the messages one by one";

/// A message of so many octets.
fn message(octets: usize) -> Vec<u8> {
    let mut message = b"Subject: a\r\n\r\n".to_vec();
    message.resize(octets, b'x');
    message
}

/// Files a message that comes by itself; answers what is said.
async fn append(client: &mut Client, octets: usize) -> String {
    client.send(format!("z APPEND INBOX {{{octets}+}}\r\n").as_bytes()).await;
    client.send(&message(octets)).await;
    client.send(b"\r\n").await;
    client.line().await.unwrap()
}

/// Waits until so much of the budget is taken.
async fn taken(stage: &Stage, of: usize, octets: usize) {
    let wait = async {
        while stage.service.post.budget().try_reserve(of - octets + 1).is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("room is taken for what comes");
}

/// Waits until all of the budget is free again.
async fn free(stage: &Stage, all: usize) {
    let wait = async {
        while stage.service.post.budget().try_reserve(all).is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("room is given back");
}

#[tokio::test]
async fn a_message_waits_for_room_in_memory() {
    let stage = Stage::with_budget(300_000).await;
    let budget = stage.service.post.budget();
    let mut client = stage.sign_in().await;
    assert_eq!(client.command("APPEND INBOX {310000}").await, [format!("x {TOO_MUCH}")]);
    let others = budget.reserve(250_000).await;
    assert_eq!(client.command("APPEND INBOX {100000}").await, [format!("x {BUSY}")]);
    // One that comes by itself is passed over, and the command after it is heard.
    assert_eq!(append(&mut client, 100_000).await, format!("z {BUSY}"));
    drop(others);
    assert!(append(&mut client, 30_000).await.starts_with("z OK [APPENDUID"));
    // It is sealed in memory too.
    let others = budget.reserve(100_000).await;
    assert_eq!(append(&mut client, 30_000).await, format!("z {BUSY}"));
    drop(others);
    assert_eq!(append(&mut client, 40_000).await, format!("z {TOO_MUCH}"));
    free(&stage, 300_000).await;
}

#[tokio::test]
async fn who_announces_much_and_sends_nothing_takes_nothing() {
    const ALL: usize = 8 << 20;
    const LARGE: usize = 3 << 20;
    let stage = Stage::with_budget(ALL).await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        let mut client = stage.sign_in().await;
        client.send(format!("a APPEND INBOX {{{LARGE}}}\r\n").as_bytes()).await;
        assert_eq!(client.line().await.as_deref(), Some("+ "));
        silent.push(client);
        let mut client = stage.sign_in().await;
        client.send(format!("a NOOP\r\nb APPEND INBOX {{{LARGE}+}}\r\n").as_bytes()).await;
        assert_eq!(client.line().await.as_deref(), Some("a OK done"));
        silent.push(client);
    }
    assert!(stage.service.post.budget().try_reserve(ALL).is_some());
    let mut client = stage.sign_in().await;
    assert!(append(&mut client, 500_000).await.starts_with("z OK [APPENDUID"));
    // What comes takes what it is, and little more.
    silent[0].send(&message(1_000_000)).await;
    taken(&stage, ALL, 1_000_000).await;
    assert!(stage.service.post.budget().try_reserve(ALL - 2_200_000).is_some());
    silent.clear();
    free(&stage, ALL).await;
}

#[tokio::test]
async fn where_room_runs_out_in_the_midst_of_a_message_nothing_is_filed_and_the_connection_goes_on() {
    const ALL: usize = 32 << 20;
    const LARGE: usize = 2_000_000;
    let stage = Stage::with_budget(ALL).await;
    let mut client = stage.sign_in().await;
    let large = message(LARGE);
    for (first, announced, last) in [
        ("", "{2000000}", ""),
        ("", "{2000000+}", ""),
        // Of several messages none is filed, those before and after included.
        (" {6+}\r\nA: b\r\n", "{2000000}", " {6+}\r\nA: b\r\n"),
    ] {
        client.send(format!("y APPEND INBOX{first} {announced}\r\n").as_bytes()).await;
        if !announced.contains('+') {
            assert_eq!(client.line().await.as_deref(), Some("+ "));
        }
        let (one, other) = large.split_at(700_000);
        client.send(one).await;
        taken(&stage, ALL, one.len()).await;
        let budget = stage.service.post.budget();
        let others = (0..ALL).rev().step_by(64 * 1024).find_map(|octets| budget.try_reserve(octets)).unwrap();
        client.send(other).await;
        client.send(last.as_bytes()).await;
        client.send(b"\r\n").await;
        assert_eq!(client.line().await.unwrap(), format!("y {BUSY}"), "{first}{announced}{last}");
        drop(others);
        free(&stage, ALL).await;
        let status = client.command("STATUS INBOX (MESSAGES)").await;
        assert_eq!(status[0], "* STATUS \"INBOX\" (MESSAGES 0)");
    }
    assert!(append(&mut client, LARGE).await.starts_with("z OK [APPENDUID"));
    let status = client.command("STATUS INBOX (MESSAGES)").await;
    assert_eq!(status[0], "* STATUS \"INBOX\" (MESSAGES 1)");
}

#[tokio::test]
async fn one_account_leaves_the_others_room_and_several_messages_count_together() {
    const ALL: usize = 8 << 20;
    let stage = Stage::with_budget(ALL).await;
    let mut client = stage.sign_in().await;
    client.send(b"y APPEND INBOX {3000000}\r\n").await;
    assert_eq!(client.line().await.as_deref(), Some("+ "));
    client.send(&message(3_000_000)).await;
    client.send(b" {2000000}\r\n").await;
    assert_eq!(client.line().await.unwrap(), format!("y {TOO_MUCH}"));
    assert!(client.command("NOOP").await[0].starts_with("x OK"));
    // Another of its devices has half of the room.
    let budget = stage.service.post.budget();
    let other = budget.try_reserve_for(Sharer::Account(stage.alice), ALL / 2 - 64 * 1024).unwrap();
    assert_eq!(append(&mut client, 100_000).await, format!("z {BUSY}"));
    assert!(budget.try_reserve(ALL / 2).is_some());
    drop(other);
    assert!(append(&mut client, 100_000).await.starts_with("z OK [APPENDUID"));
    // Several that fit are filed, copies and all.
    let several = format!("y APPEND INBOX {{2000+}}\r\n{0} {{2000+}}\r\n{0}\r\n", "x".repeat(2000));
    client.send(several.as_bytes()).await;
    assert!(client.line().await.unwrap().starts_with("y OK [APPENDUID"));
    free(&stage, ALL).await;
}

#[tokio::test]
async fn several_messages_take_no_more_room_than_they_and_their_sealing_need() {
    const LARGE: usize = 100_000;
    // Three of them, what sealing the largest takes, and what comes of all: not those and copies of two besides.
    let stage = Stage::with_budget(LARGE * 29 / 2).await;
    let mut client = stage.sign_in().await;
    let large = String::from_utf8(message(LARGE)).unwrap();
    let several = format!("y APPEND INBOX {{{LARGE}+}}\r\n{large} {{{LARGE}+}}\r\n{large} {{{LARGE}+}}\r\n{large}\r\n");
    client.send(several.as_bytes()).await;
    let said = client.line().await.unwrap();
    assert!(said.starts_with("y OK [APPENDUID"), "{said}");
    free(&stage, LARGE * 29 / 2).await;
}

#[tokio::test]
async fn a_large_message_that_trickles_is_not_waited_for() {
    const SHORT: Duration = Duration::from_millis(400);
    let mut stage = Stage::new().await;
    stage.service.waits = Waits { within_command: SHORT, ..Waits::STANDARD };
    let mut client = stage.sign_in().await;
    client.send(b"y APPEND INBOX {3000000+}\r\n").await;
    client.send(&message(2_000_000)).await;
    // Always something, and never enough.
    let said = loop {
        match tokio::time::timeout(SHORT / 10, client.line()).await {
            Ok(said) => break said,
            Err(_) => client.send(b"x").await,
        }
    };
    assert_eq!(said.as_deref(), Some("* BYE nothing came for too long"));
    free(&stage, 1 << 30).await;
}
