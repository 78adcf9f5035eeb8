//! What the tabs of one browser that show this page say to each other (HTML standard §9.5, `BroadcastChannel`).
//!
//! Pages of other origins hear nothing of it, nor does the HTML of letters: its frames have an origin of their own and no
//! scripts.

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

/// A channel to the other tabs; it is left when it is dropped.
pub struct Channel {
    channel: BroadcastChannel,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// Joins the channel of that name; `None` where the browser knows no channels. `on_text` hears what other tabs say.
    pub fn join(name: &str, on_text: impl Fn(String) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                on_text(text);
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, on_message })
    }

    /// Says something to all other tabs.
    pub fn say(&self, text: &str) {
        // Fails only for a channel that was left.
        let _ = self.channel.post_message(&JsValue::from_str(text));
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
