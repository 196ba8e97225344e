//! Query parameters and urlencoded forms (WHATWG URL, `application/x-www-form-urlencoded`).

use url::Url;
use url::form_urlencoded::Serializer;

/// The media type of a urlencoded body.
pub const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// Ordered names and values, several values for a name if wanted; names can be marked as removed,
/// so that a request can drop what its session adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    items: Vec<(String, String)>,
    removed: Vec<String>,
}

impl Params {
    /// No parameters.
    pub fn new() -> Params {
        Params::default()
    }

    /// Gives a name one value, in the place of its first one; `None` removes the name, here and
    /// in what lies below.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        self.removed.retain(|removed| removed != name);
        let Some(value) = value else {
            self.items.retain(|(other, _)| other != name);
            self.removed.push(name.into());
            return;
        };
        let mut found = false;
        self.items.retain_mut(|(other, old)| {
            if other != name {
                return true;
            }
            *old = value.into();
            !std::mem::replace(&mut found, true)
        });
        if !found {
            self.items.push((name.into(), value.into()));
        }
    }

    /// Adds a further value to a name.
    pub fn add(&mut self, name: &str, value: &str) {
        self.removed.retain(|removed| removed != name);
        self.items.push((name.into(), value.into()));
    }

    /// The names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.items.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is neither a value nor a removal.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.removed.is_empty()
    }

    /// The parameters of a session with those of a request laid over them: a name that both have
    /// takes the request's values in the session's place, other names follow in order.
    pub fn over(&self, below: &Params) -> Params {
        let has = |name: &str| self.items.iter().any(|(other, _)| other == name);
        let mut items: Vec<(String, String)> = Vec::with_capacity(self.items.len() + below.items.len());
        let mut placed: Vec<&str> = Vec::new();
        for (name, value) in &below.items {
            if self.removed.contains(name) || placed.contains(&name.as_str()) {
                continue;
            }
            if has(name) {
                placed.push(name);
                items.extend(self.items.iter().filter(|(other, _)| other == name).cloned());
            } else {
                items.push((name.clone(), value.clone()));
            }
        }
        items.extend(self.items.iter().filter(|(name, _)| !placed.contains(&name.as_str())).cloned());
        Params { items, removed: Vec::new() }
    }

    /// The parameters as an urlencoded text: the body of a form, or a query.
    pub fn encode(&self) -> String {
        Serializer::new(String::new()).extend_pairs(self.iter()).finish()
    }

    /// Appends the parameters to a URL's query, which is kept as it is.
    pub fn append_to(&self, url: &mut Url) {
        if self.items.is_empty() {
            return;
        }
        let added = self.encode();
        let query = match url.query() {
            None | Some("") => added,
            Some(query) if query.ends_with('&') => format!("{query}{added}"),
            Some(query) => format!("{query}&{added}"),
        };
        url.set_query(Some(&query));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(items: &[(&str, &str)]) -> Params {
        let mut params = Params::new();
        for (name, value) in items {
            params.add(name, value);
        }
        params
    }

    #[test]
    fn encoding_is_that_of_the_url_standard() {
        let encoded =
            params(&[("a b", "c&d=e+f"), ("ä", "€~*-._"), ("empty", ""), ("", "x"), ("\r\n", "%")]).encode();
        assert_eq!(encoded, "a+b=c%26d%3De%2Bf&%C3%A4=%E2%82%AC%7E*-._&empty=&=x&%0D%0A=%25");
        assert_eq!(Params::new().encode(), "");
    }

    #[test]
    fn set_replaces_in_place_and_none_removes() {
        let mut p = params(&[("a", "1"), ("b", "2"), ("a", "3")]);
        p.set("a", Some("4"));
        assert_eq!(p.encode(), "a=4&b=2");
        p.set("a", None);
        p.set("c", Some("5"));
        assert_eq!(p.encode(), "b=2&c=5");
        assert!(!p.is_empty());
    }

    #[test]
    fn a_request_is_laid_over_its_session() {
        let session = params(&[("a", "1"), ("b", "2"), ("b", "3"), ("c", "4")]);
        let mut request = params(&[("d", "5"), ("b", "6"), ("b", "7")]);
        assert_eq!(request.over(&session).encode(), "a=1&b=6&b=7&c=4&d=5");
        request.set("a", None);
        request.set("nothing", None);
        assert_eq!(request.over(&session).encode(), "b=6&b=7&c=4&d=5");
        request.add("a", "8");
        assert_eq!(request.over(&session).encode(), "a=8&b=6&b=7&c=4&d=5");
        assert_eq!(Params::new().over(&session), session);
    }

    #[test]
    fn a_query_is_kept() {
        let p = params(&[("b", "2 3")]);
        for (before, after) in [
            ("http://h/", "http://h/?b=2+3"),
            ("http://h/p?", "http://h/p?b=2+3"),
            ("http://h/p?a=1%20x&%zz=~#f", "http://h/p?a=1%20x&%zz=~&b=2+3#f"),
            ("http://h/p?a&", "http://h/p?a&b=2+3"),
            ("http://h/p?raw", "http://h/p?raw&b=2+3"),
        ] {
            let mut url = Url::parse(before).unwrap();
            p.append_to(&mut url);
            assert_eq!(url.as_str(), after);
        }
        let mut url = Url::parse("http://h/?").unwrap();
        Params::new().append_to(&mut url);
        assert_eq!(url.as_str(), "http://h/?");
    }
}
