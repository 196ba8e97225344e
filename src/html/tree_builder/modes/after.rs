//! The insertion modes behind the `body`, and those of framesets.

use super::super::insert::Place;
use super::super::tags::Tag;
use super::super::{Step, Token, TreeBuilder};
use super::Mode;

impl TreeBuilder {
    /// 13.2.6.4.19 The "after body" insertion mode
    pub(super) fn after_body(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(_) => return self.in_body(token),
            Token::Comment(text) => self.insert_comment_at(Place::end_of(self.stack.root().id), text),
            Token::Start(tag) if tag.name.tag == Tag::Html => return self.in_body(token),
            Token::End(name) if name.tag == Tag::Html => {
                if self.context.is_none() {
                    self.mode = Mode::AfterAfterBody;
                }
            }
            Token::Eof => self.stop(),
            _ => return self.again(Mode::InBody),
        }
        Step::Done
    }

    /// 13.2.6.4.20 The "in frameset" insertion mode
    pub(super) fn in_frameset(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(text) => self.insert_text(text),
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) => match tag.name.tag {
                Tag::Html => return self.in_body(token),
                Tag::Frameset => {
                    self.insert(tag);
                }
                Tag::Frame => {
                    self.insert_leaf(tag);
                }
                Tag::Noframes => return self.in_head(token),
                _ => {}
            },
            Token::End(name) if name.tag == Tag::Frameset && self.stack.len() > 1 => {
                self.pop();
                if self.context.is_none() && self.stack.current().tag != Tag::Frameset {
                    self.mode = Mode::AfterFrameset;
                }
            }
            Token::Eof => self.stop(),
            Token::End(_) | Token::Text(_) | Token::Nul => {}
        }
        Step::Done
    }

    /// 13.2.6.4.21 The "after frameset" insertion mode
    pub(super) fn after_frameset(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(text) => self.insert_text(text),
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) if tag.name.tag == Tag::Html => return self.in_body(token),
            Token::Start(tag) if tag.name.tag == Tag::Noframes => return self.in_head(token),
            Token::End(name) if name.tag == Tag::Html => self.mode = Mode::AfterAfterFrameset,
            Token::Eof => self.stop(),
            Token::Start(_) | Token::End(_) | Token::Text(_) | Token::Nul => {}
        }
        Step::Done
    }

    /// 13.2.6.4.22 The "after after body" insertion mode
    pub(super) fn after_after_body(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Comment(text) => self.insert_comment_at(Place::end_of(0), text),
            Token::Space(_) => return self.in_body(token),
            Token::Start(tag) if tag.name.tag == Tag::Html => return self.in_body(token),
            Token::Eof => self.stop(),
            _ => return self.again(Mode::InBody),
        }
        Step::Done
    }

    /// 13.2.6.4.23 The "after after frameset" insertion mode
    pub(super) fn after_after_frameset(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Comment(text) => self.insert_comment_at(Place::end_of(0), text),
            Token::Space(_) => return self.in_body(token),
            Token::Start(tag) if tag.name.tag == Tag::Html => return self.in_body(token),
            Token::Start(tag) if tag.name.tag == Tag::Noframes => return self.in_head(token),
            Token::Eof => self.stop(),
            Token::Start(_) | Token::End(_) | Token::Text(_) | Token::Nul => {}
        }
        Step::Done
    }

    /// 13.2.7 "Stop parsing": pops all elements.
    pub(super) fn stop(&mut self) {
        self.truncate(0);
    }
}
