//! What a form sends, made into a request.

use super::Request;
use crate::error::Result;
use crate::html::form::{self, FileContent, Method, Submission};
use crate::http::redirect::Next;
use crate::http::{Body, Headers, Part};
use url::{Position, Url};

impl Request {
    /// The request that submits a form, with the `Referer` (by the policy
    /// `strict-origin-when-cross-origin`) and, for POST, the `Origin` that a browser sends.
    ///
    /// # Errors
    /// [`Code::Header`](crate::Code::Header) for a file with a media type that cannot stand in a
    /// header, [`Code::Internal`](crate::Code::Internal) when the operating system has no random
    /// bytes for a boundary.
    pub fn from_submission(submission: &Submission) -> Result<Request> {
        let mut request = Request::new(submission.method.name(), submission.url.as_str())?;
        match &submission.body {
            form::Body::Empty => {}
            form::Body::Bytes { content_type, bytes } => {
                request.set_body(Body::Bytes(bytes.as_slice().into()), Some(content_type))?;
            }
            form::Body::Multipart(parts) => request.set_multipart(parts)?,
        }
        request.of_page = true;
        if let Some(page) = &submission.referrer {
            if let Some(referer) = referer(page, &submission.url) {
                request.set_header("Referer", Some(referer.as_bytes()))?;
            }
            if submission.method == Method::Post {
                request.set_header("Origin", Some(page.origin().ascii_serialization().as_bytes()))?;
            }
        }
        Ok(request)
    }

    fn set_multipart(&mut self, parts: &[form::Part]) -> Result<()> {
        let mut form = crate::http::Multipart::new()?;
        for part in parts {
            let content = match &part.content {
                FileContent::Bytes(bytes) => Part::bytes("", bytes),
                FileContent::Path(path) => Part::file("", path),
            };
            let content = content.with_encoded_names(part.name.clone(), part.filename.clone());
            form.push(match &part.content_type {
                Some(media_type) => content.with_content_type(media_type)?,
                None => content,
            });
        }
        let media_type = form.content_type();
        self.set_body(Body::Multipart(form.into()), Some(&media_type))
    }
}

/// The whole address for the same origin, the origin alone for others, and nothing from https to
/// http (Referrer Policy, 8.3).
fn referer(page: &Url, to: &Url) -> Option<String> {
    if !matches!(page.scheme(), "http" | "https") || page.scheme() == "https" && to.scheme() == "http" {
        return None;
    }
    if page.origin() != to.origin() {
        return Some(format!("{}/", page.origin().ascii_serialization()));
    }
    let mut bare = page.clone();
    let _ = (bare.set_username(""), bare.set_password(None));
    Some(bare[..Position::AfterQuery].to_string())
}

/// What becomes of the `Referer` and `Origin` of a page's request at a redirect (Fetch, 4.5 and 3.2).
pub(super) fn redirect_page(headers: &mut Headers, from: &Url, next: &Next) -> Result<()> {
    if let Some(origin) = headers.get("origin") {
        let tainted = origin != from.origin().ascii_serialization().as_bytes() || next.downgrade;
        if matches!(&*next.method, "GET" | "HEAD") {
            headers.remove("origin");
        } else if next.cross_origin && tainted {
            headers.set("Origin", b"null")?;
        }
    }
    let page =
        headers.get_str("referer").filter(|_| next.cross_origin).and_then(|page| Url::parse(page).ok());
    match page.map(|page| referer(&page, &next.url)) {
        None => {}
        Some(None) => drop(headers.remove("referer")),
        Some(Some(referer)) => headers.set("Referer", referer.as_bytes())?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::Document;
    use crate::html::form::{File, Form, Submitter, by_index};

    fn request(page: &str, html: &str) -> Request {
        let page = Document::parse(html, Url::parse(page).ok());
        let mut form = Form::new(&page, by_index(&page, 0).unwrap()).unwrap();
        let _ = form.attach("f", File::bytes("a.txt", "text/plain", *b"hi"));
        Request::from_submission(&form.submission(Submitter::Default).unwrap()).unwrap()
    }

    fn body(request: &Request) -> String {
        let mut source = request.body.open().unwrap();
        let mut all = Vec::new();
        let mut chunk = [0; 256];
        while let read @ 1.. = source.read(&mut chunk).unwrap() {
            all.extend_from_slice(&chunk[..read]);
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    #[test]
    fn forms_become_requests() {
        let get = request("http://h/p", "<form action=/s><input name=q value=1></form>");
        assert_eq!(
            (get.method.as_str(), get.url.as_str(), body(&get).as_str()),
            ("GET", "http://h/s?q=1", "")
        );
        let post = request("http://h/p", "<form method=post><input name=q value='a b'></form>");
        assert_eq!((post.method.as_str(), body(&post).as_str()), ("POST", "q=a+b"));
        assert_eq!(post.content_type.as_deref(), Some("application/x-www-form-urlencoded"));
        let html = "<form method=post enctype=multipart/form-data accept-charset=latin1>\
                    <input name='n&quot;&#233;' value=&#233;><input type=file name=f></form>";
        let parts = request("http://h/p", html);
        let written = body(&parts);
        assert!(parts.content_type.as_deref().unwrap().starts_with("multipart/form-data; boundary=--"));
        assert!(written.contains("form-data; name=\"n%22\u{fffd}\"\r\n\r\n\u{fffd}\r\n--"), "{written}");
        assert!(
            written.contains("name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--"),
            "{written}"
        );
    }

    #[test]
    fn the_page_is_the_referer() {
        let of = |from: &str, to: &str| referer(&Url::parse(from).unwrap(), &Url::parse(to).unwrap());
        assert_eq!(of("http://u:p@h/a?b#c", "http://h/x").as_deref(), Some("http://h/a?b"));
        assert_eq!(of("http://h/a", "http://other/x").as_deref(), Some("http://h/"));
        assert_eq!(of("http://h/a", "https://h/x").as_deref(), Some("http://h/"));
        assert_eq!(of("https://h/a", "http://h/x"), None);
        assert_eq!(of("data:text/html,x", "http://h/x"), None);
    }
}
