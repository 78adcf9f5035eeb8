//! The two stores of the browser for small texts. A browser that keeps nothing (private windows) is one that forgets: reading
//! gives nothing, writing does nothing.

use web_sys::Storage;

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Of this tab, until it is closed.
    Tab,
    /// Of this browser, for good.
    Browser,
}

impl Store {
    fn storage(self) -> Option<Storage> {
        let window = web_sys::window()?;
        match self {
            Self::Tab => window.session_storage(),
            Self::Browser => window.local_storage(),
        }
        .ok()?
    }

    /// What is kept under a name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<String> {
        self.storage()?.get_item(name).ok()?
    }

    /// Keeps a text under a name.
    pub fn set(self, name: &str, text: &str) {
        if let Some(storage) = self.storage() {
            let _ = storage.set_item(name, text);
        }
    }

    /// Forgets what is kept under a name.
    pub fn remove(self, name: &str) {
        if let Some(storage) = self.storage() {
            let _ = storage.remove_item(name);
        }
    }
}
