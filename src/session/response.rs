//! What came back.

use super::buffers::Buffer;
use super::log::{Event, show, show_text};
use super::stream::{Bookmark, From, Source};
use crate::cookies::Outcome;
use crate::engine::{Facts, Timings};
use crate::error::{Code, Error, Result};
use crate::html::charset::{self, Charset, Hints};
use crate::html::{Document, EncodingSource, ParseOptions};
use crate::http::referrer::ReferrerPolicy;
use crate::http::{Headers, HttpVersion, ResponseHead};
use crate::text::Text;
use once_cell::sync::OnceCell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A response: the end of a request, whatever became of it. Immutable; any number of threads may
/// read it.
#[derive(Default)]
pub struct Response {
    pub(crate) id: u64,
    pub(crate) userdata: usize,
    pub(crate) error: Option<Error>,
    pub(crate) method: Text,
    pub(crate) parsed_url: Option<Url>,
    /// The URL for C, once it was asked for; of a request whose URL is not valid, as it was given.
    pub(crate) url: OnceCell<Text>,
    pub(crate) head: ResponseHead,
    /// With a NUL behind it.
    pub(crate) body: Buffer,
    pub(crate) history: Vec<Arc<Response>>,
    pub(crate) facts: Facts,
    /// The proxy's URL, without credentials.
    pub(crate) proxy: Text,
    /// The `Cookie` field, and how many cookies it has.
    pub(crate) cookie: Vec<u8>,
    pub(crate) cookies_sent: usize,
    /// What became of its `Set-Cookie` fields.
    pub(crate) cookies: Vec<Outcome>,
    pub(crate) notes: Vec<Note>,
    pub(crate) undecoded: Option<Text>,
    pub(crate) resumed_from: u64,
    /// Where the body comes from if it is read while it comes.
    pub(crate) source: Option<Source>,
    /// Where reading stands.
    pub(crate) bookmark: Bookmark,
    /// The whole request, all hops.
    pub(crate) elapsed: Duration,
    pub(crate) html: OnceCell<Arc<Document>>,
    pub(crate) text: OnceCell<(Decoded, &'static str, EncodingSource)>,
}

/// A decision that was made on a hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it was about.
    pub event: Event,
    pub(crate) text: Text,
}

impl Note {
    /// What was decided, in one line without secrets.
    pub fn text(&self) -> &str {
        self.text.as_str()
    }
}

/// Decoded text with a NUL behind it for C; it may hold NULs of its own.
pub(crate) struct Decoded(String);

impl Decoded {
    fn as_str(&self) -> &str {
        &self.0[..self.0.len() - 1]
    }
}

/// Shows neither header nor body, and of the URL no query: any of them may hold secrets.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Response");
        shown.field("id", &self.id).field("method", &self.method).field("url", &self.shown_url());
        shown.field("status", &self.head.status).field("error", &self.error()).field("body", &self.body);
        shown.field("history", &self.history).field("notes", &self.notes).finish_non_exhaustive()
    }
}

impl Response {
    /// A response for a request that could not even begin.
    pub(crate) fn failed(error: Error) -> Response {
        Response { error: Some(error), body: vec![0].into(), ..Response::default() }
    }

    /// What went wrong, if anything: an HTTP status of 400 and more is no error. Of a response that
    /// is read while it comes, what the reader has met too.
    pub fn error(&self) -> Option<&Error> {
        let late = self.source.as_ref().and_then(Source::end).and_then(|end| end.error.as_ref());
        self.error.as_ref().or(late)
    }

    /// Whether the body is read while it comes.
    pub fn is_streamed(&self) -> bool {
        self.source.is_some()
    }

