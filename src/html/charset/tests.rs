use super::*;

fn found(bytes: &[u8]) -> (&'static str, &'static str) {
    hinted(bytes, None, None)
}

fn hinted(bytes: &[u8], encoding: Option<&str>, content_type: Option<&str>) -> (&'static str, &'static str) {
    let charset = Charset::determine(bytes, &Hints { encoding, content_type, host: None });
    (charset.name(), charset.source().as_str())
}

#[test]
fn the_order_of_the_declarations() {
    let page = b"\xEF\xBB\xBF<?xml version='1.0' encoding='koi8-r'?><meta charset=iso-8859-2>";
    let http = Some("text/html; charset=euc-jp");
    assert_eq!(hinted(page, Some("big5"), http), ("Big5", "override"));
    assert_eq!(hinted(page, Some("nonsense"), http), ("UTF-8", "bom"));
    assert_eq!(hinted(&page[3..], None, http), ("EUC-JP", "http"));
    assert_eq!(hinted(&page[3..], None, Some("text/html; charset=x")), ("ISO-8859-2", "meta"));
    let xml = b"<?xml version='1.0' encoding='koi8-r'?><p>\xC4";
    assert_eq!(found(xml), ("KOI8-R", "xml"));
    assert_eq!(found("<p>gr\u{fc}n".as_bytes()), ("UTF-8", "detected"));
    assert_eq!(found(b"<p>plain"), ("windows-1252", "default"));
    assert_eq!(found(b""), ("windows-1252", "default"));
}

#[test]
fn byte_order_marks() {
    assert_eq!(found(b"\xFE\xFF\0a"), ("UTF-16BE", "bom"));
    assert_eq!(found(b"\xFF\xFEa\0"), ("UTF-16LE", "bom"));
    assert_eq!(found(b"\xEF\xBB\xBF"), ("UTF-8", "bom"));
    let text = |bytes: &'static [u8]| Charset::determine(bytes, &Hints::default()).decode(bytes).unwrap();
    assert_eq!(text(b"\xFF\xFEa\0\xE9\0"), "a\u{e9}");
    assert_eq!(text(b"\xFE\xFF\0a"), "a");
    assert_eq!(text(b"\xEF\xBB\xBFa"), "a");
    // The override decodes without looking at the mark of another encoding.
    let latin = Charset::determine(b"", &Hints { encoding: Some("latin1"), ..Hints::default() });
    assert_eq!(latin.decode(b"\xEF\xBB\xBFa").unwrap(), "\u{ef}\u{bb}\u{bf}a");
}

#[test]
fn one_mark_is_no_text_and_another_is() {
    let decoded =
        |bytes: &[u8]| Charset::determine(bytes, &Hints::default()).decode(bytes).unwrap().into_owned();
    let mark = "\u{feff}";
    assert_eq!(decoded(format!("{mark}{mark}x").as_bytes()), format!("{mark}x"));
    assert_eq!(decoded(&[mark.as_bytes(), mark.as_bytes(), b"x\xff"].concat()), format!("{mark}x\u{fffd}"));
    assert_eq!(decoded(b"\xff\xfe\xff\xfex\0"), format!("{mark}x"));
}

#[test]
fn meta_elements() {
    let meta = |text: &str| match found(text.as_bytes()) {
        (name, "meta") => name,
        _ => "none",
    };
    for (text, name) in [
        ("<meta charset=iso-8859-2>", "ISO-8859-2"),
        ("<META CHARSET='ISO-8859-2'>", "ISO-8859-2"),
        ("<meta/charset=\"iso-8859-2\"/>", "ISO-8859-2"),
        ("<meta\tx=y charset = iso-8859-2 >", "ISO-8859-2"),
        ("<meta charset=\" iso-8859-2 \">", "ISO-8859-2"),
        ("<metacharset=iso-8859-2>", "none"),
        ("<meta charset=iso-8859-2", "none"),
        ("<meta charset>", "none"),
        ("<meta charset=>", "none"),
        ("<meta charset=bogus><meta charset=koi8-r>", "KOI8-R"),
        ("<meta charset=bogus charset=koi8-r>", "none"),
        ("<meta charset=utf-16><p>", "UTF-8"),
        ("<meta charset=utf-16be><p>", "UTF-8"),
        ("<meta charset=x-user-defined>", "windows-1252"),
        ("<meta http-equiv=content-type content='text/html; charset=koi8-r'>", "KOI8-R"),
        ("<meta content='text/html; charset=koi8-r' http-equiv=Content-Type>", "KOI8-R"),
        ("<meta content='charset koi8-r charset  = \"koi8-r\" x' http-equiv=Content-Type>", "KOI8-R"),
        ("<meta content='charset=\"koi8-r' http-equiv=Content-Type>", "none"),
        ("<meta content='text/html; charset=koi8-r'>", "none"),
        ("<meta content='text/html; charset=koi8-r' http-equiv=refresh>", "none"),
        ("<meta charset=euc-kr content='text/html; charset=koi8-r' http-equiv=content-type>", "EUC-KR"),
        ("<meta content='text/html; charset=koi8-r' charset=euc-kr>", "EUC-KR"),
        ("<!-- <meta charset=big5> --><meta charset=koi8-r>", "KOI8-R"),
        ("<!--><meta charset=koi8-r>", "KOI8-R"),
        ("<!---><meta charset=koi8-r>", "KOI8-R"),
        ("<!doctype <meta charset=big5><meta charset=koi8-r>", "KOI8-R"),
        ("</ <meta charset=big5><meta charset=koi8-r>", "KOI8-R"),
        ("<?x <meta charset=big5><meta charset=koi8-r>", "KOI8-R"),
        ("<a title='<meta charset=big5>'><meta charset=koi8-r>", "KOI8-R"),
        ("<a b=\"x><meta charset=big5>", "none"),
        ("</a b='<meta charset=big5>'><meta charset=koi8-r>", "KOI8-R"),
        ("< <meta charset=koi8-r>", "KOI8-R"),
        ("<script><meta charset=koi8-r></script>", "KOI8-R"),
        ("<a =<meta charset=koi8-r>", "none"),
    ] {
        assert_eq!(meta(text), name, "{text}");
    }
    let within = |n: usize| format!("{}<meta charset=koi8-r>", " ".repeat(n - 21));
    assert_eq!(found(within(1024).as_bytes()), ("KOI8-R", "meta"));
    assert_eq!(found(within(1025).as_bytes()), ("windows-1252", "default"));
}

