//! JSON that goes through the page between a worker and the box, and that the page does not read.
//!
//! The page would gain nothing by taking such a body apart and writing it anew, and its program would be larger by the code
//! for every type that only passes through.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `T` as JSON.
pub struct Carried<T> {
    json: String,
    of: PhantomData<fn() -> T>,
}

/// The JSON is not that of the type that was meant: page, worker and box are not of one build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON of this type")]
pub struct InvalidJson;

impl<T> Carried<T> {
    /// Takes a body as it came.
    #[must_use]
    pub fn from_json(json: String) -> Self {
        Self { json, of: PhantomData }
    }

    /// The body as it is posted.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Reads some of it: the fields that `U` has.
    ///
    /// # Errors
    /// [`InvalidJson`].
    pub fn glance<U: DeserializeOwned>(&self) -> Result<U, InvalidJson> {
        serde_json::from_str(&self.json).map_err(|_| InvalidJson)
    }
}

impl<T: DeserializeOwned> Carried<T> {
    /// Reads it; for the worker that it is meant for.
    ///
    /// # Errors
    /// [`InvalidJson`].
    pub fn read(&self) -> Result<T, InvalidJson> {
        self.glance()
    }
}

impl<T: Serialize> Carried<T> {
    /// Writes it; for the worker that it comes from.
    ///
    /// # Errors
    /// [`InvalidJson`] where the value has no form in JSON.
    pub fn write(value: &T) -> Result<Self, InvalidJson> {
        serde_json::to_string(value).map(Self::from_json).map_err(|_| InvalidJson)
    }
}

impl<T> Clone for Carried<T> {
    fn clone(&self) -> Self {
        Self::from_json(self.json.clone())
    }
}

impl<T> PartialEq for Carried<T> {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl<T> Eq for Carried<T> {}

impl<T> fmt::Debug for Carried<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Carried({} bytes)", self.json.len())
    }
}

impl<T> Serialize for Carried<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.json)
    }
}

impl<'de, T> Deserialize<'de> for Carried<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_comes_out_as_it_went_in() {
        let carried = Carried::write(&vec![1, 2]).unwrap();
        assert_eq!((carried.json(), carried.read()), ("[1,2]", Ok(vec![1, 2])));
        assert_eq!(Carried::<Vec<u8>>::from_json("{}".to_owned()).read(), Err(InvalidJson));
        assert_eq!(format!("{carried:?}"), "Carried(5 bytes)");
    }
}
