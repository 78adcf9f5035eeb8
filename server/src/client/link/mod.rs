//! Letters behind links, for people who do not encrypt: `send` makes one, `read` opens one and `reply` answers it without a session, `manage` shows what
//! became of them and takes them back.
//!
//! A chunk that did not arrive because the connection went is sent or fetched again over a new one, a few times.

mod manage;
mod read;
mod reply;
mod send;

use std::time::Duration;

use super::ClientError;
use super::api::Api;
use super::args::Place;
use super::args::link::{LinkArgs, LinkCommand};

/// How often a chunk is tried over a new connection before it is given up.
const TRIES: u32 = 6;
/// Pause before the second new connection; it doubles with each further one. The first is tried at once.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn act(place: Place, args: LinkArgs) -> Result<(), ClientError> {
    match args.command {
        LinkCommand::Send(args) => send::send(place, *args).await,
        LinkCommand::Read(args) => read::read(place, args).await.or_else(super::read_enough),
        LinkCommand::Reply(args) => reply::reply(place, args).await,
        LinkCommand::List(args) => manage::list(place, args).await.or_else(super::read_enough),
        LinkCommand::Change(args) => manage::change(place, args).await,
        LinkCommand::Revoke(args) => manage::revoke(place, args).await,
    }
}

/// After the `tried`-th try failed: connects anew, if the box could not be reached and there is a try left.
async fn again(api: &mut Api, tried: u32, failed: ClientError) -> Result<(), ClientError> {
    if tried >= TRIES || !matches!(failed, ClientError::Unreachable(_)) {
        return Err(failed);
    }
    if let Some(doubled) = tried.checked_sub(2) {
        tokio::time::sleep(PAUSE * 2_u32.pow(doubled)).await;
    }
    // Where that does not succeed the next try fails, and is counted.
    let _connected = api.reconnect().await;
    Ok(())
}
