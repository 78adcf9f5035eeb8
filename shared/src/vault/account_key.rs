//! The account key: made once, wrapped under each key that may open the account, and the root of one key per drawer.

use rand::{CryptoRng, RngCore};

use super::derive::{Purpose, derive};
use super::device::DevicePassword;
use super::opaque::ExportKey;
use super::recovery::RecoveryCode;
use super::secret::{Key, Secret};
use super::tab::TabSecret;
use super::wrap::{self, Context, OpenError, Opened};
use crate::api::account::AccountId;

/// What the account key locks; each drawer has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// OpenPGP secret keys; the object is the key's fingerprint.
    OpenPgp,
    /// The signatures that withdraw OpenPGP keys; the object is the key's fingerprint.
    Revocation,
    /// The address book.
    Contacts,
    /// Drafts.
    Drafts,
    /// Settings.
    Settings,
    /// The search index.
    Index,
    /// What is kept of links; the object is for whom they are.
    Links,
}

/// The key that opens an account: 32 random bytes that never leave the account's own devices in clear.
#[derive(Clone, Debug)]
pub struct AccountKey {
    account: AccountId,
    key: Key,
}

/// The key of one drawer: it opens what is in that drawer, and nothing else of the account.
#[derive(Clone, Debug)]
pub struct DrawerKey {
    account: AccountId,
    drawer: Drawer,
    key: Key,
}

/// A key that the account key, or the key of a drawer, is wrapped under.
#[derive(Debug)]
pub struct WrappingKey {
    account: AccountId,
    purpose: Purpose,
    key: Key,
}

impl AccountKey {
    /// Makes the key of a new account.
    #[must_use]
    pub fn make(account: AccountId, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self { account, key: Secret::random(rng) }
    }

    /// The account that it opens.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Wraps it.
    #[must_use]
    pub fn wrap(&self, under: &WrappingKey, rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
        wrap::seal(&under.key, &under.context(), 0, self.key.expose(), rng)
    }

    /// Unwraps it.
    ///
    /// # Errors
    /// [`OpenError::WrongKey`] where it was wrapped under another key.
    pub fn unwrap(under: &WrappingKey, wrapped: &[u8]) -> Result<Self, OpenError> {
        let opened = wrap::open(&under.key, &under.context(), 0, wrapped)?;
        let key = Secret::from_slice(opened.content.expose()).ok_or(OpenError::Malformed)?;
        Ok(Self { account: under.account, key })
    }

    /// Seals an object of a drawer; see [`wrap::seal`] for the generation.
    #[must_use]
    pub fn seal(
        &self,
        drawer: Drawer,
        object: &[u8],
        generation: u64,
        content: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Vec<u8> {
        self.drawer(drawer).seal(object, generation, content, rng)
    }

    /// Opens an object of a drawer, of generation `at_least` or later.
    ///
    /// # Errors
    /// As [`wrap::open`].
    pub fn open(&self, drawer: Drawer, object: &[u8], at_least: u64, sealed: &[u8]) -> Result<Opened, OpenError> {
        self.drawer(drawer).open(object, at_least, sealed)
    }

    /// The key of one drawer.
    #[must_use]
    pub fn drawer(&self, drawer: Drawer) -> DrawerKey {
        DrawerKey { account: self.account, drawer, key: derive(self.key.expose(), drawer.purpose(), &self.account.0) }
    }
}

impl DrawerKey {
    /// Wraps it.
    #[must_use]
    pub fn wrap(&self, under: &WrappingKey, rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
        wrap::seal(&under.key, &under.context(), 0, self.key.expose(), rng)
    }

    /// Unwraps the key of a drawer.
    ///
    /// # Errors
    /// [`OpenError::WrongKey`] where it was wrapped under another key.
    pub fn unwrap(drawer: Drawer, under: &WrappingKey, wrapped: &[u8]) -> Result<Self, OpenError> {
        let opened = wrap::open(&under.key, &under.context(), 0, wrapped)?;
        let key = Secret::from_slice(opened.content.expose()).ok_or(OpenError::Malformed)?;
        Ok(Self { account: under.account, drawer, key })
    }

    /// Seals an object of the drawer; see [`wrap::seal`] for the generation.
    #[must_use]
    pub fn seal(
        &self,
        object: &[u8],
        generation: u64,
        content: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Vec<u8> {
        wrap::seal(&self.key, &self.context(object), generation, content, rng)
    }

    /// Opens an object of the drawer, of generation `at_least` or later.
    ///
    /// # Errors
    /// As [`wrap::open`].
    pub fn open(&self, object: &[u8], at_least: u64, sealed: &[u8]) -> Result<Opened, OpenError> {
        wrap::open(&self.key, &self.context(object), at_least, sealed)
    }

    /// The key itself, for what is not sealed as one small object.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    fn context<'a>(&self, object: &'a [u8]) -> Context<'a> {
        Context { purpose: self.drawer.purpose(), account: self.account, object }
    }
}

impl WrappingKey {
    /// From the passphrase, by way of OPAQUE.
    #[must_use]
    pub fn from_export_key(account: AccountId, export_key: &ExportKey) -> Self {
        Self::derive(account, Purpose::WrapPassphrase, export_key.expose())
    }

    /// From the recovery code.
    #[must_use]
    pub fn from_recovery_code(account: AccountId, code: &RecoveryCode) -> Self {
        Self::derive(account, Purpose::WrapRecovery, code.expose())
    }

    /// From the tab's half and the box's half.
    #[must_use]
    pub fn from_tab(account: AccountId, tab: &TabSecret, share: &[u8]) -> Self {
        Self::derive(account, Purpose::WrapTab, tab.join(share).expose())
    }

    /// From a device password: for the key of the OpenPGP secret keys alone.
    #[must_use]
    pub fn from_device_password(account: AccountId, password: &DevicePassword) -> Self {
        Self::derive(account, Purpose::DeviceOpen, password.expose())
    }

    fn derive(account: AccountId, purpose: Purpose, ikm: &[u8]) -> Self {
        Self { account, purpose, key: derive(ikm, purpose, &account.0) }
    }

    fn context(&self) -> Context<'static> {
        Context { purpose: self.purpose, account: self.account, object: &[] }
    }
}

impl Drawer {
    fn purpose(self) -> Purpose {
        match self {
            Self::OpenPgp => Purpose::OpenPgp,
            Self::Revocation => Purpose::Revocation,
            Self::Contacts => Purpose::Contacts,
            Self::Drafts => Purpose::Drafts,
            Self::Settings => Purpose::Settings,
            Self::Index => Purpose::Index,
            Self::Links => Purpose::Links,
        }
    }
}
