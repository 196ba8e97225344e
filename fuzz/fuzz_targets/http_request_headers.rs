//! Nothing that a caller sets as a header can end a line.
#![no_main]

use htmlsession::http::{HeaderOverlay, Headers, headers};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|fields: Vec<(String, Option<Vec<u8>>)>| {
    let mut overlay = HeaderOverlay::new();
    for (name, value) in &fields {
        let _ = overlay.set(name, value.as_deref());
        let _ = overlay.add(name, value.as_deref().unwrap_or_default());
        let _ = headers::check_method(name);
    }
    let applied = overlay.apply(&Headers::new()).expect("memory");
    for (name, value) in applied.iter() {
        assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'));
        assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
    }
});
