//! The name under which a letter being written is known, so that what is handed in again after its answer was lost is not done
//! twice.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Base64;

/// Octets of a [`LetterId`]: enough that no two that are made at random are alike.
pub const LETTER_ID_BYTES: usize = 16;

/// One letter of one account, from its first draft until it has left. The client makes it at random when the letter is begun; the box
/// remembers it for [`super::limits::LETTER_SECONDS`] after it was used last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LetterId(pub [u8; LETTER_ID_BYTES]);

impl Serialize for LetterId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Base64(self.0.to_vec()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LetterId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Base64(bytes) = Base64::deserialize(deserializer)?;
        bytes.try_into().map(Self).map_err(|_| de::Error::custom("a letter's id has 16 octets"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_it_was_written_and_no_other_length_is_one() {
        let id = LetterId([7; LETTER_ID_BYTES]);
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<LetterId>(&text).unwrap(), id);
        for wrong in ["\"\"", "\"BwcH\"", "\"BwcHBwcHBwcHBwcHBwcHBwcH\"", "7"] {
            assert!(serde_json::from_str::<LetterId>(wrong).is_err(), "{wrong}");
        }
    }
}
