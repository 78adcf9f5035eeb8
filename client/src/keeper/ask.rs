//! The page's side.

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::{JsCast, JsValue};

use super::{Answer, Ask, Flaw};
use crate::platform::buffer::Buffer;
use crate::platform::program::Program;

/// The name of the `<meta>` of the document that says which script loads the program.
const SCRIPT_META: &str = "keeper";
/// Longest time that an answer may take, milliseconds: the largest letter, or a passphrase, on the slowest machine takes a tenth of it.
const WORK_MS: u32 = 120_000;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotKeep {
    /// The program did not come: the box is away, or has another page by now.
    #[error("the program did not come")]
    NotThere,
    /// What was asked cannot be done.
    #[error("it cannot be done")]
    Flaw(#[from] Flaw),
}

/// The program, fetched for each ask.
pub struct Keeper;

impl Keeper {
    /// Has the program fetched, asks it, and ends it.
    ///
    /// # Errors
    /// [`CannotKeep`].
    pub async fn ask(ask: &Ask, bytes: &[Buffer]) -> Result<(Answer, Vec<Buffer>), CannotKeep> {
        let mut program = Program::start(SCRIPT_META).ok_or(CannotKeep::NotThere)?;
        if !program.is_ready().await {
            return Err(CannotKeep::NotThere);
        }
        let head = serde_json::to_string(ask).map_err(|_| Flaw::Internal)?;
        let bytes: Array = bytes.iter().map(Buffer::to_js).collect();
        // The bytes are copied, not handed over: keys and letters are asked about again where something fails.
        let said = program.asked(&head, &bytes, false, WORK_MS).await;
        let (answer, bytes) = said.and_then(|said| read(&said)).ok_or(Flaw::Internal)?;
        Ok((answer?, bytes))
    }
}

fn read(message: &JsValue) -> Option<(Result<Answer, Flaw>, Vec<Buffer>)> {
    let message: &Array = message.dyn_ref()?;
    let answer = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let bytes = message.get(1).dyn_into::<Array>().ok()?;
    let bytes = bytes.iter().map(|one| one.dyn_into::<ArrayBuffer>().ok().map(Buffer::from_js));
    Some((answer, bytes.collect::<Option<_>>()?))
}
