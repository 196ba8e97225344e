//! The whole job: get 200 pages over one kept-alive connection, parse each, and take its absolute
//! links and its title. The library through its C functions beside libcurl with lexbor, and the
//! scrapers of Python and Ruby.
//!
//! ```text
//! HTMLSESSION_CORPUS=folder[:folder…] cargo bench --bench job [-- ROUNDS]
//! ```
//!
//! The pages are those of the bench `html`, served from memory by this process. Contenders, each in
//! a process of its own, run in turn, round by round, and the CPU time of their process counts. A
//! ratio is the median over the rounds of the ratio within one round. `HTMLSESSION_LEXBOR` names
//! the library that `make bench-html` makes of `lexbor.c`, `HTMLSESSION_PYTHON` a Python with
//! requests, lxml and requests-html, `HTMLSESSION_RUBY` a Ruby with mechanize; an absent one is said
//! to be absent. Go is not among them: its HTML parser is no part of its standard library.

use curl_sys as sys;
use htmlsession::ffi::html::{
    SESSION_LINKS_ABSOLUTE, SESSION_LINKS_ANCHORS, SESSION_LINKS_JAVASCRIPT, SESSION_LINKS_MAILTO,
    SESSION_LINKS_REPEATED,
};
use htmlsession::ffi::session::session_t;
use std::ffi::{CString, c_char, c_void};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use support::lexbor::Lexbor;
use support::library::api;
use support::{corpus, median};

mod support;

/// Every `a[href]`, as the others take them.
const LINKS: u32 = SESSION_LINKS_ABSOLUTE
    | SESSION_LINKS_REPEATED
    | SESSION_LINKS_ANCHORS
    | SESSION_LINKS_JAVASCRIPT
    | SESSION_LINKS_MAILTO;

/// The contenders; those that take seconds a round run once.
const NAMES: [(&str, bool); 5] = [
    ("htmlsession", false),
    ("libcurl + lexbor", false),
    ("requests + lxml", true),
    ("mechanize", true),
    ("requests-html", true),
];

/// Serves page N at /N until the process ends.
fn serve(pages: Vec<Vec<u8>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let port = listener.local_addr().expect("bound").port();
    let pages = Arc::new(pages);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let pages = pages.clone();
            std::thread::spawn(move || answer(stream, &pages));
        }
    });
    port
}

fn answer(mut stream: TcpStream, pages: &[Vec<u8>]) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let number = line.split(' ').nth(1)?.trim_start_matches('/').parse::<usize>().unwrap_or(usize::MAX);
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        }
        let empty = Vec::new();
        let (status, page) = pages.get(number).map_or(("404 Not Found", &empty), |page| ("200 OK", page));
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.len());
        stream.write_all(&[head.as_bytes(), page].concat()).ok()?;
    }
}

/// Nanoseconds of CPU time of this process.
fn cpu() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel fills the structure.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// A page through the C functions: its links, and one more for its title.
///
/// # Safety
/// A live session.
unsafe fn ours(session: *mut session_t, url: &CString) -> usize {
    let api = api();
    // SAFETY: live handles, each freed once, and NUL-terminated texts.
    unsafe {
        let response = (api.session_get)(session, url.as_ptr());
        assert_eq!((api.session_response_ok)(response), 1);
        let html = (api.session_response_html)(response);
        (api.session_response_free)(response);
        let links = (api.session_html_links)(html, 0, LINKS);
        let title = (api.session_buffer_new)();
        (api.session_html_title)(html, title);
        let titled = usize::from(*(api.session_buffer_data)(title, std::ptr::null_mut()) != 0);
        let found = (api.session_strings_count)(links) + titled;
        (api.session_buffer_free)(title);
        (api.session_strings_free)(links);
        (api.session_html_free)(html);
        found
    }
}

extern "C" fn keep(data: *mut c_char, size: usize, count: usize, body: *mut c_void) -> usize {
    // SAFETY: libcurl passes its buffer and the vector that was set.
    unsafe {
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), size * count);
        (*body.cast::<Vec<u8>>()).extend_from_slice(bytes);
    }
    size * count
}

