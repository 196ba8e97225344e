//! The grammar: CSS Selectors as scraper reads them, the pseudo-classes that scrapers are used
//! to from jQuery, and Scrapy's `::text` and `::attr()`.
//!
//! Tokens are cssparser's. The grammar above them is our own because an error must name its
//! column, which the `selectors` crate's parser does not keep.

use super::ast::*;
use super::hints::unexpected;
use crate::error::{Code, Error};
use cssparser::{Delimiter, ParseError, ParseErrorKind, Parser, Token};

/// The deepest nesting of parentheses and brackets, so that no selector can exhaust a stack.
const MAX_NESTING: usize = 10;
/// The most `~` in a selector, for the same reason.
const MAX_LATER_SIBLINGS: usize = 64;
/// The longest selector, in bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// Where parsing failed, in bytes, and why.
#[derive(Debug)]
pub(super) struct Fail {
    at: usize,
    message: String,
}

pub(super) type Parsed<T> = Result<T, ParseError<Fail>>;

/// Parses a list of selectors.
pub(super) fn parse(source: &str) -> Result<Program, Error> {
    let fail = |at: usize, message: &str| {
        let column = source.char_indices().take_while(|(start, _)| *start < at).count() + 1;
        Error::new(Code::Selector, format!("selector {:?}, column {column}: {message}", excerpt(source)))
    };
    if source.len() > MAX_LENGTH {
        return Err(fail(MAX_LENGTH, "longer than 64 KiB"));
    }
    let mut grammar =
        Grammar { program: Program::default(), length: source.len(), level: 0, later_siblings: 0 };
    let mut input = Parser::new(source);
    match nesting(source).and_then(|()| grammar.list(&mut input)) {
        Ok(_) if grammar.later_siblings > MAX_LATER_SIBLINGS => Err(fail(0, "more than 64 '~'")),
        Ok(list) => {
            grammar.program.list = list;
            Ok(grammar.program)
        }
        Err(error) => match error.kind {
            ParseErrorKind::Custom(Fail { at, message }) => Err(fail(at, &message)),
            ParseErrorKind::Basic(basic) => Err(fail(input.position().byte_index(), &basic.to_string())),
        },
    }
}

fn excerpt(source: &str) -> &str {
    match source.char_indices().nth(80) {
        Some((end, _)) => &source[..end],
        None => source,
    }
}

/// Refuses brackets that nest too deep. Few selectors have enough of them to ask the tokenizer,
/// which knows those in strings.
fn nesting(source: &str) -> Parsed<()> {
    let brackets = source.bytes().filter(|byte| matches!(byte, b'(' | b'[' | b'{')).count();
    if brackets <= MAX_NESTING { Ok(()) } else { nested(&mut Parser::new(source), MAX_NESTING) }
}

/// Follows brackets so many levels down, and no further.
fn nested(input: &mut Parser<'_>, levels: usize) -> Parsed<()> {
    while let Ok(token) = input.next() {
        match token {
            Token::Function(_)
            | Token::ParenthesisBlock
            | Token::SquareBracketBlock
            | Token::CurlyBracketBlock => {}
            _ => continue,
        }
        if levels == 0 {
            return fail(here(input) - 1, "nested more than 10 deep");
        }
        input.parse_nested_block(|input| nested(input, levels - 1))?;
    }
    Ok(())
}

pub(super) fn fail<T>(at: usize, message: impl Into<String>) -> Parsed<T> {
    Err(ParseError::custom(Fail { at, message: message.into() }))
}

pub(super) fn here(input: &Parser) -> usize {
    input.position().byte_index()
}

/// What a compound may hold besides simple selectors.
#[derive(Default)]
struct Parts {
    simples: Vec<Simple>,
    filters: Vec<Filter>,
    output: Option<Output>,
}

impl Parts {
    /// Simple selectors behind a position narrow what the position left.
    fn push(&mut self, simple: Simple) {
        match self.filters.last_mut() {
            None => self.simples.push(simple),
            Some(Filter::Simples(list)) => list.push(simple),
            Some(Filter::Position { .. }) => self.filters.push(Filter::Simples(vec![simple])),
        }
    }
}

/// One part of a compound.
pub(super) enum Part {
    Simple(Simple),
    Position(Position, bool),
    Output(Output),
}

pub(super) struct Grammar {
    program: Program,
    /// The length of the source.
    pub(super) length: usize,
    /// How many pseudo-classes the parser is inside.
    level: usize,
    /// How many `~` there are: matching recurses at each.
    later_siblings: usize,
}

