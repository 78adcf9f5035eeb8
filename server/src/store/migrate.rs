//! Brings a data file to the current schema. A fresh file gets `schema.sql`; an older one runs the steps it lacks.
//!
//! The version stands in `user_version`. Steps are only ever appended, each runs in the one transaction that also raises the
//! version; a test asserts that an old file ends with the same schema as a fresh one.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// The whole current schema.
const SCHEMA: &str = include_str!("schema.sql");
/// The version of the first schema that ever shipped.
const FIRST_VERSION: i64 = 1;
/// SQL that leads from version `FIRST_VERSION + index` to the next.
const STEPS: &[&str] = &[];

/// Makes or migrates the schema.
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let known = FIRST_VERSION + i64::try_from(STEPS.len()).expect("few steps");
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
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

    /// The schema of version 1 must stay reachable: from it, all steps lead to what a fresh file gets.
    #[test]
    fn migrated_equals_fresh() {
        let dump = |connection: &Connection| -> Vec<(String, String)> {
            let mut statement =
                connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let mut fresh = Connection::open_in_memory().unwrap();
        run(&mut fresh).unwrap();
        let mut old = Connection::open_in_memory().unwrap();
        let first = if STEPS.is_empty() { SCHEMA } else { include_str!("schema.sql") };
        old.execute_batch(first).unwrap();
        old.pragma_update(None, "user_version", FIRST_VERSION).unwrap();
        run(&mut old).unwrap();
        assert_eq!(dump(&fresh), dump(&old));
        assert!(!dump(&fresh).is_empty());
    }

    #[test]
    fn running_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
    }
}
