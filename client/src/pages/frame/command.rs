//! What a key means.

use shared::api::mailbox::MailboxRole;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Next,
    Previous,
    Open,
    Back,
    Select,
    Star,
    Archive,
    Trash,
    Junk,
    ToggleRead,
    Move,
    Undo,
    Compose,
    Reply,
    ReplyAll,
    Forward,
    Search,
    Sheet,
    Go(MailboxRole),
    /// The first key of two, `g`.
    Wait,
}

/// A key and what was held with it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stroke<'a> {
    /// The key as the layout gives it (`KeyboardEvent.key`).
    pub(super) key: &'a str,
    /// Control or Command.
    pub(super) control: bool,
    /// Alt or Option.
    pub(super) alt: bool,
    /// Shift.
    pub(super) shift: bool,
}

/// What a key means; `waiting` after `g`.
pub(super) fn command(stroke: Stroke<'_>, waiting: bool) -> Option<Command> {
    if stroke.alt {
        return None;
    }
    if stroke.control {
        return (stroke.key == "z" && !stroke.shift).then_some(Command::Undo);
    }
    if waiting && let Some(role) = role(stroke.key) {
        return Some(Command::Go(role));
    }
    Some(match stroke.key {
        "j" => Command::Next,
        "k" => Command::Previous,
        "o" | "Enter" => Command::Open,
        "u" | "Escape" => Command::Back,
        "U" => Command::ToggleRead,
        "x" => Command::Select,
        "s" | "*" => Command::Star,
        "e" => Command::Archive,
        "#" | "t" | "Delete" => Command::Trash,
        "!" => Command::Junk,
        "v" | "m" => Command::Move,
        "z" => Command::Undo,
        "c" | "n" => Command::Compose,
        "r" => Command::Reply,
        "a" | "R" => Command::ReplyAll,
        "f" => Command::Forward,
        "/" => Command::Search,
        "?" => Command::Sheet,
        "g" => Command::Wait,
        _ => return None,
    })
}

fn role(key: &str) -> Option<MailboxRole> {
    Some(match key {
        "i" => MailboxRole::Inbox,
        "d" => MailboxRole::Drafts,
        "s" | "t" => MailboxRole::Sent,
        "a" => MailboxRole::Archive,
        "!" => MailboxRole::Junk,
        "#" => MailboxRole::Trash,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Stroke<'_> {
        Stroke { key, ..Stroke::default() }
    }

    #[test]
    fn single_keys_act_and_g_leads_to_places() {
        assert_eq!(command(key("e"), false), Some(Command::Archive));
        assert_eq!(command(key("g"), false), Some(Command::Wait));
        assert_eq!(command(key("i"), true), Some(Command::Go(MailboxRole::Inbox)));
        assert_eq!(command(key("a"), true), Some(Command::Go(MailboxRole::Archive)));
        assert_eq!(command(key("a"), false), Some(Command::ReplyAll));
        assert_eq!(command(key("j"), true), Some(Command::Next));
        assert_eq!(command(key("i"), false), None);
    }

    #[test]
    fn the_browsers_own_keys_stay_its_own() {
        for taken in ["r", "f", "c", "t", "n", "a"] {
            assert_eq!(command(Stroke { control: true, ..key(taken) }, false), None, "{taken}");
        }
        assert_eq!(command(Stroke { alt: true, ..key("d") }, true), None);
        assert_eq!(command(Stroke { control: true, ..key("z") }, false), Some(Command::Undo));
        assert_eq!(command(Stroke { control: true, shift: true, ..key("z") }, false), None);
    }
}
