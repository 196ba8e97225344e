//! Any template on any text: nothing panics, spans are texts of the text in order, and what the
//! whole text matches is found by searching too.
#![no_main]

use htmlsession::html::template::Template;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &str)| {
    let (template, text) = data;
    let Ok(compiled) = Template::compile(template) else { return };
    let Ok(found) = compiled.search_all(text, 100) else { return };
    let mut end = 0;
    for matched in &found {
        let range = matched.range();
        assert!(end <= range.start && range.end <= text.len());
        end = range.end;
        for field in 0..compiled.fields().len() {
            let span = matched.span(field).unwrap();
            assert!(range.start <= span.start && span.end <= range.end);
            assert!(text.get(span).is_some() && matched.value(field).is_some());
        }
        assert!(matched.to_json().is_object());
    }
    if let Ok(Some(whole)) = compiled.parse(text) {
        assert_eq!(whole.range(), 0..text.len());
    }
});
