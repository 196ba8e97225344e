//! Any bytes as the head of a response, line by line.
#![no_main]

use htmlsession::http::{HeadLimits, HeadParser};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parser = HeadParser::new(HeadLimits { bytes: 1 << 16, fields: 100 });
    for line in data.split_inclusive(|&byte| byte == b'\n') {
        if parser.line(line).is_err() {
            break;
        }
    }
    let head = parser.into_head();
    assert!(head.headers.len() + head.trailers.len() <= 100);
    for (index, (name, value)) in head.headers.iter().enumerate() {
        let (c_name, c_value) = head.headers.at(index).expect("each field");
        assert_eq!((c_name.to_bytes(), c_value.to_bytes()), (name.as_bytes(), value));
    }
});
