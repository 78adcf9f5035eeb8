//! The doors: what is seen before the mailbox is open.
//!
//! Invariants: a passphrase lives in the field it is typed into and in the ask that it becomes, and is forgotten by the page
//! as soon as it is known what became of it; it is never in an address, a title, a log or a storage.

mod begun;
mod failure;
mod farewell;
mod invitation;
mod passphrase;
mod recover;
mod recovery_sheet;
mod sheet;
mod sign_in;
mod unlock;
mod whole;
mod withdrawal;

pub use begun::provide_begun;
pub use failure::is_wrong;
pub use invitation::Invitation;
pub use passphrase::{ChoosePassphrase, Chosen};
pub use recover::Recover;
pub use recovery_sheet::RecoverySheet;
pub use sheet::Sheet;
pub use sign_in::SignIn;
pub use unlock::Unlock;
pub use withdrawal::WithdrawalButton;
