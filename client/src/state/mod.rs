//! What the page knows: signals that requests fill and events patch. No HTML and no key material here.
//!
//! Each room has a `provide_…` for the root of the page and a `use_…` for everything below; [`provide_state`] and
//! [`provide_mail_state`] do all of them in order, and a room uses only those that were provided before it. The rooms are `Copy` handles.
//!
//! | room | holds |
//! |---|---|
//! | [`session`] | who is signed in, locked or open |
//! | [`mailboxes`] | the mailboxes and their counts |
//! | [`messages`] | the rows of the mailbox that is shown, and what can be done to messages |
//! | [`reading`] | the message that is open |
//! | [`drafts`] | the letters being written |
//! | [`sending`] | how a letter travels to each recipient, sending and taking back |
//! | [`links`] | nothing: what can be done with the links of letters that were sent |
//! | [`undo`] | what was done and can still be undone |
//! | [`devices`] | passwords of mail programs, export of the key |
//! | [`setup`] | nothing: what mail programs can be told instead of somebody typing it |
//! | [`sheets`] | whose recovery sheet was shown and never kept |
//! | [`own_keys`] | the account's own OpenPGP keys |
//! | [`correspondents`] | what is decided about the keys of others |
//! | [`settings`] | theme, language, density, waiting times |
//! | [`live`] | the connection on which the box tells what happens |
//!
//! Invariants: what can be computed is a memo, no effect copies one signal into another; what was changed before the box
//! confirmed it is put back when the box refuses; the order of events is the order of the patches, and after a loss
//! everything that is shown is fetched again.

mod cache;
mod certificates;
pub mod correspondents;
pub mod devices;
mod draft;
pub mod drafts;
pub mod failure;
mod idle;
mod letters;
mod linking;
pub mod links;
pub mod live;
pub mod mailboxes;
pub mod messages;
pub mod own_keys;
mod people;
pub mod reading;
pub mod sending;
pub mod session;
pub mod settings;
pub mod setup;
pub mod sheets;
mod shown;
pub mod undo;
mod ways;

pub use failure::Failure;

/// Provides what the door needs to the components below, and starts to find out whether somebody is signed in.
pub fn provide_state() {
    settings::provide_settings();
    sheets::provide_sheets();
    session::provide_session();
    idle::provide_idle_lock();
}

/// Provides the rooms that hold mail; once, when the piece of the program that they are in is there.
pub fn provide_mail_state() {
    undo::provide_undo();
    people::provide_people();
    certificates::provide_certificates();
    mailboxes::provide_mailboxes();
    messages::provide_messages();
    reading::provide_reading();
    drafts::provide_drafts();
    sending::provide_sending();
    devices::provide_devices();
    own_keys::provide_own_keys();
    live::provide_live();
}
