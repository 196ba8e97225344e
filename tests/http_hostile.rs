//! Whatever a peer sends, every parser and decoder gives an answer: random damage to good input,
//! from a fixed seed. `HTMLSESSION_ROUNDS` sets how many cases each test makes (default 3,000).

#[path = "support/random.rs"]
mod random;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use htmlsession::http::auth::{DigestChallenge, parse_challenges};
use htmlsession::http::redirect::{self, Policy};
use htmlsession::http::{
    DecodeLimits, Decoder, HeadLimits, HeadParser, Headers, date,
    hsts::{self, Hsts},
    json,
    lines::LineSplitter,
    link,
    netrc::Netrc,
    proxy, retry,
};
use random::Random;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::Write;
use url::Url;

/// Damages an input: changes, cuts, doubles or moves some of its bytes.
fn damage(random: &mut Random, input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            bytes.push(random.next() as u8);
        }
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(16)).min(bytes.len());
        match random.below(7) {
            0 => bytes[at] = random.next() as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            5 => bytes.insert(at, b"\0\r\n\"\\,;=<> %\xff"[random.below(13)]),
            _ => bytes[at] = [0, 0xff, 0x7f, 0x80][random.below(4)],
        }
    }
    bytes
}

fn rounds() -> usize {
    std::env::var("HTMLSESSION_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3000)
}

/// Runs the check on the inputs and on damaged ones.
fn torment(inputs: &[Vec<u8>], check: impl Fn(&[u8], &mut Random)) {
    let seed = std::env::var("HTMLSESSION_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    for input in inputs {
        check(input, &mut random);
    }
    for round in 0..rounds() {
        let case = damage(&mut random, &inputs[round % inputs.len()]);
        check(&case, &mut random);
    }
}

fn texts(inputs: &[&str]) -> Vec<Vec<u8>> {
    inputs.iter().map(|input| input.as_bytes().to_vec()).collect()
}

/// Text that compresses into blocks of every kind.
fn sample(random: &mut Random, length: usize) -> Vec<u8> {
    let words = ["the ", "quick", " brown ", "fox", "\n", "jumps", "0000000000000000", "é"];
    let mut text = Vec::new();
    while text.len() < length {
        match random.below(10) {
            0 => text.push(random.next() as u8),
            1 => text.extend(vec![random.next() as u8; random.below(300)]),
            _ => text.extend_from_slice(words[random.below(words.len())].as_bytes()),
        }
    }
    text
}

fn decode(coding: &str, body: &[u8], random: &mut Random) {
    let limits = DecodeLimits { max_bytes: 1 << 22, ..DecodeLimits::default() };
    let mut decoder = Decoder::new([coding.as_bytes()], limits).unwrap();
    let mut out = Vec::new();
    let piece = [1, 7, 100, 100_000][random.below(4)];
    let outcome = body.chunks(piece).try_for_each(|piece| decoder.push(piece, &mut out));
    let end = decoder.finish(&mut out);
    assert!(outcome.is_ok() || end.is_err(), "a failed decoder stays failed");
    assert!(out.len() <= 1 << 22);
    assert_eq!(out.len() as u64, decoder.decoded());
}

#[test]
fn damaged_streams() {
    let mut random = Random(7);
    let mut gzip = Vec::new();
    let mut deflate = Vec::new();
    let mut zstd = Vec::new();
    for length in [0, 1, 50, 500, 5000, 200_000] {
        let text = sample(&mut random, length);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&text).unwrap();
        gzip.push(encoder.finish().unwrap());
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&text).unwrap();
        deflate.push(encoder.finish().unwrap());
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&text).unwrap();
        deflate.push(encoder.finish().unwrap());
        zstd.push(compress_to_vec(&text[..], CompressionLevel::Fastest));
    }
    // What the reference encoder writes: Huffman tables, sequences, a checksum.
    zstd.push(hex(
        "28b52ffd640806b50100d40254686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a7920\
646f672e200100c516feaa0cd7fc9310",
    ));
    zstd.push(hex("28b52ffd040051000068656c6c6f207a737464cfdb609c"));
    let brotli = [
        hex(
            "1b0707882c0e78d3d0955d9710bb172ba9cad092cc8cad415ce6f236c8199e9e0a7b830d387048206f24bf41a715ce1c1e27aa\
2938c2a9749f0603",
        ),
        hex("8b0c8068656c6c6f2c2068656c6c6f2c2068656c6c6f2062726f746c6903"),
        hex("cbffff3ff82700e2b14020f7fe8f"),
    ];
    torment(&gzip, |body, random| decode("gzip", body, random));
    torment(&deflate, |body, random| decode("deflate", body, random));
    torment(&zstd, |body, random| decode("zstd", body, random));
    torment(&brotli, |body, random| decode("br", body, random));
    torment(&gzip, |body, random| decode("gzip, zstd, br", body, random));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn damaged_heads() {
    let heads = texts(&[
        "HTTP/1.1 200 OK\r\nServer: x\r\nSet-Cookie: a=b\r\n folded\r\nLocation: /x\r\n\r\nTrailer: y\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/2 302 \r\nA: \u{e9}\r\n\r\n",
    ]);
    torment(&heads, |bytes, _| {
        let mut parser = HeadParser::new(HeadLimits { bytes: 1000, fields: 10 });
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            if parser.line(line).is_err() {
                break;
            }
        }
        let head = parser.into_head();
        for index in 0..head.headers.len() {
            let (name, value) = head.headers.at(index).unwrap();
            assert_eq!(head.headers.iter().nth(index), Some((name.to_str().unwrap(), value.to_bytes())));
        }
        let _ = redirect::location(&head.headers);
    });
}

