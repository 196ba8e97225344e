//! The session: defaults, cookies and connections that requests share.

mod buffers;
mod delivery;
mod download;
mod exchange;
mod hop;
mod log;
mod options;
mod pages;
mod refresh;
mod request;
mod resolve;
mod response;
mod sequel;
mod stream;
mod submission;

pub use crate::engine::Timings;
pub use delivery::{Moved, Progress, Sink};
pub(crate) use log::show_text;
pub use log::{Entry, Event, Level, Log};
pub use options::{Auth, NativeAuth, Redirects, Timeouts};
pub use pages::PageWalk;
pub use request::Request;
pub use response::{Note, Response};

use crate::calendar;
use crate::cookies::Jar;
use crate::engine::{Authorities, ClientCert, Engine, VersionChoice};
use crate::error::{Code, Error, Result};
use crate::http::hsts::Hsts;
use crate::http::netrc::Netrc;
use crate::http::proxy::{Proxy, ProxySetting};
use crate::http::retry::RetryPolicy;
use crate::http::user_agent::Style;
use crate::lock::lock;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use buffers::Buffers;
use exchange::Exchange;
use options::Options;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use url::{Position, Url};

/// Room for the path of a Unix socket, with the NUL at its end.
const LONGEST_SOCKET: usize =
    size_of::<libc::sockaddr_un>() - std::mem::offset_of!(libc::sockaddr_un, sun_path);

/// An HTTP session. Any number of threads may use one at the same time; they share its cookies,
/// its connections and its limits.
pub struct Session {
    engine: Arc<Engine<Exchange>>,
    settings: Mutex<Settings>,
    buffers: Arc<Buffers>,
    /// The process that made it: sockets and locks do not survive a `fork`.
    process: u32,
}

struct Settings {
    options: Arc<Options>,
    jar: Arc<Jar>,
    hsts: Arc<Mutex<Hsts>>,
    /// A URL of the origin that was last asked, without credentials.
    last: Option<Arc<Url>>,
}

