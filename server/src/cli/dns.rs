//! `own-mailbox dns`: the records that the domain needs, as a zone file has them, and whether they are there. `own-mailbox dkim`:
//! other keys to sign with. Both beside a box that may be running.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use futures_util::future::join_all;
use shared::api::Timestamp;
use time::OffsetDateTime;

use super::{Failed, exit, show};
use crate::core::dkim::{Keys, RotateError, Use};
use crate::core::records::{self, About, Purpose, Record, State};
use crate::core::{Clock, Random};
use crate::net::dns::{Network, Resolver};
use crate::serve::Identity;

#[derive(Args, Debug)]
pub(super) struct DnsArgs {
    /// Where the box keeps everything
    #[arg(long, value_name = "DIR", default_value = "/var/lib/own-mailbox")]
    data: PathBuf,
    /// A public address of the box, to be written into the records; may stand several times
    #[arg(long = "address", value_name = "IP")]
    addresses: Vec<IpAddr>,
    /// Ask DNS whether the records are there, and print that; with 1 as the exit code where some are not
    #[arg(long)]
    check: bool,
    /// The DNS server to ask [default: those of the system]
    #[arg(long, value_name = "IP:PORT", requires = "check")]
    server: Option<SocketAddr>,
}

#[derive(Args, Debug)]
pub(super) struct DkimArgs {
    /// Where the box keeps everything
    #[arg(long, value_name = "DIR", global = true, default_value = "/var/lib/own-mailbox")]
    data: PathBuf,
    #[command(subcommand)]
    command: DkimCommand,
}

#[derive(Subcommand, Debug)]
enum DkimCommand {
    /// Make other keys and print their records; the box signs with them as soon as it finds those in DNS
    Rotate,
}

pub(super) fn run(args: DnsArgs) -> Result<(), Failed> {
    let (about, keys) = of_box(&args.data, args.addresses)?;
    let records = records::of(&about, &keys)?;
    if !args.check {
        return show(&written(&about, &records));
    }
    let network = args.server.map_or_else(Network::new, Network::of_server)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(checked(&records, &network))
}

pub(super) fn run_dkim(args: DkimArgs) -> Result<(), Failed> {
    let (about, keys) = of_box(&args.data, Vec::new())?;
    let DkimCommand::Rotate = args.command;
    keys.rotate(&Random::system(), Clock::system().now()).map_err(|error| match error {
        RotateError::Waiting(_) | RotateError::NoName => Failed { code: exit::REFUSED, error: error.into() },
        RotateError::Store(_) => error.into(),
    })?;
    let mut records = records::of(&about, &keys)?;
    records.retain(|record| record.purpose == Purpose::Keys(Use::Waiting));
    show(&written(&about, &records))
}

/// What is known of the box in this data folder.
fn of_box(data: &Path, addresses: Vec<IpAddr>) -> Result<(About, Keys), Failed> {
    let identity = Identity::read(data).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failed { code: exit::FAILED, error: anyhow::anyhow!("there is no box in {} (see --data)", data.display()) }
        }
        _ => error.into(),
    })?;
    let about = identity.about(addresses);
    Ok((about, Keys::open(data, &Random::system(), Clock::system().now())?))
}

/// The records as a zone file, with comments.
fn written(about: &About, records: &[Record]) -> String {
    let About { domain, host, addresses, .. } = about;
    let mut out = format!("; DNS records of {domain}, as its zone file has them.\n");
    let mut said = None;
    for record in records {
        if said != Some(record.purpose) {
            said = Some(record.purpose);
            out += &format!("\n; {}\n", comment(record.purpose, host, addresses.is_empty()));
            if record.purpose == Purpose::Host {
                for ip in addresses {
                    out += &format!("; {}. IN PTR {host}.\n", records::reverse_name(*ip));
                }
            }
        }
        out += &format!("{record}\n");
    }
    out
}

fn comment(purpose: Purpose, host: &str, is_unknown: bool) -> String {
    match purpose {
        Purpose::Host if is_unknown => {
            format!(
                "The public addresses of the box; --address writes them here. Their reverse names, at the provider, are {host}."
            )
        }
        Purpose::Host => "The public addresses of the box. Their reverse names are set at its provider:".to_owned(),
        Purpose::Mail => "Mail comes in.".to_owned(),
        Purpose::Programs => "Correspondents find certificates, and mail programs their servers.".to_owned(),
        Purpose::Sender => "Nobody else sends in the name of the domain (SPF, DMARC).".to_owned(),
        Purpose::Keys(Use::Current) => "The keys that the box signs with (DKIM).".to_owned(),
        Purpose::Keys(Use::Waiting) => {
            "Keys that wait: the box signs with them as soon as it finds both records (DKIM).".to_owned()
        }
        Purpose::Keys(Use::Old { until }) => {
            format!("Old keys: what they signed may be on its way until {}; no more use after that (DKIM).", day(until))
        }
    }
}

fn day(when: Timestamp) -> String {
    let date = OffsetDateTime::from_unix_timestamp(when.0).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Prints what DNS says of each record.
async fn checked(records: &[Record], resolver: &dyn Resolver) -> Result<(), Failed> {
    let (mut lines, mut wrong, mut unknown) = (String::new(), 0_usize, 0_usize);
    // At once: where DNS does not answer, each of them takes its time.
    let states = join_all(records.iter().map(|record| records::check(record, resolver))).await;
    for (record, state) in records.iter().zip(states) {
        let (state, why) = match state {
            State::There => ("ok", String::new()),
            State::Missing => {
                wrong += 1;
                ("missing", String::new())
            }
            State::Other(found) => {
                wrong += 1;
                ("other", format!(": {found}"))
            }
            State::Unknown => {
                unknown += 1;
                ("not known", ": DNS could not be asked".to_owned())
            }
        };
        lines += &format!("{state:<9}  {:<6}  {}{why}\n", record.kind(), record.name);
    }
    show(&lines)?;
    let failed = |code, error| Err(Failed { code, error });
    match (wrong, unknown) {
        (0, 0) => Ok(()),
        (0, _) => failed(exit::UNREACHABLE, anyhow::anyhow!("DNS could not be asked for all of the records")),
        _ => failed(
            exit::FAILED,
            anyhow::anyhow!("{wrong} of {} records are not as `own-mailbox dns` prints them", records.len()),
        ),
    }
}
