#![no_main]

shared_fuzz::feed!(armor);
