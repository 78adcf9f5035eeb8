//! The keys of a box, each pair a file in its data folder, and which of them it signs with.
//!
//! A pair is named after the day on which it was made, so names are in the order of time. The first one is in use at once: there is no other.
//! A later one (`own-mailbox dkim rotate`) *waits* until the box has found its records in DNS, because what is signed with a key that
//! nobody finds counts as not signed. Then the one before is *old*: its records must be found until its last signature is no longer
//! good, and its file is removed after that.
//!
//! Invariants: the private keys are in these files and in memory only, never in the database; which pair is in use is written by the
//! box alone; a pair is removed only when another one has been in use for long enough.

use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared::api::Timestamp;
use time::OffsetDateTime;

use super::key::{NotKeys, Pair};
use super::signature::GOOD_SECONDS;
use crate::core::Random;
use crate::store::{StoreError, keyfile};

/// What a file of a pair is called around its name.
const FILE: (&str, &str) = ("dkim-", ".key");
/// Where it is noted which pair is in use.
const IN_USE_FILE: &str = "dkim.json";

/// The folder of a box, for its keys.
#[derive(Clone, Debug)]
pub struct Keys(PathBuf);

/// A pair that there is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The day on which it was made, `YYYYMMDD`, with a letter behind it where there was one already.
    pub name: String,
    /// What it is for.
    pub use_: Use,
}

/// What a pair is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Signed with before; its records must be found until then.
    Old {
        /// When its last signature is no longer good.
        until: Timestamp,
    },
    /// Signed with now.
    Current,
    /// Signed with as soon as its records are found.
    Waiting,
}

/// Which pair is in use, and since when.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct InUse {
    name: String,
    since: Timestamp,
}

/// Why there is no other pair.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// One waits already.
    #[error("the keys {0} wait for their DNS records already: `own-mailbox dns` prints them")]
    Waiting(String),
    /// So many were made on one day.
    #[error("so many keys were made today that they have no names left")]
    NoName,
    /// The files cannot be read or made.
    #[error("the keys cannot be read or made")]
    Store(#[from] StoreError),
}

impl Keys {
    /// The keys in this data folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The keys in this data folder, of which there is a first pair from now on, and one in use that can be read.
    ///
    /// # Errors
    /// [`StoreError::Io`] where it can neither be made nor read.
    pub fn open(folder: &Path, random: &Random, now: Timestamp) -> Result<Self, StoreError> {
        let keys = Self::of(folder);
        keys.make_first(random, now)?;
        if let Some(current) = keys.all()?.iter().find(|kept| kept.use_ == Use::Current) {
            keys.pair(&current.name)?;
        }
        Ok(keys)
    }

    /// Makes the first pair, unless there is one.
    pub(super) fn make_first(&self, random: &Random, now: Timestamp) -> Result<(), StoreError> {
        if self.all()?.is_empty() { self.make(&day(now), random) } else { Ok(()) }
    }

    /// All pairs, the oldest first; one of them is current, if there is any.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the folder cannot be read.
    pub fn all(&self) -> Result<Vec<Kept>, StoreError> {
        let mut names = keyfile::names(&self.0, FILE.0, FILE.1)?;
        names.retain(|name| is_name(name));
        let noted = self.noted().filter(|noted| names.contains(&noted.name));
        let current = noted.as_ref().map_or_else(|| names.first().cloned(), |noted| Some(noted.name.clone()));
        let until = noted.map_or(Timestamp(0), |noted| noted.since.plus(GOOD_SECONDS));
        let kept = |name: String| {
            let use_ = match Some(&name).cmp(&current.as_ref()) {
                std::cmp::Ordering::Less => Use::Old { until },
                std::cmp::Ordering::Equal => Use::Current,
                std::cmp::Ordering::Greater => Use::Waiting,
            };
            Kept { name, use_ }
        };
        Ok(names.into_iter().map(kept).collect())
    }

    /// The pair of this name.
    ///
    /// # Errors
    /// [`StoreError::Io`] where it cannot be read.
    pub fn pair(&self, name: &str) -> Result<Pair, StoreError> {
        let text = keyfile::read(&self.0, &file(name))?;
        Pair::read(name, &text).map_err(|NotKeys| {
            StoreError::Io(io::Error::new(io::ErrorKind::InvalidData, format!("{}: {NotKeys}", file(name))))
        })
    }

    /// Makes another pair, which waits until its records are found; answers its name.
    ///
    /// # Errors
    /// [`RotateError`]; nothing was changed then.
    pub fn rotate(&self, random: &Random, now: Timestamp) -> Result<String, RotateError> {
        let all = self.all()?;
        if let Some(waiting) = all.iter().find(|kept| kept.use_ == Use::Waiting) {
            return Err(RotateError::Waiting(waiting.name.clone()));
        }
        let day = day(now);
        let letters = std::iter::once(String::new()).chain(('b'..='z').map(String::from));
        // After all others, also where the clock of the machine has gone back.
        let mut names = letters.map(|letter| format!("{day}{letter}"));
        let name = names.find(|name| all.iter().all(|kept| kept.name < *name)).ok_or(RotateError::NoName)?;
        self.make(&name, random)?;
        Ok(name)
    }

