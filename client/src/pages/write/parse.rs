//! Recipients as people type and paste them.

use shared::api::EmailAddress;

use crate::worker::protocol::reading::Person;

/// Takes a list of recipients apart: `Name <address>` or `address`, with commas, semicolons or line ends between them, or spaces
/// between bare addresses.
pub(super) fn people(typed: &str) -> Vec<Person> {
    let mut people = Vec::new();
    let mut one = String::new();
    let mut scan = Scan::default();
    for c in typed.chars() {
        let is_inside = scan.is_inside();
        scan.take(c);
        if !is_inside && matches!(c, ',' | ';' | '\n' | '\r' | '\t') {
            people.extend(persons(&one));
            one.clear();
        } else {
            one.push(c);
        }
    }
    people.extend(persons(&one));
    people
}

/// Whether a separator that is typed now ends a recipient: outside of quotes and brackets.
pub(super) fn can_end(typed: &str) -> bool {
    let mut scan = Scan::default();
    typed.chars().for_each(|c| scan.take(c));
    !scan.is_inside()
}

/// Whether what was typed is whole, so that a space behind it ends it: an address, with or without a name.
pub(super) fn is_whole(typed: &str) -> bool {
    let is_address = |person: &Person| person.address.parse::<EmailAddress>().is_ok();
    can_end(typed) && matches!(people(typed).as_slice(), [one] if is_address(one))
}

/// A recipient as one would type it.
pub(super) fn written(person: &Person) -> String {
    let Person { name, address } = person;
    if name.is_empty() {
        return address.clone();
    }
    let needs_quotes = name.contains([',', ';', '<', '>', '"', '@', ':']);
    if needs_quotes { format!("\"{}\" <{address}>", name.replace('"', "")) } else { format!("{name} <{address}>") }
}

/// Where in a list one is.
#[derive(Default)]
struct Scan {
    in_quotes: bool,
    in_brackets: bool,
}

impl Scan {
    fn take(&mut self, c: char) {
        match c {
            '"' => self.in_quotes = !self.in_quotes,
            '<' if !self.in_quotes => self.in_brackets = true,
            '>' if !self.in_quotes => self.in_brackets = false,
            _ => {}
        }
    }

    fn is_inside(&self) -> bool {
        self.in_quotes || self.in_brackets
    }
}

/// One recipient, or several bare addresses with spaces between them.
fn persons(typed: &str) -> Vec<Person> {
    let parts: Vec<&str> = typed.split_whitespace().collect();
    let is_bare = |part: &&str| part.contains('@') && !part.contains(['<', '"']);
    if parts.len() > 1 && parts.iter().all(is_bare) {
        return parts.into_iter().filter_map(person).collect();
    }
    person(typed).into_iter().collect()
}

fn person(typed: &str) -> Option<Person> {
    let typed = typed.trim().trim_start_matches("mailto:");
    if typed.is_empty() {
        return None;
    }
    let (name, address) = match typed.strip_suffix('>').and_then(|typed| typed.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
        None => ("", typed),
    };
    Some(Person { name: name.to_owned(), address: address.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Vec<(String, String)> {
        people(typed).into_iter().map(|person| (person.name, person.address)).collect()
    }

    fn pair(name: &str, address: &str) -> (String, String) {
        (name.into(), address.into())
    }

    #[test]
    fn a_pasted_list_comes_apart() {
        assert_eq!(
            parsed("jeanne@home.test, Paul Morizeau <paul@home.test>; \"Dupuis, Marie\" <marie@home.test>\n"),
            [
                pair("", "jeanne@home.test"),
                pair("Paul Morizeau", "paul@home.test"),
                pair("Dupuis, Marie", "marie@home.test"),
            ]
        );
    }

    #[test]
    fn what_is_no_address_stays_as_it_was_typed() {
        assert_eq!(parsed(" mamie ,, "), [pair("", "mamie")]);
        assert_eq!(parsed("mailto:a@x.test"), [pair("", "a@x.test")]);
        assert_eq!(parsed(""), []);
    }

    #[test]
    fn what_is_quoted_is_not_taken_apart_while_it_is_typed() {
        assert!(!can_end("\"Jones"));
        assert!(can_end("\"Jones, D\""));
        assert!(!can_end("\"Jones, D\" <d.j@x.test"));
        assert!(is_whole("\"Jones, D\" <d.j@x.test>"));
        assert!(is_whole("d.j@x.test"));
        for not_whole in ["", "jean", "jean pierre@x.test", "\"Jones, D\"", "d.j@"] {
            assert!(!is_whole(not_whole), "{not_whole}");
        }
    }

    #[test]
    fn spaces_are_enough_between_bare_addresses_and_belong_to_names() {
        assert_eq!(
            parsed("a@x.test b@x.test;c@x.test"),
            [pair("", "a@x.test"), pair("", "b@x.test"), pair("", "c@x.test")]
        );
        assert_eq!(parsed("Jean Pierre <jp@x.test>"), [pair("Jean Pierre", "jp@x.test")]);
        // Whom this means nobody knows.
        assert_eq!(parsed("jean pierre@x.test"), [pair("", "jean pierre@x.test")]);
    }

    #[test]
    fn a_recipient_that_is_put_back_into_the_field_is_the_same_again() {
        for (name, address) in
            [("", "a@x.test"), ("Jones, D", "d.j@x.test"), ("Zoé", "zoe@x.test"), ("", "mamie josiane")]
        {
            let person = Person { name: name.to_owned(), address: address.to_owned() };
            assert_eq!(people(&written(&person)), [person]);
        }
    }
}
