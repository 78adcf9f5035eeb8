//! Who holds a place and sends nothing is let go; who sends much is not.

use super::session::{Role, Security};
use super::transcripts::play;

const GREETING: &str = "S: 220 mail.home.test ESMTP\n";
const HELO: &str = "C: HELO x\nS: 250 mail.home.test\n";
const MAIL: &str = "C: MAIL FROM:<>\nS: 250 2.1.0 Sender accepted\n";
const RCPT: &str = "C: RCPT TO:<alice@home.test>\nS: 250 2.1.5 Recipient accepted\n";
const RSET: &str = "C: RSET\nS: 250 2.0.0 Forgotten\n";
const DATA: &str = "C: DATA\nS: 354 End with a dot on a line of its own\nD: Subject: x\nD: .\n";
const END: &str = "S: 421 4.7.0 Too many commands without a message\nCLOSED";

fn plays(script: &str) -> usize {
    play(Role::Exchange, Security::Plain, &format!("{GREETING}{script}")).len()
}

#[test]
fn who_gives_commands_and_no_message_is_let_go() {
    let nothing = [
        ("C: NOOP", "S: 250 2.0.0 Fine"),
        ("C: VRFY alice", "S: 252 2.5.0 Send some mail, it will be tried"),
        ("C: HELP", "S: 214 2.0.0 See RFC 5321"),
        ("C: RSET", "S: 250 2.0.0 Forgotten"),
        ("C: HELO x", "S: 250 mail.home.test"),
    ];
    for (asked, said) in nothing {
        plays(&format!("{}{asked}\n{END}", format!("{asked}\n{said}\n").repeat(50)));
    }
    // All of them together, senders without recipients included.
    let round = format!("{HELO}{MAIL}{RSET}C: NOOP\nS: 250 2.0.0 Fine\nC: HELP\nS: 214 2.0.0 See RFC 5321\n");
    plays(&format!("{}C: MAIL FROM:<>\n{END}", round.repeat(10)));
}

#[test]
fn who_names_the_same_recipient_again_and_again_is_let_go() {
    // Two commands before, and the first one is new.
    plays(&format!("{HELO}{MAIL}{}C: RCPT TO:<alice@home.test>\n{END}", RCPT.repeat(49)));
    let busy = "C: RCPT TO:<busy@home.test>\nS: 451 4.3.0 Cannot do this now, try later\n";
    plays(&format!("{HELO}{MAIL}{}C: RCPT TO:<busy@home.test>\n{END}", busy.repeat(48)));
}

#[test]
fn a_long_list_of_recipients_may_be_named_in_one_piece_and_not_for_ever() {
    let (mail, rcpt) = ("C: MAIL FROM:<> SIZE=52428800\nS: 250 2.1.0 Sender accepted\n", RCPT);
    let list = |count: usize| {
        let named = |n: usize| {
            format!("C: RCPT TO:<bob{n}@home.test>\nS: 452 4.5.3 Too many recipients, send to the others separately\n")
        };
        (0..count).map(named).collect::<String>()
    };
    let begun = format!("{HELO}{mail}{rcpt}C: RCPT TO:<bob@home.test>\nS: 250 2.1.5 Recipient accepted\n");
    let letter = format!("{begun}{}{DATA}S: 250 2.0.0 Accepted m", list(500));
    assert_eq!(plays(&format!("{letter}1\n{letter}2\n{letter}3")), 3);
    plays(&format!("{begun}{}C: RCPT TO:<bob@home.test>\n{END}", list(548)));
}

#[test]
fn a_message_that_came_counts_whatever_became_of_it() {
    let noop = "C: NOOP\nS: 250 2.0.0 Fine\n".repeat(48);
    let letter = format!("{MAIL}{RCPT}{DATA}");
    let full = letter.replace("Subject: x", "Subject: disk full");
    let script = format!(
        "{HELO}{noop}{letter}S: 250 2.0.0 Accepted m1\n{noop}{full}S: 452 4.3.1 No room, try later\n\
         {noop}{letter}S: 250 2.0.0 Accepted m3\n{noop}C: NOOP\nS: 250 2.0.0 Fine\nC: NOOP\nS: 250 2.0.0 Fine\nC: NOOP\n{END}"
    );
    assert_eq!(plays(&script), 3);
}

#[test]
fn who_sends_message_after_message_is_not_let_go() {
    // As cautious a client as there is, and a message of each ten that nobody is there for.
    let mut script = HELO.to_owned();
    for number in 1..=100 {
        script += &format!("{RSET}{MAIL}{RCPT}{RCPT}{DATA}S: 250 2.0.0 Accepted m{number}\n");
        if number % 10 == 0 {
            script += &format!("{MAIL}C: RCPT TO:<nobody@home.test>\nS: 550 5.1.1 No such mailbox\n{RSET}");
        }
    }
    assert_eq!(plays(&script), 100);
}
