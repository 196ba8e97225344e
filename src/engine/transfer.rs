//! One transfer: what is sent, and with which settings of the network.

use super::authorities::Authorities;
use crate::text::Text;
use std::ffi::c_long;
use std::sync::Arc;
use std::time::Duration;

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
#[derive(Clone, PartialEq, Eq)]
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

/// Never shows the key or what it is encrypted with.
impl std::fmt::Debug for ClientCert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientCert")
    }
}

/// Settings of the connection, shared by the requests of a session.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub verify: bool,
    /// The authorities where neither file nor PEM names them.
    pub authorities: Authorities,
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
    /// Connections are kept for the next transfers.
    pub keep: bool,
    pub interface: Option<String>,
    pub unix_socket: Option<String>,
    /// Only public addresses are connected to; a proxy's counts for public.
    pub public_only: bool,
    /// A transfer ends that moves fewer bytes a second than this for this many seconds.
    pub low_speed: Option<(u32, u32)>,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            verify: true,
            authorities: Authorities::default(),
            ca_file: None,
            ca_pem: None,
            client_cert: None,
            pinned_key: None,
            min_tls: 12,
            version: VersionChoice::Auto,
            resolve: Vec::new(),
            keep: true,
            interface: None,
            unix_socket: None,
            public_only: false,
            low_speed: None,
        }
    }
}

/// A proxy for one transfer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// `scheme://host:port`, without credentials.
    pub url: String,
    pub username: Option<String>,
    pub password: Option<String>,
}

/// Never shows the credentials.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({})", self.url)
    }
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
    /// Forgets the lines, and has room for so many bytes.
    pub fn reset(&mut self, bytes: usize) {
        self.0.clear();
        self.0.reserve(bytes);
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

    /// The lines, each with its NUL.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split_inclusive(|byte| *byte == 0)
    }

    /// Keeps libcurl from sending this field of its own accord.
    pub fn refuse(&mut self, name: &str) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b":\0");
    }
}

/// What to send. A handle keeps one, whose memory serves all its transfers.
#[derive(Debug, Default)]
pub(crate) struct Transfer {
    /// ASCII, serialised, without credentials and fragment.
    pub url: String,
    pub method: Text,
    pub headers: HeaderLines,
    pub upload: Upload,
    pub network: Arc<Network>,
    pub native: Option<Native>,
    pub proxy: Option<Proxy>,
    pub connect_timeout: Option<Duration>,
    pub read_timeout: Option<Duration>,
    /// Whether a second execution does no harm: libcurl sends a request anew when a kept connection
    /// ends without a response.
    pub repeatable: bool,
}
