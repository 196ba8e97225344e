//! "Form submission" (HTML, 4.10.22.3 to 4.10.22.8): entries into a method, an address and a body.

use super::entries::{Entry, EntryValue};
use super::sanitize::crlf;
use super::{FileContent, Form};
use crate::error::{Code, Error, Result};
use crate::html::join;
use crate::http::referrer::ReferrerPolicy;
use encoding_rs::Encoding;
use url::{Url, form_urlencoded};

/// How a form's entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Enctype {
    /// `application/x-www-form-urlencoded`
    UrlEncoded,
    /// `multipart/form-data`
    Multipart,
    /// `text/plain`
    TextPlain,
}

impl Enctype {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Enctype::UrlEncoded => "application/x-www-form-urlencoded",
            Enctype::Multipart => "multipart/form-data",
            Enctype::TextPlain => "text/plain",
        }
    }

    /// The type that an attribute means; what it does not know means the default.
    fn of(written: &str) -> Enctype {
        let known = [Enctype::Multipart, Enctype::TextPlain];
        let found = known.into_iter().find(|known| known.media_type().eq_ignore_ascii_case(written));
        found.unwrap_or(Enctype::UrlEncoded)
    }
}

/// The method of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Method {
    /// GET: the entries are the address' query.
    Get,
    /// POST: the entries are the body.
    Post,
}

impl Method {
    /// The method as it is sent.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// A part of a multipart body. Names are in the form's encoding and escaped as the standard
/// escapes them: they can stand between quotes as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The name of the field.
    pub name: Vec<u8>,
    /// The name of the file; none for a part that is no file.
    pub filename: Option<Vec<u8>>,
    /// The media type of a file; none for a part that is no file.
    pub content_type: Option<String>,
    /// What is sent.
    pub content: FileContent,
}

/// The body of a submission.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// No body: the method is GET.
    Empty,
    /// A body and its `Content-Type`.
    Bytes {
        /// The value of the request's `Content-Type`.
        content_type: &'static str,
        /// The body.
        bytes: Vec<u8>,
    },
    /// A `multipart/form-data` body; whoever sends it chooses the boundary.
    Multipart(Vec<Part>),
}

/// What a form sends: a plain value, which the session makes a request of.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// The method.
    pub method: Method,
    /// The address, with the entries as its query if the method is GET.
    pub url: Url,
    /// How the entries were written (GET: always as a query).
    pub enctype: Enctype,
    /// The body.
    pub body: Body,
    /// The page that the form is on, for the `Referer` and `Origin` of the request.
    pub referrer: Option<Url>,
    /// What the page wants told of it.
    pub referrer_policy: ReferrerPolicy,
    /// The name of the encoding that the entries are in (`UTF-8`).
    pub encoding: &'static str,
    /// Where the answer is to be shown: `target` or `formtarget`, empty if neither is there.
    pub target: String,
    /// The entry list, before it was encoded.
    pub entries: Vec<Entry>,
}

/// The encoding that a form is sent in: the first of `accept-charset` that is known, or UTF-8
/// if none of it is; without the attribute the page's. UTF-16 is sent as UTF-8.
pub(super) fn pick_encoding(accept: Option<&str>, page: &'static Encoding) -> &'static Encoding {
    let picked = match accept {
        Some(labels) => {
            let mut known =
                labels.split_ascii_whitespace().filter_map(|label| Encoding::for_label(label.as_bytes()));
            known.next().unwrap_or(encoding_rs::UTF_8)
        }
        None => page,
    };
    picked.output_encoding()
}

/// Reads `formmethod` or `method`.
fn method(written: &str) -> Result<Method> {
    match () {
        _ if written.eq_ignore_ascii_case("post") => Ok(Method::Post),
        _ if written.eq_ignore_ascii_case("dialog") => {
            Err(Error::new(Code::Form, "the form closes a dialog and sends nothing (method=dialog)"))
        }
        _ => Ok(Method::Get),
    }
}

/// What the submitter's attributes say instead of the form's.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides {
    pub action: Option<String>,
    pub method: Option<String>,
    pub enctype: Option<String>,
    pub target: Option<String>,
}

