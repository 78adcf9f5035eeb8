//! Tends the account's own keys, and makes, withdraws and brings in others.

use rand::{CryptoRng, RngCore};
use shared::access::{Standing, Unlocked, read_keys};
use shared::api::Timestamp;
use shared::api::own_key::NewKeyRequest;
use shared::pgp::SecretKey;

use super::protocol::AskError;
use super::protocol::keys::{AnotherKey, CheckKeys, ImportKeys, KeyFile, KeyStanding, KeyTasks, KeyView};
use crate::platform::buffer::Buffer;
use crate::platform::carried::Carried;

/// What the box is to be told.
pub(super) fn tasks(
    account: &Unlocked,
    now: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<KeyTasks, AskError> {
    let (news, rest) = (account.tend_keys(now, rng)?, account.tend_rest_key(now, rng)?);
    Ok(KeyTasks {
        news: news.iter().map(Carried::write).collect::<Result<_, _>>()?,
        rest: rest.as_ref().map(Carried::write).transpose()?,
    })
}

/// All keys.
pub(super) fn list(account: &Unlocked, now: Timestamp) -> Vec<KeyView> {
    let states = account.key_states(now).into_iter();
    let view = states.map(|key| KeyView {
        fingerprint: key.fingerprint.to_string(),
        created_at: key.created_at,
        standing: match key.standing {
            Standing::Current => KeyStanding::Current,
            Standing::Retired => KeyStanding::Retired,
            Standing::Withdrawn => KeyStanding::Withdrawn,
        },
        good_until: key.good_until,
    });
    view.collect()
}

/// What withdraws the current key.
pub(super) fn withdrawal_file(
    account: &Unlocked,
    now: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Buffer, AskError> {
    Ok(account.withdrawal_file(now, rng)?.into_bytes().into())
}

/// Another key.
pub(super) fn another(
    account: &Unlocked,
    ask: &AnotherKey,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Carried<NewKeyRequest>, AskError> {
    Ok(Carried::write(&account.another_key(ask.confirmed.read()?, ask.stolen, ask.now, rng)?)?)
}

/// Looks into a file.
pub(super) fn check(account: &Unlocked, ask: &CheckKeys) -> Result<(), AskError> {
    read(account, &ask.file, ask.now).map(drop)
}

/// Brings keys in.
pub(super) fn import(
    account: &Unlocked,
    ask: &ImportKeys,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<Carried<NewKeyRequest>>, AskError> {
    let confirmed = ask.confirmed.read()?;
    let keys = read(account, &ask.file, ask.now)?;
    let mut requests = Vec::new();
    for key in &keys {
        let request = account.new_key(confirmed.clone(), key, ask.file.place, ask.now, rng)?;
        requests.push(Carried::write(&request)?);
    }
    Ok(requests)
}

fn read(account: &Unlocked, file: &KeyFile, now: Timestamp) -> Result<Vec<SecretKey>, AskError> {
    let keys = read_keys(&file.bytes.to_vec(), file.passphrase.expose(), file.place, account.address(), now);
    keys.map_err(AskError::Key)
}
