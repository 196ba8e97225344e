//! Digest (RFC 7616, and RFC 2069 where a server offers no `qop`).

use super::challenge::{Challenge, parse_auth_params, parse_challenges};
use crate::error::{Code, Error, Result};
use crate::http::random::{hex, to_hex};
use crate::http::syntax::show_bytes;
use md5::{Digest as _, Md5};
use sha2::{Sha256, Sha512, Sha512_256};
use url::Url;

/// A hash function that Digest can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5, also when the server names none.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256 (`SHA-512-256`).
    Sha512_256,
    /// SHA-512: in no standard, yet requests and httpbin know it.
    Sha512,
}

impl Algorithm {
    fn hash(self, parts: &[&[u8]]) -> String {
        let text = parts.join(&b':');
        match self {
            Algorithm::Md5 => to_hex(&Md5::digest(&text)),
            Algorithm::Sha256 => to_hex(&Sha256::digest(&text)),
            Algorithm::Sha512_256 => to_hex(&Sha512_256::digest(&text)),
            Algorithm::Sha512 => to_hex(&Sha512::digest(&text)),
        }
    }
}

/// A Digest challenge that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestChallenge {
    /// What the password is for, as the server names it.
    pub realm: Vec<u8>,
    /// The server's nonce.
    pub nonce: Vec<u8>,
    /// Given back as it came.
    pub opaque: Option<Vec<u8>>,
    /// The hash function.
    pub algorithm: Algorithm,
    /// The algorithm's name as the server wrote it; `None` when it named none.
    pub algorithm_name: Option<String>,
    /// Whether it is a `-sess` variant.
    pub session: bool,
    /// Whether `qop=auth` is offered; without it the older form of RFC 2069 is used.
    pub qop_auth: bool,
    /// The nonce was too old, the credentials may be right: try again with this one.
    pub stale: bool,
    /// Whether the user name is sent hashed.
    pub userhash: bool,
    /// Whether the server reads user names in UTF-8.
    pub utf8: bool,
    /// The URIs that the credentials are for besides the one that was asked; empty: all of the
    /// server's.
    pub domain: Vec<String>,
}

impl DigestChallenge {
    /// Reads a challenge.
    ///
    /// # Errors
    /// [`Code::Unsupported`] when its algorithm or its quality of protection is none of ours,
    /// [`Code::Protocol`] when it has no realm or nonce, or a control in one.
    pub fn new(challenge: &Challenge) -> Result<DigestChallenge> {
        let required = |name: &str| {
            challenge.param(name).map(<[u8]>::to_vec).ok_or_else(|| {
                Error::new(Code::Protocol, format!("the server's Digest challenge has no {name}"))
            })
        };
        let (realm, nonce) = (required("realm")?, required("nonce")?);
        let opaque = challenge.param("opaque").map(<[u8]>::to_vec);
        let is_control = |byte: &u8| *byte < 0x20 || *byte == 0x7f;
        if [&realm, &nonce].into_iter().chain(&opaque).flatten().any(is_control) {
            return Err(Error::new(Code::Protocol, "the server's Digest challenge has a control character"));
        }
        let flag = |name| challenge.param(name).is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
        let text = |name| challenge.param(name).map(|value| String::from_utf8_lossy(value).into_owned());
        let algorithm_name = text("algorithm");
        let (algorithm, session) = algorithm_of(algorithm_name.as_deref().unwrap_or("MD5"))?;
        let qop_auth = match text("qop") {
            None => false,
            Some(qop) if qop.trim().is_empty() => false,
            Some(qop) if qop.split([',', ' ']).any(|item| item.trim().eq_ignore_ascii_case("auth")) => true,
            Some(qop) => {
                let text = format!("the server's Digest wants qop \"{}\"", show_bytes(qop.as_bytes()));
                return Err(Error::new(Code::Unsupported, text));
            }
        };
        Ok(DigestChallenge {
            realm,
            nonce,
            opaque,
            algorithm,
            algorithm_name,
            session,
            qop_auth,
            stale: flag("stale"),
            userhash: flag("userhash"),
            utf8: challenge.param("charset").is_some_and(|value| value.eq_ignore_ascii_case(b"utf-8")),
            domain: text("domain")
                .map(|list| list.split_whitespace().map(Into::into).collect())
                .unwrap_or_default(),
        })
    }

