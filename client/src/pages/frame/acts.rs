//! What can be done to messages, wherever it is asked for: a button, a key, a menu, a drop.
//!
//! What is done to the message that is open leads on to the next one, so that the eye stays where it is.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::api::mailbox::{Flags, MailboxId, MailboxRole, MessageId};

use super::{Address, Frame};
use crate::pages::place::{HOME, Place};
use crate::pages::route::{Router, use_router};
use crate::state::messages::{Messages, Progress, Row, use_messages};
use crate::ui::dom;

/// The row that the tabulator reaches.
pub(super) const TAB_STOP: &str = ".row[tabindex='0']";
/// What stands at the place: the list, or what is in its place.
pub(super) const LIST: &str = "#list";

/// What can be done to messages.
#[derive(Clone, Copy)]
pub struct Acts {
    frame: Frame,
    address: Address,
    messages: Messages,
    router: Router,
}

/// What can be done to messages.
#[must_use]
pub fn use_acts() -> Acts {
    expect_context()
}

pub(super) fn provide_acts(frame: Frame, address: Address) {
    provide_context(Acts { frame, address, messages: use_messages(), router: use_router() });
}

impl Acts {
    /// Goes to an address of the page.
    pub fn go(&self, path: &str) {
        self.router.go(path);
    }

    /// Goes to an address in place of the one that is shown.
    pub fn go_instead(&self, path: &str) {
        self.router.go_instead(path);
    }

    fn place(&self) -> Place {
        self.address.place.get_untracked().unwrap_or(super::INBOX)
    }

    /// Opens a message. From one open message to the next the way back still leads to the list.
    pub fn open(&self, message: MessageId) {
        if self.place().is(MailboxRole::Drafts) {
            return self.go_on_writing(message);
        }
        let is_next = self.address.message.get_untracked().is_some();
        self.frame.cursor.set(Some(message));
        let path = self.place().message_path(message);
        if is_next { self.go_instead(&path) } else { self.go(&path) }
    }

    /// A draft is gone on with; where it does not open, the pane says why.
    fn go_on_writing(&self, message: MessageId) {
        self.frame.cursor.set(Some(message));
        let (router, path) = (self.router, self.place().message_path(message));
        self.frame.windows.fetch(message, Callback::new(move |_| router.go(&path)));
    }

    /// Goes back to the list, to the row of the message that was open.
    pub fn close(&self) {
        let open = self.address.message.get_untracked();
        self.go(&self.place().path());
        dom::pass_focus(open.map_or_else(|| TAB_STOP.to_owned(), row_of), LIST);
    }

    /// The row that the keyboard is at: it has the focus and can be seen.
    #[must_use]
    pub fn at(&self) -> Option<MessageId> {
        let row = dom::focused()?.closest(".row").ok()??;
        let is_seen = dom::is_in_view(&row, ".scroller");
        row.get_attribute(ROW_ID)?.parse().ok().filter(|_| is_seen)
    }

    /// Moves the keyboard to a row, and brings it into view.
    pub fn go_to_row(&self, message: MessageId) {
        self.frame.cursor.set(Some(message));
        self.frame.shown.reveal(message);
        dom::pass_focus(row_of(message), LIST);
    }

    /// Moves the keyboard into the list: to the row where it was, if that can be seen, else to the first that can.
    pub fn enter_list(&self) {
        dom::take_focus(TAB_STOP);
    }

    /// Gives the focus to the list, should it be lost: what was pressed went away.
    pub fn back_to_list(&self) {
        dom::save_focus(TAB_STOP.to_owned(), LIST);
    }

    /// What an act is meant for: what is selected, else the message that is open, else the row that the keyboard is at. Nothing
    /// of these is out of sight.
    #[must_use]
    pub fn targets(&self) -> Vec<MessageId> {
        let selected = self.frame.selection.ids_untracked();
        if !selected.is_empty() {
            // An act on the whole mailbox waits until all of it is known, or it would be one on some of it.
            let is_whole = self.messages.progress().get_untracked() == (Progress::Loaded { more: false });
            let can_act = is_whole || !self.frame.selection.whole().get_untracked();
            return if can_act { selected.into_iter().collect() } else { Vec::new() };
        }
        let one = self.address.message.get_untracked().or_else(|| self.at());
        one.into_iter().collect()
    }

    fn rows(&self, messages: &[MessageId]) -> Vec<Row> {
        messages.iter().filter_map(|id| Some(self.messages.row(*id)?.get_untracked())).collect()
    }

    /// Goes on from messages that are about to leave the list, the keyboard to what comes after them; where the one that is open
    /// is among them, its successor is opened, or on a phone the list.
    fn leave(&self, messages: &[MessageId]) {
        let leaving: BTreeSet<MessageId> = messages.iter().copied().collect();
        let order = self.frame.shown.order_untracked();
        let successor = |of: MessageId| {
            let place = order.iter().position(|id| *id == of)?;
            let stays = |id: &&MessageId| !leaving.contains(id);
            let after = order.iter().skip(place).find(stays);
            after.or_else(|| order.iter().take(place).rev().find(stays)).copied()
        };
        let was_at = self.at().or_else(|| self.frame.cursor.get_untracked()).filter(|id| order.contains(id));
        let from = was_at.or_else(|| order.iter().find(|id| leaving.contains(id)).copied());
        let next = from.and_then(|from| if leaving.contains(&from) { successor(from) } else { Some(from) });
        self.frame.cursor.set(next);
        if let Some(open) = self.address.message.get_untracked().filter(|open| leaving.contains(open)) {
            match successor(open) {
                Some(next) if !dom::is_phone() => self.go_instead(&self.place().message_path(next)),
                _ => self.go_instead(&self.place().path()),
            }
        }
        self.frame.selection.clear();
        let next = next.map_or_else(|| LIST.to_owned(), row_of);
        // What was pressed beside the letter, or in another part of the page, keeps the focus as long as it is there.
        let stays = dom::focused().is_some_and(|focused| focused.closest(".read, .nav, .top").ok().flatten().is_some());
        if stays { dom::save_focus(next, LIST) } else { dom::pass_focus(next, LIST) }
    }

