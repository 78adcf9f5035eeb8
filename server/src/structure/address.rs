//! Address fields as ENVELOPE tells them: undecoded, comments and quotes taken away (RFC 5322 §3.4, §4.4; RFC 9051 §7.5.2).

/// Longest address field that is taken apart, octets; what is longer is cut.
const FIELD_BYTES: usize = 256 * 1024;
/// Most entries of one field that are told.
const ENTRIES: usize = 1000;

/// An entry of an address field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Entry {
    /// A mailbox.
    Mailbox {
        /// Its display name; where there is none, a comment's text.
        name: Option<Vec<u8>>,
        /// A source route (RFC 5322 §4.4), which nobody follows any more.
        route: Option<Vec<u8>>,
        /// What stands before the last `@`.
        local: Vec<u8>,
        /// What stands after it.
        domain: Vec<u8>,
    },
    /// From here on: members of this group.
    GroupStart(Vec<u8>),
    /// The group ends.
    GroupEnd,
}

/// The first address of a field, as SORT looks at it (RFC 5256, RFC 5957 §3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct First {
    /// Its display name.
    pub(crate) name: Option<Vec<u8>>,
    /// What stands before the last `@`; of a group, its name.
    pub(crate) local: Vec<u8>,
    /// What stands after it; of a group, nothing.
    pub(crate) domain: Option<Vec<u8>>,
}

/// The first address of a field's raw value.
pub(crate) fn first(raw: &[u8]) -> Option<First> {
    match parse(raw).into_iter().next()? {
        Entry::Mailbox { name, local, domain, .. } => Some(First { name, local, domain: Some(domain) }),
        Entry::GroupStart(name) => Some(First { name: None, local: name, domain: None }),
        Entry::GroupEnd => None,
    }
}

/// The addresses of a field's raw value as one writes them, `Name <local@domain>`, without comments and quotes.
pub(crate) fn written(raw: &[u8]) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let entry = |entry: Entry| match entry {
        Entry::Mailbox { name, local, domain, .. } => {
            let name = name.map(|name| super::decoded(&[b" ", name.as_slice()].concat())).unwrap_or_default();
            format!("{name} <{}@{}>", text(&local), text(&domain))
        }
        Entry::GroupStart(name) => text(&name),
        Entry::GroupEnd => String::new(),
    };
    parse(raw).into_iter().map(entry).collect::<Vec<_>>().join(", ")
}

/// Takes an address field's raw value apart.
pub(super) fn parse(raw: &[u8]) -> Vec<Entry> {
    let mut reader = Reader { rest: raw.get(..FIELD_BYTES).unwrap_or(raw), ..Reader::default() };
    while reader.step() && reader.entries.len() < ENTRIES {}
    reader.finish_mailbox();
    if reader.in_group {
        reader.entries.push(Entry::GroupEnd);
    }
    reader.entries
}

