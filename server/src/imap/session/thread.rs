//! THREAD (RFC 5256): how messages answer each other, as far as that is readable. A sealed subject joins no others.

use super::refusal::Refusal;
use super::seen::{NotSeen, Seen};
use super::sort::{looked_at, sent, subject};
use super::threads::{self, Member};
use super::{Done, Replies, Session};
use crate::imap::wire::print::put;
use crate::imap::wire::sort::{Algorithm, Thread};

/// Most references of one message; of more, the last ones.
const REFERENCES: usize = 200;

/// THREAD.
pub(super) async fn thread(
    session: &mut Session,
    tag: &str,
    request: Thread,
    replies: &mut Replies<'_>,
) -> Result<Done, Refusal> {
    let Thread { algorithm, among, uid } = request;
    let found = looked_at(session, tag, among, replies, member).await?;
    let (uids, members): (Vec<u32>, Vec<Member>) = found.into_iter().unzip();
    let forest = match algorithm {
        Algorithm::OrderedSubject => threads::by_subject(&members),
        Algorithm::References => threads::by_references(&members),
    };
    let (_, view) = session.selected()?;
    let number = |at: usize| {
        let found = uids.get(at).copied().unwrap_or_default();
        if uid { found } else { view.number_of(found).unwrap_or_default() }
    };
    put!(replies.lines(), "* THREAD");
    if !uids.is_empty() {
        put!(replies.lines(), " ");
    }
    for root in forest.roots() {
        forest.print(replies.lines(), *root, &number);
        replies.relieve().await?;
    }
    put!(replies.lines(), "\r\n");
    Ok(Done::new("threaded"))
}

fn member(seen: &mut Seen<'_>) -> Result<Member, NotSeen> {
    let ids = |value: Option<Vec<u8>>| value.map(|value| message_ids(&value)).unwrap_or_default();
    let mut references = ids(seen.raw("References")?);
    if references.is_empty() {
        references = ids(seen.raw("In-Reply-To")?);
        references.truncate(1);
    }
    references.drain(..references.len().saturating_sub(REFERENCES));
    Ok(Member {
        sent: sent(seen)?,
        subject: subject(seen)?,
        id: ids(seen.raw("Message-ID")?).into_iter().next(),
        references,
    })
}

/// The message ids of a field, their quotes taken away (RFC 5256, THREAD; RFC 5322 §3.6.4).
fn message_ids(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = value.iter().copied();
    while rest.by_ref().any(|byte| byte == b'<') {
        let (mut id, mut quoted, mut whole) = (Vec::new(), false, false);
        while let Some(byte) = rest.next() {
            match byte {
                b'\\' if quoted => id.extend(rest.next()),
                b'"' => quoted = !quoted,
                b'>' if !quoted => {
                    whole = true;
                    break;
                }
                b' ' | b'\t' | b'\r' | b'\n' if !quoted => {}
                byte => id.push(byte),
            }
        }
        if whole && id.contains(&b'@') {
            found.push(id);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_have_one_form() {
        let ids = |text: &str| message_ids(text.as_bytes());
        assert_eq!(ids("<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>"), ids("<01KF8JCEOCBS0045PS@xxx.yyy.com>"));
        assert_eq!(ids(" <a@b>\r\n <c@d> text <e> <f@g"), [b"a@b", b"c@d"]);
        assert_eq!(ids("<\"a\\\"b>\"@c>"), [b"a\"b>@c"]);
        assert!(ids("none").is_empty());
    }
}