/// Answers "run" with what a pass found, and its time.
fn contend(name: &str, base: &str, pages: usize) {
    let api = api();
    let urls: Vec<CString> =
        (0..pages).map(|page| CString::new(format!("{base}{page}")).expect("no NUL")).collect();
    let lexbor = if name == "htmlsession" { None } else { Lexbor::load() };
    let mut body: Vec<u8> = Vec::new();
    // SAFETY: a handle with options of the right types, whose vector outlives it; a live session.
    unsafe {
        let session = (api.session_new)();
        let easy = sys::curl_easy_init();
        sys::curl_easy_setopt(easy, sys::CURLOPT_NOSIGNAL, 1_i64);
        sys::curl_easy_setopt(easy, sys::CURLOPT_WRITEFUNCTION, keep as *const c_void);
        sys::curl_easy_setopt(easy, sys::CURLOPT_WRITEDATA, &raw mut body);
        for _ in std::io::stdin().lines() {
            let start = cpu();
            let found: usize = match &lexbor {
                None => urls.iter().map(|url| ours(session, url)).sum(),
                Some(lexbor) => {
                    let page = |url: &CString| {
                        body.clear();
                        sys::curl_easy_setopt(easy, sys::CURLOPT_URL, url.as_ptr());
                        assert_eq!(sys::curl_easy_perform(easy), sys::CURLE_OK);
                        lexbor.page(&body, url)
                    };
                    urls.iter().map(page).sum()
                }
            };
            println!("{found} {}", cpu() - start);
        }
        sys::curl_easy_cleanup(easy);
        (api.session_free)(session);
    }
}

struct Contender {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Contender {
    fn start(name: &str, base: &str, pages: usize) -> Option<Contender> {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let interpreter =
            |variable, default: &str| std::env::var_os(variable).unwrap_or_else(|| default.into());
        let mut command = match name {
            "htmlsession" | "libcurl + lexbor" => {
                let mut command = Command::new(std::env::current_exe().expect("the bench itself"));
                command.arg("contend");
                command
            }
            "mechanize" => {
                let mut command = Command::new(interpreter("HTMLSESSION_RUBY", "ruby"));
                command.arg(benches.join("job_peer.rb"));
                command
            }
            _ => {
                let mut command = Command::new(interpreter("HTMLSESSION_PYTHON", "python3"));
                command.arg(benches.join("job_peers.py"));
                command
            }
        };
        if name == "libcurl + lexbor" && std::env::var_os("HTMLSESSION_LEXBOR").is_none() {
            return None;
        }
        command.args([name, base, &pages.to_string()]).stderr(Stdio::null());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (to, from) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Contender { child, to, from })
    }

    /// What a pass found, and its nanoseconds.
    fn run(&mut self) -> Option<(usize, u64)> {
        writeln!(self.to, "run").ok()?;
        let mut answer = String::new();
        self.from.read_line(&mut answer).ok()?;
        let (found, time) = answer.trim().split_once(' ')?;
        Some((found.parse().ok()?, time.parse().ok()?))
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn measure(rounds: usize) {
    let pages: Vec<Vec<u8>> = corpus().iter().map(|path| std::fs::read(path).expect("a page")).collect();
    if pages.is_empty() {
        println!("no pages found (HTMLSESSION_CORPUS): nothing measured");
        return;
    }
    let count = pages.len();
    let base = format!("http://127.0.0.1:{}/", serve(pages));
    println!("{count} pages, {rounds} rounds");
    let mut contenders: Vec<Option<Contender>> =
        NAMES.iter().map(|(name, _)| Contender::start(name, &base, count)).collect();
    let mut passes: Vec<Vec<Option<(usize, u64)>>> = vec![Vec::new(); NAMES.len()];
    // The first pass opens connections and compiles: it does not count.
    for round in 0..=rounds {
        for (at, (_, slow)) in NAMES.iter().enumerate() {
            let pass = match &mut contenders[at] {
                Some(contender) if !slow || round == 1 => contender.run(),
                _ => None,
            };
            if round > 0 {
                passes[at].push(pass);
            }
        }
    }
    println!("{:<20}{:>16}{:>20}{:>14}", "", "CPU ms / page", "CPU / that of ours", "found");
    for ((name, _), passes_of) in NAMES.iter().zip(&passes) {
        let Some((found, best)) = passes_of.iter().flatten().min_by_key(|(_, time)| *time) else {
            println!("{name:<20}          absent");
            continue;
        };
        let ratios = passes_of.iter().zip(&passes[0]).filter_map(|(theirs, ours)| {
            let (_, theirs) = (*theirs)?;
            Some(theirs as f64 / (*ours)?.1 as f64)
        });
        let ratio = median(ratios.collect());
        println!("{name:<20}{:>16.2}{ratio:>20.2}{found:>14}", *best as f64 / 1e6 / count as f64);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("contend") => contend(&arguments[1], &arguments[2], arguments[3].parse().expect("a number")),
        rounds => measure(rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(7)),
    }
}
