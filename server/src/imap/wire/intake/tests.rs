use super::*;

fn signed_in() -> Intake {
    let mut intake = Intake::new();
    intake.signed_in();
    intake
}

fn command(taken: Taken) -> String {
    match taken {
        Taken::Command(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_come_whole_however_they_are_cut() {
    let mut intake = Intake::new();
    for byte in b"a NOOP\r" {
        intake.push(&[*byte]);
        assert!(matches!(intake.take(), Taken::More));
    }
    intake.push(b"\nb NOOP\r\nc");
    assert_eq!(command(intake.take()), "a NOOP\r\n");
    assert_eq!(command(intake.take()), "b NOOP\r\n");
    assert!(matches!(intake.take(), Taken::More));
    assert!(intake.is_inside_command());
}

#[test]
fn a_literal_is_invited_unless_it_comes_by_itself() {
    let mut intake = Intake::new();
    intake.push(b"a LOGIN {5}\r\n");
    assert!(matches!(intake.take(), Taken::Invite));
    intake.push(b"alice {3+}\r\na\nb\r\n");
    assert_eq!(command(intake.take()), "a LOGIN {5}\r\nalice {3+}\r\na\nb\r\n");
}

#[test]
fn messages_are_asked_for() {
    let mut intake = signed_in();
    intake.push(b"a APPEND INBOX {5000}\r\n");
    assert!(matches!(intake.take(), Taken::Message { octets: 5000 }));
    assert!(intake.accept());
    intake.push(&[b'x'; 5000]);
    assert!(matches!(intake.take(), Taken::Room { octets: 5000 }));
    intake.grow(2000);
    assert!(matches!(intake.take(), Taken::Room { octets: 3000 }));
    intake.grow(3000);
    assert!(matches!(intake.take(), Taken::More));
    intake.push(b"\r\n");
    assert_eq!(command(intake.take()).len(), 23 + 5000 + 2);
    for (text, octets) in [("b UID REPLACE 1 INBOX", 2000), ("c APPEND INBOX", 2000)] {
        intake.push(format!("{text} {{2000+}}\r\n").as_bytes());
        assert!(matches!(intake.take(), Taken::Message { octets: 2000 }), "{text}");
        assert!(!intake.accept());
        intake.grow(octets);
        intake.push(&vec![b'x'; octets]);
        // Another one in the same command is asked for anew.
        intake.push(b" {3000}\r\n");
        assert!(matches!(intake.take(), Taken::Message { octets: 3000 }), "{text}");
        assert!(matches!(intake.refuse(TooMuch::Busy), Taken::Refused(..)));
    }
}

#[test]
fn a_refused_message_is_passed_over_and_the_next_command_is_heard() {
    let mut intake = signed_in();
    intake.push(b"a APPEND INBOX {5000+}\r\n");
    assert!(matches!(intake.take(), Taken::Message { .. }));
    intake.refuse(TooMuch::Message);
    intake.push(&[b'x'; 5000]);
    intake.push(b"\r\nb NOOP\r\n");
    let Taken::Refused(tag, TooMuch::Message) = intake.take() else { panic!() };
    assert_eq!(tag.as_deref(), Some("a"));
    assert_eq!(command(intake.take()), "b NOOP\r\n");
    intake.push(b"c APPEND INBOX {5000}\r\n");
    assert!(matches!(intake.take(), Taken::Message { .. }));
    assert!(matches!(intake.refuse(TooMuch::Busy), Taken::Refused(Some(tag), TooMuch::Busy) if tag == "c"));
}

#[test]
fn where_room_runs_out_the_rest_is_passed_over_and_nothing_of_it_is_kept() {
    for (announced, follows) in [("{5000}", true), ("{5000+}", false)] {
        let mut intake = signed_in();
        intake.push(format!("a APPEND INBOX {announced}\r\n").as_bytes());
        assert!(matches!(intake.take(), Taken::Message { octets: 5000 }));
        assert_eq!(intake.accept(), follows);
        intake.push(&[b'x'; 3000]);
        assert!(matches!(intake.take(), Taken::Room { octets: 5000 }));
        intake.grow(2000);
        assert!(intake.command.capacity() < 4000);
        assert!(matches!(intake.take(), Taken::Room { octets: 3000 }));
        assert!(matches!(intake.refuse(TooMuch::Busy), Taken::More));
        assert!(intake.command.capacity() <= TAG_BYTES);
        assert!(matches!(intake.take(), Taken::More));
        intake.push(&[b'x'; 2000]);
        assert!(matches!(intake.take(), Taken::More));
        // A further message that comes by itself is passed over too, and one that waits is not invited.
        intake.push(b" {2000+}\r\n");
        intake.push(&[b'x'; 2000]);
        assert!(matches!(intake.take(), Taken::More));
        assert!(intake.command.capacity() <= TAG_BYTES);
        intake.push(if follows { b" {2000}\r\n" } else { b"\r\n" });
        assert!(matches!(intake.take(), Taken::Refused(Some(tag), TooMuch::Busy) if tag == "a"));
        intake.push(b"b NOOP\r\n");
        assert_eq!(command(intake.take()), "b NOOP\r\n");
    }
}

#[test]
fn beside_a_message_the_rest_of_its_command_makes_no_great_difference() {
    let mut intake = signed_in();
    intake.push(b"a APPEND INBOX {1000000+}\r\n");
    intake.take();
    intake.accept();
    intake.grow(1_000_000);
    intake.push(&vec![b'x'; 1_000_000]);
    intake.push(format!(" ({})", "x ".repeat(10_000)).as_bytes());
    intake.push(b" {5}\r\n");
    assert!(matches!(intake.take(), Taken::Invite));
    assert!(intake.command.capacity() < 1_000_000 + 3 * COMMAND_BYTES);
}

#[test]
fn a_line_without_end_is_not_kept() {
    let mut intake = Intake::new();
    intake.push(b"a NOOP ");
    for _ in 0..100 {
        intake.push(&[b'x'; 1000]);
        assert!(matches!(intake.take(), Taken::More));
        assert!(intake.left().len() <= COMMAND_BYTES_BEFORE_LOGIN);
    }
    intake.push(b" {4+}\r\nabcd\r\nb NOOP\r\n");
    assert!(matches!(intake.take(), Taken::Refused(Some(tag), TooMuch::Command) if tag == "a"));
    assert_eq!(command(intake.take()), "b NOOP\r\n");
}

#[test]
fn a_program_may_say_much_of_itself_before_login_and_no_more() {
    for (octets, is_heard) in [(30 * 1024, true), (50 * 1024, false)] {
        let mut intake = Intake::new();
        for part in [format!("a ID (\"name\" \"{}", "x".repeat(octets)).as_bytes(), b"\")\r\nb NOOP\r\n"] {
            intake.push(part);
        }
        assert_eq!(matches!(intake.take(), Taken::Command(_)), is_heard, "{octets}");
        assert_eq!(command(intake.take()), "b NOOP\r\n");
    }
}

#[test]
fn before_login_a_large_literal_is_not_invited() {
    let mut intake = Intake::new();
    intake.push(b"a LOGIN {99999999999999999999999}\r\n");
    assert!(matches!(intake.take(), Taken::Refused(Some(tag), TooMuch::Command) if tag == "a"));
}
