//! `.netrc` files: credentials by host.

use crate::atomic_file;
use crate::error::{Code, Error, Result};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The entries of a `.netrc` file, in order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Netrc {
    entries: Vec<Entry>,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Entry {
    /// `None`: the default entry.
    host: Option<String>,
    login: Option<String>,
    password: Option<String>,
}

/// Shows no credentials.
impl std::fmt::Debug for Netrc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Netrc({} entries)", self.entries.len())
    }
}

impl Netrc {
    /// Parses the text of a file: `machine`, `default`, `login`, `password`, `account` and
    /// `macdef`, words separated by spaces or line ends. A word may be quoted (`"a b"`, with `\"`,
    /// `\\`, `\n`, `\r`, `\t`). A `#` where a keyword could stand begins a comment.
    ///
    /// # Errors
    /// [`Code::Argument`] with the line's number.
    pub fn parse(text: &str) -> Result<Netrc> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut words = Words { text, at: 0, line: 1 };
        while let Some(word) = words.keyword()? {
            match word.as_str() {
                "machine" => {
                    let host = words.value("machine")?.to_ascii_lowercase();
                    entries.push(Entry { host: Some(host), ..Entry::default() });
                }
                "default" => entries.push(Entry::default()),
                "macdef" => words.skip_macro(),
                "login" | "user" | "password" | "passwd" | "account" => {
                    let value = words.value(&word)?;
                    let Some(entry) = entries.last_mut() else {
                        return Err(words.error(&format!("\"{word}\" stands before any machine")));
                    };
                    match word.as_str() {
                        "login" | "user" => entry.login = Some(value),
                        "password" | "passwd" => entry.password = Some(value),
                        _ => {}
                    }
                }
                _ => return Err(words.error("a word that is no keyword")),
            }
        }
        Ok(Netrc { entries })
    }

    /// Reads a file of at most 1 MiB.
    ///
    /// A file that everyone may write to is refused: anyone could have put credentials in. One
    /// that others may read is taken, as curl does.
    ///
    /// # Errors
    /// [`Code::Io`] when it cannot be read, is too long or open to writing; [`Code::Utf8`];
    /// [`Code::Argument`] as [`Netrc::parse`].
    pub fn read(path: &Path) -> Result<Netrc> {
        let bytes = atomic_file::read_if(path, 1, |data| match data.permissions().mode() & 0o002 {
            0 => Ok(()),
            _ => Err(io::Error::other("everyone may write to it")),
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(Code::Utf8, format!("the netrc file {} is not UTF-8", path.display())))?;
        Netrc::parse(&text)
    }

    /// Login and password for a host: those of its first entry, or of its first entry with this
    /// login when one is given; else those of the default entry. What an entry leaves out is "".
    pub fn find(&self, host: &str, login: Option<&str>) -> Option<(&str, &str)> {
        let host = host.trim_end_matches('.');
        let fits = |entry: &&Entry| match (&entry.login, login) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => entry.login.is_some() || entry.password.is_some(),
        };
        let is_host =
            |entry: &&Entry| entry.host.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(host));
        let own = self.entries.iter().filter(is_host).find(fits);
        let entry = own.or_else(|| self.entries.iter().filter(|entry| entry.host.is_none()).find(fits))?;
        Some((entry.login.as_deref().unwrap_or_default(), entry.password.as_deref().unwrap_or_default()))
    }
}

