//! The worker: the program beside the page that holds the keys.

fn main() {
    client::worker::serve::serve();
}
