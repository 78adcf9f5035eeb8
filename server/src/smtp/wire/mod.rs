//! The words of SMTP: commands, replies, and mail data with its dots. Parsing and printing only; no state of a session, no
//! socket.
//!
//! The parser is our own, not smtp-proto's: that one takes bare line feeds and carriage returns within a line, drops the quotes
//! of local parts and makes `<Postmaster>` and `<>` the same, and the first is what this box must refuse.
//!
//! Invariants: a line ends with CRLF and with nothing else (RFC 5321 §2.3.8); what was parsed into an address can be printed
//! into a command again without adding to it; every length is bounded.

pub mod command;
pub mod data;
pub mod reply;
