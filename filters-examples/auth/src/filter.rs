//! The proxy-wasm callbacks: one `Plugin` per configuration, one `Stream` per request.

use crate::cache::TokenCache;
use crate::config::{ApiKeyConfig, Config, JwtConfig};
use crate::credential::{self, Credential};
use crate::keys::find_api_key;
use crate::request_head::RequestHead;
use crate::token;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::UNIX_EPOCH;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root { plugin: None }) });
}}

struct Root {
    plugin: Option<Rc<Plugin>>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        let json = self.get_plugin_configuration().unwrap_or_default();
        match Config::parse(&json) {
            Ok(config) => {
                self.plugin = Some(Rc::new(Plugin::new(config)));
                true
            }
            Err(problem) => {
                let _ = hostcalls::log(LogLevel::Error, &format!("configuration refused: {problem}"));
                false
            }
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream { plugin: self.plugin.clone() }))
    }
}

struct Plugin {
    config: Config,
    tokens: RefCell<TokenCache>,
}

/// Why a request is turned away. `error` is a code of RFC 6750; none if there was no credential at all.
struct Refusal {
    status: u32,
    scheme: Option<&'static str>,
    error: Option<&'static str>,
    description: &'static str,
}

impl Plugin {
    fn new(config: Config) -> Plugin {
        let cache_size = config.jwt.as_ref().map_or(0, |jwt| jwt.cache_size);
        Plugin { config, tokens: RefCell::new(TokenCache::new(cache_size)) }
    }

    fn authenticate(&self, credential: Option<&Credential>, now: impl Fn() -> u64) -> Result<Subject<'_>, Refusal> {
        match (credential, &self.config.jwt, &self.config.api_keys) {
            (Some(Credential::Bearer(token)), Some(jwt), _) => self.check_token(token, jwt, now()),
            (Some(Credential::KeyInHeader(key)), _, Some(keys)) => check_key(key, keys),
            (Some(Credential::KeyInQuery { key, .. }), _, Some(keys)) => check_key(key, keys),
            _ => Err(Refusal { status: 401, scheme: None, error: None, description: "a credential is needed" }),
        }
    }

    fn check_token(&self, token: &[u8], config: &JwtConfig, now: u64) -> Result<Subject<'_>, Refusal> {
        let refused =
            |description| Refusal { status: 401, scheme: Some("Bearer"), error: Some("invalid_token"), description };
        let known = self.tokens.borrow_mut().get(token);
        if let Some(verified) = known {
            verified.check_time(now, config).map_err(refused)?;
            return Ok(Subject::Token(verified));
        }
        let verified = Rc::new(token::verify(token, config).map_err(refused)?);
        verified.check_time(now, config).map_err(refused)?;
        self.tokens.borrow_mut().put(token, verified.clone());
        Ok(Subject::Token(verified))
    }

    /// The `www-authenticate` value: the scheme that failed, or all that would do.
    fn challenge(&self, refusal: &Refusal) -> String {
        let realm = &self.config.realm;
        let offered = [self.config.jwt.as_ref().map(|_| "Bearer"), self.config.api_keys.as_ref().map(|_| "ApiKey")];
        let schemes = offered.into_iter().flatten().filter(|s| refusal.scheme.is_none_or(|failed| failed == *s));
        let parameters = refusal.error.map_or(String::new(), |error| {
            format!(", error=\"{error}\", error_description=\"{}\"", refusal.description)
        });
        schemes.map(|s| format!("{s} realm=\"{realm}\"{parameters}")).collect::<Vec<_>>().join(", ")
    }
}

enum Subject<'a> {
    Token(Rc<token::Verified>),
    Key(&'a str),
}

impl Subject<'_> {
    fn name(&self) -> &str {
        match self {
            Subject::Token(verified) => &verified.subject,
            Subject::Key(subject) => subject,
        }
    }
}

fn check_key<'a>(key: &[u8], config: &'a ApiKeyConfig) -> Result<Subject<'a>, Refusal> {
    match find_api_key(&config.keys, key) {
        Some(key) => Ok(Subject::Key(&key.subject)),
        None => Err(Refusal {
            status: 401,
            scheme: Some("ApiKey"),
            error: Some("invalid_key"),
            description: "the API key is not known",
        }),
    }
}

struct Stream {
    plugin: Option<Rc<Plugin>>,
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let Some(plugin) = self.plugin.clone() else {
            // The host went on after a refused configuration. Nobody can be let in.
            self.send_http_response(503, vec![("content-type", "text/plain")], Some(b"auth is not configured\n"));
            return Action::Pause;
        };
        let head = RequestHead::read();
        match self.admit(&plugin, &head) {
            Ok(()) => Action::Continue,
            Err(refusal) => {
                self.refuse(&plugin, &refusal);
                Action::Pause
            }
        }
    }
}

impl Stream {
    fn admit(&self, plugin: &Plugin, head: &RequestHead) -> Result<(), Refusal> {
        let config = &plugin.config;
        let presented = credential::find(head.iter(), config).map_err(|description| Refusal {
            status: 400,
            scheme: None,
            error: Some("invalid_request"),
            description,
        })?;
        let subject = plugin.authenticate(presented.credential.as_ref(), || self.now())?;
        if presented.claims_a_subject {
            self.set_http_request_header(&config.subject_header, None);
        }
        self.add_http_request_header(&config.subject_header, subject.name());
        if config.remove_credential {
            self.remove(presented.credential, config);
        }
        Ok(())
    }

    fn remove(&self, credential: Option<Credential>, config: &Config) {
        let keys = config.api_keys.as_ref();
        match credential {
            Some(Credential::Bearer(_)) => self.set_http_request_header("authorization", None),
            Some(Credential::KeyInHeader(_)) => {
                if let Some(name) = keys.and_then(|keys| keys.header.as_deref()) {
                    self.set_http_request_header(name, None);
                }
            }
            Some(Credential::KeyInQuery { path, .. }) => {
                if let Some(name) = keys.and_then(|keys| keys.query.as_deref()) {
                    let path = credential::without_query_field(path, name.as_bytes());
                    self.set_http_request_header_bytes(":path", Some(&path));
                }
            }
            None => {}
        }
    }

    fn refuse(&self, plugin: &Plugin, refusal: &Refusal) {
        let challenge = plugin.challenge(refusal);
        let body = format!(
            "{{\"error\":\"{}\",\"error_description\":\"{}\"}}\n",
            refusal.error.unwrap_or("unauthorized"),
            refusal.description
        );
        let headers = vec![
            ("www-authenticate", challenge.as_str()),
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
        ];
        self.send_http_response(refusal.status, headers, Some(body.as_bytes()));
    }

    /// Seconds since 1970.
    fn now(&self) -> u64 {
        self.get_current_time().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
    }
}
