//! The headers of the current request, in one host call and one buffer.
//!
//! The SDK's own call copies every name and value and takes a name that is not UTF-8 for a bug of the host (it panics,
//! and with it goes the VM). A filter that stands before everything else must not be brought down by a client's bytes.

use std::ptr;

const REQUEST_HEADERS: u32 = 0;
const OK: u32 = 0;

#[link(wasm_import_module = "env")]
extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
}

pub struct RequestHead(Vec<u8>);

impl RequestHead {
    /// Empty if the host does not give the headers out.
    pub fn read() -> RequestHead {
        let (mut data, mut size) = (ptr::null_mut(), 0);
        // SAFETY: both pointers are valid for the call. The host has filled `size` bytes that it got from our allocator
        // (the SDK's, which hands out a box of exactly that size) and keeps no claim on them.
        unsafe {
            if proxy_get_header_map_pairs(REQUEST_HEADERS, &mut data, &mut size) != OK || data.is_null() {
                return RequestHead(Vec::new());
            }
            RequestHead(Vec::from_raw_parts(data, size, size))
        }
    }

    /// Names and values in order. Ends early where the buffer is not what the ABI says.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let count = self.number(0).unwrap_or(0);
        let mut at = count.saturating_mul(8).saturating_add(4);
        (0..count).map_while(move |i| {
            let name = self.text(&mut at, self.number(4 + 8 * i)?)?;
            let value = self.text(&mut at, self.number(8 + 8 * i)?)?;
            Some((name, value))
        })
    }

    fn number(&self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    }

    /// The bytes at the cursor, which moves behind them and the NUL that follows.
    fn text(&self, at: &mut usize, size: usize) -> Option<&[u8]> {
        let end = at.checked_add(size)?;
        let text = self.0.get(*at..end)?;
        *at = end + 1;
        Some(text)
    }
}
