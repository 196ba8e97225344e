//! JSON from callers and files, on whatever stack their thread has.

use serde_json::Value;

/// How deep arrays and objects may stand in one another. The parser takes some 600 bytes of the stack
/// for each.
const DEPTH: usize = 80;

/// What is wrong, and in which line.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub line: usize,
    pub text: String,
}

/// Parses JSON in UTF-8.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Flaw> {
    if let Some(at) = too_deep(bytes) {
        let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        return Err(Flaw {
            line,
            text: format!("more than {DEPTH} arrays and objects inside of each other"),
        });
    }
    serde_json::from_slice(bytes).map_err(|error| Flaw { line: error.line(), text: error.to_string() })
}

/// Where it is nested too deep, if anywhere.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    bytes.iter().position(|&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(DEPTH).as_bytes()).is_ok());
        let flaw = parse(format!("\n{}", nested(DEPTH + 1)).as_bytes()).unwrap_err();
        assert_eq!((flaw.line, flaw.text.starts_with("more than 80")), (2, true));
        // Only what nests counts.
        let flat = format!("[{0}, {0}, \"\\\"{1}\"]", nested(DEPTH - 1), "[".repeat(100));
        assert!(parse(flat.as_bytes()).is_ok());
        assert_eq!(parse(b"[1,\n2").unwrap_err().line, 2);
    }

    #[test]
    fn a_small_stack_will_do() {
        for depth in [DEPTH, 100_000] {
            let text = "{\"a\":[".repeat(depth / 2);
            let small = std::thread::Builder::new().stack_size(512 << 10);
            small.spawn(move || assert!(parse(text.as_bytes()).is_err())).unwrap().join().unwrap();
        }
    }
}
