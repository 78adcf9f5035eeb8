//! One SMTP session as a state machine without a socket (RFC 5321 §3, §4; RFC 3207, RFC 4954, RFC 6409): lines and answers
//! go in, [`Step`]s come out.
//!
//! Invariants: what the client said before TLS is forgotten with it (RFC 3207 §4.2); nothing is taken for submission before
//! TLS and signing in; every question to the rest of the box is a step, answered by the method that the step names; after a
//! step that is no reply, no line goes in until it was answered.

use std::borrow::Cow;

use shared::api::EmailAddress;
use shared::api::limits::{MESSAGE_BYTES, RECIPIENTS};

use super::auth::{Credentials, Exchange, Next};
use super::refusal::Refusal;
use super::wire::command::{self, Command, MailFrom, Recipient};
use super::wire::reply::Reply;
use crate::core::devices::SignedInDevice;

/// Mistakes of one client without a message that was taken, after which it is not listened to any more: harvesting and guessing look like this.
const MISTAKES: u32 = 20;
/// Commands in a row that bring no message nearer: who gives only such holds a place, minutes for each. A client that has a message
/// for every sender it names needs one for each message, and a handful to begin with.
const IDLE_COMMANDS: u32 = 50;
/// Recipients of one message that are asked to be served separately before they count as such: a client may name all that it has in
/// one piece.
const SURPLUS: usize = RECIPIENTS;
/// Octets that one message may grow to for all its recipients here together, before further recipients are asked to be served
/// by a message of their own (RFC 5321 §4.5.3.1.10): sealing happens in memory.
const BYTES_FOR_ALL: u64 = 128 * 1024 * 1024;

/// Which door the client came through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Port 25: mail from other hosts for people here.
    Exchange,
    /// Ports 465 and 587: mail of people here, from their mail programs.
    Submission,
}

/// Where the connection stands with TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Plain, and there is nothing to change it with.
    Plain,
    /// Plain, STARTTLS is offered.
    Offered,
    /// TLS.
    Tls,
}

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    /// Send this, then read the next line.
    Reply(Reply),
    /// Send this and end the connection.
    Close(Reply),
    /// Send this, then do the TLS handshake; then [`Session::secured`].
    StartTls(Reply),
    /// Check these; then [`Session::signed_in`].
    SignIn(Credentials),
    /// May the device still send, and from this address? Then [`Session::sender_checked`].
    CheckSender(SignedInDevice, Option<EmailAddress>),
    /// Is this somebody here, or for submission, somebody who can be reached? Then [`Session::recipient_checked`].
    CheckRecipient(EmailAddress),
    /// Send this, then read mail data; then [`Session::data_ended`].
    ReadData(Reply),
    /// Take the message that was read; then [`Session::accepted`].
    Accept(Box<Envelope>),
}

/// What the session knows about a message besides its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// The name that the client gave itself.
    pub client: String,
    /// How the client came, as trace fields say it (RFC 3848, RFC 6531 §4.3).
    pub protocol: &'static str,
    /// Who signed in, where somebody did.
    pub login: Option<SignedInDevice>,
    /// The reverse-path; `None` is the null one.
    pub from: Option<EmailAddress>,
    /// The recipients, each once.
    pub recipients: Vec<EmailAddress>,
}

#[derive(Debug)]
struct Client {
    name: String,
    extended: bool,
}

#[derive(Debug, Default)]
struct Transaction {
    mail: MailFrom,
    recipients: Vec<EmailAddress>,
    /// Recipients that were asked to be served separately.
    surplus: usize,
}

#[derive(Debug)]
enum State {
    Idle,
    SigningIn(Exchange),
    CheckingSender(MailFrom),
    Transaction(Transaction),
    CheckingRecipient(Transaction, EmailAddress),
    ReadingData(Transaction),
}

/// A session.
#[derive(Debug)]
pub struct Session {
    role: Role,
    host: String,
    domain: String,
    security: Security,
    client: Option<Client>,
    login: Option<SignedInDevice>,
    state: State,
    mistakes: u32,
    idle: u32,
}

impl Session {
    /// Begins on the host of this name, for mail to `domain`.
    #[must_use]
    pub fn new(role: Role, host: &str, domain: &str, security: Security) -> Self {
        Self {
            role,
            host: host.to_owned(),
            domain: domain.to_owned(),
            security,
            client: None,
            login: None,
            state: State::Idle,
            mistakes: 0,
            idle: 0,
        }
    }

