//! What several tests of `shared` need: people with keys, a repeatable source of randomness, the corpus of real messages.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use shared::api::Timestamp;
use shared::pgp::SecretKey;

/// When the tests take place: 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp(1_767_225_600);

pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

pub fn person(user_id: &str) -> SecretKey {
    let seed = user_id.bytes().fold(1, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    SecretKey::make(user_id, NOW.plus(-86_400), &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

/// The messages of the corpus that `MAIL_CORPUS` names, with their paths; nothing, and a line that says so, where it is absent.
pub fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let Some(folder) = std::env::var_os("MAIL_CORPUS").map(PathBuf::from).filter(|folder| folder.is_dir()) else {
        println!("skipped: MAIL_CORPUS does not name a folder of messages");
        return Vec::new();
    };
    let mut files = Vec::new();
    gather(&folder, &mut files);
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            files.push(path);
        }
    }
}
