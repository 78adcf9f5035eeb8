//! `own-mailbox user`: inviting, listing and disabling people, beside a box that may be running.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use shared::api::EmailAddress;

use super::{Failed, exit, show};
use crate::core::accounts::AccountError;
use crate::core::{Clock, Context, Domain, Gate, Random, accounts};
use crate::serve::Identity;
use crate::store::{Store, StoreError};

#[derive(Args, Debug)]
pub(super) struct UserArgs {
    /// Where the box keeps everything
    #[arg(long, value_name = "DIR", global = true, default_value = "/var/lib/own-mailbox")]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Print a link with which one account can be made, once, within seven days
    Invite {
        /// The address that the guest gets; without it the guest chooses
        address: Option<EmailAddress>,
    },
    /// Print everybody's address, name and state
    List,
    /// Keep somebody from signing in; mail for the address is still accepted
    Disable {
        /// Whom
        address: EmailAddress,
        /// Let them sign in again instead
        #[arg(long)]
        undo: bool,
    },
}

pub(super) fn run(args: UserArgs) -> Result<(), Failed> {
    let store = Store::open_beside(&args.data).map_err(|error| match error {
        StoreError::NotFound => Failed {
            code: exit::FAILED,
            error: anyhow::anyhow!("there is no box in {} (see --data)", args.data.display()),
        },
        error => error.into(),
    })?;
    let identity = Identity::read(&args.data)?;
    let random = Random::system();
    let context = Context {
        store,
        clock: Clock::system(),
        gate: Arc::new(Gate::open(&args.data, &random)?),
        random,
        domain: Domain::new(&identity.domain)?,
        host: identity.host,
        mail_server: identity.mail_server,
        key_server: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(act(&context, &identity.site, args.command))
}

async fn act(context: &Context, site: &str, command: Command) -> Result<(), Failed> {
    match command {
        Command::Invite { address } => {
            let invited = accounts::invite(context, address.as_ref()).await;
            let invitation = invited.map_err(|error| not_invited(error, context, address.as_ref()))?;
            writeln!(std::io::stdout(), "{}", invitation.link(site))?;
        }
        Command::List => {
            let mut lines = String::new();
            for account in accounts::list(context).await? {
                let state = if account.disabled_at.is_some() { "disabled" } else { "active" };
                lines += &format!("{}\t{}\t{state}\n", account.address, account.display_name);
            }
            show(&lines)?;
        }
        Command::Disable { address, undo } => {
            accounts::set_disabled(context, &address, !undo).await.map_err(|error| match error {
                AccountError::Store(StoreError::NotFound) => refused(format!("nobody here has the address {address}")),
                error => error.into(),
            })?
        }
    }
    Ok(())
}

fn not_invited(error: AccountError, context: &Context, address: Option<&EmailAddress>) -> Failed {
    let Some(address) = address else { return error.into() };
    match error {
        AccountError::AddressTaken => refused(format!("somebody has the address {address} already")),
        AccountError::AddressNotHere if !context.domain.holds(address) => {
            refused(format!("the box serves {}, so it cannot give {address}", context.domain.as_str()))
        }
        AccountError::AddressNotHere => refused(format!("nobody can have the address {address}: choose another one")),
        error => error.into(),
    }
}

fn refused(why: String) -> Failed {
    Failed { code: exit::REFUSED, error: anyhow::Error::msg(why) }
}