    /// What the body is read from.
    fn from(&self) -> Result<From<'_>> {
        match &self.source {
            Some(source) => source.check().map(|()| From::Source(source)),
            None => Ok(From::Memory(self.body())),
        }
    }

    /// Reads the next bytes of the body; 0 is its end. Of a response that is streamed it waits for at
    /// least one byte, and the calling thread drives the transfer meanwhile; other responses are
    /// read from memory. Any thread, one at a time.
    ///
    /// # Errors
    /// What broke the transfer, after all bytes that came before; [`Code::State`] while another
    /// thread reads, [`Code::Busy`] from inside a callback of the session, [`Code::Closed`] when the
    /// session is, [`Code::Forked`].
    pub fn read(&self, into: &mut [u8]) -> Result<usize> {
        let from = self.from()?;
        let count = self.bookmark.read(|reading| reading.read(from, into))?;
        match &self.error {
            Some(error) if count == 0 && !into.is_empty() => Err(error.clone()),
            _ => Ok(count),
        }
    }

    /// Reads the next line, without its end (CR LF, LF or CR), in place of what is in `into`; false when
    /// there is none left. As [`Response::read`].
    ///
    /// # Errors
    /// As [`Response::read`]; [`Code::BodyTooLarge`] for a line of more than 16 MiB.
    pub fn read_line(&self, into: &mut Vec<u8>) -> Result<bool> {
        let from = self.from()?;
        match (self.bookmark.read(|reading| reading.read_line(from, into))?, &self.error) {
            (false, Some(error)) => Err(error.clone()),
            (any, _) => Ok(any),
        }
    }

    /// How many bytes can be read without waiting; `None` at the end. While another thread reads it is
    /// 0: what comes is that thread's.
    ///
    /// # Errors
    /// [`Code::Busy`], [`Code::Forked`].
    pub fn available(&self) -> Result<Option<usize>> {
        Ok(self.bookmark.available(self.from()?))
    }

    fn facts(&self) -> &Facts {
        self.source.as_ref().and_then(Source::end).map_or(&self.facts, |end| &end.facts)
    }

    /// No error, and a status below 400.
    pub fn ok(&self) -> bool {
        self.error().is_none() && self.head.status < 400
    }

    /// The status; 0 if no response came.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The reason phrase; the registered one where the protocol has none.
    pub fn reason(&self) -> &str {
        self.head.reason.as_str()
    }

    /// The version of HTTP; `None` if no response came.
    pub fn version(&self) -> Option<HttpVersion> {
        self.head.version
    }

    /// The URL that answered, without credentials; empty if the request's URL was not valid.
    pub fn url(&self) -> &str {
        self.parsed_url.as_ref().map_or_else(|| self.url_text().as_str(), Url::as_str)
    }

    /// The URL as messages may show it.
    pub(super) fn shown_url(&self) -> String {
        self.parsed_url.as_ref().map_or_else(|| show_text(self.url()), show)
    }

    pub(crate) fn url_text(&self) -> &Text {
        self.url.get_or_init(|| Text::new(self.parsed_url.as_ref().map_or("", Url::as_str)))
    }

    /// The method that this hop was made with.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The header fields.
    pub fn headers(&self) -> &Headers {
        &self.head.headers
    }

    /// The fields behind the body.
    pub fn trailers(&self) -> &Headers {
        let end = self.source.as_ref().and_then(Source::end);
        end.map_or(&self.head.trailers, |end| &end.trailers)
    }

    /// The body, its content encoding undone. After an error, what had come until then. Empty if it
    /// went to a reader, a sink or a file.
    pub fn body(&self) -> &[u8] {
        self.body.split_last().map_or(&[], |(_, body)| body)
    }

    /// The codings that are still on the body because they are not known here.
    pub fn undecoded(&self) -> Option<&str> {
        self.undecoded.as_ref().map(Text::as_str)
    }

    /// The hops before this one, the oldest first: redirects, and challenges that were answered.
    pub fn history(&self) -> &[Arc<Response>] {
        &self.history
    }

    /// The server's (or proxy's) address, `ip:port`; empty if there was no connection.
    pub fn remote_address(&self) -> &str {
        self.facts.remote.as_str()
    }

    /// The times of this hop.
    pub fn timings(&self) -> Timings {
        self.facts().timings
    }

    /// The time of the whole request, all hops.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Bytes of the body received, as they came over the wire.
    pub fn bytes_received(&self) -> u64 {
        self.facts().received
    }

    /// Bytes of the body sent.
    pub fn bytes_sent(&self) -> u64 {
        self.facts().sent
    }

    /// Whether the connection had been opened by an earlier request.
    pub fn reused_connection(&self) -> bool {
        self.facts().reused
    }

    /// The proxy that the hop went through, without credentials; empty if there was none.
    pub fn proxy(&self) -> &str {
        self.proxy.as_str()
    }

    /// What was decided on this hop: redirects, headers that stayed behind, retries, cookies that
    /// were refused, and the like.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Where a download went on: the bytes that its file had before.
    pub fn resumed_from(&self) -> u64 {
        self.resumed_from
    }

    /// The `Cookie` field that this hop sent; empty if there was none.
    pub fn cookie_field(&self) -> &[u8] {
        &self.cookie
    }

    /// What became of each `Set-Cookie` field of this hop.
    pub fn cookies(&self) -> &[Outcome] {
        &self.cookies
    }

    /// How many cookies this hop sent.
    pub fn cookies_sent(&self) -> usize {
        self.cookies_sent
    }

    /// What a submitted request was given for its own use.
    pub fn userdata(&self) -> usize {
        self.userdata
    }

    /// The id of a submitted request; 0 for others.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// A body that is read while it comes is nowhere as a whole.
    pub(crate) fn check_in_memory(&self) -> Result<()> {
        if self.is_streamed() {
            return Err(Error::new(Code::State, "the response is streamed: its body is read, not kept"));
        }
        Ok(())
    }

    /// The page, parsed on the first call.
    ///
    /// # Errors
    /// [`Code::DocumentTooLarge`], [`Code::Memory`], [`Code::State`] if the response is streamed.
    pub fn html(&self) -> Result<&Arc<Document>> {
        self.check_in_memory()?;
        self.html.get_or_try_init(|| {
            let options = ParseOptions {
                content_type: self.content_type(),
                url: self.parsed_url.clone(),
                next: self.link("next"),
                referrer_policy: ReferrerPolicy::of_fields(self.headers().get_all("referrer-policy")),
                ..ParseOptions::default()
            };
            Document::from_bytes(self.body(), options).map(Arc::new)
        })
    }

    /// The body as text, decoded on the first call as the HTML standard finds the encoding of a
    /// page: byte order mark, HTTP, `meta`, detection.
    ///
    /// # Errors
    /// [`Code::Memory`], [`Code::State`] if the response is streamed.
    pub fn text(&self) -> Result<&str> {
        Ok(self.decoded()?.0.as_str())
    }

    /// The name of the encoding that [`Response::text`] was decoded from, and what decided it.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn encoding(&self) -> Result<(&'static str, EncodingSource)> {
        self.decoded().map(|(_, name, source)| (*name, *source))
    }

    fn decoded(&self) -> Result<&(Decoded, &'static str, EncodingSource)> {
        self.check_in_memory()?;
        self.text.get_or_try_init(|| {
            let content_type = self.content_type();
            let hints = Hints {
                encoding: None,
                content_type: content_type.as_deref(),
                host: self.parsed_url.as_ref().and_then(Url::host_str),
            };
            let charset = Charset::determine(self.body(), &hints);
            let mut text = charset.decode(self.body())?.into_owned();
            text.push('\0');
            Ok((Decoded(text), charset.name(), charset.source()))
        })
    }

    fn content_type(&self) -> Option<String> {
        charset::content_type(self.headers().get_all("content-type"))
    }
}
