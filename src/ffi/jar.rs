//! `session_jar_t`: cookies, shared between sessions and threads.

use super::buffer::{fill_bytes, session_buffer_t, tell};
use super::cookies::{give_cookies, session_cookies_t};
use super::guard::{guard, status};
use super::handle::{Handle as _, get, give_shared, handles, take_shared};
use super::text::{bytes, optional_bytes_text, optional_text, parse_url, put, text};
use crate::cookies::{
    Context, CookieSpec, Filter, Format, Jar, LoadOptions, LoadReport, Reason, SameSite, Site,
    canonical_domain,
};
use crate::error::{Code, Error, Result};
use std::ffi::{OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

/// A cookie jar. Any number of threads and sessions may use one at the same time; it lives as
/// long as anyone holds a reference to it. What a request costs does not depend on how many
/// cookies of other sites there are.
pub struct session_jar_t {
    _private: [u8; 0],
}
handles!(session_jar_t: Shared<Jar> {
    fn check(jar: &Jar) -> Result<()> {
        jar.check_process()
    }
});

/// Context of a request: not HTTP, but on behalf of a script. HttpOnly cookies are out of reach.
pub const SESSION_COOKIES_NON_HTTP: u32 = 1;
/// Context of a request: cross-site, a navigation of the whole page with a safe method, as when
/// a link is followed.
pub const SESSION_COOKIES_NAVIGATION: u32 = 2;
/// Context of a request: cross-site, a navigation of the whole page with another method, as when
/// a form is posted.
pub const SESSION_COOKIES_UNSAFE_NAVIGATION: u32 = 4;
/// Context of a request: cross-site, of something inside a page.
pub const SESSION_COOKIES_CROSS_SITE: u32 = 8;

/// A cookie set by hand: for secure connections only.
pub const SESSION_COOKIE_SECURE: u32 = 1;
/// A cookie set by hand: out of reach of scripts.
pub const SESSION_COOKIE_HTTP_ONLY: u32 = 2;
/// A cookie set by hand: for the subdomains of its domain too.
pub const SESSION_COOKIE_SUBDOMAINS: u32 = 4;
/// A cookie set by hand: SameSite=None.
pub const SESSION_COOKIE_SAME_SITE_NONE: u32 = 16;
/// A cookie set by hand: SameSite=Lax.
pub const SESSION_COOKIE_SAME_SITE_LAX: u32 = 32;
/// A cookie set by hand: SameSite=Strict.
pub const SESSION_COOKIE_SAME_SITE_STRICT: u32 = 48;

/// Loading: leave out session cookies, as if a browser had been closed in between.
pub const SESSION_LOAD_DROP_SESSION: u32 = 1;
/// Loading: skip damaged entries instead of failing.
pub const SESSION_LOAD_LENIENT: u32 = 2;

fn context(flags: u32, partition: Option<&str>) -> Result<Context<'_>> {
    let site = match flags & !SESSION_COOKIES_NON_HTTP {
        0 => Site::Same,
        SESSION_COOKIES_NAVIGATION => Site::Navigation,
        SESSION_COOKIES_UNSAFE_NAVIGATION => Site::UnsafeNavigation,
        SESSION_COOKIES_CROSS_SITE => Site::Cross,
        _ => return Err(Error::new(Code::Argument, format!("context {flags} is no context of a request"))),
    };
    Ok(Context { http_api: flags & SESSION_COOKIES_NON_HTTP == 0, site, partition })
}

fn format(number: c_int) -> Result<Format> {
    match number {
        0 => Ok(Format::Auto),
        1 => Ok(Format::Netscape),
        2 => Ok(Format::Json),
        _ => Err(Error::new(Code::Argument, format!("{number} is no format of cookie files"))),
    }
}

/// # Safety
/// The pointer is NULL or a NUL-terminated string that outlives the call.
unsafe fn path<'a>(pointer: *const c_char) -> Result<&'a Path> {
    // SAFETY: the caller's promise is passed on.
    let bytes = unsafe { optional_bytes_text(pointer) };
    let bytes = bytes.ok_or_else(|| Error::new(Code::Null, "path is NULL"))?;
    Ok(Path::new(OsStr::from_bytes(bytes)))
}

