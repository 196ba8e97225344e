//! How a session connects: proxies, TLS, versions of HTTP, addresses and limits.

use super::buffer::{session_buffer_t, tell};
use super::handle::get;
use super::session::{session_t, with};
use super::text::{bytes, optional_text, text};
use crate::engine::{ClientCert, VersionChoice};
use crate::error::{Code, Error, Result};
use crate::session::Session;
use std::ffi::{c_char, c_int, c_void};
use std::path::Path;

/// Whether hosts that asked for https (Strict-Transport-Security, RFC 6797) over a verified
/// connection are not spoken to over http again by this session. Default 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_hsts(session: *mut session_t, on: c_int) -> Code {
    with(session, |session| {
        session.set_hsts(on != 0);
        Ok(())
    })
}

/// Loads the hosts that are only reached over https from a file in curl's format, and adds them to
/// those that are known, however many they are; of those that servers name a session remembers
/// 10,000. SESSION_E_IO if the file cannot be read or has more than 64 MiB; SESSION_E_ARGUMENT if a
/// line is damaged (not a comment, or a host, a space and a quoted date); nothing changes then. into,
/// unless NULL, gets the error in one line with the line's number, and is empty if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_hsts_load(
    session: *mut session_t,
    path: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    unsafe { hsts_file(session, path, into, Session::load_hsts) }
}

/// Saves the hosts that are only reached over https to a file in curl's format. A new file is
/// written beside the old one, synced to the disk and renamed; only its owner may read it.
/// SESSION_E_IO if that fails; the old file is then untouched. into as for session_hsts_load().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_hsts_save(
    session: *mut session_t,
    path: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    unsafe { hsts_file(session, path, into, Session::save_hsts) }
}

/// # Safety
/// The pointers are NULL, live handles or NUL-terminated text, the buffer used by this thread only.
unsafe fn hsts_file(
    session: *mut session_t,
    path: *const c_char,
    into: *mut session_buffer_t,
    run: fn(&Session, &Path) -> Result<()>,
) -> Code {
    // SAFETY: the caller's promise is passed on.
    unsafe { tell(into, |_| run(get(session)?, Path::new(text("path", path)?))) }
}

/// Ends transfers with SESSION_E_SLOW that move fewer bytes a second than this, on average, for
/// this many seconds (0 is like 1). 0 bytes, the default: none. The time in which a reader of a streamed
/// response lets it wait does not count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_low_speed(
    session: *mut session_t,
    bytes_per_second: u32,
    seconds: u32,
) -> Code {
    with(session, |session| {
        session.set_low_speed((bytes_per_second > 0).then_some((bytes_per_second, seconds.max(1))));
        Ok(())
    })
}

/// The address, name or network interface that connections leave from; NULL (the default): any.
/// Idle connections from another one are not used again (with a libcurl of the system: from 8.16 on).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_interface(session: *mut session_t, interface: *const c_char) -> Code {
    with(session, |session| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        session.set_interface(unsafe { optional_text("interface", interface) }?)
    })
}

/// Whether only addresses of the public internet are connected to, for programs that fetch what
/// strangers name. Loopback, private, link-local, shared, multicast and all other special-purpose
/// addresses (RFC 6890) end the request with SESSION_E_REFUSED, however they are spelled, whichever
/// name leads to them and whoever redirects there; also where IPv6 wraps them (mapped, NAT64, 6to4).
/// A proxy's own address is not looked at; through it names go on to where the proxy finds them,
/// "localhost" excepted. A Unix socket is connected to as always. Counts for requests that begin
/// afterwards, on connections that are open already too. Default 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_public_only(session: *mut session_t, on: c_int) -> Code {
    with(session, |session| {
        session.set_public_only(on != 0);
        Ok(())
    })
}

/// The Unix socket that all connections go to instead of the URL's host and port, past any proxy;
/// NULL (the default): none. An empty or too long path is SESSION_E_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_unix_socket(session: *mut session_t, path: *const c_char) -> Code {
    with(session, |session| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        session.set_unix_socket(unsafe { optional_text("path", path) }?)
    })
}

/// Sends requests through a proxy: "http://", "https://", "socks4://", "socks4a://", "socks5://"
/// or "socks5h://", with credentials if needed. NULL: no proxy, whatever the environment says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_proxy(session: *mut session_t, url: *const c_char) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    with(session, |session| session.set_proxy(unsafe { optional_text("url", url) }?))
}

