//! Devices that mail is opened for: what they are served, beyond the script; and that what is open has its end.

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use shared::api::Base64;
use shared::api::account::ConfirmResponse;
use shared::api::own_key::OwnKey;
use shared::pgp::{self, Certificate, SecretKey};
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use super::{Client, PASSPHRASE, Stage};
use crate::core::filing::{self, Letter};
use crate::imap::opening::ReadingRoom;
use crate::store::flags::{FlagBits, Keywords};
use crate::store::own_keys::{self, KeyRecord};
use crate::store::{StoreError, mailboxes, rest_keys};

impl Stage {
    /// Files a message as a mail program does.
    pub(super) async fn file(&self, message: &[u8]) {
        let alice = self.alice;
        let inbox: Result<_, StoreError> =
            self.home.context.store.read(move |tx| Ok(mailboxes::by_name(tx, alice, "INBOX")?.id)).await;
        let letter = Letter {
            message: Zeroizing::new(message.to_vec()),
            flags: FlagBits::default(),
            keywords: Keywords::default(),
            received_at: None,
        };
        filing::file(&self.service.post, alice, inbox.unwrap(), vec![letter], None).await.unwrap();
    }

    async fn certificate(&self) -> Certificate {
        let alice = self.alice;
        let read: Result<_, StoreError> =
            self.home.context.store.read(move |tx| own_keys::certificate(tx, alice)).await;
        Certificate::parse(&read.unwrap()).unwrap()
    }

    /// Whether no message is open in a reading room of this size.
    fn nothing_is_open(&self, room: usize) -> bool {
        self.service.reading_room.budget.try_reserve(room).is_some()
    }

    pub(super) async fn reads_opened(&self) -> Client {
        let mut client = self.sign_in_with(&self.opened).await;
        client.command("SELECT INBOX").await;
        client
    }
}

impl Client {
    /// The one literal of an answer.
    pub(super) async fn octets(&mut self, command: &str) -> Vec<u8> {
        self.send(format!("x {command}\r\n").as_bytes()).await;
        let head = self.line().await.unwrap();
        let octets =
            head.rsplit_once('{').and_then(|(_, rest)| rest.strip_suffix('}')).unwrap_or_else(|| panic!("{head}"));
        let mut bytes = vec![0; octets.parse().unwrap()];
        self.stream.read_exact(&mut bytes).await.unwrap();
        assert_eq!(self.line().await.as_deref(), Some(")"));
        assert!(self.line().await.unwrap().starts_with("x OK"));
        bytes
    }
}

#[tokio::test]
async fn what_its_sender_sealed_is_opened_and_what_does_not_open_is_served_as_it_is() {
    let stage = Stage::new().await;
    let (now, mut rng) = (stage.home.now(), ChaCha20Rng::seed_from_u64(5));
    let letter = b"From: bob@home.test\r\nTo: alice@home.test\r\nSubject: for alice\r\n\r\nas agreed\r\n";
    let sealed = pgp::seal_outgoing(letter, &[&stage.certificate().await], None, now, &mut rng).unwrap();
    let other = SecretKey::make("<carol@home.test>", now, &mut rng).unwrap();
    let for_others = pgp::seal_outgoing(letter, &[other.certificate()], None, now, &mut rng).unwrap();
    let mut broken = sealed.clone();
    let at = broken.windows(4).position(|window| window == b"\r\n\r\nw").unwrap_or(broken.len() / 2);
    broken[at + 20] = if broken[at + 20] == b'A' { b'B' } else { b'A' };
    for message in [&sealed, &for_others, &broken] {
        stage.file(message).await;
    }
    let mut client = stage.reads_opened().await;
    let opened = String::from_utf8(client.octets("FETCH 1 BODY.PEEK[]").await).unwrap();
    assert!(opened.contains("Subject: for alice\r\n") && opened.ends_with("as agreed\r\n"), "{opened}");
    assert_eq!(client.octets("FETCH 2 BODY.PEEK[]").await, for_others);
    assert_eq!(client.octets("FETCH 3 BODY.PEEK[]").await, broken);
    let answer = client.command("FETCH 1:3 RFC822.SIZE").await;
    let sizes = [opened.len(), for_others.len(), broken.len()];
    for (number, size) in sizes.into_iter().enumerate() {
        assert_eq!(answer[number], format!("* {} FETCH (RFC822.SIZE {size})", number + 1));
    }
}