/// # Safety
/// The pointer is NULL or a NUL-terminated string that outlives the call.
unsafe fn needed_name<'a>(pointer: *const c_char) -> Result<&'a [u8]> {
    // SAFETY: the caller's promise is passed on.
    unsafe { optional_bytes_text(pointer) }.ok_or_else(|| Error::new(Code::Null, "name is NULL"))
}

fn check_reason(reason: Reason) -> Result<()> {
    if reason.is_success() { Ok(()) } else { Err(Error::new(Code::CookieRefused, reason.to_string())) }
}

/// Makes an empty jar. The caller owns a reference to it; free it with session_jar_free(). NULL
/// only when there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn session_jar_new() -> *mut session_jar_t {
    guard(|| Ok(give_shared(Arc::new(Jar::new()))))
}

/// Frees a reference to a jar; the jar goes with the last one, and is saved then if
/// session_jar_set_autosave() asks for it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_free(jar: *mut session_jar_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        if let Some(jar) = unsafe { take_shared::<session_jar_t>(jar) }
            && session_jar_t::check(&jar).is_err()
        {
            // Inherited through fork: it may be locked for ever.
            std::mem::forget(jar);
        }
        Ok(())
    })
}

/// Stores what one Set-Cookie field says, as if url had sent it over HTTP. The field is given
/// without its name, as length bytes; it may hold any byte. *reason, unless NULL, tells what became of
/// it. SESSION_OK when it was stored, or has expired and so deleted the cookie, if there was one;
/// SESSION_E_COOKIE_REFUSED; SESSION_E_URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_store(
    jar: *mut session_jar_t,
    url: *const c_char,
    field: *const c_void,
    length: usize,
    reason: *mut Reason,
) -> Code {
    // SAFETY: the caller's promises are passed on.
    unsafe { session_jar_store_in(jar, url, field, length, 0, std::ptr::null(), reason) }
}

/// As session_jar_store(), in a context: 0 or some of SESSION_COOKIES_..., and the key of the
/// partition (such as "https://example.com") for Partitioned cookies, or NULL or "" for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_store_in(
    jar: *mut session_jar_t,
    url: *const c_char,
    field: *const c_void,
    length: usize,
    flags: u32,
    partition: *const c_char,
    reason: *mut Reason,
) -> Code {
    // SAFETY: the caller passes NULL or live handles, strings and `length` bytes.
    status(|| unsafe {
        put(reason, Reason::NoCookie);
        let jar = get(jar)?;
        let url = parse_url(text("url", url)?)?;
        let context = context(flags, optional_text("partition", partition)?)?;
        let outcome = jar.store(&url, bytes("field", field, length)?, &context);
        put(reason, outcome.reason);
        check_reason(outcome.reason)
    })
}

/// Stores the count Set-Cookie fields of one response, all at once: no other thread sees some of
/// them without the rest. reasons, unless NULL, has room for count reasons. SESSION_OK even when
/// fields were refused: the reasons tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_store_response(
    jar: *mut session_jar_t,
    url: *const c_char,
    fields: *const *const c_char,
    lengths: *const usize,
    count: usize,
    flags: u32,
    partition: *const c_char,
    reasons: *mut Reason,
) -> Code {
    // SAFETY: the caller passes NULL or live handles, strings, and arrays of `count` elements.
    status(|| unsafe {
        if !reasons.is_null() {
            (0..count).for_each(|index| reasons.add(index).write(Reason::NoCookie));
        }
        let jar = get(jar)?;
        let url = parse_url(text("url", url)?)?;
        let context = context(flags, optional_text("partition", partition)?)?;
        if count != 0 && (fields.is_null() || lengths.is_null()) {
            return Err(Error::new(Code::Null, "fields or lengths is NULL"));
        }
        let mut list = Vec::new();
        for index in 0..count {
            list.push(bytes("field", (*fields.add(index)).cast(), *lengths.add(index))?);
        }
        let outcomes = jar.store_response(&url, list, &context);
        for (index, outcome) in outcomes.iter().take(count).enumerate() {
            if !reasons.is_null() {
                reasons.add(index).write(outcome.reason);
            }
        }
        Ok(())
    })
}