impl Grammar {
    fn name(&mut self, name: &str) -> Name {
        let names = &mut self.program.names;
        let at = names.iter().position(|known| **known == *name).unwrap_or_else(|| {
            names.push(name.into());
            names.len() - 1
        });
        at as Name
    }

    pub(super) fn slot(&mut self) -> u32 {
        self.program.slots += 1;
        self.program.slots - 1
    }

    /// A list of selectors up to the end of the input.
    fn list(&mut self, input: &mut Parser<'_>) -> Parsed<Vec<Complex>> {
        let mut list = Vec::new();
        loop {
            list.push(input.parse_until_before(Delimiter::Comma, |input| {
                let complex = self.complex(input)?;
                self.end(input)?;
                Ok(complex)
            })?);
            if input.next().is_err() {
                return Ok(list);
            }
        }
    }

    /// The selectors inside a pseudo-class. A forgiving list drops what it does not know.
    pub(super) fn inner(&mut self, input: &mut Parser<'_>, forgiving: bool) -> Parsed<Vec<Chain>> {
        let mut list = Vec::new();
        loop {
            list.push(input.parse_until_before(Delimiter::Comma, |input| {
                let chain = self.chain(input, false).and_then(|chain| self.end(input).map(|()| chain));
                match chain {
                    Err(_) if forgiving => {
                        input.expect_no_error_token()?;
                        let never = Compound { combinator: Combinator::None, simples: vec![Simple::Never] };
                        Ok(Chain { compounds: vec![never] })
                    }
                    chain => chain,
                }
            })?);
            if input.next().is_err() {
                return Ok(list);
            }
        }
    }

    pub(super) fn relatives(&mut self, input: &mut Parser<'_>) -> Parsed<Vec<Relative>> {
        let mut list = Vec::new();
        loop {
            list.push(input.parse_until_before(Delimiter::Comma, |input| {
                let chain = self.chain(input, true)?;
                self.end(input)?;
                Ok(Relative { chain, slot: self.slot() })
            })?);
            if input.next().is_err() {
                return Ok(list);
            }
        }
    }

    /// What is wrong with the next token, which is left for a forgiving list to look at.
    fn peek(&self, input: &mut Parser<'_>) -> Option<(usize, String)> {
        let start = input.state();
        let at = here(input);
        let message = input.next().ok().map(unexpected);
        input.reset(&start);
        message.map(|message| (at, message))
    }

    pub(super) fn end(&self, input: &mut Parser<'_>) -> Parsed<()> {
        input.skip_whitespace();
        self.peek(input).map_or(Ok(()), |(at, message)| fail(at, message))
    }

    /// A selector of the outermost list, where positions and outputs may stand.
    fn complex(&mut self, input: &mut Parser<'_>) -> Parsed<Complex> {
        input.skip_whitespace();
        let mut stages = Vec::new();
        let mut stage = Stage::default();
        let mut combinator = Combinator::None;
        let mut output = Output::Element;
        let mut below = false;
        loop {
            let parts = self.compound(input, combinator != Combinator::None)?;
            let bare = parts.simples.is_empty() && parts.filters.is_empty();
            if let Some(found) = parts.output {
                output = found;
                if bare && matches!(combinator, Combinator::None | Combinator::Descendant) {
                    below = true;
                    break;
                }
            }
            if !stage.filters.is_empty() {
                stages.push(std::mem::take(&mut stage));
                let member = Compound { combinator: Combinator::None, simples: vec![Simple::Member] };
                stage.chain.compounds.push(member);
            }
            stage.chain.compounds.push(Compound { combinator, simples: sorted(parts.simples) });
            stage.filters = parts.filters;
            if output != Output::Element {
                break;
            }
            combinator = match self.combinator(input) {
                Some(combinator) => combinator,
                None => break,
            };
        }
        if !stage.chain.compounds.is_empty() {
            stages.push(stage);
        }
        Ok(Complex { stages, output, below })
    }

    /// A selector inside a pseudo-class.
    fn chain(&mut self, input: &mut Parser<'_>, relative: bool) -> Parsed<Chain> {
        self.level += 1;
        let chain = self.compounds(input, relative);
        self.level -= 1;
        chain
    }

