//! A decompression bomb of 10 MB that stands for 10 GB ends at the limit, fast and in little
//! memory. A test binary of its own, so that its memory can be measured.

use flate2::{Compress, Compression, FlushCompress};
use htmlsession::Code;
use htmlsession::http::{DecodeLimits, Decoder};
use std::time::{Duration, Instant};

/// 1 MiB of zeros as deflate blocks that can be repeated: the compressor starts anew after them.
fn one_mebibyte() -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    let mut compress = Compress::new(Compression::best(), false);
    let mut blocks = Vec::with_capacity(64 * 1024);
    compress.compress_vec(&zeros, &mut blocks, FlushCompress::Full).unwrap();
    assert_eq!(compress.total_in(), 1 << 20);
    blocks
}

/// The most memory that this process has had, in bytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[test]
fn ten_megabytes_that_stand_for_ten_gigabytes() {
    let blocks = one_mebibyte();
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for _ in 0..10 * 1024 {
        bomb.extend_from_slice(&blocks);
    }
    assert!((8 << 20..12 << 20).contains(&bomb.len()), "{} bytes", bomb.len());

    let begin = Instant::now();
    let mut decoder = Decoder::new([&b"gzip"[..]], DecodeLimits::default()).unwrap();
    let mut body = Vec::new();
    let outcome = bomb.chunks(16 * 1024).try_for_each(|piece| decoder.push(piece, &mut body));
    assert_eq!(outcome.unwrap_err().code(), Code::Ratio);
    assert_eq!(body.len(), 64 << 20, "what fits into the limit is kept");
    println!("ended after {:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(20), "it should take a fraction of a second");
    match peak_memory() {
        Some(peak) => assert!(peak < 150 << 20, "{peak} bytes"),
        None => println!("no /proc: memory not measured"),
    }
}

#[test]
fn a_raised_limit_lets_it_pass_in_bounded_memory() {
    let blocks = one_mebibyte();
    let limits = DecodeLimits { ratio: u64::MAX, ..DecodeLimits::default() };
    let mut decoder = Decoder::new([&b"gzip"[..]], limits).unwrap();
    let mut total = 0u64;
    let mut count = |chunk: &[u8]| {
        total += chunk.len() as u64;
        Ok(())
    };
    decoder.push_to(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], &mut count).unwrap();
    for _ in 0..512 {
        decoder.push_to(&blocks, &mut count).unwrap();
    }
    assert_eq!(decoder.finish(&mut Vec::new()).unwrap_err().code(), Code::Truncated);
    assert_eq!(total, 512 << 20);
    if let Some(peak) = peak_memory() {
        assert!(peak < 150 << 20, "{peak} bytes");
    }
}
