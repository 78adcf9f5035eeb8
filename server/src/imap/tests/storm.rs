//! Several sessions at once, doing whatever comes to mind: what each was told must add up to what the store holds.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::{Client, MESSAGES, Stage};
use crate::store::{StoreError, mailboxes, views};

const SESSIONS: usize = 3;
const COMMANDS: usize = 150;

/// A client that believes what it is told, and nothing else.
struct Believer {
    client: Client,
    /// What it knows of the messages by their numbers; `None` where it was never told the UID.
    uids: Vec<Option<u32>>,
}

impl Believer {
    async fn new(stage: &Stage) -> Self {
        let mut believer = Self { client: stage.sign_in().await, uids: Vec::new() };
        believer.tell("SELECT INBOX").await;
        believer
    }

    /// Gives a command and takes in what comes.
    async fn tell(&mut self, command: &str) {
        let uses_numbers = ["FETCH", "STORE", "SEARCH"].iter().any(|word| command.starts_with(word));
        for line in self.client.command(command).await {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["*", count, "EXISTS"] => {
                    let count = count.parse().unwrap();
                    assert!(count >= self.uids.len(), "messages went without a word: {line}");
                    self.uids.resize(count, None);
                }
                ["*", number, "EXPUNGE"] => {
                    assert!(!uses_numbers, "numbers changed during {command}");
                    let number: usize = number.parse().unwrap();
                    self.uids.remove(number - 1);
                }
                ["*", number, "FETCH", "(UID", uid, ..] => {
                    let uid: u32 = uid.trim_end_matches(')').parse().unwrap();
                    let known = &mut self.uids[number.parse::<usize>().unwrap() - 1];
                    assert!(known.is_none_or(|known| known == uid), "{line}: was {known:?}");
                    *known = Some(uid);
                }
                ["x", "BAD", ..] => panic!("{command}: {line}"),
                _ => {}
            }
        }
    }

    fn random_command(&self, rng: &mut ChaCha20Rng) -> String {
        let number = || (!self.uids.is_empty()).then_some(self.uids.len());
        let Some(count) = number() else { return "NOOP".into() };
        let (one, other) = (rng.gen_range(1..=count), rng.gen_range(1..=count));
        let uid = rng.gen_range(1..200);
        let kinds = [
            format!("FETCH {one}:{other} (UID FLAGS)"),
            format!("UID FETCH {uid}:* (FLAGS)"),
            format!("STORE {one} +FLAGS (\\Deleted)"),
            format!("STORE {one},{other} -FLAGS.SILENT (\\Deleted)"),
            format!("UID STORE {uid}:{} +FLAGS (\\Flagged)", uid + 5),
            format!("COPY {one} INBOX"),
            format!("UID MOVE {uid} INBOX"),
            "SEARCH UNSEEN".into(),
            "EXPUNGE".into(),
            "NOOP".into(),
        ];
        kinds.choose(rng).unwrap().clone()
    }
}

#[tokio::test]
async fn what_every_session_was_told_adds_up() {
    let stage = Stage::new().await;
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    for _ in 0..5 {
        stage.store("small", "INBOX").await;
    }
    let mut believers = Vec::new();
    for _ in 0..SESSIONS {
        believers.push(Believer::new(&stage).await);
    }
    for _ in 0..COMMANDS {
        if rng.gen_bool(0.2) {
            stage.store(MESSAGES.choose(&mut rng).unwrap().0, "INBOX").await;
        }
        let believer = believers.choose_mut(&mut rng).unwrap();
        let command = believer.random_command(&mut rng);
        believer.tell(&command).await;
    }
    let alice = stage.alice;
    let stored: Result<_, StoreError> =
        stage.home.context.store.read(move |tx| views::uids(tx, mailboxes::by_name(tx, alice, "INBOX")?.id)).await;
    let stored: Vec<Option<u32>> = stored.unwrap().into_iter().map(Some).collect();
    for believer in &mut believers {
        believer.tell("NOOP").await;
        believer.tell("UID FETCH 1:* (FLAGS)").await;
        assert_eq!(believer.uids, stored);
    }
}

#[tokio::test]
async fn noise_ends_no_connection_but_its_own() {
    let stage = Stage::new().await;
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    stage.store("nested", "INBOX").await;
    let words = [
        "a ",
        "FETCH ",
        "UID ",
        "1:* ",
        "(",
        ")",
        "BODY[",
        "]",
        "HEADER",
        "\r\n",
        "\r\n",
        "{5}\r\n",
        "{3+}\r\n",
        "\"",
        "SEARCH ",
        "APPEND INBOX ",
        "IDLE\r\n",
        "DONE\r\n",
        "SELECT INBOX\r\n",
        "x NOOP\r\n",
        "STORE 1 ",
        "FLAGS ",
        "\\Seen ",
        "\0",
        "é",
        "*",
    ];
    for _ in 0..100 {
        let mut client = stage.sign_in().await;
        client.command("SELECT INBOX").await;
        let mut noise = Vec::new();
        for _ in 0..40 {
            noise.extend_from_slice(words.choose(&mut rng).unwrap().as_bytes());
            if rng.gen_bool(0.1) {
                noise.push(rng.r#gen());
            }
        }
        client.send(&noise).await;
        tokio::io::AsyncWriteExt::shutdown(client.stream.get_mut()).await.unwrap();
        let mut rest = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut client.stream, &mut rest).await.unwrap();
    }
    let mut client = stage.sign_in().await;
    assert!(client.command("NOOP").await.last().unwrap().starts_with("x OK"));
}
