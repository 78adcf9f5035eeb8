//! Stories of mail: taken in, handed in, waited for, delivered.

mod delivered;
mod handed_in;
mod queued;