    /// The first challenge of a response that can be answered: servers list what they prefer
    /// first (RFC 7616, 3.7). `None` when there is no Digest challenge at all.
    ///
    /// # Errors
    /// The first challenge's when none can be answered.
    pub fn choose(challenges: &[Challenge]) -> Result<Option<DigestChallenge>> {
        let mut failed = None;
        for challenge in challenges.iter().filter(|challenge| challenge.is("digest")) {
            match DigestChallenge::new(challenge) {
                Ok(chosen) => return Ok(Some(chosen)),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(None), Err)
    }
}

fn algorithm_of(name: &str) -> Result<(Algorithm, bool)> {
    let lower = name.trim().to_ascii_lowercase();
    let (base, session) = match lower.strip_suffix("-sess") {
        Some(base) => (base, true),
        None => (lower.as_str(), false),
    };
    let algorithm = match base {
        "md5" => Algorithm::Md5,
        "sha-256" => Algorithm::Sha256,
        "sha-512-256" => Algorithm::Sha512_256,
        "sha-512" => Algorithm::Sha512,
        _ => {
            let text = format!("Digest algorithm \"{}\" is not known", show_bytes(name.as_bytes()));
            return Err(Error::new(Code::Unsupported, text));
        }
    };
    Ok((algorithm, session))
}

/// One answer's own values.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The request target as it is sent: path and query.
    pub uri: &'a str,
    /// How often the nonce was used, this answer included.
    pub count: u32,
    /// The client's nonce.
    pub cnonce: &'a str,
    /// The nonce that began the authentication session (`-sess`); else the challenge's.
    pub session_nonce: Option<&'a [u8]>,
}

/// The value of the `Authorization` field that answers a challenge.
pub fn respond(challenge: &DigestChallenge, user: &str, password: &str, answer: &Answer) -> Vec<u8> {
    let DigestChallenge { algorithm, realm, nonce, .. } = challenge;
    let hash = |parts: &[&[u8]]| algorithm.hash(parts);
    let cnonce = answer.cnonce.as_bytes();
    let mut secret = hash(&[user.as_bytes(), realm, password.as_bytes()]);
    if challenge.session {
        secret = hash(&[secret.as_bytes(), answer.session_nonce.unwrap_or(nonce), cnonce]);
    }
    let request = hash(&[answer.method.as_bytes(), answer.uri.as_bytes()]);
    let count = format!("{:08x}", answer.count);
    let response = if challenge.qop_auth {
        hash(&[secret.as_bytes(), nonce, count.as_bytes(), cnonce, b"auth", request.as_bytes()])
    } else {
        hash(&[secret.as_bytes(), nonce, request.as_bytes()])
    };

    let mut field = b"Digest ".to_vec();
    if challenge.userhash {
        quoted(&mut field, "username", hash(&[user.as_bytes(), realm]).as_bytes());
    } else if challenge.utf8 && !user.is_ascii() {
        bare(&mut field, "username*", &extended(user));
    } else {
        quoted(&mut field, "username", user.as_bytes());
    }
    quoted(&mut field, "realm", realm);
    quoted(&mut field, "nonce", nonce);
    quoted(&mut field, "uri", answer.uri.as_bytes());
    quoted(&mut field, "response", response.as_bytes());
    if let Some(name) = &challenge.algorithm_name {
        bare(&mut field, "algorithm", name.trim());
    }
    if let Some(opaque) = &challenge.opaque {
        quoted(&mut field, "opaque", opaque);
    }
    if challenge.qop_auth {
        bare(&mut field, "qop", "auth");
        bare(&mut field, "nc", &count);
    }
    if challenge.qop_auth || challenge.session {
        quoted(&mut field, "cnonce", cnonce);
    }
    if challenge.userhash {
        bare(&mut field, "userhash", "true");
    }
    field
}

fn bare(field: &mut Vec<u8>, name: &str, value: &str) {
    if !field.ends_with(b"Digest ") {
        field.extend_from_slice(b", ");
    }
    field.extend_from_slice(name.as_bytes());
    field.push(b'=');
    field.extend_from_slice(value.as_bytes());
}

fn quoted(field: &mut Vec<u8>, name: &str, value: &[u8]) {
    bare(field, name, "\"");
    for &byte in value {
        if matches!(byte, b'"' | b'\\') {
            field.push(b'\\');
        }
        field.push(byte);
    }
    field.push(b'"');
}

/// A text as an extended parameter value (RFC 8187).
fn extended(text: &str) -> String {
    let mut value = String::from("UTF-8''");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(byte as char);
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    value
}

/// The part of a URL that is its request target: path and query.
pub fn request_target(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

/// Protection spaces remembered at most.
const MAX_SPACES: usize = 32;
/// Challenges that are answered for one request.
const MAX_ANSWERS: u32 = 3;

/// A user's Digest credentials, with the nonces that servers gave for them.
///
/// After the first challenge further requests to the same protection space are answered in
/// advance, so that each costs one round trip.
#[derive(Clone)]
pub struct DigestClient {
    user: String,
    password: String,
    spaces: Vec<Space>,
}

#[derive(Clone)]
struct Space {
    origin: String,
    /// Paths that the challenge covers; empty: all.
    paths: Vec<String>,
    challenge: DigestChallenge,
    count: u32,
    /// Kept for a `-sess` challenge, whose key is made of them once.
    session_nonce: Vec<u8>,
    session_cnonce: String,
}

/// Shows neither password nor nonces.
impl std::fmt::Debug for DigestClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DigestClient")
            .field("user", &self.user)
            .field("spaces", &self.spaces.len())
            .finish_non_exhaustive()
    }
}

