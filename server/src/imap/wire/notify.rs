//! What NOTIFY asks for (RFC 5465).

use super::Dialect;
use super::fetch::{Item, items};
use super::names::decoded;
use super::scan::{Cursor, Malformed, Parsed};

/// Most groups of one NOTIFY.
const GROUPS: usize = 100;
/// Most mailboxes that one group names.
const NAMES: usize = 1000;

/// What NOTIFY asks for; the default is NOTIFY NONE.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct Notify {
    /// A STATUS response for each mailbox that is watched, at once.
    pub(in crate::imap) status: bool,
    /// What is wanted of the selected mailbox; `None`: nothing.
    pub(in crate::imap) selected: Option<Selected>,
    /// What is wanted of others.
    pub(in crate::imap) others: Vec<Group>,
    /// It asks for events that there are not here.
    pub(in crate::imap) unsupported: bool,
}

/// What is wanted of the selected mailbox: that messages come and go, and more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct Selected {
    /// What goes is told only while a command allows that.
    pub(in crate::imap) delayed: bool,
    /// What is told of each message that comes.
    pub(in crate::imap) of_new: Vec<Item>,
    /// Also that flags change.
    pub(in crate::imap) flags: bool,
}

/// What is wanted of some mailboxes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Group {
    pub(in crate::imap) of: Filter,
    /// That messages come and go.
    pub(in crate::imap) messages: bool,
    /// That flags change.
    pub(in crate::imap) flags: bool,
    /// That mailboxes are made, renamed and deleted.
    pub(in crate::imap) names: bool,
    /// That they are subscribed and unsubscribed.
    pub(in crate::imap) subscriptions: bool,
}

/// Which mailboxes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Filter {
    /// Those that letters are delivered to.
    Inboxes,
    Mailboxes(Vec<String>),
    Personal,
    Subscribed,
    /// These and those below them.
    Subtree(Vec<String>),
}

