//! What the box answers over HTTPS.

pub mod page;