/// Its settings hold secrets.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("process", &self.process).finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            // The sockets are the parent's, and its locks may be held for ever.
            std::mem::forget(self.engine.clone());
            return;
        }
        // A response that is streamed keeps the engine, and the engine those that wait in it.
        self.engine.close();
        self.engine.drop_finished();
    }
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// A session with a jar of its own. Does no I/O.
    pub fn new() -> Session {
        let options = Options::default();
        Session {
            engine: Arc::new(Engine::new(options.limits)),
            settings: Mutex::new(Settings {
                options: Arc::new(options),
                jar: Arc::new(Jar::new()),
                hsts: Arc::default(),
                last: None,
            }),
            buffers: Arc::default(),
            process: crate::process::id(),
        }
    }

    /// Whether this process made the session.
    ///
    /// # Errors
    /// [`Code::Forked`] in a child of the process that did.
    pub fn check_process(&self) -> Result<()> {
        if self.process == crate::process::id() { Ok(()) } else { Err(Code::Forked.into()) }
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        lock(&self.settings)
    }

    fn change<R>(&self, change: impl FnOnce(&mut Options) -> R) -> R {
        let mut settings = self.settings();
        let options = Arc::make_mut(&mut settings.options);
        options.all_headers = Default::default();
        change(options)
    }

    fn change_network(&self, change: impl FnOnce(&mut crate::engine::Network)) {
        self.change(|options| change(Arc::make_mut(&mut options.network)));
    }

    fn exchange(&self, request: Box<Request>) -> Box<Exchange> {
        let (options, jar, hsts, last) = {
            let settings = self.settings();
            (settings.options.clone(), settings.jar.clone(), settings.hsts.clone(), settings.last.clone())
        };
        let url = options::absolute(&request.url, options.base_url.as_ref(), last.as_deref());
        if let Ok(url) = &url {
            let same = |last: Arc<Url>| last[..Position::BeforePath] == url[..Position::BeforePath];
            // Credentials are not kept.
            let bare = url.username().is_empty() && url.password().is_none();
            if bare && !last.is_some_and(same) {
                self.settings().last = Some(Arc::new(url.clone()));
            }
        }
        let (engine, buffers) = (Arc::downgrade(&self.engine), self.buffers.clone());
        Box::new(Exchange::new(options, jar, hsts, engine, buffers, request, url))
    }

    /// Sends a request and waits for its end. The calling thread does the work, and that of
    /// other threads that wait meanwhile.
    pub fn send(&self, request: &Request) -> Arc<Response> {
        self.send_owned(Box::new(request.clone()))
    }

    pub(crate) fn send_owned(&self, request: Box<Request>) -> Arc<Response> {
        if let Err(error) = self.check_process() {
            return Arc::new(Response::failed(error));
        }
        match self.engine.run(self.exchange(request), |exchange, id| exchange.serial = id) {
            Ok(response) => response,
            Err((error, exchange)) => Arc::new(exchange.refused(error)),
        }
    }

    /// `GET`.
    pub fn get(&self, url: &str) -> Arc<Response> {
        match Request::new("GET", url) {
            Ok(request) => self.send_owned(Box::new(request)),
            Err(error) => Arc::new(Response::failed(error)),
        }
    }

    /// Submits a request; [`Session::next`] hands its response out. Returns its id.
    ///
    /// # Errors
    /// [`Code::Closed`], [`Code::Forked`], [`Code::Io`] when there is no descriptor left.
    pub fn submit(&self, request: &Request, userdata: usize) -> Result<u64> {
        self.check_process()?;
        let mut exchange = self.exchange(Box::new(request.clone()));
        exchange.userdata = userdata;
        exchange.submitted = true;
        self.engine.submit(exchange, |exchange, id| exchange.serial = id)
    }

    /// The response of one submitted request. Waits at most `timeout`; `None` is for as long as it
    /// takes. `Ok(None)` when it did not end in time, was handed out already, or never was.
    ///
    /// # Errors
    /// As [`Session::next`].
    pub fn wait(&self, id: u64, timeout: Option<Duration>) -> Result<Option<Arc<Response>>> {
        self.check_process()?;
        self.engine.wait_for(id, timeout)
    }

    /// A finished response of a submitted request, in the order in which they end. Waits at most
    /// `timeout`; `None` is for as long as it takes. `Ok(None)` when none ended in time, or no
    /// submitted request is left.
    ///
    /// # Errors
    /// [`Code::Busy`] from inside a callback of this session, or of one that a callback of this one waits
    /// for; [`Code::Closed`], [`Code::Forked`].
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<Arc<Response>>> {
        self.check_process()?;
        self.engine.next(timeout)
    }

    /// How many submitted requests are still to be handed out.
    pub fn outstanding(&self) -> usize {
        self.engine.outstanding()
    }

    /// Cancels a submitted request, or with 0 every request of the session, blocking ones too.
    /// Each still gives its response, with [`Code::Cancelled`].
    ///
    /// # Errors
    /// [`Code::Forked`].
    pub fn cancel(&self, id: u64) -> Result<()> {
        self.check_process()?;
        self.engine.cancel(id);
        Ok(())
    }

    /// Cancels everything with [`Code::Closed`] and lets nothing begin any more; so does dropping the
    /// session, for responses that are still read.
    pub fn close(&self) {
        if self.check_process().is_ok() {
            self.engine.close();
        }
    }

    /// A descriptor for event loops: readable when [`Session::next`] with a time-out of 0 has
    /// something to do. It belongs to the session.
    ///
    /// # Errors
    /// [`Code::Io`] when there is no descriptor left, [`Code::Forked`].
    pub fn fd(&self) -> Result<i32> {
        self.check_process()?;
        self.engine.fd()
    }

    /// The session's cookies.
    pub fn jar(&self) -> Arc<Jar> {
        self.settings().jar.clone()
    }

    /// Uses another jar, which other sessions may share, from the next request on.
    pub fn set_jar(&self, jar: Arc<Jar>) {
        let old = std::mem::replace(&mut self.settings().jar, jar);
        // Its hooks may use the session when they go: not with the settings locked.
        drop(old);
    }

    /// Gives a header one value in every request; `None` sends none, not even a default.
    ///
    /// # Errors
    /// [`Code::Header`].
    pub fn set_header(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.change(|options| options.headers.set(name, value))
    }

    /// Sends the headers of a browser, in its order; `None`: the library's own.
    pub fn set_browser(&self, style: Option<Style>) {
        self.change(|options| options.browser = style);
    }

    /// Takes credentials from a netrc file where nothing else names any; `None`: from none.
    ///
    /// # Errors
    /// [`Code::Io`] and those of [`Netrc::read`].
    pub fn set_netrc(&self, path: Option<&Path>) -> Result<()> {
        let netrc = path.map(Netrc::read).transpose()?.map(Arc::new);
        self.change(|options| options.netrc = netrc);
        Ok(())
    }

    /// Whether hosts that asked for https (RFC 6797) are not spoken to over http again.
    /// Default: yes.
    pub fn set_hsts(&self, on: bool) {
        self.change(|options| options.hsts = on);
    }

    /// The address or network interface that connections leave from; `None`: any.
    ///
    /// # Errors
    /// [`Code::Argument`] for an empty name.
    pub fn set_interface(&self, interface: Option<&str>) -> Result<()> {
        if interface == Some("") {
            return Err(Error::new(Code::Argument, "the interface has no name"));
        }
        self.change_network(|network| network.interface = interface.map(Into::into));
        // libcurl takes a connection that leaves from an interface for one that leaves from any.
        self.engine.reconnect();
        Ok(())
    }

    /// Whether only addresses of the public internet are connected to; others are
    /// [`Code::Refused`]. A proxy's own address is not looked at. Default: no.
    pub fn set_public_only(&self, on: bool) {
        self.change_network(|network| network.public_only = on);
    }

    /// The Unix socket that all connections go to, past any proxy; `None`: none.
    ///
    /// # Errors
    /// [`Code::Argument`] for an empty path, or one that is too long for a socket.
    pub fn set_unix_socket(&self, path: Option<&str>) -> Result<()> {
        if let Some(path) = path
            && (path.is_empty() || path.len() >= LONGEST_SOCKET)
        {
            let text = format!("the path of a socket has between 1 and {} bytes", LONGEST_SOCKET - 1);
            return Err(Error::new(Code::Argument, text));
        }
        self.change_network(|network| network.unix_socket = path.map(Into::into));
        Ok(())
    }

    /// Gives a query parameter one value in every request; `None` takes it back.
    pub fn set_param(&self, name: &str, value: Option<&str>) {
        self.change(|options| options.params.set(name, value));
    }

    /// The URL that relative ones are resolved against; `None`: there are none.
    ///
    /// # Errors
    /// [`Code::Url`], [`Code::Scheme`].
    pub fn set_base_url(&self, url: Option<&str>) -> Result<()> {
        let base = url.map(|url| options::absolute(url, None, None)).transpose()?;
        self.change(|options| options.base_url = base);
        Ok(())
    }

    /// Sets the credentials.
    pub fn set_auth(&self, auth: Auth) {
        self.change(|options| options.auth = auth);
    }

    /// Sets the time-outs.
    pub fn set_timeouts(&self, change: impl FnOnce(&mut Timeouts)) {
        self.change(|options| change(&mut options.timeouts));
    }

    /// Sets what happens at redirects.
    pub fn set_redirects(&self, change: impl FnOnce(&mut Redirects)) {
        self.change(|options| change(&mut options.redirects));
    }

    /// Marks a header as secret: it stays behind when a redirect leaves the origin.
    ///
    /// # Errors
    /// [`Code::Header`].
    pub fn set_secret_header(&self, name: &str) -> Result<()> {
        crate::http::headers::check_name(name)?;
        self.change(|options| options.secrets.push(name.into()));
        Ok(())
    }

    /// Sets when requests are tried again; `None`: never.
    pub fn set_retry(&self, policy: Option<RetryPolicy>) {
        self.change(|options| options.retry = policy);
    }

    /// Changes when requests are tried again.
    pub fn change_retry(&self, change: impl FnOnce(&mut RetryPolicy)) {
        self.change(|options| change(options.retry.get_or_insert_default()));
    }

    /// Follows pages that lead on by themselves (`Refresh`, `<meta http-equiv=refresh>`) if they wait
    /// at most this long for it; `None`, the default: not.
    pub fn set_refresh(&self, longest: Option<Duration>) {
        self.change(|options| options.refresh = longest);
    }

    /// The most bytes of a body, as received and as decoded. Default: no limit but that of the
    /// decoded size, which may be 200 times the received one beyond 64 MiB.
    pub fn set_max_body(&self, bytes: u64) {
        self.change(|options| options.max_body = bytes);
    }

    /// How many times larger than received a body beyond 64 MiB may be decoded.
    pub fn set_max_decoded_ratio(&self, ratio: u64) {
        self.change(|options| options.decode.ratio = ratio);
    }

    /// Sends requests through a proxy; `None`: none.
    ///
    /// # Errors
    /// [`Code::ProxyUrl`].
    pub fn set_proxy(&self, url: Option<&str>) -> Result<()> {
        let proxy = url.map_or(Ok(ProxySetting::Direct), |url| Proxy::parse(url).map(ProxySetting::Use))?;
        self.change(|options| options.proxy = proxy);
        Ok(())
    }

    /// Whether proxies (`http_proxy`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) and authorities
    /// (`SSL_CERT_FILE`, `SSL_CERT_DIR`) are taken from the environment where the session and the
    /// request name none. Default: yes, as they were when the session was made; setting it reads
    /// them anew. Loopback is never proxied by them.
    pub fn set_trust_env(&self, trust: bool) {
        let environment = trust.then(options::environment);
        let authorities = if trust { Authorities::of_environment() } else { Authorities::default() };
        self.change(|options| {
            options.environment = environment;
            Arc::make_mut(&mut options.network).authorities = authorities;
        });
    }

    /// Is told what requests go through, from the next request on; `None`: nothing is told.
    pub fn set_log(&self, log: Option<(Level, Arc<Log>)>) {
        let log = log.map(|(level, log)| log::Logger { level, log });
        let old = self.change(|options| std::mem::replace(&mut options.log, log));
        // Not with the settings locked: what goes with it may use the session.
        drop(old);
    }

    /// Ends transfers with [`Code::Slow`] that move fewer bytes a second than this for this many
    /// seconds; `None`, the default: none.
    pub fn set_low_speed(&self, limit: Option<(u32, u32)>) {
        self.change_network(|network| network.low_speed = limit);
    }

    /// Loads the hosts that are only reached over https, in curl's format, and adds them to those
    /// that are known: all of them, from a file of at most 64 MiB. On an error nothing changes.
    ///
    /// # Errors
    /// [`Code::Io`], [`Code::Argument`] with the damaged line's number.
    pub fn load_hsts(&self, path: &Path) -> Result<()> {
        let bytes = crate::atomic_file::read(path, 64)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(Code::Argument, format!("{}: the text is not UTF-8", path.display())))?;
        let loaded = Hsts::parse(&text, calendar::now())
            .map_err(|error| Error::new(error.code(), format!("{}: {}", path.display(), error.message())))?;
        let table = self.settings().hsts.clone();
        lock(&table).merge(loaded);
        Ok(())
    }

    /// Saves the hosts that are only reached over https, in curl's format: a new file, synced and
    /// renamed, readable by its owner only.
    ///
    /// # Errors
    /// [`Code::Io`]; the old file is then untouched.
    pub fn save_hsts(&self, path: &Path) -> Result<()> {
        let table = self.settings().hsts.clone();
        let text = lock(&table).to_text(calendar::now());
        crate::atomic_file::write(path, text.as_bytes())
    }

    /// Whether server certificates are verified. Default: yes.
    pub fn set_verify(&self, verify: bool) {
        self.change_network(|network| network.verify = verify);
    }

    /// The file of trusted authorities (PEM); `None`: the system's, or what the environment names
    /// ([`Session::set_trust_env`]).
    pub fn set_ca_file(&self, path: Option<&str>) {
        self.change_network(|network| (network.ca_file, network.ca_pem) = (path.map(Into::into), None));
    }

    /// The trusted authorities themselves (PEM); `None`: as [`Session::set_ca_file`] has it. The later
    /// call of the two counts.
    pub fn set_ca_pem(&self, pem: Option<&[u8]>) {
        self.change_network(|network| (network.ca_file, network.ca_pem) = (None, pem.map(Into::into)));
    }

    /// The client certificate for TLS.
    pub fn set_client_cert(&self, cert: Option<ClientCert>) {
        self.change_network(|network| network.client_cert = cert);
    }

    /// The server's public key, `sha256//` and its base64 hash, several separated by `;`; `None`: any.
    ///
    /// # Errors
    /// [`Code::Argument`] for anything else.
    pub fn set_pinned_key(&self, pin: Option<&str>) -> Result<()> {
        if pin.is_some_and(|pin| !pin.split(';').all(is_key_hash)) {
            return Err(Error::new(
                Code::Argument,
                "a pinned key is \"sha256//\" and the base64 of 32 bytes",
            ));
        }
        self.change_network(|network| network.pinned_key = pin.map(Into::into));
        Ok(())
    }

    /// The lowest version of TLS: 10, 11, 12 or 13. Default 12.
    ///
    /// # Errors
    /// [`Code::Argument`].
    pub fn set_min_tls(&self, version: u8) -> Result<()> {
        if !(10..=13).contains(&version) {
            let text = format!("TLS version {version} is none of 10, 11, 12 and 13");
            return Err(Error::new(Code::Argument, text));
        }
        self.change_network(|network| network.min_tls = version);
        Ok(())
    }

    /// Which versions of HTTP may be used.
    pub fn set_http_version(&self, version: VersionChoice) {
        self.change_network(|network| network.version = version);
    }

    /// Overrides DNS: a host and port are found at this address, or at one of several with commas
    /// between; `None`: where DNS says. Connections that are open are not used any more.
    ///
    /// # Errors
    /// [`Code::Argument`] for what is no host name, no port or no IP address.
    pub fn set_resolve(&self, host: &str, port: u16, address: Option<&str>) -> Result<()> {
        let (key, entry) = resolve::entry(host, port, address)?;
        self.change_network(|network| {
            network.resolve.retain(|entry| !resolve::is_of(entry, &key));
            network.resolve.push(entry);
        });
        self.engine.reconnect();
        Ok(())
    }

    /// Limits of connections: to one host, in all, and idle ones that are kept.
    ///
    /// # Errors
    /// [`Code::Argument`] for 0 connections.
    pub fn set_connection_limits(&self, per_host: usize, total: usize, idle: usize) -> Result<()> {
        if per_host == 0 || total == 0 {
            return Err(Error::new(Code::Argument, "a session needs at least one connection"));
        }
        let limits = crate::engine::Limits { per_host, total, idle };
        self.change(|options| {
            options.limits = limits;
            Arc::make_mut(&mut options.network).keep = idle > 0;
        });
        self.engine.set_limits(limits);
        Ok(())
    }
}

/// Whether this is a key's hash as libcurl compares it.
fn is_key_hash(pin: &str) -> bool {
    let hash = pin.strip_prefix("sha256//").and_then(|hash| STANDARD.decode(hash).ok());
    hash.is_some_and(|hash| hash.len() == 32)
}
