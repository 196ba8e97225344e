//! The controls of a form as the page has them.

use super::direction::Directions;
use super::options;
use super::owner::Control;
use super::sanitize;
use crate::html::{Kind, Namespace, NodeId, Tree};
use std::ffi::CStr;

/// Buttons can be nested by way of tables, so that their labels could grow out of bounds.
const LABEL: usize = 10_000;

/// What a control is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum FieldType {
    /// `input type=hidden`
    Hidden,
    /// `input type=text`, or of a type that the standard does not know
    Text,
    /// `input type=search`
    Search,
    /// `input type=tel`
    Tel,
    /// `input type=url`
    Url,
    /// `input type=email`
    Email,
    /// `input type=password`
    Password,
    /// `input type=date`
    Date,
    /// `input type=month`
    Month,
    /// `input type=week`
    Week,
    /// `input type=time`
    Time,
    /// `input type=datetime-local`
    DateTimeLocal,
    /// `input type=number`
    Number,
    /// `input type=range`
    Range,
    /// `input type=color`
    Color,
    /// `input type=checkbox`
    Checkbox,
    /// `input type=radio`
    Radio,
    /// `input type=file`
    File,
    /// A submit button: `input type=submit`, `button type=submit` or `button`
    Submit,
    /// A submit button that also sends where it was clicked: `input type=image`
    Image,
    /// A button that sends nothing: `input type=reset`, `input type=button`, `button type=reset`,
    /// `button type=button`
    Button,
    /// `select` of one option
    Select,
    /// `select multiple`
    SelectMultiple,
    /// `textarea`
    Textarea,
}

impl FieldType {
    /// The name: the `type` of an `input`, else `submit`, `button`, `select-one`,
    /// `select-multiple` or `textarea`, as a script reads them.
    pub fn name(self) -> &'static str {
        self.name_c().to_str().unwrap_or_default()
    }

    /// [`FieldType::name`] for C.
    pub(crate) fn name_c(self) -> &'static CStr {
        use FieldType::*;
        match self {
            Select => c"select-one",
            SelectMultiple => c"select-multiple",
            Textarea => c"textarea",
            Button => c"button",
            input => INPUTS.iter().find(|(_, kind)| *kind == input).map_or(c"text", |(name, _)| name),
        }
    }

    /// Whether the control holds one text that [`Form::set`](super::Form::set) replaces.
    pub fn is_text(self) -> bool {
        use FieldType::*;
        !matches!(self, Checkbox | Radio | File | Submit | Image | Button | Select | SelectMultiple)
    }

    /// Whether the control can be the submitter.
    pub fn is_submitter(self) -> bool {
        matches!(self, FieldType::Submit | FieldType::Image)
    }
}

const INPUTS: [(&CStr, FieldType); 22] = [
    (c"hidden", FieldType::Hidden),
    (c"text", FieldType::Text),
    (c"search", FieldType::Search),
    (c"tel", FieldType::Tel),
    (c"url", FieldType::Url),
    (c"email", FieldType::Email),
    (c"password", FieldType::Password),
    (c"date", FieldType::Date),
    (c"month", FieldType::Month),
    (c"week", FieldType::Week),
    (c"time", FieldType::Time),
    (c"datetime-local", FieldType::DateTimeLocal),
    (c"number", FieldType::Number),
    (c"range", FieldType::Range),
    (c"color", FieldType::Color),
    (c"checkbox", FieldType::Checkbox),
    (c"radio", FieldType::Radio),
    (c"file", FieldType::File),
    (c"submit", FieldType::Submit),
    (c"image", FieldType::Image),
    (c"reset", FieldType::Button),
    (c"button", FieldType::Button),
];

/// An option of a `select`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it sends: its `value`, else its text.
    pub value: String,
    /// What it shows: its `label`, else its text.
    pub label: String,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether it, or the `optgroup` around it, is disabled. It cannot be selected then.
    pub disabled: bool,
}

/// A control of a form, in its present state.
#[derive(Clone, Debug)]
pub struct Field {
    /// The control's element. A field that [`Form::add`](super::Form::add) made has the form's.
    pub node: NodeId,
    /// The name it sends its value under; a field without one is not sent.
    pub name: String,
    /// What the control is.
    pub kind: FieldType,
    /// The text; of a checkbox or radio button what it sends when checked; of a button what it
    /// sends as submitter; empty for `select` and file fields.
    pub value: String,
    /// What a button shows; empty for other controls.
    pub label: String,
    /// Whether a checkbox or radio button is checked.
    pub checked: bool,
    /// Whether it is disabled, and so neither sent nor clicked.
    pub disabled: bool,
    /// The options of a `select`, in document order.
    pub options: Vec<Choice>,
    /// The files that were attached.
    pub files: Vec<super::File>,
    pub(super) in_datalist: bool,
    /// The name under which the text's direction is sent, and the direction that does not
    /// depend on the text.
    pub(super) dirname: Option<(String, super::direction::Direction)>,
    /// At how many characters `wrap=hard` breaks lines.
    pub(super) wrap: Option<usize>,
    /// Whether it is a `select` that shows one option, and has one selected if it can.
    pub(super) drop_down: bool,
    pub(super) limits: sanitize::Limits,
}

