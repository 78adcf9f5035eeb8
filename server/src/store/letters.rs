//! What clients have handed in for the letters that they write, by the id that they gave each: so that a request that comes again,
//! because its answer was lost, is not done twice.

use rusqlite::{OptionalExtension, Row, named_params};
use shared::api::Timestamp;
use shared::api::letter::LetterId;
use shared::api::mailbox::MessageId;
use shared::api::submit::{SubmissionId, SubmitResponse};

use super::{AccountNo, ReadTx, StoreError, Tx};

/// A letter that was submitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Submitted {
    /// Which form of it, as its client counts them.
    pub attempt: u32,
    /// What was answered.
    pub response: SubmitResponse,
}

/// The message that a letter was filed as while it was written; it may be gone.
///
/// # Errors
/// Where the store fails.
pub fn draft(tx: &ReadTx<'_>, account: AccountNo, letter: LetterId) -> Result<Option<MessageId>, StoreError> {
    let sql = "SELECT draft_id FROM letter WHERE account_id = :account AND letter_id = :letter";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let found = statement.query_row(named_params! {":account": account.0, ":letter": letter.0}, |row| row.get(0));
    Ok(found.optional()?.flatten().map(MessageId))
}

/// The submission of a letter; it may have ended.
///
/// # Errors
/// Where the store fails.
pub fn submitted(tx: &ReadTx<'_>, account: AccountNo, letter: LetterId) -> Result<Option<Submitted>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(Submitted {
            attempt: row.get(0)?,
            response: SubmitResponse {
                submission: SubmissionId(row.get(1)?),
                sent: MessageId(row.get(2)?),
                leaves_at: Timestamp(row.get(3)?),
            },
        })
    };
    let sql = "SELECT attempt, submission_id, sent_id, leaves_at FROM letter \
               WHERE account_id = :account AND letter_id = :letter AND submission_id IS NOT NULL";
    let mut statement = tx.sql().prepare_cached(sql)?;
    Ok(statement.query_row(named_params! {":account": account.0, ":letter": letter.0}, read).optional()?)
}

/// Notes what a letter is filed as while it is written.
///
/// # Errors
/// Where the store fails.
pub fn set_draft(
    tx: &Tx<'_>,
    account: AccountNo,
    letter: LetterId,
    draft: Option<MessageId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO letter (account_id, letter_id, draft_id, used_at) VALUES (:account, :letter, :draft, :now) \
             ON CONFLICT (account_id, letter_id) DO UPDATE SET draft_id = excluded.draft_id, used_at = excluded.used_at",
        )?
        .execute(named_params! {
            ":account": account.0, ":letter": letter.0, ":draft": draft.map(|draft| draft.0), ":now": now.0,
        })?;
    Ok(())
}

/// Notes that a letter was submitted; its draft is gone.
///
/// # Errors
/// Where the store fails.
pub fn set_submitted(
    tx: &Tx<'_>,
    account: AccountNo,
    letter: LetterId,
    submitted: &Submitted,
    now: Timestamp,
) -> Result<(), StoreError> {
    set_draft(tx, account, letter, None, now)?;
    let Submitted { attempt, response } = submitted;
    tx.sql()
        .prepare_cached(
            "UPDATE letter SET attempt = :attempt, submission_id = :submission, sent_id = :sent, leaves_at = :leaves_at \
             WHERE account_id = :account AND letter_id = :letter",
        )?
        .execute(named_params! {
            ":account": account.0,
            ":letter": letter.0,
            ":attempt": attempt,
            ":submission": response.submission.0,
            ":sent": response.sent.0,
            ":leaves_at": response.leaves_at.0,
        })?;
    Ok(())
}

/// Notes that a submission was taken back: its letter can be submitted again.
///
/// # Errors
/// Where the store fails.
pub fn taken_back(tx: &Tx<'_>, account: AccountNo, submission: SubmissionId) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "UPDATE letter SET attempt = NULL, submission_id = NULL, sent_id = NULL, leaves_at = NULL \
             WHERE account_id = :account AND submission_id = :submission",
        )?
        .execute(named_params! {":account": account.0, ":submission": submission.0})?;
    Ok(())
}

/// Forgets letters that were used last before then; answers how many.
///
/// # Errors
/// Where the store fails.
pub fn forget_before(tx: &Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    let mut statement = tx.sql().prepare_cached("DELETE FROM letter WHERE used_at < :before")?;
    Ok(statement.execute(named_params! {":before": before.0})?)
}
