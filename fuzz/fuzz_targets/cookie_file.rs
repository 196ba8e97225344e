//! Any bytes as a cookie file: nothing panics, and what was read comes back the same through our
//! own JSON.
#![no_main]

use htmlsession::cookies::{Filter, Format, Jar, LoadOptions};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let format = [Format::Auto, Format::Netscape, Format::Json][*choice as usize % 3];
    let options = LoadOptions { format, lenient: choice & 64 != 0, ..LoadOptions::default() };
    let jar = || {
        let jar = Jar::new();
        jar.set_clock(Some(Arc::new(|| 1_577_836_800_000)));
        jar
    };
    let one = jar();
    if one.load_bytes(data, &options).is_err() {
        assert!(one.is_empty());
        return;
    }
    let (text, _) = one.save_bytes(Format::Json);
    let other = jar();
    let report = other.load_bytes(&text, &LoadOptions::default()).unwrap();
    assert!(report.skipped.is_empty());
    assert_eq!(one.cookies(&Filter::default()), other.cookies(&Filter::default()));
});
