//! Pseudo-classes and pseudo-elements.

use super::ast::*;
use super::hints::unknown_pseudo_class;
use super::parser::{Grammar, Parsed, Part, fail, here};
use crate::html::containing::Needle;
use cssparser::{BasicParseError, CowRcStr, ParseError, Parser, Token};

impl Grammar {
    /// What follows a colon, which stands at `at`.
    pub(super) fn pseudo(&mut self, input: &mut Parser<'_>, at: usize) -> Parsed<Part> {
        let mut element = false;
        let mut token = input.next_including_whitespace().cloned();
        if let Ok(Token::Colon) = token {
            element = true;
            token = input.next_including_whitespace().cloned();
        }
        match token {
            Ok(Token::Ident(name)) if element => match &*name.to_ascii_lowercase() {
                "text" => Ok(Part::Output(Output::Text)),
                "attr" => fail(at, "::attr needs a name: '::attr(href)'"),
                _ => fail(at, format!("no pseudo-element '::{name}'; there are '::text' and '::attr(name)'")),
            },
            Ok(Token::Function(name)) if element => {
                if !name.eq_ignore_ascii_case("attr") {
                    let known = "there are '::text' and '::attr(name)'";
                    return fail(at, format!("no pseudo-element '::{name}()'; {known}"));
                }
                let inner = here(input);
                input.parse_nested_block(|input| match input.expect_ident_or_string() {
                    Ok(name) => {
                        let name = name.as_ref().into();
                        self.end(input)?;
                        Ok(Part::Output(Output::Attr(name)))
                    }
                    Err(_) => fail(inner, "an attribute's name is missing"),
                })
            }
            Ok(Token::Ident(name)) => self.pseudo_class(&name, at),
            Ok(Token::Function(name)) => input.parse_nested_block(|input| {
                let part = self.function(&name, input, at)?;
                self.end(input)?;
                Ok(part)
            }),
            _ => fail(at + 1, "the name of a pseudo-class is missing behind ':'"),
        }
    }

    fn pseudo_class(&mut self, name: &CowRcStr<'_>, at: usize) -> Parsed<Part> {
        let nth = |from_end, of_type| Simple::Nth(Nth { a: 0, b: 1, from_end, of_type });
        let simple = match &*name.to_ascii_lowercase() {
            "first-child" => nth(false, false),
            "last-child" => nth(true, false),
            "first-of-type" => nth(false, true),
            "last-of-type" => nth(true, true),
            "only-child" => Simple::Only { of_type: false },
            "only-of-type" => Simple::Only { of_type: true },
            "root" => Simple::Root,
            "empty" => Simple::Empty,
            "scope" => Simple::Scope,
            "link" | "any-link" => Simple::Link,
            lower => match (State::of(lower), position(lower)) {
                (Some(state), _) => Simple::State(state),
                (None, Some(position)) => return Ok(Part::Position(position, false)),
                (None, None) => return fail(at, unknown_pseudo_class(lower, false)),
            },
        };
        Ok(Part::Simple(simple))
    }

    fn function(&mut self, name: &str, input: &mut Parser<'_>, at: usize) -> Parsed<Part> {
        let simple = match &*name.to_ascii_lowercase() {
            "nth-child" => self.nth(input, false, false)?,
            "nth-last-child" => self.nth(input, true, false)?,
            "nth-of-type" => self.nth(input, false, true)?,
            "nth-last-of-type" => self.nth(input, true, true)?,
            "is" | "where" => Simple::Is(self.inner(input, true)?),
            "not" => {
                if let Some(position) = self.negated_position(input) {
                    return Ok(Part::Position(position, true));
                }
                Simple::Not(self.inner(input, false)?)
            }
            "has" => Simple::Has(self.relatives(input)?),
            "contains" => self.contains(input, false)?,
            "icontains" => self.contains(input, true)?,
            "lang" => self.lang(input)?,
            lower => {
                let number = if matches!(lower, "eq" | "lt" | "gt") { integer(input)? } else { 0 };
                return match counted_position(lower, number) {
                    Some(position) => Ok(Part::Position(position, false)),
                    None => fail(at, unknown_pseudo_class(lower, true)),
                };
            }
        };
        Ok(Part::Simple(simple))
    }

