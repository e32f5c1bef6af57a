//! Lets a request through only with a valid credential: a JWT as bearer token, or an API key.
//!
//! `filter` holds the proxy-wasm callbacks and is all that touches the host; the rest is plain Rust, so that
//! `cargo test` runs on any machine.

// Built for a host (tests), some parts have no user.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

mod base64url;
mod cache;
mod config;
mod credential;
mod keys;
mod token;

#[cfg(target_arch = "wasm32")]
mod filter;
#[cfg(target_arch = "wasm32")]
mod request_head;
