//! How an ask or an answer crosses between page and worker: its head in postcard's form, and beside it the large bytes, each
//! in an `ArrayBuffer` of its own. Both programs are of one build, so the head needs no names of fields: it is smaller than
//! JSON, and so is the code that reads it.
//!
//! Types hold a [`Buffer`] wherever they like; while a parcel is packed it is put aside and its number stands in the head.
//! Outside of a parcel a `Buffer` does not serialise: decrypted bytes cannot slip into storage or a request by accident.

use std::cell::RefCell;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroize as _;

use crate::platform::buffer::Buffer;

/// A head and the bytes beside it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parcel {
    /// The value, in which every buffer is a number.
    pub head: Vec<u8>,
    /// The buffers, in the order of their numbers.
    pub parts: Vec<Buffer>,
}

/// A parcel does not hold what it should; the two programs are not of one build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a parcel of this kind")]
pub struct InvalidParcel;

thread_local! {
    static PARTS: RefCell<Option<Vec<Buffer>>> = const { RefCell::new(None) };
}

impl Parcel {
    /// Packs a value.
    ///
    /// # Errors
    /// [`InvalidParcel`] where the value has no form in postcard.
    pub fn pack(value: &impl Serialize) -> Result<Self, InvalidParcel> {
        PARTS.replace(Some(Vec::new()));
        let head = postcard::to_allocvec(value);
        let parts = PARTS.take().unwrap_or_default();
        Ok(Self { head: head.map_err(|_| InvalidParcel)?, parts })
    }

    /// Unpacks it.
    ///
    /// # Errors
    /// [`InvalidParcel`] where it holds something else.
    pub fn unpack<T: DeserializeOwned>(mut self) -> Result<T, InvalidParcel> {
        PARTS.replace(Some(std::mem::take(&mut self.parts)));
        let value = postcard::take_from_bytes(&self.head);
        PARTS.take();
        match value {
            // What is left over is from a value of another type.
            Ok((value, [])) => Ok(value),
            _ => Err(InvalidParcel),
        }
    }
}

impl std::fmt::Debug for Parcel {
    /// Says nothing of what is in it: a passphrase goes in one too.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parcel({} bytes, {} parts)", self.head.len(), self.parts.len())
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        self.head.zeroize();
    }
}

impl Serialize for Buffer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = PARTS.with_borrow_mut(|parts| {
            let parts = parts.as_mut()?;
            parts.push(self.clone());
            Some(parts.len() - 1)
        });
        number.ok_or_else(|| S::Error::custom("bytes travel only in a parcel"))?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Buffer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = usize::deserialize(deserializer)?;
        let part = PARTS.with_borrow(|parts| parts.as_ref()?.get(number).cloned());
        part.ok_or_else(|| D::Error::custom("the parcel has no such part"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_beside_the_head() {
        let value = vec![("a.pdf".to_owned(), Buffer::from(vec![1, 2])), ("b".to_owned(), Buffer::from(vec![]))];
        let parcel = Parcel::pack(&value).unwrap();
        assert_eq!(parcel.head, b"\x02\x05a.pdf\x00\x01b\x01");
        assert_eq!(parcel.unpack::<Vec<(String, Buffer)>>().unwrap(), value);
    }

    #[test]
    fn bytes_do_not_serialise_elsewhere() {
        assert!(serde_json::to_string(&Buffer::from(vec![1])).is_err());
        assert!(serde_json::from_str::<Buffer>("0").is_err());
    }

    #[test]
    fn a_missing_part_is_an_error() {
        let parcel = Parcel { head: vec![1], parts: vec![Buffer::from(vec![1])] };
        assert_eq!(parcel.unpack::<Buffer>(), Err(InvalidParcel));
    }
}
