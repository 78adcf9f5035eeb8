//! The sentence for everything that can go wrong, and for every state that has a name: the compiler sees to it that none
//! is left out.

use shared::access::KeyFlaw;
use shared::api::limits::PASSPHRASE_MIN_CHARS;
use shared::api::submit::FailureReason;
use shared::api::{ApiError, ErrorCode, Timestamp};

use crate::lang::format::{self, DateStyle};
use crate::lang::{Words, failure};
use crate::platform::time;
use crate::state::Failure;
use crate::worker::protocol::AskError;
use crate::worker::protocol::reading::{Person, Problem};

/// What went wrong and what to do.
#[must_use]
pub fn failure(words: &Words, failure: &Failure) -> String {
    match failure {
        Failure::Offline => words.failure.offline.to_owned(),
        Failure::Refused(error) => refusal(words, error),
        Failure::CutOff => words.failure.cut_off.to_owned(),
        Failure::FileGone(name) => (words.failure.file_gone)(name),
        Failure::CannotSeal(address) => (words.failure.cannot_seal)(address.as_str()),
        Failure::Worker(error) => ask_error(words, *error),
    }
}

/// What the box refused and what to do.
#[must_use]
pub fn refusal(words: &Words, error: &ApiError) -> String {
    let sentence = error_code(&words.failure, error.code);
    match error.retry_after {
        Some(seconds) => format!("{sentence} {}", again(words, seconds)),
        None => sentence.to_owned(),
    }
}

fn error_code(words: &failure::Failures, code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadRequest | ErrorCode::MethodNotAllowed => words.bad_request,
        ErrorCode::NotSignedIn => words.not_signed_in,
        ErrorCode::WrongCredentials => words.wrong_credentials,
        ErrorCode::WrongRecoveryCode => words.wrong_recovery_code,
        ErrorCode::NotConfirmed => words.not_confirmed,
        ErrorCode::Forbidden => words.forbidden,
        ErrorCode::AccountDisabled => words.account_disabled,
        ErrorCode::NotFound => words.not_found,
        ErrorCode::InvitationGone => words.invitation_gone,
        ErrorCode::AddressTaken => words.address_taken,
        ErrorCode::AddressNotHere => words.address_not_here,
        ErrorCode::MailboxNotEmpty => words.mailbox_not_empty,
        ErrorCode::MailboxExists => words.mailbox_exists,
        ErrorCode::MailboxNotAllowed => words.mailbox_not_allowed,
        ErrorCode::TooLarge => words.too_large,
        ErrorCode::TooMany => words.too_many,
        ErrorCode::TooManyAttempts => words.too_many_attempts,
        ErrorCode::SenderNotAllowed => words.sender_not_allowed,
        ErrorCode::RecipientNotValid => words.recipient_not_valid,
        ErrorCode::SecretKey => words.secret_key,
        ErrorCode::AlreadySent => words.already_sent,
        ErrorCode::Outdated => words.outdated,
        ErrorCode::LinkGone => words.link_gone,
        ErrorCode::WrongAnswer => words.wrong_answer,
        ErrorCode::LinkClosed => words.link_closed,
        ErrorCode::LinkElsewhere => words.link_elsewhere,
        ErrorCode::NoReplies => words.no_replies,
        ErrorCode::LetterIncomplete => words.letter_incomplete,
        ErrorCode::LettersFull => words.letters_full,
        ErrorCode::DiskFull => words.disk_full,
        ErrorCode::Busy => words.busy,
        ErrorCode::Internal => words.internal,
    }
}

/// When to try again, rounded up to what people say.
fn again(words: &Words, seconds: u32) -> String {
    let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    match seconds {
        0..=90 => words.failure.again_in_seconds.say(words.language, count(seconds.max(1))),
        91..=5400 => words.failure.again_in_minutes.say(words.language, count(seconds.div_ceil(60))),
        _ => words.failure.again_in_hours.say(words.language, count(seconds.div_ceil(3600))),
    }
}

/// What a worker could not do and what to do.
#[must_use]
pub fn ask_error(words: &Words, error: AskError) -> String {
    let text = &words.failure;
    let sentence = match error {
        AskError::WorkerStopped => text.worker_stopped,
        AskError::NoWorker => text.no_worker,
        AskError::Locked => text.locked,
        AskError::Unexpected => text.unexpected,
        AskError::PassphraseTooShort => return (text.passphrase_too_short)(PASSPHRASE_MIN_CHARS),
        AskError::PassphraseTooLong => text.passphrase_too_long,
        AskError::PassphraseControlCharacter => text.passphrase_control,
        AskError::WrongCredentials => text.wrong_credentials,
        AskError::RecoveryWordCount(count) => return text.recovery_word_count.say(words.language, count),
        AskError::RecoveryWord(place) => return (text.recovery_word)(place),
        AskError::RecoveryChecksum => text.recovery_checksum,
        AskError::KeysDamaged => text.keys_damaged,
        AskError::TabKeyGone => text.tab_key_gone,
        AskError::MessageDamaged => text.message_damaged,
        AskError::NotForUs => text.not_for_us,
        AskError::TooLarge => text.message_too_large,
        // Whoever asks for a sealing says whose certificate it is.
        AskError::Certificate(_) => text.unexpected,
        AskError::Letter => text.letter,
        AskError::Key(flaw) => return key_flaw(text, flaw).to_owned(),
        AskError::KeyGone => text.key_gone,
        AskError::SecretKey(None) => text.secret_key,
        AskError::SecretKey(Some(place)) => return (text.secret_key_enclosed)(place + 1),
        AskError::Internal => text.worker_internal,
    };
    sentence.to_owned()
}

