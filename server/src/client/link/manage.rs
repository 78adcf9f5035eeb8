//! What became of letters behind links, and taking them back.

use shared::api::link::{ChangeLinkRequest, LetterState, LettersResponse, LinkEnd, LinkState, LinkedLetterId};
use shared::api::{limits, paths};
use shared::link;

use crate::client::access::open;
use crate::client::args::Place;
use crate::client::args::link::{ChangeArgs, ListArgs, RevokeArgs};
use crate::client::reading::date;
use crate::client::{ClientError, now, print};

const DAY: i64 = 24 * 60 * 60;

pub(super) async fn list(place: Place, args: ListArgs) -> Result<(), ClientError> {
    let (mut connected, _) = open(place).await?;
    let LettersResponse { letters } = connected.api.get(paths::LETTERS).await?;
    for letter in letters {
        if args.json {
            let json = serde_json::to_string(&letter).map_err(|error| ClientError::Failed(error.to_string()))?;
            print(&format!("{json}\n"))?;
            continue;
        }
        print(&head(&letter))?;
        for link in &letter.links {
            print(&format!("\t{}\t{}\t{}\n", link.id, link.recipient, state(link)))?;
        }
    }
    Ok(())
}

fn head(letter: &LetterState) -> String {
    let what = match (letter.sent_at, letter.sent) {
        (Some(_), Some(sent)) => format!("message {sent} in Sent"),
        (Some(_), None) => "no copy in Sent any more".into(),
        (None, _) => format!("{} of {} parts have come", letter.received, link::chunks(letter.octets)),
    };
    format!("{}\t{}\t{what}\n", letter.id, date(letter.sent_at.unwrap_or(letter.created_at)))
}

fn state(link: &LinkState) -> String {
    let mut words = vec![match link.last_opened_at {
        None => "not opened".into(),
        Some(at) => format!("opened {} times, last {}", link.opened, date(at)),
    }];
    if let Some(at) = link.last_replied_at {
        words.push(format!("answered {} times, last {}", link.replied, date(at)));
    }
    match link.ended {
        Some(LinkEnd::Expired) => words.push("expired".into()),
        Some(LinkEnd::Revoked) => words.push("taken back".into()),
        Some(LinkEnd::UsedUp) => words.push("opened as often as it could be".into()),
        None => {
            words.push(format!("until {}", date(link.expires_at)));
            words.extend(link.openings_left.map(|left| match left {
                0 => "opened as often as it can be".into(),
                left => format!("{left} openings left"),
            }));
        }
    }
    match link.wrong_answers {
        0 => {}
        limits::LINK_WRONG_ANSWERS.. => words.push("closed after too many wrong answers".into()),
        wrong => words.push(format!("{wrong} wrong answers")),
    }
    words.join("; ")
}

pub(super) async fn change(place: Place, args: ChangeArgs) -> Result<(), ClientError> {
    let (mut connected, _) = open(place).await?;
    let expires_at = args.days.map(|days| now().plus(days * DAY));
    let request = ChangeLinkRequest { expires_at, forgive: args.forgive };
    let changed = connected.api.patch(&paths::letter_link(args.letter, args.link), &request).await;
    changed.map_err(|error| error.or_absent(|| absent(args.letter)))
}

pub(super) async fn revoke(place: Place, args: RevokeArgs) -> Result<(), ClientError> {
    let (mut connected, _) = open(place).await?;
    let path = args.link.map_or_else(|| paths::letter(args.letter), |link| paths::letter_link(args.letter, link));
    connected.api.delete(&path).await.map_err(|error| error.or_absent(|| absent(args.letter)))
}

fn absent(letter: LinkedLetterId) -> String {
    format!("there is no letter {letter} behind links, or it has no such link; `link list` shows them")
}
