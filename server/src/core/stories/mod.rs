//! Stories of mail: taken in, handed in, waited for, delivered; and of those who guess at the doors.

mod delivered;
mod guessing;
mod handed_in;
mod queued;
mod settled;
