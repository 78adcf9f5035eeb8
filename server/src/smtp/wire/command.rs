//! Commands (RFC 5321 §4.1.1, RFC 3207, RFC 4954) and the parameters of MAIL (RFC 1870, 6152, 6531).

use shared::api::EmailAddress;
use shared::api::limits::DOMAIN_BYTES;

/// One command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command<'a> {
    /// `EHLO name`
    Ehlo(&'a str),
    /// `HELO name`
    Helo(&'a str),
    /// `MAIL FROM:<…>`
    Mail(MailFrom),
    /// `RCPT TO:<…>`
    Rcpt(Recipient),
    /// `DATA`
    Data,
    /// `RSET`
    Rset,
    /// `NOOP`
    Noop,
    /// `QUIT`
    Quit,
    /// `VRFY …`
    Vrfy,
    /// `HELP`
    Help,
    /// `STARTTLS`
    StartTls,
    /// `AUTH mechanism [initial response]`
    Auth {
        /// Its name, in the letters of the client.
        mechanism: &'a str,
        /// Base64, or `=` for an empty one.
        initial: Option<&'a str>,
    },
}

/// What `MAIL` says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MailFrom {
    /// The reverse-path; `None` is the null one, `<>`.
    pub address: Option<EmailAddress>,
    /// `SIZE=`, octets (RFC 1870 §6).
    pub size: Option<u64>,
    /// `SMTPUTF8` (RFC 6531 §3.4).
    pub utf8: bool,
}

/// Whom `RCPT` names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recipient {
    /// A mailbox.
    Address(EmailAddress),
    /// `<Postmaster>` without a domain (RFC 5321 §4.5.1).
    Postmaster,
}

/// Why a line is no command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unparsed {
    /// The line does not end with CRLF, or a line end stands within it.
    LineEnd,
    /// No such command.
    Unknown,
    /// The command exists, its arguments are not what they should be.
    Arguments,
    /// The sender's address is not one.
    Sender,
    /// The recipient's address is not one.
    Recipient,
    /// A parameter that was not offered.
    Parameter,
}

/// Parses one line with its CRLF.
///
/// # Errors
/// [`Unparsed`] says which part is not right.
pub fn parse(line: &[u8]) -> Result<Command<'_>, Unparsed> {
    let line = line.strip_suffix(b"\r\n").ok_or(Unparsed::LineEnd)?;
    if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(Unparsed::LineEnd);
    }
    let line = std::str::from_utf8(line).map_err(|_| Unparsed::Arguments)?.trim_end_matches(' ');
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let argument = rest.trim_matches(' ');
    let alone = |command| if argument.is_empty() { Ok(command) } else { Err(Unparsed::Arguments) };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => client_name(argument).map(Command::Ehlo),
        "HELO" => client_name(argument).map(Command::Helo),
        "MAIL" => mail(argument).map(Command::Mail),
        "RCPT" => rcpt(argument).map(Command::Rcpt),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Rset),
        "NOOP" => Ok(Command::Noop),
        "QUIT" => alone(Command::Quit),
        "VRFY" => Ok(Command::Vrfy),
        "HELP" => Ok(Command::Help),
        "STARTTLS" => alone(Command::StartTls),
        "AUTH" => auth(argument),
        _ => Err(Unparsed::Unknown),
    }
}

/// Takes the name as it is: many clients know no name of their own, and nothing is decided by it. It is printed into trace
/// fields, so only what can stand there.
fn client_name(argument: &str) -> Result<&str, Unparsed> {
    let printable = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    let good = !argument.is_empty() && argument.len() <= DOMAIN_BYTES && argument.bytes().all(printable);
    if good { Ok(argument) } else { Err(Unparsed::Arguments) }
}

fn auth(argument: &str) -> Result<Command<'_>, Unparsed> {
    let mut words = argument.split_ascii_whitespace();
    let mechanism = words.next().ok_or(Unparsed::Arguments)?;
    let initial = words.next();
    if words.next().is_some() { Err(Unparsed::Arguments) } else { Ok(Command::Auth { mechanism, initial }) }
}

