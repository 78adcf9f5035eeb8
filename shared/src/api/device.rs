//! Passwords for mail programs: one per device, made by the box, shown once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::mailbox::row_id;
use super::{Base64, Timestamp};

row_id! {
    /// One device; never reused.
    DeviceId
}

/// A device that may sign in over IMAP and submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The name that its owner gave it.
    pub name: String,
    /// When its password was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
    /// Its password opens the mail: the box serves it opened over IMAP while it is connected.
    pub opened: bool,
}

/// All devices of the account that are not revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesResponse {
    /// Newest first.
    pub devices: Vec<Device>,
    /// Whether the account has a key for mail at rest, to which mail is sealed as long as no device opens mail itself.
    #[serde(default)]
    pub has_rest_key: bool,
    /// How a mail program reaches this box.
    pub server: MailServer,
}

/// How a mail program reaches this box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// Host name of both.
    pub host: String,
    /// IMAP over TLS.
    pub imaps_port: u16,
    /// Submission over TLS (RFC 8314).
    pub submissions_port: u16,
}

/// A password for a new device. The page makes the password (160 random bits) and shows it; the box gets only what is
/// derived from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDeviceRequest {
    /// A name for the device.
    pub name: String,
    /// HKDF(password, "device/auth").
    pub auth: Base64,
    /// For a device that mail is to be opened for: the key of the OpenPGP secret keys under HKDF(password, "device/open").
    pub open: Option<Base64>,
}

/// The device that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDeviceResponse {
    /// The device.
    pub device: Device,
}
