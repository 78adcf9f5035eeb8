//! A signal that one room sets and everybody else only reads.
//!
//! The half for readers is made once: making one for every call would leave something behind whenever the caller is no component.

use std::ops::Deref;

use leptos::prelude::*;

/// The signal, with its half for readers.
pub(super) struct Shown<T: Send + Sync + 'static> {
    value: RwSignal<T>,
    readers: Signal<T>,
}

impl<T: Send + Sync + 'static> Shown<T> {
    /// Begins with a value.
    pub(super) fn new(value: T) -> Self {
        let value = RwSignal::new(value);
        Self { value, readers: value.into() }
    }

    /// The half for readers.
    pub(super) fn readers(&self) -> Signal<T> {
        self.readers
    }
}

impl<T: Default + Send + Sync + 'static> Default for Shown<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Send + Sync + 'static> Clone for Shown<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Shown<T> {}

impl<T: Send + Sync + 'static> Deref for Shown<T> {
    type Target = RwSignal<T>;

    fn deref(&self) -> &RwSignal<T> {
        &self.value
    }
}
