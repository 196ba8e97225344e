//! A transfer as options of libcurl's.

use super::Task;
use super::admission::Protocol;
use super::origin::Origin;
use super::receiver::{Receiver, opens, prereq, resolves};
use super::sockets;
use super::transfer::{ClientCert, HeaderLines, Network, Proxy, Transfer, Upload, VersionChoice};
use crate::error::{Code, Error};
use curl::easy::{Easy2, List};
use curl_sys as sys;
use std::ffi::{CString, c_char, c_int, c_long, c_void};
use std::sync::Arc;
use std::time::Duration;

// Options that the bindings lack; their numbers are part of libcurl's ABI.
const CURLU: sys::CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 282;
const REQUEST_TARGET: sys::CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 266;
const HEADEROPT: sys::CURLoption = sys::CURLOPTTYPE_LONG + 229;
const SUPPRESS_CONNECT_HEADERS: sys::CURLoption = sys::CURLOPTTYPE_LONG + 265;
const PREREQFUNCTION: sys::CURLoption = sys::CURLOPTTYPE_FUNCTIONPOINT + 312;
const PREREQDATA: sys::CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 313;
const RESOLVER_START_FUNCTION: sys::CURLoption = sys::CURLOPTTYPE_FUNCTIONPOINT + 272;
const RESOLVER_START_DATA: sys::CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 273;
const PROTOCOLS_STR: sys::CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 318;

/// libcurl's receive buffer. Its default of 16 KiB costs a third more CPU on bodies of 100 KiB.
const BUFFER: usize = 256 * 1024;

/// libcurl's limit is 1 MiB for all that it sends before the body.
const LONGEST_TARGET: usize = 1_000_000;

/// A list of libcurl's, which must live as long as the transfer that uses it.
#[derive(Debug)]
struct Slist(*mut sys::curl_slist);

// SAFETY: the list is memory that this value alone owns.
unsafe impl Send for Slist {}

impl Slist {
    fn of(lines: &[&[u8]]) -> Result<Slist, Error> {
        let mut list = Slist(std::ptr::null_mut());
        for line in lines {
            // SAFETY: a text with a NUL at its end, which is copied; the list stays ours on failure.
            let longer = unsafe { sys::curl_slist_append(list.0, line.as_ptr().cast()) };
            if longer.is_null() {
                return Err(Error::new(Code::Memory, "no memory for the header"));
            }
            list.0 = longer;
        }
        Ok(list)
    }
}

impl Drop for Slist {
    fn drop(&mut self) {
        // SAFETY: the list is ours, and its transfer has ended or was given another.
        unsafe { sys::curl_slist_free_all(self.0) };
    }
}

/// What stands in a handle from its last transfer.
#[derive(Default)]
pub(super) struct Settled {
    url: String,
    /// Where that leads, as text too.
    origin: Option<(String, Origin)>,
    headers: Option<(HeaderLines, Slist)>,
    /// All other settings, if they were those of a plain GET.
    plain: Option<Shape>,
}

/// The settings of a plain GET.
struct Shape {
    network: Arc<Network>,
    proxy: Option<Proxy>,
    connect_timeout: Option<Duration>,
    /// Whether to wait for a connection that carries many.
    shares: bool,
}

impl Shape {
    /// `None` for anything but a plain GET.
    fn of(transfer: &Transfer, shares: bool) -> Option<Shape> {
        let is_get = transfer.method.as_str() == "GET" && matches!(transfer.upload, Upload::None);
        (is_get && transfer.native.is_none()).then(|| Shape {
            network: transfer.network.clone(),
            proxy: transfer.proxy.clone(),
            connect_timeout: transfer.connect_timeout,
            shares,
        })
    }

    fn is(&self, other: &Shape) -> bool {
        Arc::ptr_eq(&self.network, &other.network)
            && (&self.proxy, self.connect_timeout, self.shares)
                == (&other.proxy, other.connect_timeout, other.shares)
    }
}

struct Options<'e, T: Task>(&'e mut Easy2<Receiver<T>>);

fn failed(what: &str, error: &curl::Error) -> Error {
    let code = match error.code() {
        sys::CURLE_OUT_OF_MEMORY => Code::Memory,
        sys::CURLE_URL_MALFORMAT => Code::Url,
        sys::CURLE_UNKNOWN_OPTION | 4 => Code::Unsupported,
        _ => Code::Argument,
    };
    Error::new(code, format!("{what}: {}", error.description()))
}

