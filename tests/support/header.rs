//! Makes the C header: cbindgen turns each file of `src/ffi` into one group of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use syn::{FnArg, Item, ItemFn, ReturnType};

pub const SYMBOLS: &str = "tests/abi/symbols.txt";

/// The groups of the header: a title, and the sources that it is made from.
const GROUPS: &[(&str, &[&str])] = &[
    ("Codes", &["src/error.rs", "src/ffi/code.rs"]),
    ("Versions", &["src/ffi/version.rs"]),
    ("Callbacks", &["src/ffi/callback.rs"]),
    ("Session", &["src/ffi/session.rs"]),
    ("Session: how it connects", &["src/ffi/network.rs"]),
    ("Session: what it tells", &["src/ffi/log.rs"]),
    ("Request", &["src/ffi/request.rs"]),
    ("Many at once, and event loops", &["src/ffi/queue.rs"]),
    ("Response", &["src/ffi/response.rs"]),
    ("Response: what happened on a hop", &["src/ffi/hop.rs"]),
    ("Bodies in pieces", &["src/ffi/streams.rs"]),
    ("Walking from page to page", &["src/ffi/pages.rs"]),
    ("Buffer", &["src/ffi/buffer.rs"]),
    ("HTML: the document", &["src/ffi/html.rs"]),
    ("HTML: nodes", &["src/ffi/node.rs"]),
    ("HTML: results of CSS", &["src/ffi/nodes.rs"]),
    ("HTML: results of XPath", &["src/ffi/value.rs"]),
    ("HTML: lists of texts", &["src/ffi/strings.rs"]),
    ("HTML: search templates", &["src/ffi/matches.rs"]),
    ("HTML: forms", &["src/ffi/form.rs", "src/ffi/fields.rs"]),
    ("HTML: extraction", &["src/ffi/extract.rs"]),
    ("Cookies: the jar", &["src/cookies/reason.rs", "src/ffi/jar.rs", "src/ffi/jar_options.rs"]),
    ("Cookies: what is in a jar", &["src/ffi/cookies.rs"]),
    ("Plugins", &["src/ffi/api.rs"]),
];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// An exported function.
pub struct Function {
    pub documented: bool,
    module: String,
    signature: String,
}

/// The exported functions in the order of the groups, without the table's own.
pub fn functions() -> Vec<(String, Function)> {
    let mut functions = Vec::new();
    for path in GROUPS.iter().flat_map(|(_, paths)| paths.iter()) {
        let Some(source) = read(path) else { continue };
        let module = path.trim_start_matches("src/ffi/").trim_end_matches(".rs").to_string();
        let file = syn::parse_file(&source).expect(path);
        for item in file.items {
            let Item::Fn(function) = item else { continue };
            let name = function.sig.ident.to_string();
            if function.sig.abi.is_none() || name == "session_api" || !is_exported(&function) {
                continue;
            }
            let documented = function.attrs.iter().any(|attribute| attribute.path().is_ident("doc"));
            functions.push((
                name,
                Function { documented, module: module.clone(), signature: signature(&function) },
            ));
        }
    }
    functions
}

fn is_exported(function: &ItemFn) -> bool {
    function.attrs.iter().any(|attribute| {
        attribute.path().is_ident("unsafe")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("no_mangle"))
    })
}

/// The type of a pointer to the function.
fn signature(function: &ItemFn) -> String {
    let arguments: Vec<String> = function
        .sig
        .inputs
        .iter()
        .map(|input| match input {
            FnArg::Typed(typed) => format!("{}: {}", source(&typed.pat), source(&typed.ty)),
            FnArg::Receiver(_) => unreachable!("a method is not exported"),
        })
        .collect();
    let output = match &function.sig.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => format!(" -> {}", source(ty)),
    };
    let prefix = if function.sig.unsafety.is_some() { "unsafe " } else { "" };
    format!("{prefix}extern \"C\" fn({}){output}", arguments.join(", "))
}

fn source(tokens: &impl syn::__private::ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    text.replace("* const", "*const")
        .replace("* mut", "*mut")
        .replace(" :: ", "::")
        .replace("< ", "<")
        .replace(" >", ">")
}

pub fn listed_symbols() -> Vec<String> {
    read(SYMBOLS).unwrap_or_default().lines().map(str::to_string).collect()
}

/// The list of symbols: what it has stays in its order, new ones follow.
pub fn symbols(functions: &[(String, Function)]) -> String {
    let mut names = listed_symbols();
    names.retain(|name| !name.is_empty());
    let fresh: Vec<String> =
        functions.iter().map(|(name, _)| name.clone()).filter(|name| !names.contains(name)).collect();
    names.extend(fresh);
    names.join("\n") + "\n"
}

