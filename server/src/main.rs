//! `own-mailbox`: reads the command line and hands over to the room that does it.

use std::process::ExitCode;

fn main() -> ExitCode {
    own_mailbox::cli::main()
}