impl<T: Task> Options<'_, T> {
    fn long(&mut self, option: sys::CURLoption, value: c_long) {
        // SAFETY: the option takes a long; one that this libcurl does not know is refused.
        unsafe { sys::curl_easy_setopt(self.0.raw(), option, value) };
    }

    fn size(&mut self, option: sys::CURLoption, value: u64) {
        let value = sys::curl_off_t::try_from(value).unwrap_or(sys::curl_off_t::MAX);
        // SAFETY: the option takes a curl_off_t.
        unsafe { sys::curl_easy_setopt(self.0.raw(), option, value) };
    }

    /// Takes back a text, a default of libcurl's among them.
    fn unset(&mut self, option: sys::CURLoption) {
        // SAFETY: the option takes a text or NULL.
        unsafe { sys::curl_easy_setopt(self.0.raw(), option, std::ptr::null::<c_char>()) };
    }

    /// Sets a text; libcurl copies it.
    fn text(&mut self, option: sys::CURLoption, what: &str, value: &str) -> Result<(), Error> {
        let text = CString::new(value)
            .map_err(|_| Error::new(Code::Argument, format!("{what}: holds a NUL character")))?;
        // SAFETY: the option takes a NUL-terminated text, which libcurl copies.
        let code = unsafe { sys::curl_easy_setopt(self.0.raw(), option, text.as_ptr()) };
        if code == sys::CURLE_OK { Ok(()) } else { Err(failed(what, &curl::Error::new(code))) }
    }
}

/// The fields that libcurl writes itself, in the order in which it does.
const OWN_HEADERS: [(&[u8], Option<sys::CURLoption>); 4] = [
    (b"User-Agent: ", Some(sys::CURLOPT_USERAGENT)),
    (b"Accept: */*\0", None),
    (b"Accept-Encoding: ", Some(sys::CURLOPT_ACCEPT_ENCODING)),
    (b"Cookie: ", Some(sys::CURLOPT_COOKIE)),
];

impl<T: Task> Options<'_, T> {
    /// Leaves to libcurl what it can write itself of the first lines, with the same result and for
    /// half the time, and returns how many those are. Not with a proxy, which would be told too.
    fn own_headers(&mut self, lines: &[&[u8]], proxied: bool) -> Result<usize, Error> {
        let mut own = 0;
        for (start, option) in OWN_HEADERS {
            let name = start.split(|byte| *byte == b':').next().unwrap_or_default();
            // Of a field that comes twice libcurl would leave its own out.
            let names = |line: &&[u8]| {
                line.get(..name.len()).is_some_and(|other| other.eq_ignore_ascii_case(name))
                    && matches!(line.get(name.len()), Some(b':' | b';'))
            };
            let value = lines.get(own).and_then(|line| line.strip_prefix(start));
            let value = value.filter(|_| !proxied && lines.iter().filter(|line| names(line)).count() == 1);
            own += usize::from(value.is_some());
            if let Some(option) = option {
                let value = value.map_or(std::ptr::null(), <[u8]>::as_ptr);
                // SAFETY: NULL, or the end of a line with a NUL behind it, which libcurl copies.
                let code = unsafe { sys::curl_easy_setopt(self.0.raw(), option, value) };
                if code == sys::CURLE_OUT_OF_MEMORY {
                    return Err(Error::new(Code::Memory, "no memory for the header"));
                }
                if code != sys::CURLE_OK {
                    let name = String::from_utf8_lossy(name);
                    return Err(Error::new(Code::Header, format!("{name}: longer than libcurl takes")));
                }
            }
        }
        Ok(own)
    }
}

