//! What a form sends, made into a request.

use super::Request;
use crate::error::Result;
use crate::html::form::{self, FileContent, Method, Submission};
use crate::http::redirect::Next;
use crate::http::referrer::ReferrerPolicy;
use crate::http::{Body, Headers, Part};
use url::Url;

impl Request {
    /// The request that submits a form, with the `Referer` and, for POST, the `Origin` that a
    /// browser sends by the page's referrer policy.
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
        let policy = submission.referrer_policy;
        request.of_page = Some(policy);
        if let Some(page) = &submission.referrer {
            if let Some(referer) = policy.referer(page, &submission.url) {
                request.set_header("Referer", Some(referer.as_bytes()))?;
            }
            if submission.method == Method::Post {
                let origin = policy.origin(page, &submission.url);
                request.set_header("Origin", Some(origin.as_bytes()))?;
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

/// What becomes of the `Referer` and `Origin` of a page's request at a redirect (Fetch, 4.5 and 3.2).
pub(super) fn redirect_page(
    headers: &mut Headers,
    policy: ReferrerPolicy,
    from: &Url,
    next: &Next,
) -> Result<()> {
    if matches!(&*next.method, "GET" | "HEAD") {
        headers.remove("origin");
    } else if let Some(page) = headers.get_str("origin").and_then(|page| Url::parse(page).ok()) {
        let tainted = next.cross_origin && page.origin() != from.origin();
        let origin = if tainted { "null".into() } else { policy.origin(&page, &next.url) };
        headers.set("Origin", origin.as_bytes())?;
    }
    let page = headers.get_str("referer").and_then(|page| Url::parse(page).ok());
    match page.map(|page| policy.referer(&page, &next.url)) {
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
    fn the_page_says_what_is_told_of_it() {
        let told = |page: &str, html: &str| {
            let request = request(page, &format!("{html}<input type=hidden name=a></form>"));
            let field = |name| request.headers.fields().get_str(name).map(String::from);
            [field("referer"), field("origin")].map(Option::unwrap_or_default)
        };
        let page = "https://u:p@h/a?b#c";
        for (html, referer, origin) in [
            ("<form method=post>", "https://h/a?b", "https://h"),
            ("<form>", "https://h/a?b", ""),
            ("<form method=post action=http://h/>", "", "null"),
            ("<meta name=Referrer content=NEVER><form method=post>", "", "null"),
            ("<meta name=referrer content=origin><meta name=referrer content=x><form>", "https://h/", ""),
            (
                "<form method=post action=http://h/><meta name=referrer content=always>",
                "https://h/a?b",
                "https://h",
            ),
            (
                "<meta content=origin><template><meta name=referrer content=origin></template><form>",
                "https://h/a?b",
                "",
            ),
            ("<form method=post rel='x NoReferrer'>", "", "null"),
        ] {
            assert_eq!(told(page, html), [referer, origin], "{html}");
        }
    }

    #[test]
    fn a_redirect_tells_no_more_than_the_page_did() {
        let told = |policy, from: &str, to: &str, headers: [&str; 2]| {
            let [from, url] = [from, to].map(|url| Url::parse(url).unwrap());
            let cross_origin = from.origin() != url.origin();
            let downgrade = from.scheme() == "https" && url.scheme() == "http";
            let next = Next { url, method: "POST".into(), keeps_body: true, cross_origin, downgrade };
            let mut sent = Headers::new();
            for (name, value) in ["Referer", "Origin"].into_iter().zip(headers) {
                sent.set(name, value.as_bytes()).unwrap();
            }
            redirect_page(&mut sent, policy, &from, &next).unwrap();
            ["referer", "origin"].map(|name| sent.get_str(name).unwrap_or_default().to_owned())
        };
        use ReferrerPolicy::*;
        let page = ["https://h/a", "https://h"];
        assert_eq!(told(UnsafeUrl, "https://h/", "http://h/", page), page);
        assert_eq!(told(StrictOriginWhenCrossOrigin, "https://h/", "http://h/", page), ["", "null"]);
        assert_eq!(told(SameOrigin, "https://h/", "https://o/", page), ["", "null"]);
        assert_eq!(told(NoReferrer, "https://h/", "https://h/x", page), ["", "null"]);
        assert_eq!(told(StrictOrigin, "https://h/", "https://h/x", page), ["https://h/", "https://h"]);
        // Whoever comes by way of another origin cannot be believed.
        assert_eq!(told(UnsafeUrl, "https://o/", "https://h/x", page), ["https://h/a", "null"]);
        assert_eq!(told(UnsafeUrl, "https://h/", "https://h/x", ["", "null"]), ["", "null"]);
    }
}
