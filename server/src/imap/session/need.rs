//! What the items of a FETCH need of a message.

use crate::imap::wire::fetch::Item;
use crate::imap::wire::section::Of;
use crate::store::messages::MessageRecord;

/// Whether an answer tells of the content of messages.
pub(super) fn tells_content(items: &[Item]) -> bool {
    let tells = |item: &Item| match item {
        Item::EmailId
        | Item::Flags
        | Item::InternalDate
        | Item::ModSeq
        | Item::SaveDate
        | Item::ThreadId
        | Item::Uid => false,
        Item::Binary { .. }
        | Item::BinarySize { .. }
        | Item::Body { .. }
        | Item::BodyStructure { .. }
        | Item::Envelope
        | Item::Preview
        | Item::Size => true,
    };
    items.iter().any(tells)
}

/// How much of a stored message an item needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Nothing,
    Header,
    Everything,
}

pub(super) fn need(item: &Item) -> Need {
    match item {
        Item::EmailId
        | Item::Flags
        | Item::InternalDate
        | Item::ModSeq
        | Item::Preview
        | Item::SaveDate
        | Item::Size
        | Item::ThreadId
        | Item::Uid => Need::Nothing,
        // They are kept apart; where they are not, `answer` needs the header or everything after all.
        Item::BodyStructure { .. } | Item::Envelope => Need::Nothing,
        Item::Binary { part, .. } | Item::BinarySize { part } if part.is_empty() => Need::Nothing,
        Item::Binary { .. } | Item::BinarySize { .. } => Need::Everything,
        Item::Body { section, .. } => match section.of {
            _ if !section.part.is_empty() => Need::Everything,
            Of::Everything => Need::Nothing,
            Of::Header | Of::Fields { .. } | Of::Mime | Of::Text => Need::Header,
        },
    }
}

/// Octets that a message takes in memory that is read whole, as far as that is known before: itself, and once more where parts are asked
/// for without their encoding, or fields of headers, which may be all of it.
pub(super) fn takes(row: &MessageRecord, items: &[Item]) -> usize {
    let is_made = |item: &Item| match item {
        Item::Binary { part, .. } | Item::BinarySize { part } => !part.is_empty(),
        Item::Body { section, .. } => matches!(section.of, Of::Fields { .. }),
        _ => false,
    };
    let times = if items.iter().any(is_made) { 2 } else { 1 };
    usize::try_from(row.size).unwrap_or(usize::MAX).saturating_mul(times)
}