impl Field {
    /// The value as it is now: the selected option's, the chosen file's name, or the text.
    pub fn shown_value(&self) -> &str {
        let selected = self.options.iter().find(|option| option.selected).map(|option| &option.value);
        selected.or(self.files.first().map(|file| &file.filename)).unwrap_or(&self.value)
    }

    /// The options that stay selected after some were selected or not.
    pub(super) fn settle_options(&mut self) {
        if self.kind == FieldType::Select {
            let states = self.options.iter().map(|option| (option.selected, option.disabled));
            let shown = shown(states, self.drop_down);
            for (at, option) in self.options.iter_mut().enumerate() {
                option.selected = Some(at) == shown;
            }
        }
    }
}

/// Reads a control. `directions` remembers those of the elements around controls.
pub(super) fn read(tree: &Tree, control: &Control, directions: &mut Directions) -> Field {
    let node = control.node;
    let get = |name| tree.attribute(node, name);
    let owned = |name| get(name).unwrap_or_default().to_string();
    let mut field = Field {
        node,
        name: owned("name"),
        kind: field_type(tree, node),
        value: owned("value"),
        label: String::new(),
        checked: get("checked").is_some(),
        disabled: control.disabled,
        options: Vec::new(),
        files: Vec::new(),
        in_datalist: control.in_datalist,
        dirname: None,
        wrap: None,
        drop_down: false,
        limits: sanitize::Limits::read(tree, node),
    };
    match field.kind {
        FieldType::Textarea => {
            let text: String = tree.children(node).map(|child| text_of(tree, child)).collect();
            field.value = sanitize::normalize_newlines(&text);
            if get("wrap").is_some_and(|wrap| wrap.eq_ignore_ascii_case("hard")) {
                let columns = get("cols").and_then(sanitize::non_negative).filter(|columns| *columns > 0);
                field.wrap = Some(columns.unwrap_or(20));
            }
        }
        FieldType::Select | FieldType::SelectMultiple => {
            field.value.clear();
            field.options = choices(tree, node);
            field.drop_down = is_drop_down(tree, node);
            field.settle_options();
        }
        FieldType::Checkbox | FieldType::Radio => {
            field.value = get("value").unwrap_or("on").to_string();
        }
        // A page never names a file of the reader's disk.
        FieldType::File => field.value.clear(),
        kind if kind.is_text() => field.value = sanitize::sanitize(kind, &field.value, &field.limits),
        _ => field.label = label(tree, node),
    }
    if !matches!(field.kind, FieldType::Checkbox | FieldType::Radio) {
        field.checked = false;
    }
    if super::direction::applies(field.kind) && !tree.is_html(node, "button") {
        let name = get("dirname").filter(|name| !name.is_empty());
        field.dirname =
            name.map(|name| (name.to_string(), super::direction::of(tree, node, field.kind, directions)));
    }
    field
}

fn text_of(tree: &Tree, id: NodeId) -> &str {
    if tree.kind(id) == Kind::Text { tree.data(id) } else { "" }
}

/// The type of a control.
pub(in crate::html) fn field_type(tree: &Tree, node: NodeId) -> FieldType {
    let written = tree.attribute(node, "type");
    let is = |name: &str| written.is_some_and(|written| written.eq_ignore_ascii_case(name));
    match tree.name(node) {
        "textarea" => FieldType::Textarea,
        "select" if tree.attribute(node, "multiple").is_some() => FieldType::SelectMultiple,
        "select" => FieldType::Select,
        "button" => {
            // Without a valid type a button submits, unless it commands something else or opens
            // the `select` that it is the button of.
            let commands = tree.attribute(node, "command").or(tree.attribute(node, "commandfor")).is_some();
            let opens = || tree.parent(node).is_some_and(|parent| tree.is_html(parent, "select"));
            match () {
                _ if is("submit") => FieldType::Submit,
                _ if is("reset") || is("button") || commands || opens() => FieldType::Button,
                _ => FieldType::Submit,
            }
        }
        _ => {
            let is =
                |name: &CStr| written.is_some_and(|w| w.as_bytes().eq_ignore_ascii_case(name.to_bytes()));
            INPUTS.iter().find(|(name, _)| is(name)).map_or(FieldType::Text, |(_, kind)| *kind)
        }
    }
}

/// Whether an `input` or `textarea` is empty and shows its placeholder, which not every type has.
pub(in crate::html) fn shows_placeholder(tree: &Tree, node: NodeId) -> bool {
    use FieldType::*;
    let get = |name| tree.attribute(node, name).unwrap_or_default();
    !get("placeholder").is_empty()
        && match field_type(tree, node) {
            Textarea => tree.children(node).all(|child| text_of(tree, child).is_empty()),
            kind @ (Text | Search | Tel | Url | Email | Password | Number) => {
                sanitize::sanitize(kind, get("value"), &sanitize::Limits::read(tree, node)).is_empty()
            }
            _ => false,
        }
}

