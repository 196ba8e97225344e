//! One transfer: what is sent, with which network settings, and libcurl's callbacks.

use super::admission::Protocol;
use super::signals::Signals;
use super::sockets;
use super::{Flow, Task};
use crate::error::{Code, Error};
use crate::text::Text;
use curl::easy::{Easy2, Handler, List, ReadError, SeekResult, WriteError};
use curl_sys as sys;
use std::ffi::{CString, c_char, c_int, c_long, c_void};
use std::io::SeekFrom;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

// Options that the bindings lack; their numbers are part of libcurl's ABI.
const HEADEROPT: sys::CURLoption = sys::CURLOPTTYPE_LONG + 229;
const SUPPRESS_CONNECT_HEADERS: sys::CURLoption = sys::CURLOPTTYPE_LONG + 265;
const PREREQFUNCTION: sys::CURLoption = sys::CURLOPTTYPE_FUNCTIONPOINT + 312;
const PREREQDATA: sys::CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 313;
const PROTOCOLS_STR: sys::CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 318;

/// libcurl's receive buffer. Its default of 16 KiB costs a third more CPU on bodies of 100 KiB.
const BUFFER: usize = 256 * 1024;

/// Which versions of HTTP may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum VersionChoice {
    /// HTTP/2 where the server agrees during the TLS handshake, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2 by prior knowledge, also without TLS.
    Http2,
}

/// A client certificate for TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCert {
    /// Files in PEM form, and the key's passphrase.
    Files {
        /// The certificate, with its chain.
        cert: String,
        /// The private key; `None` if it is in the certificate's file.
        key: Option<String>,
        /// What the key is encrypted with.
        passphrase: Option<String>,
    },
    /// PEM bytes, and the key's passphrase.
    Pem {
        /// The certificate, with its chain.
        cert: Vec<u8>,
        /// The private key.
        key: Vec<u8>,
        /// What the key is encrypted with.
        passphrase: Option<String>,
    },
}

/// Settings of the connection, shared by the requests of a session.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub verify: bool,
    pub ca_file: Option<String>,
    pub ca_pem: Option<Vec<u8>>,
    pub client_cert: Option<ClientCert>,
    /// `sha256//…`, several divided by `;`.
    pub pinned_key: Option<String>,
    /// 10, 11, 12 or 13.
    pub min_tls: u8,
    pub version: VersionChoice,
    /// `host:port:address` entries that override DNS.
    pub resolve: Vec<String>,
    pub interface: Option<String>,
    pub unix_socket: Option<String>,
    /// A transfer ends that moves fewer bytes a second than this for this many seconds.
    pub low_speed: Option<(u32, u32)>,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            verify: true,
            ca_file: None,
            ca_pem: None,
            client_cert: None,
            pinned_key: None,
            min_tls: 12,
            version: VersionChoice::Auto,
            resolve: Vec::new(),
            interface: None,
            unix_socket: None,
            low_speed: None,
        }
    }
}

/// A proxy for one transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// `scheme://host:port`, without credentials.
    pub url: String,
    pub username: Option<String>,
    pub password: Option<String>,
}

/// Credentials for a scheme that libcurl speaks itself.
#[derive(Clone)]
pub(crate) struct Native {
    /// [`Native::NTLM`] or [`Native::NEGOTIATE`].
    pub scheme: c_long,
    pub user: String,
    pub password: String,
}

impl Native {
    pub const NEGOTIATE: c_long = 1 << 2;
    pub const NTLM: c_long = 1 << 3;
}

/// Never shows the password.
impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Native")
    }
}

/// The body of a request.
#[derive(Clone, Debug, Default)]
pub(crate) enum Upload {
    #[default]
    None,
    Bytes(Arc<[u8]>),
    /// Read from the task; `None` is sent in chunks.
    Stream(Option<u64>),
}

/// The lines of a request's header, one behind the other, each with a NUL at its end. Values are
/// bytes: what a caller sets goes out as it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct HeaderLines(Vec<u8>);

impl HeaderLines {
    pub fn with_capacity(bytes: usize) -> HeaderLines {
        HeaderLines(Vec::with_capacity(bytes))
    }

