//! Menus: a button, and under it a short list of acts.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Node;

use super::dom;
use super::{Glyph, Icon, Tool};

/// Closes the menu that an item stands in, and gives the focus back to its button.
#[derive(Clone, Copy)]
struct Closer(Callback<()>);

/// A button that opens a menu. Arrow keys go through it, Escape and leaving close it.
#[component]
pub fn Menu(
    /// The button's sign, where it has no face of its own.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// The button's label.
    #[prop(into)]
    label: Signal<String>,
    /// Which way it opens: `left`, `up`, both or nothing (below, towards the left).
    #[prop(optional)]
    class: &'static str,
    /// The button's own face, in place of a sign.
    #[prop(optional, into)]
    face: Option<ViewFn>,
    /// The items.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let holder = NodeRef::<html::Div>::new();
    let list = NodeRef::<html::Div>::new();
    let children = StoredValue::new(children);
    let focus_button = move || {
        let button = holder.get_untracked().and_then(|holder| holder.query_selector("button").ok().flatten());
        if let Some(button) = button {
            dom::focus(&button);
        }
    };
    provide_context(Closer(Callback::new(move |()| {
        open.set(false);
        focus_button();
    })));
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        if event.key() == "Escape" {
            event.stop_propagation();
            open.set(false);
            focus_button();
        } else {
            dom::roam(&event, &list, "[role^=menuitem]:not(:disabled)");
        }
    };
    let on_leave = move |event: leptos::ev::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        // The focus also leaves when all of this is taken out of the document, and its signals are gone.
        let holder = holder.try_get_untracked().flatten();
        let inside = holder.is_some_and(|holder| to.is_some() && holder.contains(to.as_ref()));
        if !inside {
            open.try_set(false);
        }
    };
    let on_press = move |event: leptos::ev::MouseEvent| {
        event.stop_propagation();
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            request_animation_frame(move || {
                let first =
                    list.get_untracked().and_then(|list| list.query_selector("[role^=menuitem]").ok().flatten());
                if let Some(first) = first {
                    dom::focus(&first);
                }
            });
        }
    };
    let button = match (glyph, face) {
        (Some(glyph), _) => view! { <Tool glyph label menu=open on_press=on_press /> }.into_any(),
        (None, face) => view! {
            <button
                type="button"
                class="face-button"
                aria-label=move || label.get()
                title=move || label.get()
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=on_press
            >
                {face.map(|face| face.run())}
            </button>
        }
        .into_any(),
    };
    view! {
        <div
            class="menu-holder"
            node_ref=holder
            on:keydown=on_key
            on:focusout=on_leave
        >
            {button}
            {move || {
                open.get()
                    .then(|| {
                        view! {
                            <div class=format!("menu {class}") role="menu" node_ref=list tabindex="-1">
                                {children.with_value(|children| children())}
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// One act of a menu; choosing it closes the menu.
#[component]
pub fn Item(
    /// Its sign.
    glyph: Glyph,
    /// Its words.
    #[prop(into)]
    label: String,
    /// Whether it destroys something.
    #[prop(optional)]
    bad: bool,
    /// The key that does the same.
    #[prop(optional)]
    key: &'static str,
    /// What happens.
    #[prop(into)]
    on_choose: Callback<()>,
) -> impl IntoView {
    let closer = use_context::<Closer>();
    let on_press = move |event: leptos::ev::MouseEvent| {
        event.stop_propagation();
        if let Some(Closer(close)) = closer {
            close.run(());
        }
        on_choose.run(());
    };
    view! {
        <button type="button" class="item" class:bad=bad role="menuitem" tabindex="-1" on:click=on_press>
            <Icon glyph />
            {label}
            {(!key.is_empty()).then(|| view! { <kbd aria-hidden="true">{key}</kbd> })}
        </button>
    }
}

/// A line between groups of a menu.
#[component]
pub fn Separator() -> impl IntoView {
    view! { <hr /> }
}
