//! The reader's page: opens a letter behind a link for somebody without an account.

fn main() {
    client::reader::start();
}
