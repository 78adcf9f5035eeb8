//! Vectors: their bytes, and a source of randomness that gives out what they name.

use rand::{CryptoRng, Error, RngCore};
use serde_json::Value;

/// Gives out the bytes that a vector names, in place of random ones.
pub struct Given(pub Vec<u8>);

impl RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        let mut word = [0; 4];
        self.fill_bytes(&mut word);
        u32::from_le_bytes(word)
    }
    fn next_u64(&mut self) -> u64 {
        let mut word = [0; 8];
        self.fill_bytes(&mut word);
        u64::from_le_bytes(word)
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        let rest = self.0.split_off(out.len());
        out.copy_from_slice(&self.0);
        self.0 = rest;
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Given {}

/// Bytes that stand in a vector as hexadecimal digits.
pub fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap().as_bytes();
    hex.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Packets that stand as base64 under a name in a file of vectors.
pub fn packets(vectors: &str, name: &str) -> Vec<u8> {
    use base64::Engine;
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    base64::engine::general_purpose::STANDARD.decode(vectors[name].as_str().unwrap()).unwrap()
}
