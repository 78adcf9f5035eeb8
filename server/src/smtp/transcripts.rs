//! Sessions as transcripts: `C:` is what the client sends, `S:` is what it must hear. Lines of data follow `D:` and end with
//! `D: .`; `TLS` is the handshake, `CLOSED` the end. The rest of the box answers from a small table.

use shared::api::EmailAddress;
use shared::api::device::DeviceId;

use super::refusal::Refusal;
use super::session::{Envelope, Role, Security, Session, Step};
use super::wire::data::Decoder;
use super::wire::reply::Reply;
use crate::core::devices::SignedInDevice;
use crate::store::AccountNo;

/// Base64 of `\0alice\0right` and `\0alice\0wrong`.
const RIGHT: &str = "AGFsaWNlAHJpZ2h0";
const WRONG: &str = "AGFsaWNlAHdyb25n";

fn sign_in(user: &str, password: &str) -> Result<SignedInDevice, Refusal> {
    match (user, password) {
        ("alice", "right") => Ok(SignedInDevice {
            account: AccountNo(1),
            address: "alice@home.test".parse().unwrap(),
            device: DeviceId(1),
        }),
        ("busy", _) => Err(Refusal::SignInBusy),
        _ => Err(Refusal::WrongPassword),
    }
}

fn sender(address: Option<&EmailAddress>) -> Result<(), Refusal> {
    match address.map(EmailAddress::local_part) {
        None | Some("alice") => Ok(()),
        Some("gone") => Err(Refusal::SignedOut),
        Some(_) => Err(Refusal::NotYourAddress),
    }
}

fn recipient(role: Role, address: &EmailAddress) -> Result<(), Refusal> {
    match (role, address.domain(), address.local_part()) {
        (Role::Submission, "elsewhere.test", _) => Ok(()),
        (Role::Exchange, "elsewhere.test", _) => Err(Refusal::NoRelay),
        (_, _, "alice" | "bob" | "postmaster") => Ok(()),
        (_, _, "busy") => Err(Refusal::Busy),
        _ => Err(Refusal::NoSuchRecipient),
    }
}

/// The client's side of a transcript, and what became of it.
struct Play {
    session: Session,
    role: Role,
    decoder: Option<Decoder>,
    data: Vec<u8>,
    accepted: Vec<(Envelope, Vec<u8>)>,
    closed: bool,
}

impl Play {
    fn new(role: Role, security: Security) -> Self {
        let session = Session::new(role, "mail.home.test", "home.test", security);
        Self { session, role, decoder: None, data: Vec::new(), accepted: Vec::new(), closed: false }
    }

    /// Carries steps out until there is a reply.
    fn answer(&mut self, mut step: Step) -> Reply {
        loop {
            step = match step {
                Step::Reply(reply) | Step::StartTls(reply) => return reply,
                Step::Close(reply) => {
                    self.closed = true;
                    return reply;
                }
                Step::ReadData(reply) => {
                    self.decoder = Some(Decoder::default());
                    self.data.clear();
                    return reply;
                }
                Step::SignIn(credentials) => {
                    let outcome = sign_in(&credentials.user, credentials.password.expose());
                    self.session.signed_in(outcome)
                }
                Step::CheckSender(_, address) => self.session.sender_checked(sender(address.as_ref())),
                Step::CheckRecipient(address) => self.session.recipient_checked(recipient(self.role, &address)),
                Step::Accept(envelope) => {
                    let failing = self.data.starts_with(b"Subject: disk full");
                    self.accepted.push((*envelope, self.data.clone()));
                    let name = format!("m{}", self.accepted.len());
                    self.session.accepted(if failing { Err(Refusal::DiskFull) } else { Ok(name) })
                }
            };
        }
    }

    /// A line of data; a reply when it was the last.
    fn data(&mut self, line: &str) -> Option<Reply> {
        let decoder = self.decoder.as_mut().expect("data where none were asked for");
        let data = &mut self.data;
        decoder.feed(line.as_bytes(), |piece| data.extend_from_slice(piece));
        if !decoder.has_ended() {
            return None;
        }
        let outcome = decoder.check().map_err(|_| Refusal::BareLineEnd);
        self.decoder = None;
        let step = self.session.data_ended(outcome);
        Some(self.answer(step))
    }
}

