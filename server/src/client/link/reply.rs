//! Answering a letter behind a link, as somebody without an account.

use rand::rngs::OsRng;
use shared::access::Reply;
use shared::api::link::{ReplyRequest, ReplyResponse};
use shared::api::{ApiError, ErrorCode, paths};
use shared::link::{KeptReply, Unpacker};

use super::read::{Opened, fetch, look, token};
use crate::client::args::Place;
use crate::client::args::link::ReplyArgs;
use crate::client::letter::{attachment, text_of};
use crate::client::terminal::clean;
use crate::client::{ClientError, now, tell};

pub(super) async fn reply(place: Place, args: ReplyArgs) -> Result<(), ClientError> {
    let found = look(&place, &args.which).await?;
    let text = text_of(&args.body_file)?;
    let files = args.attach.iter().map(|path| attachment(path)).collect::<Result<Vec<_>, _>>()?;
    let named = files.iter().map(|file| (file.name.clone().unwrap_or_default(), file.bytes.len() as u64)).collect();
    let kept = KeptReply::new(now(), &text, named);
    let Opened { mut api, payload, opening, reply_as, key, .. } = found.open(&args.which).await?;
    let refused = |error: &dyn std::fmt::Display| ClientError::Refused(error.to_string());
    let mut unpacker = Unpacker::new(payload);
    unpacker.open(&fetch(&mut api, &opening, 0).await?).map_err(|error| refused(&error))?;
    let (Some(manifest), Some(from)) = (unpacker.manifest(), reply_as) else {
        return Err(ApiError::new(ErrorCode::NoReplies).into());
    };
    let sealed = Reply { from: from.clone(), text, files }.seal(manifest, now(), &mut OsRng);
    let sealed = sealed.map_err(|error| refused(&error))?;
    let copy = key.seal_reply(&kept, &mut OsRng).into();
    let request = ReplyRequest { opening, reply: token(), copy };
    let parts: &[&[u8]] = &[&sealed];
    let _taken: ReplyResponse =
        api.persist(async |api| api.post_frame(paths::LINK_REPLY, &request, parts).await).await?;
    tell(&format!("{} has your answer, from {from}.", clean(&manifest.from.address)))
}
