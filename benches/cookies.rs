//! The cookie engine beside the crate `cookie_store` and libcurl's own engine, in one run.
//!
//! Every figure is the best of several rounds, or the median where each call is a new case, in the
//! time that the thread computed. `cargo bench --bench cookies`

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cookie_store::CookieStore;
use curl::easy::Easy;
use htmlsession::cookies::{Context, Format, Jar, JarOptions, LoadOptions};
use url::Url;

/// Counts the bytes that are in use, with the allocator's own eight a piece.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator, with a count beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let pointer = unsafe { System.alloc(layout) };
        count(pointer, usize::wrapping_add);
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(pointer, usize::wrapping_sub);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn count(pointer: *mut u8, operation: fn(usize, usize) -> usize) {
    #[cfg(target_os = "linux")]
    if !pointer.is_null() {
        // SAFETY: a live allocation of the system's allocator.
        let size = unsafe { libc::malloc_usable_size(pointer.cast()) } + 8;
        IN_USE.store(operation(IN_USE.load(Ordering::Relaxed), size), Ordering::Relaxed);
    }
}

const PER_DOMAIN: usize = 10;
const HEADER_TARGET: f64 = 1000.0;

fn site(index: usize) -> Url {
    Url::parse(&format!("https://www.site{index}.example/a/b")).unwrap()
}

fn field(index: usize) -> String {
    format!("name{index}=value-{index:08}; Path=/; Secure; Max-Age=100000")
}

/// The time that this thread has spent computing: other programs do not count.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Nanoseconds for one call of `f`, of which there are `calls` one after the other, each a new
/// case: the median of pieces that are short enough to run undisturbed on a busy machine.
fn median(calls: usize, mut f: impl FnMut(usize)) -> f64 {
    const PIECE: usize = 200;
    let mut pieces: Vec<f64> = (0..calls / PIECE)
        .map(|piece| {
            let start = thread_time();
            (piece * PIECE..(piece + 1) * PIECE).for_each(&mut f);
            (thread_time() - start).as_nanos() as f64 / PIECE as f64
        })
        .collect();
    pieces.sort_by(f64::total_cmp);
    pieces[pieces.len() / 2]
}

/// The best of some rounds: nanoseconds for one call of `f`.
fn best(rounds: usize, calls: usize, mut f: impl FnMut(usize)) -> f64 {
    let round = |f: &mut dyn FnMut(usize)| {
        let start = thread_time();
        (0..calls).for_each(f);
        (thread_time() - start).as_nanos() as f64 / calls as f64
    };
    (0..rounds).map(|_| round(&mut f)).fold(f64::INFINITY, f64::min)
}

fn unlimited() -> Jar {
    let mut options = JarOptions::default();
    options.max_total = 0;
    Jar::with_options(&options)
}

fn filled(domains: usize) -> Jar {
    let jar = unlimited();
    for index in 0..domains {
        let fields: Vec<String> = (0..PER_DOMAIN).map(field).collect();
        jar.store_response(&site(index), fields.iter().map(String::as_bytes), &Context::default());
    }
    assert_eq!(jar.len(), domains * PER_DOMAIN);
    jar
}

