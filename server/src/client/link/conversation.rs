//! What a letter behind a link belongs to, as it is shown below it.

use shared::api::Timestamp;
use shared::link::{EarlierLetter, KeptReply, Link};

use crate::client::reading::date;
use crate::client::terminal::clean;

/// What came with an opening beside the letter.
pub(super) struct Conversation {
    /// The box.
    pub(super) origin: String,
    /// Earlier letters, newest first.
    pub(super) earlier: Vec<EarlierLetter>,
    /// What was kept of answers, oldest first.
    pub(super) replies: Vec<KeptReply>,
    /// When there was a later letter.
    pub(super) later: Option<Timestamp>,
}

impl Conversation {
    /// For a terminal; empty where there is nothing to tell.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        for KeptReply { date: at, text: written, files, is_whole } in &self.replies {
            text.push_str(&format!("\nYour answer of {}:\n", date(*at)));
            let lines = written.lines().map(|line| format!("> {}\n", clean(line)));
            let files = files.iter().map(|(name, octets)| format!("> File: {} ({octets} octets)\n", clean(name)));
            text.extend(lines.chain(files));
            if !is_whole {
                text.push_str("> (the rest is not kept)\n");
            }
        }
        for EarlierLetter { fragment, subject, date: at } in &self.earlier {
            let link = Link { origin: self.origin.clone(), fragment: fragment.clone() };
            text.push_str(&format!(
                "\nEarlier letter of {}: {}\n  {}\n",
                date(*at),
                clean(subject),
                link.to_text().expose()
            ));
        }
        if let Some(later) = self.later {
            text.push_str(&format!("\nThere is a later letter, of {}, which has a link of its own.\n", date(later)));
        }
        text
    }
}