/// Writes the value of the Cookie header for a request to url ("a=1; b=2") into the buffer; empty
/// when there is to be no header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_header(
    jar: *mut session_jar_t,
    url: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller's promises are passed on.
    unsafe { session_jar_header_in(jar, url, 0, std::ptr::null(), into) }
}

/// As session_jar_header(), in a context; see session_jar_store_in().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_header_in(
    jar: *mut session_jar_t,
    url: *const c_char,
    flags: u32,
    partition: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and strings.
    unsafe {
        fill_bytes(into, |out| {
            let jar = get(jar)?;
            let url = parse_url(text("url", url)?)?;
            let context = context(flags, optional_text("partition", partition)?)?;
            jar.header(&url, &context, out);
            Ok(())
        })
    }
}

/// Sets a cookie by hand, under the rules of a Set-Cookie field that its own host sent over a
/// secure connection. domain is a host, with a dot in front also for those below it, as with
/// SESSION_COOKIE_SUBDOMAINS; path may be NULL for "/"; name is "" for a nameless cookie;
/// value is NUL-terminated, NULL for an empty one; expires_ms is in milliseconds since 1970, 0 for a
/// session cookie, and a time that has passed deletes the cookie; flags are some of
/// SESSION_COOKIE_.... *reason, unless NULL, tells what became of it. SESSION_E_COOKIE_REFUSED when
/// it breaks a rule.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set(
    jar: *mut session_jar_t,
    domain: *const c_char,
    cookie_path: *const c_char,
    name: *const c_char,
    value: *const c_char,
    expires_ms: i64,
    flags: u32,
    reason: *mut Reason,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and strings.
    status(|| unsafe {
        put(reason, Reason::NoCookie);
        const KNOWN: u32 = SESSION_COOKIE_SECURE
            | SESSION_COOKIE_HTTP_ONLY
            | SESSION_COOKIE_SUBDOMAINS
            | SESSION_COOKIE_SAME_SITE_STRICT;
        if flags & !KNOWN != 0 {
            return Err(Error::new(Code::Argument, format!("flags {flags} of a cookie are not known")));
        }
        let spec = CookieSpec {
            name: needed_name(name)?,
            value: optional_bytes_text(value).unwrap_or_default(),
            domain: text("domain", domain)?,
            host_only: flags & SESSION_COOKIE_SUBDOMAINS == 0,
            path: optional_text("path", cookie_path)?.unwrap_or("/"),
            secure: flags & SESSION_COOKIE_SECURE != 0,
            http_only: flags & SESSION_COOKIE_HTTP_ONLY != 0,
            same_site: match flags & SESSION_COOKIE_SAME_SITE_STRICT {
                SESSION_COOKIE_SAME_SITE_NONE => SameSite::None,
                SESSION_COOKIE_SAME_SITE_LAX => SameSite::Lax,
                SESSION_COOKIE_SAME_SITE_STRICT => SameSite::Strict,
                _ => SameSite::Unset,
            },
            expires: (expires_ms != 0).then_some(expires_ms),
            partition: None,
        };
        let outcome = get(jar)?.set(&spec);
        put(reason, outcome.reason);
        check_reason(outcome.reason)
    })
}

/// Writes the value of the cookie of this name that a request to url sends into the buffer.
/// SESSION_E_MISSING when it sends none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_get(
    jar: *mut session_jar_t,
    url: *const c_char,
    name: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and strings.
    unsafe {
        fill_bytes(into, |out| {
            let url = parse_url(text("url", url)?)?;
            let cookie = get(jar)?.get(&url, needed_name(name)?).ok_or(Code::Missing)?;
            out.extend_from_slice(cookie.value());
            Ok(())
        })
    }
}

