//! The insertion modes (13.2.4.1), each a function that bears its name.

mod after;
mod before;
mod in_body;
mod in_body_end;
mod in_head;
mod in_table;
mod in_template;

use super::tags::Tag;
use super::{Start, Step, Token, TreeBuilder};
use crate::html::building::NONE;
use crate::html::tokenizer::State;
use crate::html::tree::Namespace;

/// An insertion mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    Initial,
    BeforeHtml,
    BeforeHead,
    InHead,
    InHeadNoscript,
    AfterHead,
    InBody,
    Text,
    InTable,
    InTableText,
    InCaption,
    InColumnGroup,
    InTableBody,
    InRow,
    InCell,
    InTemplate,
    AfterBody,
    InFrameset,
    AfterFrameset,
    AfterAfterBody,
    AfterAfterFrameset,
}

impl Mode {
    /// Whether white space is not to the mode what other text is.
    #[inline]
    pub fn tells_space_apart(self) -> bool {
        match self {
            Mode::InBody
            | Mode::Text
            | Mode::InTable
            | Mode::InTableText
            | Mode::InCaption
            | Mode::InTableBody
            | Mode::InRow
            | Mode::InCell
            | Mode::InTemplate => false,
            Mode::Initial
            | Mode::BeforeHtml
            | Mode::BeforeHead
            | Mode::InHead
            | Mode::InHeadNoscript
            | Mode::AfterHead
            | Mode::InColumnGroup
            | Mode::AfterBody
            | Mode::InFrameset
            | Mode::AfterFrameset
            | Mode::AfterAfterBody
            | Mode::AfterAfterFrameset => true,
        }
    }
}

impl TreeBuilder {
    /// Processes a token by the rules of the current insertion mode.
    #[inline]
    pub(super) fn by_mode(&mut self, token: Token<'_>) -> Step {
        self.using(self.mode, token)
    }

    /// Processes a token "using the rules for" a mode.
    #[inline]
    fn using(&mut self, mode: Mode, token: Token<'_>) -> Step {
        match mode {
            Mode::Initial => self.initial(token),
            Mode::BeforeHtml => self.before_html(token),
            Mode::BeforeHead => self.before_head(token),
            Mode::InHead => self.in_head(token),
            Mode::InHeadNoscript => self.in_head_noscript(token),
            Mode::AfterHead => self.after_head(token),
            Mode::InBody => self.in_body(token),
            Mode::Text => self.text_mode(token),
            Mode::InTable => self.in_table(token),
            Mode::InTableText => self.in_table_text(token),
            Mode::InCaption => self.in_caption(token),
            Mode::InColumnGroup => self.in_column_group(token),
            Mode::InTableBody => self.in_table_body(token),
            Mode::InRow => self.in_row(token),
            Mode::InCell => self.in_cell(token),
            Mode::InTemplate => self.in_template(token),
            Mode::AfterBody => self.after_body(token),
            Mode::InFrameset => self.in_frameset(token),
            Mode::AfterFrameset => self.after_frameset(token),
            Mode::AfterAfterBody => self.after_after_body(token),
            Mode::AfterAfterFrameset => self.after_after_frameset(token),
        }
    }

    /// Switches to a mode that the token is to be reprocessed in.
    fn again(&mut self, mode: Mode) -> Step {
        self.mode = mode;
        Step::Again
    }

    /// 13.2.4.1 Reset the insertion mode appropriately
    pub(super) fn reset_mode(&mut self) {
        self.mode = self.appropriate_mode();
    }

    fn appropriate_mode(&self) -> Mode {
        for (at, open) in self.stack.iter().enumerate().rev() {
            let last = at == 0;
            let node = self.context.filter(|_| last).unwrap_or(*open);
            return match node.tag {
                Tag::Td | Tag::Th if !last => Mode::InCell,
                Tag::Tr => Mode::InRow,
                Tag::Tbody | Tag::Thead | Tag::Tfoot => Mode::InTableBody,
                Tag::Caption => Mode::InCaption,
                Tag::Colgroup => Mode::InColumnGroup,
                Tag::Table => Mode::InTable,
                Tag::Template => self.template_modes.last().copied().unwrap_or(Mode::InBody),
                Tag::Head if !last => Mode::InHead,
                Tag::Body => Mode::InBody,
                Tag::Frameset => Mode::InFrameset,
                Tag::Html if self.head == NONE => Mode::BeforeHead,
                Tag::Html => Mode::AfterHead,
                _ => continue,
            };
        }
        Mode::InBody
    }

    /// Creates the `html` element.
    pub(super) fn insert_root(&mut self, tag: Start) {
        self.attributes_used = true;
        let id = self.arena.element(tag.name.number, Namespace::Html, tag.attrs, tag.line);
        self.arena.append(0, id);
        self.stack.push(super::Open::html(id, tag.name));
    }

    /// 13.2.6.2 The generic raw text element parsing algorithm, and that for RCDATA
    fn insert_raw(&mut self, tag: Start, state: State) {
        self.insert(tag);
        self.original = self.mode;
        self.mode = Mode::Text;
        self.switch = Some(state);
    }

    /// 13.2.6.4.8 The "text" insertion mode
    fn text_mode(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Text(text) | Token::Space(text) => {
                self.insert_text(text);
                Step::Done
            }
            Token::Eof => {
                self.pop();
                self.again(self.original)
            }
            Token::End(_) => {
                self.pop();
                self.mode = self.original;
                Step::Done
            }
            Token::Start(_) | Token::Nul | Token::Comment(_) => Step::Done, // there are none in text
        }
    }
}
