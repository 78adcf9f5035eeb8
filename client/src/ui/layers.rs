//! What lies on top of the page for a while (dialogs, the drawer, a letter being written on a phone), and the browser's way back,
//! which closes the topmost of it and nothing else.
//!
//! Each layer stands in the browser's history as a step that leads to the same address and says how many layers there are. Whoever
//! goes back comes to a step that says fewer, and what is above it is closed. A layer that is closed otherwise takes its step with it.

use std::rc::Rc;

use leptos::prelude::*;

use crate::platform::{history, time};

/// Closes a layer, or answers that it has to stay.
type Close = Rc<dyn Fn() -> bool>;

/// What is open, the lowest first.
#[derive(Clone, Copy)]
pub struct Layers {
    open: StoredValue<Vec<(u32, Close)>, LocalStorage>,
    last: StoredValue<u32>,
}

/// Provides the layers; once, for the page's root.
pub fn provide_layers() {
    let layers = Layers { open: StoredValue::new_local(Vec::new()), last: StoredValue::new(0) };
    // What was open before the page was loaded anew is not any more.
    if history::depth() > 0 {
        history::set_depth(0);
    }
    history::on_back(move || layers.gone_back());
    provide_context(layers);
}

/// Has the browser's way back close what is open while `open` says so; `close` answers whether it did.
pub fn closes_on_back(open: Signal<bool>, close: impl Fn() -> bool + 'static) {
    let Some(layers) = use_context::<Layers>() else { return };
    let close: Close = Rc::new(close);
    let mine = StoredValue::new(None::<u32>);
    let close = StoredValue::new_local(close);
    Effect::new(move || match (open.get(), mine.get_value()) {
        (true, None) => mine.set_value(Some(layers.add(close.get_value()))),
        (false, Some(layer)) => {
            mine.set_value(None);
            layers.remove(layer);
        }
        _ => {}
    });
    on_cleanup(move || {
        if let Some(layer) = mine.try_get_value().flatten() {
            layers.remove(layer);
        }
    });
}

impl Layers {
    fn count(&self) -> u32 {
        self.open.with_value(|open| u32::try_from(open.len()).unwrap_or(u32::MAX))
    }

    fn add(&self, close: Close) -> u32 {
        let layer = self.last.get_value().wrapping_add(1);
        self.last.set_value(layer);
        self.open.update_value(|open| open.push((layer, close)));
        // The step of a layer that has just been closed is there still.
        if history::depth() < self.count() {
            history::step_up(self.count());
        }
        layer
    }

    fn remove(&self, layer: u32) {
        let was_open = self.open.try_update_value(|open| {
            let before = open.len();
            open.retain(|(other, _)| *other != layer);
            open.len() < before
        });
        if was_open == Some(true) {
            let layers = *self;
            // After whatever is being pressed has been seen to: it may lead elsewhere, in the place of this step.
            leptos::task::spawn_local(async move {
                time::sleep(0).await;
                layers.settle();
            });
        }
    }

    /// Takes steps away to which no layer belongs.
    fn settle(&self) {
        let surplus = history::depth().saturating_sub(self.count());
        if surplus > 0 {
            history::back_by(surplus);
        }
    }

    fn gone_back(&self) {
        while self.count() > history::depth() {
            let Some((layer, close)) = self.open.with_value(|open| open.last().cloned()) else { return };
            if !close() {
                history::step_up(self.count());
                return;
            }
            self.open.update_value(|open| open.retain(|(other, _)| *other != layer));
        }
        self.settle();
    }
}