fn show(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 10_000.0 => format!("{nanos:.0} ns"),
        nanos if nanos < 10_000_000.0 => format!("{:.1} us", nanos / 1e3),
        nanos => format!("{:.1} ms", nanos / 1e6),
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn headers() {
    println!("\nCookie header of 10 cookies, 10 cookies a domain");
    println!(
        "{:>10} {:>12} {:>12} {:>14} {:>14}",
        "cookies", "one URL", "many URLs", "cookie_store", "libcurl (1)"
    );
    let server = Server::new();
    let mut one_url = Vec::new();
    for domains in [1, 100, 10_000, 100_000] {
        let jar = filled(domains);
        let url = site(domains / 2);
        let mut out = Vec::new();
        let one = best(500, 200, |_| {
            out.clear();
            assert_eq!(jar.header(black_box(&url), &Context::default(), &mut out), PER_DOMAIN);
        });
        let urls: Vec<Url> = (0..domains.min(5000)).map(|index| site(index * 7919 % domains)).collect();
        let many = median(urls.len() * 20 / 200 * 200 + 2000, |index| {
            out.clear();
            black_box(jar.header(&urls[index % urls.len()], &Context::default(), &mut out));
        });
        drop(jar);

        let mut store = CookieStore::new();
        for index in 0..domains {
            let url = site(index);
            for index in 0..PER_DOMAIN {
                store.parse(&field(index), &url).unwrap();
            }
        }
        let calls = (20_000 / domains).clamp(3, 2000);
        let other = best(5, calls, |_| {
            out.clear();
            for (name, value) in store.get_request_values(black_box(&url)) {
                let _ = write!(out, "{}{name}={value}", if out.is_empty() { "" } else { "; " });
            }
        });
        drop(store);
        let curl = if domains <= 10_000 { show(server.curl_header(domains)) } else { "-".into() };
        println!(
            "{:>10} {:>12} {:>12} {:>14} {:>14}",
            domains * PER_DOMAIN,
            show(one),
            show(many),
            show(other),
            curl
        );
        one_url.push(one);
    }
    println!("(1) time that 10 matching cookies in a jar of that size add to a request on a kept connection");
    let worst = one_url.iter().copied().fold(0.0, f64::max);
    let ratio = one_url[3] / one_url[0];
    println!("target: at most 1 us: {} ({})", verdict(worst <= HEADER_TARGET), show(worst));
    println!(
        "target: 100,000 domains as one, +-20 %: {} ({ratio:.2})",
        verdict((0.8..=1.2).contains(&ratio))
    );
}

fn stores() {
    println!("\nStore of one Set-Cookie field");
    let fields: Vec<String> = (0..PER_DOMAIN).map(field).collect();
    let urls: Vec<Url> = (0..10_000).map(site).collect();
    let new = (0..5)
        .map(|_| {
            let jar = unlimited();
            median(urls.len() * PER_DOMAIN, |index| {
                let field = fields[index % PER_DOMAIN].as_bytes();
                black_box(jar.store(&urls[index / PER_DOMAIN], field, &Context::default()));
            })
        })
        .fold(f64::INFINITY, f64::min);
    let jar = filled(1);
    let url = site(0);
    let again = best(500, 200, |index| {
        black_box(jar.store(&url, fields[index % PER_DOMAIN].as_bytes(), &Context::default()));
    });
    let other = (0..3)
        .map(|_| {
            let mut store = CookieStore::new();
            median(urls.len() * PER_DOMAIN, |index| {
                let _ = store.parse(&fields[index % PER_DOMAIN], &urls[index / PER_DOMAIN]);
            })
        })
        .fold(f64::INFINITY, f64::min);
    let mut easy = Easy::new();
    easy.cookie_file("").unwrap();
    let lines: Vec<String> = (0..1000)
        .flat_map(|site| {
            (0..PER_DOMAIN)
                .map(move |index| format!("Set-Cookie: {}; Domain=www.site{site}.example", field(index)))
        })
        .collect();
    let curl = median(lines.len(), |index| easy.cookie_list(&lines[index]).unwrap());
    println!("{:>24} {:>12}", "new, 100,000 of them", show(new));
    println!("{:>24} {:>12}", "replacing", show(again));
    println!("{:>24} {:>12}", "cookie_store, new", show(other));
    println!("{:>24} {:>12}", "libcurl, new, 10,000", show(curl));
    println!("target: at most 1 us: {}", verdict(new.max(again) <= 1000.0));
}

fn files() {
    println!("\nFiles of 100,000 cookies");
    let jar = filled(10_000);
    for (name, format) in [("Netscape", Format::Netscape), ("JSON", Format::Json)] {
        let text = jar.save_bytes(format).0;
        let save = best(9, 1, |_| {
            black_box(jar.save_bytes(format));
        });
        let load = best(9, 1, |_| {
            let report = unlimited().load_bytes(black_box(&text), &LoadOptions::default()).unwrap();
            assert_eq!(report.read, 100_000);
        });
        println!("{name:>10}: {:.1} MB, save {}, load {}", text.len() as f64 / 1e6, show(save), show(load));
        if format == Format::Netscape {
            println!("target: load at most 100 ms: {}", verdict(load <= 1e8));
        }
    }
}

fn memory() {
    println!("\nBytes of a cookie beyond its strings (of name, value, domain and path)");
    for (domains, each) in [(10_000, 10), (100_000, 1)] {
        let before = IN_USE.load(Ordering::Relaxed);
        let jar = unlimited();
        for index in 0..domains {
            let url = site(index);
            for index in 0..each {
                jar.store(&url, field(index).as_bytes(), &Context::default());
            }
        }
        let used = IN_USE.load(Ordering::Relaxed) - before;
        let strings: usize = jar.cookies(&Default::default()).iter().map(|cookie| cookie.text_len()).sum();
        let beyond = (used - strings) as f64 / (domains * each) as f64;
        println!(
            "{domains:>8} domains, {each:>2} each: {beyond:.0}, target 200: {}",
            verdict(beyond <= 200.0)
        );
    }
}

/// Answers requests on kept connections, for libcurl, whose engine only runs in a transfer.
struct Server(u16);

impl Server {
    fn new() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                std::thread::spawn(move || {
                    let mut request = Vec::new();
                    let mut piece = [0; 4096];
                    while let Ok(length @ 1..) = stream.read(&mut piece) {
                        request.extend_from_slice(&piece[..length]);
                        if request.ends_with(b"\r\n\r\n") {
                            request.clear();
                            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                        }
                    }
                });
            }
        });
        Server(port)
    }

    fn curl_header(&self, domains: usize) -> f64 {
        let transfer = |with_cookies: bool| {
            let mut easy = Easy::new();
            easy.url(&format!("http://www.site{}.example/a/b", domains / 2)).unwrap();
            let mut list = curl::easy::List::new();
            list.append(&format!("::127.0.0.1:{}", self.0)).unwrap();
            easy.connect_to(list).unwrap();
            easy.noproxy("*").unwrap();
            if with_cookies {
                easy.cookie_file("").unwrap();
                for site in 0..domains {
                    for index in 0..PER_DOMAIN {
                        let field = format!("name{index}=value-{index:08}; Path=/; Max-Age=100000");
                        easy.cookie_list(&format!("Set-Cookie: {field}; Domain=www.site{site}.example"))
                            .unwrap();
                    }
                }
            }
            easy.perform().unwrap();
            (0..1000)
                .map(|_| {
                    let start = Instant::now();
                    easy.perform().unwrap();
                    start.elapsed()
                })
                .min()
                .unwrap_or(Duration::ZERO)
        };
        let (without, with) = (transfer(false), transfer(true));
        with.saturating_sub(without).as_nanos() as f64
    }
}

fn main() {
    headers();
    stores();
    files();
    memory();
}
