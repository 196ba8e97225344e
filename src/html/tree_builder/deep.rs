//! Elements that nest too deep.
//!
//! Many rules search the stack of open elements, so a page that only opens elements would take
//! quadratic time. Browsers stop at 512: deeper elements become children of the element at that
//! depth. So here: once the stack is that deep, start tags make an element in the current node
//! that is not opened, and the end tags that belong to such elements are swallowed.

use super::modes::Mode;
use super::tags::{Tag, class};
use super::{Start, Token, TreeBuilder};
use crate::html::names::Name;
use crate::html::tree::Namespace;
use std::collections::HashMap;

/// How deep elements nest, `html` being the first. Formatting elements that wait to be opened again
/// count as well.
const MAX_DEPTH: usize = 512;

/// The elements beyond that depth which a page holds to be open.
#[derive(Default)]
pub(super) struct Deep {
    /// Their names.
    open: Vec<u32>,
    /// How many of each.
    count: HashMap<u32, u32>,
}

impl TreeBuilder {
    #[inline]
    pub(super) fn is_deep(&self) -> bool {
        self.stack.len() + self.formatting.elements() >= MAX_DEPTH
    }

    /// Makes an element in the current node without opening it. False if the tag is one that nests
    /// no deeper, and is to be handled as ever.
    #[cold]
    pub(super) fn insert_deep(&mut self, tag: Start) -> bool {
        let class = tag.name.tag.class();
        if class & class::NEVER_DEEP != 0 && !self.is_foreign(&Token::Start(tag)) {
            return false;
        }
        if self.mode == Mode::InTableText {
            self.flush_table_text();
        }
        let parent = self.stack.current();
        let namespace = match (tag.name.tag, parent.namespace) {
            (Tag::Svg, _) | (_, Namespace::Svg) => Namespace::Svg,
            (Tag::Math, _) | (_, Namespace::MathMl) => Namespace::MathMl,
            _ => Namespace::Html,
        };
        self.attributes_used = true;
        let number = tag.name.number;
        let id = self.arena.element(number, namespace, tag.attrs, tag.line);
        if namespace == Namespace::Html && tag.name.tag == Tag::Template {
            self.arena.template(id);
        }
        self.arena.append(parent.inside, id);
        let leaf = if namespace == Namespace::Html { class & class::VOID != 0 } else { tag.self_closing };
        if !leaf {
            let deep = self.deep.get_or_insert_default();
            deep.open.push(number);
            *deep.count.entry(number).or_insert(0) += 1;
        }
        true
    }

    /// Closes the last element of this name that was not opened. False if there is none.
    #[cold]
    pub(super) fn close_deep(&mut self, name: Name) -> bool {
        if !self.is_deep() {
            self.deep = None;
            return false;
        }
        let Some(deep) = &mut self.deep else { return false };
        if deep.count.get(&name.number).is_none_or(|count| *count == 0) {
            return false;
        }
        while let Some(open) = deep.open.pop() {
            *deep.count.entry(open).or_insert(1) -= 1;
            if open == name.number {
                break;
            }
        }
        true
    }
}
