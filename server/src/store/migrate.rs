//! Brings a data file to the current schema. A fresh file gets `schema.sql`; an older one runs the steps it lacks.
//!
//! The version stands in `user_version`. Steps are only ever appended; all that a file lacks run in the one transaction that
//! also raises its version. An old file ends with the same schema as a fresh one.

use std::cmp::Ordering;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// The whole current schema.
const SCHEMA: &str = include_str!("schema.sql");
/// The version of the first schema that ever shipped.
const FIRST_VERSION: i64 = 1;
/// SQL that leads from version `FIRST_VERSION + index` to the next.
const STEPS: &[&str] = &[
    "CREATE INDEX message_place ON message (mailbox_id, received_at, body_id)",
    // When each message came into its mailbox.
    "ALTER TABLE message ADD COLUMN saved_at INTEGER NOT NULL DEFAULT 0; UPDATE message SET saved_at = received_at;",
    // Headers beside the bytes that they begin.
    "CREATE TABLE body_header (
    body_id INTEGER PRIMARY KEY REFERENCES body (id),
    bytes   BLOB    NOT NULL
) STRICT;
INSERT INTO body_header (body_id, bytes)
    SELECT body_id, substr(bytes, 1, instr(bytes, x'0D0A0D0A') + 3) FROM body_bytes
    WHERE instr(bytes, x'0D0A0D0A') BETWEEN 1 AND 65532;
DROP TRIGGER body_unreferenced;
CREATE TRIGGER body_unreferenced AFTER DELETE ON message
WHEN NOT EXISTS (SELECT 1 FROM message WHERE body_id = OLD.body_id)
BEGIN
    DELETE FROM body_bytes WHERE body_id = OLD.body_id;
    DELETE FROM body_header WHERE body_id = OLD.body_id;
    DELETE FROM body WHERE id = OLD.body_id;
END;",
    // Letters by the ids that clients give them.
    "CREATE TABLE letter (
    account_id    INTEGER NOT NULL REFERENCES account (id),
    letter_id     BLOB    NOT NULL CHECK (length(letter_id) = 16),
    draft_id      INTEGER,
    attempt       INTEGER,
    submission_id INTEGER,
    sent_id       INTEGER,
    leaves_at     INTEGER,
    used_at       INTEGER NOT NULL,
    PRIMARY KEY (account_id, letter_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_used ON letter (used_at);
CREATE INDEX letter_submission ON letter (submission_id) WHERE submission_id IS NOT NULL;",
    // Devices that mail is opened for.
    "ALTER TABLE device ADD COLUMN open_wrap BLOB",
    // Structures beside the bytes that they are of; those of old messages are made when they are asked for.
    "CREATE TABLE body_structure (
    body_id  INTEGER PRIMARY KEY REFERENCES body (id),
    plain    BLOB NOT NULL,
    extended BLOB NOT NULL
) STRICT;
DROP TRIGGER body_unreferenced;
CREATE TRIGGER body_unreferenced AFTER DELETE ON message
WHEN NOT EXISTS (SELECT 1 FROM message WHERE body_id = OLD.body_id)
BEGIN
    DELETE FROM body_bytes WHERE body_id = OLD.body_id;
    DELETE FROM body_header WHERE body_id = OLD.body_id;
    DELETE FROM body_structure WHERE body_id = OLD.body_id;
    DELETE FROM body WHERE id = OLD.body_id;