/// A choice of cookies from C.
///
/// # Safety
/// The pointers are NULL or NUL-terminated strings that outlive the call.
unsafe fn with_filter<R>(
    domain: *const c_char,
    cookie_path: *const c_char,
    name: *const c_char,
    use_it: impl FnOnce(&Filter<'_>) -> R,
) -> Result<R> {
    // SAFETY: the caller's promise is passed on.
    let (domain, path, name) = unsafe {
        (optional_text("domain", domain)?, optional_text("path", cookie_path)?, optional_bytes_text(name))
    };
    let subdomains = domain.is_some_and(|domain| domain.starts_with('.'));
    let canonical = domain.map(|domain| {
        let host = domain.strip_prefix('.').unwrap_or(domain);
        canonical_domain(host).ok_or_else(|| Error::new(Code::Argument, format!("{domain} is no domain")))
    });
    let canonical = canonical.transpose()?;
    Ok(use_it(&Filter { domain: canonical.as_deref(), subdomains, path, name, session: false }))
}

/// Deletes the cookies of a domain, path and name, each exactly, or any where it is NULL. A
/// domain with a leading dot means its subdomains too. *count, unless NULL, gets how many they were.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_delete(
    jar: *mut session_jar_t,
    domain: *const c_char,
    cookie_path: *const c_char,
    name: *const c_char,
    count: *mut usize,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and strings.
    status(|| unsafe {
        put(count, 0);
        let jar = get(jar)?;
        put(count, with_filter(domain, cookie_path, name, |filter| jar.delete(filter))?);
        Ok(())
    })
}

/// Deletes all cookies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_clear(jar: *mut session_jar_t) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    status(|| unsafe { get(jar) }.map(|jar| _ = jar.clear()))
}

/// Deletes the cookies without an expiry, as when a browser is closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_clear_session(jar: *mut session_jar_t) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    status(|| unsafe { get(jar) }.map(|jar| _ = jar.clear_session()))
}

/// How many cookies there are that have not expired; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_count(jar: *mut session_jar_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(jar) }?.len()))
}

/// A snapshot of the cookies of a domain, path and name, each exactly, or any where it is NULL;
/// sorted by domain, path and name. A domain with a leading dot means its subdomains too. The
/// caller owns it; free it with session_cookies_free(). NULL only for bad arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_cookies(
    jar: *mut session_jar_t,
    domain: *const c_char,
    cookie_path: *const c_char,
    name: *const c_char,
) -> *mut session_cookies_t {
    // SAFETY: the caller passes NULL or live handles and strings.
    guard(|| unsafe {
        let jar = get(jar)?;
        let cookies = with_filter(domain, cookie_path, name, |filter| jar.cookies(filter))?;
        Ok(give_cookies(cookies.into_iter().map(|cookie| (cookie, Reason::NoCookie))))
    })
}

/// Every cookie of the site of url, each with the reason why a request sends it or does not
/// (session_cookies_reason), in the order of the header. Context as for session_jar_store_in().
/// The caller owns it; free it with session_cookies_free(). NULL only for bad arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_explain(
    jar: *mut session_jar_t,
    url: *const c_char,
    flags: u32,
    partition: *const c_char,
) -> *mut session_cookies_t {
    // SAFETY: the caller passes NULL or live handles and strings.
    guard(|| unsafe {
        let jar = get(jar)?;
        let url = parse_url(text("url", url)?)?;
        let context = context(flags, optional_text("partition", partition)?)?;
        Ok(give_cookies(jar.explain(&url, &context).into_iter()))
    })
}

fn load_options(file_format: c_int, flags: u32) -> Result<LoadOptions> {
    if flags & !(SESSION_LOAD_DROP_SESSION | SESSION_LOAD_LENIENT) != 0 {
        return Err(Error::new(Code::Argument, format!("flags {flags} of loading are not known")));
    }
    Ok(LoadOptions {
        format: format(file_format)?,
        drop_session: flags & SESSION_LOAD_DROP_SESSION != 0,
        lenient: flags & SESSION_LOAD_LENIENT != 0,
    })
}

