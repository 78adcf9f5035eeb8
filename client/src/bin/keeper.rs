//! The keeper: the program beside the reader's page that makes keys, and opens what is sealed for them.

fn main() {
    client::keeper::serve();
}
