//! The command line: what can be said, and the exit code that each outcome has.

mod dns;
mod user;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::client::{self, ClientError};
use crate::config::{self, Config, ConfigError};
use crate::serve::{self, ServeError};
use crate::store::StoreError;

/// Exit codes: 0 done; 1 it failed; 2 the command line is wrong; 3 refused (wrong passphrase, address taken, nobody of this
/// address, …); 4 the box cannot be reached; 5 another own-mailbox uses the data folder; 6 the configuration cannot be used.
pub mod exit {
    /// It failed; the message says why.
    pub const FAILED: u8 = 1;
    /// The command line is wrong; clap's own code for that.
    pub const USAGE: u8 = 2;
    /// The box said no.
    pub const REFUSED: u8 = 3;
    /// The box cannot be reached, or what came was no answer of its.
    pub const UNREACHABLE: u8 = 4;
    /// Another process has the data folder.
    pub const IN_USE: u8 = 5;
    /// The configuration file cannot be read, or says what cannot be.
    pub const CONFIGURATION: u8 = 6;
}

const EXIT_CODES: &str = "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 refused · 4 box not reached · \
                          5 data folder in use · 6 configuration not usable";

/// Private mail at home: webmail, IMAPS and submission over a store of ciphertext.
#[derive(Parser, Debug)]
#[command(name = "own-mailbox", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the box
    #[command(after_help = EXIT_CODES)]
    Serve(ServeArgs),
    /// Print the default configuration, every value with a comment
    Config,
    /// Invite, list or disable people; works beside a running box
    #[command(after_help = EXIT_CODES)]
    User(user::UserArgs),
    /// Print the DNS records that the domain needs, or check them; works beside a running box
    #[command(after_help = EXIT_CODES)]
    Dns(dns::DnsArgs),
    /// Tend the keys that what leaves is signed with (DKIM); works beside a running box
    #[command(after_help = EXIT_CODES)]
    Dkim(dns::DkimArgs),
    /// Use a box from the command line, as the page does; passphrase and key never leave this process
    #[command(after_help = EXIT_CODES)]
    Client(client::ClientArgs),
}

#[derive(Args, Debug)]
struct ServeArgs {
    /// A whole box for home.test on this machine, to try everything out: standard ports plus 8000, its own certificate
    /// authority and names, nothing leaves the machine
    #[arg(long)]
    local: bool,
    /// Where everything is kept [default: as configured; with --local, ./own-mailbox-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Configuration file (see `own-mailbox config`) [default: /etc/own-mailbox/box.toml, where it is; with --local, none]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Added to every standard port [default: 0; with --local, 8000]
    #[arg(long, value_name = "N")]
    port_offset: Option<u16>,
}

/// Reads the command line, does what it says, and answers with the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve(args),
        Command::Config => show(config::COMMENTED_DEFAULT),
        Command::User(args) => user::run(args),
        Command::Dns(args) => dns::run(args),
        Command::Dkim(args) => dns::run_dkim(args),
        Command::Client(args) => client::run(args).map_err(refused),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            complain(&failed.error);
            ExitCode::from(failed.code)
        }
    }
}

/// Why a command was not done, and the exit code that says so.
#[derive(Debug)]
pub struct Failed {
    /// One of [`exit`].
    pub code: u8,
    /// For people.
    pub error: anyhow::Error,
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        let error = error.into();
        let in_use = |cause: &(dyn std::error::Error + 'static)| {
            matches!(cause.downcast_ref::<StoreError>(), Some(StoreError::InUse))
        };
        let of_configuration = |cause: &(dyn std::error::Error + 'static)| {
            cause.is::<ConfigError>() || cause.downcast_ref().is_some_and(ServeError::is_of_configuration)
        };
        let code = match &error {
            error if error.chain().any(in_use) => exit::IN_USE,
            error if error.chain().any(of_configuration) => exit::CONFIGURATION,
            _ => exit::FAILED,
        };
        Self { code, error }
    }
}

fn refused(error: ClientError) -> Failed {
    let code = match &error {
        ClientError::Usage(_) => exit::USAGE,
        ClientError::Refused(_) | ClientError::Answered(_) => exit::REFUSED,
        ClientError::Unreachable(_) | ClientError::Unanswered(_) | ClientError::Garbled(_) => exit::UNREACHABLE,
        ClientError::Failed(_) | ClientError::Unread => exit::FAILED,
    };
    Failed { code, error: error.into() }
}

fn serve(args: ServeArgs) -> Result<(), Failed> {
    let installed = Path::new(config::INSTALLED);
    let mut config = match &args.config {
        Some(file) if args.local => Config::read_local(file)?,
        None if args.local => Config::local(),
        Some(file) => Config::read(file)?,
        None if installed.exists() => Config::read(installed)?,
        None => {
            let error = anyhow::anyhow!(
                "which box? --local starts one for home.test to try everything out; for one of your own, \
                 `own-mailbox config` prints a configuration to begin with, and --config FILE starts it (without it: {})",
                installed.display()
            );
            return Err(Failed { code: exit::USAGE, error });
        }
    };
    if let Some(data) = args.data {
        config.data = data;
    }
    if let Some(offset) = args.port_offset {
        config.port_offset = offset;
    }
    Ok(serve::run(config, args.local)?)
}

/// Prints what is only to be read. Who took a part of it and went, as `head` does, has read enough.
fn show(text: &str) -> Result<(), Failed> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[expect(clippy::print_stderr, reason = "this is the one place that speaks to the person at the command line")]
fn complain(error: &anyhow::Error) {
    eprintln!("own-mailbox: {error:#}");
}
