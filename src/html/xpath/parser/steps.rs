//! Steps: axes, node tests, abbreviations (XPath 1.0, 2.1 to 2.5).

use super::{Opener, Parser, Pending, State};
use crate::error::{Error, Result};
use crate::html::xpath::ast::{Axis, Step, Test};
use crate::html::xpath::lexer::{Lexeme, Token};

impl Parser<'_> {
    pub fn starts_step(&self) -> bool {
        matches!(
            self.peek().token,
            Token::Dot
                | Token::DotDot
                | Token::At
                | Token::Star
                | Token::Name
                | Token::Prefixed
                | Token::PrefixedStar
        )
    }

    pub fn step(&mut self) -> Result<State> {
        let lexeme = self.peek();
        let abbreviation = match lexeme.token {
            Token::Dot => Some(Axis::SelfNode),
            Token::DotDot => Some(Axis::Parent),
            _ => None,
        };
        if let Some(axis) = abbreviation {
            self.take();
            self.push_step(axis, Test::Node);
            return Ok(State::AfterStep { predicates: false });
        }
        let axis = match lexeme.token {
            Token::At => {
                self.take();
                Axis::Attribute
            }
            Token::Name if self.second() == Token::ColonColon => {
                let name = self.text(lexeme);
                let axis = Axis::named(name)
                    .ok_or_else(|| self.error(lexeme.start, &format!("unknown axis '{name}'")))?;
                self.take();
                self.take();
                axis
            }
            _ => Axis::Child,
        };
        let test = self.node_test(axis)?;
        self.push_step(axis, test);
        Ok(State::AfterStep { predicates: true })
    }

    fn push_step(&mut self, axis: Axis, test: Test) {
        if let Pending::Path(_, steps) = &mut self.level().pending {
            steps.push(Step { axis, test, predicates: Vec::new() });
        }
    }

    fn node_test(&mut self, axis: Axis) -> Result<Test> {
        let lexeme = self.peek();
        let text = self.text(lexeme);
        let is_attribute = axis == Axis::Attribute;
        match lexeme.token {
            Token::Star => {
                self.take();
                Ok(if axis == Axis::Namespace { Test::Nothing } else { Test::Star })
            }
            Token::Name if self.second() == Token::LeftParen => {
                if !is_node_type(text) {
                    return Err(self.error(lexeme.start, &format!("'{text}()' is no node test")));
                }
                self.take();
                self.take();
                if text == "processing-instruction" && self.peek().token == Token::Literal {
                    self.take();
                }
                if self.peek().token != Token::RightParen {
                    return Err(self.expected("')'"));
                }
                self.take();
                Ok(match text {
                    "node" => Test::Node,
                    "text" => Test::Text,
                    "comment" => Test::Comment,
                    _ => Test::Nothing,
                })
            }
            Token::Name => {
                self.take();
                let hidden = is_attribute && text == "xmlns";
                Ok(if hidden { Test::Nothing } else { Test::Name(self.ast.name(text)) })
            }
            Token::Prefixed | Token::PrefixedStar => {
                let Some(local) = text.strip_prefix("xml:") else {
                    return Err(self.unknown_prefix(lexeme));
                };
                self.take();
                Ok(match (is_attribute, lexeme.token) {
                    (false, _) => Test::Nothing,
                    (true, Token::PrefixedStar) => Test::AnyXmlAttribute,
                    (true, _) => Test::XmlAttribute(self.ast.name(local), self.ast.name(text)),
                })
            }
            _ => Err(self.expected("a node test")),
        }
    }

    pub fn unknown_prefix(&self, lexeme: Lexeme) -> Error {
        let prefix = self.text(lexeme).split(':').next().unwrap_or_default();
        self.error(lexeme.start, &format!("unknown namespace prefix '{prefix}'"))
    }

    pub fn after_step(&mut self, predicates: bool) -> Result<State> {
        let lexeme = self.peek();
        match lexeme.token {
            Token::LeftBracket if predicates => {
                self.take();
                self.open(Opener::Predicate, lexeme.start)
            }
            Token::Slash | Token::SlashSlash if !self.is_bare_root() => {
                self.take();
                if lexeme.token == Token::SlashSlash {
                    self.push_step(Axis::DescendantOrSelf, Test::Node);
                }
                Ok(State::Step)
            }
            _ => {
                let id = self.finish_pending();
                self.level().operands.push(id);
                Ok(State::Operator)
            }
        }
    }

    /// Whether all that was read of the path is its `/`.
    fn is_bare_root(&mut self) -> bool {
        matches!(&self.level().pending, Pending::Path(_, steps) if steps.is_empty())
    }
}

pub(super) fn is_node_type(name: &str) -> bool {
    matches!(name, "comment" | "text" | "processing-instruction" | "node")
}

/// What `//` stands for.
pub(super) fn any_descendant() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() }
}
