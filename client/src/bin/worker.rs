//! The worker: the program beside the page that holds the keys.
//!
//! It is cut in two as the page's is (see `bin/app.rs`): signing in and opening summaries run at once, what reads and writes letters
//! comes while they do.

use client::worker::letters::{self, Letters};
use client::worker::serve::serve;
use rand::rngs::OsRng;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

#[wasm_split(letters, fallible)]
fn letters_piece() -> Result<Letters<OsRng>, SplitLoaderError> {
    Ok(letters::answer)
}

fn main() {
    serve(|| Box::pin(async { letters_piece().await.ok() }));
}