/// Loads cookies, and tells of them.
///
/// # Safety
/// The pointers are NULL, live handles or writable.
unsafe fn load(
    jar: *mut session_jar_t,
    count: *mut usize,
    into: *mut session_buffer_t,
    load: impl FnOnce(&Jar) -> Result<LoadReport>,
) -> Code {
    // SAFETY: the caller's promise is passed on.
    unsafe {
        put(count, 0);
        tell(into, |out| {
            let report = load(get(jar)?)?;
            put(count, report.read);
            let mut lines: Vec<String> =
                report.skipped.iter().map(|(place, reason)| format!("{place}: {reason}")).collect();
            if report.evicted != 0 {
                lines.push(format!("evicted to make room: {}", report.evicted));
            }
            out.push_str(&lines.join("\n"));
            Ok(())
        })
    }
}

/// Loads cookies from a file and adds them to the jar. file_format: 0 finds out, 1 Netscape
/// (cookies.txt), 2 JSON (ours, Playwright's, browser extensions', tough-cookie's, HAR), LWP's only with
/// 0; flags: some of SESSION_LOAD_.... *count, unless NULL, gets how many were stored. The buffer, unless NULL, gets
/// a line for each entry that was skipped or found no room within the jar's limits (its number and the
/// reason), a last one "evicted to make room: N" when cookies had to go that were in the jar before,
/// or else the error. SESSION_E_IO
/// when the file cannot be read, SESSION_E_COOKIE_FILE when it is damaged; the jar is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_load(
    jar: *mut session_jar_t,
    file: *const c_char,
    file_format: c_int,
    flags: u32,
    count: *mut usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and strings.
    unsafe { load(jar, count, into, |jar| jar.load(path(file)?, &load_options(file_format, flags)?)) }
}

/// As session_jar_load(), from length bytes of memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_load_bytes(
    jar: *mut session_jar_t,
    data: *const c_void,
    length: usize,
    file_format: c_int,
    flags: u32,
    count: *mut usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and `length` bytes.
    unsafe {
        load(jar, count, into, |jar| {
            jar.load_bytes(bytes("data", data, length)?, &load_options(file_format, flags)?)
        })
    }
}

/// Saves the cookies to a file: a new one is written beside it, synced and renamed over it, with
/// mode 0600; a symbolic link is replaced, not followed. file_format: 0 is JSON for a name that ends in
/// ".json", else Netscape; 1 Netscape; 2 JSON. *count, unless NULL, gets how many were written:
/// cookies in a partition, and such with a TAB, have no place in the Netscape format, and curl takes
/// the value of a nameless one for its name. SESSION_E_IO
/// when it fails; the old file is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_save(
    jar: *mut session_jar_t,
    file: *const c_char,
    file_format: c_int,
    count: *mut usize,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and strings.
    status(|| unsafe {
        put(count, 0);
        put(count, get(jar)?.save(path(file)?, format(file_format)?)?.written);
        Ok(())
    })
}

/// As session_jar_save(), into a buffer. Format 0 is Netscape.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_save_buffer(
    jar: *mut session_jar_t,
    file_format: c_int,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles.
    unsafe {
        fill_bytes(into, |out| {
            *out = get(jar)?.save_bytes(format(file_format)?).0;
            Ok(())
        })
    }
}

/// Saves the jar to a file when its last reference is freed; NULL, the default, does not. Errors
/// then go unnoticed. SESSION_E_ARGUMENT for an empty path. Format as for session_jar_save().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_autosave(
    jar: *mut session_jar_t,
    file: *const c_char,
    file_format: c_int,
) -> Code {
    // SAFETY: the caller passes NULL or live handles and strings.
    status(|| unsafe {
        let target = if file.is_null() { None } else { Some((path(file)?, format(file_format)?)) };
        if target.is_some_and(|(file, _)| file.as_os_str().is_empty()) {
            return Err(Error::new(Code::Argument, "file: it is empty"));
        }
        get(jar)?.set_autosave(target);
        Ok(())
    })
}

/// Explains a reason in a few words of English. Static text, never NULL: a number that is no
/// reason gives "unknown reason". Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn session_cookie_reason_text(reason: c_int) -> *const c_char {
    Reason::from_number(reason).map_or(c"unknown reason", Reason::description).as_ptr()
}
