//! The shape of what is about to come.

use leptos::prelude::*;

/// Widths of the lines, percent: uneven, as names and subjects are.
const LINES: [(u8, u8); 8] = [(38, 84), (52, 70), (30, 92), (44, 61), (60, 78), (35, 88), (48, 66), (41, 74)];

/// Rows of a list that is being fetched.
#[component]
pub fn RowBones(
    /// Height of one row, CSS pixels.
    row: f64,
    /// What goes on, read aloud.
    label: &'static str,
) -> impl IntoView {
    let one = move |(index, (name, subject)): (usize, (u8, u8))| {
        view! {
            <div class="row bones" style=format!("top:{}px;height:{row}px", index as f64 * row) aria-hidden="true">
                <div>
                    <i class="bone round" />
                    <div class="about">
                        <i class="bone" style=format!("width:{name}%") />
                        <i class="bone" style=format!("width:{subject}%") />
                    </div>
                </div>
            </div>
        }
    };
    view! {
        <div class="rows" role="status" aria-label=label>
            {LINES.into_iter().enumerate().map(one).collect_view()}
        </div>
    }
}

/// A letter that is being opened.
#[component]
pub fn LetterBones(
    /// What goes on, read aloud.
    label: &'static str,
) -> impl IntoView {
    let line = |(_, width): (u8, u8)| view! { <i class="bone" style=format!("width:{width}%;margin-bottom:1rem") /> };
    view! {
        <div class="letter" role="status" aria-label=label>
            <div class="head">
                <i class="bone round" />
                <div class="names">
                    <i class="bone" style="width:30%;margin:.2rem 0 .6rem" />
                    <i class="bone" style="width:45%" />
                </div>
            </div>
            <div class="body">{LINES.map(line).collect_view()}</div>
        </div>
    }
}
