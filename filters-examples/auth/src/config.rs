//! The plugin configuration: JSON, read once, refused with a sentence if anything in it cannot be acted on.

use crate::base64url;
use crate::keys::{ApiKey, Key, Verifier};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const SECRET_MINIMUM: usize = 32; // RFC 7518, 3.2: at least the size of the hash
const KEYS_MAXIMUM: usize = 16; // a forged token costs one verification per key
const SKEW_MAXIMUM: u64 = 3600;
const CACHE_MAXIMUM: usize = 100_000;

#[derive(Debug)]
pub struct Config {
    pub realm: String,
    pub jwt: Option<JwtConfig>,
    pub api_keys: Option<ApiKeyConfig>,
    pub subject_header: String,
    pub remove_credential: bool,
}

#[derive(Debug)]
pub struct JwtConfig {
    pub issuer: Option<String>,
    /// A token must be meant for one of these; empty: any.
    pub audiences: Vec<String>,
    pub keys: Vec<Key>,
    pub clock_skew_seconds: u64,
    pub require_expiry: bool,
    /// Verified tokens that are remembered per VM; 0: none.
    pub cache_size: usize,
}

#[derive(Debug)]
pub struct ApiKeyConfig {
    pub header: Option<String>,
    pub query: Option<String>,
    pub keys: Vec<ApiKey>,
}

