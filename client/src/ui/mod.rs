//! Components that only show: they take values and callbacks, and know no mailbox, no session and no route.
//!
//! Invariants: no request and no key material; what can be pressed can be reached with the keyboard and has a name that is
//! read aloud; a state is never told by colour alone; no inline script, no HTML from a string.

pub mod avatar;
pub mod button;
pub mod choice;
pub mod dialog;
pub mod dom;
pub mod each;
pub mod empty;
pub mod explain;
pub mod field;
pub mod icon;
pub mod layers;
pub mod lock;
pub mod menu;
pub mod meter;
pub mod note;
pub mod progress;
pub mod qr;
pub mod say;
pub mod skeleton;
pub mod toast;
pub mod words;

pub use avatar::Avatar;
pub use button::Tool;
pub use choice::Choice;
pub use dialog::Dialog;
pub use each::{Keyed, each};
pub use empty::Empty;
pub use explain::Explain;
pub use field::{Field, Secret};
pub use icon::{Glyph, Icon};
pub use lock::{LockChip, LockState};
pub use menu::{Item, Menu, Separator};
pub use meter::Meter;
pub use note::{Note, Tone};
pub use progress::Progress;
pub use qr::QrCode;
pub use skeleton::{LetterBones, RowBones};
pub use toast::{Toast, Toasts};
pub use words::use_words;
