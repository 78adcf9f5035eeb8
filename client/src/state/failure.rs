//! Why something that a person asked for did not happen.

use shared::api::{ApiError, EmailAddress, ErrorCode};

use crate::platform::http::HttpError;
use crate::worker::protocol::AskError;

/// Why something did not happen; the page has the words for each case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The box could not be reached.
    #[error("the box cannot be reached")]
    Offline,
    /// The box said no.
    #[error("the box refused")]
    Refused(#[source] ApiError),
    /// An upload stopped half-way; it goes on where it stopped when it is asked for again.
    #[error("the upload stopped")]
    CutOff,
    /// A file was changed, moved or removed since it was chosen.
    #[error("a file cannot be read any more")]
    FileGone(String),
    /// What was found to seal to this recipient cannot be used any more.
    #[error("a recipient cannot be sealed to any more")]
    CannotSeal(EmailAddress),
    /// A worker could not do it.
    #[error("a worker failed")]
    Worker(#[source] AskError),
}

impl Failure {
    /// Whether the box said that there is no session any more.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.code() == Some(ErrorCode::NotSignedIn)
    }

    /// Why the box said no, where it did.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code),
            Self::Offline | Self::CutOff | Self::FileGone(_) | Self::CannotSeal(_) | Self::Worker(_) => None,
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        Self::Worker(error)
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Offline => Self::Offline,
            HttpError::Refused(error) => Self::Refused(error),
        }
    }
}
