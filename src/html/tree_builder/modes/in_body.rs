//! The "in body" insertion mode (13.2.6.4.7): text and start tags.

use super::super::tags::{Tag, class};
use super::super::{Start, Step, Token, TreeBuilder, is_space};
use super::Mode;
use crate::html::building::NONE;
use crate::html::tokenizer::State;
use crate::html::tree::{Namespace, Quirks};

impl TreeBuilder {
    /// 13.2.6.4.7 The "in body" insertion mode
    #[inline]
    pub(super) fn in_body(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Text(text) | Token::Space(text) => {
                self.reconstruct_formatting();
                self.insert_text(text);
                if self.frameset_ok && !text.bytes().all(is_space) {
                    self.frameset_ok = false;
                }
            }
            Token::Start(tag) => return self.in_body_start_tag(tag),
            Token::End(name) => return self.in_body_end_tag(name),
            Token::Comment(text) => self.insert_comment(text),
            Token::Nul => {}
            Token::Eof if !self.template_modes.is_empty() => return self.in_template(token),
            Token::Eof => self.stop(),
        }
        Step::Done
    }

    fn in_body_start_tag(&mut self, tag: Start) -> Step {
        match tag.name.tag {
            Tag::Address
            | Tag::Article
            | Tag::Aside
            | Tag::Blockquote
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
            | Tag::Main
            | Tag::Menu
            | Tag::Nav
            | Tag::Ol
            | Tag::P
            | Tag::Search
            | Tag::Section
            | Tag::Summary
            | Tag::Ul => {
                self.close_p_in_button_scope();
                self.insert(tag);
            }
            Tag::A => {
                self.end_earlier_a(tag);
                self.reconstruct_formatting();
                self.insert_formatting(tag);
            }
            Tag::B
            | Tag::Big
            | Tag::Code
            | Tag::Em
            | Tag::Font
            | Tag::I
            | Tag::S
            | Tag::Small
            | Tag::Strike
            | Tag::Strong
            | Tag::Tt
            | Tag::U => {
                self.reconstruct_formatting();
                self.insert_formatting(tag);
            }
            Tag::Li | Tag::Dd | Tag::Dt => self.start_list_item(tag),
            Tag::Area | Tag::Br | Tag::Embed | Tag::Img | Tag::Keygen | Tag::Wbr => {
                self.reconstruct_formatting();
                self.insert_leaf(tag);
                self.frameset_ok = false;
            }
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => {
                self.close_p_in_button_scope();
                if self.stack.current().is(class::HEADING) {
                    self.pop();
                }
                self.insert(tag);
            }
            Tag::Table => {
                if self.arena.quirks != Quirks::Full {
                    self.close_p_in_button_scope();
                }
                self.insert(tag);
                self.frameset_ok = false;
                self.mode = Mode::InTable;
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
            | Tag::Title => return self.in_head(Token::Start(tag)),
            Tag::Input => self.start_input(tag),
            Tag::Form => {
                let template = self.stack.has(Tag::Template);
                if self.form == NONE || template {
                    self.close_p_in_button_scope();
                    let form = self.insert(tag);
                    if !template {
                        self.form = form;
                    }
                }
            }
            Tag::Button => {
                if self.stack.in_scope(Tag::Button) {
                    self.generate_implied_end_tags();
                    self.pop_until(Tag::Button);
                }
                self.reconstruct_formatting();
                self.insert(tag);
                self.frameset_ok = false;
            }
            Tag::Pre | Tag::Listing => {
                self.close_p_in_button_scope();
                self.insert(tag);
                self.ignore_line_feed = true;
                self.frameset_ok = false;
            }
            Tag::Hr => {
                self.close_p_in_button_scope();
                if self.stack.in_scope(Tag::Select) {
                    self.generate_implied_end_tags();
                }
                self.insert_leaf(tag);
                self.frameset_ok = false;
            }
            Tag::Svg => {
                self.reconstruct_formatting();
                self.insert_foreign(tag, Namespace::Svg);
            }
            Tag::Math => {
                self.reconstruct_formatting();
                self.insert_foreign(tag, Namespace::MathMl);
            }
            Tag::Select => self.start_select(tag),
            Tag::Option => {
                self.close_option_for(Tag::Optgroup);
                self.insert_option(tag);
            }
            Tag::Optgroup => {
                self.close_option_for(Tag::Other);
                self.insert(tag);
            }
            Tag::Textarea => {
                self.insert_raw(tag, State::Rcdata);
                self.ignore_line_feed = true;
                self.frameset_ok = false;
            }
            Tag::Iframe => {
                self.frameset_ok = false;
                self.insert_raw(tag, State::Rawtext);
            }
            Tag::Noembed => self.insert_raw(tag, State::Rawtext),
            Tag::Xmp => {
                self.close_p_in_button_scope();
                self.reconstruct_formatting();
                self.frameset_ok = false;
                self.insert_raw(tag, State::Rawtext);
            }
            Tag::Plaintext => {
                self.close_p_in_button_scope();
                self.insert(tag);
                self.switch = Some(State::Plaintext);
            }
            Tag::Nobr => {
                self.reconstruct_formatting();
                if self.stack.in_scope(Tag::Nobr) {
                    self.adoption_agency(tag.name);
                    self.reconstruct_formatting();
                }
                self.insert_formatting(tag);
            }
            Tag::Applet | Tag::Marquee | Tag::Object => {
                self.reconstruct_formatting();
                self.insert(tag);
                self.formatting.push_marker();
                self.frameset_ok = false;
            }
            Tag::Param | Tag::Source | Tag::Track => {
                self.insert_leaf(tag);
            }
            Tag::Image => {
                let name = self.arena.names.known(Tag::Img);
                return self.in_body_start_tag(Start { name, ..tag });
            }
            Tag::Rb | Tag::Rtc => {
                if self.stack.in_scope(Tag::Ruby) {
                    self.generate_implied_end_tags();
                }
                self.insert(tag);
            }
            Tag::Rp | Tag::Rt => {
                if self.stack.in_scope(Tag::Ruby) {
                    let rtc = self.arena.names.known(Tag::Rtc);
                    self.generate_implied_end_tags_except(rtc);
                }
                self.insert(tag);
            }
            Tag::Html => {
                if !self.stack.has(Tag::Template) {
                    self.attributes_used = true;
                    self.arena.add_attributes(self.stack.root().id, tag.attrs);
                }
            }
            Tag::Body => {
                if let Some(body) = self.body()
                    && !self.stack.has(Tag::Template)
                {
                    self.frameset_ok = false;
                    self.attributes_used = true;
                    self.arena.add_attributes(body, tag.attrs);
                }
            }
            Tag::Frameset => {
                if let Some(body) = self.body()
                    && self.frameset_ok
                {
                    self.arena.detach(body);
                    self.truncate(1);
                    self.insert(tag);
                    self.mode = Mode::InFrameset;
                }
            }
            Tag::SelectedContent => {
                self.reconstruct_formatting();
                let id = self.insert(tag);
                self.selected_content_inserted(id);
            }
            Tag::Caption
            | Tag::Col
            | Tag::Colgroup
            | Tag::Frame
            | Tag::Head
            | Tag::Tbody
            | Tag::Td
            | Tag::Tfoot
            | Tag::Th
            | Tag::Thead
            | Tag::Tr => {}
            _ => {
                self.reconstruct_formatting();
                self.insert(tag);
            }
        }
        Step::Done
    }

    /// The second element of the stack, if it is a `body`.
    fn body(&self) -> Option<u32> {
        self.stack.get(1).filter(|open| open.tag == Tag::Body).map(|open| open.id)
    }

    /// A start tag whose tag name is "li", "dd" or "dt"
    fn start_list_item(&mut self, tag: Start) {
        self.frameset_ok = false;
        let item = tag.name.tag == Tag::Li;
        let ends = |tag: Tag| if item { tag == Tag::Li } else { matches!(tag, Tag::Dd | Tag::Dt) };
        let mut open = self.stack.iter().rev();
        let end = open.find(|open| {
            let passes = !open.is(class::SPECIAL) || matches!(open.tag, Tag::Address | Tag::Div | Tag::P);
            ends(open.tag) || !passes
        });
        if let Some(open) = end.copied()
            && ends(open.tag)
        {
            let name = self.arena.names.known(open.tag);
            self.generate_implied_end_tags_except(name);
            self.pop_until(open.tag);
        }
        self.close_p_in_button_scope();
        self.insert(tag);
    }

    /// A start tag whose tag name is "a" ends the `a` that is in the list of active formatting
    /// elements.
    fn end_earlier_a(&mut self, tag: Start) {
        let Some(at) = self.formatting.last(Tag::A) else { return };
        let earlier = self.formatting.get(at).id;
        self.adoption_agency(tag.name);
        if let Some(at) = self.formatting.position(earlier) {
            self.formatting.remove(at);
        }
        self.remove_open(earlier);
    }

    /// Whether the fragment is the content of a `select`.
    fn in_select_fragment(&self) -> bool {
        self.context.is_some_and(|context| context.tag == Tag::Select)
    }

    fn start_input(&mut self, tag: Start) {
        if self.in_select_fragment() && !super::super::tags::AS_HTML5EVER {
            return;
        }
        if self.stack.in_scope(Tag::Select) {
            self.pop_until(Tag::Select);
        }
        self.reconstruct_formatting();
        self.insert_leaf(tag);
        if !self.is_hidden(tag) {
            self.frameset_ok = false;
        }
    }

    /// Whether the tag of an `input` says that it is hidden.
    pub(super) fn is_hidden(&self, tag: Start) -> bool {
        self.arena.attribute_named(tag.attrs, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"))
    }

    fn start_select(&mut self, tag: Start) {
        if self.in_select_fragment() {
            return;
        }
        if self.stack.in_scope(Tag::Select) {
            self.pop_until(Tag::Select);
            return;
        }
        self.reconstruct_formatting();
        self.insert(tag);
        self.frameset_ok = false;
    }

    /// Closes what a start tag "option" or "optgroup" ends.
    fn close_option_for(&mut self, except: Tag) {
        if self.stack.in_scope(Tag::Select) {
            if except == Tag::Optgroup {
                let name = self.arena.names.known(except);
                self.generate_implied_end_tags_except(name);
            } else {
                self.generate_implied_end_tags();
            }
        } else if self.stack.current().tag == Tag::Option {
            self.pop();
        }
        self.reconstruct_formatting();
    }
}
