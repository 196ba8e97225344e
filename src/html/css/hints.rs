//! What an error says beyond "no".

use cssparser::{ToCss, Token};

/// What to say of a token that cannot stand where it does.
pub(super) fn unexpected(token: &Token<'_>) -> String {
    match token {
        Token::Hash(id) => {
            format!("'#{id}' is no id selector, as it starts with a digit; write '[id=\"{id}\"]'")
        }
        Token::Dimension { .. } | Token::Number { .. } | Token::Percentage { .. } => {
            format!(
                "unexpected '{}'; a name cannot start with a digit: quote or escape it",
                token.to_css_string()
            )
        }
        Token::CloseParenthesis | Token::CloseSquareBracket | Token::CloseCurlyBracket => {
            format!("'{}' closes nothing", token.to_css_string())
        }
        Token::Delim('/' | '@') => format!("unexpected '{}'; is it XPath?", token.to_css_string()),
        _ => format!("unexpected '{}'", token.to_css_string()),
    }
}

const PSEUDO_CLASSES: [&str; 28] = [
    "any-link",
    "checked",
    "defined",
    "disabled",
    "empty",
    "enabled",
    "even",
    "first",
    "first-child",
    "first-of-type",
    "indeterminate",
    "last",
    "last-child",
    "last-of-type",
    "link",
    "odd",
    "only-child",
    "only-of-type",
    "open",
    "optional",
    "placeholder-shown",
    "read-only",
    "read-write",
    "required",
    "root",
    "scope",
    "selected",
    "not",
];

const FUNCTIONS: [&str; 14] = [
    "contains",
    "eq",
    "gt",
    "has",
    "icontains",
    "is",
    "lang",
    "lt",
    "not",
    "nth-child",
    "nth-last-child",
    "nth-last-of-type",
    "nth-of-type",
    "where",
];

/// What to say of a pseudo-class that does not exist; what is meant, where that can be guessed.
pub(super) fn unknown_pseudo_class(name: &str, function: bool) -> String {
    let (written, other) = if function {
        (format!("':{name}()'"), format!("':{name}'"))
    } else {
        (format!("':{name}'"), format!("':{name}(…)'"))
    };
    let (known, swapped): (&[&str], &[&str]) =
        if function { (&FUNCTIONS, &PSEUDO_CLASSES) } else { (&PSEUDO_CLASSES, &FUNCTIONS) };
    if swapped.contains(&name) {
        return format!("no pseudo-class {written}; it is written {other}");
    }
    if matches!(
        name,
        "hover"
            | "active"
            | "focus"
            | "focus-visible"
            | "focus-within"
            | "visited"
            | "target"
            | "visible"
            | "hidden"
            | "user-valid"
            | "user-invalid"
            | "modal"
            | "popover-open"
            | "fullscreen"
            | "autofill"
    ) {
        return format!("{written} needs a browser");
    }
    if matches!(name, "text" | "attr" | "before" | "after") {
        return format!("no pseudo-class {written}; a pseudo-element takes two colons: '::{name}'");
    }
    match known.iter().map(|known| (distance(name, known), known)).min() {
        Some((1..=2, meant)) => format!("no pseudo-class {written}; is ':{meant}' meant?"),
        _ => format!("no pseudo-class {written}"),
    }
}

/// The edit distance of two short words, at most 3.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(a != *b)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()].min(3)
}
