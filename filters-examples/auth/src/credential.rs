//! Finds the one credential of a request, or why it cannot be used.

use crate::config::Config;
use std::borrow::Cow;

/// What a request brings, as far as this filter cares. Borrows from the request's head.
#[derive(Debug, PartialEq)]
pub struct Presented<'a> {
    pub credential: Option<Credential<'a>>,
    /// Whether the client sent a header of the name under which the subject is passed on.
    pub claims_a_subject: bool,
}

#[derive(Debug, PartialEq)]
pub enum Credential<'a> {
    Bearer(&'a [u8]),
    KeyInHeader(&'a [u8]),
    KeyInQuery { key: Cow<'a, [u8]>, path: &'a [u8] },
}

/// Looks through the headers once. Fails if more than one credential is given: whichever this filter chose, the service
/// might look at the other (RFC 6750, 2 and 3.1).
pub fn find<'a>(
    headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    config: &Config,
) -> Result<Presented<'a>, &'static str> {
    let key_header = config.api_keys.as_ref().and_then(|keys| keys.header.as_deref());
    let key_query = config.api_keys.as_ref().and_then(|keys| keys.query.as_deref());
    let mut presented = Presented { credential: None, claims_a_subject: false };
    let mut authorizations = 0;
    for (name, value) in headers {
        if is(name, "authorization") && config.jwt.is_some() {
            authorizations += 1;
            if authorizations > 1 {
                return Err("more than one authorization header");
            }
            if let Some(token) = bearer(value) {
                presented.take(Credential::Bearer(token))?;
            }
        } else if key_header.is_some_and(|wanted| is(name, wanted)) {
            presented.take(Credential::KeyInHeader(value))?;
        } else if is(name, ":path") {
            let values = key_query.map(|wanted| query_values(value, wanted.as_bytes())).into_iter().flatten();
            for key in values {
                presented.take(Credential::KeyInQuery { key: percent_decode(key), path: value })?;
            }
        } else if is(name, &config.subject_header) {
            presented.claims_a_subject = true;
        }
    }
    Ok(presented)
}

impl<'a> Presented<'a> {
    fn take(&mut self, credential: Credential<'a>) -> Result<(), &'static str> {
        match self.credential.replace(credential) {
            None => Ok(()),
            Some(_) => Err("more than one credential"),
        }
    }
}

fn is(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

/// The token of a bearer authorization; `None` for another scheme, which may be meant for the service.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked("bearer".len())?;
    let another_scheme = !scheme.eq_ignore_ascii_case(b"bearer") || !rest.first().is_none_or(|&b| b == b' ');
    if another_scheme { None } else { Some(rest.trim_ascii()) }
}

fn query_values<'a, 'n>(path: &'a [u8], name: &'n [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
    let start = path.iter().position(|&b| b == b'?').map_or(path.len(), |at| at + 1);
    path[start..].split(|&b| b == b'&').filter_map(move |field| field.strip_prefix(name)?.strip_prefix(b"="))
}

/// The path without the fields of that name; without a question mark if nothing is left behind it.
pub fn without_query_field(path: &[u8], name: &[u8]) -> Vec<u8> {
    let Some(mark) = path.iter().position(|&b| b == b'?') else { return path.to_vec() };
    let is_it = |field: &[u8]| field.strip_prefix(name).is_some_and(|rest| rest.starts_with(b"="));
    let mut result = path[..mark].to_vec();
    let mut separator = b'?';
    for field in path[mark + 1..].split(|&b| b == b'&').filter(|field| !is_it(field)) {
        result.push(separator);
        result.extend_from_slice(field);
        separator = b'&';
    }
    result
}

/// Decodes `%XX`; anything else, a broken `%` included, stays as it is and simply matches no key.
fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let digit = |at: usize| text.get(at).and_then(|&b| (b as char).to_digit(16)).map(|d| d as u8);
    let mut result = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                result.push(high << 4 | low);
                at += 3;
            }
            (byte, ..) => {
                result.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{
        "jwt": {"keys": [{"algorithm": "HS256", "secret": "0123456789abcdef0123456789abcdef"}]},
        "api_keys": {"header": "X-Api-Key", "query": "api_key", "keys": [{"subject": "shop", "key": "k"}]}}"#;

    fn look<'a>(headers: &'a [(&'a str, &'a str)]) -> Result<Presented<'a>, &'static str> {
        let config = Config::parse(CONFIG.as_bytes()).unwrap();
        find(headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())), &config)
    }

    fn credential<'a>(headers: &'a [(&'a str, &'a str)]) -> Option<Credential<'a>> {
        look(headers).unwrap().credential
    }

    #[test]
    fn finds_each_kind_of_credential() {
        assert_eq!(credential(&[("authorization", "Bearer a.b.c")]), Some(Credential::Bearer(b"a.b.c")));
        assert_eq!(credential(&[("authorization", "bEARER  a ")]), Some(Credential::Bearer(b"a")));
        assert_eq!(credential(&[("authorization", "Bearer")]), Some(Credential::Bearer(b"")));
        assert_eq!(credential(&[("x-api-key", "k")]), Some(Credential::KeyInHeader(b"k")));
        let path: &[u8] = b"/p?a=1&api_key=a%2bb&b";
        let wanted = Credential::KeyInQuery { key: Cow::Borrowed(b"a+b"), path };
        assert_eq!(credential(&[(":path", "/p?a=1&api_key=a%2bb&b")]), Some(wanted));
    }

    #[test]
    fn takes_nothing_else_for_a_credential() {
        assert_eq!(credential(&[("authorization", "Basic YTpi")]), None);
        assert_eq!(credential(&[("authorization", "Bearerx")]), None);
        assert_eq!(credential(&[("authorization", "")]), None);
        assert_eq!(credential(&[(":path", "/api_key=k?api_keys=k&x=api_key=k")]), None);
        assert_eq!(credential(&[("x-auth-subject", "root")]), None);
    }

    #[test]
    fn refuses_more_than_one_credential() {
        assert!(look(&[("authorization", "Bearer a"), ("Authorization", "Basic b")]).is_err());
        assert!(look(&[("authorization", "Basic b"), ("authorization", "Bearer a")]).is_err());
        assert!(look(&[("authorization", "Bearer a"), ("x-api-key", "k")]).is_err());
        assert!(look(&[("x-api-key", "k"), ("x-api-key", "k")]).is_err());
        assert!(look(&[(":path", "/?api_key=k&api_key=l")]).is_err());
    }

    #[test]
    fn notices_a_subject_that_the_client_made_up() {
        assert!(look(&[("X-Auth-Subject", "root")]).unwrap().claims_a_subject);
        assert!(!look(&[("x-auth-subjects", "root")]).unwrap().claims_a_subject);
    }

    #[test]
    fn cuts_the_key_out_of_the_query() {
        let cut = |path: &str| String::from_utf8(without_query_field(path.as_bytes(), b"api_key")).unwrap();

        assert_eq!(cut("/p?api_key=k"), "/p");
        assert_eq!(cut("/p?a=1&api_key=k&b=2"), "/p?a=1&b=2");
        assert_eq!(cut("/p?api_keys=1"), "/p?api_keys=1");
        assert_eq!(cut("/p"), "/p");
        assert_eq!(cut("/p?"), "/p?");
    }
}
