//! The box's OPAQUE setup, the logins that have begun and wait for their second step, and who has just shown the passphrase.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use shared::api::Timestamp;
use shared::vault::opaque::{PendingLogin, ServerSetup};

use super::Random;
use super::throttle::{Attempt, Charge};
use crate::store::{AccountNo, StoreError, keyfile};

/// The file of the box's OPAQUE setup.
const KEY_FILE: &str = "opaque.key";

/// How long a login may take between its steps, seconds: the client stretches the passphrase in between, which takes a slow
/// phone some seconds.
const BEGUN_SECONDS: i64 = 120;
/// Logins that may have begun at once; the oldest gives way. Each takes some hundred octets.
const BEGUN: usize = 4096;
/// How long a session may change what opens its account after it has shown the passphrase, seconds: twelve words are written
/// down in between, perhaps after a pen was looked for.
const CONFIRMED_SECONDS: i64 = 60 * 60;
/// Confirmations that are remembered at once; the oldest gives way.
const CONFIRMED: usize = 4096;

/// A SHA-256.
type Hash = [u8; 32];

/// A login after its first step.
pub(in crate::core) struct Begun {
    /// Whose, if somebody has the address, and the hash of the record that it began with.
    pub(in crate::core) account: Option<(AccountNo, Hash)>,
    /// What the second step is checked with.
    pub(in crate::core) pending: PendingLogin,
    /// The try as it was counted.
    pub(in crate::core) attempt: Attempt,
    /// What success takes back.
    pub(in crate::core) charge: Charge,
    began_at: Timestamp,
}

/// What the box needs to let people in.
pub struct Gate {
    setup: ServerSetup,
    begun: Mutex<BTreeMap<[u8; 16], Begun>>,
    /// By confirmation: whose session has shown the passphrase, and when.
    confirmed: Mutex<BTreeMap<Hash, (Hash, Timestamp)>>,
}

impl Gate {
    /// Reads the box's setup from its file in the data folder; a new box gets one. Without this file no passphrase opens
    /// anything again: it belongs into every backup.
    ///
    /// # Errors
    /// Where the file cannot be read or made, or was written by a newer program.
    pub fn open(folder: &Path, random: &Random) -> Result<Self, StoreError> {
        let bytes = keyfile::read_or_make(folder, KEY_FILE, || ServerSetup::make(&mut random.clone()).to_bytes())?;
        let unusable = |error| io::Error::new(io::ErrorKind::InvalidData, format!("{KEY_FILE}: {error}"));
        let setup = ServerSetup::from_bytes(bytes.expose()).map_err(unusable)?;
        Ok(Self { setup, begun: Mutex::default(), confirmed: Mutex::default() })
    }

    pub(in crate::core) fn setup(&self) -> &ServerSetup {
        &self.setup
    }

    /// Keeps a login until its second step.
    pub(in crate::core) fn begin(
        &self,
        id: [u8; 16],
        account: Option<(AccountNo, Hash)>,
        pending: PendingLogin,
        (attempt, charge): (Attempt, Charge),
        now: Timestamp,
    ) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|_, login| is_fresh(login, now));
        if begun.len() >= BEGUN {
            let oldest = begun.iter().min_by_key(|(_, login)| login.began_at).map(|(id, _)| *id);
            oldest.and_then(|id| begun.remove(&id));
        }
        begun.insert(id, Begun { account, pending, attempt, charge, began_at: now });
    }

    /// Takes a login out for its second step: each can be tried once.
    pub(in crate::core) fn take(&self, id: &[u8], now: Timestamp) -> Option<Begun> {
        let id: [u8; 16] = id.try_into().ok()?;
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.remove(&id).filter(|login| is_fresh(login, now))
    }

    /// Remembers that this session has shown the passphrase; `confirmation` is the hash of what it got for that.
    pub(in crate::core) fn confirm(&self, confirmation: Hash, session: Hash, now: Timestamp) {
        let mut confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        confirmed.retain(|_, (_, at)| is_recent(*at, CONFIRMED_SECONDS, now));
        if confirmed.len() >= CONFIRMED {
            let oldest = confirmed.iter().min_by_key(|(_, (_, at))| *at).map(|(hash, _)| *hash);
            oldest.and_then(|hash| confirmed.remove(&hash));
        }
        confirmed.insert(confirmation, (session, now));
    }

    /// Whether this session has shown the passphrase not long ago.
    pub(in crate::core) fn is_confirmed(&self, confirmation: Hash, session: Hash, now: Timestamp) -> bool {
        let confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        confirmed.get(&confirmation).is_some_and(|(of, at)| *of == session && is_recent(*at, CONFIRMED_SECONDS, now))
    }
}

fn is_fresh(login: &Begun, now: Timestamp) -> bool {
    is_recent(login.began_at, BEGUN_SECONDS, now)
}

/// A time from the future was noted before the clock was set back.
fn is_recent(at: Timestamp, seconds: i64, now: Timestamp) -> bool {
    (0..=seconds).contains(&(now.0 - at.0))
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}