    fn compounds(&mut self, input: &mut Parser<'_>, relative: bool) -> Parsed<Chain> {
        input.skip_whitespace();
        let mut chain = Chain::default();
        let mut combinator = Combinator::None;
        if relative {
            chain.compounds.push(Compound { combinator, simples: vec![Simple::Anchor] });
            combinator = self.combinator(input).unwrap_or(Combinator::Descendant);
        }
        loop {
            let dangling = combinator != Combinator::None;
            let parts = self.compound(input, dangling)?;
            chain.compounds.push(Compound { combinator, simples: sorted(parts.simples) });
            combinator = match self.combinator(input) {
                Some(combinator) => combinator,
                None => return Ok(chain),
            };
        }
    }

    fn combinator(&mut self, input: &mut Parser<'_>) -> Option<Combinator> {
        let mut space = false;
        loop {
            let before = input.state();
            match input.next_including_whitespace() {
                Err(_) => return None,
                Ok(Token::WhiteSpace(_)) => space = true,
                Ok(Token::Delim('>')) => return Some(Combinator::Child),
                Ok(Token::Delim('+')) => return Some(Combinator::NextSibling),
                Ok(Token::Delim('~')) => {
                    self.later_siblings += 1;
                    return Some(Combinator::LaterSibling(self.slot()));
                }
                Ok(_) => {
                    input.reset(&before);
                    return space.then_some(Combinator::Descendant);
                }
            }
        }
    }

    fn compound(&mut self, input: &mut Parser<'_>, dangling: bool) -> Parsed<Parts> {
        input.skip_whitespace();
        let start = here(input);
        let mut parts = Parts::default();
        let mut empty = true;
        if let Some(QName { prefix, local }) = self.qualified_name(input, false)? {
            empty = false;
            // Every element of a page has a namespace.
            if prefix == Prefix::Empty {
                parts.simples.push(Simple::Never);
            }
            if let Some(local) = local {
                let name = self.name(&local);
                let lower = self.name(&local.to_ascii_lowercase());
                parts.simples.push(Simple::Tag { name, lower });
            }
        }
        while let Some((at, part)) = self.part(input)? {
            empty = false;
            match part {
                Part::Simple(simple) => parts.push(simple),
                Part::Position(position, negated) if self.level == 0 => {
                    parts.filters.push(Filter::Position { position, negated });
                }
                Part::Output(output) if self.level == 0 => {
                    parts.output = Some(output);
                    break;
                }
                Part::Position(..) => return fail(at, "a position cannot stand inside another pseudo-class"),
                Part::Output(_) => return fail(at, "a pseudo-element cannot stand inside a pseudo-class"),
            }
        }
        if !empty {
            return Ok(parts);
        }
        match self.peek(input) {
            Some((at, message)) => fail(at, message),
            None if dangling => fail(start, "a selector is missing behind the combinator"),
            None => fail(start, "a selector is missing"),
        }
    }

    /// A type selector, or the name in an attribute selector.
    fn qualified_name(&mut self, input: &mut Parser<'_>, attribute: bool) -> Parsed<Option<QName>> {
        let start = input.state();
        let at = here(input);
        let local = match input.next_including_whitespace() {
            Ok(Token::Ident(name)) => Some(name.to_string()),
            Ok(Token::Delim('*')) => None,
            Ok(Token::Delim('|')) => return self.behind_bar(input, attribute, Prefix::Empty).map(Some),
            _ => {
                input.reset(&start);
                return Ok(None);
            }
        };
        let behind = input.state();
        let bar = matches!(input.next_including_whitespace(), Ok(Token::Delim('|')));
        match local {
            None if bar => self.behind_bar(input, attribute, Prefix::Any).map(Some),
            None if attribute => fail(at, "an attribute's name is missing"),
            Some(prefix) if bar => fail(at, format!("unknown namespace prefix {prefix:?}; '*|' is any")),
            local => {
                input.reset(&behind);
                Ok(Some(QName { prefix: Prefix::Absent, local }))
            }
        }
    }

    fn behind_bar(&mut self, input: &mut Parser<'_>, attribute: bool, prefix: Prefix) -> Parsed<QName> {
        let at = here(input);
        match input.next_including_whitespace() {
            Ok(Token::Ident(name)) => Ok(QName { prefix, local: Some(name.to_string()) }),
            Ok(Token::Delim('*')) if !attribute => Ok(QName { prefix, local: None }),
            _ => fail(at, "a name is missing behind '|'"),
        }
    }

