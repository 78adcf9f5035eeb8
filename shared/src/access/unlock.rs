//! An account that is open: its keys, and what is made from them.

use std::fmt;

use rand::{CryptoRng, RngCore};

use super::AccessError;
use crate::api::account::{AccountId, AccountResponse};
use crate::api::device::CreateDeviceRequest;
use crate::api::own_key::{OwnKey, RestKey};
use crate::api::{Base64, EmailAddress};
use crate::link::Replies;
use crate::pgp::{Certificate, Fingerprint, SecretKey};
use crate::vault::opaque::ExportKey;
use crate::vault::{AccountKey, DevicePassword, Drawer, DrawerKey, Passphrase, TabSecret, WrappingKey};

/// What a flow leaves behind to open the account with.
#[derive(Debug)]
pub struct Opener(With);

#[derive(Debug)]
enum With {
    ExportKey(ExportKey),
    Key(AccountKey),
}

/// The tab's half of "reload without asking" and the account key wrapped under both halves; for the tab's own storage.
#[derive(Clone, Debug)]
pub struct TabKey {
    /// The tab's half.
    pub secret: TabSecret,
    /// The account key, wrapped under the tab's half and the box's together.
    pub wrapped: Base64,
}

/// An open account.
#[derive(Clone)]
pub struct Unlocked {
    key: AccountKey,
    address: EmailAddress,
    display_name: String,
    keys: Vec<SecretKey>,
    /// What withdraws each, sealed.
    pub(super) revocations: Vec<(Fingerprint, Base64)>,
    /// Keys for mail at rest, newest first.
    pub(super) rest: Vec<SecretKey>,
    /// Which of them is the newest that its present key vouches for.
    pub(super) rest_counting: Option<usize>,
    /// Whether every device of the account can open what is sealed to that one.
    pub(super) rest_in_use: bool,
    damaged_keys: usize,
}

impl Opener {
    pub(super) fn with_export_key(export_key: ExportKey) -> Self {
        Self(With::ExportKey(export_key))
    }

    pub(super) fn with_key(key: AccountKey) -> Self {
        Self(With::Key(key))
    }

    /// Opens the account that the box answered with.
    ///
    /// # Errors
    /// [`AccessError::KeysDamaged`] where the box's answer does not open; [`AccessError::Malformed`] where it is another
    /// account's.
    pub fn open(self, account: &AccountResponse) -> Result<Unlocked, AccessError> {
        let key = match self.0 {
            With::ExportKey(export_key) => {
                let under = WrappingKey::from_export_key(account.account_id, &export_key);
                AccountKey::unwrap(&under, &account.passphrase_wrap.0).map_err(|_| AccessError::KeysDamaged)?
            }
            With::Key(key) if key.account() == account.account_id => key,
            With::Key(_) => return Err(AccessError::Malformed),
        };
        Unlocked::with_key(key, account)
    }
}

/// Opens the account of a page that is loaded again.
///
/// # Errors
/// [`AccessError::TabKeyGone`] where session or tab are not those that the key was made for; [`AccessError::KeysDamaged`].
pub fn unlock_tab(account: &AccountResponse, tab_key: &TabKey) -> Result<Unlocked, AccessError> {
    let under = WrappingKey::from_tab(account.account_id, &tab_key.secret, &account.tab_share.0);
    let key = AccountKey::unwrap(&under, &tab_key.wrapped.0).map_err(|_| AccessError::TabKeyGone)?;
    Unlocked::with_key(key, account)
}

/// Opens the OpenPGP keys of an account with the password of a device that left their key wrapped with it: what the box does
/// for such a device, while it is connected. The current one is the first and must open; of retired ones, and those for mail at
/// rest, those that do are there.
///
/// # Errors
/// [`AccessError::KeysDamaged`].
pub fn unlock_device(
    account: AccountId,
    password: &DevicePassword,
    wrapped: &[u8],
    keys: &[OwnKey],
    rest: &[RestKey],
) -> Result<Vec<SecretKey>, AccessError> {
    let under = WrappingKey::from_device_password(account, password);
    let drawer = DrawerKey::unwrap(Drawer::OpenPgp, &under, wrapped).map_err(|_| AccessError::KeysDamaged)?;
    let opened: Vec<_> = keys.iter().map(|own| own_key(&drawer, own)).collect();
    if !matches!(opened.first(), Some(Ok(_))) {
        return Err(AccessError::KeysDamaged);
    }
    let rest = rest.iter().map(|rest| rest_key(&drawer, rest));
    Ok(opened.into_iter().chain(rest).flatten().collect())
}

