use super::*;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::Write;

const FOX: &[u8] = b"The quick brown fox jumps over the lazy dog. ";

fn foxes() -> Vec<u8> {
    FOX.repeat(40)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    compress_to_vec(data, CompressionLevel::Fastest)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Forty foxes as the reference encoders write them.
fn brotli_foxes() -> Vec<u8> {
    hex(
        "1b0707882c0e78d3d0955d9710bb172ba9cad092cc8cad415ce6f236c8199e9e0a7b830d387048206f24bf41a715ce1c1e27aa2938\
c2a9749f0603",
    )
}
fn zstd_foxes() -> Vec<u8> {
    hex(
        "28b52ffd640806b50100d40254686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a792064\
6f672e200100c516feaa0cd7fc9310",
    )
}

fn decoder(codings: &str) -> Decoder {
    Decoder::new([codings.as_bytes()], DecodeLimits::default()).unwrap()
}

/// Decodes in pieces of a size; what came out, and how it ended.
fn decode_in(codings: &str, input: &[u8], piece: usize) -> (Vec<u8>, Result<()>) {
    let mut decoder = decoder(codings);
    let mut out = Vec::new();
    for chunk in input.chunks(piece) {
        if let Err(error) = decoder.push(chunk, &mut out) {
            assert_eq!(decoder.push(b"more", &mut out), Err(error.clone()));
            assert_eq!(decoder.finish(&mut out), Err(error.clone()));
            return (out, Err(error));
        }
    }
    let outcome = decoder.finish(&mut out);
    (out, outcome)
}

fn decode(codings: &str, input: &[u8]) -> Result<Vec<u8>> {
    let (whole, outcome) = decode_in(codings, input, usize::MAX);
    for piece in [1, 2, 7, 1000] {
        let (pieces, other) = decode_in(codings, input, piece);
        assert_eq!(
            outcome.clone().map_err(|e| e.code()),
            other.map_err(|e| e.code()),
            "{codings} by {piece}"
        );
        if outcome.is_ok() {
            assert!(whole == pieces, "{codings} by {piece}");
        }
    }
    outcome.map(|()| whole)
}

fn code(codings: &str, input: &[u8]) -> Code {
    decode(codings, input).unwrap_err().code()
}

/// Every coding with the foxes in it.
fn all_foxes() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("gzip", gzip(&foxes())),
        ("deflate", zlib(&foxes())),
        ("deflate", raw_deflate(&foxes())),
        ("br", brotli_foxes()),
        ("zstd", zstd_foxes()),
        ("zstd", zstd(&foxes())),
    ]
}

#[test]
fn every_coding_decodes_in_pieces_of_any_size() {
    for (coding, body) in all_foxes() {
        assert_eq!(decode(coding, &body).unwrap(), foxes(), "{coding}");
    }
    assert_eq!(decode("X-GZIP", &gzip(FOX)).unwrap(), FOX);
    assert_eq!(decode("br", &hex("3b")).unwrap(), b"");
    assert_eq!(
        decode("zstd", &hex("28b52ffd040051000068656c6c6f207a737464cfdb609c")).unwrap(),
        b"hello zstd"
    );
    assert_eq!(decode("gzip", &gzip(b"")).unwrap(), b"");
    assert_eq!(decode("deflate", &raw_deflate(b"")).unwrap(), b"");
}

#[test]
fn large_bodies() {
    let mut random = 1u32;
    let noise: Vec<u8> = (0..1_500_000)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if random >> 30 == 0 { (random >> 16) as u8 } else { b'a' }
        })
        .collect();
    for (coding, body) in [("gzip", gzip(&noise)), ("deflate", raw_deflate(&noise)), ("zstd", zstd(&noise))] {
        assert!(decode_in(coding, &body, 16 * 1024) == (noise.clone(), Ok(())), "{coding}");
    }
}

#[test]
fn identity_passes() {
    for codings in ["", "identity", "Identity, identity"] {
        let decoder = decoder(codings);
        assert!(decoder.is_identity() && decoder.undecoded().is_none());
        assert_eq!(decode(codings, FOX).unwrap(), FOX);
    }
    let none = Decoder::new([], DecodeLimits::default()).unwrap();
    assert!(none.is_identity());
}

