//! `multipart/form-data` (RFC 7578), with names escaped as the HTML standard does.
//!
//! Files are streamed: of each one only its length is known beforehand, and only the one that is
//! being sent is open.

use super::file::FileSource;
use crate::error::{Code, Error, Result};
use crate::http::headers::Headers;
use crate::http::random;
use std::path::PathBuf;
use std::sync::Arc;

/// One part of a form.
#[derive(Clone, Debug)]
pub struct Part {
    name: Vec<u8>,
    filename: Option<Vec<u8>>,
    headers: Headers,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Bytes(Arc<[u8]>),
    File(PathBuf),
}

impl Part {
    /// A plain field: no file name, no type.
    pub fn field(name: &str, value: &str) -> Part {
        Part::bytes(name, value.as_bytes())
    }

    /// Bytes; without a file name a plain field.
    pub fn bytes(name: &str, bytes: &[u8]) -> Part {
        Part {
            name: name.as_bytes().into(),
            filename: None,
            headers: Headers::new(),
            content: Content::Bytes(bytes.into()),
        }
    }

    /// A file, streamed from disk when the form is sent. Its file name is the last component of
    /// the path unless another is given.
    pub fn file(name: &str, path: impl Into<PathBuf>) -> Part {
        let path = path.into();
        let filename = path.file_name().map(|name| name.to_string_lossy().into_owned().into_bytes());
        Part {
            name: name.as_bytes().into(),
            filename: Some(filename.unwrap_or_default()),
            headers: Headers::new(),
            content: Content::File(path),
        }
    }

    /// Gives the part a file name, or takes it away. A part with one and without a type is sent
    /// as `application/octet-stream`.
    #[must_use]
    pub fn with_filename(mut self, filename: Option<&str>) -> Part {
        self.filename = filename.map(|name| name.as_bytes().into());
        self
    }

    /// Gives the part names in an encoding that is not UTF-8, as forms of other pages need them.
    #[must_use]
    pub(crate) fn with_encoded_names(mut self, name: Vec<u8>, filename: Option<Vec<u8>>) -> Part {
        (self.name, self.filename) = (name, filename);
        self
    }

    /// Gives the part a media type.
    ///
    /// # Errors
    /// [`Code::Header`].
    pub fn with_content_type(self, media_type: &str) -> Result<Part> {
        self.with_header("Content-Type", media_type)
    }

    /// Gives the part a header of its own.
    ///
    /// # Errors
    /// [`Code::Header`], also for `Content-Disposition`, which is made from the names.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Part> {
        if name.eq_ignore_ascii_case("content-disposition") {
            return Err(Error::new(Code::Header, "a part's Content-Disposition is made from its names"));
        }
        self.headers.set(name, value.as_bytes())?;
        Ok(self)
    }

    /// What stands before the content.
    fn head(&self, boundary: &str) -> Vec<u8> {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"").into_bytes();
        escape_into(&mut head, &self.name);
        head.push(b'"');
        if let Some(filename) = &self.filename {
            head.extend_from_slice(b"; filename=\"");
            escape_into(&mut head, filename);
            head.push(b'"');
            if !self.headers.contains("content-type") {
                head.extend_from_slice(b"\r\nContent-Type: application/octet-stream");
            }
        }
        for (name, value) in self.headers.iter() {
            head.extend_from_slice(b"\r\n");
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
        }
        head.extend_from_slice(b"\r\n\r\n");
        head
    }
}

/// Escapes a name (HTML, "multipart form data": quote, CR and LF, nothing else).
fn escape_into(into: &mut Vec<u8>, name: &[u8]) {
    for byte in name {
        match byte {
            b'"' => into.extend_from_slice(b"%22"),
            b'\r' => into.extend_from_slice(b"%0D"),
            b'\n' => into.extend_from_slice(b"%0A"),
            byte => into.push(*byte),
        }
    }
}

/// A form of parts.
#[derive(Clone, Debug)]
pub struct Multipart {
    boundary: String,
    parts: Vec<Part>,
}

impl Multipart {
    /// A form without parts, with a random boundary.
    ///
    /// # Errors
    /// [`Code::Internal`] when the operating system has no random bytes.
    pub fn new() -> Result<Multipart> {
        Ok(Multipart { boundary: format!("----htmlsession{}", random::hex::<16>()?), parts: Vec::new() })
    }

