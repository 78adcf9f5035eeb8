//! The states of a session (RFC 9051 §3), what each knows, and where commands lead.

use super::view::View;
use crate::core::devices::SignedInDevice;
use crate::imap::Place;
use crate::imap::opening::Opener;
use crate::imap::wire::Code;
use crate::store::Listener;

/// The states of RFC 9051 §3, with what each knows.
pub(super) enum State {
    NotAuthenticated,
    Authenticated(User),
    Selected(User, View),
    Logout,
}

/// Who is signed in, and what has been heard for them.
pub(super) struct User {
    pub(super) who: SignedInDevice,
    pub(super) listener: Listener,
    /// What opens mail, where this device's password does.
    pub(super) opener: Option<Opener>,
    /// Something changed that the view does not know yet.
    pub(super) stale: bool,
    /// Access changed: it must be asked whether this device may go on.
    pub(super) in_doubt: bool,
    /// The account's keys changed, so what opens mail here may open it no more: the device has to sign in anew.
    pub(super) outdated: bool,
    pub(super) _place: Place,
}

/// What the client sends next.
#[derive(Debug)]
pub(super) enum Expects {
    Command,
    /// The rest of AUTHENTICATE with this tag.
    Response(String, Challenge),
    /// The end of IDLE with this tag.
    Done(String),
}

/// Whether the client asked for compression (RFC 4978).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Compression {
    No,
    /// It begins after the line that grants it.
    Begins,
    Active,
}

/// What AUTHENTICATE asks the client for.
#[derive(Debug)]
pub(super) enum Challenge {
    /// All of the mechanism PLAIN.
    Plain,
    /// The name, of the mechanism LOGIN.
    User,
    /// The password of this one.
    Password(String),
}

/// Why a session ends that its client did not end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Farewell {
    /// Nothing came for too long.
    Idle,
    /// The box is stopping.
    Stopping,
    /// The device may not go on.
    Revoked,
    /// What opens mail for the device is not what the account has now.
    Outdated,
    /// Too many wrong passwords, or too much that is not understood.
    Mistakes,
}

/// How a command ended well.
pub(super) enum Outcome {
    /// It is done.
    Done(Done),
    /// It goes on with a line of the client.
    Continues(Expects),
}

/// What a command that is done leaves behind.
pub(super) struct Done {
    pub(super) text: &'static str,
    pub(super) code: Option<Code>,
    pub(super) transition: Transition,
}

/// Where a command leads.
pub(super) enum Transition {
    Stay,
    SignIn(User),
    /// Boxed: of all that commands leave behind it is the largest by far.
    Select(Box<View>),
    Deselect,
    Logout,
}

impl Done {
    pub(super) fn new(text: &'static str) -> Self {
        Self { text, code: None, transition: Transition::Stay }
    }

    pub(super) fn code(self, code: Code) -> Self {
        Self { code: Some(code), ..self }
    }

    pub(super) fn to(self, transition: Transition) -> Self {
        Self { transition, ..self }
    }
}
