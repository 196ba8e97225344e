//! Large bodies, and responses whose body is read while it comes.

use super::Server;
use htmlsession::{Error, Request, Response};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// A piece of 64 KiB that tells its place.
pub fn piece(number: usize) -> Vec<u8> {
    static PATTERN: LazyLock<Vec<u8>> = LazyLock::new(|| (0..65 * 1024).map(|at| (at % 251) as u8).collect());
    PATTERN[number % 1024..][..64 * 1024].to_vec()
}

pub fn request(url: &str) -> Request {
    Request::new("GET", url).unwrap()
}

pub fn streamed(url: &str) -> Request {
    let mut request = request(url);
    request.set_streamed(true);
    request
}

pub fn read_all(response: &Response) -> Result<Vec<u8>, (Vec<u8>, Error)> {
    let (mut all, mut chunk) = (Vec::new(), vec![0; 10_000]);
    loop {
        match response.read(&mut chunk) {
            Ok(0) => return Ok(all),
            Ok(count) => all.extend_from_slice(&chunk[..count]),
            Err(error) => return Err((all, error)),
        }
    }
}

/// Sends `count` pieces of [`piece`], and counts those that it could write.
pub fn flood(count: usize, written: Arc<AtomicUsize>) -> Server {
    Server::raw(move |_, stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", count * 64 * 1024);
        if stream.write_all(head.as_bytes()).is_err() {
            return false;
        }
        for number in 0..count {
            if stream.write_all(&piece(number)).is_err() {
                return false;
            }
            written.fetch_add(1, Ordering::SeqCst);
        }
        true
    })
}