fn mail(argument: &str) -> Result<MailFrom, Unparsed> {
    let (path, parameters) = path(after(argument, "FROM:")?).ok_or(Unparsed::Sender)?;
    let address = if path.is_empty() { None } else { Some(mailbox(path).ok_or(Unparsed::Sender)?) };
    let mut mail = MailFrom { address, ..MailFrom::default() };
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (parameter, None),
        };
        match (name.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                // A number too long for us is too large for us as well.
                mail.size = Some(digits.parse().unwrap_or(u64::MAX));
            }
            // Eight bits are taken as they come (RFC 6152 §2), whether or not they were announced.
            ("BODY", Some(body)) if body.eq_ignore_ascii_case("8BITMIME") || body.eq_ignore_ascii_case("7BIT") => {}
            ("SMTPUTF8", None) => mail.utf8 = true,
            // Who first submitted the message (RFC 4954 §5): may be ignored, and is.
            ("AUTH", Some(_)) => {}
            ("SIZE" | "BODY" | "SMTPUTF8", _) => return Err(Unparsed::Arguments),
            _ => return Err(Unparsed::Parameter),
        }
    }
    let is_ascii = mail.address.as_ref().is_none_or(|address| address.as_str().is_ascii());
    if is_ascii || mail.utf8 { Ok(mail) } else { Err(Unparsed::Sender) }
}

fn rcpt(argument: &str) -> Result<Recipient, Unparsed> {
    let (path, parameters) = path(after(argument, "TO:")?).ok_or(Unparsed::Recipient)?;
    if !parameters.trim_matches(' ').is_empty() {
        return Err(Unparsed::Parameter);
    }
    if path.eq_ignore_ascii_case("postmaster") {
        return Ok(Recipient::Postmaster);
    }
    mailbox(path).map(Recipient::Address).ok_or(Unparsed::Recipient)
}

/// What follows a keyword in any case of letters; blanks after it are common and harmless.
fn after<'a>(argument: &'a str, keyword: &str) -> Result<&'a str, Unparsed> {
    match argument.split_at_checked(keyword.len()) {
        Some((found, rest)) if found.eq_ignore_ascii_case(keyword) => Ok(rest.trim_start_matches(' ')),
        _ => Err(Unparsed::Arguments),
    }
}

/// What stands between the angle brackets, and what follows them after a blank.
fn path(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    let end = inner.find(|c| {
        let is_end = c == '>' && !quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        is_end
    })?;
    let (path, rest) = inner.split_at_checked(end)?;
    let rest = rest.strip_prefix('>')?;
    (rest.is_empty() || rest.starts_with(' ')).then_some((path, rest))
}