/// Why a key from elsewhere does not do.
fn key_flaw(words: &failure::Failures, flaw: KeyFlaw) -> &'static str {
    match flaw {
        KeyFlaw::NoKey => words.key_none,
        KeyFlaw::OnlyPublic => words.key_only_public,
        KeyFlaw::TooLarge => words.key_too_large,
        KeyFlaw::Passphrase => words.key_passphrase,
        KeyFlaw::OpensNothing => words.key_opens_nothing,
        KeyFlaw::NoPrimary => words.key_no_primary,
        KeyFlaw::OtherAddress => words.key_other_address,
        KeyFlaw::Expired => words.key_expired,
        KeyFlaw::Withdrawn => words.key_withdrawn,
        KeyFlaw::Weak => words.key_weak,
        KeyFlaw::Incomplete => words.key_incomplete,
    }
}

/// What a reader should know about a message.
#[must_use]
pub fn problem(words: &Words, problem: Problem) -> &'static str {
    match problem {
        Problem::NoHeader => words.read.problem_no_header,
        Problem::UnknownCharset => words.read.problem_charset,
        Problem::BrokenEncoding => words.read.problem_encoding,
        Problem::BrokenStructure => words.read.problem_structure,
        Problem::TooManyParts => words.read.problem_too_many,
        Problem::RepeatedField => words.read.problem_repeated,
        Problem::OtherAuthor => words.read.problem_other_author,
        Problem::PartsOutside => words.read.problem_outside,
        Problem::TooLong => words.read.problem_too_long,
        Problem::SealedForOthers => words.read.problem_sealed_for_others,
        Problem::BrokenSeal => words.read.problem_broken_seal,
    }
}

/// Why a delivery failed.
#[must_use]
pub fn failure_reason(words: &Words, reason: FailureReason) -> &'static str {
    match reason {
        FailureReason::NoSuchRecipient => words.read.no_such_recipient,
        FailureReason::NoSuchDomain => words.read.no_such_domain,
        FailureReason::Unreachable => words.read.unreachable,
        FailureReason::TryLater => words.read.try_later,
        FailureReason::MailboxFull => words.read.mailbox_full,
        FailureReason::TooLarge => words.read.too_large,
        FailureReason::Refused => words.read.refused,
        FailureReason::GaveUp => words.read.gave_up,
    }
}

/// How somebody is called: the name, else the address, else "somebody".
#[must_use]
pub fn person(words: &Words, person: &Person) -> String {
    let named = [&person.name, &person.address].into_iter().map(|text| text.trim()).find(|text| !text.is_empty());
    named.unwrap_or(words.general.somebody).to_owned()
}

/// The subject, or that there is none.
#[must_use]
pub fn subject(words: &Words, subject: &str) -> String {
    if subject.trim().is_empty() { words.general.no_subject.to_owned() } else { subject.to_owned() }
}

/// `a, b and c`
#[must_use]
pub fn and(words: &Words, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {} {last}", most.join(", "), words.general.and),
    }
}

/// A point in time as short as it can be told today: the hour, the day, or the date.
#[must_use]
pub fn short_time(words: &Words, at: Timestamp, now: Timestamp) -> String {
    let (then, today) = (time::local(at), time::local(now));
    let style = if then.year != today.year {
        DateStyle::DayAndYear
    } else if (then.month, then.day) == (today.month, today.day) {
        DateStyle::Time
    } else {
        DateStyle::Day
    };
    format::date(words.language, at, style)
}

/// A point in time for the head of a letter: `today, 14:02`, `yesterday, 9:15`, else the whole date.
#[must_use]
pub fn near_time(words: &Words, at: Timestamp, now: Timestamp) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let clock = || format::date(words.language, at, DateStyle::Time);
    let same = |other: Timestamp| {
        let (a, b) = (time::local(at), time::local(other));
        (a.year, a.month, a.day) == (b.year, b.month, b.day)
    };
    if same(now) {
        (words.general.today_at)(&clock())
    } else if same(now.plus(-DAY)) {
        (words.general.yesterday_at)(&clock())
    } else {
        format::date(words.language, at, DateStyle::Full)
    }
}