/// Sets an easy handle up for a transfer. Nothing of an earlier one is left in it: it is reset,
/// unless that one was a plain GET with the same settings, and so is this one.
pub(super) fn configure<T: Task>(
    easy: &mut Easy2<Receiver<T>>,
    mut transfer: Box<Transfer>,
    protocol: Protocol,
) -> Result<(), Error> {
    // Rather than open a second connection, wait for the first one to be ready for many. Not
    // where it may carry one only: libcurl would wait for the end of its response.
    let shares = protocol == Protocol::Multiplexed || transfer.network.version == VersionChoice::Http2;
    let shape = Shape::of(&transfer, shares);
    let same = match (&easy.get_ref().settled.plain, &shape) {
        (Some(last), Some(shape)) => last.is(shape),
        _ => false,
    };
    if !same {
        // A handle whose settings fail half-way is reset before it is used again.
        let last = std::mem::take(&mut easy.get_mut().settled);
        easy.reset();
        drop(last);
        settings(easy, &transfer)?;
        let mut options = Options(easy);
        options.long(sys::CURLOPT_PIPEWAIT, c_long::from(shares));
        if shares {
            // To libcurl it connects while it waits for room on a connection that stands.
            options.long(sys::CURLOPT_CONNECTTIMEOUT_MS, c_int::MAX as c_long);
        }
        easy.get_mut().settled.plain = shape;
    }
    if easy.get_ref().settled.url != transfer.url {
        address(easy, &transfer)?;
        easy.get_mut().settled.url.clone_from(&transfer.url);
    }
    let sent = easy.get_ref().settled.headers.as_ref();
    if sent.is_none_or(|(lines, _)| *lines != transfer.headers) {
        let lines: Vec<&[u8]> = transfer.headers.lines().collect();
        let own = Options(easy).own_headers(&lines, transfer.proxy.is_some())?;
        let list = Slist::of(&lines[own..])?;
        // SAFETY: libcurl does not copy; the receiver holds the list as long as the option stands.
        unsafe { sys::curl_easy_setopt(easy.raw(), sys::CURLOPT_HTTPHEADER, list.0) };
        let headers = &mut easy.get_mut().settled.headers;
        // The memory of the last lines serves the next.
        let last = headers.take().map(|(lines, _)| lines).unwrap_or_default();
        *headers = Some((std::mem::replace(&mut transfer.headers, last), list));
    }
    let once = (!transfer.repeatable).then(|| easy.raw());
    if once.is_some() && (shares || transfer.url.starts_with("https:")) {
        // Only in its log libcurl says that an HTTP/2 server has not looked at a request.
        Options(easy).long(sys::CURLOPT_VERBOSE, 1);
    }
    easy.get_mut().begin(transfer, protocol, once);
    Ok(())
}

/// Says where the request goes, and what it asks for there. libcurl parses the origin once for all
/// the requests that go to it, and sends the target as it is.
fn address<T: Task>(easy: &mut Easy2<Receiver<T>>, transfer: &Transfer) -> Result<(), Error> {
    let (origin, path) = Origin::split(&transfer.url);
    // What a proxy does not only pass on it is asked for by the whole URL (RFC 9112, 3.2.2).
    let asks_proxy = |proxy: &Proxy| proxy.url.starts_with("http") && origin.starts_with("http:");
    let target = if transfer.proxy.as_ref().is_some_and(asks_proxy) { &transfer.url } else { path };
    if target.len() > LONGEST_TARGET {
        let text = format!("the URL has {} bytes: libcurl takes {LONGEST_TARGET}", target.len());
        return Err(Error::new(Code::Url, text));
    }
    let mut options = Options(easy);
    options.text(REQUEST_TARGET, "URL", target)?;
    let last = options.0.get_ref().settled.origin.as_ref();
    if last.is_none_or(|(text, _)| text != origin) {
        let parsed = Origin::parse(origin)?;
        // SAFETY: libcurl does not copy; the receiver holds it as long as the option stands.
        unsafe { sys::curl_easy_setopt(options.0.raw(), CURLU, parsed.raw()) };
        options.0.get_mut().settled.origin = Some((origin.to_owned(), parsed));
    }
    Ok(())
}

