//! Outgoing mail: submissions, the forms in which they leave (sealed under the box's queue key), and one delivery for each
//! recipient.
//!
//! A delivery that ends lets go of its bytes; bytes that nobody holds are wiped in the same transaction.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, named_params};
use shared::api::mailbox::MessageId;
use shared::api::submit::{Class, Delivery, DeliveryState, FailureReason, SubmissionId};
use shared::api::{EmailAddress, Timestamp};

use super::accounts::address_column;
use super::messages::BodyId;
use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// One form of a submission's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OutgoingId(pub i64);

/// One recipient of one submission.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DeliveryId(pub i64);

/// What is handed in.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// Who sends it.
    pub account: AccountNo,
    /// The envelope's sender; `None` is the null reverse-path.
    pub envelope_from: Option<EmailAddress>,
    /// The copy in Sent, where the box filed one.
    pub sent: Option<BodyId>,
    /// Now.
    pub created_at: Timestamp,
    /// When it may leave.
    pub leaves_at: Timestamp,
}

/// One form in which it leaves, and for whom.
#[derive(Clone, Debug)]
pub struct NewOutgoing {
    /// Names the key that the bytes are sealed with.
    pub seal_id: [u8; 16],
    /// Octets before sealing.
    pub size: u64,
    /// The sealed bytes.
    pub sealed_bytes: Vec<u8>,
    /// Who gets it, and how it travels to each.
    pub recipients: Vec<(EmailAddress, Class)>,
}

/// A delivery that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// Which.
    pub id: DeliveryId,
    /// The bytes that it needs.
    pub outgoing: OutgoingId,
    /// To whom.
    pub recipient: EmailAddress,
    /// Tries so far.
    pub attempts: u32,
    /// When it could leave first.
    pub since: Timestamp,
    /// Since when it is due.
    pub next_try: Timestamp,
    /// Octets of the message.
    pub size: u64,
}

/// A message to deliver.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Who sends it.
    pub account: AccountNo,
    /// The envelope's sender; `None` is the null reverse-path.
    pub envelope_from: Option<EmailAddress>,
    /// Names the key that the bytes are sealed with.
    pub seal_id: [u8; 16],
    /// The sealed bytes.
    pub sealed_bytes: Vec<u8>,
}

/// What became of a try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The other side has it.
    Delivered,
    /// It is tried again.
    Retrying {
        /// When.
        next_try: Timestamp,
        /// Why it did not go.
        reason: FailureReason,
    },
    /// It will not arrive.
    Failed {
        /// Why.
        reason: FailureReason,
    },
}

/// Stores a submission.
///
/// # Errors
/// Where the store fails.
pub fn create(tx: &Tx<'_>, new: &NewSubmission) -> Result<SubmissionId, StoreError> {
    let from = new.envelope_from.as_ref().map_or("", EmailAddress::as_str);
    tx.sql()
        .prepare_cached(
            "INSERT INTO submission (account_id, envelope_from, sent_body, created_at, leaves_at) \
             VALUES (:account, :from, :sent, :created_at, :leaves_at)",
        )?
        .execute(named_params! {
            ":account": new.account.0,
            ":from": from,
            ":sent": new.sent.map(|body| body.0),
            ":created_at": new.created_at.0,
            ":leaves_at": new.leaves_at.0,
        })?;
    Ok(SubmissionId(tx.sql().last_insert_rowid()))
}

