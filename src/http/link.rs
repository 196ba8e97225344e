//! `Link` fields (RFC 8288).

use super::auth::percent_decode;
use super::syntax::{Scanner, field_text, trim_ows};
use crate::reference;
use url::{Position, Url};

/// One link of a `Link` field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The target as written, without the angle brackets.
    pub target: String,
    /// The relation types, as written: `rel` can name several.
    pub rels: Vec<String>,
    /// The other parameters in order: names in lower case, quotes resolved, the values of
    /// extended ones (`title*`) decoded and under their plain name.
    pub params: Vec<(String, String)>,
}

impl Link {
    /// The first parameter of a name; `rel` is not among them.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it has this relation type. They compare without case.
    pub fn has_rel(&self, rel: &str) -> bool {
        self.rels.iter().any(|other| other.eq_ignore_ascii_case(rel))
    }

    /// The target resolved against the URL of the response.
    pub fn resolve(&self, base: &Url) -> Option<Url> {
        reference::join(base, &self.target).ok()
    }

    /// Whether the link is about the response itself and not about what its `anchor` names.
    fn is_about(&self, base: &Url) -> bool {
        match self.param("anchor") {
            None => true,
            Some(anchor) => reference::join(base, anchor)
                .is_ok_and(|url| url[..Position::AfterQuery] == base[..Position::AfterQuery]),
        }
    }
}

/// The links of a response, from all values of its field, in order. What cannot be read is passed
/// over up to the next comma.
pub fn parse_links<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<Link> {
    let mut links = Vec::new();
    for value in values {
        let mut scanner = Scanner::new(value);
        while !scanner.is_at_end() {
            scanner.take_while(|byte| matches!(byte, b' ' | b'\t' | b','));
            if !scanner.eat(b'<') {
                scanner.skip_until(|byte| byte == b',');
                continue;
            }
            let target = field_text(trim_ows(scanner.take_while(|byte| byte != b'>'))).into_owned();
            if !scanner.eat(b'>') {
                break;
            }
            let mut link = Link { target, ..Link::default() };
            params(&mut scanner, &mut link);
            links.push(link);
        }
    }
    links
}

/// The target of the first link with a relation type that is about the response itself, resolved
/// against the response's URL.
pub fn find_link(links: &[Link], rel: &str, base: &Url) -> Option<Url> {
    links.iter().filter(|link| link.has_rel(rel) && link.is_about(base)).find_map(|link| link.resolve(base))
}

/// Reads the parameters of a link up to the comma that ends it.
fn params(scanner: &mut Scanner, link: &mut Link) {
    let mut has_rel = false;
    let mut extended = Vec::new();
    loop {
        // Whatever stands before the next ";" belongs to nothing.
        scanner.skip_until(|byte| matches!(byte, b';' | b','));
        if !scanner.eat(b';') {
            break;
        }
        scanner.skip_ows();
        let name = scanner.take_while(|byte| !matches!(byte, b'=' | b';' | b',' | b' ' | b'\t' | b'"'));
        let name = field_text(name).to_ascii_lowercase();
        scanner.skip_ows();
        let value = if scanner.eat(b'=') {
            scanner.skip_ows();
            scanner
                .quoted()
                .unwrap_or_else(|| trim_ows(scanner.take_while(|byte| !matches!(byte, b';' | b','))).to_vec())
        } else {
            Vec::new()
        };
        match name.as_str() {
            "" => {}
            // Only the first one counts (RFC 8288, 3.3).
            "rel" if has_rel => {}
            "rel" => {
                has_rel = true;
                link.rels = field_text(&value).split_ascii_whitespace().map(Into::into).collect();
            }
            name => match name.strip_suffix('*') {
                None => link.params.push((name.into(), field_text(&value).into_owned())),
                Some(plain) => extended.extend(decode_extended(&value).map(|text| (plain.to_owned(), text))),
            },
        }
    }
    // An extended parameter beats the plain one of its name (RFC 8288, 3.4.1).
    for (name, text) in extended {
        match link.params.iter_mut().find(|(other, _)| *other == name) {
            Some((_, value)) => *value = text,
            None => link.params.push((name, text)),
        }
    }
}