/// All settings but the URL and the headers.
fn settings<T: Task>(easy: &mut Easy2<Receiver<T>>, transfer: &Transfer) -> Result<(), Error> {
    let network = transfer.network.clone();
    let mut options = Options(easy);
    options.text(PROTOCOLS_STR, "protocols", "http,https")?;
    options.long(sys::CURLOPT_PATH_AS_IS, 1);
    options.long(sys::CURLOPT_BUFFERSIZE, BUFFER as c_long);
    options.long(sys::CURLOPT_HTTP_CONTENT_DECODING, 0);
    options.long(HEADEROPT, 1); // CURLHEADER_SEPARATE: no header of ours goes to a proxy
    options.long(SUPPRESS_CONNECT_HEADERS, 1);
    options.long(sys::CURLOPT_TCP_KEEPALIVE, 1);
    options.long(sys::CURLOPT_FORBID_REUSE, c_long::from(!network.keep));
    options.long(
        sys::CURLOPT_HTTP_VERSION,
        match network.version {
            VersionChoice::Auto => 4, // CURL_HTTP_VERSION_2TLS
            VersionChoice::Http10 => 1,
            VersionChoice::Http11 => 2,
            VersionChoice::Http2 => 5, // prior knowledge
        },
    );
    tls(&mut options, &network)?;
    proxy(&mut options, transfer.proxy.as_ref())?;
    if let Some(native) = &transfer.native {
        options.long(sys::CURLOPT_HTTPAUTH, native.scheme);
        options.text(sys::CURLOPT_USERNAME, "user", &native.user)?;
        options.text(sys::CURLOPT_PASSWORD, "password", &native.password)?;
    }
    if let Some((bytes, seconds)) = network.low_speed {
        options.long(sys::CURLOPT_LOW_SPEED_LIMIT, c_long::from(bytes));
        options.long(sys::CURLOPT_LOW_SPEED_TIME, c_long::from(seconds));
    }
    if let Some(interface) = &network.interface {
        options.text(sys::CURLOPT_INTERFACE, "interface", interface)?;
    }
    if let Some(path) = &network.unix_socket {
        options.text(sys::CURLOPT_UNIX_SOCKET_PATH, "Unix socket", path)?;
    }
    method(&mut options, transfer)?;
    let receiver = std::ptr::from_ref(options.0.get_ref());
    // SAFETY: the receiver lives in a box inside the easy handle and so as long as it; the sockets
    // outlive the multi handle with all its connections.
    unsafe {
        sys::curl_easy_setopt(options.0.raw(), PREREQFUNCTION, prereq::<T> as *const c_void);
        sys::curl_easy_setopt(options.0.raw(), PREREQDATA, receiver);
        sys::curl_easy_setopt(options.0.raw(), RESOLVER_START_FUNCTION, resolves::<T> as *const c_void);
        sys::curl_easy_setopt(options.0.raw(), RESOLVER_START_DATA, receiver);
        sys::curl_easy_setopt(options.0.raw(), sys::CURLOPT_OPENSOCKETFUNCTION, opens::<T> as *const c_void);
        sys::curl_easy_setopt(options.0.raw(), sys::CURLOPT_OPENSOCKETDATA, receiver);
        let sockets: *const sockets::Sockets = &options.0.get_ref().signals.sockets;
        sys::curl_easy_setopt(
            options.0.raw(),
            sys::CURLOPT_CLOSESOCKETFUNCTION,
            sockets::close as *const c_void,
        );
        sys::curl_easy_setopt(options.0.raw(), sys::CURLOPT_CLOSESOCKETDATA, sockets);
    }
    // libcurl divides it among a host's addresses. Ours fires first; libcurl's own default of five
    // minutes must not.
    let connect = transfer.connect_timeout.and_then(|limit| c_long::try_from(limit.as_millis()).ok());
    let connect = connect.unwrap_or(c_long::MAX);
    options.long(sys::CURLOPT_CONNECTTIMEOUT_MS, connect.saturating_add(1000).min(c_int::MAX as c_long));
    if !network.resolve.is_empty() {
        easy.resolve(list(&network.resolve)?).map_err(|error| failed("resolve", &error))?;
    }
    Ok(())
}

fn list(lines: &[String]) -> Result<List, Error> {
    let mut list = List::new();
    for line in lines {
        list.append(line).map_err(|error| failed("resolve", &error))?;
    }
    Ok(list)
}