/// Adds a form of a submission with its deliveries, due when the submission may leave.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such submission.
pub fn add_outgoing(tx: &Tx<'_>, submission: SubmissionId, new: &NewOutgoing) -> Result<OutgoingId, StoreError> {
    let (created_at, leaves_at): (i64, i64) = tx
        .sql()
        .prepare_cached("SELECT created_at, leaves_at FROM submission WHERE id = :id")?
        .query_row(named_params! {":id": submission.0}, |row| Ok((row.get(0)?, row.get(1)?)))?;
    tx.sql()
        .prepare_cached(
            "INSERT INTO outgoing (submission_id, seal_id, size, sealed_bytes) \
             VALUES (:submission, :seal_id, :size, :sealed_bytes)",
        )?
        .execute(named_params! {
            ":submission": submission.0,
            ":seal_id": new.seal_id,
            ":size": new.size.cast_signed(),
            ":sealed_bytes": new.sealed_bytes,
        })?;
    let outgoing = OutgoingId(tx.sql().last_insert_rowid());
    for (recipient, class) in &new.recipients {
        tx.sql()
            .prepare_cached(
                "INSERT INTO delivery (submission_id, outgoing_id, recipient, class, state, attempts, next_try, updated_at) \
                 VALUES (:submission, :outgoing, :recipient, :class, 'waiting', 0, :next_try, :updated_at)",
            )?
            .execute(named_params! {
                ":submission": submission.0,
                ":outgoing": outgoing.0,
                ":recipient": recipient.as_str(),
                ":class": class_text(*class),
                ":next_try": leaves_at,
                ":updated_at": created_at,
            })?;
    }
    Ok(outgoing)
}