    /// A field whose value the closure writes, unless it returns `None`.
    pub fn write<R>(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>) -> Option<R>) -> Option<R> {
        let before = self.0.len();
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        let written = write(&mut self.0);
        match written {
            None => self.0.truncate(before),
            Some(_) => self.0.push(0),
        }
        written
    }

    /// A field. libcurl's spelling for an empty value is `Name;`.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(if value.is_empty() { b";" } else { b": " });
        self.0.extend_from_slice(value);
        self.0.push(0);
    }

    /// Keeps libcurl from sending this field of its own accord.
    pub fn refuse(&mut self, name: &str) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b":\0");
    }
}

/// A list of libcurl's, which must live as long as the transfer that uses it.
#[derive(Debug)]
pub(super) struct Slist(*mut sys::curl_slist);

// SAFETY: the list is memory that this value alone owns.
unsafe impl Send for Slist {}

impl Slist {
    fn of(lines: &HeaderLines) -> Result<Slist, Error> {
        let mut list = Slist(std::ptr::null_mut());
        for line in lines.0.split_inclusive(|byte| *byte == 0) {
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

/// What to send.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// ASCII, serialised, without credentials and fragment.
    pub url: String,
    /// What shares connections and limits: scheme, host, port, and the proxy.
    pub host: Arc<str>,
    pub method: Text,
    pub headers: HeaderLines,
    pub upload: Upload,
    pub network: Arc<Network>,
    pub native: Option<Native>,
    pub proxy: Option<Proxy>,
    pub connect_timeout: Option<Duration>,
    pub read_timeout: Option<Duration>,
}

/// The receiver of libcurl's callbacks. It keeps the task for as long as the transfer runs.
pub(super) struct Receiver<T> {
    pub task: Option<Box<T>>,
    pub id: u64,
    /// The task takes nothing for now.
    pub paused: bool,
    /// Why a callback stopped the transfer.
    pub error: Option<Error>,
    pub connected: bool,
    pub active_at: Instant,
    pub transfer: Option<Box<Transfer>>,
    signals: Arc<Signals>,
    /// The connection is the first one to its host.
    first: bool,
    url: String,
    headers: Option<(HeaderLines, Slist)>,
    /// The settings of the last transfer, if all that differs from one like it are URL and headers.
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

impl<T: Task> Receiver<T> {
    pub fn new(signals: Arc<Signals>) -> Receiver<T> {
        Receiver {
            task: None,
            id: 0,
            paused: false,
            error: None,
            connected: false,
            active_at: signals.now(),
            transfer: None,
            signals,
            first: false,
            url: String::new(),
            headers: None,
            plain: None,
        }
    }

    /// Runs a callback of the task; its error or panic stops the transfer. Nothing may unwind
    /// through libcurl.
    fn with_task<R>(&mut self, body: impl FnOnce(&mut T) -> Result<R, Error>) -> Option<R> {
        self.active_at = self.signals.now();
        let task = self.task.as_deref_mut()?;
        let result = catch_unwind(AssertUnwindSafe(|| body(task)))
            .unwrap_or_else(|panic| Err(crate::panic::error(panic.as_ref())));
        result.map_err(|error| self.error = Some(error)).ok()
    }
}

impl<T: Task> Handler for Receiver<T> {
    fn header(&mut self, data: &[u8]) -> bool {
        let flow = self.with_task(|task| task.header(data));
        if let Some(flow @ (Flow::Answer | Flow::Signal)) = flow {
            self.signals.put(self.id, flow);
        }
        flow.is_some()
    }

    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        match self.with_task(|task| task.body(data)) {
            Some(Flow::Go) => Ok(data.len()),
            Some(Flow::Pause) => {
                self.paused = true;
                self.signals.put(self.id, Flow::Signal);
                Err(WriteError::Pause)
            }
            Some(flow) => {
                self.signals.put(self.id, flow);
                Ok(data.len())
            }
            // Anything but the length is an error to libcurl.
            None => Ok(usize::from(data.is_empty())),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, ReadError> {
        self.with_task(|task| task.read(into)).ok_or(ReadError::Abort)
    }

    fn seek(&mut self, whence: SeekFrom) -> SeekResult {
        match whence {
            SeekFrom::Start(0) => match self.with_task(|task| task.rewind()) {
                Some(()) => SeekResult::Ok,
                None => SeekResult::Fail,
            },
            _ => SeekResult::CantSeek,
        }
    }

    fn open_socket(&mut self, family: c_int, kind: c_int, protocol: c_int) -> Option<sys::curl_socket_t> {
        // SAFETY: plain system calls without pointers.
        let number = unsafe { open(family, kind, protocol) };
        (number >= 0).then(|| self.signals.sockets.opened(number))?;
        Some(number)
    }
}

/// A socket that no program started by the host inherits.
unsafe fn open(family: c_int, kind: c_int, protocol: c_int) -> c_int {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    // SAFETY: no pointers.
    return unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) };
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    // SAFETY: no pointers.
    unsafe {
        let number = libc::socket(family, kind, protocol);
        if number >= 0 {
            libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC);
        }
        number
    }
}

/// Called right before the request is sent on a connection.
extern "C" fn prereq<T: Task>(
    receiver: *mut c_void,
    _: *mut c_char,
    _: *mut c_char,
    _: c_int,
    _: c_int,
) -> c_int {
    // SAFETY: the pointer is the receiver inside the easy handle that runs this transfer, and
    // libcurl calls this while nobody else touches it.
    let receiver = unsafe { &mut *receiver.cast::<Receiver<T>>() };
    receiver.connected = true;
    receiver.active_at = receiver.signals.tick();
    if let (true, Some(transfer)) = (receiver.first, &receiver.transfer) {
        receiver.signals.connected(&transfer.host);
    }
    0
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

    /// Sets a text; libcurl copies it.
    fn text(&mut self, option: sys::CURLoption, what: &str, value: &str) -> Result<(), Error> {
        let text = CString::new(value)
            .map_err(|_| Error::new(Code::Argument, format!("{what}: holds a NUL character")))?;
        // SAFETY: the option takes a NUL-terminated text, which libcurl copies.
        let code = unsafe { sys::curl_easy_setopt(self.0.raw(), option, text.as_ptr()) };
        if code == sys::CURLE_OK { Ok(()) } else { Err(failed(what, &curl::Error::new(code))) }
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
    let same = match (&easy.get_ref().plain, &shape) {
        (Some(last), Some(shape)) => last.is(shape),
        _ => false,
    };
    if !same {
        // A handle whose settings fail half-way is reset before it is used again.
        let receiver = easy.get_mut();
        (receiver.plain, receiver.headers) = (None, None);
        receiver.url.clear();
        easy.reset();
        settings(easy, &transfer)?;
        Options(easy).long(sys::CURLOPT_PIPEWAIT, c_long::from(shares));
        easy.get_mut().plain = shape;
    }
    let mut options = Options(easy);
    if options.0.get_ref().url != transfer.url {
        options.text(sys::CURLOPT_URL, "URL", &transfer.url)?;
        options.0.get_mut().url.clone_from(&transfer.url);
    }
    let sent = options.0.get_ref().headers.as_ref();
    if sent.is_none_or(|(lines, _)| *lines != transfer.headers) {
        let list = Slist::of(&transfer.headers)?;
        // SAFETY: libcurl does not copy; the receiver holds the list as long as the option stands.
        unsafe { sys::curl_easy_setopt(easy.raw(), sys::CURLOPT_HTTPHEADER, list.0) };
        easy.get_mut().headers = Some((std::mem::take(&mut transfer.headers), list));
    }
    let receiver = easy.get_mut();
    receiver.error = None;
    receiver.connected = false;
    receiver.paused = false;
    receiver.first = protocol == Protocol::Unknown;
    receiver.active_at = receiver.signals.now();
    receiver.transfer = Some(transfer);
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
    let connect = transfer.connect_timeout.map_or(c_long::MAX, |limit| limit.as_millis() as c_long);
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
    if let Some(file) = &network.ca_file {
        options.text(sys::CURLOPT_CAINFO, "CA file", file)?;
        options.text(sys::CURLOPT_PROXY_CAINFO, "CA file", file)?;
    }
    if let Some(pem) = &network.ca_pem {
        options.0.ssl_cainfo_blob(pem).map_err(|error| bad("CA bytes", error))?;
        options.0.proxy_ssl_cainfo_blob(pem).map_err(|error| bad("CA bytes", error))?;
    }
    if network.ca_file.is_some() || network.ca_pem.is_some() {
        // The system's directory of authorities would be trusted beside the caller's.
        for option in [sys::CURLOPT_CAPATH, sys::CURLOPT_PROXY_CAPATH] {
            // SAFETY: NULL takes the option back.
            unsafe { sys::curl_easy_setopt(options.0.raw(), option, std::ptr::null::<c_char>()) };
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
        options.text(sys::CURLOPT_CUSTOMREQUEST, "method", transfer.method.as_str())?;
    }
    Ok(())
}
