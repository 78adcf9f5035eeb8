//! The one place that turns an error of `core` into an HTTP answer.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::api::{ApiError, ErrorCode};

use crate::core::accounts::AccountError;
use crate::core::correspondents::KeepError;
use crate::core::deliver::DeliverError;
use crate::core::devices::DeviceError;
use crate::core::links::LinkError;
use crate::core::mail::MailError;
use crate::core::mailboxes::MailboxError;
use crate::core::outgoing::HeaderError;
use crate::core::people::PeopleError;
use crate::core::submit::SubmitError;
use crate::store::StoreError;

/// What a handler answers when it does not succeed.
#[derive(Debug)]
pub struct Failure(pub ApiError);

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self(code.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::NotFound => ErrorCode::NotFound,
            StoreError::DiskFull => ErrorCode::DiskFull,
            StoreError::RolledBack | StoreError::Closed => ErrorCode::Busy,
            _ => {
                tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
                ErrorCode::Internal
            }
        };
        code.into()
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::TooMany => ErrorCode::TooMany.into(),
            MailError::TooLarge => ErrorCode::TooLarge.into(),
            MailError::NotSealed => ErrorCode::BadRequest.into(),
            MailError::Store(error) => error.into(),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Malformed => ErrorCode::BadRequest.into(),
            AccountError::InvitationGone => ErrorCode::InvitationGone.into(),
            AccountError::AddressTaken => ErrorCode::AddressTaken.into(),
            AccountError::AddressNotHere => ErrorCode::AddressNotHere.into(),
            AccountError::WrongCredentials => ErrorCode::WrongCredentials.into(),
            AccountError::WrongRecoveryCode => ErrorCode::WrongRecoveryCode.into(),
            AccountError::NotConfirmed => ErrorCode::NotConfirmed.into(),
            AccountError::TooManyKeys => ErrorCode::TooMany.into(),
            AccountError::NotSignedIn => ErrorCode::NotSignedIn.into(),
            AccountError::Disabled => ErrorCode::AccountDisabled.into(),
            AccountError::Wait(seconds) => too_many_attempts(seconds),
            AccountError::Newer(version) => {
                tracing::error!(version, "an account's record is of a version that this program does not know");
                ErrorCode::Internal.into()
            }
            AccountError::Store(error) => error.into(),
        }
    }
}

impl From<KeepError> for Failure {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Unusable => ErrorCode::RecipientNotValid.into(),
            KeepError::TooMany => ErrorCode::TooMany.into(),
            KeepError::Store(error) => error.into(),
        }
    }
}

impl From<PeopleError> for Failure {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Outdated => ErrorCode::Outdated.into(),
            PeopleError::TooLarge => ErrorCode::TooLarge.into(),
            PeopleError::Store(error) => error.into(),
        }
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Malformed => ErrorCode::BadRequest.into(),
            DeviceError::TooMany => ErrorCode::TooMany.into(),
            DeviceError::WrongPassword => ErrorCode::WrongCredentials.into(),
            DeviceError::Wait(seconds) => too_many_attempts(seconds),
            DeviceError::Keys(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a device's keys do not open");
                ErrorCode::Internal.into()
            }
            DeviceError::Store(error) => error.into(),
        }
    }
}

impl From<MailboxError> for Failure {
    fn from(error: MailboxError) -> Self {
        match error {
            MailboxError::NameNotAllowed | MailboxError::HasRole | MailboxError::HasChildren => {
                ErrorCode::MailboxNotAllowed.into()
            }
            MailboxError::NotEmpty => ErrorCode::MailboxNotEmpty.into(),
            MailboxError::TooMany | MailboxError::TooManySubscriptions => ErrorCode::TooMany.into(),
            MailboxError::Store(StoreError::Exists) => ErrorCode::MailboxExists.into(),
            MailboxError::Store(error) => error.into(),
        }
    }
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Malformed => ErrorCode::BadRequest.into(),
            SubmitError::SignedOut => ErrorCode::NotSignedIn.into(),
            SubmitError::SenderNotAllowed => ErrorCode::SenderNotAllowed.into(),
            SubmitError::Header(HeaderError::PrivateKey) => ErrorCode::SecretKey.into(),
            SubmitError::Header(_) => ErrorCode::BadRequest.into(),
            SubmitError::Copy(error) => error.into(),
            SubmitError::RecipientCount => ErrorCode::TooMany.into(),
            SubmitError::RecipientNotValid => ErrorCode::RecipientNotValid.into(),
            SubmitError::AlreadySent => ErrorCode::AlreadySent.into(),
            SubmitError::TooLargeForAll => ErrorCode::TooLarge.into(),
            SubmitError::NoRoom | SubmitError::Stopped(_) => ErrorCode::Busy.into(),
            SubmitError::Linked(error) => error.into(),
            SubmitError::Store(error) => error.into(),
        }
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Malformed => ErrorCode::BadRequest.into(),
            LinkError::TooMany => ErrorCode::TooMany.into(),
            LinkError::TooLarge => ErrorCode::TooLarge.into(),
            LinkError::Full => ErrorCode::LettersFull.into(),
            LinkError::AlreadySent => ErrorCode::AlreadySent.into(),
            LinkError::Incomplete => ErrorCode::LetterIncomplete.into(),
            LinkError::Gone => ErrorCode::LinkGone.into(),
            LinkError::WrongAnswer => ErrorCode::WrongAnswer.into(),
            LinkError::Closed => ErrorCode::LinkClosed.into(),
            LinkError::Elsewhere => ErrorCode::LinkElsewhere.into(),
            LinkError::NoReplies => ErrorCode::NoReplies.into(),
            LinkError::Deliver(error) => error.into(),
            LinkError::Wait(seconds) => too_many_attempts(seconds),
            LinkError::Store(error) => error.into(),
        }
    }
}

impl From<DeliverError> for Failure {
    fn from(error: DeliverError) -> Self {
        match error {
            DeliverError::NoSuchRecipient => ErrorCode::NotFound.into(),
            DeliverError::Refused(_) => ErrorCode::BadRequest.into(),
            DeliverError::NoRoom | DeliverError::Stopped(_) => ErrorCode::Busy.into(),
            DeliverError::TooLargeForAll => ErrorCode::TooLarge.into(),
            DeliverError::Store(error) => error.into(),
            DeliverError::Certificate(_) | DeliverError::CannotSeal(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a message cannot be sealed");
                ErrorCode::Internal.into()
            }
        }
    }
}

fn too_many_attempts(seconds: u32) -> Failure {
    Failure(ApiError { code: ErrorCode::TooManyAttempts, retry_after: Some(seconds) })
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after;
        let mut response = (status, Json(self.0)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
