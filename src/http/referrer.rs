//! What a request tells of the page that it comes of (Referrer Policy; Fetch, "append a request
//! `Origin` header").

use super::syntax::{field_text, trim_ows};
use url::{Position, Url};

/// The longest `Referer`; of a page with a longer address it is the origin.
const LONGEST: usize = 4096;

/// What a page wants told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReferrerPolicy {
    /// Nothing.
    NoReferrer,
    /// Its address, but from https to http nothing.
    NoReferrerWhenDowngrade,
    /// Its address to its own origin, else nothing.
    SameOrigin,
    /// Its origin.
    Origin,
    /// Its origin, but from https to http nothing.
    StrictOrigin,
    /// Its address to its own origin, else its origin.
    OriginWhenCrossOrigin,
    /// Its address to its own origin, else its origin, but from https to http nothing.
    #[default]
    StrictOriginWhenCrossOrigin,
    /// Its address.
    UnsafeUrl,
}

use ReferrerPolicy::*;

impl ReferrerPolicy {
    fn named(token: &str) -> Option<ReferrerPolicy> {
        const NAMES: [(&str, ReferrerPolicy); 8] = [
            ("no-referrer", NoReferrer),
            ("no-referrer-when-downgrade", NoReferrerWhenDowngrade),
            ("same-origin", SameOrigin),
            ("origin", Origin),
            ("strict-origin", StrictOrigin),
            ("origin-when-cross-origin", OriginWhenCrossOrigin),
            ("strict-origin-when-cross-origin", StrictOriginWhenCrossOrigin),
            ("unsafe-url", UnsafeUrl),
        ];
        let known = NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(token));
        known.map(|(_, policy)| policy)
    }

    /// The policy of a response's `Referrer-Policy` fields: the last token that is known.
    pub fn of_fields<'v>(fields: impl Iterator<Item = &'v [u8]>) -> Option<ReferrerPolicy> {
        let tokens = fields.flat_map(|field| field.split(|byte| *byte == b','));
        tokens.filter_map(|token| Self::named(&field_text(trim_ows(token)))).last()
    }

    /// The policy of the `content` of a `<meta name=referrer>`, older words included.
    pub fn of_meta(content: &str) -> Option<ReferrerPolicy> {
        let is = |word: &str| content.eq_ignore_ascii_case(word);
        match () {
            () if is("never") => Some(NoReferrer),
            () if is("default") => Some(StrictOriginWhenCrossOrigin),
            () if is("always") => Some(UnsafeUrl),
            () if is("origin-when-crossorigin") => Some(OriginWhenCrossOrigin),
            () => Self::named(content),
        }
    }

    /// The `Referer` of a page's request (Referrer Policy, 8.3).
    pub fn referer(self, page: &Url, to: &Url) -> Option<String> {
        if !matches!(page.scheme(), "http" | "https") {
            return None;
        }
        let (same, down) = (page.origin() == to.origin(), is_downgrade(page, to));
        let whole = match self {
            NoReferrer => return None,
            NoReferrerWhenDowngrade | StrictOrigin | StrictOriginWhenCrossOrigin if down => return None,
            SameOrigin if !same => return None,
            Origin | StrictOrigin => false,
            OriginWhenCrossOrigin | StrictOriginWhenCrossOrigin => same,
            NoReferrerWhenDowngrade | SameOrigin | UnsafeUrl => true,
        };
        let mut bare = page.clone();
        let _ = (bare.set_username(""), bare.set_password(None));
        let text = &bare[..Position::AfterQuery];
        if whole && text.len() <= LONGEST {
            return Some(text.into());
        }
        Some(format!("{}/", page.origin().ascii_serialization()))
    }

    /// The `Origin` of a page's request with another method than GET and HEAD.
    pub fn origin(self, page: &Url, to: &Url) -> String {
        let hidden = match self {
            NoReferrer => true,
            NoReferrerWhenDowngrade | StrictOrigin | StrictOriginWhenCrossOrigin => is_downgrade(page, to),
            SameOrigin => page.origin() != to.origin(),
            Origin | OriginWhenCrossOrigin | UnsafeUrl => false,
        };
        if hidden { "null".into() } else { page.origin().ascii_serialization() }
    }
}

fn is_downgrade(page: &Url, to: &Url) -> bool {
    page.scheme() == "https" && to.scheme() != "https"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_policy_tells() {
        let page = Url::parse("https://u:p@h/a?b#c").unwrap();
        let (whole, origin, none) = (Some("https://h/a?b"), Some("https://h/"), None);
        // To the same origin, to another one, to http; and whether the latter two hide the origin.
        for (name, same, other, down, hides) in [
            ("no-referrer", none, none, none, [true, true]),
            ("no-referrer-when-downgrade", whole, whole, none, [false, true]),
            ("same-origin", whole, none, none, [true, true]),
            ("origin", origin, origin, origin, [false, false]),
            ("strict-origin", origin, origin, none, [false, true]),
            ("origin-when-cross-origin", whole, origin, origin, [false, false]),
            ("strict-origin-when-cross-origin", whole, origin, none, [false, true]),
            ("unsafe-url", whole, whole, whole, [false, false]),
        ] {
            let policy = ReferrerPolicy::of_meta(name).unwrap();
            let [s, o, d] =
                ["https://h/x", "https://other/x", "http://h/x"].map(|to| Url::parse(to).unwrap());
            for (to, expected) in [(&s, same), (&o, other), (&d, down)] {
                assert_eq!(policy.referer(&page, to).as_deref(), expected, "{name} {to}");
            }
            let null = |to| policy.origin(&page, to) == "null";
            assert_eq!([null(&o), null(&d)], hides, "{name}");
            assert_eq!(null(&s), name == "no-referrer", "{name}");
        }
        let data = Url::parse("data:text/html,x").unwrap();
        assert_eq!((UnsafeUrl.referer(&data, &page), &*UnsafeUrl.origin(&data, &page)), (None, "null"));
    }

    #[test]
    fn a_long_address_is_cut_to_the_origin() {
        let page = |length: usize| Url::parse(&format!("http://h/{}#f", "a".repeat(length - 9))).unwrap();
        let referer = |length| UnsafeUrl.referer(&page(length), &page(10)).unwrap();
        assert_eq!((referer(4096).len(), &*referer(4097)), (4096, "http://h/"));
    }

    #[test]
    fn the_last_word_that_is_known_counts() {
        let of = |fields: &[&str]| ReferrerPolicy::of_fields(fields.iter().map(|field| field.as_bytes()));
        assert_eq!(of(&["no-referrer, Unsafe-URL\t,x"]), Some(UnsafeUrl));
        assert_eq!(of(&["origin", "", "same-origin", "never"]), Some(SameOrigin));
        assert_eq!(of(&["always", "\u{e4}"]), None);
        for (content, policy) in [
            ("NEVER", Some(NoReferrer)),
            ("default", Some(StrictOriginWhenCrossOrigin)),
            ("always", Some(UnsafeUrl)),
            ("origin-when-crossorigin", Some(OriginWhenCrossOrigin)),
            ("origin, no-referrer", None),
            (" origin", None),
        ] {
            assert_eq!(ReferrerPolicy::of_meta(content), policy, "{content}");
        }
    }
}
