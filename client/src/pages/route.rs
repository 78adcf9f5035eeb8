//! From the address of the page to what stands there, and the way to another address.
//!
//! A router of our own: the page has six addresses, of which one has parameters, and each is a value of [`Route`] that the
//! compiler knows. What a library for any number of nested routes adds to the program is a twentieth of all that a first
//! visit loads.

use leptos::prelude::*;
use shared::api::mailbox::MessageId;

use super::place::{Place, RECOVER, SETTINGS, SIGN_IN};
use crate::platform::history;

/// What stands at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The bare address of the box, which leads on to [`super::place::HOME`].
    Root,
    /// Signing in.
    SignIn,
    /// An invitation; its token stands in the fragment.
    Invitation,
    /// The forgotten passphrase.
    Recover,
    /// A mailbox, and perhaps a message of it that is open.
    Mail(Place, Option<MessageId>),
    /// The settings.
    Settings,
    /// Nothing.
    Lost,
}

impl Route {
    /// What stands at this path.
    #[must_use]
    pub fn parse(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" => Self::Root,
            SIGN_IN => Self::SignIn,
            shared::api::paths::INVITATION_PAGE => Self::Invitation,
            RECOVER => Self::Recover,
            SETTINGS => Self::Settings,
            other => other.strip_prefix("/mail/").and_then(Self::parse_mail).unwrap_or(Self::Lost),
        }
    }

    fn parse_mail(rest: &str) -> Option<Self> {
        let (place, message) = match rest.split_once('/') {
            Some((place, message)) => (place, Some(message.parse().ok()?)),
            None => (rest, None),
        };
        Some(Self::Mail(Place::parse(place)?, message))
    }
}

/// Where the page is.
#[derive(Clone, Copy)]
pub struct Router {
    path: RwSignal<String>,
    route: Memo<Route>,
    mail_link: StoredValue<Option<String>>,
}

/// Where the page is.
#[must_use]
pub fn use_router() -> Router {
    expect_context()
}

/// Provides where the page is; once, for the page's root.
pub fn provide_router() -> Router {
    let path = RwSignal::new(history::path());
    let router = Router {
        path,
        route: Memo::new(move |_| path.with(|path| Route::parse(path))),
        mail_link: StoredValue::new(history::fragment(history::MAIL_LINK)),
    };
    // What is no page of ours is left to the browser: the box answers other paths too.
    let on_link = move |link: &str| {
        let is_page = Route::parse(link) != Route::Lost;
        if is_page {
            router.go(link);
        }
        is_page
    };
    history::listen(move |back| path.set(back), on_link);
    provide_context(router);
    router
}

impl Router {
    /// What is shown.
    #[must_use]
    pub fn route(&self) -> Memo<Route> {
        self.route
    }

    /// The link that the browser opened this page with, to begin a letter (RFC 6068); once.
    #[must_use]
    pub fn take_mail_link(&self) -> Option<String> {
        self.mail_link.try_update_value(Option::take).flatten()
    }

    /// Goes to an address of the page.
    pub fn go(&self, path: &str) {
        self.show(path, false);
    }

    /// Goes to an address in place of the one that is shown: the way back does not lead here.
    pub fn go_instead(&self, path: &str) {
        self.show(path, true);
    }

    fn show(&self, path: &str, replace: bool) {
        // A link to where one is makes no second step of the way back.
        history::go(path, replace || self.path.with_untracked(|shown| shown == path));
        self.path.set(path.to_owned());
    }

    /// For a link's `aria-current`: whether what is shown stands at this address or below it.
    pub fn is_at(&self, path: &'static str) -> impl Fn() -> Option<&'static str> + Copy + Send + use<> {
        let shown = self.path;
        let is_at =
            move |shown: &String| shown.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        move || shown.with(is_at).then_some("page")
    }
}

/// Leads on to another address as soon as it is shown.
#[component]
pub fn Redirect(
    /// Where.
    to: &'static str,
) -> impl IntoView {
    let router = use_router();
    Effect::new(move || router.go_instead(to));
}

#[cfg(test)]
mod tests {
    use shared::api::mailbox::{MailboxId, MailboxRole};

    use super::*;
    use crate::pages::place::HOME;

    #[test]
    fn an_address_names_what_stands_there() {
        let inbox = Place::Role(MailboxRole::Inbox);
        for (path, expected) in [
            ("/", Route::Root),
            ("/sign-in", Route::SignIn),
            ("/invitation", Route::Invitation),
            ("/recover/", Route::Recover),
            ("/settings", Route::Settings),
            (HOME, Route::Mail(inbox, None)),
            ("/mail/inbox/", Route::Mail(inbox, None)),
            ("/mail/inbox/12", Route::Mail(inbox, Some(MessageId(12)))),
            ("/mail/7/12", Route::Mail(Place::Folder(MailboxId(7)), Some(MessageId(12)))),
            ("/mail/nowhere/12", Route::Lost),
            ("/mail/inbox/x", Route::Lost),
            ("/mail", Route::Lost),
            ("/settings/x", Route::Lost),
        ] {
            assert_eq!(Route::parse(path), expected, "{path}");
        }
    }
}
