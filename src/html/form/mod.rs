//! Forms: listed, filled in and turned into what a browser would send.

mod color;
mod control;
mod direction;
mod entries;
pub(super) mod options;
mod owner;
mod sanitize;
mod submission;

pub use control::{Choice, Field, FieldType};
pub(super) use control::{field_type, is_disabled_option, select_of, selected_options, shows_placeholder};
pub use entries::{Entry, EntryValue};
pub(super) use owner::{Forms, undecided_radios};
pub use owner::{by_id, by_index, by_name, by_node, forms};
pub use submission::{Body, Enctype, Method, Part, Submission};

use super::{Document, NodeId};
use crate::error::{Code, Error, Result};
use crate::http::referrer::ReferrerPolicy;
use encoding_rs::Encoding;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use submission::Overrides;
use url::Url;

/// What a file is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// Bytes in memory.
    Bytes(Arc<[u8]>),
    /// A file of this machine, read when the request is sent. Only the caller names one, never
    /// the page.
    Path(PathBuf),
}

/// A file to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name that the server is told: never a path.
    pub filename: String,
    /// The media type.
    pub content_type: String,
    /// The content.
    pub content: FileContent,
}

/// What a file field without a file sends.
impl Default for File {
    fn default() -> File {
        File::bytes("", "", Vec::new())
    }
}

impl File {
    /// A file of bytes in memory. An empty media type means `application/octet-stream`.
    pub fn bytes(filename: &str, content_type: &str, bytes: impl Into<Arc<[u8]>>) -> File {
        File::new(filename, content_type, FileContent::Bytes(bytes.into()))
    }

    /// A file of this machine; the server is told the last component of its path. It is read
    /// when the request is sent. An empty media type means `application/octet-stream`.
    pub fn path(path: impl AsRef<Path>, content_type: &str) -> File {
        let path = path.as_ref();
        let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        File::new(&filename, content_type, FileContent::Path(path.to_path_buf()))
    }

    fn new(filename: &str, content_type: &str, content: FileContent) -> File {
        let filename = filename.rsplit(['/', '\\']).next().unwrap_or_default().to_string();
        let content_type = if content_type.is_empty() { "application/octet-stream" } else { content_type };
        File { filename, content_type: content_type.to_string(), content }
    }
}

/// Which button sends the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitter {
    /// The first submit button that is not disabled, as Enter in a text field does; none if
    /// the form has none.
    Default,
    /// No button, as a script's `form.submit()` does.
    None,
    /// The button at this place in [`Form::fields`].
    Field(usize),
    /// The first submit button with this name.
    Name(String),
    /// The first submit button with this name and this value.
    NameValue(String, String),
    /// The button of this element.
    Node(NodeId),
    /// An image button, by its place in [`Form::fields`], and where it was clicked.
    ImageAt {
        /// The place of the button in [`Form::fields`].
        field: usize,
        /// Pixels from its left edge.
        x: i32,
        /// Pixels from its top edge.
        y: i32,
    },
}

/// The attributes of the `form` element itself.
#[derive(Clone, Debug, Default)]
struct Own {
    action: Option<String>,
    method: Option<String>,
    enctype: Option<String>,
    target: Option<String>,
}

/// A form in the state that its page and its user gave it. It is independent of the document it
/// was read from. One thread at a time.
#[derive(Clone, Debug)]
pub struct Form {
    node: NodeId,
    name: String,
    id: String,
    own: Own,
    url: Option<Url>,
    base: Option<Url>,
    referrer_policy: ReferrerPolicy,
    encoding: &'static Encoding,
    page_encoding: &'static Encoding,
    fields: Vec<Field>,
    overrides: Vec<Overrides>,
}

