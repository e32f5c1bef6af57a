//! Tokens whose signature was verified before, so that a client's second request costs a look-up and no cryptography.

use crate::token::Verified;
use std::collections::HashMap;
use std::mem;
use std::rc::Rc;

/// Two generations of at most half the size each: the young one takes new tokens and those that are used again; when it
/// is full it becomes the old one, and what the old one still held is dropped. Only genuine tokens get in, so a flood of
/// forged ones cannot push anything out.
pub struct TokenCache {
    generation_size: usize,
    young: HashMap<Box<[u8]>, Rc<Verified>>,
    old: HashMap<Box<[u8]>, Rc<Verified>>,
}

impl TokenCache {
    /// A cache of at most `size` tokens; 0 keeps none.
    pub fn new(size: usize) -> TokenCache {
        TokenCache { generation_size: size.div_ceil(2), young: HashMap::new(), old: HashMap::new() }
    }

    pub fn get(&mut self, token: &[u8]) -> Option<Rc<Verified>> {
        if let Some(verified) = self.young.get(token) {
            return Some(verified.clone());
        }
        let (token, verified) = self.old.remove_entry(token)?;
        self.insert(token, verified.clone());
        Some(verified)
    }

    pub fn put(&mut self, token: &[u8], verified: Rc<Verified>) {
        if self.generation_size > 0 {
            self.insert(token.into(), verified);
        }
    }

    fn insert(&mut self, token: Box<[u8]>, verified: Rc<Verified>) {
        if self.young.len() >= self.generation_size {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(token, verified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::JwtConfig;
    use crate::keys::{Key, Verifier};

    fn verified() -> Rc<Verified> {
        let config = JwtConfig {
            issuer: None,
            audiences: vec![],
            keys: vec![Key { kid: None, verifier: Verifier::es256(include_str!("../testdata/ec.pub.pem")).unwrap() }],
            clock_skew_seconds: 0,
            require_expiry: false,
            cache_size: 0,
        };
        let token = include_str!("../testdata/es256.jwt");
        Rc::new(crate::token::verify(token.trim().as_bytes(), &config).unwrap())
    }

    #[test]
    fn forgets_what_is_not_used_and_keeps_what_is() {
        let (mut cache, verified) = (TokenCache::new(8), verified());
        cache.put(b"busy", verified.clone());

        for round in 0..100u32 {
            cache.put(&round.to_le_bytes(), verified.clone());
            assert!(cache.get(b"busy").is_some(), "round {round}");
        }

        assert!(cache.get(&0u32.to_le_bytes()).is_none());
        assert!(cache.young.len() + cache.old.len() <= 8);
    }

    #[test]
    fn keeps_nothing_at_size_zero() {
        let mut cache = TokenCache::new(0);

        cache.put(b"token", verified());

        assert!(cache.get(b"token").is_none());
    }
}