/// Plays a transcript and gives what was accepted in it.
pub(super) fn play(role: Role, security: Security, script: &str) -> Vec<(Envelope, Vec<u8>)> {
    let mut play = Play::new(role, security);
    let mut heard = play.session.greeting().to_string();
    for (number, line) in script.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let at = format!("line {}: {line}", number + 1);
        if let Some(expected) = line.strip_prefix("S: ") {
            let (said, rest) = heard.split_once("\r\n").unwrap_or_else(|| panic!("nothing was said at {at}"));
            // The script's lines are trimmed, and an empty challenge ends with a blank.
            assert_eq!(said.trim_end(), expected, "{at}");
            heard = rest.to_owned();
            continue;
        }
        assert_eq!(heard, "", "not expected before {at}");
        if line == "CLOSED" {
            assert!(play.closed, "open at {at}");
            continue;
        }
        assert!(!play.closed, "closed before {at}");
        heard = match line.split_once(' ').unwrap_or((line, "")) {
            ("C:", text) => {
                let step = play.session.line(format!("{}\r\n", text.replace("\\n", "\n")).as_bytes());
                play.answer(step).to_string()
            }
            ("D:", text) => {
                play.data(&format!("{}\r\n", text.replace("\\n", "\n"))).map_or(String::new(), |r| r.to_string())
            }
            ("TLS", _) => {
                play.session.secured();
                String::new()
            }
            _ => panic!("no such direction: {at}"),
        };
    }
    assert_eq!(heard, "", "not expected at the end");
    play.accepted
}

#[test]
fn a_message_for_two_people_here() {
    let accepted = play(
        Role::Exchange,
        Security::Offered,
        "S: 220 mail.home.test ESMTP
        C: EHLO mx.example
        S: 250-mail.home.test
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-ENHANCEDSTATUSCODES
        S: 250 STARTTLS
        C: MAIL FROM:<carol@example.org> SIZE=1000 BODY=8BITMIME
        S: 250 2.1.0 Sender accepted
        C: RCPT TO:<alice@home.test>
        S: 250 2.1.5 Recipient accepted
        C: RCPT TO:<nobody@home.test>
        S: 550 5.1.1 No such mailbox
        C: RCPT TO:<bob@home.test>
        S: 250 2.1.5 Recipient accepted
        C: RCPT TO:<alice@home.test>
        S: 250 2.1.5 Recipient accepted
        C: DATA
        S: 354 End with a dot on a line of its own
        D: Subject: hello
        D:
        D: ..dot
        D: .
        S: 250 2.0.0 Accepted m1
        C: QUIT
        S: 221 2.0.0 Good-bye",
    );
    let [(envelope, data)] = accepted.as_slice() else { panic!("{accepted:?}") };
    assert_eq!(data, b"Subject: hello\r\n\r\n.dot\r\n");
    assert_eq!((envelope.client.as_str(), envelope.protocol), ("mx.example", "ESMTP"));
    assert_eq!(envelope.from.as_ref().unwrap().as_str(), "carol@example.org");
    let recipients: Vec<_> = envelope.recipients.iter().map(EmailAddress::as_str).collect();
    assert_eq!(recipients, ["alice@home.test", "bob@home.test"]);
}

#[test]
fn nothing_is_relayed_and_trouble_is_temporary() {
    play(
        Role::Exchange,
        Security::Plain,
        "S: 220 mail.home.test ESMTP
        C: HELO old.example
        S: 250 mail.home.test
        C: MAIL FROM:<>
        S: 250 2.1.0 Sender accepted
        C: RCPT TO:<someone@elsewhere.test>
        S: 550 5.7.1 This host does not relay
        C: RCPT TO:<busy@home.test>
        S: 451 4.3.0 Cannot do this now, try later
        C: DATA
        S: 503 5.5.1 Not at this point
        C: RCPT TO:<Postmaster>
        S: 250 2.1.5 Recipient accepted
        C: DATA
        S: 354 End with a dot on a line of its own
        D: Subject: disk full
        D: .
        S: 452 4.3.1 No room, try later
        C: AUTH PLAIN AAAA
        S: 502 5.5.1 Not available at this door
        C: STARTTLS
        S: 502 5.5.1 Not available at this door
        C: VRFY alice
        S: 252 2.5.0 Send some mail, it will be tried
        C: NOOP
        S: 250 2.0.0 Fine
        C: HELP
        S: 214 2.0.0 See RFC 5321",
    );
}

