//! The programs that documents show.

/// The fenced blocks of a language: where they begin, and what they say.
pub fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, bool, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(named)) => open = Some((number + 1, named.trim() == language, String::new())),
            (Some(_), Some(_)) => {
                let (start, wanted, block) = open.take().expect("it is open");
                if wanted {
                    blocks.push((start, block));
                }
            }
            (Some((_, _, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block without an end");
    blocks
}