#[tokio::test]
async fn a_message_is_kept_open_for_its_pieces_and_given_up_when_its_reader_goes() {
    const ROOM: usize = 64 * 1024 * 1024;
    let mut stage = Stage::new().await;
    stage.service.reading_room = Arc::new(ReadingRoom::with_room(ROOM));
    let mut message = b"Subject: large\r\n\r\n".to_vec();
    message.extend((0..2_000_000_u32).map(|n| b'a' + u8::try_from(n % 23).unwrap()));
    stage.file(&message).await;
    stage.file(b"Subject: small\r\n\r\nsmall").await;
    let mut client = stage.reads_opened().await;
    for from in [0, 600_000, 1_900_000] {
        let piece = client.octets(&format!("FETCH 1 BODY.PEEK[]<{from}.500000>")).await;
        assert!(piece == message[from..message.len().min(from + 500_000)], "{from}");
    }
    assert!(client.octets("FETCH 1 BODY.PEEK[]").await == message);
    assert!(!stage.nothing_is_open(ROOM), "it is at hand");

    // Whoever idles reads nothing.
    client.send(b"i IDLE\r\n").await;
    assert_eq!(client.line().await.as_deref(), Some("+ idling"));
    assert!(stage.nothing_is_open(ROOM));
    client.send(b"DONE\r\n").await;
    client.line().await.unwrap();
    assert!(client.octets("FETCH 1 BODY.PEEK[TEXT]").await == message[18..]);
    client.command("CLOSE").await;
    assert!(stage.nothing_is_open(ROOM));
    client.command("SELECT INBOX").await;
    client.octets("FETCH 2 BODY.PEEK[]").await;
    assert!(!stage.nothing_is_open(ROOM));
    client.command("LOGOUT").await;
    assert_eq!(client.line().await, None);
    assert!(stage.nothing_is_open(ROOM), "nothing stays open when its reader has gone");
}

#[tokio::test]
async fn many_readers_share_little_room() {
    let mut stage = Stage::new().await;
    // One message takes more than there is.
    stage.service.reading_room = Arc::new(ReadingRoom::with_room(256 * 1024));
    let letters: Vec<Vec<u8>> =
        (0..4_u8).map(|n| [b"Subject: x\r\n\r\n".to_vec(), vec![b'a' + n; 150_000]].concat()).collect();
    for letter in &letters {
        stage.file(letter).await;
    }
    let mut readers = Vec::new();
    for _ in 0..6 {
        readers.push(stage.reads_opened().await);
    }
    let mut reading = tokio::task::JoinSet::new();
    for (first, mut reader) in readers.into_iter().enumerate() {
        let letters = letters.clone();
        reading.spawn(async move {
            for round in 0..8 {
                let at = (first + round) % letters.len();
                assert!(reader.octets(&format!("FETCH {} BODY.PEEK[]", at + 1)).await == letters[at]);
            }
            // Stays, with what it read last at hand.
            reader
        });
    }
    let stayed = reading.join_all().await;
    assert_eq!(stayed.len(), 6);
    // Somebody who reads nothing holds nobody up.
    let mut late = stage.reads_opened().await;
    assert!(late.octets("FETCH 1 BODY.PEEK[]").await == letters[0]);
    assert_eq!(late.command("SEARCH BODY bbbb").await[0], "* SEARCH 2");
}

