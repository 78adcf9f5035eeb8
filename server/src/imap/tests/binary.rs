//! Parts without their encoding, and many pieces of one message: streamed where they are large, made once, and never more than
//! there is room for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use shared::api::Timestamp;
use tokio::io::AsyncReadExt;

use super::limits::with_part;
use super::{Act, Client, Stage};
use crate::imap::opening::ReadingRoom;

/// Octets of a part.
const PART: usize = 1_200_000;

impl Client {
    /// The next literal, which the next line announces, and that line.
    async fn literal(&mut self) -> (String, Vec<u8>) {
        let head = self.line().await.unwrap();
        let octets =
            head.rsplit_once('{').and_then(|(_, rest)| rest.strip_suffix('}')).unwrap_or_else(|| panic!("{head}"));
        let mut bytes = vec![0; octets.parse().unwrap()];
        self.stream.read_exact(&mut bytes).await.unwrap();
        (head, bytes)
    }

    /// What comes until the connection ends.
    async fn rest(&mut self) -> usize {
        let mut rest = Vec::new();
        _ = self.stream.read_to_end(&mut rest).await;
        rest.len()
    }
}

fn room_of(stage: &mut Stage, octets: usize) -> Arc<ReadingRoom> {
    stage.service.reading_room = Arc::new(ReadingRoom::with_room(octets));
    Arc::clone(&stage.service.reading_room)
}

#[tokio::test]
async fn a_whole_message_without_its_encoding_is_streamed_and_needs_no_room() {
    const ROOM: usize = 1 << 20;
    let mut stage = Stage::new().await;
    let room = room_of(&mut stage, ROOM);
    let plain = with_part(3_000_000);
    let mut with_nul = plain.clone();
    with_nul[1_200_000] = 0;
    for message in [&plain, &with_nul] {
        stage.store_bytes(message.clone(), "INBOX", Timestamp(0)).await;
    }
    let mut client = stage.sign_in().await;
    client.command("SELECT INBOX").await;
    let others = room.budget.reserve(ROOM).await;
    for (number, message, mark) in [(1, &plain, ""), (2, &with_nul, "~")] {
        client.send(format!("a FETCH {number} BINARY.PEEK[]\r\n").as_bytes()).await;
        let (head, octets) = client.literal().await;
        assert!(head.ends_with(&format!("BINARY[] {mark}{{{}}}", message.len())), "{head}");
        assert!(octets == *message);
        while !client.line().await.unwrap().starts_with("a OK") {}
    }
    // Pieces of it have the mark where there is a NUL in them, in whatever order they are asked for.
    let pieces = [
        (0, 600_000),
        (0, 3_000_000),
        (1_000_000, 300_000),
        (1_300_000, 900_000),
        (1_100_000, 200_000),
        (900_000, 300_000),
    ];
    let items: Vec<_> = pieces.iter().map(|(from, octets)| format!("BINARY.PEEK[]<{from}.{octets}>")).collect();
    client.send(format!("b FETCH 2 ({})\r\n", items.join(" ")).as_bytes()).await;
    for (from, octets) in pieces {
        let (head, bytes) = client.literal().await;
        assert_eq!(head.contains('~'), (from..from + octets).contains(&1_200_000), "{head}");
        assert!(bytes == with_nul[from..from + octets], "{head}");
    }
    while !client.line().await.unwrap().starts_with("b OK") {}
    assert_eq!(room.waiting.load(Ordering::SeqCst), 0);
    drop(others);

    // It is read as it is taken: where it goes meanwhile, the rest cannot be told.
    client.send(b"c FETCH 1 BINARY.PEEK[]\r\n").await;
    client.line().await.unwrap();
    stage.act(Act::Expunge { uid: 1, mailbox: "INBOX" }).await;
    assert!(client.rest().await < 2_000_000);
}

