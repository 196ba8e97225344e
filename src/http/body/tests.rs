use super::*;
use std::io::Write;

/// A file of its own in the system's temporary folder, removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Temporary {
        let unique = crate::http::random::hex::<8>().unwrap();
        let folder = std::env::temp_dir().join(format!("htmlsession-{unique}"));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        Temporary(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn drain(source: &mut BodySource, room: usize) -> Result<Vec<u8>> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; room]);
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(all),
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Reads a body whole, with large and small buffers, twice over; its length must be as told.
fn content(body: &Body) -> Vec<u8> {
    let mut source = body.open().unwrap();
    let first = drain(&mut source, 64 * 1024).unwrap();
    source.rewind().unwrap();
    let second = drain(&mut source, 3).unwrap();
    assert!(first == second);
    assert_eq!(source.len().unwrap_or(first.len() as u64), first.len() as u64);
    assert_eq!(source.sent(), first.len() as u64);
    assert_eq!(source.read(&mut [0; 8]).unwrap(), 0, "the end stays the end");
    first
}

#[test]
fn bytes_and_nothing() {
    assert_eq!(content(&Body::Bytes(b"hello".as_slice().into())), b"hello");
    assert_eq!(content(&Body::Empty), b"");
    assert!(Body::Empty.is_empty() && !Body::Bytes(Arc::new([])).is_empty());
}

#[test]
fn files() {
    let file = Temporary::new("a.bin", &[7; 100_000]);
    assert_eq!(content(&Body::File(file.0.clone())), [7; 100_000]);
    let empty = Temporary::new("empty", b"");
    assert_eq!(content(&Body::File(empty.0.clone())), b"");
}

#[test]
fn files_that_cannot_be_sent() {
    let missing = Body::File("/nonexistent/file".into()).open().unwrap_err();
    assert_eq!(missing.code(), Code::Body);
    assert!(missing.message().starts_with("the file /nonexistent/file cannot be opened: "), "{missing}");
    let folder = Body::File(std::env::temp_dir()).open().unwrap_err();
    assert_eq!(folder.code(), Code::Body);
}

#[test]
fn a_file_that_grows_is_sent_as_it_was_and_one_that_shrinks_is_an_error() {
    let file = Temporary::new("grows", &[1; 1000]);
    let mut source = Body::File(file.0.clone()).open().unwrap();
    std::fs::OpenOptions::new().append(true).open(&file.0).unwrap().write_all(&[2; 500]).unwrap();
    assert_eq!(drain(&mut source, 64).unwrap(), [1; 1000]);

    let file = Temporary::new("shrinks", &[1; 1000]);
    let mut source = Body::File(file.0.clone()).open().unwrap();
    std::fs::OpenOptions::new().write(true).open(&file.0).unwrap().set_len(400).unwrap();
    let error = drain(&mut source, 64).unwrap_err();
    assert_eq!(error.code(), Code::Body);
    assert!(error.message().ends_with("became shorter while it was sent: 400 of 1000 bytes"), "{error}");
}

/// Counts upwards; can start again if told so.
struct Counter {
    next: u8,
    end: u8,
    rewinds: bool,
}

impl BodyRead for Counter {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if self.next == self.end {
            return Ok(0);
        }
        into[0] = self.next;
        self.next += 1;
        Ok(1)
    }
    fn rewind(&mut self) -> Result<()> {
        if !self.rewinds {
            return Err(Error::new(Code::Rewind, "no"));
        }
        self.next = 0;
        Ok(())
    }
}

fn counter(end: u8, rewinds: bool, length: Option<u64>) -> Body {
    Body::reader(Box::new(Counter { next: 0, end, rewinds }), length)
}

#[test]
fn readers_with_and_without_a_length() {
    assert_eq!(content(&counter(4, true, None)), [0, 1, 2, 3]);
    assert_eq!(content(&counter(4, true, Some(4))), [0, 1, 2, 3]);
    assert_eq!(content(&counter(9, true, Some(4))), [0, 1, 2, 3], "never more than was promised");
    let error = drain(&mut counter(3, true, Some(4)).open().unwrap(), 8).unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Body, "the body's reader ended after 3 of 4 bytes"));
    assert_eq!(counter(3, true, None).open().unwrap().len(), None);
}

#[test]
fn readers_that_cannot_start_again() {
    let body = counter(3, false, None);
    let mut source = body.open().unwrap();
    source.rewind().unwrap();
    source.read(&mut [0; 1]).unwrap();
    assert_eq!(source.rewind().unwrap_err().code(), Code::Rewind);
    drop(source);
    assert_eq!(body.open().unwrap_err().code(), Code::Rewind, "it was read before");
    assert_eq!(body.open().unwrap_err().code(), Code::Rewind, "and is not lost by asking");
}

#[test]
fn a_reader_serves_one_transfer_at_a_time_and_comes_back() {
    let body = counter(3, true, None);
    let mut first = body.open().unwrap();
    first.read(&mut [0; 1]).unwrap();
    assert_eq!(body.open().unwrap_err().code(), Code::State);
    drop(first);
    assert_eq!(drain(&mut body.clone().open().unwrap(), 8).unwrap(), [0, 1, 2]);
}

