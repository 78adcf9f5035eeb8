//! What opens the account, changed by who is logged in: another passphrase, another recovery code.

use std::io;

use rand::rngs::OsRng;
use shared::access::{self, Unlocked};
use shared::api::account::{ConfirmResponse, LoginStartResponse, PassphraseStartResponse};
use shared::api::paths;
use shared::vault::Passphrase;

use super::access::{Connected, open, show_words};
use super::args::{ChangePassphraseArgs, NewRecoveryCodeArgs, Place};
use super::{ClientError, secrets, tell};

pub(super) async fn passphrase(place: Place, args: ChangePassphraseArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let present = secrets::passphrase(args.passphrase.passphrase_file.as_deref())?;
    let new = secrets::new_passphrase(args.new_passphrase_file.as_deref(), secrets::NEW_BESIDE_PRESENT)?;
    let confirmed = confirm(&mut connected, &unlocked, present).await?;
    let (change, request) = unlocked.passphrase_start(confirmed, new, &mut OsRng)?;
    let response: PassphraseStartResponse = connected.api.post(paths::PASSPHRASE_START, &request).await?;
    let request = change.finish(&response, &mut OsRng)?;
    if let Err(error) = connected.api.tell(paths::PASSPHRASE, &request).await {
        if error.is_in_doubt() {
            tell("The box did not answer in the end: either the old or the new passphrase is in force now.")?;
        }
        return Err(error);
    }
    tell(
        "The new passphrase is in force; all other sessions have ended. Passwords of mail programs and the recovery code stay.",
    )
}

pub(super) async fn recovery_code(place: Place, args: NewRecoveryCodeArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let passphrase = secrets::passphrase(args.passphrase.passphrase_file.as_deref())?;
    let confirmed = confirm(&mut connected, &unlocked, passphrase).await?;
    let new = unlocked.recovery_code(confirmed, args.words.language.into(), &mut OsRng);
    show_words(&new.words)?;
    if !args.kept && !is_kept()? {
        return Err(ClientError::Refused("the new code is not in force; the old one is".into()));
    }
    if let Err(error) = connected.api.tell(paths::RECOVERY_CODE, &new.request).await {
        if error.is_in_doubt() {
            tell("The box did not answer in the end: either the old or the new code is in force now. Keep both.")?;
        }
        return Err(error);
    }
    tell("The new recovery code is in force; the old one is worth nothing any more.")
}

/// Shows the box the passphrase of who is logged in, by a login that ends without a session of its own.
pub(super) async fn confirm(
    connected: &mut Connected,
    unlocked: &Unlocked,
    passphrase: Passphrase,
) -> Result<ConfirmResponse, ClientError> {
    let (login, request) = access::login_start(unlocked.address().clone(), passphrase, &mut OsRng)?;
    let response: LoginStartResponse = connected.api.post(paths::LOGIN_START, &request).await?;
    let (request, _) = login.finish(&response, &mut OsRng)?;
    connected.api.post(paths::CONFIRM, &request).await
}

fn is_kept() -> Result<bool, ClientError> {
    tell("Are the words kept? The old code is worth nothing afterwards. Type yes:")?;
    let mut line = String::new();
    let failed = |error| ClientError::Failed(format!("cannot read from standard input: {error}"));
    io::stdin().read_line(&mut line).map_err(failed)?;
    Ok(line.trim().eq_ignore_ascii_case("yes"))
}
