//! Servers of others, started for a test and ended with it.
#![allow(dead_code)] // each test file uses its part

use super::library;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A server, ended with the test.
pub struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // With its workers: it leads a process group.
        // SAFETY: a plain system call; the child was not waited for, so its number is still its own.
        unsafe { libc::kill(-(self.0.id() as i32), libc::SIGKILL) };
        let _ = self.0.wait();
    }
}

/// A port that nobody listens on. It is none of those that the system gives to whoever asks for any,
/// so that it is still free when a server comes to take it.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id().wrapping_mul(64).wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = 10_000 + (number % 20_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// As many different ones.
pub fn free_ports<const N: usize>() -> [u16; N] {
    [(); N].map(|()| free_port())
}

/// Starts a server and waits until it takes connections at all of these ports: it opens one after the
/// other.
pub fn start(command: &mut Command, ports: &[u16], log: &Path) -> Daemon {
    let file = fs::File::create(log).expect("a log");
    command.process_group(0);
    command.stdin(Stdio::null()).stdout(file.try_clone().expect("a descriptor")).stderr(file);
    let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut daemon = Daemon(child);
    let until = Instant::now() + Duration::from_secs(60);
    for port in ports {
        while TcpStream::connect(("127.0.0.1", *port)).is_err() {
            let ended = daemon.0.try_wait().expect("its state");
            assert!(
                ended.is_none() && Instant::now() < until,
                "{command:?}: {}",
                fs::read_to_string(log).unwrap_or_default()
            );
            sleep(Duration::from_millis(50));
        }
    }
    daemon
}

/// A program that may be out of the way of users.
pub fn system_program(name: &str) -> String {
    let path = format!("/usr/sbin/{name}");
    if Path::new(&path).exists() { path } else { name.into() }
}

/// Starts nginx with what is inside of its `http`, and waits for the ports.
pub fn nginx(folder: &Path, http: &str, ports: &[u16]) -> Daemon {
    let path = folder.display();
    let config = format!(
        "daemon off; master_process off; pid {path}/pid; error_log {path}/error.log;\n\
         events {{ worker_connections 2048; }}\n\
         http {{ access_log off; client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;\n\
         fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;\n\
         {http}\n}}\n"
    );
    fs::write(folder.join("nginx.conf"), config).expect("a scratch file");
    let mut command = Command::new(system_program("nginx"));
    command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    start(&mut command, ports, &folder.join("log"))
}

/// Runs the openssl command in a folder.
pub fn openssl(folder: &Path, arguments: &str) -> String {
    library::run("openssl", Command::new("openssl").current_dir(folder).args(arguments.split(' ')))
}

/// An authority (`ca.pem`), and a certificate of it for site.test and localhost (`site.pem`, `site.key`).
pub fn certificates(folder: &Path) {
    let openssl = |arguments: &str| drop(openssl(folder, arguments));
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Tests",
    );
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout site.key -out site.csr -subj /CN=site.test",
    );
    fs::write(folder.join("site.ext"), "subjectAltName=DNS:site.test,DNS:localhost\n")
        .expect("a scratch file");
    openssl(
        "x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile site.ext -out site.pem",
    );
}
