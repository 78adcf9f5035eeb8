//! Passwords of mail programs, and the export of the secret key for them.

use leptos::prelude::*;
use shared::api::device::{DeviceId, DevicesResponse};

use super::Failure;
use crate::platform::buffer::Buffer;
use crate::worker::protocol::access::SecretText;

/// The devices.
#[derive(Clone, Copy)]
pub struct Devices {
    list: RwSignal<Option<DevicesResponse>>,
}

/// Provides the devices.
pub fn provide_devices() {
    provide_context(Devices { list: RwSignal::default() });
}

/// The devices.
#[must_use]
pub fn use_devices() -> Devices {
    expect_context()
}

impl Devices {
    /// The devices and how a program reaches the box; `None` until [`Devices::load`] has fetched them.
    #[must_use]
    pub fn list(&self) -> Signal<Option<DevicesResponse>> {
        self.list.into()
    }

    /// Fetches the list.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn load(&self) -> Result<(), Failure> {
        todo!()
    }

    /// Makes a password for a device; it is shown once.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn create(&self, name: String) -> Result<SecretText, Failure> {
        todo!("{name}")
    }

    /// Revokes a device's password.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn revoke(&self, id: DeviceId) -> Result<(), Failure> {
        todo!("{id}")
    }

    /// The account's secret key under a passphrase of its own, ASCII-armored.
    ///
    /// # Errors
    /// Those of the worker.
    pub async fn export_key(&self, passphrase: SecretText) -> Result<Buffer, Failure> {
        todo!("{passphrase:?}")
    }
}
