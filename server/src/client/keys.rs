//! The account's own OpenPGP keys: listed, withdrawn, brought in from elsewhere.

use rand::rngs::OsRng;
use shared::access::{Standing, read_keys};
use shared::api::own_key::KeyPlace;
use shared::api::paths;

use super::access::{open, save, tend_anew};
use super::args::{ImportKeyArgs, PassphraseArgs, Place, WithdrawalFileArgs};
use super::change::confirm;
use super::reading::day;
use super::{ClientError, now, print, secrets, tell};

/// Largest file of a key that is read, octets.
const FILE_BYTES: usize = shared::api::limits::CERTIFICATE_BYTES * 2;

pub(super) async fn list(place: Place) -> Result<(), ClientError> {
    let (_, unlocked) = open(place).await?;
    for key in unlocked.key_states(now()) {
        let standing = match key.standing {
            Standing::Current => "current",
            Standing::Retired => "retired",
            Standing::Withdrawn => "withdrawn",
        };
        let end = key.good_until.map_or_else(|| "-".to_owned(), day);
        print(&format!("{}\t{standing}\t{}\t{end}\n", key.fingerprint, day(key.created_at)))?;
    }
    if let Some(key) = unlocked.rest_key() {
        print(&format!("{}\tat-rest\t{}\t-\n", key.fingerprint(), day(key.certificate().created_at())))?;
    }
    Ok(())
}

pub(super) async fn withdrawal_file(place: Place, args: WithdrawalFileArgs) -> Result<(), ClientError> {
    let (_, unlocked) = open(place).await?;
    save(args.out.as_deref(), &unlocked.withdrawal_file(now(), &mut OsRng)?)
}

pub(super) async fn withdraw(place: Place, args: PassphraseArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let passphrase = secrets::passphrase(args.passphrase_file.as_deref())?;
    let confirmed = confirm(&mut connected, &unlocked, passphrase).await?;
    let request = unlocked.another_key(confirmed, true, now(), &mut OsRng)?;
    let done = connected.api.tell(paths::OWN_KEYS, &request).await;
    if done.as_ref().is_err_and(ClientError::is_in_doubt) {
        tell("The box did not answer in the end: `own-mailbox client keys` shows whether the key is withdrawn.")?;
    }
    done?;
    tend_anew(&mut connected).await?;
    tell(
        "The key is withdrawn and a new one is in its place; the old one opens old mail. Mail programs need the new one.",
    )
}

pub(super) async fn import(place: Place, args: ImportKeyArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let failed = |error| ClientError::Failed(format!("cannot read {}: {error}", args.file.display()));
    let file = std::fs::read(&args.file).map_err(failed)?;
    if file.len() > FILE_BYTES {
        return Err(ClientError::Refused(format!("{} is too large for a key", args.file.display())));
    }
    let phrase = match &args.key_passphrase_file {
        Some(path) => secrets::first_line(path)?,
        None => shared::vault::Secret::new(String::new()),
    };
    let becomes = if args.mine { KeyPlace::Current } else { KeyPlace::Retired };
    let keys = read_keys(&file, phrase.expose(), becomes, unlocked.address(), now());
    let keys = keys.map_err(|flaw| ClientError::Refused(flaw.to_string()))?;
    let passphrase = secrets::passphrase(args.passphrase.passphrase_file.as_deref())?;
    let confirmed = confirm(&mut connected, &unlocked, passphrase).await?;
    for key in &keys {
        let request = unlocked.new_key(confirmed.clone(), key, becomes, now(), &mut OsRng)?;
        connected.api.tell(paths::OWN_KEYS, &request).await?;
        tell(&format!("{} is here.", key.fingerprint()))?;
    }
    if becomes == KeyPlace::Current { tend_anew(&mut connected).await } else { Ok(()) }
}