END;",
    // What withdraws a key.
    "ALTER TABLE openpgp_key ADD COLUMN sealed_revocation BLOB",
    // How messages came.
    "ALTER TABLE body ADD COLUMN came TEXT CHECK (came IN ('outside', 'here', 'box'))",
    // Letters behind links.
    LINKS,
    // Envelopes beside the bytes that they are of, made when they are asked for of old messages; and what is long out of the rows
    // that every list reads.
    "CREATE TABLE body_sealed (
    body_id INTEGER PRIMARY KEY REFERENCES body (id),
    summary BLOB    NOT NULL,
    header  BLOB    NOT NULL
) STRICT;
INSERT INTO body_sealed (body_id, summary, header) SELECT id, sealed_summary, sealed_header FROM body;
ALTER TABLE body DROP COLUMN sealed_summary;
ALTER TABLE body DROP COLUMN sealed_header;
CREATE TABLE body_envelope (
    body_id INTEGER PRIMARY KEY REFERENCES body (id),
    bytes   BLOB    NOT NULL
) STRICT;
DROP TRIGGER body_unreferenced;
CREATE TRIGGER body_unreferenced AFTER DELETE ON message
WHEN NOT EXISTS (SELECT 1 FROM message WHERE body_id = OLD.body_id)
BEGIN
    DELETE FROM body_bytes WHERE body_id = OLD.body_id;
    DELETE FROM body_header WHERE body_id = OLD.body_id;
    DELETE FROM body_structure WHERE body_id = OLD.body_id;
    DELETE FROM body_envelope WHERE body_id = OLD.body_id;
    DELETE FROM body_sealed WHERE body_id = OLD.body_id;
    DELETE FROM body WHERE id = OLD.body_id;
END;",
    // Answers to them.
    "ALTER TABLE body RENAME COLUMN came TO came_before;
ALTER TABLE body ADD COLUMN came TEXT CHECK (came IN ('outside', 'here', 'box', 'link'));
UPDATE body SET came = came_before WHERE came_before IS NOT NULL;
ALTER TABLE body DROP COLUMN came_before;
ALTER TABLE link ADD COLUMN replies_left INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN replied INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN last_replied_at INTEGER;
CREATE TABLE link_reply (
    reply_hash BLOB    PRIMARY KEY,
    link_id    INTEGER NOT NULL REFERENCES link_secret (link_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX link_reply_link ON link_reply (link_id);",
    // Letters to one person as one conversation.
    "ALTER TABLE link ADD COLUMN person TEXT NOT NULL DEFAULT '';
UPDATE link SET person = lower(recipient);
CREATE INDEX link_person ON link (person) WHERE ended IS NULL;
ALTER TABLE link_secret ADD COLUMN earlier BLOB NOT NULL DEFAULT x'';
ALTER TABLE link_secret ADD COLUMN note BLOB NOT NULL DEFAULT x'';
ALTER TABLE link_reply ADD COLUMN replied_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link_reply ADD COLUMN copy BLOB NOT NULL DEFAULT x'';",
    // Certificates that accounts chose.
    "CREATE TABLE correspondent (
    account_id  INTEGER NOT NULL REFERENCES account (id),
    address     TEXT    NOT NULL,
    certificate BLOB    NOT NULL,
    kept_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID",
    // What accounts remember of the certificates of others.
    "CREATE TABLE people (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    generation INTEGER NOT NULL,
    sealed     BLOB    NOT NULL
) STRICT",
    // Subscriptions of names, and which messages no IMAP session was told of.
    "CREATE TABLE subscription (
    account_id INTEGER NOT NULL REFERENCES account (id),
    name       TEXT    NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO subscription (account_id, name) SELECT account_id, name FROM mailbox WHERE subscribed = 1;
ALTER TABLE mailbox DROP COLUMN subscribed;
ALTER TABLE mailbox ADD COLUMN recent_uid INTEGER NOT NULL DEFAULT 1;
UPDATE mailbox SET recent_uid = uid_next;",
    // Keys for mail at rest.
    "CREATE TABLE rest_key (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id        INTEGER NOT NULL REFERENCES account (id),
    fingerprint       BLOB    NOT NULL,
    certificate       BLOB    NOT NULL,
    sealed_secret_key BLOB    NOT NULL,
    vouched           BLOB    NOT NULL,
    vouched_by        BLOB    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX rest_key_account ON rest_key (account_id, vouched_by);",
    // Who agreed that a key server is asked.
    "ALTER TABLE account ADD COLUMN key_server TEXT",
];

