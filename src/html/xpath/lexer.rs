//! The lexical structure of an expression (XPath 1.0, 3.7).

use crate::error::{Code, Error, Result};

/// The longest expression, in bytes.
pub(super) const MAX_LENGTH: usize = 64 * 1024;
/// The most tokens of an expression.
pub(super) const MAX_TOKENS: usize = 10_000;

/// What a token is; its text is `source[start..end]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Dot,
    DotDot,
    At,
    Comma,
    ColonColon,
    Dollar,
    Slash,
    SlashSlash,
    Pipe,
    Plus,
    Minus,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Multiply,
    And,
    Or,
    Mod,
    Div,
    /// `*` as a name test.
    Star,
    /// A name without a prefix.
    Name,
    /// `prefix:local`
    Prefixed,
    /// `prefix:*`
    PrefixedStar,
    Number(f64),
    /// Text between quotes; the lexeme includes them.
    Literal,
    End,
}

impl Token {
    /// Whether, after this token, a `*` multiplies and a name is an operator (3.7: there is a
    /// preceding token, and it is none of `@`, `::`, `(`, `[`, `,` and no operator).
    fn ends_operand(self) -> bool {
        matches!(
            self,
            Token::RightParen
                | Token::RightBracket
                | Token::Dot
                | Token::DotDot
                | Token::Star
                | Token::Name
                | Token::Prefixed
                | Token::PrefixedStar
                | Token::Number(_)
                | Token::Literal
        )
    }
}

/// A token and where it stands, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    pub token: Token,
    pub start: usize,
    pub end: usize,
}

/// An error at a byte offset: its message ends with the column, counted in characters from 1.
pub(super) fn error_at(source: &str, offset: usize, message: &str) -> Error {
    let column = source[..offset].chars().count() + 1;
    Error::new(Code::Xpath, format!("{message} at column {column}"))
}

/// Splits an expression into tokens; the last one is [`Token::End`].
pub(super) fn tokenize(source: &str) -> Result<Vec<Lexeme>> {
    if source.len() > MAX_LENGTH {
        let end = (0..=MAX_LENGTH).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
        return Err(error_at(source, end, &format!("expression longer than {MAX_LENGTH} bytes")));
    }
    let mut lexer = Lexer { source, at: 0, previous: None };
    let mut lexemes = Vec::new();
    loop {
        let lexeme = lexer.next()?;
        if lexemes.len() == MAX_TOKENS {
            return Err(error_at(source, lexeme.start, &format!("more than {MAX_TOKENS} tokens")));
        }
        lexer.previous = Some(lexeme.token);
        lexemes.push(lexeme);
        if lexeme.token == Token::End {
            return Ok(lexemes);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    previous: Option<Token>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn next(&mut self) -> Result<Lexeme> {
        self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok(Lexeme { token: Token::End, start, end: start });
        };
        let second = self.rest()[first.len_utf8()..].chars().next();
        let (token, length) = match (first, second) {
            ('(', _) => (Token::LeftParen, 1),
            (')', _) => (Token::RightParen, 1),
            ('[', _) => (Token::LeftBracket, 1),
            (']', _) => (Token::RightBracket, 1),
            ('.', Some('.')) => (Token::DotDot, 2),
            ('.', Some('0'..='9')) | ('0'..='9', _) => self.number(),
            ('.', _) => (Token::Dot, 1),
            ('@', _) => (Token::At, 1),
            (',', _) => (Token::Comma, 1),
            (':', Some(':')) => (Token::ColonColon, 2),
            ('$', _) => (Token::Dollar, 1),
            ('/', Some('/')) => (Token::SlashSlash, 2),
            ('/', _) => (Token::Slash, 1),
            ('|', _) => (Token::Pipe, 1),
            ('+', _) => (Token::Plus, 1),
            ('-', _) => (Token::Minus, 1),
            ('=', _) => (Token::Equal, 1),
            ('!', Some('=')) => (Token::NotEqual, 2),
            ('<', Some('=')) => (Token::LessOrEqual, 2),
            ('<', _) => (Token::Less, 1),
            ('>', Some('=')) => (Token::GreaterOrEqual, 2),
            ('>', _) => (Token::Greater, 1),
            ('*', _) => (if self.operator_expected() { Token::Multiply } else { Token::Star }, 1),
            ('"' | '\'', _) => match self.rest()[1..].find(first) {
                Some(length) => (Token::Literal, length + 2),
                None => return Err(error_at(self.source, start, "string without its closing quote")),
            },
            (c, _) if is_name_start(c) => self.name()?,
            (c, _) => {
                let message = format!("unexpected character '{}'", c.escape_debug());
                return Err(error_at(self.source, start, &message));
            }
        };
        self.at += length;
        Ok(Lexeme { token, start, end: self.at })
    }

    fn operator_expected(&self) -> bool {
        self.previous.is_some_and(Token::ends_operand)
    }

    /// `Digits ('.' Digits?)? | '.' Digits`
    fn number(&self) -> (Token, usize) {
        let rest = self.rest();
        let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(0);
        if rest[length..].starts_with('.') {
            length += 1 + digits(length + 1);
        }
        (Token::Number(rest[..length].parse().unwrap_or(f64::NAN)), length)
    }

    fn name(&self) -> Result<(Token, usize)> {
        let rest = self.rest();
        let length = name_length(rest);
        if self.operator_expected() {
            let token = match &rest[..length] {
                "and" => Token::And,
                "or" => Token::Or,
                "mod" => Token::Mod,
                "div" => Token::Div,
                name => {
                    let message = format!("expected an operator, found '{name}'");
                    return Err(error_at(self.source, self.at, &message));
                }
            };
            return Ok((token, length));
        }
        let after = &rest[length..];
        if !after.starts_with(':') || after.starts_with("::") {
            return Ok((Token::Name, length));
        }
        let local = &after[1..];
        if local.starts_with('*') {
            return Ok((Token::PrefixedStar, length + 2));
        }
        match name_length(local) {
            0 => Err(error_at(self.source, self.at + length + 1, "expected a name after the prefix")),
            local => Ok((Token::Prefixed, length + 1 + local)),
        }
    }
}

fn name_length(text: &str) -> usize {
    if !text.starts_with(is_name_start) {
        return 0;
    }
    text.find(|c| !is_name_char(c)).unwrap_or(text.len())
}

/// XML's white space, XPath's `ExprWhitespace`.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `NameStartChar` of XML 1.0 (fifth edition) without the colon.
fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