#[test]
fn an_empty_body_is_complete_in_every_coding() {
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, br"] {
        assert_eq!(decode(coding, b"").unwrap(), b"", "{coding}");
    }
    assert_eq!(decode("br, gzip", &gzip(b"")).unwrap(), b"");
    assert_eq!(code("br, gzip", &gzip(b"\x8b")), Code::Truncated);
}

#[test]
fn stacked_codings_come_off_in_reverse() {
    let body = gzip(&zstd(&zlib(&brotli_foxes())));
    assert_eq!(decode("br, deflate, zstd, gzip", &body).unwrap(), foxes());
    let mut two_fields = Decoder::new([&b"br, deflate"[..], b"zstd,gzip"], DecodeLimits::default()).unwrap();
    let mut out = Vec::new();
    two_fields.push(&body, &mut out).unwrap();
    two_fields.finish(&mut out).unwrap();
    assert_eq!(out, foxes());
    let five = gzip(&gzip(&gzip(&gzip(&gzip(FOX)))));
    assert_eq!(decode("gzip,gzip,gzip,gzip,gzip", &five).unwrap(), FOX);
    let error = Decoder::new([&b"gzip,gzip,gzip,gzip,gzip,gzip"[..]], DecodeLimits::default()).unwrap_err();
    assert_eq!(error.code(), Code::Encoding);
    assert_eq!(error.message(), "6 content encodings are stacked, at most 5 are decoded");
}

#[test]
fn unknown_codings_arrive_raw_and_are_told() {
    let raw = decoder("compress");
    assert!(raw.is_identity());
    assert_eq!(raw.undecoded(), Some("compress"));
    assert_eq!(decode("compress", FOX).unwrap(), FOX);
    let outer = decoder("br, secret, gzip");
    assert_eq!(outer.undecoded(), Some("br, secret"));
    assert_eq!(decode("br, secret, gzip", &gzip(b"still secret")).unwrap(), b"still secret");
}

#[test]
fn gzip_members_follow_one_another() {
    let body = [gzip(b"one "), gzip(b""), gzip(b"two")].concat();
    assert_eq!(decode("gzip", &body).unwrap(), b"one two");
}

#[test]
fn junk_after_the_stream_is_dropped() {
    for (coding, body) in all_foxes() {
        for junk in [&b"\0\0\0\0\0\0"[..], b"junk", b"\x1f", b"\x1f\x8b", b"\x1f\x8bno", b"\n"] {
            assert_eq!(decode(coding, &[&body[..], junk].concat()).unwrap(), foxes(), "{coding} {junk:?}");
        }
    }
}

#[test]
fn gzip_headers_with_every_field() {
    let plain = gzip(FOX);
    let mut body = vec![0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 255];
    body.extend_from_slice(&[3, 0, b'x', b'y', b'z']);
    body.extend_from_slice(b"name\0comment\0\xAA\xBB");
    body.extend_from_slice(&plain[10..]);
    assert_eq!(decode("gzip", &body).unwrap(), FOX);
    body[3] |= 0x20;
    assert_eq!(code("gzip", &body), Code::Encoding);
    // An extra field of no length.
    let mut body = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 0, 0];
    body.extend_from_slice(&plain[10..]);
    assert_eq!(decode("gzip", &body).unwrap(), FOX);
}

#[test]
fn every_truncation_is_an_error_and_keeps_what_came() {
    for (coding, body) in all_foxes() {
        for end in 1..body.len() {
            let (out, outcome) = decode_in(coding, &body[..end], usize::MAX);
            assert_eq!(outcome.map_err(|error| error.code()), Err(Code::Truncated), "{coding} at {end}");
            assert!(foxes().starts_with(&out), "{coding} at {end}");
        }
    }
    let (out, outcome) = decode_in("gzip", &gzip(&foxes())[..40], usize::MAX);
    assert_eq!(outcome.unwrap_err().message(), "the gzip stream of the body ended early");
    assert!(!out.is_empty());
}

