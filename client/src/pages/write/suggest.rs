//! Whom one may mean while typing: people of the letters that the list shows, the most frequent first.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::lang::fold;
use crate::state::messages::{Messages, Summary};
use crate::worker::protocol::reading::Person;

/// Most proposals.
const MOST: usize = 6;

/// People that what is typed may mean; those that are chosen already are left out.
pub(super) fn suggestions(messages: Messages, typed: &str, chosen: &[Person]) -> Vec<Person> {
    let typed = fold(typed.trim());
    if typed.is_empty() {
        return Vec::new();
    }
    let mut known: BTreeMap<String, (usize, Person)> = BTreeMap::new();
    for id in messages.order().get_untracked() {
        let Some(row) = messages.row(id) else { continue };
        row.with_untracked(|row| {
            if let Summary::Open(summary) = &row.summary {
                summary.from.iter().chain(&summary.to).for_each(|person| count(&mut known, person));
            }
        });
    }
    best(known.into_values().collect(), &typed, chosen)
}

fn count(known: &mut BTreeMap<String, (usize, Person)>, person: &Person) {
    let entry = known.entry(person.address.to_lowercase()).or_insert_with(|| (0, person.clone()));
    entry.0 += 1;
    if entry.1.name.is_empty() {
        entry.1.name.clone_from(&person.name);
    }
}

fn best(mut known: Vec<(usize, Person)>, typed: &str, chosen: &[Person]) -> Vec<Person> {
    let fits = |person: &Person| {
        let is_chosen = chosen.iter().any(|other| other.address.eq_ignore_ascii_case(&person.address));
        let text = format!("{} {}", fold(&person.name), fold(&person.address));
        // What is typed begins a word.
        let begins = text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(typed))
            || text.contains(&format!(" {typed}"));
        !is_chosen && person.address.contains('@') && (begins || text.starts_with(typed))
    };
    known.retain(|(_, person)| fits(person));
    known.sort_unstable_by(|(a, first), (b, second)| b.cmp(a).then_with(|| first.address.cmp(&second.address)));
    known.into_iter().map(|(_, person)| person).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, address: &str) -> Person {
        Person { name: name.into(), address: address.into() }
    }

    #[test]
    fn the_beginning_of_any_word_finds_and_the_most_frequent_come_first() {
        let known = vec![
            (1, person("Jeanne Dupuis", "jd@home.test")),
            (5, person("Émile Dupont", "emile@school.test")),
            (9, person("Paul", "paul@home.test")),
        ];
        let found = |typed: &str| best(known.clone(), typed, &[]).into_iter().map(|p| p.name).collect::<Vec<_>>();
        assert_eq!(found("dup"), ["Émile Dupont", "Jeanne Dupuis"]);
        assert_eq!(found("emi"), ["Émile Dupont"]);
        assert_eq!(found("home"), ["Paul", "Jeanne Dupuis"]);
        assert_eq!(found("upuis"), [""; 0]);
        assert_eq!(best(known.clone(), "paul", &[person("", "PAUL@home.test")]), []);
    }
}