impl DigestClient {
    /// Credentials that no server has asked for yet.
    ///
    /// # Errors
    /// [`Code::Argument`] when the user name has a control character.
    pub fn new(user: &str, password: &str) -> Result<DigestClient> {
        if user.chars().any(char::is_control) {
            return Err(Error::new(Code::Argument, "a user name for Digest cannot have a control character"));
        }
        Ok(DigestClient { user: user.into(), password: password.into(), spaces: Vec::new() })
    }

    /// Takes the challenges of a 401 to a request for this URL. `true`: send the request again,
    /// with what [`DigestClient::authorization`] now gives.
    ///
    /// `answers` is how many challenges were answered in the same exchange: after the first only a
    /// stale nonce is worth another try, and that not for ever.
    ///
    /// # Errors
    /// [`Code::Unsupported`] and [`Code::Protocol`] when there are Digest challenges and none
    /// can be answered.
    pub fn challenged<'v>(
        &mut self,
        url: &Url,
        values: impl IntoIterator<Item = &'v [u8]>,
        answers: u32,
    ) -> Result<bool> {
        let Some(challenge) = DigestChallenge::choose(&parse_challenges(values))? else { return Ok(false) };
        let origin = url.origin().ascii_serialization();
        if answers > 0 && !(challenge.stale && answers < MAX_ANSWERS) {
            self.spaces.retain(|space| space.origin != origin || space.challenge.realm != challenge.realm);
            return Ok(false);
        }
        let paths = paths_of(&challenge, url);
        self.spaces.retain(|space| space.origin != origin || space.paths != paths);
        if self.spaces.len() >= MAX_SPACES {
            self.spaces.remove(0);
        }
        let session_nonce = challenge.nonce.clone();
        let session_cnonce = hex::<16>()?;
        self.spaces.push(Space { origin, paths, challenge, count: 0, session_nonce, session_cnonce });
        Ok(true)
    }

    /// The value of the `Authorization` field for a request, if a challenge for its protection
    /// space is known.
    ///
    /// # Errors
    /// [`Code::Internal`] when the operating system has no random bytes.
    pub fn authorization(&mut self, method: &str, url: &Url) -> Result<Option<Vec<u8>>> {
        let DigestClient { user, password, .. } = self;
        let (user, password) = (user.clone(), password.clone());
        let Some(space) = self.space_of(url) else { return Ok(None) };
        space.count = space.count.wrapping_add(1);
        let fresh;
        let cnonce = if space.challenge.session {
            &space.session_cnonce
        } else {
            fresh = hex::<16>()?;
            &fresh
        };
        let answer = Answer {
            method,
            uri: request_target(url),
            count: space.count,
            cnonce,
            session_nonce: Some(&space.session_nonce),
        };
        Ok(Some(respond(&space.challenge, &user, &password, &answer)))
    }

    /// Takes the `Authentication-Info` field of a response: the next nonce, when it names one.
    pub fn authenticated(&mut self, url: &Url, info: &[u8]) {
        let params = parse_auth_params(info);
        let next = params.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("nextnonce"));
        if let (Some((_, nonce)), Some(space)) = (next, self.space_of(url))
            && !nonce.iter().any(u8::is_ascii_control)
        {
            space.challenge.nonce = nonce;
            space.count = 0;
        }
    }

    fn space_of(&mut self, url: &Url) -> Option<&mut Space> {
        let origin = url.origin().ascii_serialization();
        let path = url.path();
        let covers = |space: &Space| {
            space.paths.is_empty() || space.paths.iter().any(|prefix| path.starts_with(prefix.as_str()))
        };
        self.spaces.iter_mut().rev().find(|space| space.origin == origin && covers(space))
    }
}

/// The paths of this server that a challenge names, besides the one asked for. Other servers that
/// it names are not believed: only they themselves can ask for credentials.
fn paths_of(challenge: &DigestChallenge, url: &Url) -> Vec<String> {
    let mut paths: Vec<String> = challenge
        .domain
        .iter()
        .filter_map(|uri| url.join(uri).ok())
        .filter(|other| other.origin() == url.origin())
        .map(|other| other.path().to_owned())
        .collect();
    if !challenge.domain.is_empty() {
        paths.push(url.path().to_owned());
    }
    paths.sort();
    paths.dedup();
    paths
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
