//! What the benches share: the pages, the clock, lexbor, and the library that is measured.
#![allow(dead_code)] // each bench uses its part

pub mod lexbor;
pub mod library;

use std::path::{Path, PathBuf};

/// The settings of glibc with which freed memory stays with the process, as a busy host's does.
pub const WARM: [(&str, &str); 2] =
    [("MALLOC_TRIM_THRESHOLD_", "2000000000"), ("MALLOC_MMAP_THRESHOLD_", "33554432")];

fn html_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            html_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
}

/// All `.html` files below the folders of `HTMLSESSION_CORPUS`, else of /usr/share/doc.
fn files() -> Vec<PathBuf> {
    let folders = std::env::var_os("HTMLSESSION_CORPUS").unwrap_or_else(|| "/usr/share/doc".into());
    let mut files = Vec::new();
    for folder in std::env::split_paths(&folders) {
        html_files(&folder, &mut files);
    }
    files
}

/// 200 pages: so many of each source, evenly spread over its files.
pub fn corpus() -> Vec<PathBuf> {
    let files = files();
    let mut pages = Vec::new();
    // The wrappers of the npm package are no pages; its `files` are.
    for (source, count) in [("package/files", 100), ("python", 50), ("postgresql", 50)] {
        let of_source: Vec<&PathBuf> =
            files.iter().filter(|path| path.to_string_lossy().contains(source)).collect();
        println!("{source}: {count} of {} pages", of_source.len());
        let step = of_source.len() as f64 / count as f64;
        pages.extend(
            (0..count.min(of_source.len())).map(|at| of_source[(at as f64 * step.max(1.0)) as usize].clone()),
        );
    }
    pages
}

/// The first page of this name.
pub fn page_named(name: &str) -> Option<PathBuf> {
    files().into_iter().find(|path| path.file_name().is_some_and(|file| file == name))
}

/// Nanoseconds that this thread, the only one, was on a processor.
pub fn cpu() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel fills the structure.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Resident memory in KiB.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc/self/status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|field| field.parse().ok()).expect("a number")
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs this program anew with other arguments, on a warm heap or as it is.
pub fn run_itself(arguments: &[&str], warm: bool) {
    let itself = std::env::current_exe().expect("the bench itself");
    let mut command = std::process::Command::new(itself);
    command.args(arguments);
    if warm {
        command.envs(WARM);
    }
    let status = command.status().expect("the bench runs itself");
    assert!(status.success());
}
