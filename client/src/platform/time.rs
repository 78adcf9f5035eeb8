//! The clock, and waiting.

use futures_channel::oneshot;
use js_sys::Date;
use serde::{Deserialize, Serialize};
use shared::api::Timestamp;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    // Milliseconds since 1970 are far below what i64 holds.
    Timestamp((Date::now() / 1000.0).floor() as i64)
}

/// A point in time as the clock on the wall shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// Year, all digits.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Day of the week, 0 is Sunday.
    pub weekday: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
}

/// What the clock on the wall shows at a point in time.
#[must_use]
pub fn local(at: Timestamp) -> LocalTime {
    let date = Date::new(&JsValue::from_f64(at.0 as f64 * 1000.0));
    LocalTime {
        year: i32::try_from(date.get_full_year()).unwrap_or(0),
        month: date.get_month() + 1,
        day: date.get_date(),
        weekday: date.get_day(),
        hour: date.get_hours(),
        minute: date.get_minutes(),
    }
}

/// Waits.
pub async fn sleep(milliseconds: u32) {
    let (done, on_done) = oneshot::channel::<()>();
    let callback = Closure::once(move || done.send(()).unwrap_or_default());
    let Some(window) = web_sys::window() else { return };
    let function = callback.as_ref().unchecked_ref();
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    let Ok(timer) = window.set_timeout_with_callback_and_timeout_and_arguments_0(function, milliseconds) else {
        return;
    };
    let _timer = Timer { timer, callback };
    let _ = on_done.await;
}

/// Stops the timer when the future that waits for it is dropped.
struct Timer {
    timer: i32,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    callback: Closure<dyn FnMut()>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.timer);
        }
    }
}
