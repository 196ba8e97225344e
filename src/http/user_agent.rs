//! Looking like a browser: user agents, and the headers that go with each, in its order.

use super::headers::Headers;
use crate::error::{Code, Error, Result};

/// A browser to look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Chrome on Windows.
    #[default]
    Chrome,
    /// Firefox on Windows.
    Firefox,
    /// Safari on macOS.
    Safari,
    /// Edge on Windows.
    Edge,
}

/// The major version that Chrome and Edge say they are.
const CHROMIUM: u32 = 156;

const CHROME_UA: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                         Chrome/156.0.0.0 Safari/537.36";
const EDGE_UA: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0";
const FIREFOX_UA: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:160.0) Gecko/20100101 Firefox/160.0";
const SAFARI_UA: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                         Version/27.0 Safari/605.1.15";

impl Style {
    /// Every style.
    pub const ALL: [Style; 4] = [Style::Chrome, Style::Firefox, Style::Safari, Style::Edge];

    /// The style of a name: `chrome`, `firefox`, `safari`, `edge`, without regard to case, or
    /// `random` for any of them.
    ///
    /// # Errors
    /// [`Code::Argument`] for another name; [`Code::Internal`] when `random` finds no random bytes.
    pub fn named(name: &str) -> Result<Style> {
        let index = match name.to_ascii_lowercase().as_str() {
            "chrome" => 0,
            "firefox" => 1,
            "safari" => 2,
            "edge" => 3,
            "random" => {
                let mut byte = [0];
                getrandom::fill(&mut byte)
                    .map_err(|error| Error::new(Code::Internal, format!("no random bytes: {error}")))?;
                usize::from(byte[0]) % Style::ALL.len()
            }
            _ => {
                let shown = super::syntax::show_bytes(name.as_bytes());
                let text = format!("browser \"{shown}\" is none of chrome, firefox, safari, edge, random");
                return Err(Error::new(Code::Argument, text));
            }
        };
        Ok(Style::ALL[index])
    }

    /// The `User-Agent` of the browser.
    pub fn user_agent(self) -> &'static str {
        match self {
            Style::Chrome => CHROME_UA,
            Style::Firefox => FIREFOX_UA,
            Style::Safari => SAFARI_UA,
            Style::Edge => EDGE_UA,
        }
    }

    /// The headers with which the browser asks for a page whose address was typed in, in its
    /// order. `secure` is whether the URL is https: some headers are sent only then.
    pub fn header_set(self, secure: bool) -> Headers {
        let mut headers = Headers::new();
        for (name, value, needs_secure) in self.table() {
            if secure || !needs_secure {
                // The table holds nothing that could be refused; a test adds each of them.
                let _ = headers.add(name, value.as_bytes());
            }
        }
        let encodings: &[u8] = match (secure, self) {
            (false, _) => b"gzip, deflate",
            (true, Style::Safari) => b"gzip, deflate, br",
            (true, _) => b"gzip, deflate, br, zstd",
        };
        let _ = headers.set("Accept-Encoding", encodings);
        headers
    }

    /// Name, value, and whether it is sent over https only.
    fn table(self) -> Vec<(&'static str, String, bool)> {
        const CHROMIUM_ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,\
                                       image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
        const PLAIN_ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let agent = self.user_agent();
        let rows: &[(&str, &str, bool)] = match self {
            Style::Chrome | Style::Edge => &[
                ("sec-ch-ua", "", true),
                ("sec-ch-ua-mobile", "?0", true),
                ("sec-ch-ua-platform", "\"Windows\"", true),
                ("Upgrade-Insecure-Requests", "1", false),
                ("User-Agent", agent, false),
                ("Accept", CHROMIUM_ACCEPT, false),
                ("Sec-Fetch-Site", "none", true),
                ("Sec-Fetch-Mode", "navigate", true),
                ("Sec-Fetch-User", "?1", true),
                ("Sec-Fetch-Dest", "document", true),
                ("Accept-Encoding", "", false),
                ("Accept-Language", "en-US,en;q=0.9", false),
                ("Priority", "u=0, i", true),
            ],
            Style::Firefox => &[
                ("User-Agent", agent, false),
                ("Accept", PLAIN_ACCEPT, false),
                ("Accept-Language", "en-US,en;q=0.9", false),
                ("Accept-Encoding", "", false),
                ("Upgrade-Insecure-Requests", "1", false),
                ("Sec-Fetch-Dest", "document", true),
                ("Sec-Fetch-Mode", "navigate", true),
                ("Sec-Fetch-Site", "none", true),
                ("Sec-Fetch-User", "?1", true),
                ("Priority", "u=0, i", true),
            ],
            Style::Safari => &[
                ("Sec-Fetch-Dest", "document", true),
                ("User-Agent", agent, false),
                ("Upgrade-Insecure-Requests", "1", false),
                ("Accept", PLAIN_ACCEPT, false),
                ("Sec-Fetch-Site", "none", true),
                ("Sec-Fetch-Mode", "navigate", true),
                ("Accept-Language", "en-US,en;q=0.9", false),
                ("Priority", "u=0, i", true),
                ("Accept-Encoding", "", false),
            ],
        };
        rows.iter()
            .map(|&(name, value, needs_secure)| match (name, self) {
                ("sec-ch-ua", Style::Edge) => (name, brands(CHROMIUM, "Microsoft Edge"), needs_secure),
                ("sec-ch-ua", _) => (name, brands(CHROMIUM, "Google Chrome"), needs_secure),
                _ => (name, value.to_owned(), needs_secure),
            })
            .collect()
    }
}

