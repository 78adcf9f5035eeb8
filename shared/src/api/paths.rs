//! The path of every door of the API. `{…}` stands for a parameter in axum's syntax; the functions below fill it in.

use super::mailbox::{MailboxId, MessageId};

/// What the path of every door begins with.
pub const API: &str = "/api/";

/// POST, [`super::account::RegisterStartRequest`].
pub const REGISTER_START: &str = "/api/register/start";
/// POST, [`super::account::RegisterFinishRequest`].
pub const REGISTER_FINISH: &str = "/api/register/finish";
/// POST, [`super::account::InvitationRequest`]: is this invitation still good, and for which address?
pub const INVITATION: &str = "/api/invitation";
/// POST, [`super::account::InvitationAddressRequest`]: may the guest have this address?
pub const INVITATION_ADDRESS: &str = "/api/invitation/address";
/// POST, [`super::account::LoginStartRequest`].
pub const LOGIN_START: &str = "/api/login/start";
/// POST, [`super::account::LoginFinishRequest`].
pub const LOGIN_FINISH: &str = "/api/login/finish";
/// POST, [`super::account::RecoverStartRequest`].
pub const RECOVER_START: &str = "/api/recover/start";
/// POST, [`super::account::RecoverFinishRequest`].
pub const RECOVER_FINISH: &str = "/api/recover/finish";
/// POST, no body: ends this session.
pub const LOGOUT: &str = "/api/logout";
/// GET, [`super::account::BoxResponse`], without a session.
pub const BOX: &str = "/api/box";
/// GET, [`super::account::SessionResponse`]: whether somebody is signed in, and what the page needs to unlock again.
pub const SESSION: &str = "/api/session";
/// PATCH, [`super::account::ChangeAccountRequest`].
pub const ACCOUNT: &str = "/api/account";
/// POST, [`super::account::LoginFinishRequest`] → [`super::account::ConfirmResponse`]: who is signed in shows the passphrase,
/// after a [`LOGIN_START`] for the own address.
pub const CONFIRM: &str = "/api/account/confirm";
/// POST, [`super::account::PassphraseStartRequest`].
pub const PASSPHRASE_START: &str = "/api/account/passphrase/start";
/// POST, [`super::account::PassphraseRequest`]: another passphrase.
pub const PASSPHRASE: &str = "/api/account/passphrase";
/// POST, [`super::account::RecoveryCodeRequest`]: another recovery code.
pub const RECOVERY_CODE: &str = "/api/account/recovery-code";
/// POST, [`super::own_key::NewKeyRequest`]: another OpenPGP key of the account.
pub const OWN_KEYS: &str = "/api/account/keys";
/// POST, [`super::own_key::KeyNewsRequest`]: what is new about one that it has.
pub const OWN_KEY_NEWS: &str = "/api/account/keys/news";
/// POST, [`super::own_key::RestKey`]: a key for the account's mail at rest.
pub const REST_KEYS: &str = "/api/account/keys/rest";
/// GET: server-sent events, each an [`super::event::Event`].
pub const EVENTS: &str = "/api/events";

/// GET [`super::mailbox::MailboxesResponse`]; POST [`super::mailbox::CreateMailboxRequest`].
pub const MAILBOXES: &str = "/api/mailboxes";
/// PATCH [`super::mailbox::RenameMailboxRequest`]; DELETE: one that holds nothing, and has none below it.
pub const MAILBOX: &str = "/api/mailboxes/{mailbox}";
/// GET [`super::mailbox::ListQuery`] → [`super::mailbox::MessagesResponse`]; POST a frame of [`super::mailbox::AppendRequest`] and the sealed message.
pub const MAILBOX_MESSAGES: &str = "/api/mailboxes/{mailbox}/messages";
/// GET: a frame of [`super::mailbox::MessageResponse`] and the sealed message.
pub const MESSAGE: &str = "/api/messages/{message}";
/// PUT, [`super::mailbox::SummaryRequest`].
pub const MESSAGE_SUMMARY: &str = "/api/messages/{message}/summary";
/// GET [`super::submit::DeliveriesResponse`]: what became of a sent message, recipient by recipient.
pub const MESSAGE_DELIVERIES: &str = "/api/messages/{message}/deliveries";
/// POST, [`super::mailbox::FlagsRequest`].
pub const FLAGS: &str = "/api/messages/flags";
/// POST, [`super::mailbox::MoveRequest`].
pub const MOVE: &str = "/api/messages/move";
/// POST, [`super::mailbox::DeleteRequest`]: for ever.
pub const DELETE: &str = "/api/messages/delete";

/// POST: a frame of [`super::submit::SubmitRequest`] and its message bytes.
pub const SUBMIT: &str = "/api/submit";
/// DELETE: takes a submission back while it is still held.
pub const SUBMISSION: &str = "/api/submissions/{submission}";

/// POST, [`super::keys::LookupRequest`].
pub const CERTIFICATES_LOOKUP: &str = "/api/certificates/lookup";
/// POST [`super::keys::KeptRequest`] → [`super::keys::KeptResponse`]; PUT [`super::keys::KeepRequest`].
pub const CERTIFICATES_KEPT: &str = "/api/certificates/kept";

/// GET [`super::keys::PeopleResponse`]; PUT [`super::keys::PeopleRequest`].
pub const PEOPLE: &str = "/api/people";

