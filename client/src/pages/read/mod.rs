//! A letter, open.
//!
//! Invariants: HTML of mail is only ever the document of a sandboxed frame that runs nothing; text of mail is only ever text;
//! what a state says about a letter (sealed, signed, doubtful) is said in words, and nothing is said that is not known.

pub mod answer;
mod deliveries;
mod details;
mod draft;
mod files;
mod frame_html;
mod letter;
mod link;
mod links;
mod pane;
mod picture;
mod quote;
mod save_all;
mod seals;
mod sent_key;
mod source;
mod subject;
mod text;

pub use pane::Pane;
