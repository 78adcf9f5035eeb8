//! The sealer: the program beside the reader's page that seals answers.

fn main() {
    client::sealer::serve();
}
