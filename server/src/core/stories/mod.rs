//! Stories of mail: taken in, handed in, waited for, delivered, signed, deleted; which key it is sealed to where it lies; of those who change what opens their account, or its keys, and
//! of those who guess at the doors.

mod at_rest;
mod changed;
mod correspondents;
mod delivered;
mod guessing;
mod handed_in;
mod key_server;
mod keys;
mod people;
mod queued;
mod removed;
mod settled;
mod signed;
mod taken_back;
