//! A QR code (ISO/IEC 18004), drawn for the camera of a phone.

use std::fmt::Write;

use leptos::prelude::*;
use qrcodegen::{QrCode as Matrix, QrCodeEcc};

/// Modules of white around the code, as the standard wants it (§5.3.8).
const QUIET: i32 = 4;

/// A QR code of `text`; nothing where the text is longer than a code can be (about 2.3 kB). Black on white in dark colours
/// too: many cameras read no other.
#[component]
pub fn QrCode(
    /// What the camera reads.
    text: String,
    /// What it is, for those who do not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let matrix = Matrix::encode_text(&text, QrCodeEcc::Medium).ok()?;
    let side = matrix.size() + 2 * QUIET;
    Some(view! {
        <svg
            class="qr"
            role="img"
            aria-label=label
            viewBox=format!("0 0 {side} {side}")
            shape-rendering="crispEdges"
        >
            <path fill="#fff" d=format!("M0 0h{side}v{side}H0z") />
            <path fill="#000" d=dark(&matrix) />
        </svg>
    })
}

/// The dark modules as a path: one flat rectangle for each run in a row.
fn dark(matrix: &Matrix) -> String {
    let mut path = String::new();
    for y in 0..matrix.size() {
        let mut x = 0;
        while x < matrix.size() {
            let run = (x..matrix.size()).take_while(|x| matrix.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                // A String takes all that is written to it.
                let _written = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run + 1;
        }
    }
    path
}