/// The words of a file, one after the other.
struct Words<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Words<'_> {
    fn error(&self, what: &str) -> Error {
        Error::new(Code::Argument, format!("line {} of the netrc file: {what}", self.line))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|c| c != '\n') {}
    }

    /// The next word where a keyword is expected, comments passed over; `None` at the end.
    fn keyword(&mut self) -> Result<Option<String>> {
        loop {
            self.skip_space();
            match self.peek() {
                None => return Ok(None),
                Some('#') => self.skip_line(),
                Some(_) => return self.word().map(Some),
            }
        }
    }

    /// The word that a keyword needs after it.
    fn value(&mut self, keyword: &str) -> Result<String> {
        self.skip_space();
        if self.peek().is_none() {
            return Err(self.error(&format!("nothing follows \"{keyword}\"")));
        }
        self.word()
    }

    fn word(&mut self) -> Result<String> {
        let mut word = String::new();
        if self.peek() != Some('"') {
            while self.peek().is_some_and(|c| !c.is_whitespace()) {
                word.extend(self.next());
            }
            return Ok(word);
        }
        self.next();
        loop {
            match self.next() {
                Some('"') => return Ok(word),
                Some('\\') => match self.next() {
                    Some('n') => word.push('\n'),
                    Some('r') => word.push('\r'),
                    Some('t') => word.push('\t'),
                    Some(c) => word.push(c),
                    None => return Err(self.error("a quoted word has no end")),
                },
                Some(c) => word.push(c),
                None => return Err(self.error("a quoted word has no end")),
            }
        }
    }

    /// Passes over a macro: its name and everything up to an empty line.
    fn skip_macro(&mut self) {
        self.skip_line();
        loop {
            let start = self.at;
            self.skip_line();
            if self.text[start..self.at].trim().is_empty() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'n>(netrc: &'n Netrc, host: &str) -> Option<(&'n str, &'n str)> {
        netrc.find(host, None)
    }

    #[test]
    fn entries_are_found_by_host() {
        let netrc = Netrc::parse(
            "# comment\nmachine One.example login u1 password p1\n\
             machine two.example\n\tlogin u2\n\taccount a\n\tpassword #p2 # the rest is a comment\n\
             machine one.example login other password p3\n\
             default login anon password guest",
        )
        .unwrap();
        assert_eq!(find(&netrc, "one.example"), Some(("u1", "p1")));
        assert_eq!(find(&netrc, "ONE.EXAMPLE."), Some(("u1", "p1")));
        assert_eq!(find(&netrc, "two.example"), Some(("u2", "#p2")));
        assert_eq!(netrc.find("one.example", Some("other")), Some(("other", "p3")));
        assert_eq!(netrc.find("one.example", Some("nobody")), None);
        assert_eq!(find(&netrc, "sub.one.example"), Some(("anon", "guest")));
    }

    #[test]
    fn there_need_not_be_a_default() {
        let netrc = Netrc::parse("machine h login u password p").unwrap();
        assert_eq!(find(&netrc, "other"), None);
        assert_eq!(find(&Netrc::default(), "h"), None);
        let bare = Netrc::parse("machine h machine i password p").unwrap();
        assert_eq!(find(&bare, "h"), None, "an entry that says nothing");
        assert_eq!(find(&bare, "i"), Some(("", "p")));
        assert_eq!(bare.find("i", Some("me")), Some(("", "p")));
    }

    #[test]
    fn quoted_words() {
        let netrc = Netrc::parse(r#"machine h login "a b\"c\\" password "x\ty\n\"z #" "#).unwrap();
        assert_eq!(find(&netrc, "h"), Some(("a b\"c\\", "x\ty\n\"z #")));
        assert_eq!(
            find(&Netrc::parse("machine h login \"\" password a\"b").unwrap(), "h"),
            Some(("", "a\"b"))
        );
    }

    #[test]
    fn macros_are_passed_over() {
        let text = "machine h login u\nmacdef init\ncd /pub\nmachine evil login x password y\n\npassword p\nmacdef end\nquit";
        let netrc = Netrc::parse(text).unwrap();
        assert_eq!(find(&netrc, "h"), Some(("u", "p")));
        assert_eq!(find(&netrc, "evil"), None);
    }

    #[test]
    fn errors_name_the_line_and_no_secret() {
        for (text, message) in [
            ("machine h\nlogin", "line 2 of the netrc file: nothing follows \"login\""),
            ("login u", "line 1 of the netrc file: \"login\" stands before any machine"),
            ("machine h\n\n s3cret", "line 3 of the netrc file: a word that is no keyword"),
            ("machine h password \"s3cret", "line 1 of the netrc file: a quoted word has no end"),
            ("machine", "line 1 of the netrc file: nothing follows \"machine\""),
        ] {
            let error = Netrc::parse(text).unwrap_err();
            assert_eq!((error.code(), error.message()), (Code::Argument, message));
        }
        assert_eq!(format!("{:?}", Netrc::parse("machine h password s3cret").unwrap()), "Netrc(1 entries)");
    }

    #[test]
    fn files() {
        let path =
            std::env::temp_dir().join(format!("htmlsession-{}", crate::http::random::hex::<8>().unwrap()));
        assert_eq!(Netrc::read(&path).unwrap_err().code(), Code::Io);
        std::fs::write(&path, "machine h login u password p\n").unwrap();
        assert_eq!(find(&Netrc::read(&path).unwrap(), "h"), Some(("u", "p")));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o646)).unwrap();
        assert!(Netrc::read(&path).unwrap_err().message().ends_with("everyone may write to it"));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::write(&path, b"machine \xff").unwrap();
        assert_eq!(Netrc::read(&path).unwrap_err().code(), Code::Utf8);
        std::fs::write(&path, vec![b' '; 1 << 20]).unwrap();
        assert!(Netrc::read(&path).is_ok());
        std::fs::write(&path, vec![b' '; (1 << 20) + 1]).unwrap();
        assert!(Netrc::read(&path).unwrap_err().message().ends_with("larger than 1 MiB"));
        std::fs::remove_file(&path).unwrap();
        // A pipe has no other end that would be waited for.
        let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
        // SAFETY: the name is NUL-terminated.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        assert!(Netrc::read(&path).unwrap_err().message().ends_with("not a regular file"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(Netrc::read(&std::env::temp_dir()).unwrap_err().code(), Code::Io);
    }
}
