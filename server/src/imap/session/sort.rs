//! SORT (RFC 5256, RFC 5957): by what can be seen of messages. A sealed subject counts as none.

use std::cmp::Ordering;

use mail_parser::DateTime;

use super::looking::look_at;
use super::refusal::Refusal;
use super::search::{find, highest_modseq};
use super::seen::{NotSeen, Seen};
use super::subject::{Subject, casemap};
use super::{Done, Replies, Session};
use crate::imap::limits::BATCH;
use crate::imap::wire::Code;
use crate::imap::wire::print::put;
use crate::imap::wire::sort::{Among, By, Criterion, Sort};
use crate::structure::{decoded, first_address};

/// SORT.
pub(super) async fn sort(
    session: &mut Session,
    tag: &str,
    request: Sort,
    replies: &mut Replies<'_>,
) -> Result<Done, Refusal> {
    let Sort { by, among, uid } = request;
    let asks_modseq = among.key.asks_modseq();
    let criteria = by.clone();
    let mut rows = looked_at(session, tag, among, replies, move |seen| key(seen, &criteria)).await?;
    // Messages come in their order in the mailbox, and keep it where nothing else decides.
    rows.sort_by(|one, other| compare(&one.1, &other.1, &by));
    let uids: Vec<u32> = rows.into_iter().map(|(uid, _)| uid).collect();
    let modseq = if asks_modseq {
        let mut rising = uids.clone();
        rising.sort_unstable();
        highest_modseq(session, rising).await?
    } else {
        None
    };
    let (_, view) = session.selected()?;
    put!(replies.lines(), "* SORT");
    for batch in uids.chunks(BATCH) {
        for number in batch.iter().filter_map(|found| if uid { Some(*found) } else { view.number_of(*found) }) {
            put!(replies.lines(), " {number}");
        }
        replies.relieve().await?;
    }
    if let Some(modseq) = modseq {
        put!(replies.lines(), " (MODSEQ {modseq})");
    }
    put!(replies.lines(), "\r\n");
    Ok(Done::new("sorted"))
}

/// Finds messages and takes something from each, with its UID, in their order.
pub(super) async fn looked_at<T: Send + 'static>(
    session: &mut Session,
    tag: &str,
    among: Among,
    replies: &mut Replies<'_>,
    look: impl Fn(&mut Seen<'_>) -> Result<T, NotSeen> + Send + Sync + 'static,
) -> Result<Vec<(u32, T)>, Refusal> {
    let Among { key, charset_known } = among;
    if !charset_known {
        return Err(Refusal::No(Some(Code::BadCharset), "that charset is not read here"));
    }
    if key.asks_modseq() {
        session.tell_modseqs(replies);
    }
    let uids = find(session, &key, tag, replies).await?;
    look_at(session, tag, &uids, replies, look).await
}

/// A value to sort by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Value {
    Number(i64),
    Text(String),
}

fn key(seen: &mut Seen<'_>, by: &[Criterion]) -> Result<Vec<Value>, NotSeen> {
    by.iter().map(|criterion| value(seen, criterion.by)).collect()
}

fn value(seen: &mut Seen<'_>, by: By) -> Result<Value, NotSeen> {
    Ok(match by {
        By::Arrival => Value::Number(seen.row.received_at.0),
        By::Cc => Value::Text(address(seen, "Cc", false)?),
        By::Date => Value::Number(sent(seen)?),
        By::DisplayFrom => Value::Text(address(seen, "From", true)?),
        By::DisplayTo => Value::Text(address(seen, "To", true)?),
        By::From => Value::Text(address(seen, "From", false)?),
        By::Size => Value::Number(i64::try_from(seen.size()?).unwrap_or(i64::MAX)),
        By::Subject => Value::Text(subject(seen)?.base),
        By::To => Value::Text(address(seen, "To", false)?),
    })
}

fn compare(one: &[Value], other: &[Value], by: &[Criterion]) -> Ordering {
    let each = one.iter().zip(other).zip(by);
    each.map(|((one, other), criterion)| if criterion.reverse { other.cmp(one) } else { one.cmp(other) })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The sent date, seconds since 1970; where there is none, that of arrival (RFC 5256 §2.2).
pub(super) fn sent(seen: &mut Seen<'_>) -> Result<i64, NotSeen> {
    let written = seen.fields("Date")?;
    let date = written.first().and_then(|text| DateTime::parse_rfc822(text)).filter(DateTime::is_valid);
    Ok(date.map_or(seen.row.received_at.0, |date| date.to_timestamp()))
}

/// What the subject says.
pub(super) fn subject(seen: &mut Seen<'_>) -> Result<Subject, NotSeen> {
    Ok(seen.fields("Subject")?.first().map(|text| Subject::of(text)).unwrap_or_default())
}

/// The first address of a field, in the form in which it is compared: its mailbox, or as it is shown.
fn address(seen: &mut Seen<'_>, field: &str, shown: bool) -> Result<String, NotSeen> {
    let Some(first) = seen.raw(field)?.and_then(|raw| first_address(&raw)) else { return Ok(String::new()) };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !shown {
        return Ok(casemap(&text(&first.local)));
    }
    let name = first.name.map(|name| decoded(&[b" ", name.as_slice()].concat())).filter(|name| !name.is_empty());
    Ok(casemap(&name.unwrap_or_else(|| match &first.domain {
        Some(domain) => format!("{}@{}", text(&first.local), text(domain)),
        None => text(&first.local),
    })))
}
