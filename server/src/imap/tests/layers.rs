//! What lies between a command and its answer: compression (RFC 4978), and words of how far a long one has come (RFC 9585).

use std::sync::atomic::{AtomicI64, Ordering};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use shared::api::Timestamp;
use tokio::io::AsyncReadExt;

use super::{Client, Stage};
use crate::core::Clock;
use crate::imap::limits::BATCH;
use crate::store::tests as store_tests;

/// A client that packs what it sends and unpacks what comes.
struct Packed {
    client: Client,
    packer: Compress,
    unpacker: Decompress,
    came: Vec<u8>,
}

impl Packed {
    async fn new(stage: &Stage) -> Self {
        let mut client = stage.sign_in().await;
        assert_eq!(client.command("COMPRESS DEFLATE").await, ["x OK compressed from here on"]);
        Self {
            client,
            packer: Compress::new(Compression::best(), false),
            unpacker: Decompress::new(false),
            came: Vec::new(),
        }
    }

    async fn send(&mut self, text: &str) {
        let mut out = Vec::with_capacity(text.len() + 1000);
        self.packer.compress_vec(text.as_bytes(), &mut out, FlushCompress::Sync).unwrap();
        self.client.send(&out).await;
    }

    /// Reads up to this line.
    async fn until(&mut self, end: &str) -> String {
        let mut chunk = vec![0; 16 * 1024];
        while !self.came.ends_with(format!("{end}\r\n").as_bytes()) {
            let octets = self.client.stream.read(&mut chunk).await.unwrap();
            assert!(octets > 0, "the connection ended: {}", String::from_utf8_lossy(&self.came));
            let start = self.unpacker.total_in();
            loop {
                let used = usize::try_from(self.unpacker.total_in() - start).unwrap();
                let mut some = Vec::with_capacity(100_000);
                self.unpacker.decompress_vec(&chunk[used..octets], &mut some, FlushDecompress::Sync).unwrap();
                let full = some.len() == some.capacity();
                self.came.extend_from_slice(&some);
                if !full {
                    break;
                }
            }
        }
        String::from_utf8(std::mem::take(&mut self.came)).unwrap()
    }
}

#[tokio::test]
async fn everything_is_compressed_from_the_granting_line_on() {
    let stage = Stage::new().await;
    let text = format!("Subject: large\r\n\r\n{}", "0123456789\r\n".repeat(200_000));
    stage.store_bytes(text.clone().into_bytes(), "INBOX", Timestamp(0)).await;
    let mut packed = Packed::new(&stage).await;
    packed.send("a SELECT INBOX\r\nb FETCH 1 BODY.PEEK[]\r\n").await;
    let came = packed.until("b OK fetched").await;
    assert!(came.contains("* 1 EXISTS") && came.contains(&text));
    packed.send("c COMPRESS DEFLATE\r\n").await;
    assert_eq!(packed.until("compressed already").await, "c BAD all is compressed already\r\n");
    let message = "x".repeat(100_000);
    packed.send(&format!("d APPEND INBOX {{100019+}}\r\nSubject: packed\r\n\r\n{message}\r\ne NOOP\r\n")).await;
    let came = packed.until("e OK done").await;
    assert!(came.contains("* 2 EXISTS") && came.contains("d OK [APPENDUID"), "{came}");
    packed.send("f IDLE\r\n").await;
    packed.until("+ idling").await;
    stage.store("small", "INBOX").await;
    assert_eq!(packed.until("RECENT").await, "* 3 EXISTS\r\n* 3 RECENT\r\n");
}

#[tokio::test]
async fn what_is_not_compressed_any_more_ends_the_connection() {
    let stage = Stage::new().await;
    let mut packed = Packed::new(&stage).await;
    packed.client.send(b"a NOOP\r\nb NOOP\r\nc NOOP\r\n").await;
    let mut rest = Vec::new();
    packed.client.stream.read_to_end(&mut rest).await.unwrap();
    assert!(!rest.windows(4).any(|window| window == b"a OK"));
}

#[tokio::test]
async fn compression_is_asked_for_by_who_is_signed_in_and_by_its_name() {
    let stage = Stage::new().await;
    let mut client = stage.connect();
    client.line().await.unwrap();
    assert_eq!(client.command("COMPRESS DEFLATE").await, ["x BAD log in first"]);
    let mut client = stage.sign_in().await;
    assert_eq!(client.command("COMPRESS LZ4").await, ["x BAD DEFLATE is the mechanism here"]);
    assert_eq!(client.command("COMPRESS").await.last().unwrap().split(' ').nth(1), Some("BAD"));
    assert_eq!(client.command("NOOP").await, ["x OK done"]);
}

#[tokio::test]
async fn listing_reads_what_is_kept_beside_bytes_and_an_older_folder_is_listed_the_same() {
    const LISTED: &str = "FETCH 1:3 (UID FLAGS RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[HEADER])";
    let stage = Stage::new().await;
    for name in ["sealed", "nested", "small"] {
        stage.store(name, "INBOX").await;
    }
    let mut client = stage.sign_in().await;
    client.command("SELECT INBOX").await;
    let listed = client.command(LISTED).await;
    assert!(listed.join("").contains("\"pgp-encrypted\"") && listed.last().unwrap().starts_with("x OK"), "{listed:?}");
    let store = &stage.home.context.store;
    store_tests::forget_what_is_kept_beside_bytes(store).await;
    assert_eq!(client.command(LISTED).await, listed);

    let mut client = stage.sign_in().await;
    for name in ["sealed", "nested", "small"] {
        stage.store(name, "Archive").await;
    }
    store_tests::spoil_bytes(store).await;
    client.command("SELECT Archive").await;
    assert_eq!(client.command(LISTED).await, listed);
}

#[tokio::test]
async fn a_long_search_says_how_far_it_has_come() {
    let mut stage = Stage::new().await;
    for _ in 0..=BATCH {
        stage.store("small", "INBOX").await;
    }
    let mut client = stage.sign_in().await;
    client.command("SELECT INBOX").await;
    // A clock on which every look takes long.
    let time = AtomicI64::new(0);
    stage.service.context.clock = Clock::from_fn(move || Timestamp(time.fetch_add(20, Ordering::SeqCst)));
    let mut slow = stage.sign_in().await;
    slow.command("SELECT INBOX").await;
    let answer = slow.command("SEARCH FROM bob NOT SUBJECT small").await;
    assert_eq!(
        answer,
        [
            "* OK [INPROGRESS (\"x\" 0 251)] still searching",
            "* OK [INPROGRESS (\"x\" 250 251)] still searching",
            "* SEARCH",
            "x OK searched",
        ]
    );
    assert_eq!(client.command("SEARCH FROM bob NOT SUBJECT small").await, ["* SEARCH", "x OK searched"]);
}
