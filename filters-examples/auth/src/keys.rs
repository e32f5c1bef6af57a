//! Keys and what can be checked with them. A key knows its one algorithm; what a token says about itself never
//! chooses how a key is used.

use hmac::{Hmac, Mac};
use p256::ecdsa;
use p256::ecdsa::signature::Verifier as _;
use rsa::pkcs1v15;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

const RSA_MINIMUM: usize = 2048; // bits; RFC 7518, 3.3

#[derive(Debug)]
pub struct Key {
    /// Set: tokens that name another key are not for this one.
    pub kid: Option<String>,
    pub verifier: Verifier,
}

pub enum Verifier {
    Hs256(Hmac<Sha256>),
    Rs256(Box<pkcs1v15::VerifyingKey<Sha256>>),
    Es256(Box<ecdsa::VerifyingKey>),
}

impl Verifier {
    pub fn hs256(secret: &[u8]) -> Verifier {
        // HMAC takes keys of any length; the error type is there for other constructions.
        Verifier::Hs256(Hmac::new_from_slice(secret).expect("any length"))
    }

    pub fn rs256(pem: &str) -> Result<Verifier, String> {
        let key = rsa::RsaPublicKey::from_public_key_pem(pem.trim())
            .map_err(|e| format!("\"public_key\" is not an RSA public key in PEM (BEGIN PUBLIC KEY): {e}"))?;
        let bits = key.n().bits();
        if bits < RSA_MINIMUM {
            return Err(format!("the RSA key has {bits} bits; at least {RSA_MINIMUM} are needed"));
        }
        Ok(Verifier::Rs256(Box::new(pkcs1v15::VerifyingKey::new(key))))
    }

    pub fn es256(pem: &str) -> Result<Verifier, String> {
        ecdsa::VerifyingKey::from_public_key_pem(pem.trim())
            .map(|key| Verifier::Es256(Box::new(key)))
            .map_err(|e| format!("\"public_key\" is not a P-256 public key in PEM (BEGIN PUBLIC KEY): {e}"))
    }

    /// The name that a token must give (RFC 7518, 3.1).
    pub fn algorithm(&self) -> &'static str {
        match self {
            Verifier::Hs256(_) => "HS256",
            Verifier::Rs256(_) => "RS256",
            Verifier::Es256(_) => "ES256",
        }
    }

    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Verifier::Hs256(mac) => mac.clone().chain_update(message).verify_slice(signature).is_ok(),
            Verifier::Rs256(key) => {
                pkcs1v15::Signature::try_from(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
            Verifier::Es256(key) => {
                ecdsa::Signature::from_slice(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.algorithm())
    }
}

pub struct ApiKey {
    pub digest: [u8; 32],
    pub subject: String,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)
    }
}

/// The entry for a presented key. Compares digests and always looks at every entry, so that the time taken says nothing
/// about which key was nearly right.
pub fn find_api_key<'a>(keys: &'a [ApiKey], presented: &[u8]) -> Option<&'a ApiKey> {
    let digest: [u8; 32] = Sha256::digest(presented).into();
    let mut found = u32::MAX;
    for (at, key) in keys.iter().enumerate() {
        let equal: Choice = key.digest.ct_eq(&digest);
        found.conditional_assign(&(at as u32), equal);
    }
    keys.get(found as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_key_presented_and_no_other() {
        let key = |k: &str| ApiKey { digest: Sha256::digest(k.as_bytes()).into(), subject: k.to_uppercase() };
        let keys = [key("one"), key("two"), key("three")];

        assert_eq!(find_api_key(&keys, b"two").unwrap().subject, "TWO");
        assert_eq!(find_api_key(&keys, b"three").unwrap().subject, "THREE");
        assert!(find_api_key(&keys, b"tw").is_none());
        assert!(find_api_key(&keys, b"").is_none());
    }
}