impl Unlocked {
    /// Opens the secret keys. The current one must open; of retired ones, and those for mail at rest, those that do are there.
    fn with_key(key: AccountKey, account: &AccountResponse) -> Result<Self, AccessError> {
        let drawer = key.drawer(Drawer::OpenPgp);
        let opened: Vec<_> = account.keys.iter().map(|own| own_key(&drawer, own)).collect();
        let current = match opened.first() {
            Some(Ok(current)) => current,
            Some(Err(AccessError::Newer(version))) => return Err(AccessError::Newer(*version)),
            _ => return Err(AccessError::KeysDamaged),
        };
        let mut damaged_keys = opened.iter().filter(|key| key.is_err()).count();
        let (mut rest, mut counting) = (Vec::new(), None);
        for kept in &account.rest_keys {
            match rest_key(&drawer, kept) {
                Ok(key) if counting.is_none() && counts(current, &key, &kept.vouched.0) => {
                    counting = Some(rest.len());
                    rest.push(key);
                }
                Ok(key) => rest.push(key),
                Err(_) => damaged_keys += 1,
            }
        }
        let sealed = account
            .keys
            .iter()
            .zip(&opened)
            .filter_map(|(own, key)| Some((key.as_ref().ok()?.fingerprint(), own.sealed_revocation.clone()?)));
        let revocations = sealed.collect();
        Ok(Self {
            key,
            address: account.address.clone(),
            display_name: account.display_name.clone(),
            keys: opened.into_iter().flatten().collect(),
            revocations,
            rest,
            rest_counting: counting,
            rest_in_use: account.rest_in_use,
            damaged_keys,
        })
    }

    /// The account's address.
    #[must_use]
    pub fn address(&self) -> &EmailAddress {
        &self.address
    }

    /// The person's name; may be empty.
    #[must_use]
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// The account key.
    #[must_use]
    pub fn account_key(&self) -> &AccountKey {
        &self.key
    }

    /// The OpenPGP keys, the current one first; retired ones open old mail.
    #[must_use]
    pub fn keys(&self) -> &[SecretKey] {
        &self.keys
    }

    /// The key that signs, and whose certificate everybody seals to.
    #[must_use]
    pub fn current_key(&self) -> &SecretKey {
        self.keys.first().expect("an account opens with its current key or not at all")
    }

    /// The account's certificate, taken from its own key; of the box's answer counts what that key has signed.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.current_key().certificate()
    }

    /// What a letter behind links says so that it can be answered from the page that opens it.
    #[must_use]
    pub fn replies(&self) -> Replies {
        Replies { certificate: self.certificate().to_bytes().into() }
    }

    /// How many retired keys, and keys for mail at rest, did not open: mail sealed to them stays closed.
    #[must_use]
    pub fn damaged_keys(&self) -> usize {
        self.damaged_keys
    }

    /// Makes what lets a reload open the account without asking; `account` holds the box's half.
    #[must_use]
    pub fn tab_key(&self, account: &AccountResponse, rng: &mut (impl CryptoRng + RngCore)) -> TabKey {
        let secret = TabSecret::make(rng);
        let under = WrappingKey::from_tab(self.key.account(), &secret, &account.tab_share.0);
        TabKey { wrapped: self.key.wrap(&under, rng).into(), secret }
    }

    /// Makes the password of a new device, to be shown once. With `opened` the box can open mail with it, while that device is
    /// connected.
    #[must_use]
    pub fn device_password(
        &self,
        name: String,
        opened: bool,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> (CreateDeviceRequest, DevicePassword) {
        let password = DevicePassword::make(rng);
        let auth = password.auth(self.key.account()).expose().to_vec().into();
        let open = opened.then(|| {
            let under = WrappingKey::from_device_password(self.key.account(), &password);
            self.key.drawer(Drawer::OpenPgp).wrap(&under, rng).into()
        });
        (CreateDeviceRequest { name, auth, open }, password)
    }

    /// The secret keys under a passphrase, ASCII-armored, for a mail program that decrypts itself: the current one first, then
    /// those that open old mail. Not those for mail at rest: no such program reads them, and some refuse the whole file.
    ///
    /// # Errors
    /// [`AccessError::Key`] where it cannot be written.
    pub fn export_key(
        &self,
        passphrase: &Passphrase,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<String, AccessError> {
        Ok(SecretKey::export_all(&self.keys.iter().collect::<Vec<_>>(), passphrase.as_str(), rng)?)
    }
}

impl fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unlocked({:?})", self.address)
    }
}

fn own_key(drawer: &DrawerKey, own: &OwnKey) -> Result<SecretKey, AccessError> {
    secret_key(drawer, &own.certificate.0, &own.sealed_secret_key.0)
}

fn rest_key(drawer: &DrawerKey, rest: &RestKey) -> Result<SecretKey, AccessError> {
    secret_key(drawer, &rest.certificate.0, &rest.sealed_secret_key.0)
}

/// Whether a key is for mail at rest, by the word of the account's own.
fn counts(own: &SecretKey, rest: &SecretKey, vouched: &[u8]) -> bool {
    rest.certificate().is_for_rest() && own.certificate().vouches_for(rest.certificate(), vouched)
}

/// The secret key, if it opens in the place of its own certificate, with what that says by now.
fn secret_key(drawer: &DrawerKey, certificate: &[u8], sealed: &[u8]) -> Result<SecretKey, AccessError> {
    let damaged = |_| AccessError::KeysDamaged;
    let certificate = Certificate::parse(certificate).map_err(|_| AccessError::KeysDamaged)?;
    let opened = drawer.open(certificate.fingerprint().as_bytes(), 0, sealed).map_err(damaged)?;
    match opened.content.expose().first() {
        // Packets begin with a set bit; whatever form follows one day will not.
        Some(&form @ ..0x80) => Err(AccessError::Newer(form)),
        _ => {
            let secret = SecretKey::parse(opened.content.expose()).map_err(|_| AccessError::KeysDamaged)?;
            secret.updated(&certificate).map_err(|_| AccessError::KeysDamaged)
        }
    }
}