/// The `Sec-CH-UA` value of a Chromium browser: with a made-up brand, in an order, that both
/// follow from the version (User-Agent Client Hints, "create an arbitrary brand").
fn brands(version: u32, brand: &str) -> String {
    const CHARS: [&str; 11] = [" ", "(", ":", "-", ".", "/", ")", ";", "=", "?", "_"];
    const VERSIONS: [&str; 3] = ["8", "99", "24"];
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let seed = version as usize;
    let made_up = format!(
        "\"Not{}A{}Brand\";v=\"{}\"",
        CHARS[seed % CHARS.len()],
        CHARS[(seed + 1) % CHARS.len()],
        VERSIONS[seed % VERSIONS.len()]
    );
    let parts = [made_up, format!("\"Chromium\";v=\"{version}\""), format!("\"{brand}\";v=\"{version}\"")];
    let mut placed = [const { String::new() }; 3];
    for (part, place) in parts.into_iter().zip(ORDERS[seed % ORDERS.len()]) {
        placed[place] = part;
    }
    placed.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_are_those_that_chrome_sent() {
        let chrome = |version| brands(version, "Google Chrome");
        assert_eq!(chrome(120), r#""Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120""#);
        assert_eq!(chrome(131), r#""Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24""#);
        assert_eq!(chrome(124), r#""Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99""#);
        assert_eq!(chrome(156), r#""Not:A-Brand";v="8", "Chromium";v="156", "Google Chrome";v="156""#);
    }

    #[test]
    fn the_sets_are_coherent() {
        for style in Style::ALL {
            let (secure, plain) = (style.header_set(true), style.header_set(false));
            assert_eq!(secure.len(), style.table().len(), "{style:?}: nothing was refused");
            assert_eq!(secure.get_str("user-agent"), Some(style.user_agent()));
            assert!(plain.iter().all(|(name, _)| secure.contains(name)));
            for name in
                ["accept", "accept-language", "accept-encoding", "user-agent", "upgrade-insecure-requests"]
            {
                assert!(plain.contains(name), "{style:?} {name}");
            }
            assert!(!plain.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("sec-")));
            assert_eq!(secure.contains("sec-ch-ua"), matches!(style, Style::Chrome | Style::Edge));
        }
        for style in [Style::Chrome, Style::Edge] {
            let version = format!("{CHROMIUM}");
            assert!(style.user_agent().contains(&format!("Chrome/{version}.0.0.0")));
            assert!(
                style
                    .header_set(true)
                    .get_str("sec-ch-ua")
                    .unwrap()
                    .contains(&format!("\"Chromium\";v=\"{version}\""))
            );
        }
        assert!(Style::Edge.header_set(true).get_str("sec-ch-ua").unwrap().contains("\"Microsoft Edge\""));
    }

    #[test]
    fn the_order_is_the_browsers() {
        let names =
            |style: Style| style.header_set(true).iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            names(Style::Chrome)[..5],
            [
                "sec-ch-ua",
                "sec-ch-ua-mobile",
                "sec-ch-ua-platform",
                "Upgrade-Insecure-Requests",
                "User-Agent"
            ]
        );
        assert_eq!(
            names(Style::Firefox)[..4],
            ["User-Agent", "Accept", "Accept-Language", "Accept-Encoding"]
        );
        let plain: Vec<_> = Style::Chrome.header_set(false).iter().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(
            plain,
            ["Upgrade-Insecure-Requests", "User-Agent", "Accept", "Accept-Encoding", "Accept-Language"]
        );
    }

    #[test]
    fn names() {
        assert_eq!(Style::named("Chrome").unwrap(), Style::Chrome);
        assert_eq!(Style::named("edge").unwrap(), Style::Edge);
        assert!(Style::ALL.contains(&Style::named("random").unwrap()));
        let error = Style::named("lynx").unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (Code::Argument, "browser \"lynx\" is none of chrome, firefox, safari, edge, random")
        );
    }
}
