//! The question before a link is followed that says another address than where it goes.

use leptos::prelude::*;

use crate::ui::{Dialog, use_words};
use crate::worker::protocol::reading::Doubtful;

/// The link that the question is about.
#[derive(Clone, Copy)]
pub(super) struct Asking(RwSignal<Option<Doubtful>>);

/// Provides the question to a letter.
pub(super) fn provide_asking() -> Asking {
    let asking = Asking(RwSignal::new(None));
    provide_context(asking);
    asking
}

/// The question.
pub(super) fn use_asking() -> Asking {
    expect_context()
}

impl Asking {
    /// Asks.
    pub(super) fn ask(self, link: Doubtful) {
        self.0.set(Some(link));
    }
}

/// Where an address of the web goes, and, where a name stands before its host that readers take for it, what it says.
pub(super) fn honest(address: &str) -> (String, Option<Doubtful>) {
    let host = web_sys::Url::new(address).map(|url| url.hostname()).unwrap_or_default();
    let said =
        said(address).map(|says| Doubtful { says: says.to_owned(), host: host.clone(), address: address.to_owned() });
    (host, said)
}

/// What stands before the host of an address (RFC 3986 §3.2.1).
fn said(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    authority.rsplit_once('@').map(|(name, _)| name)
}

/// The question, over the page while it is asked.
#[component]
pub(super) fn LinkQuestion(asking: Asking) -> impl IntoView {
    let text = &use_words().read;
    let Asking(asked) = asking;
    let close = move || asked.set(None);
    let about = move || {
        asked.get().map(|link| {
            view! {
                <p>
                    <b>{(text.link_says)(&link.says, &link.host)}</b>
                </p>
                <p>{text.link_what}</p>
                <div class="buttons end">
                    <a
                        class="button"
                        href=link.address
                        target="_blank"
                        rel="noopener noreferrer"
                        on:click=move |_| close()
                    >
                        {text.link_open}
                    </a>
                    <button type="button" class="button main" autofocus=true on:click=move |_| close()>
                        {text.link_leave}
                    </button>
                </div>
            }
        })
    };
    view! {
        <Dialog
            open=Signal::derive(move || asked.with(Option::is_some))
            on_close=move |()| close()
            title=text.link.to_owned()
        >
            {about}
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_before_the_host_is_what_an_address_says() {
        assert_eq!(said("https://bank.example@evil.example/"), Some("bank.example"));
        assert_eq!(said("https://bank.example:443/@x"), None);
        assert_eq!(said("https://home.test/a@b"), None);
        assert_eq!(said("https://bank.example\\@evil.example"), None);
    }
}