#[test]
fn xml_declarations() {
    for (text, expected) in [
        ("<?xml encoding=\"koi8-r\"?>", ("KOI8-R", "xml")),
        ("<?xml version='1.0' encoding \n=\t'utf-16'?>", ("UTF-8", "xml")),
        ("<?xml encoding='utf-16be'?>", ("UTF-8", "xml")),
        ("<?xml encoding='x-user-defined'?>", ("x-user-defined", "xml")),
        ("<?xml encoding='koi8-r'?><meta charset=big5>", ("Big5", "meta")),
        ("<?xml encoding=koi8-r?>", ("windows-1252", "default")),
        ("<?xml encoding=' koi8-r'?>", ("windows-1252", "default")),
        ("<?xml encoding='koi8-r\"?>", ("windows-1252", "default")),
        ("<?xml encoding='koi8-r'", ("windows-1252", "default")),
        (" <?xml encoding='koi8-r'?>", ("windows-1252", "default")),
        ("<?XML encoding='koi8-r'?>", ("windows-1252", "default")),
    ] {
        assert_eq!(found(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(found(b"<\0?\0x\0m\0l\0"), ("UTF-16LE", "xml"));
    assert_eq!(found(b"\0<\0?\0x\0m\0l"), ("UTF-16BE", "xml"));
}

#[test]
fn detection_uses_the_host() {
    // An ellipsis, or whatever the country's encoding has in its place.
    let short = b"<p>x\x85ax ";
    for (host, expected) in [
        ("example.com", "windows-1252"),
        ("example.ru", "windows-1251"),
        ("example.RU.", "windows-1251"),
        ("xn--p1ai", "windows-1251"),
        ("example.gr", "ISO-8859-7"),
        ("ru.example.pl", "windows-1250"),
        ("127.0.0.1", "windows-1252"),
        ("[::1]", "windows-1252"),
        ("ru.", "windows-1251"),
        (".", "windows-1252"),
        ("", "windows-1252"),
    ] {
        assert_eq!(Charset::detected(short, Some(host)).name(), expected, "{host}");
    }
    assert_eq!(Charset::detected(short, None).name(), "windows-1252");
}

#[test]
fn detection_skips_an_ascii_head() {
    let mut russian = vec![b' '; 100_000];
    for _ in 0..20 {
        russian.extend_from_slice(b"\xCF\xF0\xE8\xE2\xE5\xF2, \xEA\xE0\xEA \xE4\xE5\xEB\xE0? "); // windows-1251
    }
    assert_eq!(found(&russian), ("windows-1251", "detected"));
    for host in ["example.ru", "example.RU.", "127.0.0.1", "[::1]", "", ".", "xn--p1ai", "\u{440}\u{444}"] {
        let charset = Charset::detected(&russian, Some(host));
        assert_eq!(charset.name(), "windows-1251", "{host}");
    }
}

#[test]
fn malformed_bytes_become_replacement_characters() {
    let utf8 = Charset { encoding: UTF_8, source: EncodingSource::Http };
    assert_eq!(utf8.decode(b"a\xFFb\xED\xA0\x80").unwrap(), "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}");
    let sjis = Charset { encoding: encoding_rs::SHIFT_JIS, source: EncodingSource::Http };
    assert_eq!(sjis.decode(b"\x82\xA0\x82").unwrap(), "\u{3042}\u{fffd}");
    let long = [0x82, 0xA0].repeat(100_000);
    assert_eq!(sjis.decode(&long).unwrap().chars().count(), 100_000);
}