#[tokio::test]
async fn a_device_that_is_revoked_is_shown_nothing_more() {
    let stage = Stage::new().await;
    stage.file(b"Subject: a\r\n\r\nb").await;
    let mut client = stage.reads_opened().await;
    assert_eq!(client.octets("FETCH 1 BODY.PEEK[]").await, b"Subject: a\r\n\r\nb");
    let devices = crate::core::devices::list(&stage.home.context, stage.alice).await.unwrap().devices;
    let opened = devices.iter().find(|device| device.opened).unwrap().id;
    crate::core::devices::revoke(&stage.home.context, stage.alice, opened).await.unwrap();
    assert_eq!(client.line().await.as_deref(), Some("* BYE this device may not sign in any more"));
    let mut client = stage.connect();
    client.line().await.unwrap();
    let answer = client.command(&format!("LOGIN alice {}", stage.opened)).await;
    assert!(answer[0].starts_with("x NO [AUTHENTICATIONFAILED]"), "{answer:?}");
}

#[tokio::test]
async fn a_device_that_mail_is_opened_for_signs_in_anew_when_the_keys_change() {
    let mut stage = Stage::new().await;
    stage.file(b"Subject: a\r\n\r\nb").await;
    let mut opened = stage.reads_opened().await;
    let mut sealed = stage.sign_in().await;
    let (alice, home) = (stage.alice, &mut stage.home);
    let visitor = crate::core::testing::visitor("127.0.0.1");
    let (_, unlocked) = home.login(&"alice@home.test".parse().unwrap(), PASSPHRASE, visitor).await.unwrap();
    let (now, shown) = (home.now(), ConfirmResponse { confirmation: Base64::default() });
    let OwnKey { certificate, sealed_secret_key, .. } =
        unlocked.another_key(shown, false, now, &mut home.rng).unwrap().key;
    let key = KeyRecord {
        fingerprint: Certificate::parse(&certificate.0).unwrap().fingerprint().as_bytes().to_vec(),
        certificate: certificate.0,
        sealed_secret_key: sealed_secret_key.0,
        sealed_revocation: None,
    };
    home.context.store.write(move |tx| own_keys::add(tx, alice, &key, false, now)).await.unwrap();
    assert_eq!(opened.line().await.as_deref(), Some("* BYE the keys have changed, sign in anew"));
    assert!(sealed.command("NOOP").await[0].starts_with("x OK"));
    // With the same password it opens what was sealed to either.
    stage.file(b"Subject: c\r\n\r\nd").await;
    let mut opened = stage.reads_opened().await;
    assert_eq!(opened.octets("FETCH 1 BODY.PEEK[]").await, b"Subject: a\r\n\r\nb");
    assert_eq!(opened.octets("FETCH 2 BODY.PEEK[]").await, b"Subject: c\r\n\r\nd");
}

#[tokio::test]
async fn what_is_kept_under_the_key_for_mail_at_rest_is_opened_too() {
    let stage = Stage::new().await;
    let (alice, context) = (stage.alice, &stage.home.context);
    let sealed_to = async || {
        let read: Result<_, StoreError> = context.store.read(move |tx| rest_keys::certificate(tx, alice)).await;
        Certificate::parse(&read.unwrap()).unwrap()
    };
    stage.file(b"Subject: a\r\n\r\nb").await;
    assert_eq!(sealed_to().await, stage.certificate().await, "a device opens mail itself");
    crate::core::devices::revoke(context, alice, stage.device).await.unwrap();
    assert!(sealed_to().await.is_for_rest());
    stage.file(b"Subject: c\r\n\r\nd").await;
    let mut client = stage.reads_opened().await;
    assert_eq!(client.octets("FETCH 1 BODY.PEEK[]").await, b"Subject: a\r\n\r\nb");
    assert_eq!(client.octets("FETCH 2 BODY.PEEK[]").await, b"Subject: c\r\n\r\nd");
    assert_eq!(client.command("SEARCH BODY d").await[0], "* SEARCH 2");
}
