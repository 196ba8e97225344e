//! Writes the calls of `tests/c/null.c`: the header's table of functions says what there is.

use std::fmt::Write;

/// A function of the table, and the types of its arguments as C has them.
pub struct Function {
    pub name: String,
    returns: String,
    arguments: Vec<String>,
}

/// The functions of `session_api_t`, in order.
pub fn functions(header: &str) -> Vec<Function> {
    let table = header.split("typedef struct {\n").last().expect("the table");
    let table = table.split("} session_api_t;").next().expect("its end");
    let table: String = table.lines().filter(|line| !line.trim_start().starts_with(['*', '/'])).collect();
    let members = table.split(';').filter(|member| member.contains("(*"));
    members
        .map(|member| {
            let (returns, rest) = member.split_once("(*").expect("a pointer to a function");
            let (name, arguments) = rest.split_once(")(").expect("its arguments");
            let arguments = arguments.trim_end().trim_end_matches(')');
            let arguments =
                arguments.split(',').map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "));
            Function {
                name: name.into(),
                returns: returns.split_whitespace().collect::<Vec<_>>().join(" "),
                arguments: arguments.filter(|argument| argument != "void").collect(),
            }
        })
        .collect()
}

/// `session_t *` of `const session_t *session`.
fn without_name(argument: &str) -> String {
    let end = argument.rfind([' ', '*']).map_or(argument.len(), |at| at + 1);
    argument[..end].trim().to_string()
}

/// `jar` of `session_jar_t *` and `const session_jar_t *`; `session` of `session_t *`.
fn handle(kind: &str) -> Option<&str> {
    let name = kind.trim_start_matches("const ").strip_suffix("_t *")?.strip_prefix("session")?;
    match name.strip_prefix('_') {
        None if name.is_empty() => Some("session"),
        Some("node") => None, // a number
        Some(name) => Some(name),
        None => None,
    }
}

/// The place that output arguments are given.
const OUT: &str = "(void *)&out";

/// A good value for an argument.
fn good(argument: &str) -> String {
    let kind = without_name(argument);
    if let Some(name) = handle(&kind) {
        return format!("the_{name}");
    }
    match &*kind {
        "const char *" | "const void *" | "void *" => "\"a\"".into(),
        "const char *const *" => "texts".into(),
        "const size_t *" => "lengths".into(),
        kind if kind.ends_with("_fn") => "NULL".into(),
        "const int *" => "(const int *)out".into(),
        kind if kind.ends_with('*') => OUT.into(),
        _ if argument.ends_with("length") || argument.ends_with("count") => "1".into(),
        _ => "0".into(),
    }
}

fn is_pointer(argument: &str) -> bool {
    without_name(argument).ends_with('*')
}

/// The calls, as C statements.
pub fn calls(functions: &[Function]) -> String {
    let mut text = String::new();
    for function in functions {
        let arguments = &function.arguments;
        let pointers: Vec<usize> = (0..arguments.len()).filter(|at| is_pointer(&arguments[*at])).collect();
        // Which are NULL: each alone, and all.
        let mut cases: Vec<Vec<usize>> = pointers.iter().map(|at| vec![*at]).collect();
        cases.push(pointers.clone());
        for nulls in cases {
            let values = (0..arguments.len()).map(|at| match nulls.contains(&at) {
                true => "NULL".into(),
                false => good(&arguments[at]),
            });
            let call = format!("{}({})", function.name, values.collect::<Vec<_>>().join(", "));
            let object = nulls.contains(&0) && handle(&without_name(&arguments[0])).is_some();
            let fails = u8::from(object);
            let line = match (&*function.returns, handle(&function.returns)) {
                ("void", _) => format!("NOTHING({call}, {fails});"),
                ("session_code", _) => format!("CODE({call}, {fails});"),
                ("const char *", _) => format!("TEXT({call}, {fails});"),
                (returns, Some(name)) if !returns.starts_with("const") => {
                    format!("OWNED({name}, {call}, {fails});")
                }
                (returns, _) if returns.ends_with('*') => format!("LENT({call}, {fails});"),
                _ if function.name == "session_cookies_reason" => {
                    format!("NUMBER({call} - SESSION_COOKIE_REASON_NO_COOKIE, {fails});")
                }
                _ => format!("NUMBER({call}, {fails});"),
            };
            // Whatever is written to has something in it, and must have something else then.
            let given = |wanted: &str| {
                let is = |at: usize| !nulls.contains(&at) && good(&arguments[at]) == wanted;
                u8::from((0..arguments.len()).any(is) && !function.name.starts_with("session_buffer"))
            };
            let written = format!("WRITTEN({}, {}, \"{}\");", given("the_buffer"), given(OUT), function.name);
            writeln!(text, "    STALE(); {line} {written}").expect("a string");
        }
    }
    text
}
