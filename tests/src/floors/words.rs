//! Words that some rooms never say: sockets where rules and states are, SQL outside the store, the clock in `shared`. Tests
//! may say them.

use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Source;

/// What a room does not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Neither a socket nor a stream of bytes: types of addresses are allowed.
    NoSocket,
    /// No statement of SQL, and not the crate that runs it.
    NoSql,
    /// Nothing but functions of their arguments: no clock, network, file, task, or random numbers of their own.
    Pure,
}

/// Paths that a rule forbids, each as a row of words; two neighbours in the row have `::` between them in the source.
const SOCKETS: [&[&str]; 11] = [
    &["tokio", "net"],
    &["tokio", "io"],
    &["TcpStream"],
    &["TcpListener"],
    &["TcpSocket"],
    &["UdpSocket"],
    &["UnixStream"],
    &["UnixListener"],
    &["TlsStream"],
    &["AsyncRead"],
    &["AsyncWrite"],
];
const IMPURE: [&[&str]; 14] = [
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["Instant"],
    &["SystemTime"],
    &["UNIX_EPOCH"],
    &["std", "net"],
    &["std", "fs"],
    &["std", "env"],
    &["std", "thread"],
    &["tokio"],
    &["async"],
    &["OsRng"],
    &["thread_rng"],
    &["from_entropy"],
];
const SQL_CRATES: [&[&str]; 1] = [&["rusqlite"]];

/// How a statement begins and what must follow somewhere, so that IMAP's SELECT and prose are none.
const STATEMENTS: [(&str, &str); 9] = [
    ("SELECT ", " FROM "),
    ("INSERT ", " INTO "),
    ("UPDATE ", " SET "),
    ("DELETE FROM ", ""),
    ("CREATE TABLE ", ""),
    ("ALTER TABLE ", ""),
    ("DROP TABLE ", ""),
    ("PRAGMA ", ""),
    ("BEGIN IMMEDIATE", ""),
];

impl Rule {
    /// Where a source breaks the rule.
    ///
    /// # Errors
    /// If the source is not Rust.
    pub fn check(self, source: &Source) -> Result<Vec<String>, String> {
        let tokens = TokenStream::from_str(&source.text).map_err(|error| format!("{}: {error}", source.path))?;
        let mut found = Vec::new();
        self.walk(tokens, &mut found);
        Ok(found.into_iter().map(|(line, what)| format!("{}:{line}: {what}", source.path)).collect())
    }

    fn walk(self, tokens: TokenStream, found: &mut Vec<(usize, String)>) {
        let forbidden: &[&[&str]] = match self {
            Self::NoSocket => &SOCKETS,
            Self::NoSql => &SQL_CRATES,
            Self::Pure => &IMPURE,
        };
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut after_test = false;
        for (at, token) in tokens.iter().enumerate() {
            let line = token.span().start().line;
            match token {
                // Attributes hold documentation; what stands behind `#[cfg(test)]`, to the end of its body, does not ship.
                TokenTree::Group(attribute) if at > 0 && is_hash(&tokens[at - 1]) => {
                    after_test |= attribute.stream().to_string().replace(' ', "") == "cfg(test)";
                }
                TokenTree::Group(body) if after_test && body.delimiter() == Delimiter::Brace => after_test = false,
                TokenTree::Punct(end) if end.as_char() == ';' => after_test = false,
                _ if after_test => {}
                TokenTree::Ident(_) => {
                    let path = forbidden.iter().find(|path| says(&tokens[at..], path));
                    found.extend(path.map(|path| (line, path.join("::"))));
                }
                TokenTree::Literal(literal) if self == Self::NoSql && is_statement(&literal.to_string()) => {
                    found.push((line, "SQL".into()));
                }
                TokenTree::Group(group) => self.walk(group.stream(), found),
                _ => {}
            }
        }
    }
}

fn is_hash(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '#')
}

/// Do the tokens begin with this path? In a tree of a `use`, the last word may stand anywhere in the braces.
fn says(tokens: &[TokenTree], path: &[&str]) -> bool {
    let [first, rest @ ..] = path else { return true };
    match tokens {
        [TokenTree::Ident(word), after @ ..] if word == first => match (rest, after) {
            ([], _) => true,
            (_, [TokenTree::Punct(colon), TokenTree::Punct(_), further @ ..]) if colon.as_char() == ':' => {
                says(further, rest)
            }
            _ => false,
        },
        [TokenTree::Group(group), ..] => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            (0..inner.len()).any(|at| says(&inner[at..], path))
        }
        _ => false,
    }
}

fn is_statement(literal: &str) -> bool {
    let text = literal.trim_start_matches(['b', 'c', 'r', '#', '"']).replace("\\n", " ");
    let words = text.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ");
    STATEMENTS.iter().any(|(begins, has)| words.starts_with(begins.trim_end()) && format!("{words} ").contains(has))
}
