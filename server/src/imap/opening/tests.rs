//! One go at opening, with what stands in for keys.

use shared::api::mailbox::{MailboxId, MessageId};

use super::*;
use crate::store::flags::{FlagBits, Keywords};

fn row(body: i64) -> MessageRecord {
    MessageRecord {
        id: MessageId(body),
        mailbox: MailboxId(1),
        uid: u32::try_from(body).unwrap(),
        modseq: 1,
        body: BodyId(body),
        size: 10,
        flags: FlagBits::default(),
        keywords: Keywords::default(),
        received_at: Timestamp(0),
        saved_at: Timestamp(0),
        came: None,
    }
}

fn work(room: Reserved, bodies: impl IntoIterator<Item = i64>, alone: bool) -> Work {
    let rows = bodies.into_iter().map(|body| (row(body), Some(Stored::default()))).collect();
    Work { rows, room, allowed: usize::MAX, alone }
}

fn uid(row: &MessageRecord, _: &Arc<Opened>, _: usize) -> Look<u32> {
    Look::Seen(row.uid, 0)
}

fn uids(rows: &[MessageRecord]) -> Vec<u32> {
    rows.iter().map(|row| row.uid).collect()
}

#[test]
fn what_compression_made_little_of_is_opened_again_with_more_room() {
    let budget = Budget::new(100 * 1024);
    let large = |_| Zeroizing::new(vec![b'x'; 50 * 1024]);
    let first = work(budget.try_reserve(10 * 1024).unwrap(), [1, 2], false).go(large, uid);
    let (Went::Larger(octets, rows), None) = first else { panic!() };
    assert_eq!((octets, uids(&rows)), (50 * 1024, vec![1, 2]));
    assert!(budget.try_reserve(100 * 1024).is_some(), "nothing is held while room is waited for");
    let (Went::Done(looked), Some(last)) = work(budget.try_reserve(octets).unwrap(), [1], true).go(large, uid) else {
        panic!()
    };
    assert_eq!((looked.seen, looked.left.len(), last.body), (vec![1], 0, BodyId(1)));
    assert!(budget.try_reserve(51 * 1024).is_none());
    drop(last);
    assert!(budget.try_reserve(100 * 1024).is_some());

    // One that is larger than all the room there is has all of it.
    let huge = |_| Zeroizing::new(vec![b'x'; 500 * 1024]);
    let (Went::Done(looked), last) = work(budget.try_reserve(100 * 1024).unwrap(), [1], true).go(huge, uid) else {
        panic!()
    };
    assert_eq!(looked.seen, [1]);
    assert!(budget.try_reserve(1).is_none());
    drop(last);
}

#[test]
fn a_go_ends_where_room_ends_and_where_answers_are_many() {
    let budget = Budget::new(4 * BATCH_BYTES);
    let some = |_| Zeroizing::new(vec![b'x'; 30 * 1024]);
    let (Went::Done(looked), _) = work(budget.try_reserve(70 * 1024).unwrap(), 1..=4, false).go(some, uid) else {
        panic!()
    };
    assert_eq!((looked.seen, uids(&looked.left)), (vec![1, 2], vec![3, 4]));
    let many = |row: &MessageRecord, _: &Arc<Opened>, _: usize| Look::Seen(row.uid, BATCH_BYTES);
    let (Went::Done(looked), _) = work(budget.try_reserve(BATCH_BYTES).unwrap(), 1..=4, false).go(some, many) else {
        panic!()
    };
    assert_eq!((looked.seen, uids(&looked.left)), (vec![1], vec![2, 3, 4]));
}

#[test]
fn one_that_is_gone_is_passed_over() {
    let budget = Budget::new(BATCH_BYTES);
    let mut work = work(budget.try_reserve(BATCH_BYTES).unwrap(), 1..=3, false);
    work.rows[1].1 = None;
    let (Went::Done(looked), _) = work.go(|_| Zeroizing::default(), uid) else { panic!() };
    assert_eq!((looked.seen, looked.left.len()), (vec![1, 3], 0));
}
