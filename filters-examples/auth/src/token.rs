//! Verification of one JSON Web Token (RFC 7519, compact JWS of RFC 7515).

use crate::base64url;
use crate::config::{is_subject, JwtConfig};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::Deserialize;

const TOKEN_MAXIMUM: usize = 16 * 1024;

/// What is kept of a token whose signature and fixed claims are right. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    pub subject: String,
    expires: Option<f64>,
    not_before: Option<f64>,
}

impl Verified {
    /// Checks what changes with time; to be asked for every request, the first included.
    pub fn check_time(&self, now: u64, config: &JwtConfig) -> Result<(), &'static str> {
        let (now, skew) = (now as f64, config.clock_skew_seconds as f64);
        if self.expires.is_some_and(|expires| now >= expires + skew) {
            return Err("the token has expired");
        }
        if self.not_before.is_some_and(|start| now + skew < start) {
            return Err("the token is not valid yet");
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn contains(&self, wanted: &str) -> bool {
        match self {
            Audience::One(audience) => audience == wanted,
            Audience::Many(audiences) => audiences.iter().any(|audience| audience == wanted),
        }
    }
}

/// Verifies all of a token but its times. The error is for the client: it says what is wrong and nothing about the keys.
pub fn verify(token: &[u8], config: &JwtConfig) -> Result<Verified, &'static str> {
    const MALFORMED: &str = "the token is malformed";
    if token.len() > TOKEN_MAXIMUM {
        return Err("the token is too long");
    }
    let mut parts = token.split(|&b| b == b'.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(MALFORMED);
    };
    let message = &token[..header.len() + 1 + claims.len()];
    let header: Header = json(header).ok_or(MALFORMED)?;
    let signature = base64url::decode(signature).ok_or(MALFORMED)?;
    if header.crit.is_some() {
        return Err("the token uses an extension that is not supported");
    }
    if !signed_by_one_of_us(&header, message, &signature, config) {
        return Err("the signature is not valid");
    }
    check_claims(json(claims).ok_or(MALFORMED)?, config)
}

fn json<T: DeserializeOwned>(part: &[u8]) -> Option<T> {
    serde_json::from_slice(&base64url::decode(part)?).ok()
}

/// Only keys made for the token's algorithm are tried; `none` is the algorithm of no key.
fn signed_by_one_of_us(header: &Header, message: &[u8], signature: &[u8], config: &JwtConfig) -> bool {
    let fits = |kid: &Option<String>| match (kid, &header.kid) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => true,
    };
    config
        .keys
        .iter()
        .filter(|key| key.verifier.algorithm() == header.alg && fits(&key.kid))
        .any(|key| key.verifier.verifies(message, signature))
}