    /// The first words.
    #[must_use]
    pub fn greeting(&self) -> Reply {
        Reply::new(220, "", format!("{} ESMTP", self.host))
    }

    /// The last words where the box ends the session.
    #[must_use]
    pub fn farewell(&self) -> Reply {
        Reply::new(421, "4.3.2", format!("{} closing, try later", self.host))
    }

    /// Takes a line with its CRLF.
    pub fn line(&mut self, line: &[u8]) -> Step {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::SigningIn(exchange) => return self.auth_step(exchange.answer(line)),
            other => self.state = other,
        }
        match command::parse(line) {
            Ok(command) => self.command(command),
            Err(unparsed) => self.refuse(unparsed.into()),
        }
    }

    /// The line was over its limit and is not known.
    pub fn line_too_long(&mut self) -> Step {
        self.refuse(Refusal::LineTooLong)
    }

    /// TLS is on: everything begins anew (RFC 3207 §4.2).
    pub fn secured(&mut self) {
        self.security = Security::Tls;
        self.client = None;
        self.state = State::Idle;
    }

    /// Answers [`Step::SignIn`].
    pub fn signed_in(&mut self, outcome: Result<SignedInDevice, Refusal>) -> Step {
        match outcome {
            Ok(login) => {
                self.login = Some(login);
                Step::Reply(Reply::new(235, "2.7.0", "Signed in"))
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// Answers [`Step::CheckSender`].
    pub fn sender_checked(&mut self, outcome: Result<(), Refusal>) -> Step {
        match (std::mem::replace(&mut self.state, State::Idle), outcome) {
            (State::CheckingSender(mail), Ok(())) => self.begin(mail),
            (_, Err(refusal)) => self.refuse(refusal),
            (_, Ok(())) => self.refuse(Refusal::Sequence),
        }
    }

    /// Answers [`Step::CheckRecipient`].
    pub fn recipient_checked(&mut self, outcome: Result<(), Refusal>) -> Step {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::CheckingRecipient(transaction, address) => match outcome {
                Ok(()) => self.add(transaction, address),
                Err(refusal) => {
                    self.state = State::Transaction(transaction);
                    let end = if refusal.is_mistake() { None } else { self.idles() };
                    end.unwrap_or_else(|| self.refuse(refusal))
                }
            },
            _ => self.refuse(Refusal::Sequence),
        }
    }

    /// Answers [`Step::ReadData`]: whether the message was read whole and can be used.
    pub fn data_ended(&mut self, outcome: Result<(), Refusal>) -> Step {
        // One came, whatever becomes of it.
        self.idle = 0;
        match (std::mem::replace(&mut self.state, State::Idle), outcome) {
            (State::ReadingData(transaction), Ok(())) => Step::Accept(Box::new(self.envelope(transaction))),
            (_, Err(refusal)) => self.refuse(refusal),
            (_, Ok(())) => self.refuse(Refusal::Sequence),
        }
    }

    /// Answers [`Step::Accept`]: the message is safe, under this name for the log.
    pub fn accepted(&mut self, outcome: Result<String, Refusal>) -> Step {
        match outcome {
            Ok(name) => {
                // Who brings mail is none of those: a server keeps its connection for hours, and has some dead addresses on its lists.
                self.mistakes = 0;
                Step::Reply(Reply::new(250, "2.0.0", format!("Accepted {name}")))
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn refuse(&mut self, refusal: Refusal) -> Step {
        if refusal.ends_session() {
            return Step::Close(refusal.reply());
        }
        if refusal.is_mistake() {
            self.mistakes += 1;
            if self.mistakes >= MISTAKES {
                return Step::Close(Reply::new(421, "4.7.0", "Too many mistakes"));
            }
        }
        Step::Reply(refusal.reply())
    }

    fn command(&mut self, command: Command<'_>) -> Step {
        // Of recipients it depends on who they are.
        if !matches!(command, Command::Rcpt(_) | Command::Data | Command::Quit)
            && let Some(end) = self.idles()
        {
            return end;
        }
        match command {
            Command::Ehlo(name) => {
                self.greet(name, true);
                Step::Reply(self.capabilities())
            }
            Command::Helo(name) => {
                self.greet(name, false);
                Step::Reply(Reply::new(250, "", self.host.clone()))
            }
            Command::Mail(mail) => self.mail(mail),
            Command::Rcpt(recipient) => self.rcpt(recipient),
            Command::Data => self.data(),
            Command::Rset => {
                self.state = State::Idle;
                Step::Reply(Reply::new(250, "2.0.0", "Forgotten"))
            }
            Command::Noop => Step::Reply(Reply::new(250, "2.0.0", "Fine")),
            Command::Quit => Step::Close(Reply::new(221, "2.0.0", "Good-bye")),
            Command::Vrfy => Step::Reply(Reply::new(252, "2.5.0", "Send some mail, it will be tried")),
            Command::Help => Step::Reply(Reply::new(214, "2.0.0", "See RFC 5321")),
            Command::StartTls => self.start_tls(),
            Command::Auth { mechanism, initial } => self.auth(mechanism, initial),
        }
    }

    /// Counts a command that brings no message nearer; the end, where there were too many.
    fn idles(&mut self) -> Option<Step> {
        self.idle += 1;
        (self.idle > IDLE_COMMANDS)
            .then(|| Step::Close(Reply::new(421, "4.7.0", "Too many commands without a message")))
    }

    /// A new greeting forgets the transaction (RFC 5321 §4.1.4).
    fn greet(&mut self, name: &str, extended: bool) {
        self.client = Some(Client { name: name.to_owned(), extended });
        self.state = State::Idle;
    }

    fn capabilities(&self) -> Reply {
        let mut lines: Vec<Cow<'static, str>> = vec![
            self.host.clone().into(),
            "PIPELINING".into(),
            format!("SIZE {MESSAGE_BYTES}").into(),
            "8BITMIME".into(),
            "SMTPUTF8".into(),
            "ENHANCEDSTATUSCODES".into(),
        ];
        if self.security == Security::Offered {
            lines.push("STARTTLS".into());
        }
        if self.role == Role::Submission && self.security == Security::Tls {
            lines.push("AUTH PLAIN LOGIN".into());
        }
        Reply::many(250, lines)
    }

    fn start_tls(&mut self) -> Step {
        match (self.security, &self.state) {
            (Security::Tls, _) => self.refuse(Refusal::TlsTwice),
            (Security::Plain, _) => self.refuse(Refusal::NotHere),
            (Security::Offered, State::Idle) => Step::StartTls(Reply::new(220, "2.0.0", "Go on with TLS")),
            (Security::Offered, _) => self.refuse(Refusal::Sequence),
        }
    }

    fn auth(&mut self, mechanism: &str, initial: Option<&str>) -> Step {
        if self.role != Role::Submission {
            return self.refuse(Refusal::NotHere);
        }
        if self.security != Security::Tls {
            return self.refuse(Refusal::TlsFirst);
        }
        if self.client.is_none() {
            return self.refuse(Refusal::GreetFirst);
        }
        if self.login.is_some() || !matches!(self.state, State::Idle) {
            return self.refuse(Refusal::Sequence);
        }
        match Exchange::begin(mechanism) {
            Ok(exchange) => match initial {
                Some(initial) => self.auth_step(exchange.answer(initial.as_bytes())),
                None => self.auth_step(Ok(exchange.challenge())),
            },
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn auth_step(&mut self, next: Result<Next, Refusal>) -> Step {
        match next {
            Ok(Next::Challenge(exchange, text)) => {
                self.state = State::SigningIn(exchange);
                Step::Reply(Reply::new(334, "", text))
            }
            Ok(Next::Done(credentials)) => Step::SignIn(credentials),
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn mail(&mut self, mail: MailFrom) -> Step {
        if self.role == Role::Submission && self.security != Security::Tls {
            return self.refuse(Refusal::TlsFirst);
        }
        if self.client.is_none() {
            return self.refuse(Refusal::GreetFirst);
        }
        if self.role == Role::Submission && self.login.is_none() {
            return self.refuse(Refusal::SignInFirst);
        }
        if !matches!(self.state, State::Idle) {
            return self.refuse(Refusal::Sequence);
        }
        if mail.size.is_some_and(|size| size > MESSAGE_BYTES as u64) {
            return self.refuse(Refusal::TooLarge);
        }
        match &self.login {
            Some(login) => {
                let step = Step::CheckSender(login.clone(), mail.address.clone());
                self.state = State::CheckingSender(mail);
                step
            }
            None => self.begin(mail),
        }
    }

    fn begin(&mut self, mail: MailFrom) -> Step {
        self.state = State::Transaction(Transaction { mail, recipients: Vec::new(), surplus: 0 });
        Step::Reply(Reply::new(250, "2.1.0", "Sender accepted"))
    }

    fn rcpt(&mut self, recipient: Recipient) -> Step {
        let mut transaction = match std::mem::replace(&mut self.state, State::Idle) {
            State::Transaction(transaction) => transaction,
            other => {
                self.state = other;
                return self.refuse(Refusal::Sequence);
            }
        };
        let address = match recipient {
            Recipient::Address(address) => Ok(address),
            Recipient::Postmaster => format!("postmaster@{}", self.domain).parse(),
        };
        let refusal = match &address {
            Ok(address) => self.no_more(&transaction, address),
            Err(_) => Some(Refusal::NoSuchRecipient),
        };
        match (refusal, address) {
            (None, Ok(address)) if transaction.recipients.contains(&address) => {
                self.state = State::Transaction(transaction);
                self.idles().unwrap_or_else(recipient_accepted)
            }
            (None, Ok(address)) => {
                self.state = State::CheckingRecipient(transaction, address.clone());
                Step::CheckRecipient(address)
            }
            (Some(Refusal::TooManyRecipients), _) => {
                transaction.surplus += 1;
                let end = if transaction.surplus > SURPLUS { self.idles() } else { None };
                self.state = State::Transaction(transaction);
                end.unwrap_or_else(|| self.refuse(Refusal::TooManyRecipients))
            }
            (refusal, _) => {
                self.state = State::Transaction(transaction);
                self.refuse(refusal.unwrap_or(Refusal::NoSuchRecipient))
            }
        }
    }

    /// Why the message cannot have this recipient too.
    fn no_more(&self, transaction: &Transaction, address: &EmailAddress) -> Option<Refusal> {
        let mail = &transaction.mail;
        if !address.as_str().is_ascii() && !mail.utf8 {
            return Some(Refusal::Unparsed(command::Unparsed::Recipient));
        }
        let others = transaction.recipients.len();
        let for_all = mail.size.unwrap_or(0).saturating_mul(others as u64 + 1);
        let too_much = self.role == Role::Exchange && others > 0 && for_all > BYTES_FOR_ALL;
        (others >= RECIPIENTS || too_much).then_some(Refusal::TooManyRecipients)
    }

    fn add(&mut self, mut transaction: Transaction, address: EmailAddress) -> Step {
        transaction.recipients.push(address);
        self.state = State::Transaction(transaction);
        recipient_accepted()
    }

    fn data(&mut self) -> Step {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Transaction(transaction) if !transaction.recipients.is_empty() => {
                self.state = State::ReadingData(transaction);
                Step::ReadData(Reply::new(354, "", "End with a dot on a line of its own"))
            }
            other => {
                self.state = other;
                self.refuse(Refusal::Sequence)
            }
        }
    }

    fn envelope(&self, transaction: Transaction) -> Envelope {
        let client = self.client.as_ref();
        let extended = client.is_some_and(|client| client.extended);
        let (tls, login) = (self.security == Security::Tls, self.login.is_some());
        let protocol = match (extended, transaction.mail.utf8, tls, login) {
            (false, ..) => "SMTP",
            (true, false, false, _) => "ESMTP",
            (true, false, true, false) => "ESMTPS",
            (true, false, true, true) => "ESMTPSA",
            (true, true, false, _) => "UTF8SMTP",
            (true, true, true, false) => "UTF8SMTPS",
            (true, true, true, true) => "UTF8SMTPSA",
        };
        Envelope {
            client: client.map(|client| client.name.clone()).unwrap_or_default(),
            protocol,
            login: self.login.clone(),
            from: transaction.mail.address,
            recipients: transaction.recipients,
        }
    }
}

fn recipient_accepted() -> Step {
    Step::Reply(Reply::new(250, "2.1.5", "Recipient accepted"))
}
