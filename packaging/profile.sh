#!/bin/sh
# Finds out which code of the library matters for its speed, for `make lib`: builds it with counters,
# lets packaging/train work with it, and writes down what was counted:
#     sh packaging/profile.sh FOLDER RELEASE CC...        FOLDER/htmlsession.profdata
# RELEASE is where cargo puts what it builds, CC the C compiler: not a variable, for which the C
# libraries would be built anew. The file is empty where this can not be done.
set -eu

folder=$1
release=$2
shift 2
profile=$folder/htmlsession.profdata
mkdir -p "$folder"

without() {
    echo "$1: the library is built without a profile, which makes it slower by some percent" >&2
    : >"$profile"
    exit 0
}

[ -z "${CARGO_BUILD_TARGET:-}" ] || without 'what is built for another machine does not run here'

# The one that belongs to this compiler: rustup's, or for a distribution's compiler its own.
host=$(rustc -vV | sed -n 's/^host: //p')
profdata=$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata
if [ ! -x "$profdata" ]; then
    if command -v rustup >/dev/null; then
        rustup component add llvm-tools || :
    else
        version=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
        profdata=llvm-profdata-$version
        command -v "$profdata" >/dev/null || sh packaging/need.sh "llvm-$version" || :
    fi
    command -v "$profdata" >/dev/null || without 'there is no llvm-profdata (rustup component add llvm-tools)'
fi

# shellcheck disable=SC2086 # words
${CARGO:-cargo} rustc --release --lib --crate-type cdylib,staticlib -- -Cprofile-generate
cp "$release/libhtmlsession.so" "$folder/libhtmlsession.so.0"
"$@" -O2 -Iinclude packaging/train/train.c packaging/train/site.c "$folder/libhtmlsession.so.0" -lpthread \
    -Wl,-rpath,'$ORIGIN' -o "$folder/train"
rm -f "$folder"/*.profraw
LLVM_PROFILE_FILE=$folder/train.profraw "$folder/train"
"$profdata" merge -o "$profile" "$folder/train.profraw"