/// Whether the environment counts where nothing else says: for proxies http_proxy, https_proxy,
/// all_proxy, no_proxy (all but the first in capitals too), for certificate authorities
/// SSL_CERT_FILE and SSL_CERT_DIR. Default 1, with the environment as it was when the session was
/// made; setting it to 1 reads it anew. localhost and loopback addresses are never reached through
/// such proxies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_trust_env(session: *mut session_t, trust: c_int) -> Code {
    with(session, |session| {
        session.set_trust_env(trust != 0);
        Ok(())
    })
}

/// Whether the certificates of servers are verified. Default 1. With 0 anybody on the way can
/// read and change everything.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_verify(session: *mut session_t, verify: c_int) -> Code {
    with(session, |session| {
        session.set_verify(verify != 0);
        Ok(())
    })
}

/// The file of the certificate authorities to trust (PEM) instead of the system's; NULL: the
/// system's, or what the environment names (session_set_trust_env()). A file that cannot be read
/// ends requests with SESSION_E_TLS_CA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_ca_file(session: *mut session_t, path: *const c_char) -> Code {
    with(session, |session| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        session.set_ca_file(unsafe { optional_text("path", path) }?);
        Ok(())
    })
}

/// The certificate authorities to trust themselves (PEM) instead of a file; length 0: as
/// session_set_ca_file() with NULL. The later call of the two counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_ca_pem(
    session: *mut session_t,
    pem: *const c_void,
    length: usize,
) -> Code {
    with(session, |session| {
        // SAFETY: the bytes are NULL with 0, or outlive the call.
        let pem = unsafe { bytes("pem", pem, length) }?;
        session.set_ca_pem((!pem.is_empty()).then_some(pem));
        Ok(())
    })
}

/// The client certificate for TLS: PEM files of the certificate with its chain and of the key
/// (NULL: it is in the same file), and the key's passphrase or NULL. A NULL certificate takes it
/// back. Files that cannot be used end requests with SESSION_E_TLS_CLIENT_CERT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_client_cert(
    session: *mut session_t,
    cert_file: *const c_char,
    key_file: *const c_char,
    passphrase: *const c_char,
) -> Code {
    with(session, |session| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        let (cert, key, passphrase) = unsafe {
            (
                optional_text("cert_file", cert_file)?,
                optional_text("key_file", key_file)?,
                optional_text("passphrase", passphrase)?,
            )
        };
        session.set_client_cert(cert.map(|cert| ClientCert::Files {
            cert: cert.into(),
            key: key.map(Into::into),
            passphrase: passphrase.map(Into::into),
        }));
        Ok(())
    })
}

/// The public key that servers must have: "sha256//" and the base64 of its SHA-256, several
/// separated by ";". NULL: any. Another key ends requests with SESSION_E_TLS_PIN. SESSION_E_ARGUMENT for
/// a text of another form.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_pinned_key(session: *mut session_t, pin: *const c_char) -> Code {
    with(session, |session| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        session.set_pinned_key(unsafe { optional_text("pin", pin) }?)
    })
}

/// The lowest version of TLS: 10, 11, 12 or 13. Default 12.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_min_tls(session: *mut session_t, version: c_int) -> Code {
    with(session, |session| session.set_min_tls(u8::try_from(version).unwrap_or(0)))
}

/// The version of HTTP to use: 0 (the default) HTTP/2 where the server agrees during the TLS
/// handshake, else HTTP/1.1; 10 and 11 just that one; 20 HTTP/2 by prior knowledge, also without
/// TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_http_version(session: *mut session_t, version: c_int) -> Code {
    with(session, |session| {
        session.set_http_version(match version {
            0 => VersionChoice::Auto,
            10 => VersionChoice::Http10,
            11 => VersionChoice::Http11,
            20 => VersionChoice::Http2,
            other => {
                return Err(Error::new(Code::Argument, format!("no version of HTTP has the number {other}")));
            }
        });
        Ok(())
    })
}

/// Finds a host and port at this address ("127.0.0.1", "[::1]", or several with commas between),
/// whatever DNS says; NULL: where DNS says. Connections that are open are not used any more.
/// SESSION_E_ARGUMENT for what is no host name, no port or no IP address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_resolve(
    session: *mut session_t,
    host: *const c_char,
    port: u16,
    address: *const c_char,
) -> Code {
    with(session, |session| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        let (host, address) = unsafe { (text("host", host)?, optional_text("address", address)?) };
        session.set_resolve(host, port, address)
    })
}

/// Limits of connections: to one host (default 32), in all (default 256), and idle ones that are
/// kept for reuse (default 64; 0: every connection ends with its request). Requests beyond them wait
/// their turn, for one host in the order in which they came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_connection_limits(
    session: *mut session_t,
    per_host: usize,
    total: usize,
    idle: usize,
) -> Code {
    with(session, |session| session.set_connection_limits(per_host, total, idle))
}
