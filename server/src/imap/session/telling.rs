//! How changes of the selected mailbox are told (RFC 9051 §7.3, §7.5; RFC 7162 §3.1, §3.2).

use super::view::{Gone, Update};
use crate::imap::wire::flags;
use crate::imap::wire::print::put;
use crate::imap::wire::sequence::compact;
use crate::store::flags::{FlagBits, Keywords};

/// UIDs that one VANISHED response names, so that no line is without end.
const VANISHED_UIDS: usize = 5000;

/// How a client wants to be told of changes (RFC 7162 §3.1, §3.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Telling {
    /// With the MODSEQ of each change.
    pub(super) modseqs: bool,
    /// What is gone by UID.
    pub(super) vanished: bool,
}

/// Appends the response that tells an update.
pub(super) fn print(out: &mut Vec<u8>, update: &Update, telling: Telling) {
    match update {
        Update::Gone(gone) if telling.vanished => {
            let uids: Vec<u32> = gone.iter().rev().map(|gone| gone.uid).collect();
            print_vanished(out, &uids, false);
        }
        Update::Gone(gone) => gone.iter().for_each(|Gone { number, .. }| put!(out, "* {number} EXPUNGE\r\n")),
        Update::Exists(count) => put!(out, "* {count} EXISTS\r\n"),
        Update::Recent(count) => put!(out, "* {count} RECENT\r\n"),
        Update::Keywords(keywords) => {
            put!(out, "* FLAGS ");
            flags::print(out, every_bit(), keywords);
            put!(out, "\r\n");
        }
        Update::Flags { number, message } => {
            put!(out, "* {number} FETCH (UID {} FLAGS ", message.uid);
            flags::print(out, message.flags, &message.keywords);
            if telling.modseqs {
                put!(out, " MODSEQ ({})", message.modseq);
            }
            put!(out, ")\r\n");
        }
    }
}

/// Appends what says that these UIDs, which rise, are gone; `earlier`: before the client selected the mailbox
/// (RFC 7162 §3.2.10).
pub(super) fn print_vanished(out: &mut Vec<u8>, uids: &[u32], earlier: bool) {
    for some in uids.chunks(VANISHED_UIDS) {
        put!(out, "* VANISHED {}{}\r\n", if earlier { "(EARLIER) " } else { "" }, compact(some.iter().copied()));
    }
}

/// All flags that have a bit: every mailbox has them.
pub(super) fn every_bit() -> FlagBits {
    FlagBits::NAMES.into_iter().fold(FlagBits::default(), |all, (bit, _)| all.with(bit))
}

/// What a mailbox's FLAGS response says.
pub(super) fn print_all_flags(out: &mut Vec<u8>, keywords: &Keywords) {
    print(out, &Update::Keywords(keywords.clone()), Telling::default());
}