/// Decodes `charset'language'percent-encoded` (RFC 8187); `None` when it is not that.
fn decode_extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decode(text);
    if charset.eq_ignore_ascii_case(b"utf-8") {
        String::from_utf8(bytes).ok()
    } else if charset.eq_ignore_ascii_case(b"iso-8859-1") {
        Some(bytes.iter().map(|&byte| byte as char).collect())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `target rel,rel name=value…` for each link.
    fn shown(values: &[&str]) -> Vec<String> {
        parse_links(values.iter().map(|value| value.as_bytes()))
            .into_iter()
            .map(|link| {
                let params: String =
                    link.params.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                format!("{} {}{params}", link.target, link.rels.join(","))
            })
            .collect()
    }

    #[test]
    fn the_examples_of_rfc_8288() {
        assert_eq!(
            shown(&["<http://example.com/TheBook/chapter2>; rel=\"previous\"; title=\"previous chapter\""]),
            ["http://example.com/TheBook/chapter2 previous title=previous chapter"]
        );
        assert_eq!(shown(&["</>; rel=\"http://example.net/foo\""]), ["/ http://example.net/foo"]);
        assert_eq!(
            shown(&["</terms>; rel=\"copyright\"; anchor=\"#foo\""]),
            ["/terms copyright anchor=#foo"]
        );
        assert_eq!(
            shown(&["</TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, \
                     </TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel"]),
            [
                "/TheBook/chapter2 previous title=letztes Kapitel",
                "/TheBook/chapter4 next title=n\u{e4}chstes Kapitel"
            ]
        );
        assert_eq!(
            shown(&["<http://example.org/>; rel=\"start http://example.net/relation/other\""]),
            ["http://example.org/ start,http://example.net/relation/other"]
        );
    }

    #[test]
    fn separators_inside_quotes_and_targets() {
        assert_eq!(
            shown(&["<http://h/a;b,c?d=\"e\">; title=\"x; rel=no, <y>\"; rel=last, <z>; rel=next"]),
            ["http://h/a;b,c?d=\"e\" last title=x; rel=no, <y>", "z next"]
        );
        assert_eq!(shown(&["<a>; title=\"q\\\"; x\\\\\"; rel=r"]), ["a r title=q\"; x\\"]);
    }

    #[test]
    fn several_fields_empty_elements_and_no_parameters() {
        assert_eq!(shown(&["<a>", ", ,<b>;;rel=x;,", ""]), ["a ", "b x"]);
        assert_eq!(shown(&["<>; rel=self"]), [" self"]);
        assert_eq!(shown(&["< a >;REL=Next;Foo;Bar = baz "]), ["a Next foo= bar=baz"]);
    }

    #[test]
    fn only_the_first_rel_counts_and_extended_titles_win() {
        assert_eq!(shown(&["<a>; rel=one; rel=two"]), ["a one"]);
        assert_eq!(shown(&["<a>; title*=utf-8''%E2%82%AC; title=plain; rel=x"]), ["a x title=\u{20ac}"]);
        assert_eq!(shown(&["<a>; title=plain; title*=iso-8859-1'en'%A3"]), ["a  title=\u{a3}"]);
        for broken in ["title*=plain", "title*=utf-8''%ff", "title*=koi8-r''x"] {
            assert_eq!(shown(&[&format!("<a>; title=t; {broken}")]), ["a  title=t"], "{broken}");
        }
    }

    #[test]
    fn broken_values_give_what_can_be_read() {
        assert_eq!(shown(&["http://h/; rel=x, <b>; rel=y"]), ["b y"]);
        assert_eq!(shown(&["<open; rel=x, b"]), Vec::<String>::new());
        assert_eq!(shown(&["<a>; rel=\"open"]), ["a open"]);
        assert_eq!(shown(&["<a> junk; rel=x <b>"]), ["a x,<b>"]);
        assert_eq!(shown(&["<a>; =x; rel=y"]), ["a y"]);
    }

    #[test]
    fn lookup_resolves_and_heeds_anchors() {
        let base = Url::parse("https://h/list?page=1").unwrap();
        let links = parse_links([
            &b"</other>; rel=next; anchor=\"/elsewhere\", <?page=2>; rel=\"prefetch NEXT\", <?page=3>; rel=next"[..],
            b"</last>; rel=last; anchor=\"#top\"",
        ]);
        assert_eq!(find_link(&links, "next", &base).unwrap().as_str(), "https://h/list?page=2");
        assert_eq!(find_link(&links, "Last", &base).unwrap().as_str(), "https://h/last");
        assert_eq!(find_link(&links, "prev", &base), None);
        assert_eq!(
            find_link(&parse_links([&b"<///o/x>; rel=next"[..]]), "next", &base).unwrap().as_str(),
            "https://o/x"
        );
        assert_eq!(find_link(&parse_links([&b"<http://[>; rel=next"[..]]), "next", &base), None);
    }
}