    /// Moves messages to a mailbox.
    pub fn move_to(&self, messages: Vec<MessageId>, to: MailboxId) {
        let is_here = self.address.mailbox.get_untracked().is_some_and(|mailbox| mailbox.id == to);
        if messages.is_empty() || is_here {
            return;
        }
        self.leave(&messages);
        self.messages.move_to(messages, to);
    }

    fn move_to_role(&self, messages: Vec<MessageId>, role: MailboxRole) {
        if messages.is_empty() || self.place().is(role) {
            return;
        }
        self.leave(&messages);
        self.messages.move_to_role(messages, role);
    }

    /// Puts messages away.
    pub fn archive(&self, messages: Vec<MessageId>) {
        self.move_to_role(messages, MailboxRole::Archive);
    }

    /// Puts messages back to the inbox.
    pub fn inbox(&self, messages: Vec<MessageId>) {
        self.move_to_role(messages, MailboxRole::Inbox);
    }

    /// Says that messages are unwanted; in the mailbox of unwanted mail: that they are not.
    pub fn junk(&self, messages: Vec<MessageId>) {
        let role = if self.place().is(MailboxRole::Junk) { MailboxRole::Inbox } else { MailboxRole::Junk };
        self.move_to_role(messages, role);
    }

    /// Throws messages away; what lies in the bin already is deleted for ever, after a question.
    pub fn trash(&self, messages: Vec<MessageId>) {
        if self.place().is(MailboxRole::Trash) {
            self.frame.deleting.set(messages);
        } else {
            self.move_to_role(messages, MailboxRole::Trash);
        }
    }

    /// Deletes messages for ever, without asking any more.
    pub fn delete(&self, messages: Vec<MessageId>) {
        if !messages.is_empty() {
            self.leave(&messages);
            self.messages.delete_for_ever(messages);
        }
    }

    /// Gives messages a star, or takes it from them when all of them have one.
    pub fn star(&self, messages: Vec<MessageId>) {
        let flagged = Flags { flagged: true, ..Flags::default() };
        let have_all = self.rows(&messages).iter().all(|row| row.flags.flagged);
        self.set(messages, flagged, !have_all);
    }

    /// Marks messages as read, or as not read when all of them are.
    pub fn toggle_read(&self, messages: Vec<MessageId>) {
        let are_all = self.rows(&messages).iter().all(|row| row.flags.seen);
        self.mark_read(messages, !are_all);
    }

    /// Marks messages as read or not. A message that is marked as not read while it is open is closed.
    pub fn mark_read(&self, messages: Vec<MessageId>, read: bool) {
        let open = self.address.message.get_untracked();
        if !read && open.is_some_and(|open| messages.contains(&open)) {
            self.close();
        }
        self.set(messages, Flags { seen: true, ..Flags::default() }, read);
    }

    fn set(&self, messages: Vec<MessageId>, flag: Flags, on: bool) {
        if messages.is_empty() {
            return;
        }
        let (add, remove) = if on { (flag, Flags::default()) } else { (Flags::default(), flag) };
        self.messages.set_flags(messages, add, remove);
    }

    /// Asks where to move messages.
    pub fn ask_where(&self, messages: Vec<MessageId>) {
        self.frame.moving.set(messages);
    }

    /// Goes up or down the list: from the message that is open to its neighbour, else only the keyboard. Where that is at no row
    /// yet, it comes to one.
    pub fn step(&self, by: isize) {
        let order = self.frame.shown.order_untracked();
        let open = self.address.message.get_untracked();
        let Some(from) = open.or_else(|| self.at()) else { return self.enter_list() };
        // The neighbours of one that is open may not be here yet.
        let place = order.iter().position(|id| *id == from).and_then(|place| place.checked_add_signed(by));
        let Some(next) = place.and_then(|place| order.get(place)).copied() else { return };
        if open.is_none() {
            self.go_to_row(next);
        } else {
            self.open(next);
            if !dom::is_phone() {
                dom::pass_focus(row_of(next), LIST);
            }
        }
    }

    /// The neighbours of a message in the list, before and after.
    #[must_use]
    pub fn neighbours(&self, message: MessageId) -> (Option<MessageId>, Option<MessageId>) {
        let order = self.frame.shown.order();
        let Some(place) = order.iter().position(|id| *id == message) else { return (None, None) };
        let before = place.checked_sub(1).and_then(|place| order.get(place)).copied();
        (before, order.get(place + 1).copied())
    }

    /// Goes to the place of a role.
    pub fn go_to(&self, role: MailboxRole) {
        self.go(&Place::Role(role).path());
    }

    /// Goes home.
    pub fn home(&self) {
        self.go(HOME);
    }
}

/// The attribute in which a row says which message it is of.
pub const ROW_ID: &str = "data-message";

/// How the row of a message is found in the document.
fn row_of(message: MessageId) -> String {
    format!(".row[{ROW_ID}='{message}']")
}
