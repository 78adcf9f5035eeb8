//! The reader's page: opens a letter behind a link for somebody without an account.
//!
//! It is cut in two as the page is (see `bin/app.rs`): what makes and uses keys comes when somebody asks for it.

use client::reader::{KeyRoom, Missing};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

#[wasm_split(key, fallible)]
fn key() -> Result<KeyRoom, SplitLoaderError> {
    Ok(client::reader::key_room())
}

fn main() {
    client::reader::start(|| Box::pin(async { key().await.map_err(|_| Missing) }));
}
