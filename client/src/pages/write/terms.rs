//! The options of a link.

use leptos::prelude::*;
use shared::api::account::Language;
use shared::api::limits;
use shared::link::{Answer, InvalidAnswer};

use crate::lang;
use crate::ui::{Choice, Field, dom, use_words};
use crate::worker::protocol::linking::{LinkLock, LinkTerms};

/// For how many days a link may be chosen to open.
const DAYS: [u16; 4] = [1, 7, 30, 90];

/// Which second lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    None,
    Question,
    Code,
}

/// The form.
#[component]
pub(super) fn Terms(
    /// What holds so far.
    terms: LinkTerms,
    /// Told what was chosen; nothing where it was left.
    #[prop(into)]
    on_done: Callback<Option<LinkTerms>>,
) -> impl IntoView {
    let words = use_words();
    let text = &words.link;
    let (kind, question, answer) = match terms.lock {
        LinkLock::None => (Kind::None, String::new(), String::new()),
        LinkLock::Question { question, answer } => (Kind::Question, question, answer),
        LinkLock::Code => (Kind::Code, String::new(), String::new()),
    };
    let (days, once, first_browser) =
        (RwSignal::new(terms.days), RwSignal::new(terms.once), RwSignal::new(terms.first_browser));
    let replies = RwSignal::new(terms.replies);
    let (kind, question, answer) = (RwSignal::new(kind), RwSignal::new(question), RwSignal::new(answer));
    let (language, subject, said) =
        (RwSignal::new(terms.language), RwSignal::new(terms.subject), RwSignal::new(terms.words));
    let (question_wrong, answer_wrong) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let lock = move || match kind.get_untracked() {
        Kind::None => Some(LinkLock::None),
        Kind::Code => Some(LinkLock::Code),
        Kind::Question => {
            let (question, answer) = (question.get_untracked().trim().to_owned(), answer.get_untracked());
            question_wrong.set(match question.chars().count() {
                0 => Some(text.question_missing.to_owned()),
                long if long > limits::LINK_QUESTION_CHARS => {
                    Some((text.question_too_long)(limits::LINK_QUESTION_CHARS))
                }
                _ => None,
            });
            answer_wrong.set(Answer::check(&answer).err().map(|wrong| match wrong {
                InvalidAnswer::Empty => text.answer_missing.to_owned(),
                InvalidAnswer::TooLong => text.answer_too_long.to_owned(),
            }));
            let is_good = question_wrong.get_untracked().is_none() && answer_wrong.get_untracked().is_none();
            is_good.then_some(LinkLock::Question { question, answer })
        }
    };
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(lock) = lock() else { return dom::focus_first(".terms [aria-invalid=true]") };
        on_done.run(Some(LinkTerms {
            days: days.get_untracked(),
            once: once.get_untracked(),
            first_browser: first_browser.get_untracked(),
            replies: replies.get_untracked(),
            lock,
            language: language.get_untracked(),
            subject: subject.get_untracked().trim().to_owned(),
            words: said.get_untracked().trim().to_owned(),
        }));
    };
    let day_count = move |days: u16| (days, text.day_count.say(words.language, usize::from(days)));
    view! {
        <form class="terms" on:submit=on_submit novalidate=true>
            <p>{text.what}</p>
            <div class="setting">
                <div>{text.days}</div>
                <Choice
                    name="link-days"
                    label=text.days
                    options=DAYS.map(day_count).to_vec()
                    value=days
                    on_choose=move |chosen| days.set(chosen)
                />
            </div>
            <div class="setting">
                <div>{text.times}</div>
                <Choice
                    name="link-times"
                    label=text.times
                    options=vec![(false, text.any_times.to_owned()), (true, text.once.to_owned())]
                    value=once
                    on_choose=move |chosen| once.set(chosen)
                />
            </div>
            <div class="setting">
                <div>{text.place}</div>
                <Choice
                    name="link-place"
                    label=text.place
                    options=vec![(false, text.place_any.to_owned()), (true, text.place_first.to_owned())]
                    value=first_browser
                    on_choose=move |chosen| first_browser.set(chosen)
                />
            </div>
            <div class="setting">
                <div>{text.replies} <small>{text.replies_what}</small></div>
                <Choice
                    name="link-replies"
                    label=text.replies
                    options=vec![(true, text.replies_yes.to_owned()), (false, text.replies_no.to_owned())]
                    value=replies
                    on_choose=move |chosen| replies.set(chosen)
                />
            </div>
            <div class="setting">
                <div>{text.lock} <small>{text.lock_what}</small></div>
                <Choice
                    name="link-lock"
                    label=text.lock
                    options=vec![
                        (Kind::None, text.lock_none.to_owned()),
                        (Kind::Question, text.lock_question.to_owned()),
                        (Kind::Code, text.lock_code.to_owned()),
                    ]
                    value=kind
                    on_choose=move |chosen| kind.set(chosen)
                />
            </div>
            {move || match kind.get() {
                Kind::None => ().into_any(),
                Kind::Code => view! { <p>{text.code_what}</p> }.into_any(),
                Kind::Question => {
                    view! {
                        <Field
                            id="link-question"
                            label=text.question
                            hint=text.question_hint
                            value=question
                            error=question_wrong
                        />
                        <Field id="link-answer" label=text.answer hint=text.answer_hint value=answer error=answer_wrong />
                    }
                        .into_any()
                }
            }}
            <h3>{text.mail}</h3>
            <div class="setting">
                <div>{text.mail_language}</div>
                <Choice
                    name="link-language"
                    label=text.mail_language
                    options=[Language::Fr, Language::En].map(|one| (one, lang::name(one).to_owned())).to_vec()
                    value=language
                    on_choose=move |chosen| language.set(chosen)
                />
            </div>
            <Field id="link-subject" label=text.mail_subject hint=text.mail_subject_hint value=subject />
            <div class="field">
                <label for="link-words">{text.mail_words}</label>
                <small id="link-words-hint">{text.mail_words_hint}</small>
                <textarea
                    class="input"
                    id="link-words"
                    rows="4"
                    dir="auto"
                    aria-describedby="link-words-hint"
                    bind:value=said
                />
            </div>
            <div class="buttons end">
                <button type="button" class="button" on:click=move |_| on_done.run(None)>
                    {words.general.cancel}
                </button>
                <button class="button main">{text.done}</button>
            </div>
        </form>
    }
}