impl Config {
    pub fn parse(json: &[u8]) -> Result<Config, String> {
        if json.is_empty() {
            return Err("there is none; give \"jwt\", \"api_keys\" or both".into());
        }
        let raw: RawConfig = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        if raw.jwt.is_none() && raw.api_keys.is_none() {
            return Err("neither \"jwt\" nor \"api_keys\" is given: nothing could ever pass".into());
        }
        if !is_quotable(&raw.realm) {
            return Err("\"realm\" must be printable ASCII without quotes and backslashes".into());
        }
        let config = Config {
            realm: raw.realm,
            jwt: raw.jwt.map(RawJwt::check).transpose()?,
            api_keys: raw.api_keys.map(RawApiKeys::check).transpose()?,
            subject_header: header_name("subject_header", &raw.subject_header)?,
            remove_credential: raw.remove_credential,
        };
        let key_header = config.api_keys.as_ref().and_then(|k| k.header.as_deref());
        if config.subject_header == "authorization" || key_header == Some(&config.subject_header) {
            return Err(format!("\"subject_header\" {:?} is where a credential is read from", config.subject_header));
        }
        if config.jwt.is_some() && key_header == Some("authorization") {
            return Err("\"api_keys.header\" cannot be \"authorization\" while \"jwt\" reads it".into());
        }
        Ok(config)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    #[serde(default = "default_realm")]
    realm: String,
    jwt: Option<RawJwt>,
    api_keys: Option<RawApiKeys>,
    #[serde(default = "default_subject_header")]
    subject_header: String,
    #[serde(default)]
    remove_credential: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawJwt {
    issuer: Option<String>,
    #[serde(default)]
    audiences: Vec<String>,
    keys: Vec<RawKey>,
    #[serde(default = "default_skew")]
    clock_skew_seconds: u64,
    #[serde(default = "yes")]
    require_expiry: bool,
    #[serde(default = "default_cache")]
    cache_size: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    algorithm: Algorithm,
    kid: Option<String>,
    secret: Option<String>,
    secret_base64url: Option<String>,
    public_key: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
enum Algorithm {
    HS256,
    RS256,
    ES256,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawApiKeys {
    header: Option<String>,
    query: Option<String>,
    keys: Vec<RawApiKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawApiKey {
    subject: String,
    key: Option<String>,
    sha256: Option<String>,
}

fn default_realm() -> String {
    "outrider".into()
}

fn default_subject_header() -> String {
    "x-auth-subject".into()
}

fn default_skew() -> u64 {
    30
}

fn default_cache() -> usize {
    1000
}

fn yes() -> bool {
    true
}

impl RawJwt {
    fn check(self) -> Result<JwtConfig, String> {
        if self.keys.is_empty() || self.keys.len() > KEYS_MAXIMUM {
            return Err(format!("\"jwt.keys\" must hold 1 to {KEYS_MAXIMUM} keys, found {}", self.keys.len()));
        }
        if self.clock_skew_seconds > SKEW_MAXIMUM {
            return Err(format!("\"jwt.clock_skew_seconds\" must be at most {SKEW_MAXIMUM}"));
        }
        if self.cache_size > CACHE_MAXIMUM {
            return Err(format!("\"jwt.cache_size\" must be at most {CACHE_MAXIMUM}"));
        }
        let keys = self.keys.into_iter().enumerate();
        Ok(JwtConfig {
            issuer: self.issuer,
            audiences: self.audiences,
            keys: keys
                .map(|(i, key)| key.check().map_err(|e| format!("\"jwt.keys[{i}]\": {e}")))
                .collect::<Result<_, _>>()?,
            clock_skew_seconds: self.clock_skew_seconds,
            require_expiry: self.require_expiry,
            cache_size: self.cache_size,
        })
    }
}

impl RawKey {
    fn check(self) -> Result<Key, String> {
        let verifier = match (self.algorithm, self.secret, self.secret_base64url, self.public_key) {
            (Algorithm::HS256, Some(secret), None, None) => hmac_key(secret.as_bytes())?,
            (Algorithm::HS256, None, Some(encoded), None) => {
                let secret = base64url::decode(encoded.trim_end_matches('=').as_bytes());
                hmac_key(&secret.ok_or("\"secret_base64url\" is not base64url")?)?
            }
            (Algorithm::HS256, ..) => {
                return Err("HS256 takes exactly one of \"secret\" and \"secret_base64url\"".into());
            }
            (Algorithm::RS256, None, None, Some(pem)) => Verifier::rs256(&pem)?,
            (Algorithm::ES256, None, None, Some(pem)) => Verifier::es256(&pem)?,
            (Algorithm::RS256 | Algorithm::ES256, ..) => {
                return Err("RS256 and ES256 take \"public_key\" and no secret".into());
            }
        };
        Ok(Key { kid: self.kid, verifier })
    }
}

fn hmac_key(secret: &[u8]) -> Result<Verifier, String> {
    if secret.len() < SECRET_MINIMUM {
        return Err(format!("the secret has {} bytes; HS256 needs at least {SECRET_MINIMUM}", secret.len()));
    }
    Ok(Verifier::hs256(secret))
}

impl RawApiKeys {
    fn check(self) -> Result<ApiKeyConfig, String> {
        if self.header.is_none() && self.query.is_none() {
            return Err("\"api_keys\" needs \"header\" or \"query\": where the key is read from".into());
        }
        if self.keys.is_empty() {
            return Err("\"api_keys.keys\" is empty".into());
        }
        if self.query.as_deref().is_some_and(|q| q.is_empty() || !q.bytes().all(is_plain_query_byte)) {
            return Err("\"api_keys.query\" must be letters, digits and -._~".into());
        }
        let keys = self.keys.into_iter().enumerate();
        Ok(ApiKeyConfig {
            header: self.header.map(|name| header_name("api_keys.header", &name)).transpose()?,
            query: self.query,
            keys: keys
                .map(|(i, key)| key.check().map_err(|e| format!("\"api_keys.keys[{i}]\": {e}")))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl RawApiKey {
    fn check(self) -> Result<ApiKey, String> {
        if !is_subject(&self.subject) {
            return Err("\"subject\" must be printable ASCII, not empty, without spaces at its ends".into());
        }
        let digest = match (self.key, self.sha256) {
            (Some(key), None) if !key.is_empty() => Sha256::digest(key.as_bytes()).into(),
            (None, Some(hex)) => from_hex(&hex).ok_or("\"sha256\" must be 64 hexadecimal digits")?,
            _ => return Err("give exactly one of \"key\" (not empty) and \"sha256\"".into()),
        };
        Ok(ApiKey { digest, subject: self.subject })
    }
}

/// Whether a subject can be sent on as a header value as it is.
pub fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.bytes().all(|b| (0x20..0x7F).contains(&b))
}

fn is_quotable(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7F).contains(&b) && b != b'"' && b != b'\\')
}

fn is_plain_query_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// A header name (RFC 9110, 5.6.2) in lower case.
fn header_name(field: &str, name: &str) -> Result<String, String> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("\"{field}\" {name:?} is not a header name"));
    }
    Ok(name.to_ascii_lowercase())
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn refusal(json: &str) -> String {
        Config::parse(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn fills_in_what_is_left_out() {
        let json = format!(r#"{{"jwt":{{"keys":[{{"algorithm":"HS256","secret":"{SECRET}"}}]}}}}"#);

        let config = Config::parse(json.as_bytes()).unwrap();

        assert_eq!(config.realm, "outrider");
        assert_eq!(config.subject_header, "x-auth-subject");
        assert!(!config.remove_credential);
        let jwt = config.jwt.unwrap();
        assert!(jwt.require_expiry);
        assert_eq!(jwt.clock_skew_seconds, 30);
    }

    #[test]
    fn names_what_it_refuses() {
        assert!(refusal("").contains("none"));
        assert!(refusal("{}").contains("neither"));
        assert!(refusal(r#"{"jtw":{}}"#).contains("unknown field `jtw`"));
        assert!(refusal(r#"{"jwt":{"keys":[]}}"#).contains("1 to 16"));
        assert!(refusal(r#"{"jwt":{"keys":[{"algorithm":"none"}]}}"#).contains("unknown variant `none`"));
        assert!(refusal(r#"{"jwt":{"keys":[{"algorithm":"HS256","secret":"short"}]}}"#).contains("keys[0]"));
        assert!(refusal(r#"{"jwt":{"keys":[{"algorithm":"RS256","secret":"x"}]}}"#).contains("public_key"));
        assert!(refusal(r#"{"jwt":{"keys":[{"algorithm":"ES256","public_key":"x"}]}}"#).contains("PEM"));
        assert!(refusal(r#"{"api_keys":{"keys":[]}}"#).contains("header"));
        assert!(refusal(r#"{"api_keys":{"header":"a b","keys":[{"subject":"x","key":"k"}]}}"#).contains("a b"));
        assert!(refusal(r#"{"api_keys":{"header":"k","keys":[{"subject":"x\n","key":"k"}]}}"#).contains("subject"));
        assert!(refusal(r#"{"api_keys":{"header":"k","keys":[{"subject":"x","sha256":"12"}]}}"#).contains("64"));
    }

    #[test]
    fn refuses_to_write_the_subject_over_a_credential() {
        let keys = r#"[{"subject":"x","key":"k"}]"#;
        let json = format!(r#"{{"subject_header":"X-Key","api_keys":{{"header":"x-key","keys":{keys}}}}}"#);

        assert!(refusal(&json).contains("x-key"));
    }
}