    /// Notes that a pair is in use from now on.
    pub(super) fn put_in_use(&self, name: &str, now: Timestamp) -> Result<(), StoreError> {
        let text = serde_json::to_vec(&InUse { name: name.to_owned(), since: now }).map_err(io::Error::from)?;
        Ok(keyfile::replace(&self.0, IN_USE_FILE, &text)?)
    }

    /// Removes an old pair.
    pub(super) fn remove(&self, name: &str) -> Result<(), StoreError> {
        Ok(std::fs::remove_file(self.0.join(file(name)))?)
    }

    fn make(&self, name: &str, random: &Random) -> Result<(), StoreError> {
        keyfile::read_or_make(&self.0, &file(name), || Pair::make(&mut random.clone()))?;
        // Made by the machine's administrator beside the box, it must be readable for the box all the same.
        let (folder, path) = (std::fs::metadata(&self.0)?, self.0.join(file(name)));
        if std::fs::metadata(&path)?.uid() != folder.uid() {
            // One that the box cannot read would be taken for its first.
            chown(&path, Some(folder.uid()), Some(folder.gid())).inspect_err(|_| drop(std::fs::remove_file(&path)))?;
        }
        Ok(())
    }

    /// What was noted last. A note that is lost or broken is worth no more than none: the oldest pair is in use then, whose records
    /// are there if those of any are.
    fn noted(&self) -> Option<InUse> {
        serde_json::from_slice(&std::fs::read(self.0.join(IN_USE_FILE)).ok()?).ok()
    }
}

fn file(name: &str) -> String {
    format!("{}{name}{}", FILE.0, FILE.1)
}

/// Names become labels in DNS, so nothing else that lies there is taken for one.
fn is_name(name: &str) -> bool {
    let (day, letter) = name.split_at_checked(8).unwrap_or((name, ""));
    let is_letter = |letter: &str| letter.len() <= 1 && letter.bytes().all(|byte| byte.is_ascii_lowercase());
    day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) && is_letter(letter)
}

fn day(now: Timestamp) -> String {
    let date = OffsetDateTime::from_unix_timestamp(now.0).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const DAY: i64 = 24 * 3600;
    const NOON: Timestamp = Timestamp(1_795_780_800);

    fn uses(keys: &Keys) -> Vec<(String, Use)> {
        keys.all().unwrap().into_iter().map(|kept| (kept.name, kept.use_)).collect()
    }

    #[test]
    fn the_first_pair_is_in_use_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), &Random::system(), NOON).unwrap();
        assert_eq!(uses(&keys), [("20261127".to_owned(), Use::Current)]);
        let mode = std::fs::metadata(folder.path().join("dkim-20261127.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let records = keys.pair("20261127").unwrap().records();
        let again = Keys::open(folder.path(), &Random::system(), NOON.plus(90 * DAY)).unwrap();
        assert_eq!(again.pair("20261127").unwrap().records(), records);
    }

    #[test]
    fn another_pair_waits_and_makes_the_one_before_old() {
        let folder = tempfile::tempdir().unwrap();
        let random = Random::system();
        let keys = Keys::open(folder.path(), &random, NOON).unwrap();
        assert_eq!(keys.rotate(&random, NOON.plus(5)).unwrap(), "20261127b");
        let named = |first, second| vec![("20261127".to_owned(), first), ("20261127b".to_owned(), second)];
        assert_eq!(uses(&keys), named(Use::Current, Use::Waiting));
        assert!(matches!(keys.rotate(&random, NOON), Err(RotateError::Waiting(name)) if name == "20261127b"));
        keys.put_in_use("20261127b", NOON.plus(DAY)).unwrap();
        let old = Use::Old { until: NOON.plus(8 * DAY) };
        assert_eq!(uses(&keys), named(old, Use::Current));
        // A clock that went back gives no name that would be taken for an older one.
        assert!(matches!(keys.rotate(&random, NOON.plus(-DAY)), Err(RotateError::NoName)));
        assert_eq!(keys.rotate(&random, NOON.plus(2 * DAY)).unwrap(), "20261129");
        // Without the note the oldest counts.
        std::fs::write(folder.path().join("dkim.json"), "{").unwrap();
        assert_eq!(uses(&keys)[0].1, Use::Current);
    }

    #[test]
    fn only_files_of_keys_are_keys_and_a_broken_one_is_noticed_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["dkim-x.key", "dkim-20261127.key.123", "dkim-2026112.key", "dkim-20261127B.key", "dkim-é0261127.key"]
        {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(uses(&Keys::of(folder.path())), []);
        std::fs::write(folder.path().join("dkim-20261127.key"), "broken").unwrap();
        assert!(matches!(Keys::open(folder.path(), &Random::system(), NOON), Err(StoreError::Io(_))));
    }
}