fn tls<T: Task>(options: &mut Options<'_, T>, network: &Network) -> Result<(), Error> {
    let version = match network.min_tls {
        10 => 4,
        11 => 5,
        13 => 7,
        _ => 6,
    };
    // A proxy that speaks TLS is trusted on the same terms as a server.
    let host = if network.verify { 2 } else { 0 };
    for (option, value) in [
        (sys::CURLOPT_SSL_VERIFYPEER, c_long::from(network.verify)),
        (sys::CURLOPT_PROXY_SSL_VERIFYPEER, c_long::from(network.verify)),
        (sys::CURLOPT_SSL_VERIFYHOST, host),
        (sys::CURLOPT_PROXY_SSL_VERIFYHOST, host),
        (sys::CURLOPT_SSLVERSION, version),
        (sys::CURLOPT_PROXY_SSLVERSION, version),
    ] {
        options.long(option, value);
    }
    let bad = |what, error: curl::Error| failed(what, &error);
    if let Some(pem) = &network.ca_pem {
        options.0.ssl_cainfo_blob(pem).map_err(|error| bad("CA bytes", error))?;
        options.0.proxy_ssl_cainfo_blob(pem).map_err(|error| bad("CA bytes", error))?;
    }
    // The system's authorities would be trusted beside the caller's.
    let named = network.ca_file.is_some() || network.ca_pem.is_some();
    let (file, directory) =
        if named { (network.ca_file.as_deref(), None) } else { network.authorities.or_system() };
    for (option, what, value) in [
        (sys::CURLOPT_CAINFO, "CA file", file),
        (sys::CURLOPT_PROXY_CAINFO, "CA file", file),
        (sys::CURLOPT_CAPATH, "CA directory", directory),
        (sys::CURLOPT_PROXY_CAPATH, "CA directory", directory),
    ] {
        match value {
            Some(value) => options.text(option, what, value)?,
            // A libcurl of the system's has defaults of its own.
            None if named || cfg!(feature = "bundled") => options.unset(option),
            None => {}
        }
    }
    match &network.client_cert {
        None => {}
        Some(ClientCert::Files { cert, key, passphrase }) => {
            options.text(sys::CURLOPT_SSLCERT, "client certificate", cert)?;
            options.text(sys::CURLOPT_SSLKEY, "client key", key.as_ref().unwrap_or(cert))?;
            if let Some(passphrase) = passphrase {
                options.text(sys::CURLOPT_KEYPASSWD, "passphrase", passphrase)?;
            }
        }
        Some(ClientCert::Pem { cert, key, passphrase }) => {
            options.text(sys::CURLOPT_SSLCERTTYPE, "client certificate", "PEM")?;
            options.0.ssl_cert_blob(cert).map_err(|error| bad("client certificate", error))?;
            options.0.ssl_key_blob(key).map_err(|error| bad("client key", error))?;
            if let Some(passphrase) = passphrase {
                options.text(sys::CURLOPT_KEYPASSWD, "passphrase", passphrase)?;
            }
        }
    }
    if let Some(pin) = &network.pinned_key {
        options.text(sys::CURLOPT_PINNEDPUBLICKEY, "pinned key", pin)?;
    }
    Ok(())
}

fn proxy<T: Task>(options: &mut Options<'_, T>, proxy: Option<&Proxy>) -> Result<(), Error> {
    // The empty text keeps libcurl from looking into the environment.
    options.text(sys::CURLOPT_PROXY, "proxy", proxy.map_or("", |proxy| &proxy.url))?;
    options.text(sys::CURLOPT_NOPROXY, "proxy", "")?;
    if let Some(Proxy { username: Some(username), password, .. }) = proxy {
        options.text(sys::CURLOPT_PROXYUSERNAME, "proxy user", username)?;
        options.text(sys::CURLOPT_PROXYPASSWORD, "proxy password", password.as_deref().unwrap_or(""))?;
    }
    Ok(())
}

fn method<T: Task>(options: &mut Options<'_, T>, transfer: &Transfer) -> Result<(), Error> {
    let standard = match &transfer.upload {
        Upload::None if transfer.method.as_str() == "HEAD" => {
            options.long(sys::CURLOPT_NOBODY, 1);
            "HEAD"
        }
        // A method that usually has a body says that it has none (RFC 9110, 8.6).
        Upload::None if matches!(transfer.method.as_str(), "POST" | "PUT" | "PATCH") => {
            options.long(sys::CURLOPT_POST, 1);
            options.size(sys::CURLOPT_POSTFIELDSIZE_LARGE, 0);
            // SAFETY: libcurl does not copy; a static text outlives the transfer.
            unsafe { sys::curl_easy_setopt(options.0.raw(), sys::CURLOPT_POSTFIELDS, c"".as_ptr()) };
            "POST"
        }
        Upload::None => "GET",
        Upload::Bytes(bytes) => {
            options.long(sys::CURLOPT_POST, 1);
            options.size(sys::CURLOPT_POSTFIELDSIZE_LARGE, bytes.len() as u64);
            // SAFETY: libcurl does not copy; the receiver holds the transfer, and so the bytes,
            // for as long as it runs.
            unsafe { sys::curl_easy_setopt(options.0.raw(), sys::CURLOPT_POSTFIELDS, bytes.as_ptr()) };
            "POST"
        }
        Upload::Stream(length) => {
            options.long(sys::CURLOPT_UPLOAD, 1);
            if let Some(length) = length {
                options.size(sys::CURLOPT_INFILESIZE_LARGE, *length);
            }
            "PUT"
        }
    };
    if transfer.method.as_str() != standard {
        let refused = |error: Error| Error::new(Code::Method, error.message());
        options.text(sys::CURLOPT_CUSTOMREQUEST, "method", transfer.method.as_str()).map_err(refused)?;
    }
    Ok(())
}
