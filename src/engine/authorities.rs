//! The certificate authorities that are trusted where the caller names none.

use std::sync::OnceLock;

/// Where authorities are kept in PEM: all in one file, and by their hashes in a directory. Both
/// count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authorities {
    pub file: Option<String>,
    pub directory: Option<String>,
}

impl Authorities {
    /// What `SSL_CERT_FILE` and `SSL_CERT_DIR` name, as OpenSSL and curl's command read them.
    pub fn of_environment() -> Authorities {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        Authorities { file: variable("SSL_CERT_FILE"), directory: variable("SSL_CERT_DIR") }
    }

    /// These, and what they do not name as the system has it.
    pub fn or_system(&self) -> (Option<&str>, Option<&str>) {
        let system = Authorities::of_system();
        (
            self.file.as_deref().or(system.file.as_deref()),
            self.directory.as_deref().or(system.directory.as_deref()),
        )
    }

    /// Where the system keeps them. A libcurl that is the system's knows that itself.
    fn of_system() -> &'static Authorities {
        static FOUND: OnceLock<Authorities> = OnceLock::new();
        FOUND.get_or_init(|| {
            if cfg!(feature = "bundled") { Authorities::find() } else { Authorities::default() }
        })
    }

    fn find() -> Authorities {
        const FILES: [&str; 9] = [
            "cert.pem",
            "certs.pem",
            "ca-bundle.pem",
            "cacert.pem",
            "tls-ca-bundle.pem",
            "ca-certificates.crt",
            "certs/ca-certificates.crt",
            "certs/ca-root-nss.crt",
            "certs/ca-bundle.crt",
        ];
        let path =
            |path: std::path::PathBuf| path.exists().then(|| path.into_os_string().into_string().ok())?;
        let first = |names: &[&str]| {
            openssl_probe::candidate_cert_dirs()
                .find_map(|folder| names.iter().find_map(|name| path(folder.join(name))))
        };
        Authorities { file: first(&FILES), directory: first(&["certs"]) }
    }
}
