//! Letters behind links, for people who do not encrypt: `send` makes one, `read` opens one with its `conversation` and
//! `reply` answers it without a session, `manage` shows what
//! became of them and takes them back.
//!
//! A chunk that did not arrive because the connection went is sent or fetched again over a new one, a few times (`Api::persist`).

mod conversation;
mod manage;
mod read;
mod reply;
mod send;

use super::ClientError;
use super::args::Place;
use super::args::link::{LinkArgs, LinkCommand};

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