#[derive(Default)]
struct Reader<'a> {
    rest: &'a [u8],
    entries: Vec<Entry>,
    in_group: bool,
    /// Words read since the last separator.
    words: Vec<u8>,
    /// Where in `words` the last `@` outside of quotes stands.
    at: Option<usize>,
    /// What stood in angle brackets, and its last `@`.
    angle: Option<(Vec<u8>, Option<usize>)>,
    /// What stood before it there.
    route: Option<Vec<u8>>,
    comment: Option<Vec<u8>>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    /// Reads one thing; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(byte) = self.next() else { return false };
        match byte {
            b'\r' | b'\n' => {}
            b' ' | b'\t' => {
                if !self.words.is_empty() && !self.words.ends_with(b" ") {
                    self.words.push(b' ');
                }
            }
            b'"' => self.quoted(),
            b'(' => self.comment(),
            b'<' => self.angle(),
            b',' => self.finish_mailbox(),
            b';' => {
                self.finish_mailbox();
                if std::mem::take(&mut self.in_group) {
                    self.entries.push(Entry::GroupEnd);
                }
            }
            b':' if !self.in_group && self.at.is_none() && self.angle.is_none() => {
                let name = std::mem::take(&mut self.words).trim_ascii().to_vec();
                self.entries.push(Entry::GroupStart(name));
                (self.in_group, self.comment) = (true, None);
            }
            _ => {
                if byte == b'@' {
                    self.at = Some(self.words.len());
                }
                self.words.push(byte);
            }
        }
        true
    }

    fn quoted(&mut self) {
        while let Some(byte) = self.next() {
            match byte {
                b'"' => return,
                b'\\' => {
                    let escaped = self.next();
                    self.words.extend(escaped);
                }
                b'\r' | b'\n' => {}
                _ => self.words.push(byte),
            }
        }
    }

    fn comment(&mut self) {
        let (mut depth, mut text) = (1_usize, Vec::new());
        while let Some(byte) = self.next() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\\' => text.extend(self.next()),
                b'\r' | b'\n' => {}
                _ => text.push(byte),
            }
            if depth == 0 {
                break;
            }
        }
        let text = text.trim_ascii();
        if !text.is_empty() {
            self.comment = Some(text.to_vec());
        }
    }

    fn angle(&mut self) {
        let name = (std::mem::take(&mut self.words), self.at.take());
        while let Some(byte) = self.next() {
            match byte {
                b'>' => break,
                b'"' => self.quoted(),
                b'(' => self.comment(),
                b'\r' | b'\n' | b' ' | b'\t' => {}
                b':' => (self.route, self.at) = (Some(std::mem::take(&mut self.words)), None),
                _ => {
                    if byte == b'@' {
                        self.at = Some(self.words.len());
                    }
                    self.words.push(byte);
                }
            }
        }
        self.angle = Some((std::mem::replace(&mut self.words, name.0), self.at.take()));
        self.at = None;
    }

    fn finish_mailbox(&mut self) {
        let words = std::mem::take(&mut self.words);
        let (at, comment, route) = (self.at.take(), self.comment.take(), self.route.take());
        let (name, address, at) = match self.angle.take() {
            Some((address, at)) => (Some(words.trim_ascii().to_vec()).filter(|name| !name.is_empty()), address, at),
            None => (None, words, at),
        };
        let (local, domain) = match at {
            Some(at) => (address.get(..at).unwrap_or_default(), address.get(at + 1..).unwrap_or_default()),
            None => (address.as_slice(), &b""[..]),
        };
        let (local, domain) = (local.trim_ascii().to_vec(), domain.trim_ascii().to_vec());
        // A comment alone is nobody.
        if !local.is_empty() || !domain.is_empty() || name.is_some() {
            self.entries.push(Entry::Mailbox { name: name.or(comment), route, local, domain });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &str) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let entries = parse(raw.as_bytes()).into_iter().map(|entry| match entry {
            Entry::Mailbox { name, route, local, domain } => {
                let text_of = |part: Option<Vec<u8>>| part.map(|part| text(&part)).unwrap_or_default();
                format!("{}<{}{}|{}>", text_of(name), text_of(route), text(&local), text(&domain))
            }
            Entry::GroupStart(name) => format!("{}:", text(&name)),
            Entry::GroupEnd => ";".to_owned(),
        });
        entries.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn addresses_are_searched_as_one_writes_them() {
        let raw = b" =?utf-8?q?=C3=89va?= <eva (home)@ (of) home.test>, list: \"x y\"@z.test (X);";
        assert_eq!(written(raw), "Éva <eva@home.test>, list, X <x y@z.test>, ");
    }

    #[test]
    fn addresses_in_every_form() {
        for (raw, expected) in [
            ("marie@home.test", "<marie|home.test>"),
            (" Marie  Dupuis <marie@home.test>,\r\n bob@x", "Marie Dupuis<marie|home.test> <bob|x>"),
            ("\"Dupuis, \\\"M\\\"\" <marie@home.test>", "Dupuis, \"M\"<marie|home.test>"),
            ("marie@home.test (Marie (D))", "Marie D<marie|home.test>"),
            ("\"a@b\"@home.test", "<a@b|home.test>"),
            ("<@x.test,@y.test:marie@home.test>", "<@x.test,@y.testmarie|home.test>"),
            ("friends: a@x, B <b@y>; c@z", "friends: <a|x> B<b|y> ; <c|z>"),
            ("undisclosed-recipients:;", "undisclosed-recipients: ;"),
            ("=?utf-8?q?=C3=A9?= <e@x>", "=?utf-8?q?=C3=A9?=<e|x>"),
            ("postmaster", "<postmaster|>"),
            ("Marie <", "Marie<|>"),
            ("", ""),
            (",,;", ""),
            ("group: (nobody) ;", "group: ;"),
            ("group: a@b", "group: <a|b> ;"),
        ] {
            assert_eq!(shown(raw), expected, "{raw}");
        }
    }
}
