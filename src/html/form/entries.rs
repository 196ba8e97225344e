//! "Constructing the entry list" (HTML, 4.10.22.4).

use super::control::{Field, FieldType};
use super::{File, Form, Submitter};

/// What is sent under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryValue {
    /// A text, its line breaks as the control has them.
    Text(String),
    /// A file. A file field without one sends an empty file of no name.
    File(File),
}

/// A name and what is sent under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The value.
    pub value: EntryValue,
}

/// The entry list of a form, in document order.
pub(super) fn construct(form: &Form, submitter: Option<(usize, Submitter)>, encoding: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (at, field) in form.fields.iter().enumerate() {
        let clicked = submitter.as_ref().filter(|(clicked, _)| *clicked == at).map(|(_, how)| how);
        let unchecked = matches!(field.kind, FieldType::Checkbox | FieldType::Radio) && !field.checked;
        let button = matches!(field.kind, FieldType::Submit | FieldType::Image | FieldType::Button);
        if field.in_datalist || field.disabled || unchecked || button && clicked.is_none() {
            continue;
        }
        if field.kind == FieldType::Image {
            let (x, y) = match clicked {
                Some(Submitter::ImageAt { x, y, .. }) => (*x, *y),
                _ => (0, 0),
            };
            let prefix = if field.name.is_empty() { String::new() } else { format!("{}.", field.name) };
            entries.push(text(&format!("{prefix}x"), x.to_string()));
            entries.push(text(&format!("{prefix}y"), y.to_string()));
            continue;
        }
        if !field.name.is_empty() {
            append(field, encoding, &mut entries);
        }
    }
    entries
}

fn text(name: &str, value: String) -> Entry {
    Entry { name: name.into(), value: EntryValue::Text(value) }
}

fn append(field: &Field, encoding: &str, entries: &mut Vec<Entry>) {
    let name = &field.name;
    match field.kind {
        FieldType::Select | FieldType::SelectMultiple => {
            let sent = field.options.iter().filter(|option| option.selected && !option.disabled);
            entries.extend(sent.map(|option| text(name, option.value.clone())));
        }
        FieldType::File if field.files.is_empty() => {
            entries.push(Entry { name: name.clone(), value: EntryValue::File(File::default()) });
        }
        FieldType::File => {
            let file = |file: &File| Entry { name: name.clone(), value: EntryValue::File(file.clone()) };
            entries.extend(field.files.iter().map(file));
        }
        FieldType::Hidden if name.eq_ignore_ascii_case("_charset_") => {
            entries.push(text(name, encoding.to_string()));
        }
        _ => {
            let value = field.wrap.map_or_else(|| field.value.clone(), |columns| wrap(&field.value, columns));
            entries.push(text(name, value));
        }
    }
    if let Some((dirname, direction)) = &field.dirname {
        entries.push(text(dirname, direction.name(&field.value).to_string()));
    }
}

/// Breaks lines of more than so many characters (`wrap=hard`): behind the last white space that
/// fits, else within the word.
fn wrap(value: &str, columns: usize) -> String {
    let mut wrapped = String::with_capacity(value.len());
    for (at, line) in value.split('\n').enumerate() {
        if at > 0 {
            wrapped.push('\n');
        }
        let mut rest = line;
        while let Some((limit, _)) = rest.char_indices().nth(columns) {
            let cut = rest[..limit].rfind([' ', '\t']).map_or(limit, |space| space + 1);
            wrapped.push_str(&rest[..cut]);
            wrapped.push('\n');
            rest = &rest[cut..];
        }
        wrapped.push_str(rest);
    }
    wrapped
}
