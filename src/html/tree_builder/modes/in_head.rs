//! The insertion modes in and behind the `head`.

use super::super::stack::Open;
use super::super::tags::Tag;
use super::super::{Start, Step, Token, TreeBuilder};
use super::Mode;
use crate::html::tokenizer::State;

impl TreeBuilder {
    /// 13.2.6.4.4 The "in head" insertion mode
    pub(super) fn in_head(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(text) => self.insert_text(text),
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) => return self.in_head_start_tag(tag, token),
            Token::End(name) => match name.tag {
                Tag::Head => {
                    self.pop();
                    self.mode = Mode::AfterHead;
                }
                Tag::Template => self.end_template(),
                Tag::Body | Tag::Html | Tag::Br => return self.leave_head(),
                _ => {}
            },
            Token::Text(_) | Token::Nul | Token::Eof => return self.leave_head(),
        }
        Step::Done
    }

    fn in_head_start_tag(&mut self, tag: Start, token: Token<'_>) -> Step {
        match tag.name.tag {
            Tag::Html => return self.in_body(token),
            Tag::Base | Tag::Basefont | Tag::Bgsound | Tag::Link => {
                self.insert_leaf(tag);
            }
            Tag::Meta => {
                self.insert_leaf(tag);
                self.heed_meta(tag.attrs);
            }
            Tag::Title => self.insert_raw(tag, State::Rcdata),
            Tag::Noframes | Tag::Style => self.insert_raw(tag, State::Rawtext),
            Tag::Noscript => {
                self.insert(tag);
                self.mode = Mode::InHeadNoscript;
            }
            Tag::Script => self.insert_raw(tag, State::ScriptData),
            Tag::Template => {
                self.insert(tag);
                self.formatting.push_marker();
                self.frameset_ok = false;
                self.mode = Mode::InTemplate;
                self.template_modes.push(Mode::InTemplate);
            }
            Tag::Head => {}
            _ => return self.leave_head(),
        }
        Step::Done
    }

    fn leave_head(&mut self) -> Step {
        self.pop();
        self.again(Mode::AfterHead)
    }

    /// An end tag whose tag name is "template"
    fn end_template(&mut self) {
        if self.stack.has(Tag::Template) {
            self.generate_implied_end_tags_thoroughly();
            self.close_template();
        }
    }

    /// Closes the `template` that is open.
    pub(super) fn close_template(&mut self) {
        self.pop_until(Tag::Template);
        self.formatting.clear_to_marker();
        self.template_modes.pop();
        self.reset_mode();
    }

    /// 13.2.6.4.5 The "in head noscript" insertion mode
    pub(super) fn in_head_noscript(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(_) | Token::Comment(_) => return self.in_head(token),
            Token::Start(tag) => match tag.name.tag {
                Tag::Html => return self.in_body(token),
                Tag::Basefont | Tag::Bgsound | Tag::Link | Tag::Meta | Tag::Noframes | Tag::Style => {
                    return self.in_head(token);
                }
                Tag::Head | Tag::Noscript => return Step::Done,
                _ => {}
            },
            Token::End(name) => match name.tag {
                Tag::Noscript => {
                    self.pop();
                    self.mode = Mode::InHead;
                    return Step::Done;
                }
                Tag::Br => {}
                _ => return Step::Done,
            },
            Token::Text(_) | Token::Nul | Token::Eof => {}
        }
        self.pop();
        self.again(Mode::InHead)
    }

    /// 13.2.6.4.6 The "after head" insertion mode
    pub(super) fn after_head(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(text) => self.insert_text(text),
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) => match tag.name.tag {
                Tag::Html => return self.in_body(token),
                Tag::Body => {
                    self.insert(tag);
                    self.frameset_ok = false;
                    self.mode = Mode::InBody;
                }
                Tag::Frameset => {
                    self.insert(tag);
                    self.mode = Mode::InFrameset;
                }
                Tag::Base
                | Tag::Basefont
                | Tag::Bgsound
                | Tag::Link
                | Tag::Meta
                | Tag::Noframes
                | Tag::Script
                | Tag::Style
                | Tag::Template
                | Tag::Title => {
                    let head = self.head;
                    let name = self.arena.names.known(Tag::Head);
                    self.stack.push(Open::html(head, name));
                    let step = self.in_head(token);
                    self.remove_open(head);
                    return step;
                }
                Tag::Head => {}
                _ => return self.begin_body(),
            },
            Token::End(name) => match name.tag {
                Tag::Template => return self.in_head(token),
                Tag::Body | Tag::Html | Tag::Br => return self.begin_body(),
                _ => {}
            },
            Token::Text(_) | Token::Nul | Token::Eof => return self.begin_body(),
        }
        Step::Done
    }

    fn begin_body(&mut self) -> Step {
        self.insert_implied(Tag::Body);
        self.again(Mode::InBody)
    }
}