/// The tables of letters behind links, as they came in.
const LINKS: &str = "CREATE TABLE linked_letter (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id),
    octets     INTEGER NOT NULL,
    received   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at    INTEGER,
    sent_body  INTEGER REFERENCES body (id) ON DELETE SET NULL,
    wiped_at   INTEGER
) STRICT;
CREATE INDEX linked_letter_account ON linked_letter (account_id);
CREATE INDEX linked_letter_files ON linked_letter (id) WHERE wiped_at IS NULL;
CREATE INDEX linked_letter_sent ON linked_letter (sent_body) WHERE sent_body IS NOT NULL;
CREATE TABLE link (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id       INTEGER NOT NULL REFERENCES linked_letter (id),
    recipient       TEXT    NOT NULL,
    expires_at      INTEGER NOT NULL,
    openings_left   INTEGER,
    opened          INTEGER NOT NULL,
    first_opened_at INTEGER,
    last_opened_at  INTEGER,
    wrong_answers   INTEGER NOT NULL,
    ended           TEXT CHECK (ended IN ('expired', 'revoked', 'used_up'))
) STRICT;
CREATE INDEX link_letter ON link (letter_id);
CREATE INDEX link_end ON link (expires_at) WHERE ended IS NULL;
CREATE TABLE link_secret (
    link_id       INTEGER PRIMARY KEY REFERENCES link (id),
    name_hash     BLOB    NOT NULL UNIQUE,
    share         BLOB    NOT NULL,
    wrapped       BLOB    NOT NULL,
    cover         BLOB    NOT NULL,
    answer_hash   BLOB,
    opened_hash   BLOB    NOT NULL,
    first_browser INTEGER NOT NULL CHECK (first_browser IN (0, 1)),
    browser_hash  BLOB
) STRICT;
CREATE TABLE link_opening (
    opening_hash BLOB    PRIMARY KEY,
    link_id      INTEGER NOT NULL REFERENCES link_secret (link_id) ON DELETE CASCADE,
    opened_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_opening_link ON link_opening (link_id);";

/// Looks whether the schema is the current one.
///
/// # Errors
/// [`StoreError::Newer`], [`StoreError::Older`].
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let known = FIRST_VERSION + i64::try_from(STEPS.len()).expect("few steps");
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found.cmp(&known) {
        Ordering::Greater => Err(StoreError::Newer { found, known }),
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(StoreError::Older { found, known }),
    }
}

