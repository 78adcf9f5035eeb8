#![no_main]

shared_fuzz::feed!(message);