fn check_claims(claims: Claims, config: &JwtConfig) -> Result<Verified, &'static str> {
    if config.issuer.is_some() && claims.iss != config.issuer {
        return Err("the token is from another issuer");
    }
    let for_us = |audience: &Audience| config.audiences.iter().any(|wanted| audience.contains(wanted));
    if !config.audiences.is_empty() && !claims.aud.as_ref().is_some_and(for_us) {
        return Err("the token is for another audience");
    }
    if config.require_expiry && claims.exp.is_none() {
        return Err("the token has no expiry");
    }
    let subject = claims.sub.filter(|subject| is_subject(subject)).ok_or("the token has no usable subject")?;
    Ok(Verified { subject, expires: claims.exp, not_before: claims.nbf })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Key, Verifier};
    use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
    use hmac::{Hmac, Mac};
    use sha2::Sha256;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const NOW: u64 = 1_800_000_000;
    // Made with openssl; the tokens below are signed with the private halves.
    const RSA_PUBLIC: &str = include_str!("../testdata/rsa.pub.pem");
    const EC_PUBLIC: &str = include_str!("../testdata/ec.pub.pem");
    const RS256_TOKEN: &str = include_str!("../testdata/rs256.jwt");
    const ES256_TOKEN: &str = include_str!("../testdata/es256.jwt");

    fn config(verifiers: Vec<Verifier>) -> JwtConfig {
        JwtConfig {
            issuer: Some("https://issuer.example".into()),
            audiences: vec!["orders".into()],
            keys: verifiers.into_iter().map(|verifier| Key { kid: None, verifier }).collect(),
            clock_skew_seconds: 30,
            require_expiry: true,
            cache_size: 0,
        }
    }

    fn hs256() -> JwtConfig {
        config(vec![Verifier::hs256(SECRET)])
    }

    fn mint(header: &str, claims: &str, secret: &[u8]) -> Vec<u8> {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(&message).finalize();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes())).into_bytes()
    }

    fn claims(changes: &str) -> String {
        format!(r#"{{"iss":"https://issuer.example","aud":"orders","sub":"ada","exp":{}{changes}}}"#, NOW + 60)
    }

    const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn accepts_a_token_signed_with_the_secret() {
        let token = mint(HEADER, &claims(""), SECRET);

        let verified = verify(&token, &hs256()).unwrap();

        assert_eq!(verified.subject, "ada");
        assert_eq!(verified.check_time(NOW, &hs256()), Ok(()));
    }

    #[test]
    fn accepts_tokens_signed_with_the_private_half_of_a_public_key() {
        let keys = || config(vec![Verifier::rs256(RSA_PUBLIC).unwrap(), Verifier::es256(EC_PUBLIC).unwrap()]);

        assert_eq!(verify(RS256_TOKEN.trim().as_bytes(), &keys()).unwrap().subject, "ada");
        assert_eq!(verify(ES256_TOKEN.trim().as_bytes(), &keys()).unwrap().subject, "grace");
    }

    #[test]
    fn refuses_a_token_whose_any_byte_was_changed() {
        let keys = config(vec![Verifier::hs256(SECRET), Verifier::es256(EC_PUBLIC).unwrap()]);
        for token in [mint(HEADER, &claims(""), SECRET), ES256_TOKEN.trim().as_bytes().to_vec()] {
            for at in 0..token.len() {
                let mut changed = token.clone();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                assert!(verify(&changed, &keys).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn refuses_a_token_without_a_signature_algorithm() {
        for alg in ["none", "None", "NONE", "", "HS512"] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            let mut token = mint(&header, &claims(""), SECRET);
            assert!(verify(&token, &hs256()).is_err(), "{alg}");
            token.truncate(token.iter().rposition(|&b| b == b'.').unwrap() + 1);
            assert!(verify(&token, &hs256()).is_err(), "{alg} with an empty signature");
        }
    }

    #[test]
    fn refuses_a_public_key_used_as_a_secret() {
        let keys = config(vec![Verifier::rs256(RSA_PUBLIC).unwrap()]);
        let token = mint(HEADER, &claims(""), RSA_PUBLIC.as_bytes());

        assert_eq!(verify(&token, &keys), Err("the signature is not valid"));
    }

    #[test]
    fn a_token_that_names_a_key_is_checked_with_no_other() {
        let mut keys = hs256();
        keys.keys[0].kid = Some("new".into());

        assert!(verify(&mint(r#"{"alg":"HS256","kid":"new"}"#, &claims(""), SECRET), &keys).is_ok());
        assert!(verify(&mint(HEADER, &claims(""), SECRET), &keys).is_ok());
        assert!(verify(&mint(r#"{"alg":"HS256","kid":"old"}"#, &claims(""), SECRET), &keys).is_err());
    }

    #[test]
    fn refuses_claims_of_somebody_else() {
        let refused = |claims: &str| verify(&mint(HEADER, claims, SECRET), &hs256()).unwrap_err();

        assert!(refused(r#"{"iss":"x","aud":"orders","sub":"a","exp":9e9}"#).contains("issuer"));
        assert!(refused(r#"{"aud":"orders","sub":"a","exp":9e9}"#).contains("issuer"));
        assert!(refused(r#"{"iss":"https://issuer.example","sub":"a","exp":9e9}"#).contains("audience"));
        assert!(refused(r#"{"iss":"https://issuer.example","aud":["x"],"sub":"a","exp":9e9}"#).contains("audience"));
        assert!(refused(r#"{"iss":"https://issuer.example","aud":["x","orders"],"sub":"a"}"#).contains("expiry"));
        assert!(refused(r#"{"iss":"https://issuer.example","aud":"orders","exp":9e9}"#).contains("subject"));
        let injected = r#"{"iss":"https://issuer.example","aud":"orders","exp":9e9,"sub":"a\r\nx-admin: 1"}"#;
        assert!(refused(injected).contains("subject"));
        assert!(refused(&claims(r#","sub":"root""#)).contains("malformed"));
        assert!(verify(&mint(r#"{"alg":"HS256","crit":["b64"]}"#, &claims(""), SECRET), &hs256()).is_err());
    }

    #[test]
    fn times_hold_within_the_clock_skew() {
        let verified = |changes: &str| verify(&mint(HEADER, &claims(changes), SECRET), &hs256()).unwrap();

        assert_eq!(verified("").check_time(NOW + 89, &hs256()), Ok(()));
        assert_eq!(verified("").check_time(NOW + 90, &hs256()), Err("the token has expired"));
        let later = format!(r#","nbf":{}.5"#, NOW + 40);
        assert_eq!(verified(&later).check_time(NOW + 10, &hs256()), Err("the token is not valid yet"));
        assert_eq!(verified(&later).check_time(NOW + 11, &hs256()), Ok(()));
    }

    #[test]
    fn never_panics_on_any_prefix_or_noise() {
        let token = mint(HEADER, &claims(""), SECRET);
        for at in 0..token.len() {
            assert!(verify(&token[..at], &hs256()).is_err());
        }
        for noise in [&b""[..], b".", b"..", b"...", b"\xff\xfe.\x00.", b"e30.e30.e30", &[b'.'; 20_000]] {
            assert!(verify(noise, &hs256()).is_err());
        }
        let deep = "[".repeat(11_000);
        assert!(verify(format!("{}..", URL_SAFE_NO_PAD.encode(deep)).as_bytes(), &hs256()).is_err());
    }
}
