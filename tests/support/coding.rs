//! Bodies that are packed.

use flate2::{Compression, write::GzEncoder};
use std::io::Write;

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}
