//! Recipients as people type and paste them.

use crate::worker::protocol::reading::Person;

/// Takes a list of recipients apart: `Name <address>` or `address`, with commas, semicolons or line ends between them.
pub(super) fn people(typed: &str) -> Vec<Person> {
    let mut people = Vec::new();
    let mut one = String::new();
    let (mut in_quotes, mut in_brackets) = (false, false);
    for c in typed.chars() {
        match c {
            '"' => in_quotes = !in_quotes,
            '<' if !in_quotes => in_brackets = true,
            '>' if !in_quotes => in_brackets = false,
            ',' | ';' | '\n' | '\r' | '\t' if !in_quotes && !in_brackets => {
                people.extend(person(&one));
                one.clear();
                continue;
            }
            _ => {}
        }
        one.push(c);
    }
    people.extend(person(&one));
    people
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
}
