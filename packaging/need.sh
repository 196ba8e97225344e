#!/bin/sh
# Sees to it that what a command of the Makefile needs is there:
#     sh packaging/need.sh rust gcc valgrind ...
# The arguments are names of Debian packages, of which the missing ones are installed with apt;
# "rust" is only checked, since distributions have older ones than this project needs.
set -eu

RUST=1.88 # rust-version in Cargo.toml

# Whether a command is there, which may have words after it: "cargo --offline".
program() {
    command -v "${1%% *}"
}

have() {
    case $1 in
    gcc) program "${CC:-cc}" ;;
    g++) program "${CXX:-c++}" ;;
    # shellcheck disable=SC2086 # words
    libc6-dev) printf '#include <stdio.h>\n' | ${CC:-cc} -E - ;;
    binutils) command -v objcopy && command -v readelf ;;
    abigail-tools) command -v abidw && command -v abidiff ;;
    libcurl4-openssl-dev) pkg-config --exists libcurl ;;
    libssl-dev) pkg-config --exists openssl ;;
    zlib1g-dev) pkg-config --exists zlib ;;
    dante-server) command -v danted || test -x /usr/sbin/danted ;;
    llvm-*) command -v "llvm-profdata-${1#llvm-}" ;;
    nginx) command -v nginx || test -x /usr/sbin/nginx ;;
    ruby-ffi) ruby -e 'require "ffi"' ;;
    ruby-mechanize) ruby -e 'require "mechanize"' ;;
    python3-venv) python3 -c 'import ensurepip, venv' ;;
    ca-certificates) test -s /etc/ssl/certs/ca-certificates.crt || test -s /etc/pki/tls/certs/ca-bundle.crt ;;
    *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

rust() {
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2 | cut -d - -f 1)
    if [ -n "$found" ] && program "${CARGO:-cargo}" >/dev/null &&
        [ "$(printf '%s\n%s\n' "$RUST" "$found" | sort -V | head -n 1)" = "$RUST" ]; then
        return
    fi
    cat >&2 <<MESSAGE
Rust $RUST or later is needed, and here is ${found:-none}.
Either of these brings it, for this user alone:
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
    sudo apt-get install rustup && rustup default stable    (Debian 13, Ubuntu 24.04 and later)
MESSAGE
    exit 1
}

missing=
for package in "$@"; do
    if [ "$package" = rust ]; then
        rust
    elif ! have "$package"; then
        missing="$missing $package"
    fi
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
    echo "These are missing, by their names in Debian:$missing" >&2
    exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        printf 'These are missing, and only root can install them:\n    %s\n' "$install" >&2
        exit 1
    fi
    sudo=sudo
fi
echo "+ ${sudo:+sudo }$install"
# shellcheck disable=SC2086 # words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q
# shellcheck disable=SC2086 # words
$sudo env DEBIAN_FRONTEND=noninteractive $install