#[test]
fn a_truncated_zstd_stream_gives_what_its_window_held() {
    let data = FOX.repeat(20_000);
    let body = zstd(&data);
    let (out, outcome) = decode_in("zstd", &body[..body.len() - 10], 1000);
    assert_eq!(outcome.unwrap_err().code(), Code::Truncated);
    assert!(out.len() > 500_000 && data.starts_with(&out), "{}", out.len());
    // The same below another coding.
    let stacked = gzip(&body[..body.len() - 10]);
    let (out, outcome) = decode_in("zstd, gzip", &stacked, 1000);
    assert_eq!(outcome.unwrap_err().code(), Code::Truncated);
    assert!(out.len() > 500_000 && data.starts_with(&out), "{}", out.len());
}

#[test]
fn wrong_checksums_and_lengths_are_errors() {
    let good = gzip(FOX);
    for back in 1..=8 {
        let mut body = good.clone();
        let at = body.len() - back;
        body[at] ^= 1;
        let (out, outcome) = decode_in("gzip", &body, usize::MAX);
        assert_eq!(outcome.unwrap_err().code(), Code::Encoding);
        assert_eq!(out, FOX, "the partial body is kept");
    }
    let mut body = zlib(FOX);
    *body.last_mut().unwrap() ^= 1;
    assert_eq!(code("deflate", &body), Code::Encoding);
    let mut body = zstd_foxes();
    *body.last_mut().unwrap() ^= 1;
    assert_eq!(
        decode("zstd", &body).unwrap_err().message(),
        "the zstd stream of the body is damaged: its checksum is wrong"
    );
    let mut body = zstd_foxes();
    body[5] ^= 1; // the content size
    assert_eq!(code("zstd", &body), Code::Encoding);
}

#[test]
fn what_is_not_the_coding_is_an_error() {
    for coding in ["gzip", "br", "zstd"] {
        assert_eq!(
            code(coding, b"<html><body>plain text that is no stream of any kind</body></html>"),
            Code::Encoding
        );
    }
    assert_eq!(code("deflate", b"\xffplain"), Code::Encoding);
    assert_eq!(code("gzip", b"\x1f\x8b\x07"), Code::Encoding);
}

#[test]
fn a_zstd_window_beyond_8_mib_is_refused() {
    let error = decode("zstd", &hex("28b52ffd007045000010787801003f012c")).unwrap_err();
    assert_eq!(error.code(), Code::Encoding);
    assert!(error.message().contains("16777216"), "{}", error.message());
    assert_eq!(decode("zstd", &hex("28b52ffd006845000010787801003f012c")).unwrap(), [b'x'; 100]);
}

#[test]
fn zstd_frames_follow_one_another_and_skippable_ones_are_skipped() {
    let skippable = hex("532a4d1803000000aabbcc");
    let empty_skippable = hex("502a4d1800000000");
    let body = [&skippable[..], &zstd(b"one "), &empty_skippable, &zstd(b"two"), &skippable].concat();
    assert_eq!(decode("zstd", &body).unwrap(), b"one two");
    assert_eq!(code("zstd", &body[..body.len() - 1]), Code::Truncated);
}