/// A mailbox, its source route passed over (RFC 5321 §4.1.1.3, appendix C).
fn mailbox(path: &str) -> Option<EmailAddress> {
    let path = if path.starts_with('@') { path.split_once(':')?.1 } else { path };
    // The type trims what people type; on the wire nothing may stand around an address.
    if path.trim() == path { path.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Result<Command<'_>, Unparsed> {
        parse(line.as_bytes())
    }

    fn from(line: &str) -> Result<MailFrom, Unparsed> {
        match command(line)? {
            Command::Mail(mail) => Ok(mail),
            other => panic!("{other:?}"),
        }
    }

    fn to(line: &str) -> Result<String, Unparsed> {
        match command(line)? {
            Command::Rcpt(Recipient::Address(address)) => Ok(address.to_string()),
            Command::Rcpt(Recipient::Postmaster) => Ok("postmaster".into()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn verbs_know_no_case_and_take_what_is_theirs() {
        assert_eq!(command("ehlo mail.example\r\n"), Ok(Command::Ehlo("mail.example")));
        assert_eq!(command("HELO [192.0.2.1]\r\n"), Ok(Command::Helo("[192.0.2.1]")));
        assert_eq!(command("noop whatever \r\n"), Ok(Command::Noop));
        assert_eq!(command("Data\r\n"), Ok(Command::Data));
        assert_eq!(command("DATA now\r\n"), Err(Unparsed::Arguments));
        assert_eq!(command("EHLO\r\n"), Err(Unparsed::Arguments));
        assert_eq!(command("EHLO a(b\r\n"), Err(Unparsed::Arguments));
        assert_eq!(command("TURN\r\n"), Err(Unparsed::Unknown));
        assert_eq!(command("\r\n"), Err(Unparsed::Unknown));
        assert_eq!(command("AUTH plain AGE=\r\n"), Ok(Command::Auth { mechanism: "plain", initial: Some("AGE=") }));
    }

    #[test]
    fn only_crlf_ends_a_line() {
        for line in ["NOOP\n", "NOOP\r", "NOOP", "NOOP\r\r\n", "NO\rOP\r\n", "NOOP\0\r\n"] {
            assert_eq!(command(line), Err(Unparsed::LineEnd), "{line:?}");
        }
        assert_eq!(parse(b"EHLO \xff\r\n"), Err(Unparsed::Arguments));
    }

    #[test]
    fn senders() {
        assert_eq!(from("MAIL FROM:<>\r\n"), Ok(MailFrom::default()));
        let mail = from("mail from: <Bob@Example.ORG> SIZE=123 body=8bitmime\r\n").unwrap();
        assert_eq!(mail.address.unwrap().as_str(), "Bob@example.org");
        assert_eq!((mail.size, mail.utf8), (Some(123), false));
        assert_eq!(from("MAIL FROM:<a@b.test> SIZE=99999999999999999999999\r\n").unwrap().size, Some(u64::MAX));
        assert!(from("MAIL FROM:<josé@b.test> SMTPUTF8\r\n").unwrap().utf8);
        assert_eq!(from("MAIL FROM:<josé@b.test>\r\n"), Err(Unparsed::Sender));
        for bad in ["a@b.test", "<a@b.test", "<a b@c.test>", "< a@b.test>", "<a@b.test>SIZE=1", "<a>", "<@a:>"] {
            assert_eq!(from(&format!("MAIL FROM:{bad}\r\n")), Err(Unparsed::Sender), "{bad}");
        }
        assert_eq!(from("MAIL FROM:<a@b.test> SIZE=-1\r\n"), Err(Unparsed::Arguments));
        assert_eq!(from("MAIL FROM:<a@b.test> BODY=BINARYMIME\r\n"), Err(Unparsed::Arguments));
        assert_eq!(from("MAIL FROM:<a@b.test> RET=FULL\r\n"), Err(Unparsed::Parameter));
        assert_eq!(from("MAIL TO:<a@b.test>\r\n"), Err(Unparsed::Arguments));
    }

    #[test]
    fn recipients() {
        assert_eq!(to("RCPT TO:<marie+shop@home.test>\r\n").unwrap(), "marie+shop@home.test");
        assert_eq!(to("RCPT TO:<@a.test,@b.test:marie@home.test>\r\n").unwrap(), "marie@home.test");
        assert_eq!(to("RCPT TO:<\"a> b\\\"\"@home.test>\r\n").unwrap(), "\"a> b\\\"\"@home.test");
        assert_eq!(to("RCPT TO:<PostMaster>\r\n").unwrap(), "postmaster");
        assert_eq!(to("RCPT TO:<>\r\n"), Err(Unparsed::Recipient));
        assert_eq!(to("RCPT TO:<a@b.test> NOTIFY=NEVER\r\n"), Err(Unparsed::Parameter));
    }
    proptest::proptest! {
        #[test]
        fn no_line_is_too_odd(line in proptest::collection::vec(proptest::num::u8::ANY, 0..100)) {
            let _any = parse(&line);
        }

        #[test]
        fn a_path_that_was_taken_is_the_same_when_printed(path in "[a-b@.\"<> \\\\\\[\\]:,é]{0,12}") {
            let line = format!("RCPT TO:<{path}>\r\n");
            if let Ok(Command::Rcpt(Recipient::Address(address))) = command(&line) {
                let printed = format!("RCPT TO:<{address}>\r\n");
                proptest::prop_assert_eq!(command(&printed), Ok(Command::Rcpt(Recipient::Address(address))));
            }
        }
    }
}
