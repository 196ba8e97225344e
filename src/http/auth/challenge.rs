//! `WWW-Authenticate` and `Proxy-Authenticate`: what a server asks for (RFC 9110, 11.6.1).

use crate::http::syntax::Scanner;

/// Of a challenge so many parameters are read: no scheme has a quarter of them.
const MOST_PARAMS: usize = 32;

/// One challenge: a scheme with a token or parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme as sent; it compares without case.
    pub scheme: String,
    /// The token that some schemes send in place of parameters (Negotiate, NTLM).
    pub token68: Option<String>,
    /// The parameters: names as sent, values with their quotes resolved.
    pub params: Vec<(String, Vec<u8>)>,
}

impl Challenge {
    /// Whether it is of this scheme.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The first parameter of a name, which compares without case.
    pub fn param(&self, name: &str) -> Option<&[u8]> {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        self.params.iter().find(|(other, _)| is(other)).map(|(_, value)| value.as_slice())
    }
}

/// The challenges of a response, from all values of its field, in order. One value may hold
/// several; what cannot be read is passed over up to the next comma.
pub fn parse_challenges<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    for value in values {
        let mut scanner = Scanner::new(value);
        let mut current: Option<Challenge> = None;
        loop {
            scanner.skip_ows();
            if scanner.eat(b',') {
                continue;
            }
            if scanner.is_at_end() {
                break;
            }
            match param(&mut scanner, current.as_mut()) {
                Item::Param => {}
                Item::Scheme(scheme) => {
                    challenges.extend(current.take());
                    let token68 = token68(&mut scanner);
                    let has_token = token68.is_some();
                    current = Some(Challenge { scheme, token68, params: Vec::new() });
                    if !has_token {
                        continue;
                    }
                }
                Item::Unreadable => {}
            }
            scanner.skip_until(|byte| byte == b',');
        }
        challenges.extend(current);
    }
    challenges
}

/// The parameters of an `Authentication-Info` field (RFC 9110, 11.6.3).
pub fn parse_auth_params(value: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Challenge::default();
    let mut scanner = Scanner::new(value);
    while !scanner.is_at_end() {
        scanner.skip_ows();
        param(&mut scanner, Some(&mut all));
        scanner.skip_until(|byte| byte == b',');
        scanner.eat(b',');
    }
    all.params
}

enum Item {
    /// `name = value`, stored.
    Param,
    /// A word without "=": a scheme.
    Scheme(String),
    Unreadable,
}

/// Reads a parameter into the challenge it belongs to, or a scheme.
fn param(scanner: &mut Scanner, challenge: Option<&mut Challenge>) -> Item {
    let name = scanner.token();
    if name.is_empty() {
        return Item::Unreadable;
    }
    let after_name = scanner.position();
    scanner.skip_ows();
    let name = String::from_utf8_lossy(name).into_owned();
    if !scanner.eat(b'=') {
        scanner.set_position(after_name);
        return Item::Scheme(name);
    }
    scanner.skip_ows();
    // A value without quotes should be a token; base64 with "/" and "=" is met all the same.
    let value = scanner
        .quoted()
        .unwrap_or_else(|| scanner.take_while(|byte| !matches!(byte, b',' | b' ' | b'\t')).to_vec());
    match challenge {
        Some(challenge) if challenge.params.len() < MOST_PARAMS && challenge.param(&name).is_none() => {
            challenge.params.push((name, value));
            Item::Param
        }
        Some(_) => Item::Param,
        None => Item::Unreadable,
    }
}