/// A gzip stream of zeros: its head, one full block many times over, and its end.
fn bomb(repeats: usize) -> Vec<u8> {
    let zeros = vec![0u8; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..repeats {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn bombs_end_at_the_ratio() {
    let body = bomb(70);
    let (out, outcome) = decode_in("gzip", &body, 16 * 1024);
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), Code::Ratio);
    assert!(
        error.message().starts_with("the body decodes to more than 67108864 bytes from "),
        "{}",
        error.message()
    );
    assert_eq!(out.len(), 64 << 20, "what fits is kept");

    // 80 MiB of zeros in 132 bytes of br.
    let body =
        hex("cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffffc13f\
0110870500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980382c00d0\
bdffe3ffff1ffc1300715800a07bffc7ffff3ff82700e2b00040f7fe8fffff7ff04f00c4610180eefddf");
    let (out, outcome) = decode_in("br", &body, 16 * 1024);
    assert_eq!((out.len(), outcome.unwrap_err().code()), (64 << 20, Code::Ratio));

    // zstd: blocks of four bytes that stand for 128 KiB each.
    let body = [hex("28b52ffd0058"), hex("02001000").repeat(1000)].concat();
    let (out, outcome) = decode_in("zstd", &body, 16 * 1024);
    assert_eq!(outcome.unwrap_err().code(), Code::Ratio);
    assert!(out.len() <= 64 << 20);
}

#[test]
fn a_bomb_between_two_codings_is_found() {
    // The outer coding makes 70 MiB, of which the inner takes an empty stream and drops the rest.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&gzip(b"")).unwrap();
    let zeros = vec![0u8; 1 << 20];
    for _ in 0..70 {
        encoder.write_all(&zeros).unwrap();
    }
    let body = encoder.finish().unwrap();
    let (out, outcome) = decode_in("gzip, gzip", &body, 16 * 1024);
    assert_eq!(outcome.unwrap_err().code(), Code::Ratio);
    assert!(out.is_empty());
}

#[test]
fn absolute_limits_hold_for_every_body() {
    let limits = DecodeLimits { max_bytes: 100, ..DecodeLimits::default() };
    for (coding, body) in [("gzip", gzip(&foxes())), ("identity", foxes()), ("zstd", zstd_foxes())] {
        let mut decoder = Decoder::new([coding.as_bytes()], limits).unwrap();
        let mut out = Vec::new();
        let error = decoder.push(&body, &mut out).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::BodyTooLarge, "the body exceeds 100 bytes"));
        assert_eq!(out, &foxes()[..100], "{coding}");
        assert_eq!(decoder.decoded(), 100);
    }
    let limits = DecodeLimits { max_bytes: foxes().len() as u64, ..limits };
    let mut decoder = Decoder::new([&b"gzip"[..]], limits).unwrap();
    let mut out = Vec::new();
    decoder.push(&gzip(&foxes()), &mut out).unwrap();
    decoder.finish(&mut out).unwrap();
    assert_eq!(out, foxes(), "a body of just the limit passes");
}

#[test]
fn a_sink_gets_bounded_chunks_and_its_error_stops() {
    let body = bomb(20);
    let mut decoder = decoder("gzip");
    let (mut total, mut largest) = (0, 0);
    decoder
        .push_to(&body, &mut |chunk| {
            total += chunk.len();
            largest = largest.max(chunk.len());
            Ok(())
        })
        .unwrap();
    decoder.finish_to(&mut |_| Ok(())).unwrap();
    assert_eq!(total, 20 << 20);
    assert!(largest <= CHUNK);

    let mut decoder = self::decoder("gzip");
    let mut calls = 0;
    let outcome = decoder.push_to(&body, &mut |_| {
        calls += 1;
        if calls == 3 { Err(Error::new(Code::Callback, "enough")) } else { Ok(()) }
    });
    assert_eq!(outcome.unwrap_err().code(), Code::Callback);
    assert_eq!(calls, 3);
}

#[test]
fn any_damaged_byte_gives_an_answer() {
    for (coding, body) in all_foxes() {
        for at in 0..body.len() {
            for change in [0x01, 0x80, 0xff, 0x10] {
                let mut body = body.clone();
                body[at] ^= change;
                let (out, _) = decode_in(coding, &body, 64);
                assert!(out.len() < 1 << 20, "{coding} {at} {change}");
            }
        }
    }
}

#[test]
fn decoders_move_between_threads() {
    fn moved<T: Send>() {}
    moved::<Decoder>();
}

#[test]
fn a_great_many_empty_members_and_frames() {
    for (coding, empty) in [("gzip", gzip(b"")), ("zstd", zstd(b""))] {
        assert_eq!(decode_in(coding, &empty.repeat(20_000), 16 * 1024), (vec![], Ok(())), "{coding}");
    }
}
