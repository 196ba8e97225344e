//! The "in template" insertion mode.

use super::super::tags::Tag;
use super::super::{Step, Token, TreeBuilder};
use super::Mode;

impl TreeBuilder {
    /// 13.2.6.4.18 The "in template" insertion mode
    pub(super) fn in_template(&mut self, token: Token<'_>) -> Step {
        let mode = match token {
            Token::Text(_) | Token::Space(_) | Token::Comment(_) | Token::Nul => return self.in_body(token),
            Token::Start(tag) => match tag.name.tag {
                Tag::Base
                | Tag::Basefont
                | Tag::Bgsound
                | Tag::Link
                | Tag::Meta
                | Tag::Noframes
                | Tag::Script
                | Tag::Style
                | Tag::Template
                | Tag::Title => return self.in_head(token),
                Tag::Caption | Tag::Colgroup | Tag::Tbody | Tag::Tfoot | Tag::Thead => Mode::InTable,
                Tag::Col => Mode::InColumnGroup,
                Tag::Tr => Mode::InTableBody,
                Tag::Td | Tag::Th => Mode::InRow,
                _ => Mode::InBody,
            },
            Token::End(name) if name.tag == Tag::Template => return self.in_head(token),
            Token::End(_) => return Step::Done,
            Token::Eof if self.stack.has(Tag::Template) => {
                self.close_template();
                return Step::Again;
            }
            Token::Eof => {
                self.stop();
                return Step::Done;
            }
        };
        self.template_modes.pop();
        self.template_modes.push(mode);
        self.again(mode)
    }
}
