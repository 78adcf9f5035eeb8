//! Passwords for mail programs: made by the page, known here by a hash of what is derived from them.
//!
//! A device password has 160 random bits, so a wrong one is counted and a right one always opens: a device that signed in
//! before is never locked out by others' failures.

use shared::api::device::{CreateDeviceRequest, Device, DeviceId};
use shared::api::{EmailAddress, limits};
use shared::vault::DevicePassword;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Context;
use super::throttle::{self, Attempt, Door, Refused, Visitor};
use crate::store::accounts::{self, AccountRecord};
use crate::store::{AccountNo, ReadTx, StoreError, devices};

/// The use of a password is noted this often at most, seconds: a note is a write.
const NOTED_EVERY_SECONDS: i64 = 10 * 60;
/// Octets of HKDF(password, "device/auth").
const AUTH_BYTES: usize = 32;

/// Why a device was not made or not let in.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The request is not well-formed: no name, a name too long, an auth of another size.
    #[error("the request is not well-formed")]
    Malformed,
    /// The account has [`limits::DEVICES`] already.
    #[error("the account has too many devices")]
    TooMany,
    /// Address or password are wrong, or the account is disabled; which is not told.
    #[error("address or password are wrong")]
    WrongPassword,
    /// Too many failures; the next try is heard after so many seconds.
    #[error("too many tries; the next is heard in {0} seconds")]
    Wait(u32),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<Refused> for DeviceError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wait(seconds) => Self::Wait(seconds),
            Refused::Store(error) => Self::Store(error),
        }
    }
}

/// A mail program that has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInDevice {
    /// Whose it is.
    pub account: AccountNo,
    /// Its account's first address.
    pub address: EmailAddress,
    /// Which device.
    pub device: DeviceId,
}

/// The devices of an account, newest first.
///
/// # Errors
/// Where the store fails.
pub async fn list(context: &Context, account: AccountNo) -> Result<Vec<Device>, DeviceError> {
    context.store.read(move |tx| Ok(devices::list(tx, account)?)).await
}

/// Gives a device a password.
///
/// # Errors
/// [`DeviceError::Malformed`], [`DeviceError::TooMany`].
pub async fn create(
    context: &Context,
    account: AccountNo,
    request: CreateDeviceRequest,
) -> Result<Device, DeviceError> {
    let name = request.name.trim().to_owned();
    let good_name = !name.is_empty()
        && name.chars().count() <= limits::DISPLAY_NAME_CHARS
        && !name.chars().any(char::is_control);
    if !good_name || request.auth.0.len() != AUTH_BYTES {
        return Err(DeviceError::Malformed);
    }
    let (auth_hash, now) = (hash(&request.auth.0), context.clock.now());
    context
        .store
        .write(move |tx| {
            if devices::list(tx, account)?.len() >= limits::DEVICES {
                return Err(DeviceError::TooMany);
            }
            Ok(devices::create(tx, account, &name, auth_hash, now)?)
        })
        .await
}

/// Revokes a device's password; its connections end.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such device.
pub async fn revoke(context: &Context, account: AccountNo, device: DeviceId) -> Result<(), DeviceError> {
    let now = context.clock.now();
    context.store.write(move |tx| Ok(devices::revoke(tx, account, device, now)?)).await
}

/// Whether a device that signed in may go on: what its connections ask when access has changed.
///
/// # Errors
/// Where the store fails.
pub async fn may_go_on(context: &Context, who: &SignedInDevice) -> Result<bool, DeviceError> {
    let (account, device) = (who.account, who.device);
    context.store.read(move |tx| Ok(devices::is_good(tx, account, device)?)).await
}

/// Signs a mail program in. `user` is the address, or its part before the `@`.
///
/// # Errors
/// [`DeviceError::WrongPassword`]; [`DeviceError::Wait`] where it was wrong once too often.
pub async fn sign_in(
    context: &Context,
    user: &str,
    password: &str,
    network: std::net::IpAddr,
) -> Result<SignedInDevice, DeviceError> {
    let now = context.clock.now();
    let address = address(context, user);
    let stand_in = address.as_ref().map(|address| context.gate.setup().stand_in(address));
    let password: Option<DevicePassword> = password.parse().ok();
    let wanted = address.clone();
    let matched = context
        .store
        .read(move |tx| -> Result<_, DeviceError> {
            let Some((address, stand_in)) = wanted.zip(stand_in) else { return Ok(None) };
            let account = match accounts::by_address(tx, &address)? {
                Some(number) => Some(accounts::get(tx, number)?),
                None => None,
            };
            // The derivation is done for addresses that nobody has too, so that these take the same time.
            let id = account.as_ref().map_or(stand_in, |account| account.public_id);
            let shown = password.map(|password| hash(password.auth(id).expose()));
            let Some((account, shown)) = account.zip(shown) else { return Ok(None) };
            let device = if account.disabled_at.is_none() { matching(tx, account.number, &shown)? } else { None };
            Ok(device.map(|device| (account, device)))
        })
        .await?;
    match matched {
        Some((account, device)) => {
            note_use(context, &device, now).await?;
            let AccountRecord { number: account, address, .. } = account;
            Ok(SignedInDevice { account, address, device: device.id })
        }
        None => {
            let visitor = Visitor { network, browser: None, program: String::new() };
            let attempt = Attempt { door: Door::Device, address, visitor };
            context.store.write(move |tx| throttle::charge(tx, &attempt, None, now).map(drop)).await?;
            Err(DeviceError::WrongPassword)
        }
    }
}

/// The device whose password was shown. All are compared, in constant time each.
fn matching(tx: &ReadTx<'_>, account: AccountNo, shown: &[u8; 32]) -> Result<Option<Device>, StoreError> {
    let mut found = None;
    for (device, auth_hash) in devices::auth_hashes(tx, account)? {
        if bool::from(auth_hash.ct_eq(shown)) {
            found = Some(device);
        }
    }
    Ok(found)
}

async fn note_use(context: &Context, device: &Device, now: shared::api::Timestamp) -> Result<(), DeviceError> {
    let id = device.id;
    let noted = device.last_used_at.is_some_and(|last| now.0 - last.0 < NOTED_EVERY_SECONDS);
    if noted { Ok(()) } else { Ok(context.store.write(move |tx| devices::touch(tx, id, now)).await?) }
}

/// What a person typed as the user's name.
fn address(context: &Context, user: &str) -> Option<EmailAddress> {
    let user = user.trim();
    let whole = if user.contains('@') { user.to_owned() } else { format!("{user}@{}", context.domain.as_str()) };
    whole.parse::<EmailAddress>().ok().map(|address| address.canonical())
}

fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}
