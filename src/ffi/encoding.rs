//! The names of encodings as C strings.

use crate::html::EncodingSource;
use encoding_rs::*;
use once_cell::sync::Lazy;
use std::collections::HashMap;
use std::ffi::{CStr, CString};

/// All encodings of the Encoding standard.
static ALL: [&Encoding; 40] = [
    UTF_8,
    IBM866,
    ISO_8859_2,
    ISO_8859_3,
    ISO_8859_4,
    ISO_8859_5,
    ISO_8859_6,
    ISO_8859_7,
    ISO_8859_8,
    ISO_8859_8_I,
    ISO_8859_10,
    ISO_8859_13,
    ISO_8859_14,
    ISO_8859_15,
    ISO_8859_16,
    KOI8_R,
    KOI8_U,
    MACINTOSH,
    WINDOWS_874,
    WINDOWS_1250,
    WINDOWS_1251,
    WINDOWS_1252,
    WINDOWS_1253,
    WINDOWS_1254,
    WINDOWS_1255,
    WINDOWS_1256,
    WINDOWS_1257,
    WINDOWS_1258,
    X_MAC_CYRILLIC,
    GBK,
    GB18030,
    BIG5,
    EUC_JP,
    ISO_2022_JP,
    SHIFT_JIS,
    EUC_KR,
    REPLACEMENT,
    UTF_16BE,
    UTF_16LE,
    X_USER_DEFINED,
];

/// The name of an encoding, as the Encoding standard spells it.
pub(super) fn encoding_name(name: &str) -> &'static CStr {
    static NAMES: Lazy<HashMap<&'static str, CString>> = Lazy::new(|| {
        let name =
            |encoding: &&'static Encoding| Some((encoding.name(), CString::new(encoding.name()).ok()?));
        ALL.iter().filter_map(name).collect()
    });
    NAMES.get(name).map_or(c"", CString::as_c_str)
}

/// The name of what decided about an encoding.
pub(super) fn source_name(source: EncodingSource) -> &'static CStr {
    match source {
        EncodingSource::Override => c"override",
        EncodingSource::Bom => c"bom",
        EncodingSource::Http => c"http",
        EncodingSource::Meta => c"meta",
        EncodingSource::Xml => c"xml",
        EncodingSource::Detected => c"detected",
        EncodingSource::Default => c"default",
    }
}