impl Form {
    /// Reads the form that a node is, that owns it or that it is inside of. [`by_index`],
    /// [`by_name`], [`by_id`] and any query find nodes.
    ///
    /// # Errors
    /// `Code::Node` if the document has no such node, `Code::Form` if no form has to do with it.
    pub fn new(document: &Document, node: NodeId) -> Result<Form> {
        let node = by_node(document, node)?;
        let tree = document.tree();
        let get = |id: NodeId, name: &str| tree.attribute(id, name).map(str::to_string);
        let page = document.page_encoding();
        let mut directions = direction::Directions::new();
        let read = |control| control::read(tree, &control, &mut directions);
        let fields: Vec<Field> = document.index().forms(tree).controls(node).map(read).collect();
        let overrides = fields.iter().map(|field| match field.kind.is_submitter() {
            true => Overrides {
                action: get(field.node, "formaction"),
                method: get(field.node, "formmethod"),
                enctype: get(field.node, "formenctype"),
                target: get(field.node, "formtarget"),
            },
            false => Overrides::default(),
        });
        let is_silent = tree.attribute(node, "rel").is_some_and(|rel| {
            rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("noreferrer"))
        });
        let mut form = Form {
            node,
            name: get(node, "name").unwrap_or_default(),
            id: get(node, "id").unwrap_or_default(),
            own: Own {
                action: get(node, "action"),
                method: get(node, "method"),
                enctype: get(node, "enctype"),
                target: get(node, "target"),
            },
            url: document.url().cloned(),
            base: document.base_url().cloned(),
            referrer_policy: match is_silent {
                true => ReferrerPolicy::NoReferrer,
                false => document.referrer_policy(),
            },
            encoding: submission::pick_encoding(tree.attribute(node, "accept-charset"), page),
            page_encoding: page,
            overrides: overrides.collect(),
            fields,
        };
        form.settle_radios();
        Ok(form)
    }

    /// Of the checked radio buttons of a group the last stays so.
    fn settle_radios(&mut self) {
        let mut seen = std::collections::HashSet::new();
        for field in self.fields.iter_mut().rev() {
            if field.kind == FieldType::Radio && field.checked && !field.name.is_empty() {
                field.checked = seen.insert(field.name.clone());
            }
        }
    }

    /// The `form` element.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The form's `name`, empty if it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The form's `id`, empty if it has none.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The action as the page writes it, empty if it has none.
    pub fn action(&self) -> &str {
        self.own.action.as_deref().unwrap_or_default()
    }

    /// The encoding that the form is sent in (`UTF-8`).
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// The controls that the form owns, in document order, wherever on the page they are.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The form as JSON: `name`, `id`, `action`, `encoding` and `fields`, each with `name`, `type`,
    /// `value`, `label`, `checked`, `disabled` and, for a `select`, `options`.
    pub fn to_json(&self) -> String {
        use serde_json::json;
        let option = |o: &Choice| json!({ "value": o.value, "label": o.label, "selected": o.selected, "disabled": o.disabled });
        let field = |f: &Field| {
            let mut field = json!({
                "name": f.name, "type": f.kind.name(), "value": f.shown_value(), "label": f.label,
                "checked": f.checked, "disabled": f.disabled,
            });
            if matches!(f.kind, FieldType::Select | FieldType::SelectMultiple) {
                field["options"] = f.options.iter().map(option).collect();
            }
            field
        };
        let fields: Vec<serde_json::Value> = self.fields.iter().map(field).collect();
        json!({
            "name": self.name, "id": self.id, "action": self.action(), "encoding": self.encoding(), "fields": fields,
        })
        .to_string()
    }

    /// The place of the first field with this name.
    ///
    /// # Errors
    /// `Code::Form` if there is none.
    pub fn field(&self, name: &str) -> Result<usize> {
        self.find(name, |_| true, "field")
    }

    fn find(&self, name: &str, wanted: impl Fn(&Field) -> bool, what: &str) -> Result<usize> {
        let named = |field: &Field| field.name == name;
        if let Some(at) = self.fields.iter().position(|field| named(field) && wanted(field)) {
            return Ok(at);
        }
        let message = match self.fields.iter().find(|field| named(field)) {
            Some(other) => format!("\"{name}\" is no {what} but of type {}", other.kind.name()),
            None => format!("no field \"{name}\" in the form"),
        };
        Err(Error::new(Code::Form, message))
    }

    fn at(&mut self, field: usize) -> Result<&mut Field> {
        let count = self.fields.len();
        let none = || Error::new(Code::Form, format!("no field {field}: the form has {count}"));
        self.fields.get_mut(field).ok_or_else(none)
    }

    /// Sets the first field with this name that takes a value: the text of a text field, the
    /// option of a `select` (by its value, else by what it shows), the radio button of a group
    /// by its value. Hidden and read-only fields can be set too. A color becomes `#rrggbb`.
    ///
    /// # Errors
    /// `Code::Form` if there is no such field, option or button, or if the field cannot hold the
    /// value (a `type=number` without a number).
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let takes = |field: &Field| {
            field.kind.is_text()
                || matches!(field.kind, FieldType::Radio | FieldType::Select | FieldType::SelectMultiple)
        };
        let at = self.find(name, takes, "field that takes a text")?;
        if self.fields[at].kind == FieldType::Radio {
            return self.check(name, Some(value), true);
        }
        self.set_at(at, value)
    }

    /// Sets the field at a place in [`fields`](Self::fields). Errors as for [`set`](Self::set).
    pub fn set_at(&mut self, field: usize, value: &str) -> Result<()> {
        let of = self.at(field)?;
        match of.kind {
            FieldType::Select | FieldType::SelectMultiple => {
                let option = option(of, value)?;
                for (at, choice) in of.options.iter_mut().enumerate() {
                    choice.selected = at == option;
                }
            }
            FieldType::Radio if of.value == value => return self.check_at(field, true),
            kind if kind.is_text() => {
                let sanitized = sanitize::sanitize(kind, value, &of.limits);
                // These are never empty: what they cannot be becomes something else.
                let replaced = match kind {
                    FieldType::Color => color::hex(value).is_none(),
                    FieldType::Range => !sanitized.eq_ignore_ascii_case(value),
                    _ => false,
                };
                let refused = replaced || sanitized.is_empty() && !value.trim().is_empty();
                if refused {
                    let message =
                        format!("the field \"{}\" of type {} cannot be \"{value}\"", of.name, kind.name());
                    return Err(Error::new(Code::Form, message));
                }
                of.value = sanitized;
            }
            kind => {
                let message = format!("the field \"{}\" of type {} takes no text", of.name, kind.name());
                return Err(Error::new(Code::Form, message));
            }
        }
        Ok(())
    }

    /// Checks or unchecks a checkbox or checks a radio button: the first with this name, or the
    /// one that also has this value. Checking a radio button unchecks the others of its group.
    ///
    /// # Errors
    /// `Code::Form` if there is none, or to uncheck a radio button.
    pub fn check(&mut self, name: &str, value: Option<&str>, checked: bool) -> Result<()> {
        let checkable = |field: &Field| matches!(field.kind, FieldType::Checkbox | FieldType::Radio);
        self.find(name, checkable, "checkbox or radio button")?;
        let wanted = |field: &Field| {
            field.name == name && checkable(field) && value.is_none_or(|value| field.value == value)
        };
        match self.fields.iter().position(wanted) {
            Some(at) => self.check_at(at, checked),
            None => {
                let value = value.unwrap_or_default();
                Err(Error::new(Code::Form, format!("no \"{name}\" of the form has the value \"{value}\"")))
            }
        }
    }

    /// Checks or unchecks the field at a place in [`fields`](Self::fields). Errors as for
    /// [`check`](Self::check).
    pub fn check_at(&mut self, field: usize, checked: bool) -> Result<()> {
        let of = self.at(field)?;
        let (kind, name) = (of.kind, of.name.clone());
        match kind {
            FieldType::Checkbox => of.checked = checked,
            FieldType::Radio if checked => {
                for (at, other) in self.fields.iter_mut().enumerate() {
                    let group = other.kind == FieldType::Radio && !name.is_empty() && other.name == name;
                    other.checked = at == field || other.checked && !group;
                }
            }
            FieldType::Radio => {
                let message = format!("the radio button \"{name}\" is unchecked by checking another");
                return Err(Error::new(Code::Form, message));
            }
            kind => {
                let message = format!("the field \"{name}\" of type {} cannot be checked", kind.name());
                return Err(Error::new(Code::Form, message));
            }
        }
        Ok(())
    }

    /// Selects or unselects one option of the first `select` with this name, by its value or
    /// else by what it shows, and leaves the others of a `select multiple` as they are. A drop-down
    /// shows one always: its first again when that which it shows is unselected.
    ///
    /// # Errors
    /// `Code::Form` if there is no such `select` or option, or the option is disabled.
    pub fn select(&mut self, name: &str, value: &str, selected: bool) -> Result<()> {
        let lists = |field: &Field| matches!(field.kind, FieldType::Select | FieldType::SelectMultiple);
        let at = self.find(name, lists, "select")?;
        let field = &mut self.fields[at];
        let option = option(field, value)?;
        let alone = field.kind == FieldType::Select && selected;
        for (at, choice) in field.options.iter_mut().enumerate() {
            choice.selected = if at == option { selected } else { choice.selected && !alone };
        }
        field.settle_options();
        Ok(())
    }

    /// Attaches a file to the first file field with this name. A field that is not `multiple`
    /// holds the last one.
    ///
    /// # Errors
    /// `Code::Form` if there is no such field.
    pub fn attach(&mut self, name: &str, file: File) -> Result<()> {
        let at = self.find(name, |field| field.kind == FieldType::File, "file field")?;
        let field = &mut self.fields[at];
        if !field.limits.multiple() {
            field.files.clear();
        }
        field.files.push(file);
        Ok(())
    }

    /// Appends a hidden field that the page does not have, as scripts do.
    pub fn add(&mut self, name: &str, value: &str) {
        self.fields.push(Field {
            node: self.node,
            name: name.into(),
            kind: FieldType::Hidden,
            value: value.into(),
            label: String::new(),
            checked: false,
            disabled: false,
            options: Vec::new(),
            files: Vec::new(),
            in_datalist: false,
            dirname: None,
            wrap: None,
            drop_down: false,
            limits: sanitize::Limits::default(),
        });
        self.overrides.push(Overrides::default());
    }

    /// Enables or disables the first field with this name, as scripts do.
    ///
    /// # Errors
    /// `Code::Form` if there is none.
    pub fn set_disabled(&mut self, name: &str, disabled: bool) -> Result<()> {
        let at = self.field(name)?;
        self.fields[at].disabled = disabled;
        Ok(())
    }

    /// What the form sends when it is submitted with this button, as the standard has it. The
    /// form stays as it is.
    ///
    /// # Errors
    /// `Code::Form` if there is no such button, it is disabled, or the form only closes a dialog;
    /// `Code::Url` and `Code::Scheme` if the action is no http or https address.
    pub fn submission(&self, submitter: Submitter) -> Result<Submission> {
        let clicked = self.clicked(&submitter)?;
        let none = Overrides::default();
        let overrides = clicked.map_or(&none, |at| &self.overrides[at]);
        let entries = entries::construct(self, clicked.map(|at| (at, submitter)), self.encoding.name());
        submission::encode(self, overrides, entries)
    }

    /// The place of the button that is clicked.
    fn clicked(&self, submitter: &Submitter) -> Result<Option<usize>> {
        let buttons = || self.fields.iter().enumerate().filter(|(_, field)| field.kind.is_submitter());
        let found = match submitter {
            Submitter::None => return Ok(None),
            Submitter::Default => return Ok(buttons().find(|(_, field)| !field.disabled).map(|(at, _)| at)),
            Submitter::Field(at) | Submitter::ImageAt { field: at, .. } => {
                buttons().find(|(other, _)| other == at)
            }
            Submitter::Name(name) => buttons().find(|(_, field)| field.name == *name),
            Submitter::NameValue(name, value) => {
                buttons().find(|(_, field)| field.name == *name && field.value == *value)
            }
            Submitter::Node(node) => buttons().find(|(_, field)| field.node == *node),
        };
        let image = matches!(submitter, Submitter::ImageAt { .. });
        let what = || match submitter {
            Submitter::Name(name) => format!("\"{name}\""),
            Submitter::NameValue(name, value) => format!("\"{name}\" with the value \"{value}\""),
            Submitter::Node(node) => format!("of the node {}", node.number()),
            Submitter::Field(at) | Submitter::ImageAt { field: at, .. } => format!("at place {at}"),
            Submitter::Default | Submitter::None => String::new(),
        };
        match found {
            Some((_, field)) if image && field.kind != FieldType::Image => {
                Err(Error::new(Code::Form, format!("the submit button {} is no image", what())))
            }
            Some((_, field)) if field.disabled => {
                Err(Error::new(Code::Form, format!("the submit button {} is disabled", what())))
            }
            Some((at, _)) => Ok(Some(at)),
            None => Err(Error::new(Code::Form, format!("no submit button {} in the form", what()))),
        }
    }
}

/// The place of an option by its value, else by what it shows.
fn option(field: &Field, value: &str) -> Result<usize> {
    let by_value = field.options.iter().position(|option| option.value == value);
    let found = by_value.or_else(|| field.options.iter().position(|option| option.label == value));
    match found {
        Some(at) if field.options[at].disabled => {
            Err(Error::new(Code::Form, format!("the option \"{value}\" of \"{}\" is disabled", field.name)))
        }
        Some(at) => Ok(at),
        None => Err(Error::new(Code::Form, format!("no option \"{value}\" in \"{}\"", field.name))),
    }
}
