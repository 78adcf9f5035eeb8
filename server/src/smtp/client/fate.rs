//! What the reply of another host means for a recipient (RFC 5321 §4.2, RFC 3463).

use shared::api::submit::FailureReason;

use crate::core::carrier::{Fate, Why};
use crate::smtp::wire::reply::Response;

/// What was asked when the reply came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// Whether the host speaks with us at all, and takes the sender.
    Sender,
    /// Whether it takes one recipient.
    Recipient,
    /// Whether it takes the message.
    Message,
}

/// What a refusal means.
pub(super) fn of_response(response: &Response, stage: Stage, host: &str) -> Fate {
    if response.is_positive() {
        return Fate::Delivered;
    }
    let why = Why {
        reason: reason(response, stage),
        status: status(response),
        host: Some(host.to_owned()),
        said: Some(response.to_string()),
    };
    // 552 to RCPT without more was once said for "too many recipients" (RFC 5321 §4.5.3.1.10).
    let too_many = stage == Stage::Recipient && response.code == 552 && response.enhanced().is_none();
    if response.is_permanent() && !too_many { Fate::Never(why) } else { Fate::Later(why) }
}

fn status(response: &Response) -> String {
    match response.enhanced() {
        Some(enhanced) => enhanced.to_string(),
        None => format!("{}.0.0", response.code / 100),
    }
}

fn reason(response: &Response, stage: Stage) -> FailureReason {
    let enhanced = response.enhanced().map(|enhanced| (enhanced.subject, enhanced.detail));
    match (enhanced, response.code, stage) {
        (Some((1, 0 | 1 | 3 | 6)), ..) => FailureReason::NoSuchRecipient,
        (Some((1, 2 | 10)), ..) => FailureReason::NoSuchDomain,
        (Some((2, 1)), 500..=599, Stage::Recipient) => FailureReason::NoSuchRecipient,
        (Some((2, 2)), ..) => FailureReason::MailboxFull,
        (Some((3, 4) | (2, 3)), ..) => FailureReason::TooLarge,
        (None, 550 | 551 | 553, Stage::Recipient) => FailureReason::NoSuchRecipient,
        (None, 452 | 552, Stage::Recipient) => FailureReason::MailboxFull,
        (None, 552, _) => FailureReason::TooLarge,
        (_, 400..=499, _) => FailureReason::TryLater,
        _ => FailureReason::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(line: &str, stage: Stage) -> (bool, FailureReason, String) {
        let mut response = Response::default();
        response.add_line(format!("{line}\r\n").as_bytes()).unwrap();
        match of_response(&response, stage, "mx.test") {
            Fate::Delivered => panic!("{line}"),
            Fate::Later(why) => (false, why.reason, why.status),
            Fate::Never(why) => (true, why.reason, why.status),
        }
    }

    #[test]
    fn refusals_become_reasons_that_people_understand() {
        use FailureReason::*;
        for (line, stage, never, reason, status) in [
            ("550 5.1.1 no such user", Stage::Recipient, true, NoSuchRecipient, "5.1.1"),
            ("550 go away", Stage::Recipient, true, NoSuchRecipient, "5.0.0"),
            ("550 5.7.1 blocked", Stage::Recipient, true, Refused, "5.7.1"),
            ("550 go away", Stage::Message, true, Refused, "5.0.0"),
            ("451 4.7.1 greylisted", Stage::Recipient, false, TryLater, "4.7.1"),
            ("452 4.2.2 mailbox full", Stage::Recipient, false, MailboxFull, "4.2.2"),
            ("552 5.2.2 mailbox full", Stage::Message, true, MailboxFull, "5.2.2"),
            ("552 too many", Stage::Recipient, false, MailboxFull, "5.0.0"),
            ("552 5.3.4 too big", Stage::Message, true, TooLarge, "5.3.4"),
            ("552 too big", Stage::Message, true, TooLarge, "5.0.0"),
            ("554 5.7.1 no service", Stage::Sender, true, Refused, "5.7.1"),
            ("421 busy", Stage::Sender, false, TryLater, "4.0.0"),
        ] {
            assert_eq!(fate(line, stage), (never, reason, status.to_owned()), "{line}");
        }
    }
}