/// Writes the entries as the form wants them.
pub(super) fn encode(form: &Form, overrides: &Overrides, entries: Vec<Entry>) -> Result<Submission> {
    let own = &form.own;
    let written = |theirs: &Option<String>, own: &Option<String>| {
        theirs.as_ref().or(own.as_ref()).cloned().unwrap_or_default()
    };
    let method = method(&written(&overrides.method, &own.method))?;
    let enctype = Enctype::of(&written(&overrides.enctype, &own.enctype));
    let target = written(&overrides.target, &own.target);
    let mut url = address(form, &written(&overrides.action, &own.action))?;
    let encoding = form.encoding;
    let body = match (method, enctype) {
        (Method::Get, _) => {
            url.set_query(Some(&url_encoded(&entries, encoding)));
            Body::Empty
        }
        (Method::Post, Enctype::UrlEncoded) => Body::Bytes {
            content_type: enctype.media_type(),
            bytes: url_encoded(&entries, encoding).into_bytes(),
        },
        (Method::Post, Enctype::TextPlain) => {
            Body::Bytes { content_type: enctype.media_type(), bytes: text_plain(&entries, encoding) }
        }
        (Method::Post, Enctype::Multipart) => {
            Body::Multipart(entries.iter().map(|entry| part(entry, encoding)).collect())
        }
    };
    Ok(Submission {
        method,
        url,
        enctype,
        body,
        referrer: form.url.clone(),
        referrer_policy: form.referrer_policy,
        encoding: encoding.name(),
        target,
        entries,
    })
}

/// The action resolved; an empty one is the page itself, whatever its base is.
fn address(form: &Form, action: &str) -> Result<Url> {
    let resolved = match (action.is_empty(), &form.url, &form.base) {
        (true, Some(url), _) => Ok(url.clone()),
        (true, None, _) => {
            return Err(Error::new(Code::Url, "the form has no action, and its page has no address"));
        }
        (false, _, base) => join::resolve(base.as_ref(), action, form.page_encoding),
    };
    let url =
        resolved.map_err(|why| Error::new(Code::Url, format!("the form's action \"{action}\": {why}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::new(
            Code::Scheme,
            format!("the form's action \"{action}\" is neither http nor https"),
        ));
    }
    Ok(url)
}

/// Text in an encoding; what it lacks becomes a numeric character reference, as the standard
/// has it.
fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

fn pairs(entries: &[Entry]) -> impl Iterator<Item = (String, String)> {
    entries.iter().map(|entry| {
        let value = match &entry.value {
            EntryValue::Text(text) => text,
            EntryValue::File(file) => &file.filename,
        };
        (crlf(&entry.name), crlf(value))
    })
}

fn url_encoded(entries: &[Entry], encoding: &'static Encoding) -> String {
    let mut out = String::new();
    for (name, value) in pairs(entries) {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(form_urlencoded::byte_serialize(&encoded(&name, encoding)));
        out.push('=');
        out.extend(form_urlencoded::byte_serialize(&encoded(&value, encoding)));
    }
    out
}

fn text_plain(entries: &[Entry], encoding: &'static Encoding) -> Vec<u8> {
    let lines: String = pairs(entries).map(|(name, value)| format!("{name}={value}\r\n")).collect();
    encoded(&lines, encoding)
}

fn part(entry: &Entry, encoding: &'static Encoding) -> Part {
    let escaped = |name: &str| {
        let mut out = Vec::with_capacity(name.len());
        for byte in encoded(name, encoding) {
            match byte {
                b'\n' => out.extend_from_slice(b"%0A"),
                b'\r' => out.extend_from_slice(b"%0D"),
                b'"' => out.extend_from_slice(b"%22"),
                byte => out.push(byte),
            }
        }
        out
    };
    let name = escaped(&crlf(&entry.name));
    match &entry.value {
        EntryValue::Text(text) => Part {
            name,
            filename: None,
            content_type: None,
            content: FileContent::Bytes(encoded(&crlf(text), encoding).into()),
        },
        EntryValue::File(file) => Part {
            name,
            filename: Some(escaped(&file.filename)),
            content_type: Some(file.content_type.clone()),
            content: file.content.clone(),
        },
    }
}