/// Deliveries that are due, the longest due first; with `after`, those behind that one.
///
/// # Errors
/// Where the store fails.
pub fn due(
    tx: &ReadTx<'_>,
    now: Timestamp,
    after: Option<(Timestamp, DeliveryId)>,
    limit: u32,
) -> Result<Vec<Due>, StoreError> {
    let (after, after_id) = after.unwrap_or((Timestamp(i64::MIN), DeliveryId(i64::MIN)));
    let mut statement = tx.sql().prepare_cached(
        "SELECT delivery.id, outgoing_id, recipient, attempts, leaves_at, size, next_try \
         FROM delivery JOIN outgoing ON outgoing.id = outgoing_id JOIN submission ON submission.id = delivery.submission_id \
         WHERE outgoing_id IS NOT NULL AND next_try <= :now AND (next_try, delivery.id) > (:after, :after_id) \
         ORDER BY next_try, delivery.id LIMIT :limit",
    )?;
    let params = named_params! {":now": now.0, ":after": after.0, ":after_id": after_id.0, ":limit": limit};
    let rows = statement.query_map(params, |row| {
        Ok(Due {
            id: DeliveryId(row.get(0)?),
            outgoing: OutgoingId(row.get(1)?),
            recipient: address_column(row, 2)?,
            attempts: row.get(3)?,
            since: Timestamp(row.get(4)?),
            size: row.get::<_, i64>(5)?.cast_unsigned(),
            next_try: Timestamp(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When the first delivery after `now` is due; `None` where none is.
///
/// # Errors
/// Where the store fails.
pub fn next_due(tx: &ReadTx<'_>, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT min(next_try) FROM delivery WHERE outgoing_id IS NOT NULL AND next_try > :now";
    let found: Option<i64> =
        tx.sql().prepare_cached(sql)?.query_row(named_params! {":now": now.0}, |row| row.get(0))?;
    Ok(found.map(Timestamp))
}

/// Which of these deliveries are still due as they were read: neither ended nor tried nor taken back since. Asked in a transaction
/// that writes, so that whatever was noted before is seen.
///
/// # Errors
/// Where the store fails.
pub fn still_due(tx: &Tx<'_>, read: &[(DeliveryId, u32)]) -> Result<Vec<DeliveryId>, StoreError> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM delivery WHERE id = :id AND outgoing_id IS NOT NULL AND attempts = :attempts)";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let mut due = Vec::with_capacity(read.len());
    for (id, attempts) in read {
        if statement.query_row(named_params! {":id": id.0, ":attempts": attempts}, |row| row.get(0))? {
            due.push(*id);
        }
    }
    Ok(due)
}

/// The message behind deliveries.
///
/// # Errors
/// [`StoreError::NotFound`] where all of them have ended.
pub fn outgoing(tx: &ReadTx<'_>, id: OutgoingId) -> Result<Outgoing, StoreError> {
    let read = |row: &Row<'_>| {
        let from: String = row.get(1)?;
        let envelope_from = if from.is_empty() { None } else { Some(address_column(row, 1)?) };
        Ok(Outgoing { account: AccountNo(row.get(0)?), envelope_from, seal_id: row.get(2)?, sealed_bytes: row.get(3)? })
    };
    let sql = "SELECT account_id, envelope_from, seal_id, sealed_bytes \
               FROM outgoing JOIN submission ON submission.id = submission_id WHERE outgoing.id = :id";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":id": id.0}, read)?)
}

/// Notes what became of a try. Answers `false`, and does nothing, where the delivery has ended already.
///
/// # Errors
/// Where the store fails.
pub fn progress(tx: &Tx<'_>, id: DeliveryId, progress: Progress, now: Timestamp) -> Result<bool, StoreError> {
    let (state, reason, next_try) = match progress {
        Progress::Delivered => ("delivered", None, now),
        Progress::Retrying { next_try, reason } => ("retrying", Some(reason_text(reason)), next_try),
        Progress::Failed { reason } => ("failed", Some(reason_text(reason)), now),
    };
    let found: Option<(i64, i64)> = tx
        .sql()
        .prepare_cached("SELECT submission_id, outgoing_id FROM delivery WHERE id = :id AND outgoing_id IS NOT NULL")?
        .query_row(named_params! {":id": id.0}, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((submission, outgoing)) = found else { return Ok(false) };
    let keeps_bytes = matches!(progress, Progress::Retrying { .. });
    tx.sql()
        .prepare_cached(
            "UPDATE delivery SET state = :state, reason = :reason, attempts = attempts + 1, next_try = :next_try, \
             updated_at = :now, outgoing_id = CASE WHEN :keeps_bytes THEN outgoing_id END WHERE id = :id",
        )?
        .execute(named_params! {
            ":state": state, ":reason": reason, ":next_try": next_try.0, ":now": now.0,
            ":keeps_bytes": keeps_bytes, ":id": id.0,
        })?;
    wipe_unheld(tx, OutgoingId(outgoing))?;
    publish(tx, SubmissionId(submission))?;
    forget_if_done(tx, SubmissionId(submission))?;
    Ok(true)
}

fn wipe_unheld(tx: &Tx<'_>, id: OutgoingId) -> Result<(), StoreError> {
    let sql = "DELETE FROM outgoing WHERE id = :id AND NOT EXISTS (SELECT 1 FROM delivery WHERE outgoing_id = :id)";
    tx.sql().prepare_cached(sql)?.execute(named_params! {":id": id.0})?;
    Ok(())
}

/// Tells the sender's listeners about every place where the sent message lies.
fn publish(tx: &Tx<'_>, submission: SubmissionId) -> Result<(), StoreError> {
    let mut statement = tx.sql().prepare_cached(
        "SELECT submission.account_id, message.id FROM submission JOIN message ON body_id = sent_body WHERE submission.id = :id",
    )?;
    let rows = statement
        .query_map(named_params! {":id": submission.0}, |row| Ok((AccountNo(row.get(0)?), MessageId(row.get(1)?))))?;
    for found in rows {
        let (account, message) = found?;
        tx.publish(account, Change::Deliveries { message });
    }
    Ok(())
}

/// Nobody can ask for the deliveries of a submission without a copy in Sent: when they have ended, they go.
fn forget_if_done(tx: &Tx<'_>, submission: SubmissionId) -> Result<(), StoreError> {
    let kept = "SELECT EXISTS (SELECT 1 FROM submission WHERE id = :id AND sent_body IS NOT NULL) \
                OR EXISTS (SELECT 1 FROM delivery WHERE submission_id = :id AND outgoing_id IS NOT NULL)";
    let kept: bool = tx.sql().prepare_cached(kept)?.query_row(named_params! {":id": submission.0}, |row| row.get(0))?;
    if kept { Ok(()) } else { remove(tx, submission) }
}

fn remove(tx: &Tx<'_>, submission: SubmissionId) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM delivery WHERE submission_id = :id",
        "DELETE FROM outgoing WHERE submission_id = :id",
        "DELETE FROM submission WHERE id = :id",
    ] {
        tx.sql().prepare_cached(sql)?.execute(named_params! {":id": submission.0})?;
    }
    Ok(())
}

/// Forgets submissions whose copy in Sent was deleted after all deliveries had ended; answers how many.
///
/// # Errors
/// Where the store fails.
pub fn tidy(tx: &Tx<'_>) -> Result<usize, StoreError> {
    let mut statement = tx.sql().prepare_cached(
        "SELECT id FROM submission WHERE sent_body IS NULL AND NOT EXISTS \
         (SELECT 1 FROM delivery WHERE submission_id = submission.id AND outgoing_id IS NOT NULL)",
    )?;
    let done = statement.query_map([], |row| row.get(0).map(SubmissionId))?.collect::<Result<Vec<_>, _>>()?;
    done.iter().try_for_each(|id| remove(tx, *id))?;
    Ok(done.len())
}

/// What became of the message of these bytes, recipient by recipient.
///
/// # Errors
/// Where the store fails; a message that was not sent from here has no deliveries.
pub fn deliveries(
    tx: &ReadTx<'_>,
    account: AccountNo,
    sent: BodyId,
    now: Timestamp,
) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = tx.sql().prepare_cached(
        "SELECT recipient, class, state, reason, next_try, updated_at, leaves_at \
         FROM delivery JOIN submission ON submission.id = submission_id \
         WHERE account_id = :account AND sent_body = :sent ORDER BY delivery.id",
    )?;
    let params = named_params! {":account": account.0, ":sent": sent.0};
    let rows = statement.query_map(params, |row| delivery(row, now))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn delivery(row: &Row<'_>, now: Timestamp) -> rusqlite::Result<Delivery> {
    let (class, state): (String, String) = (row.get(1)?, row.get(2)?);
    let reason = || reason_column(row, 3);
    let state = match state.as_str() {
        "delivered" => DeliveryState::Delivered,
        "failed" => DeliveryState::Failed { reason: reason()? },
        "retrying" => DeliveryState::Retrying { next_try: Timestamp(row.get(4)?), reason: reason()? },
        _ if row.get::<_, i64>(6)? > now.0 => DeliveryState::Held,
        _ => DeliveryState::Waiting,
    };
    Ok(Delivery {
        recipient: address_column(row, 0)?,
        class: if class == "sealed" { Class::Sealed } else { Class::Open },
        state,
        at: Timestamp(row.get(5)?),
    })
}

/// A submission that was taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TakenBack {
    /// It is gone; these bytes were its copy in Sent.
    Yes(Option<BodyId>),
    /// It has left already.
    TooLate,
}

/// Takes a submission back that has not left.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such submission.
pub fn take_back(tx: &Tx<'_>, account: AccountNo, id: SubmissionId, now: Timestamp) -> Result<TakenBack, StoreError> {
    let (leaves_at, sent): (i64, Option<i64>) = tx
        .sql()
        .prepare_cached("SELECT leaves_at, sent_body FROM submission WHERE id = :id AND account_id = :account")?
        .query_row(named_params! {":id": id.0, ":account": account.0}, |row| Ok((row.get(0)?, row.get(1)?)))?;
    if leaves_at <= now.0 {
        return Ok(TakenBack::TooLate);
    }
    remove(tx, id)?;
    Ok(TakenBack::Yes(sent.map(BodyId)))
}

fn class_text(class: Class) -> &'static str {
    match class {
        Class::Sealed => "sealed",
        Class::Open => "open",
    }
}

/// The reason's name, the one that it has in the API.
fn reason_text(reason: FailureReason) -> String {
    let name = serde_json::to_value(reason).ok();
    name.as_ref().and_then(|name| name.as_str()).map(str::to_owned).unwrap_or_default()
}

fn reason_column(row: &Row<'_>, index: usize) -> rusqlite::Result<FailureReason> {
    let text: String = row.get(index)?;
    serde_json::from_value(serde_json::Value::String(text))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error)))
}
