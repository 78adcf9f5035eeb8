//! The links of letters that were sent: given longer, opened for more tries, taken back.

use shared::api::limits;
use shared::api::link::{ChangeLinkRequest, LinkId, LinkedLetterId};
use shared::api::paths;

use super::Failure;
use super::session::{Session, use_session};
use crate::platform::{http, time};

const DAY: i64 = 24 * 60 * 60;

/// The links of letters that were sent. What becomes of them is heard where deliveries are ([`super::reading`]).
#[derive(Clone, Copy)]
pub struct Links {
    session: Session,
}

/// The links.
#[must_use]
pub fn use_links() -> Links {
    Links { session: use_session() }
}

impl Links {
    /// Lets a link open for [`limits::LINK_DAYS`] from now.
    ///
    /// # Errors
    /// Those of the box; [`shared::api::ErrorCode::LinkGone`] where it has ended.
    pub async fn extend(&self, letter: LinkedLetterId, link: LinkId) -> Result<(), Failure> {
        let expires_at = Some(time::now().plus(limits::LINK_DAYS * DAY));
        self.change(letter, link, &ChangeLinkRequest { expires_at, forgive: false }).await
    }

    /// Forgets the wrong answers, so that a closed link can be tried again.
    ///
    /// # Errors
    /// As [`Self::extend`].
    pub async fn forgive(&self, letter: LinkedLetterId, link: LinkId) -> Result<(), Failure> {
        self.change(letter, link, &ChangeLinkRequest { expires_at: None, forgive: true }).await
    }

    /// Takes a link back for good.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn revoke(&self, letter: LinkedLetterId, link: LinkId) -> Result<(), Failure> {
        self.session.heard(http::delete(&paths::letter_link(letter, link)).await)
    }

    async fn change(&self, letter: LinkedLetterId, link: LinkId, request: &ChangeLinkRequest) -> Result<(), Failure> {
        self.session.heard(http::patch(&paths::letter_link(letter, link), request).await)
    }
}
