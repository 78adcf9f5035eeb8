//! What the items of a FETCH need of a message.

use crate::imap::limits::OPENED_BYTES;
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

/// Whether parts without their encoding are asked for of a message that together take more memory than all readers have.
pub(super) fn is_too_much(row: &MessageRecord, items: &[Item]) -> bool {
    let is_decoded = |item: &Item| matches!(item, Item::Binary { part, .. } if !part.is_empty());
    items.iter().any(is_decoded) && takes(row, items) > OPENED_BYTES
}

/// Octets that a message takes in memory that is read whole: itself, and for each part that is asked for without its encoding that part
/// and what is told of it.
pub(super) fn takes(row: &MessageRecord, items: &[Item]) -> usize {
    let decoded = items.iter().filter(|item| matches!(item, Item::Binary { .. } | Item::BinarySize { .. })).count();
    usize::try_from(row.size).unwrap_or(usize::MAX).saturating_mul(1 + 2 * decoded)
}
