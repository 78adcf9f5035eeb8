//! Why something that a person asked for did not happen.

use shared::api::ApiError;

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
    /// A worker could not do it.
    #[error("a worker failed")]
    Worker(#[source] AskError),
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
