//! How a letter travels to each recipient, sending and taking back.

use leptos::prelude::*;
use shared::api::EmailAddress;

use super::Failure;
use super::drafts::Draft;
use crate::worker::protocol::reading::CertificateFlaw;

/// How a letter would travel to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Being found out.
    Asking,
    /// What was typed is no address.
    NotAnAddress,
    /// Sealed.
    Sealed {
        /// The fingerprint of the certificate, upper-case hexadecimal.
        fingerprint: String,
        /// Where the certificate was found.
        source: shared::api::keys::Source,
    },
    /// Open like a postcard.
    Open(WhyOpen),
}

/// Why a letter cannot be sealed for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyOpen {
    /// No certificate is known.
    NoCertificate,
    /// There is one, but it cannot be used.
    Unusable(CertificateFlaw),
    /// It could not be found out.
    Unreachable,
}

/// The lock of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// There is no recipient yet.
    Nobody,
    /// Still being found out for somebody.
    Asking,
    /// Sealed to everybody.
    Sealed,
    /// Open to some, sealed to others.
    Mixed,
    /// Open to everybody.
    Open,
}

/// How far the sending of a letter is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Dispatch {
    /// Not begun.
    #[default]
    Idle,
    /// It is being sealed.
    Sealing,
    /// It is being sent to the box: from 0 to 1.
    Uploading(f64),
    /// It did not work; the letter is still there.
    Failed(Failure),
}

/// Sending.
#[derive(Clone, Copy)]
pub struct Sending {
    hold_seconds: RwSignal<u32>,
}

/// Provides sending.
pub fn provide_sending() {
    provide_context(Sending { hold_seconds: RwSignal::new(10) });
}

/// Sending.
#[must_use]
pub fn use_sending() -> Sending {
    expect_context()
}

impl Sending {
    /// How long the box holds a letter back so that it can be taken back, seconds.
    #[must_use]
    pub fn hold_seconds(&self) -> RwSignal<u32> {
        self.hold_seconds
    }

    /// How a letter would travel to what was typed; starts to find it out where nobody did yet.
    #[must_use]
    pub fn way(&self, typed: &str) -> Way {
        todo!("{typed}")
    }

    /// The way of each recipient of a letter, in the order To, Cc, Bcc, each once.
    #[must_use]
    pub fn ways(&self, draft: Draft) -> Memo<Vec<(String, Way)>> {
        todo!("{:?}", draft.key)
    }

    /// The lock of a letter.
    #[must_use]
    pub fn lock(&self, draft: Draft) -> Memo<Lock> {
        todo!("{:?}", draft.key)
    }

    /// How far the sending of a letter is.
    #[must_use]
    pub fn dispatch(&self, draft: Draft) -> Signal<Dispatch> {
        todo!("{:?}", draft.key)
    }

    /// Whether a letter can be sent now: somebody to send to, everybody's way known.
    #[must_use]
    pub fn ready(&self, draft: Draft) -> Memo<bool> {
        todo!("{:?}", draft.key)
    }

    /// Sends a letter and closes it. While the box holds it back, the entry in `undo` takes it back and opens it again.
    pub fn send(&self, draft: Draft) {
        todo!("{:?}", draft.key)
    }

    /// Forgets what is known of an address and asks again.
    pub fn ask_again(&self, address: &EmailAddress) {
        todo!("{address}")
    }
}
