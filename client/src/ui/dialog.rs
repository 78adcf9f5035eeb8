//! Dialogs: the browser's own, which keeps the focus inside, closes on Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;

use super::layers::closes_on_back;
use super::{Glyph, Tool, dom, use_words};

/// A dialog over the page, there while `open` says so.
#[component]
pub fn Dialog(
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// Somebody wants it closed: by Escape, the cross or a press beside it.
    #[prop(into)]
    on_close: Callback<()>,
    /// Its title.
    #[prop(into)]
    title: Signal<String>,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// Whether Escape and a press beside it do not close it: something in it is seen only once.
    #[prop(optional, into)]
    held: Signal<bool>,
    /// What is in it; built when it opens, so that it starts afresh each time.
    children: ChildrenFn,
) -> impl IntoView {
    let words = use_words();
    let children = StoredValue::new(children);
    let open = Memo::new(move |_| open.get());
    closes_on_back(open.into(), move || {
        let may_close = !held.get_untracked();
        if may_close {
            on_close.run(());
        }
        may_close
    });
    let shown = move || {
        open.get().then(|| {
            let node = NodeRef::<html::Dialog>::new();
            give_back_focus();
            node.on_load(|dialog| {
                // Only fails for a dialog that is open already or has left the document.
                let _ = dialog.show_modal();
            });
            let on_cancel = move |event: leptos::ev::Event| {
                event.prevent_default();
                if !held.get_untracked() {
                    on_close.run(());
                }
            };
            let on_press = move |event: leptos::ev::MouseEvent| {
                let beside =
                    node.get_untracked().is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref()));
                if beside && !held.get_untracked() {
                    on_close.run(());
                }
            };
            view! {
                <dialog
                    node_ref=node
                    class=format!("dialog {class}")
                    aria-labelledby="dialog-title"
                    on:cancel=on_cancel
                    on:mousedown=on_press
                >
                    <div class="sheet">
                        <header>
                            <h2 id="dialog-title">{move || title.get()}</h2>
                            {move || (!held.get())
                                .then(|| {
                                    view! {
                                        <Tool
                                            glyph=Glyph::Close
                                            label=words.general.close.to_owned()
                                            on_press=move |_| on_close.run(())
                                        />
                                    }
                                })}
                        </header>
                        {children.with_value(|children| children())}
                    </div>
                </dialog>
            }
        })
    };
    view! { {shown} }
}

/// Gives the focus back, when the dialog is gone, to what had it before; browsers do so only for dialogs that stay in the
/// document.
fn give_back_focus() {
    let before = dom::focused();
    let before = StoredValue::new_local(before);
    on_cleanup(move || {
        let before = before.try_update_value(Option::take).flatten();
        request_animation_frame(move || {
            if let Some(before) = before.filter(|before| dom::is_focus_lost() && before.is_connected()) {
                // Only fails for what is no longer in the document.
                let _ = before.focus();
            }
        });
    });
}
