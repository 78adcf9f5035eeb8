//! A request that carries JSON and large binary parts in one body: the length of the JSON as four bytes, big endian, the
//! JSON, then the parts one after the other; the JSON says how long each part is.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::limits;

/// Content type of a framed body.
pub const CONTENT_TYPE: &str = "application/vnd.own-mailbox.frame";

/// The body is not a frame: too short, JSON over its limit or not of the expected type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed frame")]
pub struct InvalidFrame;

/// Puts a header and its parts into one body.
///
/// # Errors
/// [`InvalidFrame`] where the header cannot be written as JSON within [`limits::JSON_BYTES`].
pub fn encode<T: Serialize>(header: &T, parts: &[&[u8]]) -> Result<Vec<u8>, InvalidFrame> {
    let json = serde_json::to_vec(header).map_err(|_| InvalidFrame)?;
    if json.len() > limits::JSON_BYTES {
        return Err(InvalidFrame);
    }
    let length = u32::try_from(json.len()).map_err(|_| InvalidFrame)?;
    let mut body = Vec::with_capacity(4 + json.len() + parts.iter().map(|part| part.len()).sum::<usize>());
    body.extend_from_slice(&length.to_be_bytes());
    body.extend_from_slice(&json);
    for part in parts {
        body.extend_from_slice(part);
    }
    Ok(body)
}

/// Takes a body apart into its header and the bytes of all its parts.
///
/// # Errors
/// [`InvalidFrame`] where the body is cut, or its JSON is over the limit or not of type `T`.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<(T, &[u8]), InvalidFrame> {
    let (length, rest) = body.split_first_chunk::<4>().ok_or(InvalidFrame)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| InvalidFrame)?;
    if length > limits::JSON_BYTES {
        return Err(InvalidFrame);
    }
    let (json, parts) = rest.split_at_checked(length).ok_or(InvalidFrame)?;
    Ok((serde_json::from_slice(json).map_err(|_| InvalidFrame)?, parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_as_it_went() {
        let body = encode(&vec![3, 2], &[b"abc", b"de"]).unwrap();
        let (lengths, parts): (Vec<usize>, _) = decode(&body).unwrap();
        assert_eq!((lengths, parts), (vec![3, 2], &b"abcde"[..]));
    }

    #[test]
    fn a_cut_or_foreign_body_is_refused() {
        let body = encode(&"header", &[]).unwrap();
        assert_eq!(decode::<String>(&body[..5]), Err(InvalidFrame));
        assert_eq!(decode::<Vec<u8>>(&body), Err(InvalidFrame));
        assert_eq!(decode::<String>(&[0xff; 8]), Err(InvalidFrame));
        assert_eq!(decode::<String>(&[]), Err(InvalidFrame));
    }
}