#[test]
fn commands_have_their_place() {
    play(
        Role::Exchange,
        Security::Plain,
        "S: 220 mail.home.test ESMTP
        C: MAIL FROM:<a@b.test>
        S: 503 5.5.1 EHLO first
        C: RCPT TO:<alice@home.test>
        S: 503 5.5.1 Not at this point
        C: EHLO
        S: 501 5.5.4 Arguments are not right
        C: HELO x
        S: 250 mail.home.test
        C: DATA
        S: 503 5.5.1 Not at this point
        C: MAIL FROM:<a@b.test> SIZE=52428801
        S: 552 5.3.4 The message is too large
        C: MAIL FROM:<a@b.test> FUTURE=1
        S: 555 5.5.4 A parameter is not supported
        C: MAIL FROM:<a@b.test>
        S: 250 2.1.0 Sender accepted
        C: MAIL FROM:<a@b.test>
        S: 503 5.5.1 Not at this point
        C: RCPT TO:<alice@home.test>
        S: 250 2.1.5 Recipient accepted
        C: RSET
        S: 250 2.0.0 Forgotten
        C: DATA
        S: 503 5.5.1 Not at this point
        C: MAIL FROM:<josé@b.test>
        S: 501 5.1.7 The sender's address is not valid
        C: MAIL FROM:<josé@b.test> SMTPUTF8
        S: 250 2.1.0 Sender accepted
        C: HELO again
        S: 250 mail.home.test
        C: RCPT TO:<alice@home.test>
        S: 503 5.5.1 Not at this point
        C: BDAT 5 LAST
        S: 500 5.5.2 No such command",
    );
}

#[test]
fn who_makes_mistake_after_mistake_is_not_listened_to() {
    let mistake = "C: EXPN staff
        S: 500 5.5.2 No such command\n";
    let script = format!(
        "S: 220 mail.home.test ESMTP\n{}C: EXPN staff
        S: 421 4.7.0 Too many mistakes",
        mistake.repeat(19)
    );
    play(Role::Exchange, Security::Plain, &script);
}

#[test]
fn mistakes_are_forgotten_when_a_message_was_taken() {
    let (wrong, said) = ("C: RCPT TO:<nobody@home.test>", "S: 550 5.1.1 No such mailbox");
    let mistakes = format!("{wrong}\n{said}\n").repeat(19);
    let letter = "C: RCPT TO:<alice@home.test>\nS: 250 2.1.5 Recipient accepted\nC: DATA\n\
                  S: 354 End with a dot on a line of its own\nD: Subject: x\nD: .\n";
    let mail = "C: MAIL FROM:<>\nS: 250 2.1.0 Sender accepted\n";
    let refused = letter.replace("Subject: x", "Subject: disk full");
    let script = format!(
        "S: 220 mail.home.test ESMTP\nC: HELO x\nS: 250 mail.home.test\n{mail}{mistakes}{letter}S: 250 2.0.0 Accepted m1\n\
         {mail}{mistakes}{refused}S: 452 4.3.1 No room, try later\n{mail}{wrong}\nS: 421 4.7.0 Too many mistakes\nCLOSED"
    );
    // One that was not taken is none.
    assert_eq!(play(Role::Exchange, Security::Plain, &script).len(), 2);
}

#[test]
fn a_bare_line_end_ends_the_session() {
    for bad in ["D: one\\n.\\nMAIL FROM:<evil@a.test>", "D: one\\n"] {
        let accepted = play(
            Role::Exchange,
            Security::Plain,
            &format!(
                "S: 220 mail.home.test ESMTP
                C: HELO x
                S: 250 mail.home.test
                C: MAIL FROM:<a@b.test>
                S: 250 2.1.0 Sender accepted
                C: RCPT TO:<alice@home.test>
                S: 250 2.1.5 Recipient accepted
                C: DATA
                S: 354 End with a dot on a line of its own
                {bad}
                D: .
                S: 550 5.6.0 The message holds a bare carriage return or line feed"
            ),
        );
        assert!(accepted.is_empty());
    }
    play(
        Role::Exchange,
        Security::Plain,
        "S: 220 mail.home.test ESMTP
        C: NOOP\\nRSET
        S: 500 5.5.2 Lines end with CRLF and hold no other line end",
    );
}