/// NOTIFY.
pub(super) fn notify(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Notify> {
    cursor.space()?;
    let mut notify = Notify::default();
    match cursor.word()?.as_str() {
        "NONE" => return Ok(notify),
        "SET" => cursor.space()?,
        _ => return Err(Malformed("SET or NONE is missing")),
    }
    if cursor.next_word_is("STATUS") {
        cursor.word()?;
        cursor.space()?;
        notify.status = true;
    }
    let (mut groups, mut names_selected) = (0, false);
    loop {
        groups += 1;
        if groups > GROUPS {
            return Err(Malformed("too many groups of events"));
        }
        cursor.expect(b'(', "a group of events is missing")?;
        let word = cursor.word()?;
        let filter = match word.as_str() {
            "SELECTED" | "SELECTED-DELAYED" => None,
            "INBOXES" => Some(Filter::Inboxes),
            "MAILBOXES" => Some(Filter::Mailboxes(names(cursor, dialect)?)),
            "PERSONAL" => Some(Filter::Personal),
            "SUBSCRIBED" => Some(Filter::Subscribed),
            "SUBTREE" => Some(Filter::Subtree(names(cursor, dialect)?)),
            _ => return Err(Malformed("there are no such mailboxes to watch")),
        };
        cursor.space()?;
        let events = events(cursor)?;
        cursor.expect(b')', "a group of events does not end")?;
        notify.unsupported |= events.unsupported;
        match filter {
            None => {
                if std::mem::replace(&mut names_selected, true) || events.names || events.subscriptions {
                    return Err(Malformed("the selected mailbox is named once, and with events of messages"));
                }
                let Events { of_new, flags, .. } = events;
                notify.selected =
                    events.messages.then_some(Selected { delayed: word == "SELECTED-DELAYED", of_new, flags });
            }
            Some(_) if !events.of_new.is_empty() => {
                return Err(Malformed("only messages of the selected mailbox can be told of"));
            }
            Some(of) => {
                let Events { messages, flags, names, subscriptions, .. } = events;
                notify.others.push(Group { of, messages, flags, names, subscriptions });
            }
        }
        if cursor.at_end() {
            return Ok(notify);
        }
        cursor.space()?;
    }
}

/// ` mailbox` or ` (mailbox…)`.
fn names(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Vec<String>> {
    cursor.space()?;
    let name = |cursor: &mut Cursor<'_>| cursor.astring().map(|bytes| decoded(&bytes, dialect));
    let found = if cursor.peek() == Some(b'(') { cursor.list(name)? } else { vec![name(cursor)?] };
    if found.is_empty() || found.len() > NAMES { Err(Malformed("no mailbox, or too many")) } else { Ok(found) }
}

#[derive(Default)]
struct Events {
    messages: bool,
    of_new: Vec<Item>,
    flags: bool,
    names: bool,
    subscriptions: bool,
    unsupported: bool,
}

fn events(cursor: &mut Cursor<'_>) -> Parsed<Events> {
    let mut events = Events::default();
    if cursor.next_word_is("NONE") {
        cursor.word()?;
        return Ok(events);
    }
    let mut goes = false;
    let given = cursor.list(|cursor| {
        match cursor.word()?.as_str() {
            "MESSAGENEW" => {
                events.messages = true;
                let mut ahead = cursor.clone();
                if ahead.eat(b' ') && ahead.peek() == Some(b'(') {
                    *cursor = ahead;
                    events.of_new = items(cursor)?;
                }
            }
            "MESSAGEEXPUNGE" => goes = true,
            "FLAGCHANGE" => events.flags = true,
            "MAILBOXNAME" => events.names = true,
            "SUBSCRIPTIONCHANGE" => events.subscriptions = true,
            _ => events.unsupported = true,
        }
        Ok(())
    })?;
    if given.is_empty() {
        return Err(Malformed("an event is missing"));
    }
    if events.messages != goes || (events.flags && !goes) {
        return Err(Malformed("MessageNew and MessageExpunge go together, and FlagChange with them"));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed<Notify> {
        let mut cursor = Cursor::new(text.as_bytes());
        let notify = notify(&mut cursor, Dialect::Rev1)?;
        cursor.end().map(|()| notify)
    }

    #[test]
    fn events_are_asked_for_by_mailbox() {
        assert_eq!(read(" NONE"), Ok(Notify::default()));
        let notify = read(
            " set status (selected (MessageNew (uid body.peek[header.fields (from to)]) MessageExpunge)) \
             (subtree (Lists \"a b\") (MessageNew MessageExpunge FlagChange)) (mailboxes inbox NONE) \
             (personal (MailboxName SubscriptionChange))",
        )
        .unwrap();
        assert!(notify.status && notify.selected.as_ref().is_some_and(|selected| selected.of_new.len() == 2));
        assert_eq!(notify.others.len(), 3);
        assert_eq!(notify.others[0].of, Filter::Subtree(vec!["Lists".into(), "a b".into()]));
        assert!(notify.others[0].flags && notify.others[2].names && !notify.others[1].messages);
        assert!(read(" SET (SELECTED NONE)").unwrap().selected.is_none());
        assert!(read(" SET (SELECTED-DELAYED (MessageNew MessageExpunge))").unwrap().selected.unwrap().delayed);
        assert!(read(" SET (PERSONAL (AnnotationChange))").unwrap().unsupported);
    }

    #[test]
    fn what_cannot_be_watched_is_refused() {
        for text in [
            "",
            " ALL",
            " SET",
            " SET STATUS",
            " SET (SELECTED)",
            " SET (SELECTED ())",
            " SET (SELECTED (MessageNew))",
            " SET (SELECTED (MessageExpunge))",
            " SET (SELECTED (FlagChange))",
            " SET (SELECTED (MailboxName))",
            " SET (SELECTED NONE) (SELECTED-DELAYED NONE)",
            " SET (PERSONAL (MessageNew (UID) MessageExpunge))",
            " SET (MAILBOXES NONE)",
            " SET (SUBTREE () NONE)",
            " SET (NOWHERE NONE)",
            " SET (PERSONAL NONE",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
