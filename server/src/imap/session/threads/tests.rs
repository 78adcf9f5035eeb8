//! Threads of made-up messages, and that none is lost.

use proptest::prelude::*;

use super::*;

fn member(sent: i64, id: &str, references: &str, subject: &str) -> Member {
    let ids = |text: &str| text.split_whitespace().map(|id| id.as_bytes().to_vec()).collect::<Vec<_>>();
    Member { sent, subject: Subject::of(subject), id: ids(id).into_iter().next(), references: ids(references) }
}

fn printed(forest: &Forest) -> String {
    let mut out = Vec::new();
    for root in forest.roots() {
        forest.print(&mut out, *root, &|at| u32::try_from(at).unwrap() + 1);
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn answers_stand_below_what_they_answer() {
    let members = [
        member(1, "a", "", "one"),
        member(2, "b", "a", "Re: one"),
        member(4, "d", "a b", "Re: one"),
        member(3, "c", "a b", "Re: one"),
        member(5, "e", "a b c", "Re: one"),
        member(6, "x", "", "other"),
    ];
    assert_eq!(printed(&by_references(&members)), "(1 2 (4 5)(3))(6)");
    assert_eq!(printed(&by_subject(&members)), "(1 (2)(4)(3)(5))(6)");
}

#[test]
fn who_is_not_there_holds_together_who_is() {
    // Both refer to the same message, which is gone.
    let members = [member(1, "b", "a", "Re: x"), member(2, "c", "a", "Re: y")];
    assert_eq!(printed(&by_references(&members)), "((1)(2))");
    // Below others, who is not there leaves no trace.
    let members = [member(1, "a", "", "x"), member(2, "c", "a b", "Re: x"), member(3, "d", "a b", "Re: x")];
    assert_eq!(printed(&by_references(&members)), "(1 (2)(3))");
    let members = [member(1, "c", "a b", "x")];
    assert_eq!(printed(&by_references(&members)), "(1)");
}

#[test]
fn subjects_join_threads() {
    let members = [
        member(1, "a", "", "lunch"),
        member(2, "b", "", "Re: lunch"),
        member(3, "c", "", "LUNCH"),
        member(4, "d", "", ""),
        member(5, "e", "", ""),
    ];
    assert_eq!(printed(&by_references(&members)), "((1 2)(3))(4)(5)");
    // An answer that came first is joined to what it answers.
    let members = [member(1, "b", "", "Re: lunch"), member(2, "a", "", "lunch")];
    assert_eq!(printed(&by_references(&members)), "(2 1)");
}

#[test]
fn what_is_sealed_joins_nothing() {
    let members = [member(2, "a", "", "[...]"), member(1, "b", "", "[...]"), member(3, "c", "a", "[...]")];
    assert_eq!(printed(&by_references(&members)), "(2)(1 3)");
    assert_eq!(printed(&by_subject(&members)), "(2)(1)(3)");
}

#[test]
fn nobody_is_their_own_ancestor() {
    let members = [member(1, "a", "b", "x"), member(2, "b", "a", "y"), member(3, "c", "c", "z")];
    assert_eq!(printed(&by_references(&members)), "(2 1)(3)");
    // The second of two messages with the same id is another one.
    let members = [member(1, "a", "", "x"), member(2, "a", "", "y"), member(3, "b", "a", "w")];
    assert_eq!(printed(&by_references(&members)), "(1 3)(2)");
}

#[test]
fn a_deep_thread_takes_no_stack() {
    let id = |n: i64| format!("{n}@x");
    let chain = |n: i64| member(n, &id(n), &if n > 0 { id(n - 1) } else { String::new() }, "x");
    let members: Vec<Member> = (0..5_000).map(chain).collect();
    let text = printed(&by_references(&members));
    assert!(text.starts_with("(1 2 3 4 ") && text.ends_with(" 5000)"));
}

proptest! {
    #[test]
    fn every_message_is_in_one_thread(
        shapes in prop::collection::vec(
            (0_i64..5, 0_u8..8, prop::collection::vec(0_u8..8, 0..4), 0_usize..5), 0..20,
        )
    ) {
        let subjects = ["", "x", "Re: x", "y", "[...]"];
        let members: Vec<Member> = shapes.iter().map(|(sent, id, references, subject)| {
            let references: Vec<String> = references.iter().map(u8::to_string).collect();
            member(*sent, &id.to_string(), &references.join(" "), subjects[*subject])
        }).collect();
        for forest in [by_references(&members), by_subject(&members)] {
            let text = printed(&forest);
            let mut found: Vec<usize> =
                text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
            found.sort_unstable();
            prop_assert_eq!(found, (1..=members.len()).collect::<Vec<_>>());
            prop_assert_eq!(text.matches('(').count(), text.matches(')').count());
        }
    }
}