#[tokio::test]
async fn many_pieces_of_a_message_are_streamed_though_each_is_small() {
    let stage = Stage::new().await;
    let message = with_part(3_000_000);
    stage.store_bytes(message.clone(), "INBOX", Timestamp(0)).await;
    let mut client = stage.sign_in().await;
    client.command("SELECT INBOX").await;
    let items: Vec<_> = (0..30).map(|at| format!("BODY.PEEK[]<{}.100000>", at * 100_000)).collect();
    let command = format!("a FETCH 1 ({})\r\n", items.join(" "));
    client.send(command.as_bytes()).await;
    let mut whole = Vec::new();
    for _ in 0..30 {
        whole.extend(client.literal().await.1);
    }
    assert!(whole == message[..3_000_000]);
    while !client.line().await.unwrap().starts_with("a OK") {}
    client.send(command.as_bytes()).await;
    client.line().await.unwrap();
    stage.act(Act::Expunge { uid: 1, mailbox: "INBOX" }).await;
    assert!(client.rest().await < 1_000_000);
}

#[tokio::test]
async fn a_part_is_decoded_once_however_often_it_is_asked_for() {
    const ROOM: usize = 16 << 20;
    const PIECES: usize = 20;
    let mut stage = Stage::new().await;
    let room = room_of(&mut stage, ROOM);
    stage.file(&with_part(PART)).await;
    stage.store_bytes(with_part(PART), "Archive", Timestamp(0)).await;
    let items: Vec<_> = (0..PIECES).map(|at| format!("BINARY.PEEK[1]<{at}.5000000>")).collect();
    for (opened, mailbox) in [(true, "INBOX"), (false, "Archive")] {
        let mut client = if opened { stage.reads_opened().await } else { stage.sign_in().await };
        client.command(&format!("SELECT {mailbox}")).await;
        client.send(format!("a FETCH 1 (BINARY.SIZE[1] {})\r\n", items.join(" ")).as_bytes()).await;
        for at in 0..PIECES {
            let (head, octets) = client.literal().await;
            assert!(at > 0 || head.contains(&format!("BINARY.SIZE[1] {PART} ")), "{head}");
            assert!(octets.len() == PART - at && octets.iter().all(|octet| *octet == b'A'), "{head}");
            if at == 0 {
                // The part, and the opened message for its device.
                assert!(room.budget.try_reserve(ROOM - PART + 1).is_none(), "it has room, opened: {opened}");
                assert!(room.budget.try_reserve(ROOM - 4 * PART).is_some(), "and no more than it is, opened: {opened}");
            }
        }
        while !client.line().await.unwrap().starts_with("a OK") {}
        client.command("LOGOUT").await;
        assert_eq!(client.line().await, None);
        assert!(room.budget.try_reserve(ROOM).is_some(), "all of it is given back, opened: {opened}");
    }
}

#[tokio::test]
async fn what_is_too_much_of_one_message_does_not_keep_the_others_from_being_told() {
    let mut stage = Stage::new().await;
    let room = room_of(&mut stage, 2 << 20);
    for octets in [6, PART, 12] {
        stage.file(&with_part(octets)).await;
        stage.store_bytes(with_part(octets), "Archive", Timestamp(0)).await;
    }
    for (opened, mailbox) in [(true, "INBOX"), (false, "Archive")] {
        let mut client = if opened { stage.reads_opened().await } else { stage.sign_in().await };
        // Twice, so that nothing is recent.
        client.command(&format!("SELECT {mailbox}")).await;
        client.command(&format!("SELECT {mailbox}")).await;
        let said = client.command("FETCH 1:* (UID BINARY[1])").await;
        let wanted = [
            "* 1 FETCH (UID 1 BINARY[1] {6}",
            "AAAAAA FLAGS (\\Seen))",
            "* 2 FETCH (UID 2 FLAGS (\\Seen))",
            "* 3 FETCH (UID 3 BINARY[1] {12}",
            "AAAAAAAAAAAA FLAGS (\\Seen))",
            "x NO [LIMIT] so much is never in memory at once; ask for fewer parts",
        ];
        assert_eq!(said, wanted, "opened: {opened}");
        assert_eq!(client.command("FETCH 2 BINARY.PEEK[1]").await.len(), 1, "nothing is told of it");
        // As it is, it can be had.
        client.send(b"y FETCH 2 BODY.PEEK[1]\r\n").await;
        assert!(client.literal().await.1.starts_with(b"QUFBQUFB\r\n"));
        while !client.line().await.unwrap().starts_with("y OK") {}
        client.command("LOGOUT").await;
        assert_eq!(client.line().await, None);
        assert!(room.budget.try_reserve(2 << 20).is_some());
    }
}
