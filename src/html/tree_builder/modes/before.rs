//! The insertion modes before there is a `head`.

use super::super::insert::Place;
use super::super::tags::Tag;
use super::super::{Start, Step, Token, TreeBuilder};
use super::Mode;
use crate::html::building::Attrs;
use crate::html::tree::Quirks;

impl TreeBuilder {
    /// 13.2.6.4.1 The "initial" insertion mode. A document type does not come here.
    pub(super) fn initial(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(_) => Step::Done,
            Token::Comment(text) => {
                self.insert_comment_at(Place::end_of(0), text);
                Step::Done
            }
            _ => {
                self.arena.quirks = Quirks::Full;
                self.again(Mode::BeforeHtml)
            }
        }
    }

    /// 13.2.6.4.2 The "before html" insertion mode
    pub(super) fn before_html(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Comment(text) => self.insert_comment_at(Place::end_of(0), text),
            Token::Space(_) => {}
            Token::Start(tag) if tag.name.tag == Tag::Html => {
                self.insert_root(tag);
                self.mode = Mode::BeforeHead;
            }
            Token::End(name) if !matches!(name.tag, Tag::Head | Tag::Body | Tag::Html | Tag::Br) => {}
            _ => {
                let used = self.attributes_used;
                let name = self.arena.names.known(Tag::Html);
                self.insert_root(Start { name, attrs: Attrs::NONE, self_closing: false, line: 0 });
                self.attributes_used = used;
                return self.again(Mode::BeforeHead);
            }
        }
        Step::Done
    }

    /// 13.2.6.4.3 The "before head" insertion mode
    pub(super) fn before_head(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(_) => {}
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) if tag.name.tag == Tag::Html => return self.in_body(token),
            Token::Start(tag) if tag.name.tag == Tag::Head => {
                self.head = self.insert(tag);
                self.mode = Mode::InHead;
            }
            Token::End(name) if !matches!(name.tag, Tag::Head | Tag::Body | Tag::Html | Tag::Br) => {}
            _ => {
                self.head = self.insert_implied(Tag::Head);
                return self.again(Mode::InHead);
            }
        }
        Step::Done
    }
}
