//! The base64url of JOSE (RFC 7515, section 2): no padding, and only one spelling of the same bytes.

use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};

pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