fn label(tree: &Tree, node: NodeId) -> String {
    if tree.is_html(node, "button") {
        return collapsed_text(tree, node, LABEL);
    }
    let get = |name| tree.attribute(node, name);
    get("value").or_else(|| get("alt")).unwrap_or_default().to_string()
}

/// The text of an element without scripts, white space collapsed; what follows after `limit` bytes
/// or, in a text node that begins before, characters is left out.
fn collapsed_text(tree: &Tree, node: NodeId, limit: usize) -> String {
    let mut text = String::new();
    let mut at = node.number() + 1;
    while let Some(id) = tree.node(at).filter(|_| at < tree.end(node) && text.len() < limit) {
        let script = tree.name(id) == "script" && tree.namespace(id) != Namespace::MathMl;
        at = if script { tree.end(id) } else { at + 1 };
        text.extend(text_of(tree, id).chars().take(limit - text.len()));
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    words.join(" ")
}

/// What is around a node, as [`options`] has it told.
fn around(tree: &Tree, node: NodeId) -> impl Iterator<Item = (NodeId, &str)> {
    let html = |up: &NodeId| tree.namespace(*up) == Namespace::Html;
    tree.ancestors(node).map(move |up| (up, if html(&up) { tree.name(up) } else { "" }))
}

/// The `select` that an `option` or `optgroup` belongs to.
pub(in crate::html) fn select_of(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let group = std::iter::once((node, "optgroup")).filter(|(node, name)| tree.is_html(*node, name));
    options::select_of(group.chain(around(tree, node)))
}

fn choices(tree: &Tree, select: NodeId) -> Vec<Choice> {
    let own = |option: &NodeId| tree.is_html(*option, "option") && select_of(tree, *option) == Some(select);
    let read = |option: NodeId| {
        let text = || collapsed_text(tree, option, usize::MAX);
        Choice {
            value: tree.attribute(option, "value").map_or_else(text, str::to_string),
            label: tree
                .attribute(option, "label")
                .filter(|l| !l.is_empty())
                .map_or_else(text, str::to_string),
            selected: tree.attribute(option, "selected").is_some(),
            disabled: is_disabled_option(tree, option),
        }
    };
    tree.descendants(select).filter(own).map(read).collect()
}

pub(in crate::html) fn is_disabled_option(tree: &Tree, option: NodeId) -> bool {
    let disabled = |id| tree.attribute(id, "disabled").is_some();
    options::is_disabled(option, around(tree, option), disabled)
}

fn is_drop_down(tree: &Tree, select: NodeId) -> bool {
    tree.attribute(select, "multiple").is_none() && options::shows_one(tree.attribute(select, "size"))
}

/// The place of the option that a `select` without `multiple` shows as selected (HTML, 4.10.7,
/// "selectedness setting algorithm"): of several, which are told with whether they are disabled,
/// the last; of none, in a drop-down, the first that can be.
fn shown(
    mut states: impl DoubleEndedIterator<Item = (bool, bool)> + ExactSizeIterator + Clone,
    drop_down: bool,
) -> Option<usize> {
    let first = states.clone().position(|(_, disabled)| !disabled);
    states.rposition(|(selected, _)| selected).or(first.filter(|_| drop_down))
}

/// The options of a tree that are selected as the page stands, in order.
pub(in crate::html) fn selected_options(tree: &Tree) -> Vec<u32> {
    let mut selected = Vec::new();
    // The `select` elements around the node, each with where it ends and its options.
    let mut open: Vec<(NodeId, Vec<u32>)> = Vec::new();
    let settle = |(select, options): (NodeId, Vec<u32>), selected: &mut Vec<u32>| {
        let state = |option: &u32| {
            let option = NodeId(*option);
            (tree.attribute(option, "selected").is_some(), is_disabled_option(tree, option))
        };
        if tree.attribute(select, "multiple").is_some() {
            selected.extend(options.iter().filter(|option| state(option).0));
        } else {
            let shown = shown(options.iter().map(state), is_drop_down(tree, select));
            selected.extend(shown.map(|at| options[at]));
        }
    };
    for id in (0..tree.len()).map(NodeId) {
        while let Some(done) = open.pop_if(|(select, _)| tree.end(*select) <= id.number()) {
            settle(done, &mut selected);
        }
        if tree.is_html(id, "select") {
            open.push((id, Vec::new()));
        } else if tree.is_html(id, "option") {
            let select = select_of(tree, id);
            match open.iter_mut().rev().find(|(open, _)| Some(*open) == select) {
                Some((_, options)) => options.push(id.number()),
                None => selected.extend(tree.attribute(id, "selected").map(|_| id.number())),
            }
        }
    }
    while let Some(done) = open.pop() {
        settle(done, &mut selected);
    }
    selected.sort_unstable();
    selected
}
