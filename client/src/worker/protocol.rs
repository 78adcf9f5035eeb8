//! What the page can ask a worker, and what it answers: one type per ask, one per answer, and the closed list of failures.
//!
//! [`access`]: registering, logging in, unlocking. [`reading`]: opening summaries and messages. [`writing`]: sealing drafts
//! and letters. [`linking`]: putting letters behind links. [`keys`]: the account's own keys. [`people`]: whose key is it. [`packing`]: putting attachments into one file. What box and worker have to say to each other goes through the page [`Carried`].

pub mod access;
pub mod keys;
pub mod linking;
pub mod packing;
pub mod people;
pub mod reading;
pub mod writing;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Something that a worker can be asked.
pub trait Ask: Serialize + DeserializeOwned + Into<AnyAsk> + 'static {
    /// What it answers.
    type Answer: Serialize + DeserializeOwned + 'static;
    /// Which worker of the pool it must be.
    const PLACE: Place;
}

/// Which worker of the pool an ask goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The next that is free and unlocked.
    Any,
    /// Always the first: one that remembers what an earlier ask began.
    First,
}

/// How soon an answer is needed; within one priority the older ask goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody pressed a button and waits.
    Now,
    /// It is on the screen.
    OnScreen,
    /// It may be on the screen soon.
    Soon,
    /// Nobody waits: an autosave.
    Later,
}

/// Why a worker has no answer. The page has the words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AskError {
    /// The worker stopped while it worked on this; another has taken its place, asking again makes sense.
    #[error("the worker stopped")]
    WorkerStopped,
    /// The browser could not start any worker.
    #[error("no worker could be started")]
    NoWorker,
    /// The account is locked.
    #[error("the account is locked")]
    Locked,
    /// A second step without its first, or page, worker and box are not of one build: loading the page again helps.
    #[error("the ask does not fit")]
    Unexpected,
    /// The passphrase is shorter than `shared::api::limits::PASSPHRASE_MIN_CHARS`.
    #[error("the passphrase is too short")]
    PassphraseTooShort,
    /// The passphrase is longer than `shared::api::limits::PASSPHRASE_MAX_BYTES`.
    #[error("the passphrase is too long")]
    PassphraseTooLong,
    /// The passphrase holds a line end or another control character.
    #[error("the passphrase holds a control character")]
    PassphraseControlCharacter,
    /// Address or passphrase is wrong, or the box is not the one that the account was made with.
    #[error("address or passphrase is wrong")]
    WrongCredentials,
    /// The recovery code has another number of words than it should.
    #[error("the recovery code has {0} words")]
    RecoveryWordCount(usize),
    /// This word of the recovery code, the first being 1, is in no list.
    #[error("word {0} of the recovery code is not known")]
    RecoveryWord(usize),
    /// The words of the recovery code do not belong together: one is wrong, or two are exchanged.
    #[error("the words of the recovery code do not belong together")]
    RecoveryChecksum,
    /// The wrapped keys that the box sent do not open, though the passphrase or code is right.
    #[error("the account's keys do not open")]
    KeysDamaged,
    /// The key of this tab does not open the account any more; the passphrase does.
    #[error("the tab's key does not fit any more")]
    TabKeyGone,
    /// The bytes are not a sealed message, or are cut or altered.
    #[error("the message is damaged")]
    MessageDamaged,
    /// The message is sealed, but to none of this account's keys.
    #[error("the message is sealed to somebody else")]
    NotForUs,
    /// The message, opened, is over a limit (a compressed part that grows without end).
    #[error("the message is too large")]
    TooLarge,
    /// A recipient's certificate cannot be sealed to after all; the number counts the recipients from 0.
    #[error("the certificate of recipient {0} cannot be used")]
    Certificate(usize),
    /// The letter cannot be written as a message: a recipient or a header that no message can hold.
    #[error("the letter cannot be written as a message")]
    Letter,
    /// A secret key is in the letter: in its text or, counted from 0, in this enclosure.
    #[error("a secret key is in the letter ({0:?})")]
    SecretKey(Option<usize>),
    /// A key from elsewhere cannot be what it shall become.
    #[error("the key from elsewhere does not do")]
    Key(#[source] KeyFlaw),
    /// The certificate that was decided about is not at hand.
    #[error("the certificate is not at hand")]
    KeyGone,
    /// Something failed that was not foreseen.
    #[error("something unforeseen failed in the worker")]
    Internal,
}

/// What crosses: any of the asks.
macro_rules! asks {
    ($($ask:ident => $answer:ty, $place:ident;)*) => {
        /// Any ask, as it crosses to the worker.
        #[derive(Debug, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each variant is the ask of its name")]
        pub enum AnyAsk {
            $($ask($ask),)*
        }

        $(
            impl Ask for $ask {
                type Answer = $answer;
                const PLACE: Place = Place::$place;
            }

            impl From<$ask> for AnyAsk {
                fn from(ask: $ask) -> Self {
                    Self::$ask(ask)
                }
            }
        )*
    };
}

use access::*;
use keys::*;
use packing::*;
use people::*;
use reading::*;
use shared::access::KeyFlaw;
use shared::api::account::{
    LoginFinishRequest, LoginStartRequest, PassphraseRequest, PassphraseStartRequest, RecoverStartRequest,
    RegisterStartRequest,
};
use shared::api::keys::PeopleRequest;
use shared::api::own_key::NewKeyRequest;
use writing::*;

use crate::platform::buffer::Buffer;
use crate::platform::carried::Carried;

asks! {
    RegisterStart => Carried<RegisterStartRequest>, First;
    RegisterFinish => Registered, First;
    LoginStart => Carried<LoginStartRequest>, First;
    LoginFinish => Carried<LoginFinishRequest>, First;
    RecoverStart => Carried<RecoverStartRequest>, First;
    RecoverFinish => Recovered, First;
    Unlock => TabKey, First;
    UnlockTab => (), First;
    PassphraseStart => Carried<PassphraseStartRequest>, First;
    PassphraseFinish => Carried<PassphraseRequest>, First;
    MakeRecoveryCode => MadeRecoveryCode, First;
    ExportKey => Buffer, Any;
    MakeDevicePassword => MadeDevicePassword, Any;
    TendKeys => KeyTasks, Any;
    ListKeys => Vec<KeyView>, Any;
    WithdrawalFile => Buffer, Any;
    AnotherKey => Carried<NewKeyRequest>, First;
    CheckKeys => (), First;
    ImportKeys => Vec<Carried<NewKeyRequest>>, First;
    OpenSummaries => Vec<OpenedSummary>, Any;
    Summarise => BetterSummary, Any;
    OpenMessage => MessageView, Any;
    OpenSource => SourceView, Any;
    PackFiles => Buffer, Any;
    JudgeCertificates => Judged, Any;
    CompareKeys => Compared, Any;
    DecideKey => Option<PeopleRequest>, Any;
    SealDraft => SealedDraft, Any;
    BeginLinks => BegunLetter, Any;
    SealLetter => SealedLetter, Any;
}