#[test]
fn damaged_request_headers_never_split() {
    let values = texts(&["text/html, */*;q=0.8", "Bearer abc.def", "a\tb \u{e9}"]);
    torment(&values, |bytes, _| {
        let mut headers = Headers::new();
        let name = String::from_utf8_lossy(&bytes[..bytes.len() / 3]);
        let _ = headers.add(&name, bytes);
        let _ = headers.set("X", bytes);
        for (name, value) in headers.iter() {
            assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'));
            assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        }
    });
}

#[test]
fn damaged_fields() {
    let base = Url::parse("https://h/a/b?c#d").unwrap();
    let fields = texts(&[
        "Digest realm=\"r, \\\"x\\\"\", qop=\"auth,auth-int\", nonce=abc/==, algorithm=SHA-256-sess, Basic realm=\"b\"",
        "Negotiate abc==, NTLM, Digest realm=r, nonce=n, domain=\"/a http://x/\", stale=true",
        "</a;b,c>; rel=\"next last\"; title*=UTF-8'de'n%c3%a4; anchor=\"#x\", <d>;rel=e",
        "max-age=31536000; includeSubDomains; preload; x=\"a;b\"",
        "https://user:pw@h\u{f6}st:8080/p a?q#f",
        "5; url='/next'",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "localhost, .example.com:80, 10.0.0.0/8, [::1]:8080, fd00::/8",
        "socks5h://u%40:p%3A@[::1]:1080",
    ]);
    torment(&fields, |bytes, _| {
        for challenge in parse_challenges([bytes]) {
            let _ = DigestChallenge::new(&challenge);
        }
        let links = link::parse_links([bytes]);
        let _ = link::find_link(&links, "next", &base);
        let mut table = Hsts::with_capacity(4);
        if let Some(policy) = hsts::Policy::parse(bytes) {
            table.note(&base, policy, 0);
        }
        if let Ok(Some(next)) = redirect::decide(302, "POST", true, &base, Some(bytes), Policy::Requests) {
            assert!(matches!(next.url.scheme(), "http" | "https"));
        }
        let text = String::from_utf8_lossy(bytes);
        let _ = redirect::parse_refresh(&text);
        let _ = date::parse_http_date(&text, 1_700_000_000).map(date::format_http_date);
        let _ = retry::parse_retry_after(&text, i64::MIN);
        proxy::NoProxy::parse(&text).matches(&base);
        if let Ok(proxy) = proxy::Proxy::parse(&text) {
            assert!(proxy.url().bytes().all(|byte| byte > b' '), "{}", proxy.url());
        }
    });
}

#[test]
fn damaged_texts() {
    let files = texts(&[
        "# x\nmachine h login \"a b\" password p\nmacdef m\nfoo\n\ndefault login u",
        ".example.com \"20301231 23:59:59\"\nb \"unlimited\"\n",
        "{\"a\": [1, 2, \"\u{e4}\u{1f600}\"]}",
        "one\r\ntwo\rthree\nfour",
    ]);
    torment(&files, |bytes, random| {
        let text = String::from_utf8_lossy(bytes);
        let _ = Netrc::parse(&text).map(|netrc| netrc.find("h", None).is_some());
        let _ = Hsts::parse(&text, 0);
        let _ = json::to_utf8(bytes);
        let mut splitter = LineSplitter::new(20);
        let mut total = 0;
        for piece in bytes.chunks(1 + random.below(9)) {
            splitter.push(piece).unwrap();
            while let Ok(Some(line)) = splitter.next_line() {
                total += line.len();
            }
        }
        assert!(total <= bytes.len());
    });
}
