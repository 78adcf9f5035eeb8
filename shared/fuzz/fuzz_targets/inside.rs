#![no_main]

shared_fuzz::feed!(inside);