    /// `:not(:first)` and its like: everything but that place of the result.
    fn negated_position(&mut self, input: &mut Parser<'_>) -> Option<Position> {
        let negated = input.try_parse(|input| {
            input.expect_colon()?;
            let position = match input.next_including_whitespace()?.clone() {
                Token::Ident(name) => position(&name),
                Token::Function(name) => input.parse_nested_block(|input| {
                    let number = input.expect_integer()?;
                    input.expect_exhausted()?;
                    Ok::<_, ParseError<()>>(counted_position(&name, number))
                })?,
                _ => None,
            };
            input.expect_exhausted()?;
            position.ok_or(ParseError::custom(()))
        });
        negated.ok()
    }

    fn nth(&mut self, input: &mut Parser<'_>, from_end: bool, of_type: bool) -> Parsed<Simple> {
        let at = here(input);
        let Ok((a, b)) = cssparser::parse_nth(input) else {
            return fail(at, "a position such as '2', 'odd' or '2n+1' is missing");
        };
        let nth = Nth { a, b, from_end, of_type };
        if of_type || input.try_parse(|input| input.expect_ident_matching("of")).is_err() {
            return Ok(Simple::Nth(nth));
        }
        Ok(Simple::NthOf(nth, self.inner(input, false)?, self.slot()))
    }

    /// The text that `:contains()` looks for: quoted, or everything up to the parenthesis.
    fn contains(&mut self, input: &mut Parser<'_>, ignore_case: bool) -> Parsed<Simple> {
        let at = here(input);
        let quoted = input.try_parse(|input| {
            let text = input.expect_string_cloned()?;
            input.expect_exhausted()?;
            Ok::<_, BasicParseError>(text)
        });
        let needle = match quoted {
            Ok(text) => text.to_string(),
            Err(_) => {
                let start = input.position();
                while let Ok(token) = input.next_including_whitespace_and_comments() {
                    // A lone quote takes everything behind it, the parenthesis too.
                    let string = matches!(token, Token::QuotedString(_));
                    if string && here(input) == self.length {
                        return fail(
                            at,
                            "a text that holds a quote must stand in quotes: ':contains(\"don't\")'",
                        );
                    }
                }
                let raw = input.slice_from(start).trim();
                if raw.is_empty() {
                    return fail(at, "the text to look for is missing");
                }
                raw.to_string()
            }
        };
        let needle = Needle::new(&needle, ignore_case);
        Ok(Simple::Contains(Box::new(Contains { needle, ignore_case, slot: self.slot() })))
    }

    fn lang(&mut self, input: &mut Parser<'_>) -> Parsed<Simple> {
        let mut ranges = Vec::new();
        loop {
            input.skip_whitespace();
            let at = here(input);
            match input.expect_ident_or_string() {
                Ok(range) => ranges.push(range.as_ref().into()),
                Err(_) => return fail(at, "a language such as 'en' or \"*-CH\" is missing"),
            }
            if input.try_parse(|input| input.expect_comma()).is_err() {
                return Ok(Simple::Lang(ranges));
            }
        }
    }
}

fn position(name: &str) -> Option<Position> {
    Some(match &*name.to_ascii_lowercase() {
        "first" => Position::First,
        "last" => Position::Last,
        "even" => Position::Even,
        "odd" => Position::Odd,
        _ => return None,
    })
}

fn counted_position(name: &str, number: i32) -> Option<Position> {
    Some(match &*name.to_ascii_lowercase() {
        "eq" => Position::Eq(number),
        "lt" => Position::Lt(number),
        "gt" => Position::Gt(number),
        _ => return None,
    })
}

fn integer(input: &mut Parser<'_>) -> Parsed<i32> {
    input.skip_whitespace();
    let at = here(input);
    match input.expect_integer() {
        Ok(number) => Ok(number),
        Err(_) => fail(at, "a whole number is missing"),
    }
}
