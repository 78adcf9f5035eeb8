//! Passwords of mail programs, and the export of the secret key for them.

use leptos::prelude::*;
use shared::api::device::{CreateDeviceResponse, DeviceId, DevicesResponse};
use shared::api::paths;

use super::Failure;
use super::session::{Session, use_session};
use super::shown::Shown;
use crate::platform::buffer::Buffer;
use crate::platform::http;
use crate::worker::protocol::Priority;
use crate::worker::protocol::access::{ExportKey, MakeDevicePassword, SecretText};

/// The devices.
#[derive(Clone, Copy)]
pub struct Devices {
    list: Shown<Option<DevicesResponse>>,
    session: Session,
}

/// Provides the devices.
pub fn provide_devices() {
    provide_context(Devices { list: Shown::default(), session: use_session() });
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
        self.list.readers()
    }

    /// Fetches the list.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn load(&self) -> Result<(), Failure> {
        let answer = self.session.heard(http::get(paths::DEVICES).await)?;
        self.list.set(Some(answer));
        Ok(())
    }

    /// Makes a password for a device; it is shown once. With `opened` the box opens mail for it while it is connected.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn create(&self, name: String, opened: bool) -> Result<SecretText, Failure> {
        let made = self.session.ask(MakeDevicePassword { name, opened }, Priority::Now).await?;
        let answer = http::post_json(paths::DEVICES, made.request.json()).await.and_then(|answer| http::parse(&answer));
        let CreateDeviceResponse { device } = self.session.heard(answer)?;
        self.list.update(|list| {
            if let Some(list) = list {
                list.devices.insert(0, device);
            }
        });
        Ok(made.password)
    }

    /// Revokes a device's password.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn revoke(&self, id: DeviceId) -> Result<(), Failure> {
        self.session.heard(http::delete(&paths::device(id)).await)?;
        self.list.update(|list| {
            if let Some(list) = list {
                list.devices.retain(|device| device.id != id);
            }
        });
        Ok(())
    }

    /// The account's secret key under a passphrase of its own, ASCII-armored.
    ///
    /// # Errors
    /// Those of the worker.
    pub async fn export_key(&self, passphrase: SecretText) -> Result<Buffer, Failure> {
        self.session.ask(ExportKey { passphrase }, Priority::Now).await
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.list.set(None);
    }
}