/// The source of the plugin table, in the order of the list of symbols.
pub fn api(functions: &[(String, Function)]) -> String {
    let by_name: BTreeMap<&str, &Function> = functions.iter().map(|(name, f)| (&**name, f)).collect();
    let list = symbols(functions);
    let names: Vec<&str> = list.lines().filter(|name| by_name.contains_key(name)).collect();
    let mut modules: Vec<&str> = functions.iter().map(|(_, function)| &*function.module).collect();
    modules.sort_unstable();
    modules.dedup();
    let mut out = String::from(
        "//! `session_api`: all functions behind one symbol, for hosts that load plugins.\n//!\n\
         //! Generated by `UPDATE_HEADER=1 cargo test --test header`: do not edit.\n\
         #![allow(unused_imports)]\n\n",
    );
    for module in modules {
        out += &format!("use super::{module}::*;\n");
    }
    out += "use super::callback::session_free_fn;\nuse super::version::SESSION_ABI_VERSION;\nuse crate::cookies::Reason;\nuse crate::error::Code;\nuse std::ffi::{c_char, c_int, c_uint, c_void};\n\n";
    out += "/// Pointers to all functions of the library, each under its own name. New functions are only ever\n\
            /// added at the end: those that lie beyond size are not in this library.\n\
            #[repr(C)]\n#[allow(missing_debug_implementations, missing_docs)]\n#[rustfmt::skip] // a line for each function\npub struct session_api_t {\n\
            \x20   /// The size of the table in bytes, as this library has it.\n    pub size: usize,\n";
    for name in &names {
        out += &format!("    pub {name}: {},\n", by_name[name].signature);
    }
    out += "}\n\n#[rustfmt::skip]\nstatic API: session_api_t = session_api_t {\n    size: size_of::<session_api_t>(),\n";
    for names in names.chunks(3) {
        out += &format!("    {},\n", names.join(", "));
    }
    out += "};\n\n\
            /// The table of all functions, for a host that resolves just this one symbol (dlsym). abi_version\n\
            /// is the SESSION_ABI_VERSION of the header that the host was compiled with; NULL if the library\n\
            /// has another one. Static. Any thread.\n\
            #[unsafe(no_mangle)]\npub extern \"C\" fn session_api(abi_version: u32) -> *const session_api_t {\n\
            \x20   if abi_version == SESSION_ABI_VERSION { &API } else { std::ptr::null() }\n}\n";
    rustfmt(&out)
}

fn rustfmt(source: &str) -> String {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt, which comes with the toolchain (rustup component add rustfmt)");
    child.stdin.take().expect("piped").write_all(source.as_bytes()).expect("rustfmt reads");
    String::from_utf8(child.wait_with_output().expect("rustfmt ends").stdout).expect("UTF-8")
}

const TOP: &str = include_str!("header_top.h");

/// The whole header.
pub fn header() -> String {
    let mut types = Vec::new();
    let mut groups = String::new();
    for (title, paths) in GROUPS {
        let paths: Vec<PathBuf> =
            paths.iter().map(|path| root().join(path)).filter(|path| path.exists()).collect();
        if paths.is_empty() {
            continue;
        }
        let mut group = bindings(&paths);
        let mut about = String::new();
        // Opaque types and numbers with a name are declared at the top, so that any group can
        // use them; their comments open their group.
        let mut from = 0;
        while let Some(found) = group[from..].find("typedef ") {
            let at = from + found;
            let end = at + group[at..].find('\n').expect("a line ends") + 1;
            let line = group[at..end].trim_end().to_string();
            if !line.ends_with(';') || line.contains('(') {
                from = end;
                continue;
            }
            let start = group[..at].rfind("/**").filter(|start| group[*start..at].trim_end().ends_with("*/"));
            let start = start.unwrap_or(at);
            about += &comment_text(&group[start..at], &line);
            group.replace_range(start..end, "");
            from = start;
            types.push(line);
        }
        groups += &format!("\n/* {:-<74}\n * {title}\n{about} * {:-<73} */\n\n", "", "");
        groups += group.trim();
        groups += "\n";
    }
    types.sort();
    types.dedup();
    let version: Vec<u32> =
        env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse().unwrap_or(0)).collect();
    let [major, minor, patch] = version[..] else { panic!("three parts") };
    TOP.replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@MAJOR@", &major.to_string())
        .replace("@MINOR@", &minor.to_string())
        .replace("@PATCH@", &patch.to_string())
        .replace("@NUMBER@", &format!("0x{:06x}", major << 16 | minor << 8 | patch))
        .replace("@TYPES@", &types.join("\n"))
        .replace("@GROUPS@", groups.trim_start_matches('\n'))
}

/// The text of a doc comment as lines of a banner.
fn comment_text(comment: &str, line: &str) -> String {
    let name = line.trim_end_matches(';').rsplit(' ').next().unwrap_or(line);
    let mut out = format!(" *\n * {name}\n");
    for text in comment.lines().map(|line| line.trim().trim_start_matches(['/', '*']).trim()) {
        if !text.is_empty() {
            out += &format!(" *   {text}\n");
        }
    }
    out
}

fn bindings(paths: &[PathBuf]) -> String {
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml");
    let mut builder = cbindgen::Builder::new();
    for path in paths {
        // cbindgen leaves out what no function mentions, such as the names of numbers and types.
        let source = fs::read_to_string(path).expect("a source");
        for item in syn::parse_file(&source).expect("Rust").items {
            match item {
                Item::Enum(item) => config.export.include.push(item.ident.to_string()),
                Item::Type(item) => config.export.include.push(item.ident.to_string()),
                _ => {}
            }
        }
        builder = builder.with_src(path);
    }
    let builder = builder.with_config(config);
    let mut out = Vec::new();
    builder.generate().expect("cbindgen").write(&mut out);
    let text = String::from_utf8(out).expect("UTF-8");
    // The codes' names in C: their enum's name is the prefix that cbindgen can give them.
    text.replace("SESSION_CODE_OK", "SESSION_OK").replace("SESSION_CODE_", "SESSION_E_")
}
