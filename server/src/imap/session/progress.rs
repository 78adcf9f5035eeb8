//! Words of how far a long command has come, so that its client does not give it up (RFC 9585).

use shared::api::Timestamp;

use crate::imap::limits::PROGRESS_EVERY;
use crate::imap::wire::Code;

/// A command that may take long.
#[derive(Debug)]
pub(super) struct Progress {
    tag: String,
    goal: usize,
    told_at: Timestamp,
}

impl Progress {
    /// A command that begins now and is done after so many messages.
    pub(super) fn new(tag: &str, goal: usize, now: Timestamp) -> Self {
        Self { tag: tag.to_owned(), goal, told_at: now }
    }

    /// What to tell of so many messages that are done, where it is time again.
    pub(super) fn due(&mut self, done: usize, now: Timestamp) -> Option<Code> {
        if now.0.saturating_sub(self.told_at.0) < PROGRESS_EVERY {
            return None;
        }
        self.told_at = now;
        Some(Code::InProgress { tag: self.tag.clone(), done, goal: self.goal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_now_and_then() {
        let mut progress = Progress::new("a", 500, Timestamp(100));
        assert_eq!(progress.due(1, Timestamp(109)), None);
        let due = progress.due(250, Timestamp(110)).map(|code| code.to_string());
        assert_eq!(due.as_deref(), Some("INPROGRESS (\"a\" 250 500)"));
        assert_eq!(progress.due(300, Timestamp(111)), None);
        // A clock that was put back is no reason to tell nothing any more, or everything.
        assert_eq!(progress.due(300, Timestamp(50)), None);
    }
}
