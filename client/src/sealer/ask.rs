//! The page's side.

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::{JsCast, JsValue};

use super::{SealReply, TOO_LARGE};
use crate::platform::buffer::Buffer;
use crate::platform::program::Program;

/// The name of the `<meta>` of the document that says which script loads the program.
const SCRIPT_META: &str = "sealer";
/// Longest time that sealing may take, milliseconds: the largest answer on the slowest machine takes a tenth of it.
const SEAL_MS: u32 = 120_000;

/// Why an answer was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotSeal {
    /// The program did not come: the box is away, or has another page by now.
    #[error("the program did not come")]
    NotThere,
    /// Text and files are more than an answer can hold.
    #[error("the answer is too large")]
    TooLarge,
    /// The letter's certificate cannot be sealed to, or the program stopped.
    #[error("the answer cannot be sealed")]
    Unsealable,
}

/// The program, being fetched or there; ended when this is dropped.
pub struct Sealer(Program);

impl Sealer {
    /// Has the program fetched.
    ///
    /// # Errors
    /// [`CannotSeal::NotThere`] where the browser starts none.
    pub fn start() -> Result<Self, CannotSeal> {
        Program::start(SCRIPT_META).map(Self).ok_or(CannotSeal::NotThere)
    }

    /// Seals an answer; gives the frame that is handed in. The bytes of its files are in `files`, in their order.
    ///
    /// # Errors
    /// [`CannotSeal`].
    pub async fn seal(mut self, ask: &SealReply, files: &[Buffer]) -> Result<Buffer, CannotSeal> {
        if !self.0.is_ready().await {
            return Err(CannotSeal::NotThere);
        }
        let head = serde_json::to_string(ask).map_err(|_| CannotSeal::Unsealable)?;
        let files: Array = files.iter().map(Buffer::to_js).collect();
        // The bytes are handed over: they lie with the browser, and are read anew where they are needed again.
        read(self.0.asked(&head, &files, true, SEAL_MS).await.ok_or(CannotSeal::Unsealable)?)
    }
}

fn read(message: JsValue) -> Result<Buffer, CannotSeal> {
    match message.dyn_into::<ArrayBuffer>() {
        Ok(frame) => Ok(Buffer::from_js(frame)),
        Err(text) if text.as_string().as_deref() == Some(TOO_LARGE) => Err(CannotSeal::TooLarge),
        Err(_) => Err(CannotSeal::Unsealable),
    }
}