    /// A form without parts, with this boundary.
    ///
    /// # Errors
    /// [`Code::Argument`] when it is not one (RFC 2046, 5.1.1; no spaces).
    pub fn with_boundary(boundary: &str) -> Result<Multipart> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
        if !(1..=70).contains(&boundary.len()) || !boundary.bytes().all(fits) {
            return Err(Error::new(Code::Argument, "a boundary has 1 to 70 letters, digits or '()+_,-./:=?"));
        }
        Ok(Multipart { boundary: boundary.into(), parts: Vec::new() })
    }

    /// Appends a part.
    pub fn push(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// The number of parts.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there is no part.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The value of the request's `Content-Type` field.
    pub fn content_type(&self) -> String {
        let is_token = crate::http::syntax::is_token(self.boundary.as_bytes());
        let quote = if is_token { "" } else { "\"" };
        format!("multipart/form-data; boundary={quote}{}{quote}", self.boundary)
    }

    fn tail(&self) -> Vec<u8> {
        format!("--{}--\r\n", self.boundary).into_bytes()
    }
}

/// A form that is being sent.
#[derive(Debug)]
pub(super) struct MultipartSource {
    form: Arc<Multipart>,
    length: u64,
    /// The lengths that the files had at first, by part; 0 for bytes.
    files: Vec<u64>,
    /// The part that is being sent; the number of parts for the closing delimiter.
    part: usize,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// A part's head, or the closing delimiter.
    Head(Vec<u8>, usize),
    Bytes(usize),
    File(FileSource),
    /// The line end after a part's content.
    LineEnd(usize),
    Done,
}

impl MultipartSource {
    pub(super) fn open(form: Arc<Multipart>) -> Result<MultipartSource> {
        let mut length = form.tail().len() as u64;
        let mut files = Vec::with_capacity(form.parts.len());
        for part in &form.parts {
            let (content, file) = match &part.content {
                Content::Bytes(bytes) => (bytes.len() as u64, 0),
                Content::File(path) => {
                    let Some(length) = FileSource::open(path)?.len() else {
                        let text = format!("the file {} has no length: it cannot be a part", path.display());
                        return Err(Error::new(Code::Body, text));
                    };
                    (length, length)
                }
            };
            files.push(file);
            length += part.head(&form.boundary).len() as u64 + content + 2;
        }
        let mut source = MultipartSource { form, length, files, part: 0, stage: Stage::Done };
        source.rewind();
        Ok(source)
    }

    pub(super) fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn rewind(&mut self) {
        self.part = 0;
        self.stage = self.head();
    }

    fn head(&self) -> Stage {
        match self.form.parts.get(self.part) {
            Some(part) => Stage::Head(part.head(&self.form.boundary), 0),
            None => Stage::Head(self.form.tail(), 0),
        }
    }

    /// Fills the buffer as far as there are bytes.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < into.len() && !matches!(self.stage, Stage::Done) {
            let count = self.read_stage(&mut into[filled..])?;
            filled += count;
            if count == 0 {
                self.advance()?;
            }
        }
        Ok(filled)
    }

    fn read_stage(&mut self, into: &mut [u8]) -> Result<usize> {
        let part = self.form.parts.get(self.part);
        match &mut self.stage {
            Stage::Head(head, at) => Ok(copy(head, at, into)),
            Stage::Bytes(at) => match part.map(|part| &part.content) {
                Some(Content::Bytes(bytes)) => Ok(copy(bytes, at, into)),
                _ => Ok(0),
            },
            Stage::File(file) => file.read(into),
            Stage::LineEnd(at) => Ok(copy(b"\r\n", at, into)),
            Stage::Done => Ok(0),
        }
    }

    fn advance(&mut self) -> Result<()> {
        let part = self.form.parts.get(self.part);
        self.stage = match (&self.stage, part.map(|part| &part.content)) {
            (Stage::Head(..), Some(Content::Bytes(_))) => Stage::Bytes(0),
            (Stage::Head(..), Some(Content::File(path))) => {
                let file = FileSource::open(path)?;
                let (now, then) = (file.len(), self.files[self.part]);
                if now != Some(then) {
                    let text = format!("the file {} changed its size: it had {then} bytes", path.display());
                    return Err(Error::new(Code::Body, text));
                }
                Stage::File(file)
            }
            (Stage::Head(..), None) | (Stage::Done, _) => Stage::Done,
            (Stage::Bytes(_) | Stage::File(_), _) => Stage::LineEnd(0),
            (Stage::LineEnd(_), _) => {
                self.part += 1;
                self.head()
            }
        };
        Ok(())
    }
}

fn copy(from: &[u8], at: &mut usize, into: &mut [u8]) -> usize {
    let rest = &from[*at..];
    let count = rest.len().min(into.len());
    into[..count].copy_from_slice(&rest[..count]);
    *at += count;
    count
}
