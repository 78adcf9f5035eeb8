//! Passwords for mail programs: made by the page, known here by a hash of what is derived from them.
//!
//! A device password has 160 random bits, so a wrong one is counted and a right one always opens: a device that signed in
//! before is never locked out by others' failures.

use sha2::{Digest, Sha256};
use shared::access::{self, AccessError};
use shared::api::device::{CreateDeviceRequest, Device, DeviceId, DevicesResponse};
use shared::api::own_key::{OwnKey, RestKey};
use shared::api::{EmailAddress, limits};
use shared::pgp::SecretKey;
use shared::vault::DevicePassword;
use subtle::ConstantTimeEq;

use super::Context;
use super::throttle::{self, Attempt, Door, Refused, Visitor};
use crate::store::accounts::{self, AccountRecord};
use crate::store::devices::NewDevice;
use crate::store::{AccountNo, ReadTx, StoreError, devices, own_keys, rest_keys};

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
    /// What the device left wrapped with its password does not open, though the password is right.
    #[error("the keys that the device left do not open")]
    Keys(#[from] AccessError),
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

/// The devices of an account, newest first, and how they reach the box.
///
/// # Errors
/// Where the store fails.
pub async fn list(context: &Context, account: AccountNo) -> Result<DevicesResponse, DeviceError> {
    let server = context.mail_server.clone();
    context
        .store
        .read(move |tx| {
            let (devices, has_rest_key) = (devices::list(tx, account)?, rest_keys::exists(tx, account)?);
            Ok(DevicesResponse { devices, has_rest_key, server })
        })
        .await
}

/// Gives a device a password. One that opens mail itself knows no key for mail at rest, so from then on none is in use.
///
/// # Errors
/// [`DeviceError::Malformed`], [`DeviceError::TooMany`].
pub async fn create(
    context: &Context,
    account: AccountNo,
    request: CreateDeviceRequest,
) -> Result<Device, DeviceError> {
    let name = request.name.trim().to_owned();
    let good_name =
        !name.is_empty() && name.chars().count() <= limits::DISPLAY_NAME_CHARS && !name.chars().any(char::is_control);
    if !good_name || request.auth.0.len() != AUTH_BYTES {
        return Err(DeviceError::Malformed);
    }
    let open_wrap = request.open.map(|wrap| wrap.0);
    if open_wrap.as_ref().is_some_and(|wrap| wrap.is_empty() || wrap.len() > limits::WRAPPED_KEY_BYTES) {
        return Err(DeviceError::Malformed);
    }
    let (new, now) = (NewDevice { name, auth_hash: hash(&request.auth.0), open_wrap }, context.clock.now());
    context
        .store
        .write(move |tx| {
            if devices::list(tx, account)?.len() >= limits::DEVICES {
                return Err(DeviceError::TooMany);
            }
            Ok(devices::create(tx, account, &new, now)?)
        })
        .await
}

/// Revokes a device's password; its connections end. With the last one that opened mail itself the key for mail at rest is in use
/// again.
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
            note_use(context, &device, now).await;
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

/// The OpenPGP keys of the account of a device that has just signed in with this password; `None` where mail stays sealed for
/// it. They are for the memory of that connection only.
///
/// # Errors
/// [`DeviceError::Keys`].
pub async fn unlock(
    context: &Context,
    who: &SignedInDevice,
    password: &str,
) -> Result<Option<Vec<SecretKey>>, DeviceError> {
    let (number, device) = (who.account, who.device);
    let read: Result<_, StoreError> = context
        .store
        .read(move |tx| {
            let Some(wrap) = devices::open_wrap(tx, device)? else { return Ok(None) };
            let keys = (own_keys::list(tx, number)?, rest_keys::list(tx, number)?);
            Ok(Some((wrap, accounts::get(tx, number)?.public_id, keys)))
        })
        .await;
    let Some((wrap, account, (keys, rest_keys))) = read? else { return Ok(None) };
    let password: DevicePassword = password.parse().map_err(|_| DeviceError::WrongPassword)?;
    let own: Vec<OwnKey> = keys
        .into_iter()
        .map(|key| OwnKey {
            certificate: key.certificate.into(),
            sealed_secret_key: key.sealed_secret_key.into(),
            sealed_revocation: None,
        })
        .collect();
    let rest: Vec<RestKey> = rest_keys.into_iter().map(Into::into).collect();
    Ok(Some(access::unlock_device(account, &password, &wrap, &own, &rest)?))
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

/// Notes that a device is being used. Where that cannot be written, it can read its mail all the same.
async fn note_use(context: &Context, device: &Device, now: shared::api::Timestamp) {
    let id = device.id;
    if device.last_used_at.is_some_and(|last| now.0 - last.0 < NOTED_EVERY_SECONDS) {
        return;
    }
    if let Err(error) = context.store.write(move |tx| devices::touch(tx, id, now)).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the use of a device could not be noted");
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::accounts;
    use crate::core::testing::{Home, Person};

    const PASSPHRASE: &str = "correct horse battery";
    const NETWORK: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

    /// Alice, the number of her account, and a device of hers with its password as text.
    async fn alice(home: &mut Home) -> (Person, AccountNo, Device, String) {
        let alice = home.register("alice", PASSPHRASE).await.unwrap();
        let session = accounts::session(&home.context, &alice.signed_in.session).await.unwrap();
        let (request, password) = alice.unlocked.device_password("Phone".into(), false, &mut home.rng);
        let device = create(&home.context, session.account, request).await.unwrap();
        let text = password.to_text().expose().clone();
        (alice, session.account, device, text)
    }

    #[tokio::test]
    async fn a_mail_program_signs_in_until_its_password_is_revoked() {
        let mut home = Home::new();
        let (alice, account, device, password) = alice(&mut home).await;
        let typed = password.to_uppercase().replace('-', " ");
        for (user, password) in [("alice@home.test", &password), ("Alice", &typed)] {
            let who = sign_in(&home.context, user, password, NETWORK).await.unwrap();
            assert_eq!((who.account, &who.address, who.device), (account, &alice.address, device.id));
            assert!(may_go_on(&home.context, &who).await.unwrap());
        }
        let listed = list(&home.context, account).await.unwrap();
        assert_eq!(listed.devices.first().and_then(|device| device.last_used_at), Some(home.now()));

        let who = sign_in(&home.context, "alice", &password, NETWORK).await.unwrap();
        revoke(&home.context, account, device.id).await.unwrap();
        assert!(!may_go_on(&home.context, &who).await.unwrap());
        assert!(list(&home.context, account).await.unwrap().devices.is_empty());
        let revoked = sign_in(&home.context, "alice", &password, NETWORK).await;
        assert!(matches!(revoked, Err(DeviceError::WrongPassword)));
        let twice = revoke(&home.context, account, device.id).await;
        assert!(matches!(twice, Err(DeviceError::Store(StoreError::NotFound))));
    }

    #[tokio::test]
    async fn the_keys_open_for_a_device_that_left_them_and_for_no_other() {
        let mut home = Home::new();
        let (alice, account, _, sealed) = alice(&mut home).await;
        let (request, password) = alice.unlocked.device_password("Tablet".into(), true, &mut home.rng);
        let device = create(&home.context, account, request).await.unwrap();
        let opened = password.to_text().expose().clone();
        assert!(
            device.opened && list(&home.context, account).await.unwrap().devices.iter().any(|device| !device.opened)
        );
        let who = sign_in(&home.context, "alice", &opened, NETWORK).await.unwrap();
        let keys = unlock(&home.context, &who, &opened).await.unwrap().unwrap();
        assert_eq!(keys[0].fingerprint(), alice.unlocked.certificate().fingerprint());
        assert!(matches!(unlock(&home.context, &who, &sealed).await, Err(DeviceError::Keys(_))));
        let phone = sign_in(&home.context, "alice", &sealed, NETWORK).await.unwrap();
        assert!(unlock(&home.context, &phone, &sealed).await.unwrap().is_none());

        revoke(&home.context, account, device.id).await.unwrap();
        assert!(unlock(&home.context, &who, &opened).await.unwrap().is_none(), "what was left is gone");
    }

    #[tokio::test]
    async fn neither_the_passphrase_nor_anothers_password_opens_imap() {
        let mut home = Home::new();
        let (_, _, _, password) = alice(&mut home).await;
        home.register("bob", PASSPHRASE).await.unwrap();
        for (user, password) in [
            ("alice", PASSPHRASE),
            ("alice", ""),
            ("bob", &password),
            ("nobody", &password),
            ("alice@elsewhere.test", &password),
            ("not an address", &password),
        ] {
            let refused = sign_in(&home.context, user, password, NETWORK).await;
            assert!(matches!(refused, Err(DeviceError::WrongPassword)), "{user}");
        }
    }

    #[tokio::test]
    async fn wrong_passwords_are_bounded_and_a_device_that_has_the_right_one_is_never_locked_out() {
        let mut home = Home::new();
        let (_, _, _, password) = alice(&mut home).await;
        let mut heard = 0;
        while let Err(DeviceError::WrongPassword) = sign_in(&home.context, "alice", "wrong", NETWORK).await {
            heard += 1;
        }
        assert_eq!(heard, 6);
        let home = home.restarted();
        let blocked = sign_in(&home.context, "alice", "wrong", NETWORK).await;
        assert!(matches!(blocked, Err(DeviceError::Wait(_))));
        sign_in(&home.context, "alice", &password, NETWORK).await.unwrap();
    }

    #[tokio::test]
    async fn a_disabled_account_has_no_devices_that_work() {
        let mut home = Home::new();
        let (alice, _, _, password) = alice(&mut home).await;
        let who = sign_in(&home.context, "alice", &password, NETWORK).await.unwrap();
        accounts::set_disabled(&home.context, &alice.address, true).await.unwrap();
        assert!(!may_go_on(&home.context, &who).await.unwrap());
        assert!(sign_in(&home.context, "alice", &password, NETWORK).await.is_err());
    }

    #[tokio::test]
    async fn devices_have_names_and_there_is_an_end_to_them() {
        let mut home = Home::new();
        let (alice, account, ..) = alice(&mut home).await;
        let request =
            |name: &str, auth: usize| CreateDeviceRequest { name: name.into(), auth: vec![1; auth].into(), open: None };
        for bad in [request(" ", 32), request("a\r\nb", 32), request(&"a".repeat(101), 32), request("Phone", 31)] {
            assert!(matches!(create(&home.context, account, bad).await, Err(DeviceError::Malformed)));
        }
        for size in [0, limits::WRAPPED_KEY_BYTES + 1] {
            let bad = CreateDeviceRequest { open: Some(vec![1; size].into()), ..request("Phone", 32) };
            assert!(matches!(create(&home.context, account, bad).await, Err(DeviceError::Malformed)));
        }
        for n in 1..limits::DEVICES {
            create(&home.context, account, request(&format!("Device {n}"), 32)).await.unwrap();
        }
        let (more, _) = alice.unlocked.device_password("One more".into(), false, &mut home.rng);
        assert!(matches!(create(&home.context, account, more).await, Err(DeviceError::TooMany)));
    }
}
