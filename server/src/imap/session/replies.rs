//! Where a session's replies go: gathered here, sent on in pieces, so that a reply of any length takes bounded memory.

use std::io;
use std::pin::Pin;

use zeroize::Zeroizing;

use crate::imap::limits::REPLY_BYTES;

/// What a trait that is used as an object answers in place of an `async fn`.
pub(in crate::imap) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes bytes on to the client; waits as long as the client does not take them.
pub(in crate::imap) trait Sink: Send {
    /// Sends all of it.
    fn send<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>>;
}

/// Replies on their way to the client.
pub(in crate::imap) struct Replies<'s> {
    /// May hold opened mail.
    buffer: Zeroizing<Vec<u8>>,
    sink: &'s mut dyn Sink,
}

impl<'s> Replies<'s> {
    pub(in crate::imap) fn new(sink: &'s mut dyn Sink) -> Self {
        Self { buffer: Zeroizing::default(), sink }
    }

    /// Where lines are written to; call [`Replies::relieve`] now and then.
    pub(super) fn lines(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Sends what has been gathered if it is much.
    pub(super) async fn relieve(&mut self) -> io::Result<()> {
        if self.buffer.len() >= REPLY_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Sends what has been gathered.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let gathered = std::mem::take(&mut self.buffer);
        self.sink.send(&gathered).await
    }

    /// Sends bytes after what has been gathered.
    pub(in crate::imap) async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len() + bytes.len() < REPLY_BYTES {
            self.buffer.extend_from_slice(bytes);
            return self.flush().await;
        }
        self.flush().await?;
        self.sink.send(bytes).await
    }
}