/// GET [`super::link::LettersResponse`]; POST [`super::link::CreateLetterRequest`].
pub const LETTERS: &str = "/api/links";
/// POST, [`super::link::EarlierRequest`].
pub const LETTERS_EARLIER: &str = "/api/links/earlier";
/// GET [`super::link::LetterState`]; DELETE: takes all links of a letter back and wipes it.
pub const LETTER: &str = "/api/links/{letter}";
/// PUT: the octets of one chunk. One that the box has already is as good.
pub const LETTER_CHUNK: &str = "/api/links/{letter}/chunks/{place}";
/// PATCH, [`super::link::ChangeLinkRequest`]; DELETE: takes a link back.
pub const LETTER_LINK: &str = "/api/links/{letter}/links/{link}";
/// POST, [`super::link::LookRequest`]. This one and the next five are the reader's, without a session.
pub const LINK_LOOK: &str = "/api/link/look";
/// POST, [`super::link::OpenRequest`].
pub const LINK_OPEN: &str = "/api/link/open";
/// POST, [`super::link::OpenedRequest`].
pub const LINK_OPENED: &str = "/api/link/opened";
/// POST, [`super::link::ChunkRequest`]: the octets of one chunk.
pub const LINK_CHUNK: &str = "/api/link/chunk";
/// POST: a frame of [`super::link::ReplyRequest`] and the sealed answer.
pub const LINK_REPLY: &str = "/api/link/reply";
/// POST, [`super::link::ReportRequest`].
pub const LINK_REPORT: &str = "/api/link/report";

/// GET [`super::device::DevicesResponse`]; POST [`super::device::CreateDeviceRequest`].
pub const DEVICES: &str = "/api/devices";
/// DELETE: revokes the device's password.
pub const DEVICE: &str = "/api/devices/{device}";

/// The Web Key Directory, direct method (draft-koch-openpgp-webkey-service §3.1).
pub const WKD_DIRECT: &str = "/.well-known/openpgpkey/hu/{hash}";
/// The Web Key Directory, advanced method, on the host `openpgpkey.<domain>`.
pub const WKD_ADVANCED: &str = "/.well-known/openpgpkey/{domain}/hu/{hash}";
/// The policy file that a directory must have.
pub const WKD_POLICY: &str = "/.well-known/openpgpkey/policy";
/// The policy file of the advanced method.
pub const WKD_ADVANCED_POLICY: &str = "/.well-known/openpgpkey/{domain}/policy";

/// GET: how mail programs reach the box, for those that look it up (draft-ietf-mailmaint-autoconfig).
pub const AUTOCONFIG: &str = "/.well-known/autoconfig/mail/config-v1.1.xml";
/// The same on the host `autoconfig.<domain>`, where most programs look first.
pub const AUTOCONFIG_HOST: &str = "/mail/config-v1.1.xml";
/// GET, `?address=A&name=N`: the same for Apple's programs, a configuration profile.
pub const APPLE_PROFILE: &str = "/setup/mail.mobileconfig";

/// The page's route that an invitation link opens; the token stands in the fragment, `/invitation#<token>`.
pub const INVITATION_PAGE: &str = "/invitation";

/// The page that a link opens; the link's name follows, and its secret behind `#`.
pub const LINK_PAGE: &str = "/l/";
/// The same page without a name, where a link's words are typed.
pub const LINK_TYPING_PAGE: &str = "/l";
/// Below this nothing is asked of the box: a worker in the reader's browser answers there, with files that are being saved.
pub const LINK_SAVING: &str = "/l/save/";

/// The cookie that names a session (`__Host-`: Secure, Path=/, no Domain).
pub const SESSION_COOKIE: &str = "__Host-session";
/// The cookie that marks a browser as one that signed in before: others' failures do not lock it out.
pub const BROWSER_COOKIE: &str = "__Host-browser";
/// The header that every request that changes something must carry, with any value: a form of another site cannot set it.
pub const CSRF_HEADER: &str = "x-own-mailbox";

/// Path of one mailbox.
#[must_use]
pub fn mailbox(id: MailboxId) -> String {
    format!("{MAILBOXES}/{id}")
}

/// Path of a mailbox's messages.
#[must_use]
pub fn mailbox_messages(id: MailboxId) -> String {
    format!("{MAILBOXES}/{id}/messages")
}

/// Path of one message.
#[must_use]
pub fn message(id: MessageId) -> String {
    format!("/api/messages/{id}")
}

/// Path of a message's summary.
#[must_use]
pub fn message_summary(id: MessageId) -> String {
    format!("/api/messages/{id}/summary")
}

/// Path of what became of a sent message.
#[must_use]
pub fn message_deliveries(id: MessageId) -> String {
    format!("/api/messages/{id}/deliveries")
}

/// Path of one submission.
#[must_use]
pub fn submission(id: super::submit::SubmissionId) -> String {
    format!("/api/submissions/{id}")
}

/// Path of one device.
#[must_use]
pub fn device(id: super::device::DeviceId) -> String {
    format!("{DEVICES}/{id}")
}

/// Path of one letter behind links.
#[must_use]
pub fn letter(id: super::link::LinkedLetterId) -> String {
    format!("{LETTERS}/{id}")
}

/// Path of one chunk of a letter behind links.
#[must_use]
pub fn letter_chunk(id: super::link::LinkedLetterId, place: u32) -> String {
    format!("{LETTERS}/{id}/chunks/{place}")
}

/// Path of one link to a letter.
#[must_use]
pub fn letter_link(id: super::link::LinkedLetterId, link: super::link::LinkId) -> String {
    format!("{LETTERS}/{id}/links/{link}")
}
