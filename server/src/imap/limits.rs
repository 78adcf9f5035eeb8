//! The limits of a connection, with their units and reasons. Those of the grammar stand where they are parsed.

use std::time::Duration;

/// How long is waited for a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// From the first byte to a login.
    pub(super) before_login: Duration,
    /// Without a command, or within IDLE.
    pub(super) autologout: Duration,
    /// Between two pieces of a command that has begun.
    pub(super) within_command: Duration,
    /// Between two pieces that a slow reader takes.
    pub(super) write_stall: Duration,
}

impl Waits {
    /// Before login: longer than any program needs, short for who only holds a place. After it: RFC 9051 §5.4 asks for 30
    /// minutes at least. Within a command and while writing: what a phone in a tunnel may need.
    pub(super) const STANDARD: Self = Self {
        before_login: Duration::from_secs(2 * 60),
        autologout: Duration::from_secs(30 * 60),
        within_command: Duration::from_secs(5 * 60),
        write_stall: Duration::from_secs(2 * 60),
    };
}

/// Connections of one account: a family member's devices, each with the handful that mail programs open.
pub(super) const CONNECTIONS_PER_ACCOUNT: usize = 50;
/// Wrong passwords in one connection; the count over all connections is kept by `core::throttle`.
pub(super) const SIGN_IN_TRIES: u32 = 3;
/// Commands in a row that are not understood: no mail program, then.
pub(super) const MISTAKES: u32 = 30;

/// Between two words of how far a long command has come, seconds (RFC 9585 §4 asks for no more than one in ten).
pub(super) const PROGRESS_EVERY: i64 = 10;

/// Keywords of one mailbox; programs and people use a handful.
pub(super) const KEYWORDS: usize = 200;

/// Octets that one read takes: several commands, a good piece of a message.
pub(super) const READ_BYTES: usize = 16 * 1024;
/// Octets of replies that are gathered before they are sent.
pub(super) const REPLY_BYTES: usize = 64 * 1024;
/// Octets of a message that are in memory at once for a slow reader. Finding a place in a stored message takes time in
/// proportion to its distance from the beginning, so smaller pieces would make large messages slow.
pub(super) const PIECE_BYTES: usize = 512 * 1024;
/// A section of a message up to this size is read together with the others of its batch, octets.
pub(super) const INLINE_BYTES: usize = 128 * 1024;
/// Messages that are looked at in one snapshot of the store, so that none is held for long.
pub(super) const BATCH: usize = 250;
/// Octets of answers after which a batch ends early.
pub(super) const BATCH_BYTES: usize = 1024 * 1024;
/// Octets of a message that is read whole without room being had for it: ordinary mail, one for each connection.
pub(super) const WHOLE_BYTES: usize = 256 * 1024;
/// Messages that one write transaction marks, so that others get their turn.
pub(super) const WRITE_BATCH: usize = 1000;

/// Octets of messages in memory at once that are opened, or read whole as they are stored, for all connections. Opening takes four times
/// the size of a message: one of the largest has all of it.
pub(super) const OPENED_BYTES: usize = 256 * 1024 * 1024;
/// Turns at opening: it is computing, and small machines have few cores.
pub(super) const OPENERS: usize = 2;