    fn part(&mut self, input: &mut Parser<'_>) -> Parsed<Option<(usize, Part)>> {
        let start = input.state();
        let at = here(input);
        let Ok(token) = input.next_including_whitespace() else {
            input.reset(&start);
            return Ok(None);
        };
        let part = match token {
            Token::IDHash(id) => Part::Simple(Simple::Id(id.as_ref().into())),
            Token::Delim('.') => match input.next_including_whitespace() {
                Ok(Token::Ident(class)) => Part::Simple(Simple::Class(class.as_ref().into())),
                _ => return fail(at + 1, "a class name is missing behind '.'"),
            },
            Token::SquareBracketBlock => {
                let test = input.parse_nested_block(|input| self.attribute(input))?;
                Part::Simple(Simple::Attr(Box::new(test)))
            }
            Token::Colon => self.pseudo(input, at)?,
            _ => {
                input.reset(&start);
                return Ok(None);
            }
        };
        Ok(Some((at, part)))
    }

    fn attribute(&mut self, input: &mut Parser<'_>) -> Parsed<AttrTest> {
        input.skip_whitespace();
        let at = here(input);
        let Some(QName { prefix, local: Some(written) }) = self.qualified_name(input, true)? else {
            return fail(at, "an attribute's name is missing");
        };
        // `[name]` and `[|name]` are the same: attributes have no default namespace.
        let any_prefix = prefix == Prefix::Any;
        let lower = written.to_ascii_lowercase();
        let (name, lower_name) = (self.name(&written), self.name(&lower));
        let mut test = AttrTest {
            name,
            lower: lower_name,
            any_prefix,
            operator: AttrOperator::Exists,
            value: "".into(),
            case: Case::Sensitive,
        };
        input.skip_whitespace();
        let at = here(input);
        test.operator = match input.next() {
            Err(_) => return Ok(test),
            Ok(Token::Delim('=')) => AttrOperator::Equal,
            Ok(Token::IncludeMatch) => AttrOperator::Includes,
            Ok(Token::DashMatch) => AttrOperator::DashMatch,
            Ok(Token::PrefixMatch) => AttrOperator::Prefix,
            Ok(Token::SubstringMatch) => AttrOperator::Substring,
            Ok(Token::SuffixMatch) => AttrOperator::Suffix,
            Ok(Token::Delim('!')) => return fail(at, "no '!=' in CSS; write ':not([name=value])'"),
            Ok(token) => return fail(at, unexpected(token)),
        };
        input.skip_whitespace();
        let at = here(input);
        test.value = match input.expect_ident_or_string() {
            Ok(value) => value.as_ref().into(),
            Err(_) => return fail(at, "the value must be a name or a quoted string"),
        };
        input.skip_whitespace();
        let at = here(input);
        test.case = match input.next() {
            Err(_) if !any_prefix && is_case_insensitive_in_html(&lower) => Case::InsensitiveInHtml,
            Err(_) => Case::Sensitive,
            Ok(Token::Ident(flag)) if flag.eq_ignore_ascii_case("i") => Case::Insensitive,
            Ok(Token::Ident(flag)) if flag.eq_ignore_ascii_case("s") => Case::Sensitive,
            Ok(_) => return fail(at, "only 'i' or 's' may follow an attribute's value"),
        };
        self.end(input)?;
        Ok(test)
    }
}

/// The namespace part of a name.
#[derive(Clone, Copy, PartialEq)]
enum Prefix {
    /// `name`
    Absent,
    /// `|name`
    Empty,
    /// `*|name`
    Any,
}

struct QName {
    prefix: Prefix,
    /// Nothing for `*`.
    local: Option<String>,
}

fn sorted(mut simples: Vec<Simple>) -> Vec<Simple> {
    simples.sort_by_key(Simple::cost);
    simples
}

/// The attributes whose values HTML compares without regard to case (HTML, 4.16.2).
fn is_case_insensitive_in_html(name: &str) -> bool {
    const NAMES: [&str; 46] = [
        "accept",
        "accept-charset",
        "align",
        "alink",
        "axis",
        "bgcolor",
        "charset",
        "checked",
        "clear",
        "codetype",
        "color",
        "compact",
        "declare",
        "defer",
        "dir",
        "direction",
        "disabled",
        "enctype",
        "face",
        "frame",
        "hreflang",
        "http-equiv",
        "lang",
        "language",
        "link",
        "media",
        "method",
        "multiple",
        "nohref",
        "noresize",
        "noshade",
        "nowrap",
        "readonly",
        "rel",
        "rev",
        "rules",
        "scope",
        "scrolling",
        "selected",
        "shape",
        "target",
        "text",
        "type",
        "valign",
        "valuetype",
        "vlink",
    ];
    NAMES.binary_search(&name).is_ok()
}