/// Makes or migrates the schema.
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let (found, known) = match check(connection) {
        Err(StoreError::Older { found, known }) => (found, known),
        other => return other,
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    if found == 0 {
        transaction.execute_batch(SCHEMA)?;
    } else {
        let done = usize::try_from(found - FIRST_VERSION).unwrap_or_default();
        for step in STEPS.iter().skip(done) {
            transaction.execute_batch(step)?;
        }
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loose typing would let a wrong value in where a later read panics over it.
    #[test]
    fn every_table_is_strict() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        let loose: i64 = connection
            .query_row("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND strict = 0", [], |row| row.get(0))
            .unwrap();
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM pragma_table_list WHERE strict = 1", [], |row| row.get(0))
            .unwrap();
        assert_eq!(loose, 0);
        assert!(tables > 10);
    }

    /// What takes each of [`STEPS`] away again.
    const BACK: &[&str] = &[
        "DROP INDEX message_place",
        "ALTER TABLE message DROP COLUMN saved_at",
        "DROP TRIGGER body_unreferenced; DROP TABLE body_header;
         CREATE TRIGGER body_unreferenced AFTER DELETE ON message
         WHEN NOT EXISTS (SELECT 1 FROM message WHERE body_id = OLD.body_id)
         BEGIN DELETE FROM body_bytes WHERE body_id = OLD.body_id; DELETE FROM body WHERE id = OLD.body_id; END;",
        "DROP TABLE letter",
        "ALTER TABLE device DROP COLUMN open_wrap",
        "DROP TRIGGER body_unreferenced; DROP TABLE body_structure;
         CREATE TRIGGER body_unreferenced AFTER DELETE ON message
         WHEN NOT EXISTS (SELECT 1 FROM message WHERE body_id = OLD.body_id)
         BEGIN DELETE FROM body_bytes WHERE body_id = OLD.body_id; DELETE FROM body_header WHERE body_id = OLD.body_id;
         DELETE FROM body WHERE id = OLD.body_id; END;",
        "ALTER TABLE openpgp_key DROP COLUMN sealed_revocation",
        "ALTER TABLE body DROP COLUMN came",
        "DROP TABLE link_opening; DROP TABLE link_secret; DROP TABLE link; DROP TABLE linked_letter;",
        "DROP TRIGGER body_unreferenced; DROP TABLE body_sealed; DROP TABLE body_envelope;
         ALTER TABLE body ADD COLUMN sealed_summary BLOB NOT NULL DEFAULT x'';
         ALTER TABLE body ADD COLUMN sealed_header BLOB NOT NULL DEFAULT x'';
         CREATE TRIGGER body_unreferenced AFTER DELETE ON message
         WHEN NOT EXISTS (SELECT 1 FROM message WHERE body_id = OLD.body_id)
         BEGIN DELETE FROM body_bytes WHERE body_id = OLD.body_id; DELETE FROM body_header WHERE body_id = OLD.body_id;
         DELETE FROM body_structure WHERE body_id = OLD.body_id; DELETE FROM body WHERE id = OLD.body_id; END;",
        "DROP TABLE link_reply; ALTER TABLE link DROP COLUMN replies_left; ALTER TABLE link DROP COLUMN replied;
         ALTER TABLE link DROP COLUMN last_replied_at; UPDATE body SET came = NULL WHERE came = 'link'",
        "ALTER TABLE link_reply DROP COLUMN copy; ALTER TABLE link_reply DROP COLUMN replied_at;
         ALTER TABLE link_secret DROP COLUMN note; ALTER TABLE link_secret DROP COLUMN earlier;
         DROP INDEX link_person; ALTER TABLE link DROP COLUMN person",
        "DROP TABLE correspondent",
        "DROP TABLE people",
        "DROP TABLE subscription; ALTER TABLE mailbox DROP COLUMN recent_uid;
         ALTER TABLE mailbox ADD COLUMN subscribed INTEGER NOT NULL DEFAULT 0",
        "DROP TABLE rest_key",
        "ALTER TABLE account DROP COLUMN key_server",
    ];

    /// The columns of every table, which a step writes down otherwise than `schema.sql`, and all else as it is written.
    fn schema(connection: &Connection) -> Vec<String> {
        let columns = "SELECT t.name || ': ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || coalesce(c.dflt_value, '') \
             FROM pragma_table_list t JOIN pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%'";
        let rest = "SELECT name || ': ' || sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL";
        let mut found = Vec::new();
        for query in [columns, rest] {
            let mut read = connection.prepare(query).unwrap();
            found.extend(read.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap));
        }
        found.sort();
        found
    }

    #[test]
    fn an_old_file_ends_with_the_same_schema_as_a_fresh_one() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        let fresh = schema(&connection);
        assert_eq!(BACK.len(), STEPS.len());
        for back in BACK.iter().rev() {
            connection.execute_batch(back).unwrap();
        }
        connection.pragma_update(None, "user_version", FIRST_VERSION).unwrap();
        assert_ne!(schema(&connection), fresh);
        connection
            .execute_batch(
                "INSERT INTO body (id, size, sealed_summary, sealed_header) VALUES (1, 9, x'aa', x'bb'), (2, 1, x'', x'');
                 INSERT INTO body_bytes (body_id, bytes)
                     VALUES (1, CAST('A: b' || x'0D0A0D0A' || 'c' AS BLOB)), (2, x'78');",
            )
            .unwrap();
        run(&mut connection).unwrap();
        assert_eq!(schema(&connection), fresh);
        let mut read = connection.prepare("SELECT body_id, bytes FROM body_header").unwrap();
        let headers = read.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
        assert_eq!(headers.map(Result::unwrap).collect::<Vec<_>>(), [(1, b"A: b\r\n\r\n".to_vec())]);
        let mut read = connection.prepare("SELECT body_id, summary, header FROM body_sealed ORDER BY body_id").unwrap();
        let sealed = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        let wanted: [(i64, Vec<u8>, Vec<u8>); 2] = [(1, vec![0xaa], vec![0xbb]), (2, Vec::new(), Vec::new())];
        assert_eq!(sealed.map(Result::unwrap).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn running_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
    }
}
