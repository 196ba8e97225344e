//! States that follow from the markup (HTML, 4.16.3).

use super::ast::State;
use super::matcher::Matcher;
use crate::html::NodeId;
use crate::html::form::{FieldType, field_type, is_disabled_option, select_of, shows_placeholder};
use crate::html::tree::Namespace;

impl Matcher<'_> {
    pub(super) fn is_in(&self, state: State, element: u32) -> bool {
        let name = self.html_name(element);
        let has = |name| self.attribute(element, name).is_some();
        let control = matches!(name, "input" | "select" | "textarea");
        match state {
            State::Checked => match name {
                "input" => {
                    has("checked") && matches!(self.kind(element), FieldType::Checkbox | FieldType::Radio)
                }
                "option" => self.document.index().selected(self.tree).binary_search(&element).is_ok(),
                _ => false,
            },
            State::Selected => name == "option" && has("selected"),
            State::Disabled => self.is_disabled(element) == Some(true),
            State::Enabled => self.is_disabled(element) == Some(false),
            State::Required => control && self.is_required(element),
            State::Optional => control && !self.is_required(element),
            State::ReadWrite => self.is_writable(element, name),
            // Only HTML elements are.
            State::ReadOnly => !name.is_empty() && !self.is_writable(element, name),
            State::Open => matches!(name, "details" | "dialog") && has("open"),
            State::Defined => {
                let html = self.tree.namespace(NodeId(element)) == Namespace::Html;
                self.charge(name.len() / 64);
                // No script defines the others.
                !html || !has("is") && (!name.contains('-') || RESERVED.contains(&name))
            }
            // Of checkboxes only a script says so.
            State::Indeterminate => match name {
                "input" => self.document.index().undecided(self.tree).binary_search(&element).is_ok(),
                "progress" => !has("value"),
                _ => false,
            },
            State::PlaceholderShown => {
                matches!(name, "input" | "textarea") && shows_placeholder(self.tree, NodeId(element))
            }
        }
    }

    fn kind(&self, element: u32) -> FieldType {
        self.charge(self.tree.attribute_count(NodeId(element)) / 4);
        field_type(self.tree, NodeId(element))
    }

    fn is_required(&self, element: u32) -> bool {
        use FieldType::{Button, Color, Hidden, Image, Range, Submit};
        self.attribute(element, "required").is_some()
            && !matches!(self.kind(element), Hidden | Range | Color | Submit | Image | Button)
    }

    /// Whether a reader could change it.
    fn is_writable(&self, element: u32, name: &str) -> bool {
        use FieldType::{Color, Hidden, Range};
        let is_text = || {
            let kind = self.kind(element);
            kind.is_text() && !matches!(kind, Color | Hidden | Range)
        };
        match name {
            "input" | "textarea" => {
                is_text()
                    && self.attribute(element, "readonly").is_none()
                    && self.is_disabled(element) == Some(false)
            }
            _ => self.document.index().editable(self.tree)[element as usize],
        }
    }

    /// Whether the element is disabled (HTML, 4.10.19.5 and 4.10.10.1); nothing for elements
    /// that cannot be.
    fn is_disabled(&self, element: u32) -> Option<bool> {
        let name = self.html_name(element);
        let control = matches!(name, "button" | "input" | "select" | "textarea" | "fieldset");
        if !control && !matches!(name, "optgroup" | "option") {
            return None;
        }
        if self.attribute(element, "disabled").is_some() {
            return Some(true);
        }
        let tree = self.tree;
        if !control {
            // Those of a disabled `select` match as well, though forms do not count them disabled.
            let id = NodeId(element);
            let by_select = || select_of(tree, id).and_then(|select| self.is_disabled(select.0));
            let by_group = name == "option" && is_disabled_option(tree, id);
            return Some(by_group || by_select() == Some(true));
        }
        Some(self.document.index().disabled(tree)[element as usize])
    }
}

/// Names with a dash that are no custom element's (HTML, 4.13.2).
const RESERVED: [&str; 8] = [
    "annotation-xml",
    "color-profile",
    "font-face",
    "font-face-src",
    "font-face-uri",
    "font-face-format",
    "font-face-name",
    "missing-glyph",
];
