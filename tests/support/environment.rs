//! Tests that need an environment of their own.

use std::process::Command;

/// Says which test a process was started for by [`with_environment`].
const CHILD: &str = "HTMLSESSION_TEST_CHILD";

/// Whether this process was started for the test, with an environment of its own.
pub fn is_child(test: &str) -> bool {
    std::env::var_os(CHILD).is_some_and(|name| name == test)
}

/// Runs a test of the same program once more, in a process and with an environment of its own.
pub fn with_environment(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.args(["--exact", test, "--nocapture"]).envs(variables.iter().copied()).env(CHILD, test);
    let output = command.output().unwrap();
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "{variables:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