#[test]
fn a_large_message_for_many_is_taken_in_parts() {
    play(
        Role::Exchange,
        Security::Plain,
        "S: 220 mail.home.test ESMTP
        C: HELO x
        S: 250 mail.home.test
        C: MAIL FROM:<a@b.test> SIZE=52428800
        S: 250 2.1.0 Sender accepted
        C: RCPT TO:<alice@home.test>
        S: 250 2.1.5 Recipient accepted
        C: RCPT TO:<bob@home.test>
        S: 250 2.1.5 Recipient accepted
        C: RCPT TO:<postmaster@home.test>
        S: 452 4.5.3 Too many recipients, send to the others separately",
    );
}

#[test]
fn a_mail_program_submits_after_tls_and_signing_in() {
    let accepted = play(
        Role::Submission,
        Security::Offered,
        &format!(
            "S: 220 mail.home.test ESMTP
            C: EHLO laptop
            S: 250-mail.home.test
            S: 250-PIPELINING
            S: 250-SIZE 52428800
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-ENHANCEDSTATUSCODES
            S: 250 STARTTLS
            C: AUTH PLAIN {RIGHT}
            S: 530 5.7.0 STARTTLS first
            C: MAIL FROM:<alice@home.test>
            S: 530 5.7.0 STARTTLS first
            C: STARTTLS
            S: 220 2.0.0 Go on with TLS
            TLS
            C: AUTH PLAIN {RIGHT}
            S: 503 5.5.1 EHLO first
            C: EHLO laptop
            S: 250-mail.home.test
            S: 250-PIPELINING
            S: 250-SIZE 52428800
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-ENHANCEDSTATUSCODES
            S: 250 AUTH PLAIN LOGIN
            C: STARTTLS
            S: 503 5.5.1 TLS is active
            C: MAIL FROM:<alice@home.test>
            S: 530 5.7.0 AUTH first
            C: AUTH CRAM-MD5
            S: 504 5.5.4 Only PLAIN and LOGIN are supported
            C: AUTH PLAIN {WRONG}
            S: 535 5.7.8 Address or device password are wrong
            C: AUTH PLAIN
            S: 334
            C: *
            S: 501 5.7.0 Authentication cancelled
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: YWxpY2U=
            S: 334 UGFzc3dvcmQ6
            C: cmlnaHQ=
            S: 235 2.7.0 Signed in
            C: AUTH PLAIN {RIGHT}
            S: 503 5.5.1 Not at this point
            C: MAIL FROM:<bob@home.test>
            S: 553 5.7.1 This account may not send from this address
            C: MAIL FROM:<alice@home.test>
            S: 250 2.1.0 Sender accepted
            C: RCPT TO:<someone@elsewhere.test>
            S: 250 2.1.5 Recipient accepted
            C: DATA
            S: 354 End with a dot on a line of its own
            D: Subject: out
            D: .
            S: 250 2.0.0 Accepted m1"
        ),
    );
    let [(envelope, _)] = accepted.as_slice() else { panic!("{accepted:?}") };
    assert_eq!(envelope.protocol, "ESMTPSA");
    assert_eq!(envelope.login.as_ref().map(|login| login.account), Some(AccountNo(1)));
}

#[test]
fn who_is_signed_out_is_not_listened_to_any_more() {
    play(
        Role::Submission,
        Security::Tls,
        &format!(
            "S: 220 mail.home.test ESMTP
            C: HELO laptop
            S: 250 mail.home.test
            C: AUTH PLAIN {RIGHT}
            S: 235 2.7.0 Signed in
            C: MAIL FROM:<>
            S: 250 2.1.0 Sender accepted
            C: RSET
            S: 250 2.0.0 Forgotten
            C: MAIL FROM:<gone@home.test>
            S: 421 4.7.0 This device is signed out
            CLOSED"
        ),
    );
}

#[test]
fn tls_forgets_what_was_said_in_the_clear() {
    play(
        Role::Exchange,
        Security::Offered,
        "S: 220 mail.home.test ESMTP
        C: HELO x
        S: 250 mail.home.test
        C: MAIL FROM:<a@b.test>
        S: 250 2.1.0 Sender accepted
        C: STARTTLS
        S: 503 5.5.1 Not at this point
        C: RSET
        S: 250 2.0.0 Forgotten
        C: STARTTLS
        S: 220 2.0.0 Go on with TLS
        TLS
        C: MAIL FROM:<a@b.test>
        S: 503 5.5.1 EHLO first",
    );
}
