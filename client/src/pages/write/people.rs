//! A line of recipients: chips with their locks, and a field that becomes chips.

use leptos::html;
use leptos::prelude::*;
use shared::api::EmailAddress;

use super::lock::way_words;
use super::{parse, suggest};
use crate::state::drafts::Draft;
use crate::state::messages::use_messages;
use crate::state::sending::{Way, use_sending};
use crate::ui::{Glyph, Icon, Keyed, each, say, use_words};
use crate::worker::protocol::reading::Person;

/// Most recipients of a line that are all shown while nobody writes in it.
const MANY: usize = 8;
/// How many of more are shown then, and whatever is no address.
const SOME: usize = 4;

/// A line of recipients.
#[component]
pub(super) fn PeopleLine(
    /// The id of its field, unique in the document.
    id: String,
    /// Its name.
    label: &'static str,
    /// The letter.
    draft: Draft,
    /// The recipients.
    people: RwSignal<Vec<Person>>,
    /// What stands at its end.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let words = use_words();
    let messages = use_messages();
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    // Whether proposals are wanted, and whether the field has the focus: while it has not, only some of many are shown.
    let (has_focus, is_written) = (RwSignal::new(false), RwSignal::new(false));
    let input = NodeRef::<html::Input>::new();
    let list_id = format!("{id}-list");

    let proposals = Memo::new(move |_| {
        let typed = typed.get();
        if has_focus.get() { people.with(|people| suggest::suggestions(messages, &typed, people)) } else { Vec::new() }
    });
    let add = move |new: Vec<Person>| {
        people.update(|people| {
            for person in new {
                if !people.iter().any(|other| other.address.eq_ignore_ascii_case(&person.address)) {
                    people.push(person);
                }
            }
        });
        typed.set(String::new());
        chosen.set(0);
    };
    let commit = move || add(parse::people(&typed.get_untracked()));
    let go_to_field = move || {
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
        }
    };
    let choose = move |person: Person| {
        add(vec![person]);
        go_to_field();
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.is_composing() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let count = proposals.with_untracked(Vec::len);
        let is_empty = typed.with_untracked(|typed| typed.trim().is_empty());
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + count - 1) % count),
            "Escape" if count > 0 => has_focus.set(false),
            "Tab" if event.shift_key() => return,
            "Enter" | "Tab" if count > 0 && !typed.with_untracked(|typed| typed.contains('@')) => {
                if let Some(person) = proposals.with_untracked(|all| all.get(chosen.get_untracked()).cloned()) {
                    choose(person);
                }
            }
            "Enter" if !is_empty => commit(),
            "," | ";" if !is_empty && typed.with_untracked(|typed| parse::can_end(typed)) => commit(),
            " " if typed.with_untracked(|typed| parse::is_whole(typed)) => commit(),
            "Enter" => {}
            "Backspace" if typed.with_untracked(String::is_empty) => {
                // What is no address is corrected and not typed anew.
                if let Some(last) = people.try_update(Vec::pop).flatten()
                    && last.address.parse::<EmailAddress>().is_err()
                {
                    typed.set(parse::written(&last));
                    event.prevent_default();
                }
                return;
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let on_paste = move |event: leptos::ev::ClipboardEvent| {
        let pasted = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
        let new = parse::people(&pasted);
        if new.len() > 1 || new.first().is_some_and(|person| person.address.contains('@')) {
            event.prevent_default();
            add(new);
        }
    };
    let on_leave = move |_| {
        // The focus also leaves when the letter is closed, and its signals are gone.
        if has_focus.try_set(false).is_none() {
            commit();
            is_written.set(false);
        }
    };
    let chip = move |person: Person| {
        let on_act = {
            let person = person.clone();
            move |act: ChipAct| {
                if act == ChipAct::Edit {
                    // What was typed before it becomes a recipient.
                    commit();
                    typed.set(parse::written(&person));
                }
                people.update(|people| people.retain(|other| other.address != person.address));
                // A finger or mouse leaves the focus where it is; a key had it on what is gone now.
                if act != ChipAct::Remove {
                    go_to_field();
                }
            }
        };
        view! { <PersonChip draft person on_act /> }
    };
    let shown =
        Memo::new(move |_| people.with(|people| if is_written.get() { people.clone() } else { folded(people) }));
    let chips = move || {
        let one = |person: Person| Keyed::new(format!("{}\n{}", person.address, person.name), move || chip(person));
        shown.get().into_iter().map(one).collect()
    };
    let more = move || {
        let more = people.with(Vec::len).saturating_sub(shown.with(Vec::len));
        (more > 0).then(|| {
            view! {
                <button type="button" class="others" on:click=move |_| go_to_field()>
                    {words.write.others.say(words.language, more)}
                </button>
            }
        })
    };
    let option_ids = StoredValue::new(list_id.clone());
    let proposal = move |(index, person): (usize, Person)| {
        let name = say::person(words, &person);
        let address = (person.name != person.address).then(|| person.address.clone());
        view! {
            <button
                type="button"
                class="item"
                role="option"
                id=option_ids.with_value(|ids| format!("{ids}-{index}"))
                tabindex="-1"
                aria-selected=move || (chosen.get() == index).to_string()
                // Before the field loses the focus and takes what is typed as it stands.
                on:mousedown=move |event| event.prevent_default()
                on:click=move |_| choose(person.clone())
            >
                <span>{name}</span>
                <small>{address}</small>
            </button>
        }
    };
    let controlled = list_id.clone();
    view! {
        <div class="line">
            <label for=id.clone()>{label}</label>
            <div class="people" class:written=move || is_written.get()>
                {each(chips)}
                <input
                    id=id
                    node_ref=input
                    type="text"
                    inputmode="email"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-controls=controlled.clone()
                    aria-activedescendant=move || {
                        let shown = proposals.with(|all| !all.is_empty());
                        shown.then(|| format!("{controlled}-{}", chosen.get()))
                    }
                    aria-expanded=move || proposals.with(|all| !all.is_empty()).to_string()
                    aria-description=words.write.people_hint
                    bind:value=typed
                    on:input=move |_| {
                        has_focus.set(true);
                        chosen.set(0);
                    }
                    on:keydown=on_key
                    on:paste=on_paste
                    on:focus=move |_| {
                        has_focus.set(true);
                        is_written.set(true);
                    }
                    on:blur=on_leave
                />
            </div>
            {more}
            {children.map(|children| children())}
            <div id=list_id role="listbox" aria-label=words.write.suggestions>
                {move || {
                    let all = proposals.get();
                    (!all.is_empty())
                        .then(|| {
                            view! {
                                <div class="suggestions" role="presentation">
                                    {all.into_iter().enumerate().map(proposal).collect_view()}
                                </div>
                            }
                        })
                }}
            </div>
        </div>
    }
}

