//! Any bytes as a body in any coding, cut into pieces of any size: the same result each time,
//! within the limit.
#![no_main]

use htmlsession::http::{DecodeLimits, Decoder};
use libfuzzer_sys::fuzz_target;

const CODINGS: [&str; 6] = ["gzip", "deflate", "br", "zstd", "gzip, br", "zstd, deflate, gzip"];

fn decode(coding: &str, body: &[u8], piece: usize) -> (Vec<u8>, bool) {
    let limits = DecodeLimits { max_bytes: 1 << 22, ..DecodeLimits::default() };
    let mut decoder = Decoder::new([coding.as_bytes()], limits).expect("few codings");
    let mut out = Vec::new();
    let outcome = body.chunks(piece).try_for_each(|piece| decoder.push(piece, &mut out));
    let complete = decoder.finish(&mut out).is_ok() && outcome.is_ok();
    assert!(out.len() <= 1 << 22);
    (out, complete)
}

fuzz_target!(|data: &[u8]| {
    let [coding, piece, body @ ..] = data else { return };
    let coding = CODINGS[usize::from(*coding) % CODINGS.len()];
    let whole = decode(coding, body, usize::MAX);
    let pieces = decode(coding, body, usize::from(*piece) + 1);
    assert_eq!(whole.1, pieces.1);
    if whole.1 {
        assert!(whole.0 == pieces.0);
    }
});