#[test]
fn a_reader_that_lies_about_its_count_is_caught() {
    struct Liar;
    impl BodyRead for Liar {
        fn read(&mut self, into: &mut [u8]) -> Result<usize> {
            Ok(into.len() + 1)
        }
    }
    let error = Body::reader(Box::new(Liar), None).open().unwrap().read(&mut [0; 4]).unwrap_err();
    assert_eq!(error.code(), Code::Body);
}

fn form(parts: Vec<Part>) -> Body {
    let mut form = Multipart::with_boundary("BB").unwrap();
    parts.into_iter().for_each(|part| form.push(part));
    Body::Multipart(Arc::new(form))
}

#[test]
fn multipart_of_every_kind() {
    let file = Temporary::new("na\"me.txt", b"from disk");
    let body = form(vec![
        Part::field("a", "1"),
        Part::field("empty", ""),
        Part::bytes("b", b"\0\xff\r\n").with_filename(Some("x.bin")).with_content_type("image/png").unwrap(),
        Part::bytes("plain", b"x")
            .with_content_type("text/plain")
            .unwrap()
            .with_header("X-Own", "1")
            .unwrap(),
        Part::file("up", &file.0),
        Part::file("up", &file.0).with_filename(None),
    ]);
    let expected = b"--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
        --BB\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n\
        --BB\r\nContent-Disposition: form-data; name=\"b\"; filename=\"x.bin\"\r\nContent-Type: image/png\r\n\r\n\0\xff\r\n\r\n\
        --BB\r\nContent-Disposition: form-data; name=\"plain\"\r\nContent-Type: text/plain\r\nX-Own: 1\r\n\r\nx\r\n\
        --BB\r\nContent-Disposition: form-data; name=\"up\"; filename=\"na%22me.txt\"\r\n\
        Content-Type: application/octet-stream\r\n\r\nfrom disk\r\n\
        --BB\r\nContent-Disposition: form-data; name=\"up\"\r\n\r\nfrom disk\r\n\
        --BB--\r\n";
    assert_eq!(String::from_utf8_lossy(&content(&body)), String::from_utf8_lossy(expected));
    assert_eq!(content(&form(vec![])), b"--BB--\r\n");
}

#[test]
fn multipart_names_cannot_break_out() {
    let body = form(vec![
        Part::field("a\"\r\nX: y", "v"),
        Part::bytes("\u{e4}", b"").with_filename(Some("\n\"\u{20ac}\\")),
    ]);
    let text = String::from_utf8(content(&body)).unwrap();
    assert!(text.contains("name=\"a%22%0D%0AX: y\"\r\n\r\nv\r\n"), "{text}");
    assert!(text.contains("name=\"\u{e4}\"; filename=\"%0A%22\u{20ac}\\\"\r\n"), "{text}");
    let part = || Part::field("a", "b");
    for error in [
        part().with_content_type("text/plain\r\nX: y").unwrap_err(),
        part().with_header("X Y", "z").unwrap_err(),
        part().with_header("content-disposition", "z").unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::Header);
    }
}

#[test]
fn multipart_files_must_stay_as_they_were() {
    let error = form(vec![Part::file("f", "/nonexistent")]).open().unwrap_err();
    assert_eq!(error.code(), Code::Body);
    let file = Temporary::new("f", &[1; 10]);
    let mut source = form(vec![Part::file("f", &file.0)]).open().unwrap();
    std::fs::write(&file.0, [1; 11]).unwrap();
    let error = drain(&mut source, 1000).unwrap_err();
    assert!(error.message().ends_with("changed its size: it had 10 bytes"), "{error}");
}

#[test]
fn large_files_are_streamed_with_their_length_known() {
    let file = Temporary::new("large", b"");
    std::fs::OpenOptions::new().write(true).open(&file.0).unwrap().set_len(5 << 30).unwrap();
    let mut source = form(vec![Part::file("f", &file.0)]).open().unwrap();
    let same = Part::bytes("f", b"").with_filename(Some("large"));
    let frame = content(&form(vec![same])).len() as u64;
    assert_eq!(source.len(), Some((5 << 30) + frame));
    let mut buffer = [0; 4096];
    assert_eq!(source.read(&mut buffer).unwrap(), 4096);
    source.rewind().unwrap();
    assert!(source.read(&mut buffer).is_ok() && buffer.starts_with(b"--BB\r\n"));
}

#[test]
fn boundaries() {
    let (one, two) = (Multipart::new().unwrap().content_type(), Multipart::new().unwrap().content_type());
    assert_ne!(one, two);
    assert!(one.starts_with("multipart/form-data; boundary=----htmlsession"), "{one}");
    assert_eq!(
        Multipart::with_boundary("a:b").unwrap().content_type(),
        "multipart/form-data; boundary=\"a:b\""
    );
    for bad in ["", "a b", "a\r\nb", "\u{e4}", &"x".repeat(71)] {
        assert_eq!(Multipart::with_boundary(bad).unwrap_err().code(), Code::Argument, "{bad:?}");
    }
}

#[test]
fn anything_that_reads_is_a_body() {
    let mut source = Body::from_read(&b"hello"[..], Some(5)).open().unwrap();
    assert_eq!(drain(&mut source, 3).unwrap(), b"hello");
    assert_eq!(source.rewind().unwrap_err().code(), Code::Rewind);
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("no disk"))
        }
    }
    let error = Body::from_read(Broken, None).open().unwrap().read(&mut [0]).unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Body, "the body's reader failed: no disk"));
}

#[test]
fn bodies_move_between_threads() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<Body>();
    moved::<BodySource>();
}