/// What is shown of a line that nobody writes in: all, or of many some, with everything that is no address before the others.
fn folded(people: &[Person]) -> Vec<Person> {
    let is_wrong = |person: &&Person| person.address.parse::<EmailAddress>().is_err();
    let wrong = people.iter().filter(is_wrong);
    if people.len() <= MANY {
        return people.to_vec();
    }
    let right = people.iter().filter(|person| !is_wrong(person)).take(SOME);
    wrong.chain(right).cloned().collect()
}

/// What is done to a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChipAct {
    /// It goes, by a press.
    Remove,
    /// It goes, by a key.
    RemoveByKey,
    /// It goes back into the field, to be changed.
    Edit,
}

/// A recipient with the lock that a letter to them has. It is changed by two presses, or one where it is no address, or Enter.
#[component]
fn PersonChip(
    draft: Draft,
    person: Person,
    /// Told what is to be done.
    #[prop(into)]
    on_act: Callback<ChipAct>,
) -> impl IntoView {
    let words = use_words();
    let sending = use_sending();
    let name = say::person(words, &person);
    let address = person.address.clone();
    let way = Memo::new(move |_| sending.way(draft, &address));
    let class = move || match way.get() {
        Way::Asking => "person",
        Way::Unknown => "person unknown",
        Way::NotAnAddress | Way::Ask(..) => "person bad",
        Way::Sealed(_) => "person seal",
        Way::Link => "person link",
        Way::Open(_) => "person open",
    };
    let glyph = move || match way.get() {
        Way::Asking | Way::Unknown => Glyph::Clock,
        Way::NotAnAddress | Way::Ask(..) => Glyph::Warning,
        Way::Sealed(_) => Glyph::Lock,
        Way::Link => Glyph::Link,
        Way::Open(_) => Glyph::Card,
    };
    let icon_class = move || match way.get() {
        Way::Sealed(_) => "seal",
        Way::Link => "link",
        Way::Open(_) => "open",
        _ => "",
    };
    let said = move || way_words(words, &way.get());
    let whole = person.address.clone();
    let title = move || format!("{whole} — {}", said());
    let on_press = move |event: leptos::ev::MouseEvent| {
        // A press by a key counts none.
        let presses = if way.get_untracked() == Way::NotAnAddress { 1 } else { 2 };
        if event.detail() == 0 || event.detail() >= presses {
            on_act.run(ChipAct::Edit);
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "Backspace" | "Delete") {
            event.prevent_default();
            on_act.run(ChipAct::RemoveByKey);
        }
    };
    view! {
        <span class=class title=title>
            {move || view! { <Icon glyph=glyph() class=icon_class() /> }}
            <button
                type="button"
                class="who"
                aria-description=words.write.person_hint
                // The focus stays where it is, so that nothing moves away under the finger.
                on:mousedown=move |event| event.prevent_default()
                on:click=on_press
                on:keydown=on_key
            >
                {name.clone()}
                <span class="aloud">{said}</span>
            </button>
            <button
                type="button"
                tabindex="-1"
                aria-label=(words.write.remove)(&name)
                on:mousedown=move |event| event.prevent_default()
                on:click=move |event| {
                    on_act.run(if event.detail() == 0 { ChipAct::RemoveByKey } else { ChipAct::Remove });
                }
            >
                <Icon glyph=Glyph::Close />
            </button>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_recipients_some_are_shown_and_every_one_that_is_no_address() {
        let person = |address: String| Person { name: String::new(), address };
        let few: Vec<_> = (0..MANY).map(|n| person(format!("p{n}@home.test"))).collect();
        assert_eq!(folded(&few), few);
        let mut many: Vec<_> = (0..40).map(|n| person(format!("p{n}@home.test"))).collect();
        many.push(person("mamie josiane".to_owned()));
        let shown: Vec<_> = folded(&many).into_iter().map(|person| person.address).collect();
        assert_eq!(shown.len(), SOME + 1);
        assert_eq!(shown[0], "mamie josiane");
    }
}