/// Reads a token68 that stands alone up to the next comma; leaves the scanner where it is if what
/// follows is a parameter.
fn token68(scanner: &mut Scanner) -> Option<String> {
    let start = scanner.position();
    scanner.skip_ows();
    let body = scanner.take_while(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b));
    let padding = scanner.take_while(|byte| byte == b'=');
    scanner.skip_ows();
    let stands_alone = scanner.is_at_end() || scanner.peek() == Some(b',');
    if body.is_empty() || !stands_alone {
        scanner.set_position(start);
        return None;
    }
    String::from_utf8([body, padding].concat()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scheme[token](name=value,…)` for each challenge.
    fn shown(values: &[&str]) -> Vec<String> {
        parse_challenges(values.iter().map(|value| value.as_bytes()))
            .into_iter()
            .map(|challenge| {
                let params: Vec<_> = challenge
                    .params
                    .iter()
                    .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)))
                    .collect();
                let token = challenge.token68.map(|token| format!("[{token}]")).unwrap_or_default();
                format!("{}{token}({})", challenge.scheme, params.join("|"))
            })
            .collect()
    }

    #[test]
    fn single_challenges() {
        assert_eq!(shown(&["Basic realm=\"WallyWorld\""]), ["Basic(realm=WallyWorld)"]);
        assert_eq!(shown(&["Basic realm=foo, charset=\"UTF-8\""]), ["Basic(realm=foo|charset=UTF-8)"]);
        assert_eq!(shown(&["Negotiate"]), ["Negotiate()"]);
        assert_eq!(shown(&["NTLM TlRMTVNTUAACAAAA+/=="]), ["NTLM[TlRMTVNTUAACAAAA+/==]()"]);
        assert_eq!(shown(&["Basic"]), ["Basic()"]);
        assert_eq!(shown(&["Basic realm=\"a, \\\"b\\\" = c\""]), ["Basic(realm=a, \"b\" = c)"]);
        assert_eq!(shown(&["Basic   realm  =\t\"x\"  "]), ["Basic(realm=x)"]);
        assert_eq!(
            shown(&["Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\""]),
            ["Newauth(realm=apps|type=1|title=Login to \"apps\")"]
        );
    }

    #[test]
    fn several_challenges_in_one_value_and_in_many() {
        let expected =
            ["Digest(realm=d|qop=auth,auth-int|nonce=n/=)", "Basic(realm=b)", "Negotiate[abc=]()", "X()"];
        assert_eq!(
            shown(&[
                "Digest realm=\"d\", qop=\"auth,auth-int\", nonce=n/=, Basic realm=\"b\", Negotiate abc=, X"
            ]),
            expected
        );
        assert_eq!(
            shown(&[
                "Digest realm=\"d\", qop=\"auth,auth-int\", nonce=\"n/=\"",
                "Basic realm=b",
                "Negotiate abc=",
                "X"
            ]),
            expected
        );
        assert_eq!(shown(&[", ,Negotiate,, Basic realm=x ,"]), ["Negotiate()", "Basic(realm=x)"]);
    }

    #[test]
    fn broken_values_give_what_can_be_read() {
        assert_eq!(shown(&[""]), Vec::<String>::new());
        assert_eq!(shown(&["realm=\"no scheme\""]), Vec::<String>::new());
        assert_eq!(shown(&["Basic realm=\"open"]), ["Basic(realm=open)"]);
        assert_eq!(shown(&["Basic realm=one, realm=two"]), ["Basic(realm=one)"]);
        assert_eq!(shown(&["Basic ???, realm=x"]), ["Basic(realm=x)"]);
        assert_eq!(shown(&["Basic realm=My Realm, charset=utf-8"]), ["Basic(realm=My|charset=utf-8)"]);
        assert_eq!(shown(&["\"quoted\", Basic realm=x"]), ["Basic(realm=x)"]);
        assert_eq!(shown(&["Basic realm"]), ["Basic[realm]()"]);
    }

    #[test]
    fn of_endless_parameters_the_first_are_read() {
        let field: String = (0..1000).map(|n| format!(", p{n}=x")).collect();
        let challenges = parse_challenges([format!("Digest realm=r{field}, Basic realm=b").as_bytes()]);
        assert_eq!(challenges.iter().map(|one| one.params.len()).collect::<Vec<_>>(), [MOST_PARAMS, 1]);
        assert_eq!(challenges[0].param("realm"), Some(&b"r"[..]));
        assert_eq!(parse_auth_params(field.as_bytes()).len(), MOST_PARAMS);
    }

    #[test]
    fn lookups_ignore_case() {
        let challenge = &parse_challenges([&b"DIGEST Realm=\"R\""[..]])[0];
        assert!(challenge.is("digest"));
        assert_eq!(challenge.param("rEALM"), Some(&b"R"[..]));
        assert_eq!(challenge.param("nonce"), None);
    }

    #[test]
    fn authentication_info() {
        let params = parse_auth_params(b"nextnonce=\"a,b\", qop=auth, rspauth=\"x\", nc=00000001");
        assert_eq!(params.len(), 4);
        assert_eq!(params[0], ("nextnonce".into(), b"a,b".to_vec()));
        assert_eq!(parse_auth_params(b",,;nonsense"), []);
    }
}
