//! The insertion modes of tables.

use super::super::tags::{AS_HTML5EVER, Tag, class};
use super::super::{Step, Token, TreeBuilder, is_space};
use super::Mode;
use crate::html::building::NONE;

impl TreeBuilder {
    /// 13.2.6.4.9 The "in table" insertion mode
    pub(super) fn in_table(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Text(_) | Token::Space(_) | Token::Nul => {
                let current = self.stack.current();
                let template = current.tag == Tag::Template && !AS_HTML5EVER;
                if !current.is(class::FOSTERS) && !template {
                    return self.foster_parent_in_body(token);
                }
                self.original = self.mode;
                return self.again(Mode::InTableText);
            }
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) => match tag.name.tag {
                Tag::Caption => {
                    self.clear_back_to(class::TABLE_SCOPE);
                    self.formatting.push_marker();
                    self.insert(tag);
                    self.mode = Mode::InCaption;
                }
                Tag::Colgroup => {
                    self.clear_back_to(class::TABLE_SCOPE);
                    self.insert(tag);
                    self.mode = Mode::InColumnGroup;
                }
                Tag::Col => {
                    self.clear_back_to(class::TABLE_SCOPE);
                    self.insert_implied(Tag::Colgroup);
                    return self.again(Mode::InColumnGroup);
                }
                Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                    self.clear_back_to(class::TABLE_SCOPE);
                    self.insert(tag);
                    self.mode = Mode::InTableBody;
                }
                Tag::Td | Tag::Th | Tag::Tr => {
                    self.clear_back_to(class::TABLE_SCOPE);
                    self.insert_implied(Tag::Tbody);
                    return self.again(Mode::InTableBody);
                }
                Tag::Table => {
                    if self.stack.in_table_scope(Tag::Table) {
                        self.pop_until(Tag::Table);
                        self.reset_mode();
                        return Step::Again;
                    }
                }
                Tag::Style | Tag::Script | Tag::Template => return self.in_head(token),
                Tag::Input if self.is_hidden(tag) => {
                    self.insert_leaf(tag);
                }
                Tag::Form => {
                    if self.form == NONE && !self.stack.has(Tag::Template) {
                        self.form = self.insert_leaf(tag);
                    }
                }
                _ => return self.foster_parent_in_body(token),
            },
            Token::End(name) => match name.tag {
                Tag::Table => {
                    if self.stack.in_table_scope(Tag::Table) {
                        self.pop_until(Tag::Table);
                        self.reset_mode();
                    }
                }
                Tag::Body
                | Tag::Caption
                | Tag::Col
                | Tag::Colgroup
                | Tag::Html
                | Tag::Tbody
                | Tag::Td
                | Tag::Tfoot
                | Tag::Th
                | Tag::Thead
                | Tag::Tr => {}
                Tag::Template => return self.in_head(token),
                _ => return self.foster_parent_in_body(token),
            },
            Token::Eof => return self.in_body(token),
        }
        Step::Done
    }

    /// "Anything else" in a table: as in the body, but foster parented.
    fn foster_parent_in_body(&mut self, token: Token<'_>) -> Step {
        self.foster_parenting = true;
        let step = self.in_body(token);
        self.foster_parenting = false;
        step
    }

    /// 13.2.6.4.10 The "in table text" insertion mode
    pub(super) fn in_table_text(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Nul => Step::Done,
            Token::Text(text) | Token::Space(text) => {
                self.table_text.push_str(text);
                Step::Done
            }
            _ => {
                self.flush_table_text();
                Step::Again
            }
        }
    }

    /// Inserts the pending table character tokens, and goes back to the original mode.
    pub(in crate::html::tree_builder) fn flush_table_text(&mut self) {
        self.mode = self.original;
        let mut text = std::mem::take(&mut self.table_text);
        if text.bytes().all(is_space) {
            if !text.is_empty() {
                self.insert_text(&text);
            }
        } else {
            let _ = self.foster_parent_in_body(Token::Text(&text));
        }
        text.clear();
        self.table_text = text;
    }

    /// 13.2.6.4.11 The "in caption" insertion mode
    pub(super) fn in_caption(&mut self, token: Token<'_>) -> Step {
        let tag = match token {
            Token::Start(tag) => tag.name.tag,
            Token::End(name) => name.tag,
            _ => return self.in_body(token),
        };
        match (tag, matches!(token, Token::End(_))) {
            (Tag::Caption, _)
            | (Tag::Table, true)
            | (
                Tag::Col | Tag::Colgroup | Tag::Tbody | Tag::Td | Tag::Tfoot | Tag::Th | Tag::Thead | Tag::Tr,
                false,
            ) => {
                if !self.stack.in_table_scope(Tag::Caption) {
                    return Step::Done;
                }
                self.generate_implied_end_tags();
                self.pop_until(Tag::Caption);
                self.formatting.clear_to_marker();
                self.mode = Mode::InTable;
                if matches!(token, Token::End(_)) && tag == Tag::Caption { Step::Done } else { Step::Again }
            }
            (
                Tag::Body
                | Tag::Col
                | Tag::Colgroup
                | Tag::Html
                | Tag::Tbody
                | Tag::Td
                | Tag::Tfoot
                | Tag::Th
                | Tag::Thead
                | Tag::Tr,
                true,
            ) => Step::Done,
            _ => self.in_body(token),
        }
    }

    /// 13.2.6.4.12 The "in column group" insertion mode
    pub(super) fn in_column_group(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Space(text) => self.insert_text(text),
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) => match tag.name.tag {
                Tag::Html => return self.in_body(token),
                Tag::Col => {
                    self.insert_leaf(tag);
                }
                Tag::Template => return self.in_head(token),
                _ => return self.leave_column_group(),
            },
            Token::End(name) => match name.tag {
                Tag::Colgroup => {
                    let _ = self.leave_column_group();
                }
                Tag::Col => {}
                Tag::Template => return self.in_head(token),
                _ => return self.leave_column_group(),
            },
            Token::Eof => return self.in_body(token),
            Token::Text(_) | Token::Nul => return self.leave_column_group(),
        }
        Step::Done
    }

    fn leave_column_group(&mut self) -> Step {
        if self.stack.current().tag != Tag::Colgroup {
            return Step::Done;
        }
        self.pop();
        self.again(Mode::InTable)
    }

    /// 13.2.6.4.13 The "in table body" insertion mode
    pub(super) fn in_table_body(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Start(tag) => match tag.name.tag {
                Tag::Tr => {
                    self.clear_back_to(class::BODY_CONTEXT);
                    self.insert(tag);
                    self.mode = Mode::InRow;
                    Step::Done
                }
                Tag::Th | Tag::Td => {
                    self.clear_back_to(class::BODY_CONTEXT);
                    self.insert_implied(Tag::Tr);
                    self.again(Mode::InRow)
                }
                Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                    self.leave_table_body()
                }
                _ => self.in_table(token),
            },
            Token::End(name) => match name.tag {
                Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                    if self.stack.in_table_scope(name.tag) {
                        self.clear_back_to(class::BODY_CONTEXT);
                        self.pop();
                        self.mode = Mode::InTable;
                    }
                    Step::Done
                }
                Tag::Table => self.leave_table_body(),
                Tag::Body
                | Tag::Caption
                | Tag::Col
                | Tag::Colgroup
                | Tag::Html
                | Tag::Td
                | Tag::Th
                | Tag::Tr => Step::Done,
                _ => self.in_table(token),
            },
            _ => self.in_table(token),
        }
    }

    fn leave_table_body(&mut self) -> Step {
        let group = |open: &super::super::Open| {
            if AS_HTML5EVER {
                matches!(open.tag, Tag::Table | Tag::Tbody | Tag::Tfoot)
            } else {
                open.is(class::ROW_GROUP)
            }
        };
        if !self.stack.in_scope_of(class::TABLE_SCOPE, group) {
            return Step::Done;
        }
        self.clear_back_to(class::BODY_CONTEXT);
        self.pop();
        self.again(Mode::InTable)
    }

    /// 13.2.6.4.14 The "in row" insertion mode
    pub(super) fn in_row(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Start(tag) => match tag.name.tag {
                Tag::Th | Tag::Td => {
                    self.clear_back_to(class::ROW_CONTEXT);
                    self.insert(tag);
                    self.mode = Mode::InCell;
                    self.formatting.push_marker();
                    Step::Done
                }
                Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Tbody | Tag::Tfoot | Tag::Thead | Tag::Tr => {
                    self.leave_row()
                }
                _ => self.in_table(token),
            },
            Token::End(name) => match name.tag {
                Tag::Tr => {
                    let _ = self.leave_row();
                    Step::Done
                }
                Tag::Table => self.leave_row(),
                Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                    if self.stack.in_table_scope(name.tag) {
                        self.leave_row()
                    } else {
                        Step::Done
                    }
                }
                Tag::Body | Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Html | Tag::Td | Tag::Th => {
                    Step::Done
                }
                _ => self.in_table(token),
            },
            _ => self.in_table(token),
        }
    }

    fn leave_row(&mut self) -> Step {
        if !self.stack.in_table_scope(Tag::Tr) {
            return Step::Done;
        }
        self.clear_back_to(class::ROW_CONTEXT);
        self.pop();
        self.again(Mode::InTableBody)
    }

    /// 13.2.6.4.15 The "in cell" insertion mode
    pub(super) fn in_cell(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Start(tag) => match tag.name.tag {
                Tag::Caption
                | Tag::Col
                | Tag::Colgroup
                | Tag::Tbody
                | Tag::Td
                | Tag::Tfoot
                | Tag::Th
                | Tag::Thead
                | Tag::Tr => {
                    if self.stack.in_scope_of(class::TABLE_SCOPE, |open| open.is(class::CELL)) {
                        self.close_cell()
                    } else {
                        Step::Done
                    }
                }
                _ => self.in_body(token),
            },
            Token::End(name) => match name.tag {
                Tag::Td | Tag::Th => {
                    if self.stack.in_table_scope(name.tag) {
                        self.generate_implied_end_tags();
                        self.pop_until(name.tag);
                        self.formatting.clear_to_marker();
                        self.mode = Mode::InRow;
                    }
                    Step::Done
                }
                Tag::Body | Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Html => Step::Done,
                Tag::Table | Tag::Tbody | Tag::Tfoot | Tag::Thead | Tag::Tr => {
                    if self.stack.in_table_scope(name.tag) { self.close_cell() } else { Step::Done }
                }
                _ => self.in_body(token),
            },
            _ => self.in_body(token),
        }
    }

    /// "Close the cell"; the token is reprocessed.
    fn close_cell(&mut self) -> Step {
        self.generate_implied_end_tags();
        self.pop_until_class(class::CELL);
        self.formatting.clear_to_marker();
        self.again(Mode::InRow)
    }
}
