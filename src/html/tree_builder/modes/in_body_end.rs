//! The "in body" insertion mode (13.2.6.4.7): end tags.

use super::super::tags::{Tag, class};
use super::super::{Start, Step, Token, TreeBuilder};
use super::Mode;
use crate::html::building::{Attrs, NONE};
use crate::html::names::Name;

impl TreeBuilder {
    pub(super) fn in_body_end_tag(&mut self, name: Name) -> Step {
        match name.tag {
            Tag::Address
            | Tag::Article
            | Tag::Aside
            | Tag::Blockquote
            | Tag::Button
            | Tag::Center
            | Tag::Details
            | Tag::Dialog
            | Tag::Dir
            | Tag::Div
            | Tag::Dl
            | Tag::Fieldset
            | Tag::Figcaption
            | Tag::Figure
            | Tag::Footer
            | Tag::Header
            | Tag::Hgroup
            | Tag::Listing
            | Tag::Main
            | Tag::Menu
            | Tag::Nav
            | Tag::Ol
            | Tag::Pre
            | Tag::Search
            | Tag::Section
            | Tag::Select
            | Tag::Summary
            | Tag::Ul => {
                if self.stack.in_scope(name.tag) {
                    self.generate_implied_end_tags();
                    self.pop_until(name.tag);
                }
            }
            Tag::A
            | Tag::B
            | Tag::Big
            | Tag::Code
            | Tag::Em
            | Tag::Font
            | Tag::I
            | Tag::Nobr
            | Tag::S
            | Tag::Small
            | Tag::Strike
            | Tag::Strong
            | Tag::Tt
            | Tag::U => self.adoption_agency(name),
            Tag::P => {
                if !self.stack.p_in_button_scope() {
                    self.insert_implied(Tag::P);
                }
                self.close_p();
            }
            Tag::Li => {
                if self.stack.in_list_item_scope(Tag::Li) {
                    self.generate_implied_end_tags_except(name);
                    self.pop_until(Tag::Li);
                }
            }
            Tag::Dd | Tag::Dt => {
                if self.stack.in_scope(name.tag) {
                    self.generate_implied_end_tags_except(name);
                    self.pop_until(name.tag);
                }
            }
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => {
                if self.stack.in_scope_of(class::SCOPE, |open| open.is(class::HEADING)) {
                    self.generate_implied_end_tags();
                    self.pop_until_class(class::HEADING);
                }
            }
            Tag::Form => self.end_form(),
            Tag::Applet | Tag::Marquee | Tag::Object => {
                if self.stack.in_scope(name.tag) {
                    self.generate_implied_end_tags();
                    self.pop_until(name.tag);
                    self.formatting.clear_to_marker();
                }
            }
            Tag::Br => {
                return self.in_body(Token::Start(Start {
                    name,
                    attrs: Attrs::NONE,
                    self_closing: false,
                    line: 0,
                }));
            }
            Tag::Body => {
                if self.stack.in_scope(Tag::Body) {
                    self.mode = Mode::AfterBody;
                }
            }
            Tag::Html => {
                if self.stack.in_scope(Tag::Body) {
                    return self.again(Mode::AfterBody);
                }
            }
            Tag::Template => return self.in_head(Token::End(name)),
            _ => self.any_other_end_tag(name),
        }
        Step::Done
    }

    /// "Any other end tag"
    pub(in crate::html::tree_builder) fn any_other_end_tag(&mut self, name: Name) {
        // A stray one must not cost a look at all that is open.
        if name.tag != Tag::Other && !self.stack.has(name.tag) {
            return;
        }
        let open = self.stack.iter().rposition(|open| open.is_html(name) || open.is(class::SPECIAL));
        if let Some(at) = open
            && self.stack.get(at).is_some_and(|open| open.is_html(name))
        {
            self.generate_implied_end_tags_except(name);
            self.truncate(at);
        }
    }

    fn end_form(&mut self) {
        if self.stack.has(Tag::Template) {
            if self.stack.in_scope(Tag::Form) {
                self.generate_implied_end_tags();
                self.pop_until(Tag::Form);
            }
            return;
        }
        let form = std::mem::replace(&mut self.form, NONE);
        if form != NONE && self.stack.in_scope_of(class::SCOPE, |open| open.id == form) {
            self.generate_implied_end_tags();
            self.remove_open(form);
        }
    }
}
